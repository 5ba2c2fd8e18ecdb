/*
 * What held-out music costs with one z of its phrases or another, and what the
 * posterior is like there. An encoder has seen the whole phrase, the future
 * too: such figures are no likelihoods, but for the drawn z, whose nats and KL
 * together bound the likelihood (the ELBO). Likelihoods proper (model/evaluate.h)
 * are of z = 0.
 */
#ifndef MODEL_LATENT_SCORE_H
#define MODEL_LATENT_SCORE_H

#include "model/posterior.h"
#include "model/shard.h"

struct latent_score {
	double nats;    /* a note */
	double kl;      /* nats a note */
	double phrases; /* how many there are */
	int active;     /* dimensions of which mu varies by more than ACTIVE_VARIANCE */
	long notes;
};

#define ACTIVE_VARIANCE 0.01

/* Fixed shards: the same figures whatever the pool. 0 or -1. */
int latent_score(struct latent_score *out, const struct generator *g, const real *w, const struct corpus *corpus,
                 enum split split, enum posterior_z which, uint64_t seed, struct pool *pool);

#endif
