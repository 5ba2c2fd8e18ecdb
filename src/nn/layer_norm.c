/*
 * Layer normalisation. With h = (x - mean) scale, over the n numbers of a case,
 *
 *	dh = gain dy,   dx = scale (dh - sum of dh / n - h sum of dh h / n)
 *	dgain += sum of dy h,   dbias += sum of dy,  over cases and positions
 */
#include "nn/layer_norm.h"

#include <math.h>

#define EPSILON 1e-5

struct layer_norm layer_norm_layer(struct params *p, const char *name, int channels)
{
	struct layer_norm l = {.channels = channels};

	l.gain = params_add_part(p, name, "gain", 1, channels, INIT_ONE, 0, false);
	l.bias = params_add_part(p, name, "bias", 1, channels, INIT_ZERO, 0, false);
	return l;
}

void layer_norm_frame_layout(struct layer_norm_frame *f, struct arena *a, int cases)
{
	ARENA_TAKE(a, f->mean, (size_t)cases);
	ARENA_TAKE(a, f->scale, (size_t)cases);
}

void layer_norm_forward(const struct layer_norm *l, const real *w, struct layer_norm_frame *f, real *y, const real *x,
                        int cases, int positions)
{
	const size_t channels = (size_t)l->channels, n = (size_t)positions * channels;
	const real *gain = w + l->gain, *bias = w + l->bias;

	for (int k = 0; k < cases; k++, x += n, y += n) {
		double sum = 0, square = 0, mean;

		for (size_t i = 0; i < n; i++)
			sum += (double)x[i];
		mean = sum / (double)n;
		for (size_t i = 0; i < n; i++)
			square += ((double)x[i] - mean) * ((double)x[i] - mean);
		f->mean[k] = (real)mean;
		f->scale[k] = (real)(1 / sqrt(square / (double)n + EPSILON));
		for (size_t i = 0, c = 0; i < n; i++, c = c + 1 < channels ? c + 1 : 0)
			y[i] = gain[c] * ((x[i] - f->mean[k]) * f->scale[k]) + bias[c];
	}
}

void layer_norm_backward(const struct layer_norm *l, const real *w, real *g, const struct layer_norm_frame *f, real *dx,
                         const real *dy, const real *x, int cases, int positions)
{
	const size_t channels = (size_t)l->channels, n = (size_t)positions * channels;
	const real *gain = w + l->gain;

	for (int k = 0; k < cases; k++, x += n, dy += n, dx += n) {
		double sum = 0, product = 0;

		for (size_t i = 0, c = 0; i < n; i++, c = c + 1 < channels ? c + 1 : 0) {
			const real h = (x[i] - f->mean[k]) * f->scale[k];

			sum += (double)(gain[c] * dy[i]);
			product += (double)(gain[c] * dy[i] * h);
			if (g) {
				g[l->gain + c] += dy[i] * h;
				g[l->bias + c] += dy[i];
			}
		}
		sum /= (double)n;
		product /= (double)n;
		for (size_t i = 0, c = 0; i < n; i++, c = c + 1 < channels ? c + 1 : 0) {
			const real h = (x[i] - f->mean[k]) * f->scale[k];

			dx[i] = f->scale[k] * (gain[c] * dy[i] - (real)sum - h * (real)product);
		}
	}
}
