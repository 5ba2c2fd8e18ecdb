/* An adversarial training under way: what adversarial.c and its parts share. Nobody else includes this. */
#ifndef MODEL_ADVERSARY_H
#define MODEL_ADVERSARY_H

#include "model/adversarial.h"
#include "model/gan_windows.h"
#include "model/recurrent_critic.h"
#include "model/shard.h"
#include "nn/gradient_penalty.h"

/* A discriminator in training. */
struct adversary {
	const struct recurrent_critic *critic;
	real *w, *moments[OPTIM_PLANES_MAX];
	struct recurrent_critic_norm norm;
	const real *used;            /* the weights that passes have: w, or normalised */
	long step;                   /* of the optimiser, done */
	double mean_real, mean_made; /* scores, running: a critic's boundary lies between them */
	double variance;             /* of the generator's losses of windows, running */
};

/* One of a fixed number of workers. */
struct gan_shard {
	struct gan_windows windows;
	struct recurrent_critic_frame critic;
	struct gradient_penalty penalty;
	struct frame frame;                        /* of made windows, with room for backward */
	real *real_x, *made_x, *dx, *case_x;       /* (steps * lanes,in); case_x by lanes */
	real *dcritic;                             /* gradient plane of the critic */
	real *score, *made_score, *dscore, *dmade; /* (lanes) */
	real *dstyle, *style_weight;               /* (lanes,styles), (lanes) */
	double *style_loss;
	double *advantage;          /* (lanes) of the made windows, weighted */
	int *style_target, *length; /* (lanes) */
	real *y;                    /* scratch, (classes of the largest head) x 2 */
	struct arena arena;
	struct shard music;        /* of the likelihood term; its dw is the generator's gradient */
	double sum_real, sum_made; /* of the last step's scores, */
	double loss, loss2;        /* of the generator's losses of the made windows, and their squares */
	int n_real, n_made;        /* of so many windows */
};

struct adversarial {
	struct model *m;
	struct generator *g;
	const struct gan_config *config;
	const struct stage_job *job;
	struct recurrent_critic critic;
	int shards, trial;
	uint32_t *order;
	size_t n_order;
	struct gan_shard *shard; /* (shards) */
	real *w, *average, *moments[OPTIM_PLANES_MAX];
	struct dropout_rates rates;
	uint64_t phase;      /* random numbers of another phase are others */
	const real *made_by; /* whose windows: w, or what is tried */
	struct adversary *against;
	long steps;     /* of the generator, done */
	double entropy; /* its weight at the present step */
};

/* ---- adversary.c ----------------------------------------------------------- */

/* A fresh one: the same every time. 0 or -1; adversary_done() in either case. */
int adversary_init(struct adversary *d, const struct recurrent_critic *critic, uint64_t seed);
void adversary_done(struct adversary *d);

/* Windows and memory of all shards, at the beginning of the music. 0 or -1; gan_shards_done() in either case. */
int gan_shards_init(struct adversarial *a);
void gan_shards_done(struct adversarial *a);

/* A step of a->against on fresh windows by a->made_by. 0 or -1. */
int adversary_step(struct adversarial *a);

/* A stream of random numbers: of the real music of the likelihood term. */
enum { GAN_FOR_MUSIC = 3002 };

/* A lane without a window passes as one row, with a gradient of 0. How many have one; their scores are gathered in out. */
int gan_gather(real *out, const real *score, const int *length, int lanes);
/* The other way round, in place, times scale. */
void gan_scatter(real *d, const int *length, int lanes, int n, double scale);
/* Rows of a pass over windows of both lengths, lane by lane. */
void gan_pass_lengths(int *out, const int *a, const int *b, int lanes);

/* The classifier's gradient, for windows of known style. NULL: there is no classifier. */
const real *gan_style_gradient(struct gan_shard *s, const struct adversarial *a, const int *length, double scale);

/* The generator's loss of one window. */
double gan_window_loss(const struct adversarial *a, real score);

/* ---- adversary_generator.c ------------------------------------------------- */

/* A step of the generator's w on the windows that the last one left. 0 or -1. */
int adversarial_step(struct adversarial *a);

/* ---- adversary_trial.c ----------------------------------------------------- */

struct trial {
	double accuracy;                   /* half: nothing can be told */
	long windows;                      /* of either kind */
	long shapes;                       /* of 4 notes, looked at on either side */
	long real_distinct, made_distinct; /* of those */
	double real_share, made_share;     /* of the window that comes most often */
};

/* a->against on held-out windows, real and by weights w. 0 or -1. */
int adversary_try(struct trial *out, struct adversarial *a, const real *w);

bool trial_collapsed(const struct trial *t);

#endif
