/*
 * The decoder's side of a phrase's latent z. What a z says at one place of the
 * phrase is bound to that place (Plate, Holographic reduced representations,
 * 1995, by products element by element): with a code g of the moment (bar of
 * the phrase and eighth of the bar) and of the part,
 *
 *	g = moment o part,  u = [ z o g | z ],
 *
 * and u goes through a matrix without a bias each to the trunk's input and to
 * what the heads read. The encoder binds with the same codes (encoder.h). So z
 * = 0, the prior's mean, is the network without a latent, to the last bit; and
 * a network that a latent is added to is at first, with matrices of zeros,
 * what it was.
 */
#ifndef MODEL_LATENT_H
#define MODEL_LATENT_H

#include "nn/bag.h"
#include "num/params.h"

#define LATENT_MAX    512 /* width of z, and of the encoder's LSTMs, at most */
#define LATENT_BARS   8   /* of a phrase that are told apart */
#define LATENT_EIGHTH 16  /* of a bar */

enum latent_place { PLACE_MOMENT, PLACE_PART, PLACE_FIELDS };

struct latent {
	int width;             /* of z; 0: there is none */
	int inputs, features;  /* what it adds to */
	struct bag place;      /* [ moment | part ], as wide as z each */
	size_t input, feature; /* (inputs,2 width), (features,2 width) */
};

/* For rows of a chunk, or one. */
struct latent_frame {
	real *z;               /* (rows,width): the caller's to fill in */
	real *code;            /* (rows,2 width): moment, part */
	real *u;               /* (rows,2 width) */
	real *dz, *dcode, *du; /* backward's; dz is its result */
};

/* Tensors named "latent...". classes: of parts, and others that rows may be of. */
struct latent latent_layers(struct params *p, int width, int classes, int inputs, int features);

struct arena;
void latent_frame_layout(struct latent_frame *f, struct arena *a, const struct latent *l, int rows, int backward);

/* The place of a row: bar of its phrase (from 0; below counts as 0), ticks into the bar, class of its part. */
void latent_place(struct bag_item items[PLACE_FIELDS], int bar, int in_bar, int grid, int part);

/* From z and places to u. */
void latent_bind(const struct latent *l, const real *w, struct latent_frame *f, const struct bag_input *place,
                 int rows);

/* x (rows,inputs; ldx) and y (rows,features; ldy) += of u. */
void latent_to_input(const struct latent *l, const real *w, real *x, int ldx, const struct latent_frame *f, int rows);
void latent_to_features(const struct latent *l, const real *w, real *y, int ldy, const struct latent_frame *f,
                        int rows);

/* dx, dy: gradients of what it was added to. Adds to the gradient plane dw; f->dz becomes the gradient of f->z. */
void latent_backward(const struct latent *l, const real *w, real *dw, struct latent_frame *f, const real *dx, int lddx,
                     const real *dy, int lddy, const struct bag_input *place, int rows);

#endif
