/*
 * Going on from a primer: its events come first and unchanged, what follows is
 * new, bars are counted through whatever metres it has, and what the model
 * cannot take is refused with what it can.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include "model_check.h"
#include "model_toy.h"
#include "num/blas.h"

static struct model *noise(void)
{
	struct corpus *c = music_corpus(9, MUSIC_FOUR | MUSIC_METRES, 8, 10, true, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 6);

	corpus_free(c);
	/* Ends are rare, so that there is something to see. */
	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] -= 4;
	return m;
}

/* The primer's events but its END, then others. */
static void check_follows(const struct piece *p, const struct piece *primer)
{
	size_t n = primer->n;

	if (n > 0 && primer->events[n - 1].kind == EVENT_END)
		n--;
	assert_true(p->n > n + 1);
	for (size_t i = 0; i < n; i++)
		assert_true(same_event(&p->events[i], &primer->events[i]));
	assert_int_equal(p->start.numerator, primer->start.numerator);
	assert_int_equal(p->start.pickup, primer->start.pickup);
}

/* Bars of a piece by its metres, up to its END or the last note's end. */
static int bars_of(const struct piece *p)
{
	struct position at;
	int end = 0;

	position_start(&at, p->grid, &p->start);
	for (size_t i = 0; i < p->n; i++) {
		position_shift(&at, p->events[i].shift);
		position_event(&at, &p->events[i]);
		if (p->events[i].kind == EVENT_NOTE && at.now + p->events[i].duration > end)
			end = at.now + p->events[i].duration;
	}
	end = end > at.now ? end : at.now;
	return at.bar + (end - at.bar_start + at.bar_length - 1) / at.bar_length;
}

static void check_primer(const struct model *m, const struct piece *primer, int bars, int most, uint64_t seed)
{
	struct compose_options o;
	struct check k;
	struct piece *p;

	compose_defaults(&o);
	o.primer = primer;
	o.bars = bars;
	o.bars_max = most;
	o.seed = seed;
	p = compose_piece(m, &o);
	if (!p)
		fail_msg("%s", error_message());
	check_follows(p, primer);
	check_piece(&k, m, &o, p);
	if (bars > 0) {
		assert_int_equal(k.position.bar, bars);
		assert_int_equal(position_in_bar(&k.position), 0);
	} else {
		/* So many more than the primer has; a metre that changes makes bars of another length. */
		assert_true(k.metres > 0 || k.position.bar <= bars_of(primer) + most + 1);
	}
	piece_free(p);
}

static void test_goes_on(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(3, 0, 0, 0);

	(void)state;
	for (int i = 0; i < 12; i++) {
		static const enum music kinds[] = {MUSIC_MELODY, MUSIC_FOUR, MUSIC_CHORDS, MUSIC_METRES};
		struct piece *primer = music_piece(&r, kinds[i % 4], 4 + i, i % 2, true);
		int bars = bars_of(primer);

		for (uint64_t seed = 0; seed < 4; seed++) {
			check_primer(m, primer, bars + 1, 64, seed);
			check_primer(m, primer, bars + 13, 64, seed);
			check_primer(m, primer, 0, 12, seed);
			check_primer(m, primer, 0, 1, seed);
		}
		piece_free(primer);
	}
	model_free(m);
}

/* What a primer's style is numbered in its own corpus says nothing here: only the style asked for counts. */
static void test_style(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(8, 0, 0, 0);
	struct piece *primer = music_piece(&r, MUSIC_FOUR, 6, 0, true), *made[3];
	static const int styles[] = {-1, 1, 77};
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	o.primer = primer;
	o.bars_max = 12;
	for (int i = 0; i < 3; i++) {
		primer->start.style = styles[i];
		made[i] = compose_piece(m, &o);
		assert_non_null(made[i]);
		assert_int_equal(made[i]->start.style, -1);
		assert_int_equal(made[i]->n, made[0]->n);
		for (size_t e = 0; e < made[0]->n; e++)
			assert_true(same_event(&made[i]->events[e], &made[0]->events[e]));
	}
	for (int i = 0; i < 3; i++)
		piece_free(made[i]);
	piece_free(primer);
	model_free(m);
}

/* Where nothing else ends it, so many bars are made after the last of the primer. */
static void test_most_bars(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(8, 0, 0, 0);
	real *part = m->w + m->generator.part.b;

	(void)state;
	part[class_end(&m->generator)] = -1000;
	part[class_metre(&m->generator)] = -1000;
	for (int most = 5; most < 40; most += 7) {
		struct piece *primer = music_piece(&r, MUSIC_FOUR, 10 + most, 0, true), *p;
		struct compose_options o;
		struct position last;
		struct check k;

		position_start(&last, GRID, &primer->start);
		for (size_t i = 0; i + 1 < primer->n; i++)
			position_shift(&last, primer->events[i].shift);
		compose_defaults(&o);
		o.primer = primer;
		o.bars_max = most;
		p = compose_piece(m, &o);
		assert_non_null(p);
		check_piece(&k, m, &o, p);
		assert_int_equal(k.position.bar, last.bar + most);
		piece_free(p);
		piece_free(primer);
	}
	model_free(m);
}

