/*
 * The posterior of a chunk's phrases while training or scoring: encoded,
 * drawn, and the KL divergence from the prior,
 *
 *	z = mu + sigma eps,  KL(N(mu, sigma^2) || N(0, 1)) = 1/2 sum (mu^2 + sigma^2 - 1 - log sigma^2)
 *
 * A phrase that crosses the chunk's borders is read whole in each of its
 * chunks; its KL counts by the share of its rows that are in the chunk.
 */
#ifndef MODEL_POSTERIOR_H
#define MODEL_POSTERIOR_H

#include "model/network.h"

/* Which z the rows of a phrase get. */
enum posterior_z {
	Z_DRAWN, /* mu + sigma eps */
	Z_MEAN,  /* mu */
	Z_OTHER, /* mu of the next phrase of the batch; with one phrase alone its own */
	Z_NONE   /* 0 */
};

struct posterior {
	struct encoder_frame frame;
	real *z, *dz; /* (phrases,latent) */
	real *eps;    /* (phrases,latent) what was drawn */
	double *kl;   /* (phrases) nats */
	struct arena arena;
};

/* KL is weighted by beta, and costs nothing up to so many nats a phrase (free bits: Kingma et al., Improving variational inference with inverse autoregressive flow, 2016). */
struct posterior_weights {
	double beta, free_nats;
};

/* For chunks of so many steps of so many lanes. 0 or -1; posterior_done() in either case. */
int posterior_init(struct posterior *p, const struct generator *g, int steps, int lanes, bool backward);
void posterior_done(struct posterior *p);

/* Before network_forward(): encode the batch's phrases, and give f their z. random: of eps; keyed by all that decides it. */
void posterior_forward(struct posterior *p, const struct generator *g, const real *w, struct frame *f,
                       const struct batch *b, enum posterior_z which, struct random random);

/*
 * After network_backward(), which has filled in dz; of Z_DRAWN alone. Adds the
 * encoder's gradients, of the decoder's losses and of the KL's share, to dw;
 * scale as network_forward() had it.
 */
void posterior_backward(struct posterior *p, const struct generator *g, const real *w, real *dw, const struct batch *b,
                        const struct posterior_weights *weights, double scale);

#endif
