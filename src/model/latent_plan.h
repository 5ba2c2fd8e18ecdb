/*
 * Which z the phrases of a piece get that is being made, and how it begins:
 *
 *	- as many as are listed, each from a tick on, moved towards others that
 *	  are drawn from the prior, z' = cos(pi/2 amount) z + sin(pi/2 amount) eps;
 *	- or, where none are listed, drawn: every PHRASE_BARS bars another.
 *
 * What is drawn is a function of the seed and the phrase's number, so that a
 * seed names all of it. Of a latent at every step (model/net_seed.h) the seed is all there is.
 */
#ifndef MODEL_LATENT_PLAN_H
#define MODEL_LATENT_PLAN_H

#include <stddef.h>
#include <stdint.h>
#include "music/events.h"
#include "music/position.h"
#include "num/real.h"

struct latent_plan {
	int width;
	size_t n;   /* phrases listed; 0: drawn */
	int *ticks; /* (n) ascending, the first 0 */
	int *bars;  /* (n) numbers of the bars they begin in */
	real *z;    /* (n,width) */
	double amount;
	uint64_t seed; /* of what is drawn */
	/* only of listed ones: how the piece begins, and the tick where it ends */
	struct start start;
	int us_per_quarter;
	int end;
};

/* Room for n phrases. 0 or -1; latent_plan_done() in either case. */
int latent_plan_init(struct latent_plan *p, int width, size_t n);
void latent_plan_done(struct latent_plan *p);

/* z (width) of what stands at a position. Returns the number of the bar that its phrase begins in. */
int latent_plan_at(const struct latent_plan *p, real *z, const struct position *at);

#endif
