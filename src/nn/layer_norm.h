/*
 * Layer normalisation (Ba, Kiros and Hinton 2016): every case by its own mean
 * and variance, so that no case knows of another. A case has so many
 * positions of so many channels, normalised together (an image in a critic:
 * Gulrajani et al. 2017); gain and bias are a channel's. With one position
 * it is the plain layer over features.
 */
#ifndef NN_LAYER_NORM_H
#define NN_LAYER_NORM_H

#include "base/arena.h"
#include "num/params.h"

struct layer_norm {
	int channels;
	size_t gain, bias; /* (channels) */
};

struct layer_norm_frame {
	real *mean, *scale; /* (cases) 1 / sqrt(variance + epsilon) */
};

/* Adds "<name>.gain" (1) and "<name>.bias" (0). */
struct layer_norm layer_norm_layer(struct params *p, const char *name, int channels);

void layer_norm_frame_layout(struct layer_norm_frame *f, struct arena *a, int cases);

/* y (cases,positions,channels) from x. */
void layer_norm_forward(const struct layer_norm *l, const real *w, struct layer_norm_frame *f, real *y, const real *x,
                        int cases, int positions);

/* Adds to g unless NULL; writes dx, which may be dy. x is forward's input. */
void layer_norm_backward(const struct layer_norm *l, const real *w, real *g, const struct layer_norm_frame *f, real *dx,
                         const real *dy, const real *x, int cases, int positions);

#endif
