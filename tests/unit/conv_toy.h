/* The toy world of convolutional GANs: eight one-bar patterns in known proportions. cmocka.h comes before this. */
#ifndef TESTS_UNIT_CONV_TOY_H
#define TESTS_UNIT_CONV_TOY_H

#include <string.h>
#include "model/conv_gan.h"

#define TOY_PATTERNS 8
#define TOY_SIZE     (8 * 8 * 2)
#define TOY_SAMPLES  960
/* A sample is of its nearest pattern when it differs from it in no more numbers than this; patterns differ in 18 at least. */
#define TOY_NEAR 4

static const struct roll_shape toy_shape = {.frame = 12, .frames = 8, .bars = 1, .low = 60, .pitches = 8, .parts = 1};

/* In percent. */
static const int toy_shares[TOY_PATTERNS] = {20, 16, 14, 12, 11, 10, 9, 8};

/* Four quarters each, of eight pitches. */
static const int toy_tunes[TOY_PATTERNS][4] = {
	{0, 2, 4, 7}, {7, 4, 2, 0}, {4, 4, 7, 5}, {2, 5, 5, 2}, {5, 0, 6, 4}, {1, 6, 1, 6}, {6, 7, 3, 1}, {3, 1, 0, 3},
};

static inline void toy_pattern(real *x, int pattern)
{
	for (int i = 0; i < TOY_SIZE; i++)
		x[i] = -1;
	for (int f = 0; f < 8; f++) {
		real *at = x + (f * 8 + toy_tunes[pattern][f / 2]) * 2;

		at[0] = f % 2 == 0 ? 1 : -1;
		at[1] = 1;
	}
}

static inline void toy_real(void *context, real *x, int n, struct random random)
{
	(void)context;
	for (int i = 0; i < n; i++) {
		int left = (int)random_below(&random, 100), pattern = 0;

		while (left >= toy_shares[pattern])
			left -= toy_shares[pattern++];
		toy_pattern(x + (size_t)i * TOY_SIZE, pattern);
	}
}

static inline int toy_apart(const real *x, const real *y)
{
	int n = 0;

	for (int i = 0; i < TOY_SIZE; i++)
		n += (x[i] > 0) != (y[i] > 0);
	return n;
}

/* How many of n samples are near each pattern; counts[TOY_PATTERNS]: near none. */
static inline void toy_count(int counts[TOY_PATTERNS + 1], const real *x, int n)
{
	static real patterns[TOY_PATTERNS][TOY_SIZE];

	for (int p = 0; p < TOY_PATTERNS; p++)
		toy_pattern(patterns[p], p);
	for (int i = 0; i < n; i++) {
		int nearest = TOY_PATTERNS, least = TOY_NEAR + 1;

		for (int p = 0; p < TOY_PATTERNS; p++) {
			const int apart = toy_apart(x + (size_t)i * TOY_SIZE, patterns[p]);

			if (apart < least) {
				least = apart;
				nearest = p;
			}
		}
		counts[nearest]++;
	}
}

/* Patterns that have a third of their share or more. */
static inline int toy_covered(const int counts[TOY_PATTERNS + 1], int n)
{
	int covered = 0;

	for (int p = 0; p < TOY_PATTERNS; p++)
		covered += counts[p] * 300 >= toy_shares[p] * n;
	return covered;
}

/* Samples of the averaged generator, TOY_SAMPLES at least. Returns how many. */
static inline int toy_sample(int counts[TOY_PATTERNS + 1], struct conv_gan *t)
{
	real *x = malloc((size_t)t->batch * TOY_SIZE * sizeof *x);
	int n = 0;

	memset(counts, 0, (TOY_PATTERNS + 1) * sizeof *counts);
	conv_gan_calibrate(t);
	for (uint64_t which = 0; n < TOY_SAMPLES; which++, n += t->batch) {
		conv_gan_make(t, x, which);
		toy_count(counts, x, t->batch);
	}
	free(x);
	return n;
}

#endif
