/*
 * The transport against another reckoning, in 128 bits: where a moment comes
 * by the clock, however often the tempo has changed; and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "base/random.h"
#include "live/transport.h"

__extension__ typedef __int128 wide;

/* QUARTERths of a nanosecond; a straight line through an anchor. */
struct reckoned {
	wide clock;
	uint64_t moment;
	uint32_t us;
};

static wide exact(const struct reckoned *r, uint64_t moment)
{
	return r->clock + ((wide)moment - (wide)r->moment) * r->us * 1000;
}

static void change(struct reckoned *r, uint64_t moment, uint32_t us)
{
	r->clock = exact(r, moment);
	r->moment = moment;
	r->us = us;
}

/* Rounded down, below 0 as well. */
static wide quotient(wide a, wide b)
{
	return a / b - (a % b < 0);
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");
	const uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);

	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static void expect(const struct transport *t, const struct reckoned *r, uint64_t moment)
{
	const wide at = quotient(exact(r, moment), QUARTER);

	assert_int_equal(transport_clock(t, moment), at < 0 ? 0 : (uint64_t)at);
}

/* The moment at a clock time is the last that has come by then. */
static void expect_moment(const struct transport *t, const struct reckoned *r, uint64_t clock)
{
	const uint64_t moment = transport_moment(t, clock);

	if (moment > 0)
		assert_true(exact(r, moment) <= (wide)clock * QUARTER);
	assert_true(exact(r, moment + 1) > (wide)clock * QUARTER);
}

static void test_plain(void **state)
{
	struct transport t;

	(void)state;
	transport_start(&t, 1000, 5 * QUARTER);
	assert_int_equal(transport_clock(&t, 5 * QUARTER), 1000);
	assert_int_equal(transport_clock(&t, 6 * QUARTER), 500001000);
	assert_int_equal(transport_moment(&t, 250001000), 5 * QUARTER + QUARTER / 2);
	transport_tempo(&t, 6 * QUARTER, 1000000);
	assert_int_equal(transport_clock(&t, 6 * QUARTER), 500001000);
	assert_int_equal(transport_clock(&t, 7 * QUARTER), 1500001000);
	/* MIDI clocks of a tempo that they do not divide */
	transport_tempo(&t, 7 * QUARTER, 461539);
	for (uint64_t k = 0; k < 1000; k++)
		assert_int_equal(transport_clock(&t, 7 * QUARTER + k * CLOCK_UNITS), 1500001000 + k * 461539000 / 24);
}

/* A million changes, anywhere: at each the clock is exact, and so are moments before and after it. */
static void test_exact(void **state)
{
	const uint64_t seed = seed_of_run();
	struct random r = random_stream(seed, 0, 0, 0);
	struct reckoned reckoned = {0, 0, TRANSPORT_US};
	struct transport t;
	uint64_t moment = 0;

	(void)state;
	transport_start(&t, 0, 0);
	for (int i = 0; i < 1000000; i++) {
		const uint32_t us = 1 + random_below(&r, TRANSPORT_US_MAX);
		const uint32_t step = random_below(&r, UINT32_C(1) << (1 + random_below(&r, 29)));

		moment += step;
		transport_tempo(&t, moment, us);
		change(&reckoned, moment, us);
		expect(&t, &reckoned, moment);
		if (i % 16)
			continue;
		expect(&t, &reckoned, moment + random_below(&r, 1000000000));
		expect(&t, &reckoned, moment + 1000 * (uint64_t)random_below(&r, 1000000000));
		expect(&t, &reckoned, moment - random_below(&r, step + 1));
		expect_moment(&t, &reckoned, t.clock + random_below(&r, 1000000000));
		expect_moment(&t, &reckoned, t.clock);
		expect_moment(&t, &reckoned, t.clock + 1);
		if (t.clock > 1000000000)
			expect_moment(&t, &reckoned, t.clock - random_below(&r, 1000000000));
	}
}

