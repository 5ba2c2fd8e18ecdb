/*
 * The guard against endless repetition. It keeps the last bars as lists of
 * notes; when the same bar, or the same group of 2, 4 or 8 bars, has come
 * three times in a row, the bar that would make it four is not allowed to
 * follow it to the end: one note of it must be another.
 */
#ifndef MODEL_GUARD_H
#define MODEL_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include "base/random.h"

#define GUARD_BARS  32 /* remembered */
#define GUARD_NOTES 64 /* of a bar; later ones are not compared */

struct guard_note {
	int tick; /* in the bar */
	uint8_t part, pitch;
	int duration;
};

struct guard_bar {
	int n;
	struct guard_note notes[GUARD_NOTES];
};

struct guard {
	struct guard_bar bars[GUARD_BARS]; /* a ring; the present bar is at `present` */
	int present, filled;               /* filled: whole bars remembered */
	int expected;                      /* index of the bar that must not come again; -1 none */
	int turn;                          /* note of it that must be another */
	bool follows;                      /* the present bar is like it so far */
	int stepped_in;
};

void guard_start(struct guard *g);

/* `bars` bar lines were crossed. */
void guard_bars(struct guard *g, int bars, struct random *random);

/* The pitch a note at this tick and part may not have now; -1: any. */
int guard_forbidden(const struct guard *g, int tick, int part);

void guard_note(struct guard *g, const struct guard_note *note);

#endif
