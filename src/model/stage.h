/*
 * A stage of training after `likelihood`: it goes on from a model, and leaves
 * it better or as it was. Each is one function
 *
 *	int NAME_train(struct model *m, const struct NAME_config *config,
 *	               const struct stage_job *job, struct stage_result *out);
 *
 * which returns 0, or -1 with the model as it was. What it makes is a function
 * of the model, the settings, the corpus and the seed, not of the pool: a
 * stage that is broken off is done anew.
 */
#ifndef MODEL_STAGE_H
#define MODEL_STAGE_H

#include "base/pool.h"
#include "model/train.h"

struct stage_progress {
	const char *stage; /* "latent" */
	long step, steps;  /* done, planned */
	char figures[160]; /* a few words and numbers to show; "" before there are any */
	bool evaluated;    /* an evaluation has just ended: worth a line of its own */
};

struct stage_job {
	const struct corpus *corpus;
	const struct train_config *train; /* lanes, shards, chunk, optimiser, dropout */
	uint64_t seed;
	struct pool *pool; /* its size does not change the result */
	long steps;        /* of this stage's schedule; > 0 */
	/* After every step, in the caller's thread; or NULL. Nonzero: stop, and keep the best so far. */
	int (*progress)(void *context, const struct stage_progress *p);
	void *context;
};

struct stage_result {
	bool kept;       /* was the model changed? */
	char words[256]; /* what was measured, for the user and the model's provenance */
};

#endif
