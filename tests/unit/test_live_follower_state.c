/*
 * Following a MIDI clock that is started, stopped and placed, that is lost and
 * comes again; and nonsense. Music never goes backwards, and position is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clock_followed.h"

/* ---- start, stop, continue, song position ---- */

static void expect_moment(const struct master *m, double clocks)
{
	double is = (double)follower_moment(&m->follower, m->arrived) / (double)CLOCK_UNITS;

	if (fabs(is - clocks) > 0.02)
		fail_msg("at clock %.3f, not %.3f", is, clocks);
}

static void expect_state(const struct master *m, enum follower_state wanted)
{
	assert_int_equal(follower_state(&m->follower, m->arrived), wanted);
	/* and only what runs has a time */
	if (wanted == FOLLOWER_RUNNING || wanted == FOLLOWER_LOST)
		assert_true(follower_clock(&m->follower, 1000 * CLOCK_UNITS) != FOLLOWER_NEVER);
	else
		assert_true(follower_clock(&m->follower, 0) == FOLLOWER_NEVER);
}

static void test_start_and_stop(void **state)
{
	struct master m;

	(void)state;
	master_start(&m, 0, NOISE_NONE, 0, 10000);
	expect_state(&m, FOLLOWER_WAITING);
	assert_true(follower_bpm(&m.follower) == 0);
	/* clocks before the start set the tempo and nothing else */
	for (int i = 0; i < 50; i++)
		master_idle(&m, 100);
	expect_state(&m, FOLLOWER_WAITING);
	expect_moment(&m, 0);
	assert_true(fabs(follower_bpm(&m.follower) - 100) < 0.01);
	master_begin(&m);
	expect_state(&m, FOLLOWER_WAITING);
	master_clock(&m, 100, 1);
	expect_state(&m, FOLLOWER_RUNNING);
	expect_moment(&m, 0);
	/* the tempo is known from the first clock on */
	assert_in_range(follower_clock(&m.follower, QUARTER), m.arrived + 599999990, m.arrived + 600000010);
	for (int i = 0; i < 24; i++)
		master_clock(&m, 100, 1);
	expect_moment(&m, 24);
	/* half a clock later it is stopped there, whatever comes; and goes on with the next clock */
	master_message(&m, m.time - 12.5 * MS, 0xfc, 0, 0);
	expect_state(&m, FOLLOWER_STOPPED);
	expect_moment(&m, 24.5);
	for (int i = 0; i < 10; i++)
		master_idle(&m, 100);
	expect_moment(&m, 24.5);
	master_message(&m, m.time - 5 * MS, 0xfb, 0, 0);
	expect_state(&m, FOLLOWER_WAITING);
	expect_moment(&m, 24.5);
	master_idle(&m, 100);
	expect_state(&m, FOLLOWER_RUNNING);
	expect_moment(&m, 25);
	assert_int_equal(m.follower.jumps, 1);
	/* song position 4: clock 24, from the first clock after continue */
	master_message(&m, m.time - 20 * MS, 0xfc, 0, 0);
	master_message(&m, m.time - 15 * MS, 0xf2, 4, 1);
	expect_moment(&m, 6 * (128 + 4));
	assert_int_equal(m.follower.jumps, 2);
	master_message(&m, m.time - 12 * MS, 0xf2, 4, 0);
	expect_moment(&m, 24);
	master_message(&m, m.time - 5 * MS, 0xfb, 0, 0);
	master_idle(&m, 100);
	expect_moment(&m, 24);
	master_idle(&m, 100);
	expect_moment(&m, 25);
	assert_int_equal(m.follower.jumps, 3);
	/* while it runs it holds from the next clock on */
	master_message(&m, m.time - 20 * MS, 0xf2, 16, 0);
	expect_state(&m, FOLLOWER_RUNNING);
	assert_int_equal(m.follower.jumps, 3);
	master_idle(&m, 100);
	expect_moment(&m, 96);
	assert_int_equal(m.follower.jumps, 4);
	/* started while it runs: from the beginning */
	master_message(&m, m.time - 3 * MS, 0xfa, 0, 0);
	expect_moment(&m, 0);
	master_idle(&m, 100);
	master_idle(&m, 100);
	expect_moment(&m, 1);
	/* continue while it runs, stop while it stands: nothing */
	master_message(&m, m.time - 3 * MS, 0xfb, 0, 0);
	expect_state(&m, FOLLOWER_RUNNING);
	master_message(&m, m.time - 2 * MS, 0xfc, 0, 0);
	master_message(&m, m.time - 1 * MS, 0xfc, 0, 0);
	master_message(&m, m.time - 1 * MS, 0xfb, 0, 0);
	master_idle(&m, 100);
	expect_moment(&m, 2);
	assert_int_equal(m.backwards, 0);
	/* what is cut short or something else is passed over */
	follower_message(&m.follower, (const uint8_t[]){0xf2, 1}, 2, m.arrived);
	follower_message(&m.follower, (const uint8_t[]){0x90, 60, 60}, 3, m.arrived);
	follower_message(&m.follower, (const uint8_t[]){0xfe}, 1, m.arrived);
	follower_message(&m.follower, NULL, 0, m.arrived);
	expect_moment(&m, 2);
	assert_int_equal(m.follower.jumps, 5);
	master_end(&m);
}