/* Back and forth: a change in the past is as if its tempo had always been, and nothing is lost by it either. */
static void test_before_the_anchor(void **state)
{
	struct random r = random_stream(seed_of_run(), 1, 0, 0);
	struct reckoned reckoned = {(wide)1000000000000 * QUARTER, 1000 * QUARTER, TRANSPORT_US};
	struct transport t;

	(void)state;
	transport_start(&t, 1000000000000, 1000 * QUARTER);
	for (int i = 0; i < 100000; i++) {
		const uint64_t moment =
			995 * QUARTER + (uint64_t)random_below(&r, 1000) * (QUARTER / 100) + random_below(&r, 1000);
		const uint32_t us = 400000 + random_below(&r, 200000);

		transport_tempo(&t, moment, us);
		change(&reckoned, moment, us);
		expect(&t, &reckoned, moment);
		expect(&t, &reckoned, 990 * QUARTER + random_below(&r, 1000000000));
		expect(&t, &reckoned, 1010 * QUARTER + random_below(&r, 1000000000));
	}
	/* before the clock began there is nothing */
	transport_start(&t, 100, QUARTER);
	assert_int_equal(transport_clock(&t, 0), 0);
	transport_start(&t, 500000100, QUARTER);
	assert_int_equal(transport_clock(&t, 0), 100);
	assert_int_equal(transport_moment(&t, 100), 0);
	assert_int_equal(transport_moment(&t, 0), 0);
}

/* What was asked for holds against the music's own changes, which come to hold when nothing is asked for any more. */
static void test_asked(void **state)
{
	struct transport t;

	(void)state;
	transport_start(&t, 0, 0);
	transport_ask(&t, QUARTER, 250000);
	assert_int_equal(transport_clock(&t, 2 * QUARTER), 750000000);
	transport_tempo(&t, 2 * QUARTER, 1000000);
	assert_int_equal(t.us_per_quarter, 250000);
	assert_int_equal(transport_clock(&t, 3 * QUARTER), 1000000000);
	transport_tempo(&t, 3 * QUARTER, 600000);
	transport_ask(&t, 4 * QUARTER, 0);
	assert_int_equal(t.us_per_quarter, 600000);
	assert_int_equal(transport_clock(&t, 4 * QUARTER), 1250000000);
	assert_int_equal(transport_clock(&t, 5 * QUARTER), 1850000000);
	transport_tempo(&t, 5 * QUARTER, 500000);
	assert_int_equal(transport_clock(&t, 6 * QUARTER), 2350000000);
	/* none that was not asked for changes anything */
	transport_ask(&t, 6 * QUARTER, 0);
	assert_int_equal(transport_clock(&t, 7 * QUARTER), 2850000000);
}

static void test_range(void **state)
{
	struct transport t;

	(void)state;
	transport_start(&t, 0, 0);
	transport_tempo(&t, 0, 0);
	assert_int_equal(t.us_per_quarter, 1);
	transport_tempo(&t, 0, UINT32_MAX);
	assert_int_equal(t.us_per_quarter, TRANSPORT_US_MAX);
	transport_ask(&t, 0, UINT32_MAX);
	assert_int_equal(t.us_per_quarter, TRANSPORT_US_MAX);
	/* no clock comes so far; nothing turns round */
	assert_int_equal(transport_clock(&t, UINT64_MAX), TRANSPORT_NEVER);
	transport_start(&t, TRANSPORT_NEVER - 10, 0);
	assert_int_equal(transport_clock(&t, QUARTER), TRANSPORT_NEVER);
	transport_tempo(&t, QUARTER, 500000);
	assert_int_equal(t.clock, TRANSPORT_NEVER);
	transport_start(&t, 0, 0);
	transport_ask(&t, 0, 1);
	assert_int_equal(transport_moment(&t, UINT64_MAX), MOMENT_MAX);
	transport_start(&t, UINT64_MAX / 2, 5);
	assert_int_equal(transport_moment(&t, 0), 0);
}

static void test_shift(void **state)
{
	struct transport t;

	(void)state;
	transport_start(&t, 1000, 0);
	transport_tempo(&t, QUARTER + 1, 461539);
	{
		const uint64_t before = transport_clock(&t, 100 * QUARTER + 17);

		transport_shift(&t, 12345);
		assert_int_equal(transport_clock(&t, 100 * QUARTER + 17), before + 12345);
		/* a pulse that was due is due so much later */
		assert_int_equal(transport_moment(&t, before + 12345 + 1) >= 100 * QUARTER + 17, true);
	}
	transport_shift(&t, UINT64_MAX);
	assert_int_equal(t.clock, TRANSPORT_NEVER);
	transport_shift(&t, 1);
	assert_int_equal(t.clock, TRANSPORT_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain), cmocka_unit_test(test_exact), cmocka_unit_test(test_before_the_anchor),
		cmocka_unit_test(test_asked), cmocka_unit_test(test_range), cmocka_unit_test(test_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
