/*
 * The score of what is played live: the bars that lately sounded and those
 * that are composed but have yet to come, as they are performed. The composer
 * thread writes it, the program's own thread reads it (the screen, and what
 * is kept after the fact); a lock is between them, and the device thread has
 * no part in it. The newest SCORE_BARS bars are there.
 */
#ifndef LIVE_SCORE_H
#define LIVE_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/moment.h"

#define SCORE_BARS  64
#define SCORE_NOTES 256 /* of a bar; later ones are played, but not here */

struct score_note {
	uint64_t on, off;    /* moments */
	uint8_t part, pitch; /* pitch as it sounds */
	uint8_t velocity;
	uint8_t program; /* of its part, 255: none */
};

struct score_bar {
	uint64_t at, length; /* moments: its line, and to the next */
	int number;          /* from 1; 0 a pickup */
	int piece;           /* from 1 */
	uint8_t numerator, denominator_log2;
	int us_per_quarter;
	int8_t tonic, mode;  /* as struct key; tonic -1: not known */
	float judged;        /* 0..1, how real; NAN: not judged */
	bool locked, varied; /* a bar of the loop again; a phrase again because composing fell behind */
	int n;
	struct score_note notes[SCORE_NOTES]; /* by `on` */
};

struct score;
struct score *score_new(void);    /* NULL and error() */
void score_free(struct score *s); /* NULL is allowed */

/* The writer's: a bar after the last. */
void score_add(struct score *s, const struct score_bar *bar);
/* The writer's: bars at or after this moment will not be played; others come in their place. */
void score_cut(struct score *s, uint64_t from);
/* The judge's opinion of the bar at this moment, when it comes; nothing if that bar is gone. */
void score_judge(struct score *s, uint64_t at, float judged);

/*
 * Those of the bars that end after `from`, the earliest first and up to max of them, into bars; of their
 * notes only the n there are. How many. Of what is played at moment m: score_copy(s, m, bars, 1).
 */
size_t score_copy(const struct score *s, uint64_t from, struct score_bar *bars, size_t max);

#endif
