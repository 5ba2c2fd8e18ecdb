/*
 * Bounded pieces: from models of random weights, whose music is noise but
 * follows every rule, whatever is asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include "base/mem.h"
#include "compose_noise.h"
#include "model/begin.h"
#include "num/blas.h"

/* ---- tempo ------------------------------------------------------------------------ */

/* Of pieces of one style whose files state these quarters a minute, in twos. */
static int begins_at(const char *style, int first, int second)
{
	struct vocab_start starts[2] = {
		{.start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}, .count = 2},
		{.start = {.numerator = 3, .denominator_log2 = 2, .parts = 1}, .count = 2},
	};
	struct vocab v = small_vocab(24, 1);
	struct compose_options o;
	struct random r = random_stream(1, 0, 0, 0);
	struct start start;
	int us;

	v.styles[0] = mem_string(style);
	starts[0].us_per_quarter = 60000000 / first;
	starts[1].us_per_quarter = 60000000 / second;
	v.n_styles = 1;
	v.n_starts = 2;
	v.starts = starts;
	compose_defaults(&o);
	us = begin_choose(&start, &v, &o, &r);
	free(v.styles[0]);
	return (60000000 + us / 2) / us;
}

static void test_tempo(void **state)
{
	int at;

	(void)state;
	/* one tempo in all of them: what the style is known for, else what they say, but for 120 */
	assert_int_equal(begins_at("bach-chorales", 100, 100), 72);
	assert_int_equal(begins_at("techno", 128, 128), 128);
	assert_int_equal(begins_at("ireland", 120, 120), 84);
	/* several: theirs */
	at = begins_at("bach-chorales", 60, 66);
	assert_true(at == 60 || at == 66);
	at = begins_at("reels", 100, 120);
	assert_true(at == 100 || at == 120);
}

/* ---- seeds ------------------------------------------------------------------------ */

static void test_seeds(void **state)
{
	struct model *m = noise(MUSIC_ALL, true);
	struct compose_options o;
	struct piece *p[12];
	int equal = 0;

	(void)state;
	compose_defaults(&o);
	for (size_t i = 0; i < 12; i++) {
		o.seed = i / 2;
		o.bars = 4;
		o.key.tonic = i < 6 ? -1 : 2;
		p[i] = compose(m, &o);
	}
	for (size_t i = 0; i < 12; i += 2) {
		assert_true(same_events(p[i], p[i + 1]));
		equal += i > 0 && same_events(p[i], p[i - 1]);
	}
	assert_int_equal(equal, 0);
	for (size_t i = 0; i < 12; i++)
		piece_free(p[i]);
	model_free(m);
}

/* How pieces begin is drawn too, as often as the corpus has it. */
static void test_beginnings(void **state)
{
	struct model *m = noise(MUSIC_ALL, true);
	struct compose_options o;
	int threes = 0, asked = 0, counted = 0, all = 0;

	(void)state;
	compose_defaults(&o);
	for (int s = 0; s < m->vocab->n_starts; s++) {
		int count = m->vocab->starts[s].start.numerator == 3 ? 1 : 4;

		m->vocab->starts[s].count = count;
		counted += count == 1;
		all += count;
	}
	for (o.seed = 0; o.seed < 400; o.seed++, asked++) {
		struct composer *c = composer_new(m, &o);

		assert_non_null(c);
		threes += composer_start(c)->numerator == 3;
		composer_free(c);
	}
	assert_true(counted > all / 20 && counted < all / 3);
	if (abs(threes * all - counted * asked) > asked * all / 15)
		fail_msg("%d of %d begin in 3, %d of %d in the corpus", threes, asked, counted, all);
	model_free(m);
}

/* Two composers that take turns do not hear each other; a whole piece is what one event after the other is. */
static void test_turns(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_METRES, true);
	struct compose_options o;
	struct composer *c[2];
	struct piece *alone, *turns[2] = {piece_new(GRID), piece_new(GRID)};
	int more[2] = {1, 1};

	(void)state;
	compose_defaults(&o);
	o.bars = 6;
	o.seed = 4;
	alone = compose(m, &o);
	for (int i = 0; i < 2; i++) {
		c[i] = composer_new(m, &o);
		assert_true(c[i] && turns[i]);
	}
	for (int turn = 0; more[0] + more[1] > 0; turn++) {
		int i = turn % 3 > 0;
		struct event e;

		if (more[i])
			more[i] = composer_next(c[i], &e);
		assert_true(more[i] >= 0);
		if (more[i])
			music_add(turns[i], e);
	}
	for (int i = 0; i < 2; i++) {
		struct event e;

		assert_int_equal(composer_next(c[i], &e), 0);
		assert_true(same_events(alone, turns[i]));
		composer_free(c[i]);
		piece_free(turns[i]);
	}
	piece_free(alone);
	model_free(m);
}