/* Stopped between start and the first clock; continued without ever a start. */
static void test_stop_at_once(void **state)
{
	struct master m;

	(void)state;
	master_start(&m, 0, NOISE_NONE, 0, 100);
	master_begin(&m);
	master_message(&m, m.time, 0xfc, 0, 0);
	expect_state(&m, FOLLOWER_STOPPED);
	master_message(&m, m.time, 0xfb, 0, 0);
	master_idle(&m, 100);
	expect_moment(&m, 0);
	assert_int_equal(follower_state(&m.follower, m.arrived), FOLLOWER_RUNNING);
	/* of one clock there is no tempo: what comes after it is not known */
	assert_in_range(follower_clock(&m.follower, 0), 0, m.arrived);
	assert_true(follower_clock(&m.follower, 1) == FOLLOWER_NEVER);
	assert_int_equal(follower_moment(&m.follower, m.arrived + 50000000), 0);
	master_end(&m);
	master_start(&m, 0, NOISE_NONE, 0, 100);
	master_message(&m, m.time, 0xfc, 0, 0);
	expect_state(&m, FOLLOWER_WAITING);
	master_message(&m, m.time, 0xfb, 0, 0);
	for (int i = 0; i < 10; i++)
		master_idle(&m, 100);
	expect_moment(&m, 9);
	master_end(&m);
}

/* A master that is silent while stopped, and begins with a phase of its own and another tempo. */
static void test_started_again(void **state)
{
	(void)state;
	for (uint64_t seed = seed_from; seed < seed_from + 20; seed++) {
		struct worst w = {.from = 24, .to = 192};
		struct master m;

		master_start(&m, seed, NOISE_NORMAL, 0.5 * MS, 300);
		master_begin(&m);
		for (int i = 0; i < 100; i++)
			master_idle(&m, 90);
		master_message(&m, m.time - 10 * MS, 0xfc, 0, 0);
		m.time += (300 + 37.3 * (double)(seed % 20)) * MS;
		m.played = keep_worst;
		m.context = &w;
		m.due = 0;
		master_begin(&m);
		for (int i = 0; i < 192; i++)
			master_clock(&m, 130, 1);
		assert_int_equal(position_of(&m), 191);
		assert_int_equal(m.follower.jumps, 2);
		assert_int_equal(m.backwards, 0);
		expect_most(&w, 2, "started again", seed);
		master_end(&m);
	}
}

/* ---- a clock that is lost ---- */

static void test_lost(void **state)
{
	(void)state;
	for (uint64_t seed = seed_from; seed < seed_from + 20; seed++) {
		struct worst w = {.from = 96, .to = 1000};
		struct master m;
		uint64_t at;

		master_start(&m, seed, NOISE_NORMAL, 0.3 * MS, 1001);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int i = 0; i < 480; i++)
			master_clock(&m, 120, 1);
		/* nothing for two seconds: it says so after a quarter of a second, and goes on */
		at = m.arrived;
		assert_int_equal(follower_state(&m.follower, at + 240000000), FOLLOWER_RUNNING);
		assert_int_equal(follower_state(&m.follower, at + 260000000), FOLLOWER_LOST);
		assert_in_range(follower_clock(&m.follower, (479 + 96) * CLOCK_UNITS), at + 1990000000,
		                at + 2010000000);
		for (int i = 0; i < 96; i++)
			master_clock(&m, 120, 0);
		/* there again, where it would be */
		for (int i = 0; i < 424; i++)
			master_clock(&m, 120, 1);
		expect_place(&m, 1000);
		/* two seconds at the last tempo's error, some tenths of a per cent */
		expect_most(&w, 8, "lost", seed);
		master_end(&m);
	}
}

