/*
 * The vector functions in ULPs against libm in double, over the whole range of
 * floats (every 61st, so that all exponents and many mantissas come up; in
 * the long tests every one), subnormals, infinities and NaN included; sums
 * and softmax against double.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include "num/vec.h"
#include "reals.h"

#define BLOCK 4096

static float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* How far y is from the exact value, in units of a float's last place there (a subnormal's is 2^-149). */
static double ulps(float y, double exact)
{
	int exponent;

	if (isnan(exact))
		return isnan(y) ? 0 : (double)INFINITY;
	if (fabs(exact) >= 0x1.ffffffp127) /* rounds to infinity */
		return (double)y == (exact > 0 ? (double)INFINITY : -(double)INFINITY) ? 0
		       : isinf(exact) || isnan(y)                                      ? (double)INFINITY
		                                                                       : 1;
	if (isinf(y))
		return fabs(exact) > (double)FLT_MAX ? 1 : (double)INFINITY;
	frexp(exact, &exponent);
	return fabs((double)y - exact) / ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static double sigmoid(double x)
{
	return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

struct worst {
	double ulps;
	float at;
};

static struct worst sweep(void (*vec)(real *, const real *, size_t), double (*exact)(double))
{
	static real x[BLOCK], y[BLOCK];
	const uint64_t step = getenv("MUSEGEN_LONG") ? 1 : 61;
	struct worst w = {0, 0};

	for (uint64_t bits = 0; bits <= UINT32_MAX;) {
		size_t n = 0;

		for (; n < BLOCK && bits <= UINT32_MAX; bits += step)
			x[n++] = float_of((uint32_t)bits);
		vec(y, x, n);
		for (size_t i = 0; i < n; i++) {
			const double e = ulps(y[i], exact((double)x[i]));

			if (!(e <= w.ulps))
				w = (struct worst){e, x[i]};
		}
	}
	return w;
}

static void check_sweep(const char *name, void (*vec)(real *, const real *, size_t), double (*exact)(double),
                        double limit)
{
	const struct worst w = sweep(vec, exact);

	print_message("%s: %.3f ULP at most, at %.9g\n", name, w.ulps, (double)w.at);
	assert_true(w.ulps <= limit);
}

static void test_exp(void **state)
{
	(void)state;
	check_sweep("exp", vec_exp, exp, 1.1);
}

static void test_tanh(void **state)
{
	(void)state;
	check_sweep("tanh", vec_tanh, tanh, 2.5);
}

static void test_sigmoid(void **state)
{
	(void)state;
	check_sweep("sigmoid", vec_sigmoid, sigmoid, 2.5);
}

static uint32_t bits_of(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

/* What must hold exactly, in vectors of every length and so in every tail of the loops. */
static void test_special(void **state)
{
	static const float x[] = {0.0f,     -0.0f,    INFINITY, -INFINITY, NAN,      -NAN,      1e-45f,
	                          -1e-45f,  1e-40f,   -FLT_MIN, FLT_MAX,   -FLT_MAX, 88.72283f, 88.72284f,
	                          -103.97f, -103.98f, 20.0f,    -20.0f,    200.0f,   -200.0f};
	enum { N = sizeof x / sizeof *x };

	(void)state;
	for (size_t n = 0; n <= 70; n++) {
		float in[70], e[71], t[71], s[71];

		for (size_t i = 0; i < n; i++)
			in[i] = x[(i + n) % N];
		e[n] = t[n] = s[n] = 12345;
		vec_exp(e, in, n);
		vec_tanh(t, in, n);
		vec_sigmoid(s, in, n);
		assert_true(e[n] == 12345.0f && t[n] == 12345.0f && s[n] == 12345.0f);
		for (size_t i = 0; i < n; i++) {
			if (isnan(in[i])) {
				assert_true(isnan(e[i]) && isnan(t[i]) && isnan(s[i]));
				continue;
			}
			assert_true(ulps(e[i], exp((double)in[i])) <= 1.1);
			assert_true(fabsf(t[i]) <= 1 && signbit(t[i]) == signbit(in[i]));
			assert_true(s[i] >= 0 && s[i] <= 1);
			if (fabsf(in[i]) < 1e-30f)
				assert_true(bits_of(t[i]) == bits_of(in[i]) && s[i] == 0.5f && e[i] == 1);
			if (in[i] >= 20)
				assert_true(t[i] == 1 && s[i] == 1);
			if (in[i] <= -200)
				assert_true(t[i] == -1 && s[i] == 0 && e[i] == 0);
		}
	}
}

/* y may be x. */
static void test_in_place(void **state)
{
	static real x[BLOCK], y[BLOCK], z[BLOCK];
	void (*const functions[])(real *, const real *, size_t) = {vec_exp, vec_tanh, vec_sigmoid};

	(void)state;
	reals_fill(x, BLOCK, 5, 1);
	for (int f = 0; f < 3; f++) {
		functions[f](y, x, BLOCK);
		memcpy(z, x, sizeof z);
		functions[f](z, z, BLOCK);
		assert_memory_equal(y, z, sizeof y);
		/* An element does not depend on its neighbours or on where it stands. */
		for (size_t i = 0; i < 200; i++) {
			functions[f](z, x + i, 1);
			assert_memory_equal(z, y + i, sizeof *z);
		}
	}
	memcpy(z, x, sizeof z);
	vec_add(z, z, BLOCK);
	for (int i = 0; i < BLOCK; i++)
		assert_true(z[i] == 2 * x[i]);
	vec_axpy(z, -1, z, BLOCK);
	for (int i = 0; i < BLOCK; i++)
		assert_true(z[i] == 0);
}

static void test_sums(void **state)
{
	static real x[BLOCK], y[BLOCK];

	(void)state;
	reals_fill(x, BLOCK, 1, 1);
	reals_fill(y, BLOCK, 1, 2);
	for (size_t n = 0; n < BLOCK; n += 1 + n / 7) {
		double dot = 0, norm = 0, size = 0;

		for (size_t i = 0; i < n; i++) {
			dot += (double)x[i] * (double)y[i];
			size += fabs((double)x[i] * (double)y[i]);
			norm += (double)x[i] * (double)x[i];
		}
		assert_true(fabs((double)vec_dot(x, y, n) - dot) <= 1e-6 * size);
		assert_true(fabs(vec_norm2(x, n) - norm) <= 1e-12 * norm);
	}
	for (int i = 0; i < BLOCK; i++)
		x[i] = 1e30f;
	assert_true(fabs(vec_norm2(x, BLOCK) / (BLOCK * 1e60) - 1) < 1e-6);
	vec_axpy(y, 2, x, BLOCK);
	vec_scale(y, 0.5f, BLOCK);
	for (int i = 0; i < BLOCK; i++)
		assert_true(fabsf(y[i] / 1e30f - 1) < 1e-6f);
}

static void test_softmax(void **state)
{
	static real x[BLOCK], y[BLOCK];

	(void)state;
	for (size_t n = 1; n < BLOCK; n += 1 + n / 5) {
		double sum = 0, max = -(double)INFINITY, total = 0;
		real log_sum;

		reals_fill(x, n, 30, n);
		for (size_t i = 0; i < n; i++)
			if (i % 3 == 1)
				x[i] = -(real)INFINITY;
		memcpy(y, x, sizeof y);
		for (size_t i = 0; i < n; i++)
			max = (double)x[i] > max ? (double)x[i] : max;
		for (size_t i = 0; i < n; i++)
			sum += exp((double)x[i] - max);
		log_sum = vec_softmax(y, n);
		assert_true(fabs((double)log_sum - max - log(sum)) < 1e-5);
		for (size_t i = 0; i < n; i++) {
			const double p = exp((double)x[i] - max) / sum;

			/* x - max is rounded, and up to 60 here. */
			assert_true(i % 3 == 1 ? bits_of(y[i]) == 0 : fabs((double)y[i] - p) <= 5e-6 * p + 1e-37);
			total += (double)y[i];
		}
		assert_true(fabs(total - 1) < 1e-6);
	}
}

static void test_softmax_special(void **state)
{
	real x[40];

	(void)state;
	for (size_t n = 0; n <= 40; n++) {
		for (size_t i = 0; i < n; i++)
			x[i] = -(real)INFINITY;
		assert_true(vec_softmax(x, n) == -(real)INFINITY);
		for (size_t i = 0; i < n; i++)
			assert_true(bits_of(x[i]) == 0);
		if (n == 0)
			continue;
		/* One possible entry has it all. */
		for (size_t i = 0; i < n; i++)
			x[i] = i == n / 2 ? -1e30f : -(real)INFINITY;
		assert_true(vec_softmax(x, n) == -1e30f && x[n / 2] == 1);
		/* A NaN is not hidden, among numbers or among impossible entries. */
		for (int with = 0; with < 2; with++) {
			for (size_t i = 0; i < n; i++)
				x[i] = i == n / 2 ? (real)NAN : with ? 1 : -(real)INFINITY;
			assert_true(isnan(vec_softmax(x, n)));
			for (size_t i = 0; i < n; i++)
				assert_true(isnan(x[i]));
		}
	}
	x[0] = 3e38f;
	x[1] = -3e38f;
	assert_true(vec_softmax(x, 2) == 3e38f && x[0] == 1 && x[1] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exp),      cmocka_unit_test(test_tanh),
		cmocka_unit_test(test_sigmoid),  cmocka_unit_test(test_special),
		cmocka_unit_test(test_in_place), cmocka_unit_test(test_sums),
		cmocka_unit_test(test_softmax),  cmocka_unit_test(test_softmax_special),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
