/* Rhythm of what was played by hand: tempo and places found again, early and late notes and all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/random.h"
#include "doubles.h"
#include "music/rhythm.h"

#define MOST 256

/* Gaps between onsets, in ticks; 0 ends it. The first onset stands at `first` in its beat. */
struct phrase {
	int first;
	int gaps[40];
};

static const struct phrase phrases[] = {
	/* quarters and eighths */
	{0, {24, 24, 12, 12, 24, 24, 24, 12, 12, 48, 24, 24, 12, 12, 24, 48}},
	/* dotted, with an eighth before the beat */
	{12, {12, 36, 12, 24, 24, 36, 12, 24, 24, 12, 12, 24, 48}},
	/* 16ths */
	{0, {12, 6, 6, 12, 12, 24, 24, 12, 6, 6, 24, 24, 6, 6, 6, 6, 24, 24}},
	/* triplets among quarters */
	{0, {24, 24, 8, 8, 8, 24, 24, 8, 8, 8, 24, 24, 24, 8, 8, 8, 48}},
	/* swung eighths */
	{0, {16, 8, 24, 16, 8, 24, 16, 8, 16, 8, 24, 24, 16, 8, 24}},
};
enum { PHRASES = sizeof phrases / sizeof *phrases };

/* Play it at a tempo, each note early or late by `sd` seconds. How many onsets. */
static size_t play(double *seconds, int *ticks, const struct phrase *p, double quarter, double sd,
                   struct random *random)
{
	double at = 1;
	size_t n = 1;

	ticks[0] = p->first;
	seconds[0] = at;
	for (; p->gaps[n - 1] > 0; n++) {
		ticks[n] = ticks[n - 1] + p->gaps[n - 1];
		at += p->gaps[n - 1] * quarter / RHYTHM_TICKS;
		seconds[n] = at + fmax(-2, fmin(2, random_normal(random))) * sd;
	}
	return n;
}

/* Do all places come back, as many beats from the first one, at a tempo of so many times the real one? */
static bool same_places(const int *got, const int *want, size_t n, double times)
{
	for (size_t i = 0; i < n; i++)
		if (fabs((got[i] - got[0]) - (want[i] - want[0]) * times) > 1e-6)
			return false;
	return true;
}

/* Exactly played, at tempi around the middle: all of it as it was. */
static void test_exact(void **state)
{
	double seconds[MOST], quarters[MOST];
	int ticks[MOST], got[MOST];
	struct random random = random_stream(1, 0, 0, 0);

	(void)state;
	for (size_t k = 0; k < PHRASES; k++)
		for (double bpm = 88; bpm <= 112; bpm += 3) {
			const size_t n = play(seconds, ticks, &phrases[k], 60 / bpm, 0, &random);

			check_near(rhythm_track(quarters, seconds, n), 60 / bpm, 1e-3);
			rhythm_snap(got, quarters, n);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(got[i], ticks[i]);
		}
}

/* The nearest of powers of two, and of those times three. */
static double simple_ratio(double r)
{
	const double two = exp2(nearbyint(log2(r))), three = exp2(nearbyint(log2(r / 3))) * 3;

	return fabs(log2(r / two)) < fabs(log2(r / three)) ? two : three;
}

/*
 * By hand, at all tempi: the rhythm, nearly always, at its tempo or at half or
 * twice of it. Thirds may be heard as eighths of another tempo.
 */
