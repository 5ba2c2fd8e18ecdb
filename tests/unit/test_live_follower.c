/*
 * Following a MIDI clock, against simulated masters: steady, in ramps and
 * jumps, with noise, losses and doubles. Music never goes backwards, and
 * position is exact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "clock_followed.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady),         cmocka_unit_test(test_extreme_tempi),
		cmocka_unit_test(test_a_day),          cmocka_unit_test(test_ramps),
		cmocka_unit_test(test_jumps),          cmocka_unit_test(test_dropped_and_doubled),
		cmocka_unit_test(test_always_doubled), cmocka_unit_test(test_read_late),
		cmocka_unit_test(test_coarse_times),
	};

	return cmocka_run_group_tests(tests, read_seed, NULL);
}
