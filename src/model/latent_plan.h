/*
 * Which z the phrases of a piece get that is being made: listed, each from a
 * tick on, or without end, every PHRASE_BARS bars another, drawn from the
 * prior by number, so that a seed names them all.
 */
#ifndef MODEL_LATENT_PLAN_H
#define MODEL_LATENT_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include "music/position.h"
#include "num/real.h"

struct latent_plan {
	int width;
	size_t n;      /* phrases listed; 0: drawn */
	int *ticks;    /* (n) ascending, the first 0 */
	real *z;       /* (n,width) */
	uint64_t seed; /* of those drawn */
};

/* z (width) of what stands at a position. */
void latent_plan_at(const struct latent_plan *p, real *z, const struct position *at);

/* n normal numbers for phrase number `phrase` of a seed. */
void latent_draw(real *z, int n, uint64_t seed, uint64_t phrase);

#endif
