/*
 * The decoder's side of a phrase's latent z: what z adds to the trunk's input
 * and to what the heads read, a matrix each without a bias. So z = 0, the
 * prior's mean, is the network without a latent, to the last bit; and a
 * network that a latent is added to is at first, with matrices of zeros, what
 * it was.
 */
#ifndef MODEL_LATENT_H
#define MODEL_LATENT_H

#include "num/params.h"

#define LATENT_MAX 512 /* width of z, and of the encoder's LSTMs, at most */

struct latent {
	int width;             /* of z; 0: there is none */
	int inputs, features;  /* what it adds to */
	size_t input, feature; /* (inputs,width), (features,width) */
};

/* Tensors named "latent.input", "latent.feature". */
struct latent latent_layers(struct params *p, int width, int inputs, int features);

/* x (rows,inputs; ldx) and f (rows,features; ldf) += of z (rows,width). */
void latent_to_input(const struct latent *l, const real *w, real *x, int ldx, const real *z, int rows);
void latent_to_features(const struct latent *l, const real *w, real *f, int ldf, const real *z, int rows);

/* dx, df: gradients of what they were added to. Adds to the gradient plane dw and to dz (rows,width). */
void latent_from_input(const struct latent *l, const real *w, real *dw, real *dz, const real *dx, int lddx,
                       const real *z, int rows);
void latent_from_features(const struct latent *l, const real *w, real *dw, real *dz, const real *df, int lddf,
                          const real *z, int rows);

#endif
