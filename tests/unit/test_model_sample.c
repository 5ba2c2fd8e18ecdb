/*
 * Drawing from logits: by their probabilities, at any temperature, cut to the
 * top k, to the top p, to both; and the edges: all masked, one left, ties,
 * infinities and what is no number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "count_allocations.h"
#include "model/sample.h"

enum { DRAWS = 40000, CLASSES = 8 };

static const real logits[CLASSES] = {0.3f, -1, 2, -INFINITY, 0.5f, -3, 1.5f, 2};

/* Counts against probabilities p (they sum to one): Pearson's chi-square, and nothing where p is 0. */
static void check_counts(const int *counts, const double *p, int n)
{
	double chi = 0;
	int cells = 0;

	for (int i = 0; i < n; i++) {
		double e = p[i] * DRAWS;

		if (p[i] <= 0) {
			assert_int_equal(counts[i], 0);
			continue;
		}
		chi += (counts[i] - e) * (counts[i] - e) / e;
		cells++;
	}
	if (!(chi < cells + 5 * sqrt(2 * cells)))
		fail_msg("chi-square %g over %d cells", chi, cells);
}

/* What is left of the probabilities when only those in `kept` may come. */
static void check_draws(double temperature, int top_k, double top_p, unsigned kept)
{
	struct random random = random_stream(11, (uint64_t)top_k, kept, 0);
	double p[CLASSES] = {0}, sum = 0;
	int counts[CLASSES] = {0};

	for (int i = 0; i < CLASSES; i++)
		if (kept >> i & 1)
			sum += p[i] = exp(((double)logits[i] - 2) / temperature);
	for (int i = 0; i < CLASSES; i++)
		p[i] /= sum;
	for (int i = 0; i < DRAWS; i++) {
		int drawn = sample_logits(logits, CLASSES, temperature, top_k, top_p, &random);

		assert_true(drawn >= 0 && drawn < CLASSES);
		counts[drawn]++;
	}
	check_counts(counts, p, CLASSES);
}

#define BIT(i)   (1u << (i))
#define POSSIBLE (BIT(0) | BIT(1) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(7))

static void test_temperature(void **state)
{
	(void)state;
	check_draws(1, 0, 1, POSSIBLE);
	check_draws(0.5, 0, 1, POSSIBLE);
	check_draws(3, 0, 1, POSSIBLE);
	check_draws(1000, 0, 1, POSSIBLE);
	/* As good as argmax, but the two best are alike. */
	check_draws(1e-3, 0, 1, BIT(2) | BIT(7));
	check_draws(1e-300, 0, 1, BIT(2) | BIT(7));
}

static void test_top_k(void **state)
{
	(void)state;
	check_draws(1, 1, 1, BIT(2)); /* of equals the first */
	check_draws(1, 2, 1, BIT(2) | BIT(7));
	check_draws(1, 3, 1, BIT(2) | BIT(7) | BIT(6));
	check_draws(2, 5, 1, BIT(2) | BIT(7) | BIT(6) | BIT(4) | BIT(0));
	check_draws(1, 7, 1, POSSIBLE);
	check_draws(1, 100, 1, POSSIBLE);
}

/* At temperature 1: .304 .304 .184 .068 .056 .015 .002 for 2, 7, 6, 4, 0, 1, 5. */
static void test_top_p(void **state)
{
	(void)state;
	check_draws(1, 0, 1e-9, BIT(2));
	check_draws(1, 0, 0.3, BIT(2));
	check_draws(1, 0, 0.35, BIT(2) | BIT(7));
	check_draws(1, 0, 0.7, BIT(2) | BIT(7) | BIT(6));
	check_draws(1, 0, 0.999, POSSIBLE);
	/* Of three left after top k, 0.384 0.384 0.232: half is two of them. */
	check_draws(1, 3, 0.5, BIT(2) | BIT(7));
	check_draws(1, 3, 0.3, BIT(2));
	/* The temperature comes first. */
	check_draws(0.25, 0, 0.7, BIT(2) | BIT(7));
}

static void test_edges(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);
	real x[SAMPLE_MAX];

	(void)state;
	for (int i = 0; i < SAMPLE_MAX; i++)
		x[i] = -INFINITY;
	assert_int_equal(sample_logits(x, SAMPLE_MAX, 1, 0, 1, &random), -1);
	assert_int_equal(sample_logits(x, 0, 1, 0, 1, &random), -1);
	x[511] = -1e30f;
	for (int i = 0; i < 100; i++)
		assert_int_equal(sample_logits(x, SAMPLE_MAX, 0.1, 5, 0.5, &random), 511);
	x[3] = 7;
	for (int i = 0; i < 100; i++)
		assert_int_equal(sample_logits(x, SAMPLE_MAX, 1, 0, 1, &random), 3);
	for (int i = 0; i < SAMPLE_MAX; i++)
		x[i] = 0;
	for (int i = 0; i < 1000; i++)
		assert_true(sample_logits(x, SAMPLE_MAX, 1, 7, 1, &random) < 7);
}

/* Weights gone astray: no index out of range comes of it. */
static void test_no_numbers(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);
	real x[4] = {NAN, NAN, NAN, NAN};

	(void)state;
	assert_int_equal(sample_logits(x, 4, 1, 0, 1, &random), -1);
	x[2] = 0;
	for (int i = 0; i < 100; i++)
		assert_int_equal(sample_logits(x, 4, 1, 0, 1, &random), 2);
	x[1] = INFINITY;
	for (int i = 0; i < 100; i++)
		assert_int_equal(sample_logits(x, 4, 1, 0, 1, &random), 1);
}

/* It is called for every event of live music. */
static void test_allocates_nothing(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);
	real x[SAMPLE_MAX];
	long before;
	void *one;

	(void)state;
	for (int i = 0; i < SAMPLE_MAX; i++)
		x[i] = (real)sin(i * 17.0);
	before = atomic_load(&allocations);
	for (int i = 0; i < 10; i++)
		assert_true(sample_logits(x, SAMPLE_MAX, 1, 0, 0.9, &random) >= 0);
	assert_int_equal(atomic_load(&allocations), before);
	one = calloc(1, 1);
	assert_int_equal(atomic_load(&allocations), before + ALLOCATIONS_COUNTED);
	free(one);
}

/* What choices cost: of probabilities that are known, of what is impossible besides, of logits too large for exp. */
static void test_cost(void **state)
{
	real some[4] = {(real)log(0.5), -INFINITY, (real)log(0.125), (real)log(0.375)};
	double sum = 0;

	(void)state;
	assert_true(fabs(sample_cost(some, 4, 0) - log(2)) < 1e-6);
	assert_true(fabs(sample_cost(some, 4, 2) - log(8)) < 1e-6);
	assert_true(isinf(sample_cost(some, 4, 1)));
	assert_true(sample_cost(some, 4, -1) == 0);
	for (int i = 0; i < 4; i++)
		some[i] += 5000;
	for (int i = 0; i < 4; i++)
		sum += exp(-sample_cost(some, 4, i));
	assert_true(fabs(sum - 1) < 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_temperature), cmocka_unit_test(test_top_k),
		cmocka_unit_test(test_top_p),       cmocka_unit_test(test_edges),
		cmocka_unit_test(test_no_numbers),  cmocka_unit_test(test_allocates_nothing),
		cmocka_unit_test(test_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
