/* A lean towards pitch classes: those are commoner, of what sounds; without one nothing changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include "model/compose.h"
#include "model_kinds.h"
#include "model_toy.h"
#include "num/blas.h"

#define LEAN 3.0 /* nats */

static const int triad[3] = {0, 4, 7};

static void lean_on_triad(struct compose_options *o, double by)
{
	for (size_t i = 0; i < 3; i++)
		o->lean[triad[i]] = by;
}

/* Share of the first `most` notes of some streams that are of C, E and G. */
static double share(const struct model *m, struct compose_options *o, int most)
{
	int notes = 0, of_triad = 0;

	for (o->seed = 0; o->seed < 4; o->seed++) {
		struct composer *c = composer_new(m, o);
		struct event e;
		int n = 0;

		if (!c)
			fail_msg("%s", error_message());
		while (n < most && composer_next(c, &e) == 1) {
			const int class = e.pitch % 12;

			if (e.kind != EVENT_NOTE)
				continue;
			of_triad += class == triad[0] || class == triad[1] || class == triad[2];
			n++;
		}
		notes += n;
		composer_free(c);
	}
	assert_true(notes > most);
	return (double)of_triad / notes;
}

/* Of a model whose pitches are noise: e to the 3 times as likely each. */
static void check_leans(const struct model *m, bool endless)
{
	struct compose_options o;
	double plain, leaning, away;

	compose_defaults(&o);
	o.endless = endless;
	o.bars = endless ? 0 : 24;
	o.bars_max = 12;
	plain = share(m, &o, 120);
	lean_on_triad(&o, LEAN);
	leaning = share(m, &o, 120);
	lean_on_triad(&o, -LEAN);
	away = share(m, &o, 120);
	if (!(leaning > 0.6 && leaning > plain + 0.3 && away < plain - 0.05))
		fail_msg("%.3f of all notes are of the triad, %.3f with a lean, %.3f with one away", plain, leaning,
		         away);
}

static struct model *noise(const struct generator_config *config, unsigned kinds)
{
	struct corpus *c = music_corpus(9, kinds, 8, 10, true, SPLIT_BY_HASH);
	struct model *m = toy_random(c, config, 0.3, 6);

	corpus_free(c);
	return m;
}

static void test_events(void **state)
{
	struct model *m = noise(&small_config, MUSIC_ALL);

	(void)state;
	check_leans(m, false);
	model_free(m);
}

/* The pieces after the first are transposed: what counts is what sounds. */
static void test_endless(void **state)
{
	struct model *m = noise(&small_config, MUSIC_ALL);

	(void)state;
	check_leans(m, true);
	model_free(m);
}

static void test_tokens(void **state)
{
	struct model *seed = noise(&seed_config, ONE_PART);
	struct model *composer = noise(&composer_config, MUSIC_MELODY);

	(void)state;
	check_leans(seed, true);
	check_leans(composer, true);
	model_free(composer);
	model_free(seed);
}

/* What is not allowed stays so however much is leaned on it. */
static void test_limits(void **state)
{
	struct model *m = noise(&small_config, MUSIC_ALL);
	struct compose_options o;
	struct piece *p;

	(void)state;
	compose_defaults(&o);
	o.bars = 8;
	o.low = 50;
	o.high = 70;
	o.scale = 0xfff & ~0x91u;
	lean_on_triad(&o, 1000);
	p = compose_piece(m, &o);
	assert_non_null(p);
	for (size_t i = 0; i < p->n; i++)
		if (p->events[i].kind == EVENT_NOTE) {
			assert_in_range(p->events[i].pitch, 50, 70);
			assert_true(o.scale >> p->events[i].pitch % 12 & 1);
		}
	piece_free(p);
	model_free(m);
}

/* Equal leans on all are none. */
static void test_even(void **state)
{
	struct model *m = noise(&small_config, MUSIC_ALL);
	struct compose_options o;
	struct piece *a, *b;

	(void)state;
	compose_defaults(&o);
	o.bars = 8;
	a = compose_piece(m, &o);
	for (size_t i = 0; i < 12; i++)
		o.lean[i] = 1;
	b = compose_piece(m, &o);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_int_equal(a->events[i].pitch, b->events[i].pitch);
	piece_free(a);
	piece_free(b);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events), cmocka_unit_test(test_endless), cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_even),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
