/*
 * Where the items of a stream come from: songs, or an arranger. A source turns
 * ticks into moments (live/moment.h), sends parts where they go
 * (live/routing.h), and hands out one item at a time; what it was made from must
 * outlive it. Notes that are moved off the keyboard are left out.
 *
 * With a clock there is a start at the line of the first note's bar, so that
 * a pickup is preceded by the rest of its bar, and a stop where the music
 * ends. Of several songs each has a start and a stop of its own, a 16th apart.
 *
 * A source may change its mind about what it has given out and is not heard
 * yet: then the next item is of the next epoch, and takes the place of all
 * that is not before its `cut`. The stream tells it how far it is heard.
 */
#ifndef LIVE_SOURCE_H
#define LIVE_SOURCE_H

#include "live/player.h"
#include "live/routing.h"
#include "music/song.h"

struct source_item {
	struct play_item play;
	uint32_t epoch; /* 0 at first; one more when minds change */
	uint64_t cut;   /* of the epoch: its first moment */
	/* of ITEM_BAR */
	int32_t bar; /* from 1; 0 is a pickup */
	int32_t parts;
	uint8_t numerator, denominator_log2;
	uint64_t
		length; /* to the next line, where the bar is all composed and can be played again (live/echo.h); else 0 */
};

struct source {
	/* 1: *item is set, by ascending moments in an epoch; 0: the end; -1: error() */
	int (*next)(struct source *s, struct source_item *item);
	void (*free)(struct source *s);
	/* the stream's: what is heard now, and at what tempo */
	_Atomic uint64_t heard;
	_Atomic uint32_t us_per_quarter;
	/* the composer thread's own: the last item was not taken, since minds have changed; it may be given once more */
	bool refused;
	/* set by the source's maker from any thread: next() is wanted again, before there is need of an item */
	_Atomic bool changed;
};

void source_free(struct source *s); /* NULL is allowed */

/* Songs, one after the other. NULL on error. */
struct source *source_of_songs(struct song *const *songs, size_t n, const struct routing_rules *rules, bool clock);

#endif
