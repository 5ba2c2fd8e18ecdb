/* How near what is played comes to a master's time, and what else a follower is held to. cmocka.h comes before this. */
#ifndef TESTS_UNIT_CLOCK_FOLLOWED_H
#define TESTS_UNIT_CLOCK_FOLLOWED_H

#include <stdio.h>
#include <stdlib.h>

#include "clock_master.h"

#define MS MASTER_MS

static uint64_t seed_from; /* MUSEGEN_SEED, or 0 */

struct worst {
	int64_t from, to; /* clocks looked at */
	double most;
	long n;
};

static inline void keep_worst(void *context, int64_t clock, double off)
{
	struct worst *w = context;

	if (clock < w->from || clock >= w->to || isnan(off))
		return;
	w->most = fabs(off) > w->most ? fabs(off) : w->most;
	w->n++;
}

static inline int64_t position_of(const struct master *m)
{
	return m->follower.line.place - m->follower.origin;
}

/* The last clock was so many from the start, all was in order, and nothing jumped but at the start. */
static inline void expect_place(const struct master *m, int64_t clocks)
{
	assert_int_equal(m->backwards, 0);
	assert_int_equal(position_of(m), clocks - 1);
	assert_int_equal(m->follower.jumps, 1);
	assert_int_equal(follower_state(&m->follower, m->arrived), FOLLOWER_RUNNING);
}

static inline void expect_most(const struct worst *w, double ms, const char *what, uint64_t seed)
{
	if (w->n > 0 && w->most <= ms * MS)
		return;
	fail_msg("%s: %ld onsets, one %.3f ms off (MUSEGEN_SEED=%llu)", what, w->n, w->most / MS,
	         (unsigned long long)seed);
}

static inline int read_seed(void **state)
{
	const char *seed = getenv("MUSEGEN_SEED");

	(void)state;
	seed_from = seed ? strtoull(seed, NULL, 10) : 0;
	return 0;
}

#endif
