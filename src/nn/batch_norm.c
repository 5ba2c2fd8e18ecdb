/*
 * Batch normalisation. With h = (x - mean) scale, n rows, and sums over rows,
 *
 *	dgain += sum of dy h,   dbias += sum of dy
 *	dx = gain scale (dy - sum of dy / n - h sum of dy h / n)
 *
 * and without the two sums where the statistics are given. See batch_norm.h.
 */
#include "nn/batch_norm.h"

#include <math.h>
#include <string.h>
#include "base/error.h"

#define EPSILON 1e-5

struct batch_norm batch_norm_layer(struct params *p, const char *name, int channels)
{
	struct batch_norm l = {.channels = channels};

	l.gain = params_add_part(p, name, "gain", 1, channels, INIT_ONE, 0, false);
	l.bias = params_add_part(p, name, "bias", 1, channels, INIT_ZERO, 0, false);
	l.mean = params_add_part(p, name, "mean", 1, channels, INIT_ZERO, 0, false);
	l.variance = params_add_part(p, name, "variance", 1, channels, INIT_ONE, 0, false);
	return l;
}

void batch_norm_frame_layout(struct batch_norm_frame *f, struct arena *a, const struct batch_norm *l)
{
	const size_t c = (size_t)l->channels;

	ARENA_TAKE(a, f->mean, c);
	ARENA_TAKE(a, f->variance, c);
	ARENA_TAKE(a, f->scale, c);
	ARENA_TAKE(a, f->sums, 2 * c);
}

/* In double, in one order; the variance from what is left of the mean. */
static void statistics(struct batch_norm_frame *f, const real *x, int channels, size_t rows)
{
	double *sum = f->sums;

	memset(sum, 0, (size_t)channels * sizeof *sum);
	for (size_t r = 0; r < rows; r++)
		for (int c = 0; c < channels; c++)
			sum[c] += (double)x[r * (size_t)channels + (size_t)c];
	for (int c = 0; c < channels; c++)
		f->mean[c] = (real)(sum[c] / (double)rows);
	memset(sum, 0, (size_t)channels * sizeof *sum);
	for (size_t r = 0; r < rows; r++)
		for (int c = 0; c < channels; c++) {
			const double d = (double)(x[r * (size_t)channels + (size_t)c] - f->mean[c]);

			sum[c] += d * d;
		}
	for (int c = 0; c < channels; c++)
		f->variance[c] = (real)(sum[c] / (double)rows);
}

void batch_norm_forward(const struct batch_norm *l, const real *w, struct batch_norm_frame *f, real *y, const real *x,
                        size_t rows, bool training)
{
	const size_t n = (size_t)l->channels;
	const real *gain = w + l->gain, *bias = w + l->bias;

	f->training = training;
	if (training && rows < 2)
		BUG("batch normalisation of %zu rows", rows);
	if (training) {
		statistics(f, x, l->channels, rows);
	} else {
		memcpy(f->mean, w + l->mean, n * sizeof(real));
		memcpy(f->variance, w + l->variance, n * sizeof(real));
	}
	for (size_t c = 0; c < n; c++) {
		/* a file may say anything of a variance */
		const double v = f->variance[c] > 0 ? (double)f->variance[c] : 0;

		f->scale[c] = (real)(1 / sqrt(v + EPSILON));
	}
	for (size_t r = 0; r < rows; r++, x += n, y += n)
		for (size_t c = 0; c < n; c++)
			y[c] = gain[c] * ((x[c] - f->mean[c]) * f->scale[c]) + bias[c];
}

void batch_norm_backward(const struct batch_norm *l, const real *w, real *g, struct batch_norm_frame *f, real *dx,
                         const real *dy, const real *x, size_t rows)
{
	const size_t n = (size_t)l->channels;
	const real *gain = w + l->gain;
	double *sum = f->sums, *product = f->sums + n;

	memset(f->sums, 0, 2 * n * sizeof *f->sums);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < n; c++) {
			const real h = (x[r * n + c] - f->mean[c]) * f->scale[c];

			sum[c] += (double)dy[r * n + c];
			product[c] += (double)(dy[r * n + c] * h);
		}
	for (size_t c = 0; g && c < n; c++) {
		g[l->gain + c] += (real)product[c];
		g[l->bias + c] += (real)sum[c];
	}
	for (size_t c = 0; c < n; c++) {
		sum[c] = f->training ? sum[c] / (double)rows : 0;
		product[c] = f->training ? product[c] / (double)rows : 0;
	}
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < n; c++) {
			const real h = (x[r * n + c] - f->mean[c]) * f->scale[c];

			dx[r * n + c] = gain[c] * f->scale[c] * (dy[r * n + c] - (real)sum[c] - h * (real)product[c]);
		}
}

void batch_norm_track(const struct batch_norm *l, real *w, const struct batch_norm_frame *f, size_t rows, double share)
{
	const double unbiased = (double)rows / (double)(rows - 1);
	real *mean = w + l->mean, *variance = w + l->variance;

	for (int c = 0; c < l->channels; c++) {
		mean[c] = (real)((1 - share) * (double)mean[c] + share * (double)f->mean[c]);
		variance[c] = (real)((1 - share) * (double)variance[c] + share * (double)f->variance[c] * unbiased);
	}
}
