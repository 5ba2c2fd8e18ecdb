/*
 * Gradients of memory: with nothing behind the chunk and with carried
 * entries, resets at its start and in its middle, a window shorter and one
 * longer than the chunk, one lane and several, chords and other parts; chunks
 * so short that nothing is packed, and of several blocks of rows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "gradcheck.h"
#include "nn/memory.h"
#include "num/blas.h"

#define QUERY 5
#define KEYS  4
#define WIDTH 6
#define HEADS 2
#define UNIT  6
#define SHORT 5
#define STEPS 8
#define LONG  37
#define LANES 3
#define ROWS  (LONG * LANES)
#define LDQ   6
#define LDK   7
#define KEY   55

struct memory_case {
	struct params p;
	struct memory l;
	struct arena a;
	struct memory_frame frame;
	struct memory_carry carry, kept;
	double *w, *g;
	double query[2 * ROWS * LDQ], key[2 * ROWS * LDK];
	double dquery[ROWS * LDQ], dkey[ROWS * LDK], dm[ROWS * WIDTH];
	int time[2 * ROWS];
	uint8_t part[2 * ROWS], reset[2 * ROWS];
	int steps, lanes, at; /* at: the first row of the chunk that is checked */
};

static void forward(struct memory_case *c, int at)
{
	memory_forward(&c->l, c->w, &c->frame, &c->carry, c->query + at * LDQ, LDQ, c->key + at * LDK, LDK,
	               c->time + at, c->part + at, c->reset + at, c->steps);
}

/* The carry as it was before the chunk: no gradient flows into it, so it must not follow the weights. */
static double loss(void *context)
{
	struct memory_case *c = context;

	memory_carry_copy(&c->carry, &c->kept, &c->l);
	forward(c, c->at);
	return gradcheck_project(c->frame.m, (size_t)(c->steps * c->lanes * WIDTH), KEY);
}

static void layout(struct memory_case *c)
{
	memory_frame_layout(&c->frame, &c->a, &c->l, c->steps, c->lanes, 1);
	memory_carry_layout(&c->carry, &c->a, &c->l, c->lanes, c->steps);
	memory_carry_layout(&c->kept, &c->a, &c->l, c->lanes, c->steps);
}

static void events(struct memory_case *c, int use_reset)
{
	struct random random = random_stream(8, 0, 0, 0);

	for (int t = 0; t < 2 * c->steps; t++)
		for (int lane = 0; lane < c->lanes; lane++) {
			const int row = t * c->lanes + lane;

			c->reset[row] =
				use_reset && ((t == c->steps && lane == 0) ||
			                      (t == c->steps + 4 && lane == c->lanes - 1) || (t == 2 && lane == 0));
			c->time[row] = (t == 0 || c->reset[row] ? 0 : c->time[row - c->lanes]) +
			               (int)random_below(&random, 3) * 9;
			c->part[row] = (uint8_t)random_below(&random, 2);
		}
}

static void check(int steps, int lanes, int window, int carried, int use_reset)
{
	static struct memory_case c;
	struct gradcheck g = {.loss = loss, .context = &c};
	size_t queries, keys;

	print_message("%d events, %d lanes, window %d%s%s\n", steps, lanes, window, carried ? ", carried" : "",
	              use_reset ? ", resets" : "");
	memset(&c, 0, sizeof c);
	c.steps = steps;
	c.lanes = lanes;
	c.l = memory_layer(&c.p, "memory", QUERY, KEYS, WIDTH, HEADS, window, UNIT);
	c.w = params_plane(&c.p);
	c.g = params_plane(&c.p);
	assert_true(c.w && c.g);
	gradcheck_random(c.w, c.p.size, 1, 1);
	gradcheck_random(c.query, 2 * ROWS * LDQ, 1, 2);
	gradcheck_random(c.key, 2 * ROWS * LDK, 1, 3);
	events(&c, use_reset);
	layout(&c);
	assert_int_equal(arena_reserve(&c.a), 0);
	layout(&c);
	memory_carry_clear(&c.carry);
	if (carried) {
		forward(&c, 0);
		c.at = steps * lanes;
	}
	memory_carry_copy(&c.kept, &c.carry, &c.l);

	queries = (size_t)(steps * lanes * LDQ);
	keys = (size_t)(steps * lanes * LDK);
	gradcheck_random(c.dm, (size_t)(steps * lanes * WIDTH), 1, KEY);
	for (int pass = 1; pass <= 3; pass++) {
		/* The second and third time to what is there, and without the inputs' gradients. */
		loss(&c);
		memory_backward(&c.l, c.w, c.g, &c.frame, &c.carry, pass == 1 ? c.dquery : NULL, LDQ,
		                pass == 1 ? c.dkey : NULL, LDK, c.dm, c.query + c.at * LDQ, LDQ, c.key + c.at * LDK,
		                LDK, c.time + c.at, c.part + c.at, c.reset + c.at, steps);
	}
	for (size_t i = 0; i < c.p.size; i++)
		c.g[i] /= 3;
	gradcheck_params(&g, &c.p, c.w, c.g);
	gradcheck_array(&g, "query", c.query + c.at * LDQ, c.dquery, queries);
	gradcheck_array(&g, "key", c.key + c.at * LDK, c.dkey, keys);
	free(c.w);
	free(c.g);
	arena_done(&c.a);
	params_done(&c.p);
}

static void test_one_lane(void **state)
{
	(void)state;
	check(STEPS, 1, 20, 0, 0);
	check(STEPS, 1, 3, 0, 0);
}

static void test_carried(void **state)
{
	(void)state;
	check(STEPS, 1, 20, 1, 0);
	check(STEPS, 1, 5, 1, 0);
}

static void test_resets(void **state)
{
	(void)state;
	check(STEPS, 1, 20, 1, 1);
	check(STEPS, 1, 3, 1, 1);
}

static void test_lanes(void **state)
{
	(void)state;
	check(STEPS, LANES, 20, 1, 1);
	check(STEPS, LANES, 4, 1, 1);
	check(STEPS, LANES, STEPS, 0, 1);
}

static void test_short_and_long(void **state)
{
	(void)state;
	check(SHORT, LANES, 4, 1, 1);
	check(SHORT, 1, 20, 1, 0);
	check(LONG, LANES, 20, 1, 1);
	check(LONG, 1, 50, 1, 0);
	check(LONG, 1, 9, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_lane), cmocka_unit_test(test_carried),        cmocka_unit_test(test_resets),
		cmocka_unit_test(test_lanes),    cmocka_unit_test(test_short_and_long),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
