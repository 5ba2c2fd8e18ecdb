/*
 * The transport: when a moment of the music comes by the clock, and which
 * moment it is now. Between tempo changes time is a straight line through an
 * anchor; a change moves the anchor, and what a division leaves is carried on,
 * so that not a nanosecond is lost however often the tempo changes. All of it
 * is whole numbers and constant time.
 *
 * Time can be shifted (the music waits, all of it is later) and stretched by
 * its player, who may ask for a tempo that the music's own then gives way to.
 *
 * With a follower (live/follower.h) all that is the MIDI clock's it follows:
 * its position, moved to where the music is, is the moment.
 */
#ifndef LIVE_TRANSPORT_H
#define LIVE_TRANSPORT_H

#include <stdbool.h>

#include "live/follower.h"
#include "live/moment.h"

#define TRANSPORT_US     500000           /* a quarter, before anything is known */
#define TRANSPORT_US_MAX 0xffffff         /* as in MIDI files */
#define TRANSPORT_NEVER  (UINT64_MAX - 1) /* no clock comes so far */

struct transport {
	uint64_t clock, moment;          /* the anchor: ns, units */
	uint64_t rest;                   /* of the anchor's clock beyond whole nanoseconds: QUARTERths of one */
	uint32_t us_per_quarter;         /* that holds */
	uint32_t own, asked;             /* the music's; the player's, 0: none */
	const struct follower *follower; /* NULL: own time */
	int64_t moved;                   /* moment less its position */
};

void transport_start(struct transport *t, uint64_t clock, uint64_t moment);

/* ns; TRANSPORT_NEVER at most. Of moments before the anchor: as if its tempo had always been. */
uint64_t transport_clock(const struct transport *t, uint64_t moment);

/* The moment at a clock time, rounded down. */
uint64_t transport_moment(const struct transport *t, uint64_t clock);

/* The music's tempo from a moment on; 1 .. TRANSPORT_US_MAX, others are put in range. It holds unless another was asked for. */
void transport_tempo(struct transport *t, uint64_t moment, uint32_t us_per_quarter);

/* The player's tempo from a moment on; 0: the music's own again. */
void transport_ask(struct transport *t, uint64_t moment, uint32_t us_per_quarter);

/* The follower's position is this moment of the music, from now on. It must outlive the transport. */
void transport_follow(struct transport *t, const struct follower *follower, uint64_t position, uint64_t moment);

/* All that is to come is so much later; nothing, where it follows. */
void transport_shift(struct transport *t, uint64_t by);

#endif
