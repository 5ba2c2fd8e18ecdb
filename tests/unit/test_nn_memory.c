/*
 * Memory forward: against its equations written out, in chunks with a carry,
 * one event at a time, and without looking ahead. Holds in both builds
 * (tests/double/test_memory_forward.c is this file again).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "nn/memory.h"
#include "num/blas.h"
#include "reals.h"

#define QUERY  13
#define KEY    17
#define WIDTH  24
#define HEADS  3
#define WINDOW 9
#define UNIT   6
#define STEPS  60
#define LANES  3
#define ROWS   (STEPS * LANES)
#define LDQ    16
#define LDK    20

struct fixture {
	struct params p;
	struct memory l;
	real *w;
	real query[ROWS * LDQ], key[ROWS * LDK], m[ROWS * WIDTH]; /* m: by the equations */
	int time[ROWS];
	uint8_t part[ROWS], reset[ROWS];
};

/* Buckets as their comment defines them. */
static int bucket_by_definition(long distance, int unit)
{
	const long d = (distance + unit / 2) / unit;
	long low = 64;
	int bucket = 64;

	if (d < 64)
		return (int)d;
	while (bucket < 95 && d >= low + low / 2) {
		if (d < 2 * low)
			return bucket + 1;
		low *= 2;
		bucket += 2;
		if (bucket > 95)
			return 95;
	}
	return bucket > 95 ? 95 : bucket;
}

static void project(double *to, const real *matrix, const real *x, int n)
{
	for (int d = 0; d < WIDTH; d++) {
		to[d] = 0;
		for (int j = 0; j < n; j++)
			to[d] += (double)matrix[d * n + j] * (double)x[j];
	}
}

static void row_by_equations(struct fixture *f, int t, int lane)
{
	const int row = t * LANES + lane, d = WIDTH / HEADS;
	double q[WIDTH], k[WIDTH], v[WIDTH], m[WIDTH] = {0}, sum[HEADS] = {0};
	int j = t;

	project(q, f->w + f->l.wq, f->query + row * LDQ, QUERY);
	/* Event t's own reset ends its piece on the left before anything is seen. */
	for (int seen = 0; seen <= WINDOW; seen++) {
		const int other = j * LANES + lane;
		const int is_null = seen == WINDOW || j == 0 || f->reset[other];

		if (is_null) {
			for (int i = 0; i < WIDTH; i++) {
				k[i] = (double)f->w[f->l.null_key + (size_t)i];
				v[i] = (double)f->w[f->l.null_value + (size_t)i];
			}
		} else {
			project(k, f->w + f->l.wk, f->key + (other - LANES) * LDK, KEY);
			project(v, f->w + f->l.wv, f->key + (other - LANES) * LDK, KEY);
		}
		for (int h = 0; h < HEADS; h++) {
			double score = 0;

			for (int i = h * d; i < (h + 1) * d; i++)
				score += q[i] * k[i] / sqrt(d);
			if (!is_null) {
				const int bucket = bucket_by_definition(f->time[row] - f->time[other - LANES], UNIT);
				const int same = f->part[row] == f->part[other - LANES];

				score += (double)f->w[f->l.time_bias + (size_t)(h * MEMORY_BUCKETS + bucket)];
				score += (double)f->w[f->l.part_bias + (size_t)(h * 2 + same)];
			}
			sum[h] += exp(score);
			for (int i = h * d; i < (h + 1) * d; i++)
				m[i] += exp(score) * v[i];
		}
		if (is_null)
			break;
		j--;
	}
	for (int i = 0; i < WIDTH; i++)
		f->m[row * WIDTH + i] = (real)(m[i] / sum[i / d]);
}

static void fixture_init(struct fixture *f)
{
	struct random random = random_stream(5, 0, 0, 0);

	memset(f, 0, sizeof *f);
	f->l = memory_layer(&f->p, "memory", QUERY, KEY, WIDTH, HEADS, WINDOW, UNIT);
	f->w = reals_plane(&f->p, 0.5, 1);
	reals_fill(f->query, ROWS * LDQ, 1, 50);
	reals_fill(f->key, ROWS * LDK, 1, 51);
	for (int t = 0; t < STEPS; t++)
		for (int lane = 0; lane < LANES; lane++) {
			const int row = t * LANES + lane;
			const int shift = (int)random_below(&random, 4) ? 0 : (int)random_below(&random, 900);

			f->reset[row] = lane > 0 && random_below(&random, 11) == 0;
			f->part[row] = (uint8_t)random_below(&random, 3);
			f->time[row] = (t == 0 || f->reset[row] ? 0 : f->time[row - LANES]) + shift;
		}
	f->reset[0] = f->reset[20 * LANES] = 1;
	f->time[20 * LANES] = 0;
	for (int t = 21; t < STEPS; t++)
		f->time[t * LANES] = f->time[(t - 1) * LANES] + t % 5 * 7;
	for (int t = 0; t < STEPS; t++)
		for (int lane = 0; lane < LANES; lane++)
			row_by_equations(f, t, lane);
}

