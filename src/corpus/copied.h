/*
 * What is copied: the longest run of successive notes of a line that stands
 * in a line of the training music too, in the same intervals and with its
 * onsets in the same proportion; transposed, or in notes of another value, it
 * is the same run. How long the last note lasts does not matter. All pieces go
 * into one suffix array, so that a million notes take seconds.
 */
#ifndef CORPUS_COPIED_H
#define CORPUS_COPIED_H

#include <stdbool.h>
#include <stdint.h>
#include "music/events.h"

#define COPIED_LEAST 3 /* notes: two intervals and one proportion are the shortest that can be the same */

struct copied_piece {
	int self;   /* pieces of one number are not copied from each other; -1: of none */
	bool model; /* others are compared with it */
	int run;    /* of the others, found: notes, 0 or at least COPIED_LEAST */
};

struct copied {
	struct copied_piece *pieces; /* in the order in which they were added */
	size_t n, capacity;
	uint64_t *
		tokens; /* two intervals and the proportion of the onsets, of all lines; after each line one that is no other */
	uint32_t *owners; /* by token: number of the piece */
	size_t n_tokens, tokens_capacity, owners_capacity;
	size_t n_lines;
};

/* Add a piece, all zero at first: one of those that may be copied from, or one that is to be measured. 0 or -1. */
int copied_add(struct copied *c, const struct piece *piece, int self, bool model);

/* Find the runs of all pieces that are not models. 0 or -1. */
int copied_find(struct copied *c);

void copied_done(struct copied *c);

#endif
