/*
 * Training by likelihood: lanes of pieces cut in chunks, a fixed number of
 * shards, gradients summed in a fixed order, so that the bytes of the result
 * do not depend on the number of threads.
 */
#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include <stdatomic.h>
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
	double field_dropout; /* of whole input fields */
	double unknown;       /* share of pieces whose bars left, place in phrase, ... are unknown */
	int transpose;        /* semitones up and down, within each part's range */
	int patience;         /* evaluations without a better figure before stopping; 0: never */
	struct optim_options optim;
};

extern const struct conf_item train_items[];
extern const size_t n_train_items;

struct train_progress {
	int epoch;          /* from 1 */
	long step, steps;   /* done, planned */
	double epoch_share; /* of the present epoch, 0-1 */
	double events_per_second;
	double train_nats;    /* a note, running */
	double held_out_nats; /* a note, of the averaged weights at the last evaluation; NaN before the first */
	double best_nats;
	bool evaluated; /* an evaluation has just ended (an epoch's line) */
	double seconds, seconds_left;
};

struct train_hooks {
	/* After every step, in the caller's thread. Return nonzero to stop (the best weights are kept). */
	int (*progress)(void *context, const struct train_progress *progress);
	/* After an evaluation: the averaged weights in a model that may be composed with (--sample-every). May be NULL. -1 stops with an error. */
	int (*epoch)(void *context, const struct model *m, int epoch);
	void *context;
};

/*
 * Train a model on a corpus. config is copied. pool's size does not change
 * the result. On success *out holds the best averaged weights, rounded, with
 * figures and provenance filled in (all but corpus, command, licence).
 * *stopped tells why it ended: "all steps done", "held-out music stopped improving", "interrupted".
 */
int train_model(struct model **out, const char **stopped, const struct corpus *corpus,
                const struct generator_config *gc, const struct train_config *tc, uint64_t seed, struct pool *pool,
                const struct train_hooks *hooks);

/* Held-out (or any split's) figures of a model. 0 or -1. */
int evaluate_model(struct figures *out, const struct model *m, const struct corpus *corpus, enum split split,
                   struct pool *pool);

#endif
