/*
 * A simulated master of a MIDI clock and what a player makes of it through
 * live/follower.h: for tests of the follower, and for measuring it.
 *
 * The master has its true times; a message arrives late or early by its noise
 * but never before the one before it. The player plays something at every
 * clock's moment, when the follower says so, as one would that sleeps to that
 * deadline and looks again after every message.
 */
#ifndef TESTS_UNIT_CLOCK_MASTER_H
#define TESTS_UNIT_CLOCK_MASTER_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "live/follower.h"

#define MASTER_MS 1e6 /* ns */

enum noise { NOISE_NONE, NOISE_UNIFORM, NOISE_NORMAL };

struct master {
	struct follower follower;
	struct random random;
	enum noise noise;
	double spread; /* ns: of uniform noise to either side, of normal the deviation */
	double poll;   /* messages are read so often, ns; 0: at once */

	double time;      /* true, ns: of the next clock */
	uint64_t arrived; /* of the last message */

	/* what is played: the moment of clock `due` is next */
	int64_t due;
	double *truth; /* when clock n truly was, or NAN */
	int64_t n, most;
	void (*played)(void *context, int64_t clock, double off); /* off: ns after the true time, or NAN: not known */
	void *context;
	uint64_t moment; /* the last that was asked for: it never becomes less */
	unsigned jumps;
	int backwards;
};

static inline void master_start(struct master *m, uint64_t seed, enum noise noise, double spread, int64_t most)
{
	*m = (struct master){.random = random_stream(seed, 0, 0, 0),
	                     .noise = noise,
	                     .spread = spread,
	                     .time = 5000 * MASTER_MS,
	                     .truth = calloc((size_t)most, sizeof(double)),
	                     .most = most};
	if (!m->truth)
		abort();
	follower_start(&m->follower);
}

static inline void master_end(struct master *m)
{
	free(m->truth);
}

/* Look at the follower at this time: music does not go backwards. */
static inline void master_look(struct master *m, uint64_t now)
{
	uint64_t moment = follower_moment(&m->follower, now);

	if (m->jumps == m->follower.jumps && moment < m->moment)
		m->backwards++;
	m->jumps = m->follower.jumps;
	m->moment = moment;
}

/* All that is due before `until`, the time of the next message. */
static inline void master_play(struct master *m, uint64_t until)
{
	for (;;) {
		uint64_t at = follower_clock(&m->follower, (uint64_t)m->due * CLOCK_UNITS);
		double truth = m->due < m->n ? m->truth[m->due] : (double)NAN;

		if (at > until)
			return;
		at = at > m->arrived ? at : m->arrived;
		/* a clock that is yet to come is played before its time is known to us: the master says it below */
		if (m->due >= m->n)
			truth = m->due == m->n ? m->time : (double)NAN;
		if (m->played)
			m->played(m->context, m->due, (double)at - truth);
		m->due++;
	}
}

static inline void master_message(struct master *m, double time, uint8_t a, uint8_t b, uint8_t c)
{
	const uint8_t message[3] = {a, b, c};
	double off = 0;
	uint64_t at;

	if (m->noise == NOISE_UNIFORM)
		off = (2 * random_unit(&m->random) - 1) * m->spread;
	else if (m->noise == NOISE_NORMAL)
		off = random_normal(&m->random) * m->spread;
	time += off;
	if (m->poll > 0)
		time = ceil(time / m->poll) * m->poll;
	at = time > 0 ? (uint64_t)time : 0;
	at = at > m->arrived ? at : m->arrived;
	master_play(m, at);
	/* anywhere on the way */
	master_look(m, m->arrived + (uint64_t)(random_unit(&m->random) * (double)(at - m->arrived)));
	master_look(m, at);
	m->arrived = at;
	follower_message(&m->follower, message, a == 0xf2 ? 3 : 1, at);
	master_look(m, at);
}

/* A clock of the music, and how long to the next at this tempo. drop: it is lost on the way; times: it comes so often. */
static inline void master_clock(struct master *m, double bpm, int times)
{
	for (int i = 0; i < times; i++)
		master_message(m, m->time, 0xf8, 0, 0);
	if (m->n < m->most)
		m->truth[m->n] = m->time;
	m->n++;
	m->time += 60e9 / (CLOCKS_A_QUARTER * bpm);
}

/* A clock while nothing plays. */
static inline void master_idle(struct master *m, double bpm)
{
	master_message(m, m->time, 0xf8, 0, 0);
	m->time += 60e9 / (CLOCKS_A_QUARTER * bpm);
}

/* Start, a millisecond before the next clock. */
static inline void master_begin(struct master *m)
{
	master_message(m, m->time - MASTER_MS, 0xfa, 0, 0);
}

#endif
