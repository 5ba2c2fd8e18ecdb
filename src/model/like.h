/*
 * Music like other music: a piece as the z of its phrases (mu of the
 * posterior), to be varied, or to travel from to another's.
 *
 * A piece that is made like one begins as it does: its first metre, pickup,
 * parts, key, tempo; it is as long, and its phrases begin where that one's do.
 * On the way from A to B each piece begins like the nearer one (in the middle
 * A), has so many phrases and is so long, in bars, as lies between, and its
 * phrases are between those of A and B that stand at the same share of each:
 * z goes on a great circle, its length in proportion (Shoemake, Animating
 * rotation with quaternion curves, 1985). The ends are A's and B's own z.
 */
#ifndef MODEL_LIKE_H
#define MODEL_LIKE_H

#include "model/latent_plan.h"
#include "model/model.h"

struct like {
	int width;
	size_t n;
	double *bars;       /* (n) where phrases begin, in bars of the first metre since the first event's time 0 */
	int *numbers;       /* (n) of those bars */
	real *mu;           /* (n,width) */
	struct start start; /* its style unknown: that is no part of z */
	int us_per_quarter, bar; /* ticks of a bar of the first metre */
	double length;           /* bars, to END */
};

/* -1: the model has no latent, or cannot say the piece. like_done() in either case. */
int like_encode(struct like *l, const struct model *m, const struct piece *piece);
void like_done(struct like *l);

/* 0 or -1; latent_plan_done() in either case. amount 0 to 1. */
int like_vary(struct latent_plan *out, const struct like *l, double amount, uint64_t seed);
/* way 0 (from) to 1 (to). */
int like_travel(struct latent_plan *out, const struct like *from, const struct like *to, double way);

/* Does the model have one? Else -1 with a message. */
int latent_check(const struct model *m);

#endif