static void fixture_done(struct fixture *f)
{
	free(f->w);
	params_done(&f->p);
}

struct work {
	struct arena a;
	struct memory_frame frame;
	struct memory_carry carry;
};

static void work_layout(struct work *k, const struct memory *l, int steps, int lanes, int backward)
{
	memory_frame_layout(&k->frame, &k->a, l, steps, lanes, backward);
	memory_carry_layout(&k->carry, &k->a, l, lanes, steps);
}

static void work_new(struct work *k, const struct memory *l, int steps, int lanes, int backward)
{
	memset(k, 0, sizeof *k);
	work_layout(k, l, steps, lanes, backward);
	assert_int_equal(arena_reserve(&k->a), 0);
	work_layout(k, l, steps, lanes, backward);
	memory_carry_clear(&k->carry);
}

static void forward(struct fixture *f, struct work *k, int t, int steps)
{
	memory_forward(&f->l, f->w, &k->frame, &k->carry, f->query + t * LANES * LDQ, LDQ, f->key + t * LANES * LDK,
	               LDK, f->time + t * LANES, f->part + t * LANES, f->reset + t * LANES, steps);
}

static void test_buckets(void **state)
{
	static const int units[] = {1, 2, 3, 6, 12, 7, 24, 120, 480};
	int last = 0;

	(void)state;
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		for (int d = 0; d < 200000; d++)
			assert_int_equal(memory_bucket(d, units[u]), bucket_by_definition(d, units[u]));
	for (long d = 0; d < INT_MAX - 3000000; d += 1 + d / 1000) {
		const int b = memory_bucket((int)d, 1);

		assert_int_equal(b, bucket_by_definition(d, 1));
		assert_true(b >= last && b <= last + 1);
		last = b;
	}
	assert_int_equal(last, 95);
	assert_int_equal(memory_bucket(INT_MAX, 1), 95);
	assert_int_equal(memory_bucket(INT_MAX, INT_MAX), 1);
	assert_int_equal(memory_bucket(2, 6), 0);
	assert_int_equal(memory_bucket(3, 6), 1);
}

/* Whole, and in chunks of every length: window shorter and longer than the chunk, resets anywhere. */
static void test_chunks(void **state)
{
	static struct fixture f;

	(void)state;
	fixture_init(&f);
	for (int length = 1; length <= STEPS; length++) {
		struct work k;

		if (STEPS % length != 0)
			continue;
		for (int backward = 0; backward < 2; backward++) {
			work_new(&k, &f.l, length, LANES, backward);
			for (int t = 0; t < STEPS; t += length) {
				forward(&f, &k, t, length);
				assert_true(reals_apart(k.frame.m, f.m + t * LANES * WIDTH,
				                        (size_t)(length * LANES * WIDTH)) < REAL_TOLERANCE);
			}
			arena_done(&k.a);
		}
	}
	fixture_done(&f);
}

/* Attention adds up to 1 in every row, and is 0 exactly where nothing may be seen. */
static void test_attention(void **state)
{
	static struct fixture f;
	struct work k;
	const int columns = ((WINDOW + STEPS + 1 + 15) / 16 | 1) * 16;

	(void)state;
	fixture_init(&f);
	work_new(&k, &f.l, STEPS, LANES, 1);
	forward(&f, &k, 0, STEPS);
	for (int lane = 0; lane < LANES; lane++)
		for (int h = 0; h < HEADS; h++) {
			int piece = 0;

			for (int t = 0; t < STEPS; t++) {
				const real *row =
					k.frame.attention +
					(((size_t)lane * HEADS + (size_t)h) * STEPS + (size_t)t) * (size_t)columns;
				double sum = 0;

				if (f.reset[t * LANES + lane])
					piece = t;
				for (int j = 0; j < columns; j++) {
					const int seen = j < t && j >= piece && j >= t - WINDOW;

					assert_true(j == columns - 1 || seen ? row[j] > 0 : row[j] == 0);
					sum += (double)row[j];
				}
				assert_true(fabs(sum - 1) < REAL_TOLERANCE);
			}
		}
	arena_done(&k.a);
	fixture_done(&f);
}

