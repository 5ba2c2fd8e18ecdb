/*
 * A training under way: what the loop (train.c), its schedule (train_plan.c)
 * its steps (train_step.c) and its checkpoints (checkpoint.c) share. Nobody else includes this.
 */
#ifndef MODEL_TRAINING_H
#define MODEL_TRAINING_H

#include "model/checkpoint.h"
#include "model/knob_mutual.h"
#include "model/latent_critic.h"
#include "model/posterior.h"
#include "model/stage.h"
#include "model/weight_drop.h"

/* What a stage's rows are told of their phrases. */
struct stage_told {
	bool z;                         /* their z, as they are drawn (model/posterior.h); */
	double unled;                   /* but in this share of pieces */
	const struct knob_scale *knobs; /* their codes by this; NULL: none */
	double untold;                  /* but in this share of phrases, knob by knob, */
	double noise;                   /* with normal noise of this deviation */
};

struct training {
	const struct corpus *corpus;
	struct train_config config;
	struct dropout_rates rates;
	struct model *model;
	struct generator *g; /* the model's */
	struct pool *pool;
	const struct train_hooks *hooks;
	const struct train_keep *keep; /* NULL: no checkpoints */
	uint64_t seed;
	struct shard *shards;
	struct weight_drop *drops;    /* one a shard; NULL: no recurrent weights are dropped */
	struct posterior *posteriors; /* one a shard, of a stage in which phrases have a z; NULL: 0 */
	struct posterior_weights z_weights;
	/* of a network with a latent at every step; NULL: it is drawn, for nothing */
	const struct latent_config *latent;
	size_t grown, grown_end;            /* tensors from here to there in the planes are new; 0: none are */
	double old;                         /* the others learn at this share of the rate; 0: they stay as they are */
	struct latent_adversary *adversary; /* NULL: none */
	struct knob_mutual *mutual;         /* NULL: none */
	struct stage_told told;             /* of a stage */
	uint32_t *order;
	size_t n_order;
	real *w, *average, *best;
	real *moments[OPTIM_PLANES_MAX]; /* the optimiser's; NULL past those it has */
	struct model view;               /* the model with the averaged weights, for the epoch hook */
	struct training_state state;
	long steps_per_epoch, evaluate_every;
	uint64_t began, kept; /* when (clock): this process's training, its last checkpoint */
	double seconds_step, seconds_evaluation;
	struct train_progress progress;
};

/* ---- train.c ------------------------------------------------------------- */

/* A model and first weights, or those that the job's checkpoint holds. 0 or -1; training_done() in either case. */
int training_begin(struct training *t, const struct train_job *job);
/*
 * A stage that goes on from a model and its weights, by config, for job->steps
 * steps; the model stays the caller's. 0 or -1; training_done() in either case.
 */
int training_begin_stage(struct training *t, struct model *m, const struct stage_job *job,
                         const struct train_config *config, const struct stage_told *told);
/* What learns at the full rate are a stage's own tensors, from this place on; those of knobs are the next stage's. */
void training_grows(struct training *t, size_t from);
/* Gradients, optimiser, running average. 0, or -1: it diverged. */
int training_step(struct training *t);
/* All but the model, which is the caller's (NULL where there is none). */
/*
 * The average is the best there was, and kept, if this is less than at any
 * time before; so it is where it is no number: a corpus whose held-out part has
 * no note keeps the last weights. False: it is not.
 */
bool training_keep_best(struct training *t, double objective);

/* Is a stage of so many evaluations due for one? */
bool training_due(const struct training *t, int evaluations);

void training_done(struct training *t);

/* ---- train_plan.c -------------------------------------------------------- */

/* --minutes times these steps, after one that warms caches up. */
enum { TIMED_FROM = 1, TIMED_TO = 5 };

/* How often to evaluate and, as far as it is known before any step is timed, how many steps. 0, or -1: music cannot be read. */
int plan_steps(struct training *t);

/* How many steps fit in the minutes asked for, from the time of the first ones. 0 or -1. */
int plan_minutes(struct training *t);

/* Of the present step. */
double planned_learning_rate(const struct training *t);

/* ---- checkpoint_training.c ------------------------------------------------ */

/* Everything that decides the rest of the run, written beside and renamed. 0 or -1. */
int checkpoint_write(const struct training *t);

/* Into a training of its model, laid out. -1: it is of another corpus, seed or configuration. */
int checkpoint_restore(struct training *t, const struct checkpoint *c);

/* ---- checkpoint_lanes.c -------------------------------------------------- */

/* Where lanes are in the music and what they carry, gathered from all shards: lanes side by side. */
struct lanes_state {
	size_t lanes, entries; /* entries: of all lanes' memories together */
	int64_t *place;        /* (lanes,4): visit, row, memory entries, first of them of the present piece */
	real *trunk;           /* of each LSTM over all rows (2,lanes,width): h, c */
	real *streams;         /* (2,lanes,parts,stream): h, c */
	real *keys, *values;   /* (entries,memory) */
	int64_t *times;        /* (entries) */
	uint8_t *parts;        /* (entries) */
};

/* Allocate for a training's shape and a number of entries. 0 or -1; lanes_state_done() in either case. */
int lanes_state_init(struct lanes_state *s, const struct training *t, size_t entries);
void lanes_state_done(struct lanes_state *s);

/* Widths of all LSTMs over all rows together. */
size_t lanes_states(const struct training *t);
size_t lanes_entries(const struct training *t);
/* Out of the shards of a training; s is of its shape. */
void lanes_gather(struct lanes_state *s, const struct training *t);
/* Into them. -1: the state is not one that such lanes can be in. */
int lanes_scatter(struct training *t, const struct lanes_state *s);

#endif