/* It comes back in another phase and another tempo: no jump, and soon at its pace again. */
static void test_lost_and_changed(void **state)
{
	(void)state;
	for (uint64_t seed = seed_from; seed < seed_from + 20; seed++) {
		struct master m;
		uint64_t before;
		double on;

		master_start(&m, seed, NOISE_NORMAL, 0.3 * MS, 1001);
		master_begin(&m);
		for (int i = 0; i < 480; i++)
			master_clock(&m, 120, 1);
		m.time += 1007 * MS;
		before = follower_moment(&m.follower, (uint64_t)m.time);
		for (int i = 0; i < 48; i++)
			master_clock(&m, 80, 1);
		assert_int_equal(m.backwards, 0);
		assert_int_equal(m.follower.jumps, 1);
		assert_true(fabs(follower_bpm(&m.follower) - 80) < 0.8);
		/* 47 clocks on from where it had got, or from the last clock before that */
		on = ((double)follower_moment(&m.follower, m.arrived) - (double)before) / (double)CLOCK_UNITS;
		assert_true(on > 46.2 && on < 47.3);
		master_end(&m);
	}
}

/* ---- nonsense ---- */

static void test_flood(void **state)
{
	struct master m;

	(void)state;
	master_start(&m, 0, NOISE_UNIFORM, 0.3 * MS, 20000);
	master_begin(&m);
	for (int i = 0; i < 200; i++)
		master_clock(&m, 120, 1);
	for (int i = 0; i < 5000; i++)
		master_clock(&m, 2500, 1);
	assert_int_equal(m.backwards, 0);
	assert_true(follower_bpm(&m.follower) <= 1001);
	/* and it is well again afterwards, wherever it has got */
	for (int i = 0; i < 200; i++)
		master_clock(&m, 120, 1);
	assert_int_equal(m.backwards, 0);
	assert_true(fabs(follower_bpm(&m.follower) - 120) < 1);
	assert_int_equal(follower_state(&m.follower, m.arrived), FOLLOWER_RUNNING);
	master_end(&m);
}

/* Whatever comes whenever: it does not go backwards, and the two questions agree. */
static void test_anything(void **state)
{
	static const uint8_t kinds[] = {0xfa, 0xfb, 0xfc, 0xf2, 0xf2, 0x90, 0xff};

	(void)state;
	for (uint64_t seed = seed_from; seed < seed_from + 300; seed++) {
		struct random random = random_stream(seed, 2, 0, 0);
		struct follower f;
		uint64_t now = random_below(&random, 2) ? 0 : random_bits(&random) >> 2, moment = 0;
		double typical = exp(random_unit(&random) * 12) * 1e4; /* 10 us to 1.6 s */
		unsigned jumps = 0;

		follower_start(&f);
		for (int i = 0; i < 600; i++) {
			uint8_t message[3] = {0xf8, (uint8_t)random_bits(&random), (uint8_t)random_bits(&random)};
			uint64_t then, at, was, to;

			if (random_below(&random, 100) == 0)
				typical = exp(random_unit(&random) * 12) * 1e4;
			if (random_below(&random, 30) == 0)
				message[0] = kinds[random_below(&random, sizeof kinds)];
			now += (uint64_t)(typical * (random_below(&random, 2) ? 1 : 2 * random_unit(&random)));
			if (random_below(&random, 300) == 0)
				now += (uint64_t)(random_unit(&random) * 1e13);
			was = follower_moment(&f, now);
			assert_true(f.jumps != jumps || was >= moment);
			follower_message(&f, message, 3, now);
			moment = follower_moment(&f, now);
			assert_true(f.jumps != jumps || moment >= was);
			jumps = f.jumps;
			assert_true(isfinite(f.line.period) &&
			            (f.line.period == 0 || (f.line.period >= 2.4 * MS && f.line.period <= 1001 * MS)));
			assert_true(moment <= MOMENT_MAX);
			/* what is to come comes when it says */
			to = moment + 1 + random_bits(&random) % (100 * QUARTER);
			at = follower_clock(&f, to);
			then = follower_moment(&f, at == FOLLOWER_NEVER || at < now ? now : at);
			if (at == FOLLOWER_NEVER)
				assert_true(f.state != FOLLOWER_RUNNING || f.line.period == 0);
			else
				assert_true(then + 10 >= to && (at <= now + 1 || then <= to + CLOCK_UNITS / 1000000));
			if (at != FOLLOWER_NEVER)
				assert_true(at >= now);
			if (f.state == FOLLOWER_RUNNING)
				assert_true(follower_clock(&f, moment) <= now + 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_and_stop),   cmocka_unit_test(test_stop_at_once),
		cmocka_unit_test(test_started_again),    cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_and_changed), cmocka_unit_test(test_flood),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, read_seed, NULL);
}
