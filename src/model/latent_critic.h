/*
 * The critic of the latent (Makhzani et al., Adversarial autoencoders, 2016):
 * a small network that tells z of phrases, each with its piece's style, from
 * draws of the prior with the same styles. An encoder that it cannot tell makes
 * z whose distribution is the prior's, in every style the same: z has no style.
 *
 *	a = tanh(W [ z | style ] + b), c = tanh(W' a + b'), score = w'' c + b''
 *
 * with the losses bce of GANs: softplus(-score) of draws, softplus(score) of z
 * for the critic, softplus(-score) of z for the encoder.
 */
#ifndef MODEL_LATENT_CRITIC_H
#define MODEL_LATENT_CRITIC_H

#include "model/posterior.h"
#include "num/optim.h"

struct latent_critic {
	struct params params;
	int width, hidden;
	struct bag style; /* the last row: unknown */
	struct linear first, second, score;
};

/* For up to `rows` cases. */
struct critic_frame {
	real *x;         /* (rows,width + style): z is the caller's to fill in */
	int *styles;     /* (rows) likewise; -1 unknown */
	uint32_t *place; /* (rows + 1) */
	struct bag_item *items;
	real *first, *second, *score;
	real *dscore, *dsecond, *dfirst, *dx; /* dscore is the caller's to fill in */
};

/* 0 or -1. */
int latent_critic_init(struct latent_critic *c, int styles, int width, int hidden);
void latent_critic_done(struct latent_critic *c);
void critic_frame_layout(struct critic_frame *f, struct arena *a, const struct latent_critic *c, int rows);

void critic_forward(const struct latent_critic *c, const real *w, struct critic_frame *f, int rows);
/* Adds to dw unless NULL; f->dx becomes the gradient of f->x. */
void critic_backward(const struct latent_critic *c, const real *w, real *dw, struct critic_frame *f, int rows);

/* ---- against an encoder -------------------------------------------------------- */

struct latent_adversary {
	struct latent_critic critic;
	real *w, *dw, *moments[OPTIM_PLANES_MAX];
	double weight; /* of what it says in the encoder's gradient */
	double learning_rate;
	uint64_t seed;
	int shards;
	struct critic_frame *frames; /* one a shard */
	struct critic_frame own;     /* of its own steps: z, then draws */
	int room;                    /* phrases of a shard */
	struct arena arena;
	double accuracy; /* of its last step; 0.5: it cannot tell */
};

/* 0 or -1; latent_adversary_done() in either case. */
int latent_adversary_init(struct latent_adversary *a, int styles, int width, int hidden, int shards, int room,
                          uint64_t seed);
void latent_adversary_done(struct latent_adversary *a);

/* To dz of a shard's phrases: weight x share x what the critic says of their z. */
void latent_adversary_shard(struct latent_adversary *a, int shard, struct posterior *p, const struct batch *b,
                            double scale);

/* A step of the critic's own, by adam, with the z of all shards. */
void latent_adversary_step(struct latent_adversary *a, const struct posterior *posteriors,
                           const struct phrase_batch *const *b, uint64_t step);

#endif
