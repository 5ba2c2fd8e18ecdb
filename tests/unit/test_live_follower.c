/*
 * Following a MIDI clock, against simulated masters: steady, in ramps and
 * jumps, with noise, losses and doubles, started and stopped and placed; with
 * nonsense. Music never goes backwards, and position is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "clock_master.h"

#define MS MASTER_MS

static uint64_t seed_from; /* MUSEGEN_SEED, or 0 */

/* ---- how far off what is played is ---- */

struct worst {
	int64_t from, to; /* clocks looked at */
	double most;
	long n;
};

static void keep_worst(void *context, int64_t clock, double off)
{
	struct worst *w = context;

	if (clock < w->from || clock >= w->to || isnan(off))
		return;
	w->most = fabs(off) > w->most ? fabs(off) : w->most;
	w->n++;
}

static int64_t position_of(const struct master *m)
{
	return m->follower.place - m->follower.origin;
}

/* The last clock was so many from the start, all was in order, and nothing jumped but at the start. */
static void expect_place(const struct master *m, int64_t clocks)
{
	assert_int_equal(m->backwards, 0);
	assert_int_equal(position_of(m), clocks - 1);
	assert_int_equal(m->follower.jumps, 1);
	assert_int_equal(follower_state(&m->follower, m->arrived), FOLLOWER_RUNNING);
}

static void expect_most(const struct worst *w, double ms, const char *what, uint64_t seed)
{
	if (w->n > 0 && w->most <= ms * MS)
		return;
	fail_msg("%s: %ld onsets, one %.3f ms off (MUSEGEN_SEED=%llu)", what, w->n, w->most / MS,
	         (unsigned long long)seed);
}

static void run_steady(double bpm, enum noise noise, double ms, int64_t from, int64_t n, double most)
{
	for (uint64_t seed = seed_from; seed < seed_from + 10; seed++) {
		struct worst w = {.from = from, .to = n};
		struct master m;

		master_start(&m, seed, noise, ms * MS, n + 1);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int64_t i = 0; i < n; i++)
			master_clock(&m, bpm, 1);
		expect_place(&m, n);
		/* the last one may be yet to come */
		assert_true(w.n >= n - from - 1);
		expect_most(&w, most, "steady", seed);
		assert_int_equal(m.follower.mended, 0);
		assert_true(fabs(follower_bpm(&m.follower) - bpm) < 0.01 * bpm);
		master_end(&m);
	}
}

static void test_steady(void **state)
{
	(void)state;
	/* after a bar, within 2 ms; the second beat is as good, all but */
	run_steady(120, NOISE_UNIFORM, 1, 96, 4800, 2);
	run_steady(120, NOISE_NORMAL, 1, 96, 4800, 2);
	run_steady(120, NOISE_NORMAL, 1, 24, 96, 2.5);
	run_steady(120, NOISE_NORMAL, 0.1, 24, 960, 0.3);
	run_steady(120, NOISE_NONE, 0, 2, 960, 0.001);
}

static void test_extreme_tempi(void **state)
{
	(void)state;
	run_steady(10, NOISE_NORMAL, 1, 96, 480, 2);
	run_steady(240, NOISE_NORMAL, 1, 96, 4800, 2);
	run_steady(400, NOISE_NORMAL, 0.5, 96, 4800, 1.5);
	run_steady(400, NOISE_UNIFORM, 1, 96, 4800, 2);
}

/* 24 hours: not a clock more or less, and as near as at the beginning. */
static void test_a_day(void **state)
{
	const int64_t n = 24 * 60 * 10 * 24;
	struct worst w = {.from = n - 1000, .to = n};
	struct master m;

	(void)state;
	master_start(&m, seed_from, NOISE_NORMAL, MS, n + 1);
	m.played = keep_worst;
	m.context = &w;
	master_begin(&m);
	for (int64_t i = 0; i < n; i++)
		master_clock(&m, 10, 1);
	expect_place(&m, n);
	assert_int_equal(m.follower.mended, 0);
	expect_most(&w, 2, "a day", seed_from);
	/* the moment itself: no rounding has added up */
	assert_true(fabs((double)follower_moment(&m.follower, m.arrived) / (double)CLOCK_UNITS - (double)(n - 1)) <
	            0.02);
	master_end(&m);
}

