/*
 * A dense layer, y = x W' + b:
 *
 *	dW += dy' x,   db += sum over rows of dy,   dx += dy W
 */
#include "nn/linear.h"

#include <math.h>
#include <string.h>
#include "num/blas.h"
#include "num/vec.h"

static struct linear layer(struct params *p, const char *name, int in, int out, double scale)
{
	struct linear l = {.in = in, .out = out};

	l.w = params_add_part(p, name, "weight", out, in, INIT_UNIFORM, scale, true);
	l.b = params_add_part(p, name, "bias", 1, out, INIT_ZERO, 0, false);
	return l;
}

struct linear linear_layer(struct params *p, const char *name, int in, int out)
{
	return layer(p, name, in, out, 1 / sqrt(in));
}

struct linear linear_layer_glorot(struct params *p, const char *name, int in, int out)
{
	return layer(p, name, in, out, sqrt(6.0 / (in + out)));
}

void linear_forward(const struct linear *l, const real *w, real *y, int ldy, const real *x, int ldx, int rows)
{
	for (int r = 0; r < rows; r++)
		memcpy(y + (size_t)r * (size_t)ldy, w + l->b, (size_t)l->out * sizeof *y);
	gemm(false, true, rows, l->out, l->in, 1, x, ldx, w + l->w, l->in, 1, y, ldy);
}

void linear_backward(const struct linear *l, const real *w, real *g, real *dx, int lddx, const real *dy, int lddy,
                     const real *x, int ldx, int rows)
{
	if (g) {
		gemm(true, false, l->out, l->in, rows, 1, dy, lddy, x, ldx, 1, g + l->w, l->in);
		for (int r = 0; r < rows; r++)
			vec_add(g + l->b, dy + (size_t)r * (size_t)lddy, (size_t)l->out);
	}
	if (dx)
		gemm(false, false, rows, l->in, l->out, 1, dy, lddy, w + l->w, l->in, 1, dx, lddx);
}
