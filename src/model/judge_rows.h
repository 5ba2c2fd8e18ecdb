/*
 * A piece as the judge reads it: rows, one at every bar line and one for every
 * note, bar after bar. What a row says is measured from the music itself
 * (intervals to the part's last pitches and to what sounds, degrees of the
 * key that was found), so transposed music has the same rows. Parts are told
 * from above and from below, and there may be any number of them.
 */
#ifndef MODEL_JUDGE_ROWS_H
#define MODEL_JUDGE_ROWS_H

#include "model/vocab.h"
#include "nn/bag.h"

#define JUDGE_BAR_NOTES 256 /* read of a bar; what comes after them in it is not */
#define JUDGE_SOUNDING  32  /* notes at once; of more the first to end are forgotten */

enum judge_field {
	JUDGE_METRE,    /* at a bar line, as the next two */
	JUDGE_BEGUN,    /* bars since the beginning, the pickup too */
	JUDGE_LEFT,     /* bars to the end, where the piece has one */
	JUDGE_TICK,     /* within the quarter, in 24ths */
	JUDGE_QUARTER,  /* of the bar */
	JUDGE_PART,     /* from the highest */
	JUDGE_BELOW,    /* from the lowest */
	JUDGE_SHIFT,    /* symbol of the time since the note before */
	JUDGE_DURATION, /* its symbol */
	JUDGE_INTERVAL, /* from the part's last pitch */
	JUDGE_BEFORE,   /* the part's interval before that */
	JUDGE_JOIN,     /* to the part's last note: over it, right after it, after a rest; none */
	JUDGE_DEGREE,   /* of the key found */
	JUDGE_SAME,     /* intervals to what sounds in the same part */
	JUDGE_OTHER,    /* in the others */
	JUDGE_FIELDS
};

#define JUDGE_ENDS      8  /* bars from either end; beyond, all alike */
#define JUDGE_PARTS     8  /* beyond, all alike */
#define JUDGE_INTERVALS 73 /* -36 .. 36; beyond, as these */

/* Rows of a field's table. */
int judge_field_rows(const struct vocab *v, enum judge_field field);

struct judge_rows {
	uint32_t *first; /* (n + 1) items of row r: items[first[r]] .. items[first[r + 1] - 1] */
	struct bag_item *items;
	uint32_t *bar;           /* (bars + 1) rows of bar b: bar[b] .. bar[b + 1] - 1, at least one */
	uint32_t *event;         /* (bars + 1) events of bar b: event[b] .. event[b + 1] - 1 */
	size_t n, bars, pickups; /* bars: with those of the pickup, which come first */
	size_t first_capacity, items_capacity, bar_capacity, event_capacity;
};

/* The piece is on the vocabulary's grid (BUG otherwise), and need not have an END. 0 or -1; judge_rows_done() in either case. */
int judge_rows_make(struct judge_rows *out, const struct vocab *v, const struct piece *piece);
void judge_rows_done(struct judge_rows *rows);

/* Most rows of so many bars in a row anywhere in it. */
size_t judge_rows_most(const struct judge_rows *rows, size_t bars);

#endif
