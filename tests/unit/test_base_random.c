/* Random numbers: the published sequence, streams of their own, and what the distributions promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/random.h"
#include "doubles.h"

/* SplitMix64 from seed 1234567, as its reference implementation prints it. */
static void test_reference(void **state)
{
	static const uint64_t expected[] = {
		6457827717110365317u, 3203168211198807973u,  9817491932198370423u,
		4593380528125082431u, 16408922859458223821u,
	};
	struct random r = {.key = 1234567, .counter = 0};

	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		assert_true(random_bits(&r) == expected[i]);
	assert_int_equal(r.counter, 5);
}

/* A state is two words: saved and restored, it goes on the same. */
static void test_state_is_two_words(void **state)
{
	struct random r = random_stream(1, 2, 3, 4), saved;
	uint64_t first[20];

	(void)state;
	for (int i = 0; i < 7; i++)
		random_bits(&r);
	saved = r;
	for (int i = 0; i < 20; i++)
		first[i] = random_bits(&r);
	for (int i = 0; i < 20; i++)
		assert_true(random_bits(&saved) == first[i]);
}

/* All keys of a small cube of (seed, a, b, c) differ, so also in the order of words. */
static void test_streams_differ(void **state)
{
	enum { SIDE = 6, N = SIDE * SIDE * SIDE * SIDE };
	uint64_t keys[N];

	(void)state;
	for (unsigned i = 0; i < N; i++)
		keys[i] = random_stream(i % SIDE, i / SIDE % SIDE, i / SIDE / SIDE % SIDE, i / SIDE / SIDE / SIDE).key;
	for (unsigned i = 0; i < N; i++)
		for (unsigned j = 0; j < i; j++)
			assert_true(keys[i] != keys[j]);
}

static void test_fill_is_bits(void **state)
{
	struct random one = random_stream(9, 0, 0, 0), many = one;
	uint32_t filled[1000];

	(void)state;
	for (size_t n = 0; n < 100; n++) {
		memset(filled, 0xa5, sizeof filled);
		random_fill(&many, filled, n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(filled[i], random_bits(&one) >> 32);
		assert_int_equal(filled[n], 0xa5a5a5a5u);
		assert_true(many.counter == one.counter);
	}
}

static void test_unit(void **state)
{
	enum { N = 200000 };
	struct random r = random_stream(2, 0, 0, 0);
	double sum = 0, squares = 0, low = 1, high = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		double u = random_unit(&r);

		assert_true(u >= 0 && u < 1);
		sum += u;
		squares += u * u;
		low = u < low ? u : low;
		high = u > high ? u : high;
	}
	check_near(sum / N, 0.5, 0.004);
	check_near(squares / N, 1.0 / 3, 0.004);
	assert_true(low < 1e-4 && high > 1 - 1e-4);
}

/* Chi-square of a die: 5 degrees of freedom, 20.5 has probability 0.001. */
static void test_below_die(void **state)
{
	enum { N = 60000 };
	struct random r = random_stream(3, 0, 0, 0);
	double chi = 0;
	int count[6] = {0};

	(void)state;
	for (int i = 0; i < N; i++) {
		uint32_t x = random_below(&r, 6);

		assert_true(x < 6);
		count[x]++;
	}
	for (int i = 0; i < 6; i++)
		chi += (count[i] - N / 6.0) * (count[i] - N / 6.0) / (N / 6.0);
	assert_true(chi < 20.5);
}

/* Where multiplying without drawing again would make every third number twice as likely. */
static void test_below_unbiased(void **state)
{
	enum { N = 60000 };
	const uint32_t n = 3u << 30;
	struct random r = random_stream(4, 0, 0, 0);
	int thirds = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		thirds += random_below(&r, n) % 3 == 0;
	check_near((double)thirds / N, 1.0 / 3, 0.01);
	for (int i = 0; i < 100; i++)
		assert_int_equal(random_below(&r, 1), 0);
}

static void test_normal(void **state)
{
	enum { N = 200000 };
	struct random r = random_stream(5, 0, 0, 0);
	double sum = 0, squares = 0, fourth = 0;
	int beyond = 0;

	(void)state;
	for (int i = 0; i < N; i++) {
		double x = random_normal(&r);

		assert_true(isfinite(x));
		sum += x;
		squares += x * x;
		fourth += x * x * x * x;
		beyond += fabs(x) > 1.959963984540054;
	}
	check_near(sum / N, 0, 0.01);
	check_near(squares / N, 1, 0.015);
	check_near(fourth / N, 3, 0.15);
	check_near((double)beyond / N, 0.05, 0.003);
}

static void test_shuffle(void **state)
{
	enum { N = 50, TIMES = 20000 };
	struct random r = random_stream(6, 0, 0, 0);
	uint32_t items[N];
	int orders[6] = {0};
	char seen[N] = {0};

	(void)state;
	for (uint32_t i = 0; i < N; i++)
		items[i] = i;
	random_shuffle(&r, items, N);
	for (int i = 0; i < N; i++) {
		assert_true(items[i] < N && !seen[items[i]]);
		seen[items[i]] = 1;
	}
	for (int i = 0; i < TIMES; i++) {
		uint32_t three[3] = {0, 1, 2};

		random_shuffle(&r, three, 3);
		orders[three[0] * 2 + (three[1] > three[2])]++;
	}
	for (int i = 0; i < 6; i++)
		check_near((double)orders[i] / TIMES, 1.0 / 6, 0.012);
	random_shuffle(&r, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),      cmocka_unit_test(test_state_is_two_words),
		cmocka_unit_test(test_streams_differ), cmocka_unit_test(test_fill_is_bits),
		cmocka_unit_test(test_unit),           cmocka_unit_test(test_below_die),
		cmocka_unit_test(test_below_unbiased), cmocka_unit_test(test_normal),
		cmocka_unit_test(test_shuffle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