/* From one tempo to another in so many clocks; most: ms off, from the first bar on. */
static void run_ramp(double a, double b, int clocks, double noise_ms, double most)
{
	for (uint64_t seed = seed_from; seed < seed_from + 20; seed++) {
		struct worst w = {.from = 96, .to = 192 + clocks + 192};
		struct master m;

		master_start(&m, seed, NOISE_NORMAL, noise_ms * MS, w.to + 1);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int i = 0; i < w.to; i++) {
			double share = fmin(fmax((i - 191.5) / clocks, 0), 1);

			master_clock(&m, a + (b - a) * share, 1);
		}
		expect_place(&m, w.to);
		expect_most(&w, most, "ramp", seed);
		master_end(&m);
	}
}

static void test_ramps(void **state)
{
	(void)state;
	run_ramp(60, 180, 768, 0, 0.5);
	run_ramp(60, 180, 768, 0.2, 3);
	run_ramp(60, 180, 768, 1, 7);
	run_ramp(180, 60, 768, 0.2, 3);
	run_ramp(90, 100, 384, 1, 4.5);
}

/* At once from one tempo to the other: locked again two beats later, and no clock lost. */
static void run_jump(double a, double b, double noise_ms)
{
	for (uint64_t seed = seed_from; seed < seed_from + 10; seed++) {
		struct worst w = {.from = 192 + 48, .to = 480};
		struct master m;

		master_start(&m, seed, NOISE_NORMAL, noise_ms * MS, w.to + 1);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int i = 0; i < w.to; i++)
			master_clock(&m, i < 192 ? a : b, 1);
		expect_place(&m, w.to);
		expect_most(&w, 2, "jump", seed);
		master_end(&m);
	}
}

static void test_jumps(void **state)
{
	static const double tempi[] = {40, 60, 90, 120, 126, 180, 240};

	(void)state;
	for (size_t i = 0; i < sizeof tempi / sizeof *tempi; i++)
		for (size_t j = 0; j < sizeof tempi / sizeof *tempi; j++) {
			run_jump(tempi[i], tempi[j], 0.1);
			run_jump(tempi[i], tempi[j], 0.7);
		}
}

/* One in two thousand clocks is lost on the way, as many come twice: it is where it belongs all the same. */
static void test_dropped_and_doubled(void **state)
{
	int all = 0;

	(void)state;
	for (uint64_t seed = seed_from; seed < seed_from + 20; seed++) {
		struct random random = random_stream(seed, 1, 0, 0);
		struct worst w = {.from = 96, .to = 2400};
		int losses = 0;
		struct master m;

		master_start(&m, seed, NOISE_NORMAL, 0.3 * MS, 2401);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int i = 0; i < 2400; i++) {
			uint32_t lot = i < 48 || i > 2390 ? 99 : random_below(&random, 2000);

			losses += lot < 2;
			master_clock(&m, 120, lot == 0 ? 0 : lot == 1 ? 2 : 1);
		}
		expect_place(&m, 2400);
		expect_most(&w, 1.5, "dropped and doubled", seed);
		/* each was seen for what it is; two in a row that are lost count once */
		assert_in_range(m.follower.mended, losses * 8 / 10, losses);
		all += losses;
		master_end(&m);
	}
	assert_true(all > 20);
}

/* Every clock comes twice: a cable too many. */
static void test_always_doubled(void **state)
{
	struct master m;

	(void)state;
	master_start(&m, seed_from, NOISE_UNIFORM, 0.5 * MS, 1000);
	for (int i = 0; i < 48; i++)
		master_idle(&m, 120);
	master_begin(&m);
	for (int i = 0; i < 960; i++)
		master_clock(&m, 120, 2);
	expect_place(&m, 960);
	assert_true(fabs(follower_bpm(&m.follower) - 120) < 2);
	master_end(&m);
}

