/*
 * How a piece ends. Told where the end is, a network ends there, but its own
 * choices may have led where no music would close. So the last bars are drawn
 * several times over, and those are kept that
 *
 *	- the network, told nothing of the end, would most likely end by itself
 *	  where they do (-ln of END's probability, its time included), and
 *	- cost least a note as they were drawn,
 *
 * the two added up, in nats; and before all others those that leave the piece
 * in the key which the network was told, as every piece of the corpus is in its
 * own. What has no symbol counts as its escape alone, without the code that
 * follows: these numbers are to choose by, not figures. Only where the network
 * knows how near the end is (generator.form) and reads events.
 *
 * That takes seconds where a network is slow and a piece has one part. While
 * somebody waits (compose.h's hurry) it is put off, or broken off, and the piece
 * goes on as it comes: there may be time nearer to its end.
 */
#ifndef MODEL_ENDING_H
#define MODEL_ENDING_H

#include "model/maker.h"

#define ENDING_BARS   4
#define ENDING_TRIES  64  /* of one part; of n parts, which take as much longer, an n-th, */
#define ENDING_LEAST  16  /* but so many */
#define ENDING_EVENTS 512 /* an ending of more is none */

struct ending {
	void *state;         /* of the step, where the last bars begin */
	struct maker before; /* the maker there */
	struct event drawn[ENDING_EVENTS], best[ENDING_EVENTS];
	int n, at;   /* events of the best, given out so far */
	bool chosen; /* it has been looked for, or is not to be */
};

/* Room for a maker's. NULL: out of memory, or (*none) the maker has no use for one. */
struct ending *ending_new(const struct maker *k, bool *none);
void ending_free(struct ending *e);

/* A piece begins; chosen: its last bars are to be, else it ends as it comes. */
void ending_begin(struct ending *e, bool chosen);

/* What was chosen is no more what is wanted: from here on it ends as it comes. NULL is allowed. */
void ending_drop(struct ending *e);

/* Once the last bars are reached, look for them. The next event of what was found; false: there is none. */
bool ending_next(struct maker *k, struct event *event);

#endif
