/*
 * Knobs in the network: it says the same in chunks and event by event when it
 * is told some, looks no further ahead than without, and untold is the network
 * that has no knobs, bit by bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include "doubles.h"
#include "knob_ground.h"
#include "model/shard.h"
#include "model/step.h"
#include "model_pass.h"
#include "num/blas.h"

enum { EVENTS_MAX = 400 };

/* Other codes from row to row, one row in five without. */
static void code_of_row(double c[KNOBS], size_t row)
{
	for (size_t k = 0; k < KNOBS; k++)
		c[k] = row % 5 == 0 || (row + k) % 4 == 0 ? NAN : (double)((row * 7 + k * 5) % 11) / 5 - 1;
}

/* Losses (rows,HEADS) of one piece in chunks of so many rows. */
static void run_chunks(double *losses, const struct ground *k, uint32_t piece, bool told, int steps)
{
	static const struct feed_options options = {.split = SPLIT_TRAIN, .whole = true, .lanes_in_all = 1};
	struct shard s;
	size_t row = 0;

	assert_int_equal(shard_init(&s, &k->m->generator, k->corpus, &options, &piece, 1, 0, 1, steps, false), 0);
	while (feed_chunk(&s.feed, &s.batch, steps) > 0) {
		for (int r = 0; told && r < s.batch.rows; r++) {
			double c[KNOBS];

			code_of_row(c, row + (size_t)r);
			batch_knobs(&s.batch, r, c);
		}
		network_forward(&k->m->generator, k->m->w, &s.frame, &s.batch, &s.carry, NULL, (struct random){0, 0},
		                1);
		for (int r = 0; r < s.batch.rows; r++, row++)
			for (int h = 0; h < HEADS && row < k->corpus->pieces[piece].piece->n; h++)
				losses[row * HEADS + (size_t)h] = s.frame.loss[h][r] - s.batch.targets[h].escape[r];
	}
	shard_done(&s);
}

static double apart(const double *a, const double *b, size_t rows)
{
	double most = 0;

	for (size_t i = 0; i < rows * HEADS; i++)
		most = fmax(most, fabs(a[i] - b[i]));
	return most;
}

static double cost(const real *logits, int n, int target)
{
	double most = -INFINITY, sum = 0;

	for (int i = 0; i < n; i++)
		most = fmax(most, (double)logits[i]);
	for (int i = 0; i < n; i++)
		sum += exp((double)logits[i] - most);
	return most + log(sum) - (double)logits[target];
}

/* Pitches and shifts event by event, the knobs turned at every row. */
static double steps_apart(const double *losses, const struct ground *k, const struct piece *p)
{
	const struct vocab *v = k->m->vocab;
	struct step *s = step_new(&k->m->generator, k->m->w);
	double c[KNOBS], most = 0;
	int end = 0;

	for (size_t i = 0; i < p->n; i++)
		end += p->events[i].shift;
	assert_non_null(s);
	s->knobs = c;
	code_of_row(c, 0);
	step_begin(s, &p->start, UNKNOWN_BARS_LEFT | UNKNOWN_KEY, end);
	for (size_t r = 0; r < p->n; r++) {
		const double *loss = losses + r * HEADS;

		if (r > 0) {
			struct event e = p->events[r - 1];

			e.fermata = false;
			code_of_row(c, r);
			step_arrive(s, e.shift, e.kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e.part);
			if (e.kind == EVENT_NOTE)
				most = fmax(most,
				            fabs(loss[HEAD_PITCH] - cost(step_pitch(s), RELATIVE_PITCHES, e.pitch)));
			step_take(s, &e);
		}
		most = fmax(most, fabs(loss[HEAD_SHIFT] - cost(step_shift(s), v->shifts.n + 1,
		                                               symbols_find(&v->shifts, p->events[r].shift))));
	}
	step_free(s);
	return most;
}

static void test_chunks_and_steps(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, 60);
	for (uint32_t i = 0; i < 4; i++) {
		const struct piece *p = k.corpus->pieces[i].piece;
		const size_t size = p->n * HEADS * sizeof(double);
		double *whole = malloc(size), *chunks = malloc(size), *none = malloc(size);

		assert_true(whole && chunks && none);
		run_chunks(whole, &k, i, true, (int)p->n);
		run_chunks(chunks, &k, i, true, 7);
		run_chunks(none, &k, i, false, 7);
		assert_true(apart(whole, chunks, p->n) < 20 * REAL_TOLERANCE);
		assert_true(steps_apart(whole, &k, p) < 20 * REAL_TOLERANCE);
		/* being told does something */
		assert_true(apart(whole, none, p->n) > 0.1);
		free(whole);
		free(chunks);
		free(none);
	}
	ground_done(&k);
}

/* The same weights without knobs: bit by bit what is said untold. */
static void test_untold(void **state)
{
	struct ground k, plain;
	size_t size;
	double *a, *b;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_METRES, 40);
	plain.corpus = k.corpus;
	plain.m = toy_random(k.corpus, &small_config, 0.4, 3);
	for (size_t i = 0; i < plain.m->generator.params.n; i++) {
		const struct tensor *t = &plain.m->generator.params.tensors[i];
		const struct tensor *from = params_find(&k.m->generator.params, t->name);

		assert_non_null(from);
		assert_int_equal(from->offset, t->offset);
		memcpy(plain.m->w + t->offset, k.m->w + from->offset, (size_t)(t->rows * t->cols) * sizeof(real));
	}
	size = k.corpus->pieces[0].piece->n * HEADS * sizeof *a;
	a = malloc(size);
	b = malloc(size);
	assert_true(a && b);
	run_chunks(a, &k, 0, false, 16);
	run_chunks(b, &plain, 0, false, 16);
	assert_memory_equal(a, b, size);
	free(a);
	free(b);
	model_free(plain.m);
	ground_done(&k);
}

/* Codes given, no event changes what was said before it. */
static void test_causal(void **state)
{
	struct ground k;
	struct piece *p;
	struct pass before, after;
	int later = 0;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_METRES, 14);
	p = k.corpus->pieces[0].piece;
	assert_true(p->n > 20 && p->n < EVENTS_MAX);
	pass_init(&before, &k.m->generator, EVENTS_MAX, 1, false);
	pass_init(&after, &k.m->generator, EVENTS_MAX, 1, false);
	for (size_t t = 0; t < p->n; t++) {
		const uint8_t was = p->events[t].pitch;

		if (p->events[t].kind != EVENT_NOTE)
			continue;
		for (int turn = 0; turn < 2; turn++) {
			struct pass *pass = turn ? &after : &before;

			p->events[t].pitch = (uint8_t)(was ^ (turn ? 5 : 0));
			pass_piece(pass, p, 0, 5000);
			for (int r = 0; r < pass->batch.rows; r++) {
				double c[KNOBS];

				code_of_row(c, (size_t)r);
				batch_knobs(&pass->batch, r, c);
			}
			pass_ask_all(pass);
			pass_forward(pass, k.m->w);
		}
		p->events[t].pitch = was;
		later += pass_later(&before, &after, p->n, t);
	}
	assert_true(later > 100);
	pass_done(&before);
	pass_done(&after);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untold),
		cmocka_unit_test(test_chunks_and_steps),
		cmocka_unit_test(test_causal),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
