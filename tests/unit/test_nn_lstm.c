/*
 * The LSTM forward: against its equations written out, in chunks with carried
 * state, one step at a time, and in a frame without backward's arrays. Holds
 * in both builds (tests/double/test_lstm_forward.c is this file again).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "nn/lstm.h"
#include "num/blas.h"
#include "reals.h"

#define IN     37
#define HIDDEN 29 /* not a multiple of any vector */
#define STEPS  12
#define BATCH  4
#define ROWS   (STEPS * BATCH)
#define LDX    40

struct fixture {
	struct params p;
	struct lstm l;
	real *w;
	real x[ROWS * LDX], h0[BATCH * HIDDEN], c0[BATCH * HIDDEN];
	real h[ROWS * HIDDEN], c[ROWS * HIDDEN]; /* by the equations */
	uint8_t reset[ROWS];
	struct packing pack;
	int rows;
};

static const int even[STEPS] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
static const int falling[STEPS] = {4, 4, 4, 3, 3, 2, 2, 2, 1, 1, 1, 1};

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

static void row_by_equations(struct fixture *f, int row, const real *h, const real *c)
{
	static const real zeros[HIDDEN];

	if (f->reset[row] || !h)
		h = c = zeros;
	for (int j = 0; j < HIDDEN; j++) {
		double s[4], cell;

		for (int gate = 0; gate < 4; gate++) {
			const size_t unit = (size_t)(gate * HIDDEN + j);

			s[gate] = (double)f->w[f->l.b + unit];
			for (size_t q = 0; q < IN; q++)
				s[gate] += (double)f->w[f->l.wx + unit * IN + q] * (double)f->x[row * LDX + (int)q];
			for (size_t q = 0; q < HIDDEN; q++)
				s[gate] += (double)f->w[f->l.wh + unit * HIDDEN + q] * (double)h[q];
		}
		cell = logistic(s[1]) * (double)c[j] + logistic(s[0]) * tanh(s[2]);
		f->c[row * HIDDEN + j] = (real)cell;
		f->h[row * HIDDEN + j] = (real)(logistic(s[3]) * tanh(cell));
	}
}

static void fixture_init(struct fixture *f, const int *batch, int carried)
{
	int row = 0;

	memset(f, 0, sizeof *f);
	f->l = lstm_layer(&f->p, "lstm", IN, HIDDEN);
	f->w = reals_plane(&f->p, 0.4, 1);
	f->pack = (struct packing){STEPS, batch};
	reals_fill(f->x, ROWS * LDX, 1, 10);
	reals_fill(f->h0, BATCH * HIDDEN, 1, 11);
	reals_fill(f->c0, BATCH * HIDDEN, 1, 12);
	f->reset[1] = f->reset[5 * 4 - 3] = f->reset[14] = f->reset[15] = 1;
	for (int t = 0; t < STEPS; t++)
		for (int b = 0; b < batch[t]; b++, row++) {
			const int before = t > 0 ? row - batch[t - 1] : -1;
			const real *h = t > 0 ? f->h + before * HIDDEN : carried ? f->h0 + b * HIDDEN : NULL;
			const real *c = t > 0 ? f->c + before * HIDDEN : carried ? f->c0 + b * HIDDEN : NULL;

			row_by_equations(f, row, h, c);
		}
	f->rows = row;
}

static void fixture_done(struct fixture *f)
{
	free(f->w);
	params_done(&f->p);
}

static void frame_new(struct lstm_frame *frame, struct arena *a, const struct lstm *l, int rows, int backward)
{
	lstm_frame_layout(frame, a, l, rows, BATCH, backward);
	assert_int_equal(arena_reserve(a), 0);
	lstm_frame_layout(frame, a, l, rows, BATCH, backward);
}

static void check_whole(const int *batch, int carried, int backward)
{
	static struct fixture f;
	struct lstm_frame frame;
	struct arena a = {0};

	fixture_init(&f, batch, carried);
	frame_new(&frame, &a, &f.l, f.rows, backward);
	lstm_forward(&f.l, f.w, &frame, f.x, LDX, &f.pack, carried ? f.h0 : NULL, carried ? f.c0 : NULL, f.reset);
	assert_true(reals_apart(frame.h, f.h, (size_t)f.rows * HIDDEN) < REAL_TOLERANCE);
	assert_true(reals_apart(frame.c, f.c, (size_t)f.rows * HIDDEN) < REAL_TOLERANCE);
	arena_done(&a);
	fixture_done(&f);
}

static void test_equations(void **state)
{
	(void)state;
	for (int carried = 0; carried < 2; carried++)
		for (int backward = 0; backward < 2; backward++) {
			check_whole(even, carried, backward);
			check_whole(falling, carried, backward);
		}
}

/* The same rows in chunks of `length` steps, the state handed on; with length 1, as live use does it. */
static void check_chunks(int length, int backward)
{
	static struct fixture f;
	struct lstm_frame frame;
	struct arena a = {0};
	real h[BATCH * HIDDEN], c[BATCH * HIDDEN];

	fixture_init(&f, even, 1);
	frame_new(&frame, &a, &f.l, length * BATCH, backward);
	memcpy(h, f.h0, sizeof h);
	memcpy(c, f.c0, sizeof c);
	for (int t = 0; t < STEPS; t += length) {
		const struct packing pack = {length, even};
		const size_t last = (size_t)(length - 1) * BATCH * HIDDEN, rows = (size_t)length * BATCH * HIDDEN;

		lstm_forward(&f.l, f.w, &frame, f.x + t * BATCH * LDX, LDX, &pack, h, c, f.reset + t * BATCH);
		assert_true(reals_apart(frame.h, f.h + t * BATCH * HIDDEN, rows) < REAL_TOLERANCE);
		memcpy(h, frame.h + last, sizeof h);
		memcpy(c, frame.c + last, sizeof c);
	}
	arena_done(&a);
	fixture_done(&f);
}

static void test_chunks(void **state)
{
	(void)state;
	for (int backward = 0; backward < 2; backward++) {
		check_chunks(1, backward);
		check_chunks(3, backward);
		check_chunks(4, backward);
		check_chunks(6, backward);
	}
}

/* A frame's own output may be the state of the next step: what live use does. */
static void test_state_in_place(void **state)
{
	static struct fixture f;
	struct lstm_frame frame;
	struct arena a = {0};
	static const int one[1] = {1};
	const struct packing pack = {1, one};

	(void)state;
	fixture_init(&f, even, 0);
	frame_new(&frame, &a, &f.l, BATCH, 0);
	for (int t = 0; t < STEPS; t++) {
		lstm_forward(&f.l, f.w, &frame, f.x + t * BATCH * LDX, LDX, &pack, frame.h, frame.c,
		             f.reset + t * BATCH);
		assert_true(reals_apart(frame.h, f.h + t * BATCH * HIDDEN, HIDDEN) < REAL_TOLERANCE);
	}
	arena_done(&a);
	fixture_done(&f);
}

static void test_empty(void **state)
{
	static struct fixture f;
	struct lstm_frame frame;
	struct arena a = {0};
	const struct packing none = {0, even};

	(void)state;
	fixture_init(&f, even, 0);
	frame_new(&frame, &a, &f.l, BATCH, 1);
	lstm_forward(&f.l, f.w, &frame, f.x, LDX, &none, NULL, NULL, NULL);
	lstm_backward(&f.l, f.w, f.w, &frame, NULL, 0, f.h, f.x, LDX, &none, NULL);
	arena_done(&a);
	fixture_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equations),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_state_in_place),
		cmocka_unit_test(test_empty),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
