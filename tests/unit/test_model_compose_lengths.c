/*
 * How long bounded pieces are: from models of random weights, with the scales
 * tipped towards escapes, metres, ends, or never an end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compose_noise.h"
#include "num/blas.h"

/* N bars are N bars, and all is silent at the end. */
static void check_bars(const struct model *m)
{
	static const int bars[] = {1, 2, 3, 7, 8, 9, 17, 64};
	struct compose_options o;

	compose_defaults(&o);
	for (size_t b = 0; b < sizeof bars / sizeof *bars; b++)
		for (uint64_t seed = 0; seed < 6; seed++) {
			struct check k;
			struct piece *p;

			o.bars = bars[b];
			o.seed = seed;
			o.parts = m->vocab->parts > 4 ? 2 : 0;
			p = compose(m, &o);
			assert_int_equal(p->start.pickup, 0);
			check_piece(&k, m, &o, p);
			assert_int_equal(k.position.bar, bars[b]);
			assert_int_equal(position_in_bar(&k.position), 0);
			piece_free(p);
		}
}

static void test_bars(void **state)
{
	struct model *m = noise(MUSIC_ALL, true);

	(void)state;
	check_bars(m);
	/* Escapes wherever they may be, and ends and metres wanted at every turn. */
	tip(m, &m->generator.duration, m->vocab->durations.n, 6);
	tip(m, &m->generator.shift, m->vocab->shifts.n, 3);
	tip(m, &m->generator.part, class_end(&m->generator), 5);
	tip(m, &m->generator.part, class_metre(&m->generator), 5);
	check_bars(m);
	model_free(m);
}

/* The tick where all notes have ended that begin in the first `bars` bars or right after (a metre may cut a bar short). */
static int silent_after(const struct piece *p, int bars)
{
	struct position at;
	int silent = 0;

	position_start(&at, p->grid, &p->start);
	for (size_t i = 0; i + 1 < p->n; i++) {
		const struct event *e = &p->events[i];

		position_shift(&at, e->shift);
		position_event(&at, e);
		if (e->kind == EVENT_NOTE && at.bar <= bars && at.now + e->duration > silent)
			silent = at.now + e->duration;
	}
	return silent;
}

/* No END ever comes by itself: the most bars end the piece, at a bar line. */
static void check_most_bars(const struct model *m, int most)
{
	for (uint64_t seed = 0; seed < 8; seed++) {
		struct compose_options o;
		struct check k;
		struct piece *p;

		compose_defaults(&o);
		o.bars_max = most;
		o.seed = seed;
		p = compose(m, &o);
		check_piece(&k, m, &o, p);
		assert_int_equal(position_in_bar(&k.position), 0);
		/* Only notes that sound when a shorter metre comes may need more; then it ends where they have. */
		if (k.position.bar < most ||
		    (k.position.bar > most &&
		     (k.metres == 0 || k.position.now - k.position.bar_length >= silent_after(p, most))))
			fail_msg("%d bars of %d", k.position.bar, most);
		piece_free(p);
	}
}

static void test_most_bars(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_CHORDS, false);

	(void)state;
	tip(m, &m->generator.part, class_end(&m->generator), -100);
	for (int most = 1; most < 30; most += most < 10 ? 1 : 6)
		check_most_bars(m, most);
	model_free(m);
	m = noise(MUSIC_METRES, true);
	tip(m, &m->generator.part, class_end(&m->generator), -100);
	tip(m, &m->generator.part, class_metre(&m->generator), 2);
	tip(m, &m->generator.shift, m->vocab->shifts.n, 2);
	for (int most = 1; most < 30; most += most < 10 ? 1 : 6)
		check_most_bars(m, most);
	model_free(m);
}

/* A METRE wanted at once, and long silences: a note comes all the same. */
static void test_no_piece_without_notes(void **state)
{
	struct model *m = noise(MUSIC_METRES, false);

	(void)state;
	tip(m, &m->generator.part, class_metre(&m->generator), 100);
	tip(m, &m->generator.shift, m->vocab->shifts.n, 100);
	for (int most = 1; most < 4; most++)
		for (uint64_t seed = 0; seed < 30; seed++) {
			struct compose_options o;
			struct check k;
			struct piece *p;

			compose_defaults(&o);
			o.bars_max = most;
			o.seed = seed;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			assert_true(k.metres > 0);
			piece_free(p);
		}
	model_free(m);
}

/* The corpus has notes of ten bars and silences of eight, often enough for symbols; four and two are the most. */
static void test_nothing_too_long(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct compose_options o;
	struct model *m;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start.parts = 1;
		for (int e = 0; e < 20; e++)
			music_add(p, music_note(e ? (e % 2 ? 8 * WHOLE : 24) : 0, 0, 60 + e, e % 3 ? 10 * WHOLE : 24));
		music_add(p, music_end(10 * WHOLE));
		music_corpus_add(c, p, SPLIT_TRAIN);
	}
	m = toy_random(c, &small_config, 0.3, 6);
	assert_int_equal(m->vocab->durations.values[1], 10 * WHOLE);
	compose_defaults(&o);
	o.bars = 40;
	for (o.seed = 0; o.seed < 10; o.seed++) {
		struct check k;
		struct piece *p = compose(m, &o);

		check_piece(&k, m, &o, p);
		piece_free(p);
	}
	model_free(m);
	corpus_free(c);
}

/* An END wanted at once: it comes when a note has been, and when that is over. */
static void test_ends_at_once(void **state)
{
	struct model *m = noise(MUSIC_ALL, false);
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	tip(m, &m->generator.part, class_end(&m->generator), 100);
	tip(m, &m->generator.part, class_metre(&m->generator), -100);
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct check k;
		struct piece *p;

		o.seed = seed;
		p = compose(m, &o);
		check_piece(&k, m, &o, p);
		assert_int_equal(p->n, 2);
		piece_free(p);
	}
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_most_bars),
		cmocka_unit_test(test_no_piece_without_notes),
		cmocka_unit_test(test_nothing_too_long),
		cmocka_unit_test(test_ends_at_once),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