/* Longer than any piece may be, and with a silence as long: there is still room to go on. */
static void test_long_primers(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(4, 0, 0, 0);
	struct piece *silent = piece_new(GRID), *open = piece_new(GRID);

	(void)state;
	assert_true(silent && open);
	for (int most = 1; most < 20; most += 6) {
		struct piece *primer = music_piece(&r, MUSIC_METRES, 200, 0, true);

		check_primer(m, primer, 0, most, 1);
		check_primer(m, primer, bars_of(primer) + 2, most, 1);
		piece_free(primer);
		primer = music_piece(&r, MUSIC_FOUR, 300, 0, true);
		assert_true(bars_of(primer) > 64);
		check_primer(m, primer, 0, most, 1);
		check_primer(m, primer, bars_of(primer) + 2, most, 1);
		piece_free(primer);
		primer = music_piece(&r, MUSIC_SILENCE, 60, 0, true);
		assert_true(bars_of(primer) > 100);
		check_primer(m, primer, 0, most, 2);
		piece_free(primer);
	}
	silent->start.parts = 1;
	music_add(silent, music_note(0, 0, 60, 24));
	music_add(silent, music_note(100 * WHOLE, 0, 62, 24));
	music_add(silent, music_note(24, 0, 64, 24));
	music_add(silent, music_end(WHOLE - 24));
	check_primer(m, silent, 0, 8, 1);
	check_primer(m, silent, 102, 8, 1);
	/* A last note that sounds for bars, and no END. */
	open->start.parts = 1;
	music_add(open, music_note(0, 0, 60, 20 * WHOLE));
	check_primer(m, open, 0, 3, 1);
	check_primer(m, open, 21, 3, 1);
	piece_free(silent);
	piece_free(open);
	model_free(m);
}

/* A beginning of nothing is no beginning; the music just begins. */
static void test_empty(void **state)
{
	struct model *m = noise();
	struct piece *primer = piece_new(GRID);

	(void)state;
	assert_non_null(primer);
	primer->start.parts = 1;
	check_primer(m, primer, 4, 64, 1);
	music_add(primer, music_end(24));
	check_primer(m, primer, 4, 64, 1);
	check_primer(m, primer, 0, 8, 1);
	piece_free(primer);
	model_free(m);
}

/* Asked for a key, the primer moves with the rest, and the range is for what is new. */
static void test_key(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(7, 0, 0, 0);

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct piece *primer = music_piece(&r, MUSIC_FOUR, 8, 0, true), *p;
		struct compose_options o;
		int moved;

		primer->events[0].pitch = 127;
		primer->events[primer->n - 2].pitch = 0;
		compose_defaults(&o);
		o.primer = primer;
		o.key = (struct key){i, MODE_UNKNOWN};
		o.bars_max = 8;
		o.low = 60;
		o.high = 72;
		o.seed = (uint64_t)i;
		p = compose_piece(m, &o);
		assert_non_null(p);
		moved = p->events[1].pitch - primer->events[1].pitch;
		for (size_t e = 0; e < p->n; e++) {
			if (p->events[e].kind != EVENT_NOTE)
				continue;
			if (e + 1 < primer->n)
				assert_int_equal((p->events[e].pitch - primer->events[e].pitch - moved) % 12, 0);
			else
				assert_true(p->events[e].pitch >= 60 && p->events[e].pitch <= 72);
			assert_true(p->events[e].pitch < 128);
		}
		piece_free(p);
		piece_free(primer);
	}
	model_free(m);
}

/* In a stream without end only the first piece goes on from it. */
static void test_endless(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(5, 0, 0, 0);
	struct piece *primer = music_piece(&r, MUSIC_FOUR, 8, 0, true);
	struct compose_options o;
	struct composer *c;
	int again = 0;

	(void)state;
	compose_defaults(&o);
	o.primer = primer;
	o.endless = true;
	o.bars_max = 12;
	c = composer_new(m, &o);
	assert_non_null(c);
	for (int i = 0; i < 3000; i++) {
		struct event e;

		assert_int_equal(composer_next(c, &e), 1);
		if (i < (int)primer->n - 1) {
			assert_int_equal(e.pitch, primer->events[i].pitch);
			assert_int_equal(e.shift, primer->events[i].shift);
		}
		again += e.kind == EVENT_NOTE && e.pitch == primer->events[0].pitch &&
		         e.duration == primer->events[0].duration && e.velocity == primer->events[0].velocity;
	}
	assert_true(again < 50);
	composer_free(c);
	piece_free(primer);
	model_free(m);
}

static void check_refused(const struct model *m, const struct compose_options *o, const char *why)
{
	assert_null(composer_new(m, o));
	if (!strstr(error_message(), why))
		fail_msg("\"%s\" is not in \"%s\"", why, error_message());
}

static void test_refused(void **state)
{
	struct model *m = noise();
	struct random r = random_stream(6, 0, 0, 0);
	struct piece *four = music_piece(&r, MUSIC_FOUR, 9, 0, true),
		     *many = music_piece(&r, MUSIC_SIXTEEN, 4, 0, true);
	struct piece *other = piece_new(480);
	struct compose_options o;
	char why[80];

	(void)state;
	assert_non_null(other);
	compose_defaults(&o);
	o.primer = many;
	check_refused(m, &o, "the primer has 16 parts, the model at most 4");
	o.primer = other;
	check_refused(m, &o, "the primer's grid is 480 ticks a quarter, the model's 24");
	o.primer = four;
	o.parts = 3;
	check_refused(m, &o, "the primer has 4 parts, more than the 3 asked for");
	o.parts = 0;
	o.bars = bars_of(four);
	snprintf(why, sizeof why, "the primer has %d bars already", o.bars);
	check_refused(m, &o, why);
	o.bars = 1;
	check_refused(m, &o, why);
	piece_free(four);
	piece_free(many);
	piece_free(other);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on), cmocka_unit_test(test_most_bars), cmocka_unit_test(test_long_primers),
		cmocka_unit_test(test_empty),   cmocka_unit_test(test_key),       cmocka_unit_test(test_endless),
		cmocka_unit_test(test_style),   cmocka_unit_test(test_refused),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
