/*
 * The mutual information of knobs and music (Chen et al., InfoGAN, 2016): a
 * reader Q, a network like the discriminators of note events (recurrent_critic.h),
 * reads from a window of made music the code that it was told, and what it
 * is wrong by,
 *
 *	E over drawn codes c and windows made with c of 1/2 (Q(window) - c)^2,
 *
 * is, but for what does not depend on either, the bound on it that both the
 * reader and the generator's knobs make tighter: -log of a normal density with
 * Q's mean. Windows begin where real music has led to, untold (gan_windows.h);
 * the gradient goes straight through what was drawn (gan_choice.h).
 */
#ifndef MODEL_KNOB_MUTUAL_H
#define MODEL_KNOB_MUTUAL_H

#include "model/gan_windows.h"
#include "model/recurrent_critic.h"
#include "num/optim.h"

struct knob_mutual_config {
	double weight;        /* of the term, at its highest: it rises over the first half of the steps */
	double learning_rate; /* of the reader */
	double temperature;   /* of the Gumbel-softmax */
	int window, batch;    /* events of a window; windows of a step, over all shards */
	int width;            /* of the reader */
};

/* One of a fixed number of workers. */
struct knob_reading {
	struct gan_windows windows;
	struct recurrent_critic_frame frame;
	struct frame network; /* of made windows, with room for backward */
	double *codes;        /* (lanes,KNOBS) */
	real *x, *dx;         /* (steps * lanes,in) */
	real *dscore, *dread; /* (lanes) zeros; (lanes,KNOBS) */
	int *length;          /* (lanes) */
	real *y;              /* scratch, (classes of the largest head) x 2 */
	real *dw;             /* gradient plane of the reader */
	double error;         /* mean squares of the last step's windows */
	struct arena arena;
};

struct knob_mutual {
	struct knob_mutual_config config;
	const struct generator *g;
	struct recurrent_critic reader;
	real *w, *moments[OPTIM_PLANES_MAX];
	struct knob_reading *shards;
	int n;
	uint64_t seed;
	long step, steps; /* of the optimiser: done, planned */
	double error;     /* running: a third is no better than always 0 */
};

struct stage_job;

/*
 * For a training by so many shards, of a generator with knobs; order (n_order)
 * as feed_pieces() gives it. 0 or -1; knob_mutual_done() in either case.
 */
int knob_mutual_init(struct knob_mutual *m, const struct knob_mutual_config *config, const struct generator *g,
                     const struct stage_job *job, const uint32_t *order, size_t n_order, int shards, long steps);
void knob_mutual_done(struct knob_mutual *m);

/* A shard's windows, made by weights w: adds the term's gradient to dw, and has the reader's in its own. 0 or -1. */
int knob_mutual_shard(struct knob_mutual *m, int item, const real *w, real *dw);

/* When all shards are done: a step of the reader. 0, or -1: it diverged. */
int knob_mutual_step(struct knob_mutual *m);

/* d (lanes,KNOBS): gradient of the mean over windows and knobs of 1/2 (read - c)^2; 0 for a lane without a window. Returns that mean. */
double knob_mutual_loss(real *d, const real *read, const double *codes, const int *length, int lanes);

#endif
