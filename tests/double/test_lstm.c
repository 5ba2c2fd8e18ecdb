/*
 * Gradients of the LSTM: even and falling batches, with carried state, with
 * resets (of the first step, in the middle, of neighbours), with and without
 * the input's gradient, and two layers on top of each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "nn/lstm.h"
#include "num/blas.h"

#define IN     5
#define HIDDEN 6
#define STEPS  6
#define BATCH  3
#define ROWS   (STEPS * BATCH)
#define LDX    7
#define KEY    99

struct lstm_case {
	struct params p;
	struct lstm l;
	struct arena a;
	struct lstm_frame frame;
	double *w, *g;
	double x[ROWS * LDX], dx[ROWS * LDX], dh[ROWS * HIDDEN];
	double h0[BATCH * HIDDEN], c0[BATCH * HIDDEN];
	uint8_t reset[ROWS];
	struct packing pack;
	int rows, carried, use_reset;
};

static double loss(void *context)
{
	struct lstm_case *c = context;

	lstm_forward(&c->l, c->w, &c->frame, c->x, LDX, &c->pack, c->carried ? c->h0 : NULL, c->carried ? c->c0 : NULL,
	             c->use_reset ? c->reset : NULL);
	return gradcheck_project(c->frame.h, (size_t)c->rows * HIDDEN, KEY);
}

static void backward(struct lstm_case *c, double *dx)
{
	loss(c);
	gradcheck_random(c->dh, (size_t)c->rows * HIDDEN, 1, KEY);
	lstm_backward(&c->l, c->w, c->g, &c->frame, dx, LDX, c->dh, c->x, LDX, &c->pack,
	              c->use_reset ? c->reset : NULL);
}

static void check(const int *batch, int carried, int use_reset)
{
	static struct lstm_case c;
	struct gradcheck g = {.loss = loss, .context = &c};
	size_t n;

	memset(&c, 0, sizeof c);
	c.l = lstm_layer(&c.p, "lstm", IN, HIDDEN);
	c.w = params_plane(&c.p);
	c.g = params_plane(&c.p);
	assert_true(c.w && c.g);
	gradcheck_random(c.w, c.p.size, 0.8, 1);
	gradcheck_random(c.x, ROWS * LDX, 1, 2);
	gradcheck_random(c.h0, BATCH * HIDDEN, 1, 3);
	gradcheck_random(c.c0, BATCH * HIDDEN, 1, 4);
	c.reset[0] = c.reset[4] = c.reset[6] = c.reset[7] = c.reset[10] = 1;
	c.carried = carried;
	c.use_reset = use_reset;
	c.pack = (struct packing){STEPS, batch};
	for (int t = 0; t < STEPS; t++)
		c.rows += batch[t];
	lstm_frame_layout(&c.frame, &c.a, &c.l, c.rows, batch[0], 1);
	assert_int_equal(arena_reserve(&c.a), 0);
	lstm_frame_layout(&c.frame, &c.a, &c.l, c.rows, batch[0], 1);

	backward(&c, c.dx);
	gradcheck_params(&g, &c.p, c.w, c.g);
	gradcheck_array(&g, "x", c.x, c.dx, (size_t)c.rows * LDX);

	/* Everything is added to; without dx the rest is the same. */
	n = c.p.size;
	backward(&c, NULL);
	for (size_t i = 0; i < n; i++)
		c.g[i] /= 2;
	g.quiet = 1;
	gradcheck_params(&g, &c.p, c.w, c.g);
	free(c.w);
	free(c.g);
	arena_done(&c.a);
	params_done(&c.p);
}

static const int even[STEPS] = {3, 3, 3, 3, 3, 3};
static const int falling[STEPS] = {3, 3, 2, 2, 1, 1};

static void test_even(void **state)
{
	(void)state;
	check(even, 0, 0);
}

static void test_falling(void **state)
{
	(void)state;
	check(falling, 0, 0);
}

static void test_carried(void **state)
{
	(void)state;
	check(even, 1, 0);
	check(falling, 1, 0);
}

static void test_resets(void **state)
{
	(void)state;
	check(even, 0, 1);
	check(even, 1, 1);
	check(falling, 1, 1);
}

/* ---- two layers ---------------------------------------------------------- */

#define TOP 4

struct stack_case {
	struct params p;
	struct lstm a, b;
	struct arena arena;
	struct lstm_frame fa, fb;
	double *w, *g;
	double x[ROWS * IN], dx[ROWS * IN], da[ROWS * HIDDEN], db[ROWS * TOP];
	struct packing pack;
};

static double stack_loss(void *context)
{
	struct stack_case *c = context;

	lstm_forward(&c->a, c->w, &c->fa, c->x, IN, &c->pack, NULL, NULL, NULL);
	lstm_forward(&c->b, c->w, &c->fb, c->fa.h, HIDDEN, &c->pack, NULL, NULL, NULL);
	return gradcheck_project(c->fb.h, ROWS * TOP, KEY);
}

static void test_stack(void **state)
{
	static struct stack_case c;
	struct gradcheck g = {.loss = stack_loss, .context = &c};

	(void)state;
	c.a = lstm_layer(&c.p, "bottom", IN, HIDDEN);
	c.b = lstm_layer(&c.p, "top", HIDDEN, TOP);
	c.w = params_plane(&c.p);
	c.g = params_plane(&c.p);
	assert_true(c.w && c.g);
	gradcheck_random(c.w, c.p.size, 0.8, 5);
	gradcheck_random(c.x, ROWS * IN, 1, 6);
	c.pack = (struct packing){STEPS, even};
	for (int pass = 0; pass < 2; pass++) {
		lstm_frame_layout(&c.fa, &c.arena, &c.a, ROWS, BATCH, 1);
		lstm_frame_layout(&c.fb, &c.arena, &c.b, ROWS, BATCH, 1);
		if (pass == 0)
			assert_int_equal(arena_reserve(&c.arena), 0);
	}
	stack_loss(&c);
	gradcheck_random(c.db, ROWS * TOP, 1, KEY);
	lstm_backward(&c.b, c.w, c.g, &c.fb, c.da, HIDDEN, c.db, c.fa.h, HIDDEN, &c.pack, NULL);
	lstm_backward(&c.a, c.w, c.g, &c.fa, c.dx, IN, c.da, c.x, IN, &c.pack, NULL);
	gradcheck_params(&g, &c.p, c.w, c.g);
	gradcheck_array(&g, "x", c.x, c.dx, ROWS * IN);
	free(c.w);
	free(c.g);
	arena_done(&c.arena);
	params_done(&c.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_even),   cmocka_unit_test(test_falling), cmocka_unit_test(test_carried),
		cmocka_unit_test(test_resets), cmocka_unit_test(test_stack),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
