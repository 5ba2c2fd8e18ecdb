/*
 * Spectral normalisation (Miyato et al. 2018): a weight matrix divided by its
 * largest singular value, so that the layer stretches nothing. The singular
 * vectors are found by power iteration, a step or so a pass, going on from
 * where the last one got to:
 *
 *	v = W'u / |W'u|,   u = W v / |W v|,   sigma = u'W v,   W/sigma is used
 *
 * u is a tensor of the parameter block without gradient or decay, which no
 * optimiser moves. The network runs on a plane of its own with the
 * normalised matrices in it; backward brings the gradient from there to W,
 * with u and v as constants:
 *
 *	dW = (dN - (sum of dN N) u v') / sigma,   N = W/sigma
 */
#ifndef NN_SPECTRAL_H
#define NN_SPECTRAL_H

#include "base/arena.h"
#include "num/params.h"

struct spectral {
	int rows, cols;
	size_t w; /* (rows,cols), another layer's */
	size_t u; /* (rows) */
};

struct spectral_frame {
	real *u, *v; /* (rows), (cols) */
	real sigma;  /* above 0 */
};

/* Adds "<name>.u" (standard normal). w: the tensor (rows,cols) to normalise. */
struct spectral spectral_layer(struct params *p, const char *name, size_t w, int rows, int cols);

void spectral_frame_layout(struct spectral_frame *f, struct arena *a, const struct spectral *l);

/* W of plane w, over sigma, into plane normalised. iterations >= 1. */
void spectral_forward(const struct spectral *l, real *normalised, const real *w, struct spectral_frame *f,
                      int iterations);

/* In place: in plane g the gradient to N becomes that to W. normalised as forward left it. */
void spectral_backward(const struct spectral *l, real *g, const real *normalised, const struct spectral_frame *f);

/* Keep u for the next pass. */
void spectral_track(const struct spectral *l, real *w, const struct spectral_frame *f);

#endif
