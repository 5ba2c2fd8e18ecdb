/* What a phrase's knobs do to the decoder. See knob_layer.h. */
#include "model/knob_layer.h"

#include <math.h>
#include <string.h>
#include "base/arena.h"
#include "num/blas.h"
#include "num/vec.h"

struct knob_layer knob_layers(struct params *p, int width, int inputs, int features)
{
	struct knob_layer l = {.width = width, .inputs = inputs, .features = features};

	l.code = params_add(p, "knobs.code", width, KNOB_INPUTS, INIT_NORMAL, 0.5, true);
	l.input = params_add(p, "knobs.input", inputs, width, INIT_ZERO, 0, true);
	l.scale = params_add(p, "knobs.scale", features, width, INIT_ZERO, 0, true);
	l.moved = params_add(p, "knobs.moved", features, width, INIT_ZERO, 0, true);
	return l;
}

void knob_frame_layout(struct knob_frame *f, struct arena *a, const struct knob_layer *l, int rows, int backward)
{
	const size_t n = (size_t)rows, features = (size_t)l->features, width = (size_t)l->width;

	ARENA_TAKE(a, f->u, n * KNOB_INPUTS);
	ARENA_TAKE(a, f->v, n * width);
	ARENA_TAKE(a, f->scale, n * features);
	if (!backward)
		return;
	ARENA_TAKE(a, f->before, n * features);
	ARENA_TAKE(a, f->dscale, n * features);
	ARENA_TAKE(a, f->dv, n * width);
}

bool knobs_told(const double c[KNOBS])
{
	for (int k = 0; k < KNOBS; k++)
		if (c[k] < 0 || c[k] > 0)
			return true;
	return false;
}

static void basis(real *u, double c)
{
	const bool told = !isnan(c);

	u[0] = told ? (real)c : 0;
	u[1] = told ? (real)(c * c) : 0;
}

void knob_forward(const struct knob_layer *l, const real *w, struct knob_frame *f, const double *c, int rows)
{
	for (int i = 0; i < rows * KNOBS; i++)
		basis(f->u + i * KNOB_BASIS, c[i]);
	gemm(false, true, rows, l->width, KNOB_INPUTS, 1, f->u, KNOB_INPUTS, w + l->code, KNOB_INPUTS, 0, f->v,
	     l->width);
	vec_tanh(f->v, f->v, (size_t)rows * (size_t)l->width);
}

void knob_to_input(const struct knob_layer *l, const real *w, real *x, int ldx, const struct knob_frame *f, int rows)
{
	gemm(false, true, rows, l->inputs, l->width, 1, f->v, l->width, w + l->input, l->width, 1, x, ldx);
}

void knob_to_features(const struct knob_layer *l, const real *w, real *y, int ldy, struct knob_frame *f, int rows)
{
	const size_t n = (size_t)l->features;

	gemm(false, true, rows, l->features, l->width, 1, f->v, l->width, w + l->scale, l->width, 0, f->scale,
	     l->features);
	for (size_t r = 0; r < (size_t)rows; r++) {
		real *to = y + r * (size_t)ldy;

		if (f->before)
			memcpy(f->before + r * n, to, n * sizeof *to);
		for (size_t i = 0; i < n; i++)
			to[i] += to[i] * f->scale[r * n + i];
	}
	gemm(false, true, rows, l->features, l->width, 1, f->v, l->width, w + l->moved, l->width, 1, y, ldy);
}

/* y = v W': the gradients of W and, added up, of v. */
static void back(real *dw, real *dv, const real *dy, int lddy, const real *w, int out, const struct knob_layer *l,
                 const real *v, real beta, int rows)
{
	gemm(true, false, out, l->width, rows, 1, dy, lddy, v, l->width, 1, dw, l->width);
	gemm(false, false, rows, l->width, out, 1, dy, lddy, w, l->width, beta, dv, l->width);
}

void knob_features_backward(const struct knob_layer *l, const real *w, real *dw, struct knob_frame *f, real *dy,
                            int lddy, int rows)
{
	const size_t n = (size_t)l->features;

	back(dw + l->moved, f->dv, dy, lddy, w + l->moved, l->features, l, f->v, 0, rows);
	for (size_t r = 0; r < (size_t)rows; r++) {
		real *d = dy + r * (size_t)lddy;

		for (size_t i = r * n; i < (r + 1) * n; i++, d++) {
			f->dscale[i] = *d * f->before[i];
			*d += *d * f->scale[i];
		}
	}
	back(dw + l->scale, f->dv, f->dscale, l->features, w + l->scale, l->features, l, f->v, 1, rows);
}

void knob_input_backward(const struct knob_layer *l, const real *w, real *dw, struct knob_frame *f, const real *dx,
                         int lddx, int rows)
{
	const size_t n = (size_t)rows * (size_t)l->width;

	back(dw + l->input, f->dv, dx, lddx, w + l->input, l->inputs, l, f->v, 1, rows);
	for (size_t i = 0; i < n; i++)
		f->dv[i] *= 1 - f->v[i] * f->v[i];
	gemm(true, false, l->width, KNOB_INPUTS, rows, 1, f->dv, l->width, f->u, KNOB_INPUTS, 1, dw + l->code,
	     KNOB_INPUTS);
}
