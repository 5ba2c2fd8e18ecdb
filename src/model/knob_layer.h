/*
 * Knobs: a code c of a few numbers that a phrase may be told, each from -1 to
 * 1, and the decoder's side of it: what a code adds to the trunk's input, and
 * how it scales and moves what the heads read (FiLM: Perez et al., Visual
 * reasoning with a general conditioning layer, 2018),
 *
 *	u = [ c c^2 ] of each knob that is told, 0 of one that is not
 *	v = tanh(A u)
 *	x' = x + X v,  f' = f o (1 + S v) + M v
 *
 * without a bias anywhere, so that where no knob is told, or all are in the
 * middle, the network is the one without knobs, to the last bit; and a network
 * that knobs are added to is at first, with X, S and M of zeros, what it was.
 * (With a 1 in u what is learned of being told at all is the music learned from
 * by heart.)
 */
#ifndef MODEL_KNOB_LAYER_H
#define MODEL_KNOB_LAYER_H

#include <stdbool.h>
#include "num/params.h"

enum knob { KNOB_DENSITY, KNOB_REGISTER, KNOB_LEAPS, KNOBS };
/* Where they are tried: at -1 and 1. */
enum { KNOB_TURNS = 2 };

#define KNOB_BASIS  2 /* numbers that a knob becomes */
#define KNOB_INPUTS (KNOBS * KNOB_BASIS)
#define KNOBS_MAX   256 /* width of v at most */

struct knob_layer {
	int width;                  /* of v; 0: there are none */
	int inputs, features;       /* of x, of f */
	size_t code;                /* A (width,KNOB_INPUTS) */
	size_t input, scale, moved; /* X (inputs,width), S and M (features,width) */
};

/* For rows of a chunk, or one. */
struct knob_frame {
	real *u;              /* (rows,KNOB_INPUTS) */
	real *v;              /* (rows,width) */
	real *scale, *before; /* (rows,features): S v; f as it came, only for backward */
	real *dscale, *dv;    /* backward's */
};

/* Tensors named "knobs...". */
struct knob_layer knob_layers(struct params *p, int width, int inputs, int features);

struct arena;
void knob_frame_layout(struct knob_frame *f, struct arena *a, const struct knob_layer *l, int rows, int backward);

/* Is any knob told, and not 0? One that is not told is NaN. */
bool knobs_told(const double c[KNOBS]);

/* v of the codes (rows,KNOBS). */
void knob_forward(const struct knob_layer *l, const real *w, struct knob_frame *f, const double *c, int rows);

/* After that: x (rows,inputs; ldx) and y (rows,features; ldy), both in place. */
void knob_to_input(const struct knob_layer *l, const real *w, real *x, int ldx, const struct knob_frame *f, int rows);
void knob_to_features(const struct knob_layer *l, const real *w, real *y, int ldy, struct knob_frame *f, int rows);

/* dy: gradient of f', which becomes that of f. Begins the gradient of v, and adds to the plane dw. */
void knob_features_backward(const struct knob_layer *l, const real *w, real *dw, struct knob_frame *f, real *dy,
                            int lddy, int rows);
/* After that, with the gradient of x' (and of x). */
void knob_input_backward(const struct knob_layer *l, const real *w, real *dw, struct knob_frame *f, const real *dx,
                         int lddx, int rows);

#endif
