/*
 * The echo: what a stream plays when composing has fallen behind at a bar
 * line: the last bars once more. So that it is a variation and no stuck
 * record, the later half of them comes first, every other time, and each time
 * round is softer, to a limit. It is fed with everything that is played, and
 * is a fixed size, for the device thread.
 */
#ifndef LIVE_ECHO_H
#define LIVE_ECHO_H

#include "live/player.h"

#define ECHO_BARS  4
#define ECHO_NOTES 192 /* of a bar; one with more is not played again */

struct echo_bar {
	uint64_t at, length; /* moments */
	int n;               /* ECHO_NOTES + 1: too many */
	struct play_item notes[ECHO_NOTES];
};

struct echo {
	struct echo_bar bars[ECHO_BARS]; /* a ring: the newest at `newest` */
	int newest, filled;              /* bars that are there, the present one with them */
	/* while it plays */
	int round, turn, note; /* times round; bars of this one begun; the next note of the present */
	int played;            /* bars in all since it last began */
	uint64_t from;         /* moment where the present bar is played */
	uint64_t length;
};

void echo_start(struct echo *e);

/* What is played: a bar line and the moments until the next, and notes after it. */
void echo_bar(struct echo *e, uint64_t at, uint64_t length);
void echo_note(struct echo *e, const struct play_item *note);

/* Where the last bar ends; 0 before there is one. */
uint64_t echo_end(const struct echo *e);

/* Is there something to play again? */
bool echo_ready(const struct echo *e);

/* Play the next bar, from a moment on; its moments in all are returned. The first one: again is false. */
uint64_t echo_turn(struct echo *e, uint64_t from, bool again);

/* The next note of the bar that is played. False: it has no more. */
bool echo_peek(const struct echo *e, struct play_item *note);
void echo_pass(struct echo *e);

#endif
