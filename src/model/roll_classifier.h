/*
 * One classifier of a two-sample test: a fresh network (model/roll_net.h)
 * learns to tell the windows of one set of pieces from those of another, is
 * stopped where it gets no better on pieces apart, and is tested on pieces
 * that it has not seen.
 *
 * A step is of as many windows of either side: a piece is drawn, then one of
 * its windows. Validation and test take the same windows always, up to
 * ROLL_TESTED of a piece, spread evenly. The weights kept (running averages) are
 * those that are right most often on validation, both sides counting the same.
 */
#ifndef MODEL_ROLL_CLASSIFIER_H
#define MODEL_ROLL_CLASSIFIER_H

#include "corpus/windows.h"

#define ROLL_TESTED 4 /* windows of a piece */

enum roll_use { ROLL_LEARN, ROLL_VALID, ROLL_TEST, ROLL_USES };

/* Pieces, each with a window at least. */
struct roll_set {
	const struct windows **pieces;
	size_t n; /* > 0 */
};

struct roll_classifier {
	struct roll_set sets[ROLL_USES][2]; /* by use and side */
	uint64_t seed;
	int steps; /* at most, > 0 */
	/* May be NULL; after every step, from whatever thread runs this. */
	void (*progress)(void *context);
	void *progress_context;
};

/* Of a piece that was tested. */
struct roll_tally {
	int right, windows;
};

/* out[side] (sets[ROLL_TEST][side].n). *steps: taken. The same for the same input. 0, or -1: out of memory. */
int roll_classify(struct roll_tally *const out[2], int *steps, const struct roll_classifier *c);

#endif