/* One event at a time, with a carry of one lane, for longer than any window and capacity; and from a copy of the carry. */
static void test_live(void **state)
{
	static struct fixture f;
	struct work k, fork;
	real m[WIDTH], *scratch;

	(void)state;
	fixture_init(&f);
	work_new(&k, &f.l, 1, 1, 0);
	work_new(&fork, &f.l, 1, 1, 0);
	scratch = calloc((size_t)k.carry.capacity + 1 + WIDTH, sizeof *scratch);
	assert_non_null(scratch);
	for (int lane = 0; lane < LANES; lane++) {
		memory_carry_clear(&k.carry);
		for (int t = 0; t < STEPS; t++) {
			const int row = t * LANES + lane;

			if (f.reset[row])
				memory_carry_clear(&k.carry);
			memory_query(&f.l, f.w, &k.carry, m, scratch, f.query + row * LDQ, f.time[row], f.part[row]);
			assert_true(reals_apart(m, f.m + row * WIDTH, WIDTH) < REAL_TOLERANCE);
			memory_carry_copy(&fork.carry, &k.carry, &f.l);
			memory_query(&f.l, f.w, &fork.carry, m, scratch, f.query + row * LDQ, f.time[row], f.part[row]);
			assert_true(reals_apart(m, f.m + row * WIDTH, WIDTH) < REAL_TOLERANCE);
			memory_append(&f.l, f.w, &k.carry, f.key + row * LDK, f.time[row], f.part[row]);
			assert_true(k.carry.n[0] <= k.carry.capacity);
		}
	}
	free(scratch);
	arena_done(&k.a);
	arena_done(&fork.a);
	fixture_done(&f);
}

/* Another key, time aside, at event t: nothing at t or before changes by a bit; what comes next in the piece does. */
static void test_causal(void **state)
{
	static struct fixture f;
	struct work k;
	static real before[ROWS * WIDTH];

	(void)state;
	fixture_init(&f);
	work_new(&k, &f.l, STEPS, LANES, 0);
	forward(&f, &k, 0, STEPS);
	memcpy(before, k.frame.m, sizeof before);
	for (int t = 0; t < STEPS; t++)
		for (int lane = 0; lane < LANES; lane++) {
			const int row = t * LANES + lane;
			real *key = f.key + row * LDK, kept[KEY];

			memcpy(kept, key, sizeof kept);
			for (int j = 0; j < KEY; j++)
				key[j] = 100 - key[j];
			memory_carry_clear(&k.carry);
			forward(&f, &k, 0, STEPS);
			assert_memory_equal(before, k.frame.m, (size_t)((t + 1) * LANES * WIDTH) * sizeof *before);
			for (int next = row + LANES; next < ROWS; next += LANES)
				if (next == row + LANES && !f.reset[next])
					assert_true(reals_apart(before + next * WIDTH, k.frame.m + next * WIDTH,
					                        WIDTH) > 0);
			memcpy(key, kept, sizeof kept);
		}
	arena_done(&k.a);
	fixture_done(&f);
}

/* Two chunks in one frame that was laid out for longer ones. */
static void test_shorter_chunks(void **state)
{
	static struct fixture f;
	struct work k;

	(void)state;
	fixture_init(&f);
	work_new(&k, &f.l, 20, LANES, 1);
	forward(&f, &k, 0, 20);
	assert_true(reals_apart(k.frame.m, f.m, 20 * LANES * WIDTH) < REAL_TOLERANCE);
	forward(&f, &k, 20, 0);
	forward(&f, &k, 20, 7);
	assert_true(reals_apart(k.frame.m, f.m + 20 * LANES * WIDTH, 7 * LANES * WIDTH) < REAL_TOLERANCE);
	arena_done(&k.a);
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets), cmocka_unit_test(test_chunks), cmocka_unit_test(test_attention),
		cmocka_unit_test(test_live),    cmocka_unit_test(test_causal), cmocka_unit_test(test_shorter_chunks),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
