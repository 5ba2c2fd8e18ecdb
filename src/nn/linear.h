/* A dense layer: y = x W' + b, W (out,in), b (out), rows of x are cases. */
#ifndef NN_LINEAR_H
#define NN_LINEAR_H

#include "num/params.h"

/* A layer is shape and place: sizes, and offsets of its tensors in a plane. */
struct linear {
	int in, out;
	size_t w, b; /* (out,in), (out) */
};

/* Adds "<name>.weight" (uniform +-1/sqrt(in)) and "<name>.bias" (zero). */
struct linear linear_layer(struct params *p, const char *name, int in, int out);

/* The same with weights uniform +-sqrt(6/(in+out)) (Glorot and Bengio 2010), for layers that no nonlinearity follows. */
struct linear linear_layer_glorot(struct params *p, const char *name, int in, int out);

/* y (rows,out; ldy) = x (rows,in; ldx) W' + b. w: the weights' plane. */
void linear_forward(const struct linear *l, const real *w, real *y, int ldy, const real *x, int ldx, int rows);

/* Adds to the gradient plane g, unless NULL, and to dx (rows,in; lddx), unless NULL. */
void linear_backward(const struct linear *l, const real *w, real *g, real *dx, int lddx, const real *dy, int lddy,
                     const real *x, int ldx, int rows);

#endif
