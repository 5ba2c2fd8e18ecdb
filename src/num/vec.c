/*
 * Element-wise functions and sums over arrays. The loops are plain and the
 * compiler vectorises them; INDEPENDENT tells it that y and x are either the same
 * array or do not overlap, which it would otherwise test for, and fall back
 * to one number at a time where they are the same. Sums run in LANES separate
 * sums that are added up in a fixed order, so that a result does not depend
 * on how wide the processor's vectors are.
 */
#include "num/vec.h"
#include <stdbool.h>
#include "num/scalar.h"

#define LANES 16

void vec_exp(real *y, const real *x, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = real_exp(x[i]);
}

void vec_tanh(real *y, const real *x, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = real_tanh(x[i]);
}

void vec_sigmoid(real *y, const real *x, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = real_sigmoid(x[i]);
}

void vec_add(real *y, const real *x, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] += x[i];
}

void vec_axpy(real *y, real a, const real *x, size_t n)
{
	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		y[i] = real_madd(a, x[i], y[i]);
}

void vec_scale(real *y, real a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] *= a;
}

/* Halves onto each other: the order is part of the result. Written out, it stays in registers. */
#define FOLD(type, name, s)                                                                                            \
	do {                                                                                                           \
		type a[8], b[4];                                                                                       \
                                                                                                                       \
		for (int j = 0; j < 8; j++)                                                                            \
			a[j] = (s)[j] + (s)[j + 8];                                                                    \
		for (int j = 0; j < 4; j++)                                                                            \
			b[j] = a[j] + a[j + 4];                                                                        \
		(name) = (b[0] + b[2]) + (b[1] + b[3]);                                                                \
	} while (0)

static inline real sum_lanes(const real *s)
{
	real sum;

	FOLD(real, sum, s);
	return sum;
}

real vec_dot(const real *x, const real *y, size_t n)
{
	real s[LANES] = {0};
	size_t i = 0;

	/* Long arrays in four sets of lanes, so that a sum need not wait for the one before it. */
	if (n >= 4 * LANES) {
		real more[4][LANES] = {{0}};

		for (; i + 4 * LANES <= n; i += 4 * LANES)
			for (int q = 0; q < 4; q++)
				for (int j = 0; j < LANES; j++)
					more[q][j] = real_madd(x[i + (size_t)(q * LANES + j)],
					                       y[i + (size_t)(q * LANES + j)], more[q][j]);
		for (int j = 0; j < LANES; j++)
			s[j] = (more[0][j] + more[1][j]) + (more[2][j] + more[3][j]);
	}
	for (; i + LANES <= n; i += LANES)
		for (int j = 0; j < LANES; j++)
			s[j] = real_madd(x[i + (size_t)j], y[i + (size_t)j], s[j]);
	for (int j = 0; i < n; i++, j++)
		s[j] = real_madd(x[i], y[i], s[j]);
	return sum_lanes(s);
}

double vec_norm2(const real *x, size_t n)
{
	double s[LANES] = {0}, sum;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		for (int j = 0; j < LANES; j++) {
			const double v = (double)x[i + (size_t)j];

			s[j] += v * v;
		}
	}
	for (int j = 0; i < n; i++, j++)
		s[j] += (double)x[i] * (double)x[i];
	FOLD(double, sum, s);
	return sum;
}

/* The largest entry; NaN entries are passed over. */
static real largest(const real *x, size_t n)
{
	real m[LANES];
	size_t i = 0;

	for (int j = 0; j < LANES; j++)
		m[j] = -(real)INFINITY;
	for (; i + LANES <= n; i += LANES)
		for (int j = 0; j < LANES; j++)
			m[j] = x[i + (size_t)j] > m[j] ? x[i + (size_t)j] : m[j];
	for (; i < n; i++)
		m[0] = x[i] > m[0] ? x[i] : m[0];
	for (int j = 0; j < 8; j++)
		m[j] = m[j + 8] > m[j] ? m[j + 8] : m[j];
	for (int j = 0; j < 4; j++)
		m[j] = m[j + 4] > m[j] ? m[j + 4] : m[j];
	for (int j = 1; j < 4; j++)
		m[0] = m[j] > m[0] ? m[j] : m[0];
	return m[0];
}

/*
 * softmax(x)_i = exp(x_i - max) / sum_j exp(x_j - max): the largest exponent
 * is 0, so that nothing overflows. Where every entry is -INFINITY all become
 * 0 and the result is -INFINITY: a sum over nothing.
 */
real vec_softmax(real *x, size_t n)
{
	const real max = largest(x, n);
	real s[LANES] = {0}, sum;
	size_t i = 0;

	if (max == -(real)INFINITY) {
		bool nan = false;

		for (i = 0; i < n; i++)
			nan |= isnan(x[i]) != 0;
		for (i = 0; i < n; i++)
			x[i] = nan ? (real)NAN : 0;
		return nan ? (real)NAN : max;
	}
	for (; i + LANES <= n; i += LANES) {
		for (int j = 0; j < LANES; j++) {
			const real e = real_exp(x[i + (size_t)j] - max);

			x[i + (size_t)j] = e;
			s[j] += e;
		}
	}
	for (int j = 0; i < n; i++, j++) {
		x[i] = real_exp(x[i] - max);
		s[j] += x[i];
	}
	sum = sum_lanes(s);
	vec_scale(x, 1 / sum, n);
	return max + real_log(sum);
}
