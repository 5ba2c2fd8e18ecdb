/*
 * The network of the system that musegen grew out of: melodies as two
 * sequences, of pitches (rests among them) and of durations, each through
 * LSTMs of its own to a latent at every step and from there back to its own
 * width; both together through a dense layer and an LSTM to two heads, which
 * say the next token's pitch and, not knowing that, its duration.
 *
 *	one-hot pitch -> LSTM n -> LSTM 2n -> LSTM n -> mu, log sigma^2 (2n each)
 *	one-hot duration -> LSTM n/2 -> LSTM n -> LSTM n/2 -> mu, log sigma^2 (n each)
 *	z = mu + sigma x noise where it is drawn, else mu     (one each)
 *	[ z -> pitches | z -> durations ] -> dense, as wide -> LSTM n -> heads
 *
 * n is generator.trunk: with 256, 39 pitches and 18 durations it has 4,025,436
 * weights. All dense layers are linear, as Keras's are unless told otherwise.
 *
 * Every step's z may cost its divergence from the prior beside the next
 * token's likelihood (Kingma and Welling, Auto-encoding variational Bayes, 2014),
 *
 *	-ln p(next | z) + beta max(KL(N(mu, sigma^2) || N(0, 1)) - free bits, 0).
 *
 * mu and sigma are of the tokens read so far, of nothing that is to be
 * predicted: so z = mu has a likelihood proper, a z that is drawn has a bound of
 * it, and with the whole KL added that is the ELBO of a network whose z come
 * from the prior, told nothing of the past. What is known of the past reaches
 * the next token through z alone; the KL is what may be known of it.
 */
#ifndef MODEL_NET_SEED_H
#define MODEL_NET_SEED_H

#include "nn/linear.h"
#include "nn/stack.h"

/* Of its LSTMs: those of the pitches, of the durations, and the last. */
enum { SEED_LAYERS = 3, SEED_STATES = 2 * SEED_LAYERS + 1 };

struct seed_latent {
	struct linear mu, log_sigma2, out;
};

struct net_seed {
	int classes[2]; /* of pitches, of durations */
	struct stack streams[2], joint;
	struct seed_latent latents[2];
	struct linear dense, heads[2];
};

struct seed_latent_frame {
	real *z;          /* (rows,latent): mu, then mu + noise */
	real *log_sigma2; /* (rows,latent); backward makes it its gradient */
	real *noise;      /* (rows,latent): sigma x normal */
	real *dz;         /* backward's */
};

struct seed_frame {
	/* the caller's to set: a new frame has z = mu */
	bool drawn;     /* z is drawn */
	double price;   /* beta, times what gradients are scaled by */
	double free_kl; /* nats of a row that cost nothing */
	double *kl;     /* (rows) nats, of both latents; 0 where z is not drawn */
	real *x[2];     /* (rows,classes) one-hot; a row of nothing is zero */
	struct stack_frame streams[2], joint;
	struct seed_latent_frame latents[2];
	real *both, *dense;   /* (rows,classes of both) */
	real *dboth, *ddense; /* backward's */
};

struct net_seed net_seed_layers(struct params *p, int pitches, int durations, int n);

/* Widths of the LSTMs in the order of the carried states: widths has SEED_STATES entries. */
void net_seed_states(const struct net_seed *net, int *widths);

void seed_frame_layout(struct seed_frame *f, struct arena *a, const struct net_seed *net, int steps, int lanes,
                       int backward);

/*
 * logits[0] (rows,pitches), logits[1] (rows,durations). classes[i] (rows): the
 * token that is read, -1: none. h, c: SEED_STATES carried states. random: keyed
 * by what must decide noise and masks.
 */
void seed_forward(const struct net_seed *net, const real *w, struct seed_frame *f, real *const logits[2],
                  const int *const classes[2], real *const *h, real *const *c, const uint8_t *reset, double rate,
                  struct random random, int steps, int lanes);

/* dlogits as logits. weight (rows): of what a row predicts, and so of its KL. Adds to the gradient plane dw. */
void seed_backward(const struct net_seed *net, const real *w, real *dw, struct seed_frame *f,
                   const real *const dlogits[2], const real *weight, const uint8_t *reset, double rate, int steps,
                   int lanes);

/* Multiply-adds of a row's matrix products, forward. */
double seed_work(const struct net_seed *net);

#endif
