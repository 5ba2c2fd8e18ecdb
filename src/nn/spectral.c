/* Spectral normalisation. See spectral.h. */
#include "nn/spectral.h"

#include <math.h>
#include <string.h>
#include "num/blas.h"
#include "num/vec.h"

/* Below this a vector has no direction, and a matrix is taken for zero. */
#define TINY 1e-12

struct spectral spectral_layer(struct params *p, const char *name, size_t w, int rows, int cols)
{
	struct spectral l = {.rows = rows, .cols = cols, .w = w};

	l.u = params_add_part(p, name, "u", 1, rows, INIT_NORMAL, 1, false);
	return l;
}

void spectral_frame_layout(struct spectral_frame *f, struct arena *a, const struct spectral *l)
{
	ARENA_TAKE(a, f->u, (size_t)l->rows);
	ARENA_TAKE(a, f->v, (size_t)l->cols);
}

static double normalise(real *x, int n)
{
	const double norm = sqrt(vec_norm2(x, (size_t)n));

	vec_scale(x, (real)(1 / fmax(norm, TINY)), (size_t)n);
	return norm;
}

void spectral_forward(const struct spectral *l, real *normalised, const real *w, struct spectral_frame *f,
                      int iterations)
{
	const size_t n = (size_t)l->rows * (size_t)l->cols;
	const real *matrix = w + l->w;
	double sigma = 0;

	memcpy(f->u, w + l->u, (size_t)l->rows * sizeof(real));
	for (int i = 0; i < iterations; i++) {
		gemm(false, false, 1, l->cols, l->rows, 1, f->u, l->rows, matrix, l->cols, 0, f->v, l->cols);
		normalise(f->v, l->cols);
		gemm(false, true, 1, l->rows, l->cols, 1, f->v, l->cols, matrix, l->cols, 0, f->u, l->rows);
		sigma = normalise(f->u, l->rows);
	}
	f->sigma = (real)fmax(sigma, TINY);
	for (size_t i = 0; i < n; i++)
		normalised[l->w + i] = matrix[i] / f->sigma;
}

void spectral_backward(const struct spectral *l, real *g, const real *normalised, const struct spectral_frame *f)
{
	const size_t n = (size_t)l->rows * (size_t)l->cols;
	const real along = vec_dot(g + l->w, normalised + l->w, n);

	for (int r = 0; r < l->rows; r++) {
		real *dw = g + l->w + (size_t)r * (size_t)l->cols;

		for (int c = 0; c < l->cols; c++)
			dw[c] = (dw[c] - along * f->u[r] * f->v[c]) / f->sigma;
	}
}

void spectral_track(const struct spectral *l, real *w, const struct spectral_frame *f)
{
	memcpy(w + l->u, f->u, (size_t)l->rows * sizeof(real));
}
