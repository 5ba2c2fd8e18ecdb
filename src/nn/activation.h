/*
 * Activations by name: what stands between the products of a network.
 *
 *	relu	max(x, 0)
 *	leaky	x, below 0 0.2 x (Maas et al. 2013; the slope of Radford et al. 2016)
 *	prelu	x, below 0 a x, the slope a learned, one a channel (He et al. 2015)
 *	elu	x, below 0 exp(x) - 1 (Clevert et al. 2016)
 *	selu	1.0507 (x, below 0 1.6733 (exp(x) - 1)) (Klambauer et al. 2017)
 *	crelu	[ max(x, 0) | max(-x, 0) ]: twice the channels (Shang et al. 2016)
 *	relu6	max(x, 0), 6 at most (Krizhevsky 2010)
 *	tanh
 *	linear	x
 *
 * Where a function has a corner, the slope at the corner is that below it.
 */
#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include <stddef.h>
#include "num/params.h"

enum activation_kind {
	ACTIVATION_RELU,
	ACTIVATION_LEAKY,
	ACTIVATION_PRELU,
	ACTIVATION_ELU,
	ACTIVATION_SELU,
	ACTIVATION_CRELU,
	ACTIVATION_RELU6,
	ACTIVATION_TANH,
	ACTIVATION_LINEAR,
	ACTIVATIONS
};
/* In the order of the enum. */
#define ACTIVATION_NAMES "relu|leaky|prelu|elu|selu|crelu|relu6|tanh|linear"

struct activation {
	int kind;     /* enum activation_kind */
	int channels; /* of x */
	int out;      /* of y: as many, crelu twice as many */
	size_t slope; /* (channels) prelu's */
};

/* Adds "<name>.slope" (0.25) where the kind is prelu; nothing otherwise. */
struct activation activation_layer(struct params *p, const char *name, int kind, int channels);

/* y (rows,out) from x (rows,channels); y may be x where nothing is to be differentiated and the kind is not crelu. */
void activation_forward(const struct activation *a, const real *w, real *y, const real *x, size_t rows);

/*
 * dx (rows,channels) is written, not added to; it may be dy where the kind is
 * not crelu. Adds to the gradient plane g unless NULL. x is forward's input.
 */
void activation_backward(const struct activation *a, const real *w, real *g, real *dx, const real *dy, const real *x,
                         size_t rows);

/* The name of a kind; the kind of a name, -1: there is none. */
const char *activation_name(int kind);
int activation_find(const char *name);

/* ---- relu alone, in place -------------------------------------------------- */

void relu_forward(real *x, size_t n);                  /* x = max(x, 0) */
void relu_backward(real *dx, const real *y, size_t n); /* dx = 0 where y, forward's output, is 0 */

#endif
