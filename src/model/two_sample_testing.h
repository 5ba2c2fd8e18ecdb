/*
 * A two-sample test under way: what two_sample.c shares with
 * two_sample_pieces.c. Nobody else includes this.
 */
#ifndef MODEL_TWO_SAMPLE_TESTING_H
#define MODEL_TWO_SAMPLE_TESTING_H

#include <pthread.h>
#include "corpus/controls.h"
#include "model/roll_classifier.h"
#include "model/two_sample.h"

/* Always the same, as the draws of a comparison are. */
#define TWO_SAMPLE_SEED 20171

/* What random numbers are for. */
enum { FOR_SAMPLE = 501, FOR_LIKE, FOR_CHAIN, FOR_TEST, FOR_LEARNING, FOR_CLASSIFIER };

/* Pieces of one kind, by their windows. Those of `tested` are tested, the rest is there to learn from. */
struct bunch {
	struct windows *windows; /* (n) */
	size_t n, tested;        /* the first ones */
};

/* One classifier. */
struct contest {
	struct roll_classifier classifier;
	const struct windows **pieces[2]; /* of a side; learners, then validation, then tested ones */
	size_t *numbers[2];               /* of those tested: their places in the list of tallies */
	struct roll_tally *tallies[2];    /* of those tested */
	int steps;
};

struct testing {
	struct two_sample *out;
	const struct corpus *made_corpus, *real_corpus;
	const struct two_sample_options *options;
	struct pool *pool;
	struct bunch real, made, chains;
	const struct piece **like; /* real pieces in the order of `real`'s */
	struct markov *chain;
	struct contest contests[TWO_SAMPLE_SETS][TWO_SAMPLE_SPLITS];
	/* progress */
	pthread_mutex_t lock;
	size_t done, total;
};

/* ---- two_sample_pieces.c ---------------------------------------------------- */

/* 0 .. n - 1 in a random order, always the same for the same purpose and numbers. */
void two_sample_shuffled(uint32_t *order, size_t n, int purpose, uint64_t a, uint64_t b);

/* All three bunches: real pieces, those made, chains. 0, or -1: too few, no memory. */
int two_sample_collect(struct testing *t);
void two_sample_collected_done(struct testing *t);

#endif
