/*
 * The bars of a piece, and its first bars as a piece of their own. Where bar
 * lines stand is music/position.h's to say. What is longer than BARS_MAX bars
 * or BARS_QUARTERS_MAX quarters (a day of music) is looked at that far only,
 * so that a hostile file costs no more than a long one.
 */
#ifndef CORPUS_BARS_H
#define CORPUS_BARS_H

#include "music/events.h"

#define BARS_MAX          (1 << 16)
#define BARS_QUARTERS_MAX (1 << 17)

struct bar {
	int start,
		end; /* ticks from the piece's start; the last may end after END, one that a new metre cut short ends there */
	uint8_t numerator, denominator_log2; /* the metre that holds in it */
};

struct bars {
	struct bar *list; /* in order, without gaps; the first begins at tick 0, in a pickup too */
	size_t n, capacity;
	size_t pickups; /* how many at the start are (parts of) a pickup; not counted as bars where bars are counted */
};

/* All bars that begin before END (at least one). 0 or -1; bars_done() in either case. */
int bars_make(struct bars *out, const struct piece *piece);
void bars_done(struct bars *bars);

/* How many there are, the pickup not counted; at least 1. */
size_t bars_count(const struct bars *bars);

/* The bar that a tick lies in; past the last: n. */
size_t bars_at(const struct bars *bars, int tick);

/*
 * The first n bars (n >= 1) and the pickup before them: what begins later is
 * left out, what sounds longer is cut at the line, END stands there. The
 * whole piece, END where it is, when it has no more. NULL on error; may be
 * without notes.
 */
struct piece *bars_cut(const struct piece *piece, const struct bars *bars, size_t n);

#endif
