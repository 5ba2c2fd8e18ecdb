/*
 * How much of a piece its z bring back: a piece is made anew, from nothing but
 * how it begins, how long it is and the mu of its phrases, taking the likeliest
 * choice every time, and the share is counted of its notes that are reached:
 * the same pitch at the same tick in the same part.
 */
#ifndef MODEL_RECONSTRUCT_H
#define MODEL_RECONSTRUCT_H

#include "model/compose.h"
#include "model/latent_plan.h"

/* Pieces that the figure is taken from, at most, and so many bars of each. */
enum { RECONSTRUCT_PIECES = 32, RECONSTRUCT_BARS = 32 };

/* Composing so: the likeliest choice every time, by a plan, which must outlive it. */
void reconstruct_options(struct compose_options *o, const struct latent_plan *plan);

/* The likeliest choices, by whatever else the options say. */
void reconstruct_greedily(struct compose_options *o);

/* How many notes of `of` before tick `end` are in `made`; *n: of how many. */
long pitches_reached(long *n, const struct piece *of, const struct piece *made, int end);

/* Of held-out music, with z and without: out->pitches and the two after it. 0 or -1. */
int reconstruct_measure(struct latent_figures *out, const struct model *m, const struct corpus *corpus,
                        struct pool *pool);

#endif