/* We did not read for a third of a second, and then all came at once. */
static void test_read_late(void **state)
{
	(void)state;
	for (int gap = 2; gap <= 16; gap++) {
		struct worst w = {.from = 200 + gap, .to = 400};
		struct master m;
		double hold;

		master_start(&m, seed_from, NOISE_UNIFORM, 0.2 * MS, 401);
		m.played = keep_worst;
		m.context = &w;
		master_begin(&m);
		for (int i = 0; i < 180; i++)
			master_clock(&m, 120, 1);
		/* the true times go on; what arrives is not before `hold` */
		hold = m.time + (gap - 0.4) * 2500 / 120 * MS;
		for (int i = 0; i < 220; i++) {
			double time = m.time;

			if (time < hold)
				m.arrived = (uint64_t)hold;
			master_clock(&m, 120, 1);
		}
		expect_place(&m, 400);
		expect_most(&w, 1.5, "read late", (uint64_t)gap);
		master_end(&m);
	}
}

/* Times in units of a Bluetooth connection or a slow scheduler, which come in twos or leave one out: each clock counts. */
static void test_coarse_times(void **state)
{
	static const double tempi[] = {80, 121.7, 170, 180, 216, 240, 300}, units[] = {5, 7.5, 11.25, 15};

	(void)state;
	for (int i = 0; i < 7; i++)
		for (int j = 0; j < 4; j++)
			for (uint64_t seed = seed_from; seed < seed_from + 4; seed++) {
				struct worst w = {.from = 480, .to = 2000};
				struct master m;

				master_start(&m, seed, NOISE_UNIFORM, 0.2 * MS, 2001);
				m.time += (double)(seed % 97) * 1.3 * MS;
				m.poll = units[j] * MS;
				m.played = keep_worst;
				m.context = &w;
				master_begin(&m);
				for (int k = 0; k < 2000; k++)
					master_clock(&m, tempi[i], 1);
				assert_int_equal(m.backwards, 0);
				assert_int_equal(position_of(&m), 1999);
				expect_most(&w, units[j] * 1.2, "coarse times", seed);
				master_end(&m);
			}
}

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
			assert_true(isfinite(f.period) &&
			            (f.period == 0 || (f.period >= 2.4 * MS && f.period <= 1001 * MS)));
			assert_true(moment <= MOMENT_MAX);
			/* what is to come comes when it says */
			to = moment + 1 + random_bits(&random) % (100 * QUARTER);
			at = follower_clock(&f, to);
			then = follower_moment(&f, at == FOLLOWER_NEVER || at < now ? now : at);
			if (at == FOLLOWER_NEVER)
				assert_true(f.state != FOLLOWER_RUNNING || f.period == 0);
			else
				assert_true(then + 10 >= to && (at <= now + 1 || then <= to + CLOCK_UNITS / 1000000));
			if (at != FOLLOWER_NEVER)
				assert_true(at >= now);
			if (f.state == FOLLOWER_RUNNING)
				assert_true(follower_clock(&f, moment) <= now + 1);
		}
	}
}

static int read_seed(void **state)
{
	const char *seed = getenv("MUSEGEN_SEED");

	(void)state;
	seed_from = seed ? strtoull(seed, NULL, 10) : 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),         cmocka_unit_test(test_extreme_tempi),
		cmocka_unit_test(test_a_day),          cmocka_unit_test(test_ramps),
		cmocka_unit_test(test_jumps),          cmocka_unit_test(test_dropped_and_doubled),
		cmocka_unit_test(test_always_doubled), cmocka_unit_test(test_read_late),
		cmocka_unit_test(test_coarse_times),   cmocka_unit_test(test_start_and_stop),
		cmocka_unit_test(test_stop_at_once),   cmocka_unit_test(test_started_again),
		cmocka_unit_test(test_lost),           cmocka_unit_test(test_lost_and_changed),
		cmocka_unit_test(test_flood),          cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, read_seed, NULL);
}