/* ---- limits ------------------------------------------------------------------------- */

static void test_range_and_scale(void **state)
{
	static const struct {
		int low, high;
		unsigned scale;
	} limits[] = {
		{40, 90, 0},     {60, 72, 0},     {60, 60, 0}, {0, 5, 0},        {122, 127, 0},
		{0, 127, 0xAB5}, {50, 80, 0x249}, {60, 72, 1}, {0, 127, 1 << 7}, {64, 64, 0xAB5},
	};
	struct model *m = noise(MUSIC_ALL, true);
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	o.bars = 6;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		for (uint64_t seed = 0; seed < 5; seed++) {
			struct check k;
			struct piece *p;

			o.low = limits[i].low;
			o.high = limits[i].high;
			o.scale = limits[i].scale;
			o.seed = seed;
			o.parts = 3;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			piece_free(p);
		}
	model_free(m);
}

static void test_parts_style_tempo(void **state)
{
	struct model *m = noise(MUSIC_ALL, true);
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	o.bars = 2;
	for (int parts = 1; parts <= 16; parts++)
		for (int style = -1; style < 2; style++) {
			uint64_t heard = 0;
			struct check k;
			struct piece *p;

			o.parts = parts;
			o.style = style;
			o.us_per_quarter = parts % 2 ? 0 : 777777;
			o.seed = (uint64_t)parts;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			assert_true(p->start.parts == (UINT64_C(1) << parts) - 1);
			for (size_t i = 0; i < p->n; i++)
				heard |= p->events[i].kind == EVENT_NOTE ? UINT64_C(1) << p->events[i].part : 0;
			assert_true((heard & ~p->start.parts) == 0);
			if (style >= 0)
				assert_int_equal(p->start.style, style);
			assert_true(p->us_per_quarter > 0);
			if (parts % 2 == 0) {
				assert_int_equal(p->us_per_quarter, 777777);
				assert_int_equal(p->start.tempo, tempo_class(777777));
			}
			piece_free(p);
		}
	model_free(m);
}

/* The one best choice is what the least share of the probability holds. */
static void test_top_k(void **state)
{
	struct model *m = noise(MUSIC_CHORDS, true);
	struct compose_options o;
	struct piece *a, *b;

	(void)state;
	compose_defaults(&o);
	o.bars = 8;
	o.parts = 1;
	o.top_k = 1;
	o.temperature = 0.01;
	for (uint64_t seed = 0; seed < 4; seed++) {
		struct check k;

		o.seed = seed;
		a = compose(m, &o);
		check_piece(&k, m, &o, a);
		o.top_p = 0.01;
		b = compose(m, &o);
		check_piece(&k, m, &o, b);
		assert_true(same_events(a, b));
		o.top_p = 0;
		piece_free(a);
		piece_free(b);
	}
	model_free(m);
}

static void check_refused(const struct model *m, const struct compose_options *o, const char *why)
{
	assert_null(composer_new(m, o));
	if (!strstr(error_message(), why))
		fail_msg("\"%s\" is not in \"%s\"", why, error_message());
	assert_null(compose_piece(m, o));
}

static void test_refused(void **state)
{
	struct model *m = noise(MUSIC_FOUR, false);
	struct compose_options o, defaults;

	(void)state;
	compose_defaults(&defaults);
	o = defaults;
	o.low = 61;
	o.high = 61;
	o.scale = 1;
	check_refused(m, &o, "no pitch of the scale lies in the range");
	o = defaults;
	o.low = 70;
	o.high = 60;
	check_refused(m, &o, "no pitch");
	o = defaults;
	o.parts = 5;
	check_refused(m, &o, "at most 4 parts; 5 were asked for");
	o = defaults;
	o.style = 2;
	check_refused(m, &o, "style");
	o = defaults;
	o.temperature = 0;
	check_refused(m, &o, "temperature");
	o.temperature = NAN;
	check_refused(m, &o, "temperature");
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tempo),           cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_beginnings),      cmocka_unit_test(test_turns),
		cmocka_unit_test(test_range_and_scale), cmocka_unit_test(test_parts_style_tempo),
		cmocka_unit_test(test_top_k),           cmocka_unit_test(test_refused),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