static void test_by_hand(void **state)
{
	struct random random = random_stream(2, 0, 0, 0);
	int played = 0, tempo = 0, places = 0, same = 0;

	(void)state;
	for (size_t k = 0; k < PHRASES; k++)
		for (double bpm = 60; bpm <= 160; bpm += 2.5) {
			double seconds[MOST], quarters[MOST], times, ratio;
			int ticks[MOST], got[MOST];
			const size_t n = play(seconds, ticks, &phrases[k], 60 / bpm, 0.01, &random);

			times = 60 / bpm / rhythm_track(quarters, seconds, n);
			ratio = simple_ratio(times);
			rhythm_snap(got, quarters, n);
			played++;
			same += fabs(log2(times)) < 0.04;
			if (fabs(log2(times / ratio)) < 0.04 && (k >= 3 || fabs(log2(ratio)) <= 1)) {
				tempo++;
				places += same_places(got, ticks, n, ratio);
			}
		}
	if (tempo < played * 98 / 100 || places < played * 94 / 100 || same < played * 60 / 100)
		fail_msg("of %d phrases the tempo was found in %d (itself in %d), the rhythm in %d", played, tempo,
		         same, places);
}

/* A tempo that goes from 90 to 110 is followed. */
static void test_drift(void **state)
{
	double seconds[MOST], quarters[MOST], at = 0;
	int got[MOST];
	const size_t n = 64;
	double quarter;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		seconds[i] = at;
		at += 60 / (90 + 20.0 * (double)i / (double)n) * (i % 3 ? 0.5 : 1);
	}
	quarter = rhythm_track(quarters, seconds, n);
	rhythm_snap(got, quarters, n);
	assert_true(quarter > 60 / 110.0 && quarter < 60 / 90.0);
	for (size_t i = 1; i < n; i++)
		assert_int_equal(got[i] - got[i - 1], (i - 1) % 3 ? 12 : 24);
}

static void test_snap(void **state)
{
	static const struct {
		double quarters[6];
		int n, ticks[6];
	} rows[] = {
		{{0, 0.26, 0.48, 0.77, 1.02}, 5, {0, 6, 12, 18, 24}},
		{{0.02, 0.32, 0.69, 1}, 4, {0, 8, 16, 24}},
		{{0, 0.33, 0.52}, 3, {0, 6, 12}},         /* of a beat with a half, 16ths */
		{{0, 0.66, 1, 1.51}, 4, {0, 16, 24, 36}}, /* each beat its own */
		{{0.9, 2.12}, 2, {24, 48}},               /* early and late */
		{{0, 0.04, 0.08, 0.12}, 4, {0, 1, 2, 3}}, /* a roll stays one note after the other */
		{{3.99, 4, 4.01}, 3, {96, 97, 98}},
		{{-0.02, 0.5}, 2, {0, 12}},
	};

	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		int ticks[6];

		rhythm_snap(ticks, rows[r].quarters, (size_t)rows[r].n);
		for (int i = 0; i < rows[r].n; i++)
			if (ticks[i] != rows[r].ticks[i])
				fail_msg("row %zu, onset %d: %d, not %d", r, i, ticks[i], rows[r].ticks[i]);
	}
}

/* Whatever comes: ascending ticks, a tempo in range, numbers. */
static void test_anything(void **state)
{
	struct random random = random_stream(3, 0, 0, 0);

	(void)state;
	for (int trial = 0; trial < 60; trial++) {
		double seconds[MOST], quarters[MOST], quarter;
		int ticks[MOST];
		const size_t n = 1 + random_below(&random, MOST);
		const double scale = exp(random_unit(&random) * 14 - 9);

		for (size_t i = 0; i < n; i++)
			seconds[i] = (i > 0 ? seconds[i - 1] : 0) + 1e-9 + scale * random_unit(&random);
		quarter = rhythm_track(quarters, seconds, n);
		assert_true(quarter >= RHYTHM_FASTEST && quarter <= RHYTHM_SLOWEST);
		rhythm_snap(ticks, quarters, n);
		for (size_t i = 0; i < n; i++)
			assert_true(isfinite(quarters[i]) && (i == 0 || ticks[i] > ticks[i - 1]));
	}
	{
		double one = 5, quarters[1];

		check_same(rhythm_track(quarters, &one, 1), 0.6);
		check_same(quarters[0], 0);
		check_same(rhythm_track(NULL, NULL, 0), 0.6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact), cmocka_unit_test(test_by_hand),  cmocka_unit_test(test_drift),
		cmocka_unit_test(test_snap),  cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
