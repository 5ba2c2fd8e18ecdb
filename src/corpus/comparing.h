/* What the steps of a comparison share: compare.c, compare_copies.c. */
#ifndef CORPUS_COMPARING_H
#define CORPUS_COMPARING_H

#include <pthread.h>
#include "corpus/compare.h"
#include "corpus/controls.h"

/* A piece of a set. */
struct member {
	const struct piece *piece; /* whole */
	struct piece *own;         /* the same where it is this comparison's own, else NULL */
	struct piece *cut;
	size_t bars; /* the pickup not counted */
	size_t kept; /* of these, in cut */
};

struct comparing {
	struct compare *out;
	const struct corpus *made, *real;
	const struct compare_options *options;
	struct pool *pool;
	struct member *members[COMPARE_ALL];
	struct compare_values values;
	struct markov *chain;
	bool *twinned; /* (pieces of the corpus) */
	/* progress */
	pthread_mutex_t lock;
	size_t done, total;
};

/* The longest copied run of every piece, among the features; those of sets summed up, the copies named. 0 or -1. */
int comparing_copies(struct comparing *c);

#endif
