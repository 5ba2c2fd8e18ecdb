/*
 * Weight-dropped LSTMs: while training, a share of every LSTM's recurrent
 * weights is left out, the same ones at all time steps of a chunk, and others
 * in the next (Merity, Keskar and Socher, "Regularizing and Optimizing LSTM
 * Language Models", ICLR 2018; DropConnect, Wan et al., 2013). Unlike dropout
 * of states it reaches what an LSTM tells itself, without breaking its memory.
 */
#ifndef MODEL_WEIGHT_DROP_H
#define MODEL_WEIGHT_DROP_H

#include <stdint.h>
#include "base/random.h"
#include "num/params.h"

struct weight_drop {
	const struct params *p; /* not owned; every tensor "<name>.wh" of it is dropped from */
	double rate;            /* 0 <= rate < 1 */
	real *w;                /* (p->size) the weights of this chunk */
	uint8_t *mask;          /* (weights in all that may be dropped) */
	uint32_t *scratch;      /* (weights of the largest tensor) */
};

/* 0 or -1; weight_drop_done() in either case. */
int weight_drop_init(struct weight_drop *d, const struct params *p, double rate);
void weight_drop_done(struct weight_drop *d);

/* d->w = w with some weights out and the others scaled up; which ones depends on `random` alone. */
void weight_drop_forward(struct weight_drop *d, const real *w, struct random random);

/* The gradient of d->w becomes the gradient of w, in place. dw (p->size). */
void weight_drop_backward(real *dw, const struct weight_drop *d);

#endif
