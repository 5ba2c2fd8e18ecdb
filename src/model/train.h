/*
 * Training by likelihood: lanes of pieces cut in chunks, a fixed number of
 * shards, gradients summed in a fixed order, so that the bytes of the result
 * do not depend on the number of threads.
 */
#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include <stdatomic.h>
#include "model/gan_settings.h"
#include "model/latent_settings.h"
#include "model/model.h"
#include "num/optim.h"

struct train_config {
	double minutes; /* at most; 0: no limit of time. steps, else epochs, else minutes fix the schedule */
	int epochs;     /* 0: not by epochs */
	int steps;      /* 0: not by steps */
	int lanes;      /* sequences side by side, over all shards */
	int shards;     /* fixed workers; divides lanes */
	int chunk;      /* events a lane and step */
	double learning_rate;
	int warmup;     /* steps */
	double clip;    /* norm of the gradient; 0: none */
	double average; /* decay of the running average of the weights */
	double dropout; /* of the trunk's states */
	double memory_dropout, stream_dropout;
	double field_dropout;       /* of whole input fields */
	double weight_dropout;      /* of the LSTMs' recurrent weights */
	double unknown;             /* share of pieces whose bars left, place in phrase, ... are unknown */
	double unknown_key;         /* and whose key is */
	int transpose;              /* semitones up and down, within each part's range */
	int patience;               /* evaluations without a better figure before stopping; 0: never */
	double checkpoint;          /* seconds between checkpoints, where they are kept at all */
	char stages[CONF_TEXT_MAX]; /* names of model/stages.h, for who trains; train_model() is likelihood's */
	int choose; /* pieces a setting of struct sampling is judged by (model/choose.h), by who trains; 0: none */
	struct optim_options optim;
};

extern const struct conf_item train_items[];
extern const size_t n_train_items;

struct train_progress {
	int epoch;          /* from 1 */
	long step, steps;   /* done, planned */
	double epoch_share; /* of the present epoch, 0-1 */
	double events_per_second;
	double multiply_adds; /* of this step's matrix products, forward and backward (model/work.h) */
	double train_nats;    /* a note, running */
	double held_out_nats; /* a note, of the averaged weights at the last evaluation; NaN before the first */
	double best_nats;
	bool evaluated; /* an evaluation has just ended (an epoch's line) */
	double seconds, seconds_left;
	const char *words; /* of a training without likelihood: its figures, in place of nats; NULL: it has one */
};

struct train_hooks {
	/* After every step, in the caller's thread. Return nonzero to stop (the best weights are kept). */
	int (*progress)(void *context, const struct train_progress *progress);
	/* After an evaluation: the averaged weights in a model that may be composed with (--sample-every). May be NULL. -1 stops with an error. */
	int (*epoch)(void *context, const struct model *m, int epoch);
	void *context;
};

/*
 * A checkpoint: one file that holds everything the rest of a training depends
 * on but the corpus, so that going on from it gives the bytes of an unbroken
 * run (same binary, BLAS and processor type). A safetensors file.
 */
struct checkpoint;

#define CHECKPOINT_SUFFIX ".checkpoint"

struct checkpoint_about {
	const char *note; /* the caller's own, as struct train_keep had it */
	const char *blas; /* blas_core() there */
	long step, steps; /* done, planned (unknown while `planned` is false) */
	bool planned;
	uint64_t seed;
};

/* NULL: missing, cut, hostile, of another version of this program; the message says which. */
struct checkpoint *checkpoint_open(const char *path);
struct checkpoint *checkpoint_parse(const char *name, const unsigned char *bytes, size_t size);
void checkpoint_free(struct checkpoint *c);
struct checkpoint_about checkpoint_about(const struct checkpoint *c); /* its texts are the checkpoint's */

/* Where checkpoints go. Written at the start, every train.checkpoint seconds, and when a hook stops the run. */
struct train_keep {
	const char *path; /* the last one is left there, also after the end: who saves the model removes it */
	const char *note; /* a text of the caller's to find in it again; UTF-8 */
};

struct train_job {
	const struct corpus *corpus;
	const struct generator_config *generator;
	const struct train_config *train;
	const struct gan_config *gan; /* of networks from noise, which are trained by it; else NULL will do */
	/* of the seed: without it z is drawn and has no price; else NULL will do */
	const struct latent_config *latent;
	uint64_t seed;
	struct pool *pool;               /* its size does not change the result */
	const struct train_hooks *hooks; /* or NULL */
	const struct train_keep *keep;   /* or NULL: no checkpoints */
	const struct model *base;        /* or NULL: whose weights to begin with; generator must be its settings */
	const struct checkpoint *
		resume; /* or NULL: go on from there, with its own generator; same corpus, train and seed, or it is refused */
};

/*
 * Train a model on a corpus. What job points to is only read. On success *out
 * holds the best averaged weights, rounded, with figures and provenance
 * filled in (all but corpus, command, licence). *stopped tells why it ended:
 * "all steps done", "held-out music stopped improving", "interrupted". A
 * checkpoint that cannot be written is a warning: the training goes on.
 */
int train_model(struct model **out, const char **stopped, const struct train_job *job);

/* Notes to learn from, on the training side of the split. */
long train_notes(const struct corpus *corpus);

/* Held-out (or any split's) figures of a model. 0 or -1. */
int evaluate_model(struct figures *out, const struct model *m, const struct corpus *corpus, enum split split,
                   struct pool *pool);

/* The same of a model with a latent at every step, its z drawn: nats, and KL, a note. 0 or -1. */
int evaluate_step_latent(struct latent_figures *out, const struct model *m, const struct corpus *corpus,
                         enum split split, struct pool *pool);

#endif
