/*
 * Vocabularies counted from a corpus, and the universal code of what has no
 * symbol: that it sums to one, and that values are drawn as it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include "base/error.h"
#include "doubles.h"
#include "model/vocab.h"
#include "model_music.h"

/* ---- the code ---------------------------------------------------------------- */

/* The code's tail from a whole number of bars 2^m - 1 on has 2^-m of it, however many symbols are left out before. */
static double sum_of_costs(const struct symbols *s, int low, int bar, int m)
{
	int bound = low + ((1 << m) - 1) * bar;
	double sum = 0, left = 1;

	for (int value = low; value < bound; value++)
		if (symbols_find(s, value) == s->n)
			sum += exp(-escape_cost(s, low, bar, value));
	/* The scale that symbols before the bound leave the rest with, from a value far beyond it. */
	left = exp(-escape_cost(s, low, bar, bound)) * bar * ldexp(1, 2 * m + 1);
	return sum + left * ldexp(1, -m);
}

static void test_code_sums_to_one(void **state)
{
	static const struct symbols few = {1, {24}}, usual = {6, {0, 6, 12, 24, 48, 96}},
				    dense = {9, {0, 1, 2, 3, 4, 5, 6, 7, 8}};
	const struct symbols *sets[] = {&few, &usual, &dense};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int low = 0; low < 2; low++)
			for (int bar = 1; bar < 200; bar += 13)
				check_near(sum_of_costs(sets[i], low, bar, 8), 1, 1e-9);
	/* 64 symbols that leave hardly anything over. */
	for (int bar = 1; bar < 4; bar++) {
		struct symbols full = {VOCAB_SYMBOLS_MAX, {0}};

		for (int j = 0; j < VOCAB_SYMBOLS_MAX; j++)
			full.values[j] = j;
		check_near(sum_of_costs(&full, 0, bar, 8), 1, 1e-9);
	}
}

static void test_code_reaches_everything(void **state)
{
	static const struct symbols s = {2, {1, 12}};
	static const int values[] = {2, 13, 96, 9600, 1000000, SONG_TICK_MAX};
	double last = 0;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		double cost = escape_cost(&s, 1, 96, values[i]);

		assert_true(isfinite(cost) && cost >= last);
		last = cost;
	}
	assert_true(isfinite(escape_cost(&s, 0, 1, SONG_TICK_MAX)));
	assert_true(last < 64);
}

/* Drawn values against the code, cut at the limit: Pearson's chi-square over values, then over bars. */
static void check_draws(const struct symbols *s, int low, int bar, int limit, uint64_t seed)
{
	enum { DRAWS = 60000, CELLS = 64 };
	struct random random = random_stream(seed, 0, 0, 0);
	double expected[CELLS] = {0}, counted[CELLS] = {0}, total = 0, chi = 0;
	int cells = 0, single = low + 40 < limit ? low + 40 : limit;

	for (int value = low; value <= limit; value++) {
		int cell = value < single ? value - low : 40 + (value - single) * 20 / (limit - single + 1);

		if (symbols_find(s, value) < s->n)
			continue;
		expected[cell] += exp(-escape_cost(s, low, bar, value));
		total += exp(-escape_cost(s, low, bar, value));
	}
	for (int i = 0; i < DRAWS; i++) {
		int value = escape_draw(s, low, bar, limit, &random);

		assert_true(value >= low && value <= limit && symbols_find(s, value) == s->n);
		counted[value < single ? value - low : 40 + (value - single) * 20 / (limit - single + 1)]++;
	}
	for (int i = 0; i < CELLS; i++) {
		double e = expected[i] / total * DRAWS;

		if (expected[i] == 0)
			assert_true(counted[i] == 0);
		if (e < 5)
			continue;
		chi += (counted[i] - e) * (counted[i] - e) / e;
		cells++;
	}
	assert_true(cells > 10);
	if (!(chi < cells + 5 * sqrt(2 * cells)))
		fail_msg("chi-square %g over %d cells", chi, cells);
}

static void test_draws(void **state)
{
	static const struct symbols durations = {4, {6, 12, 24, 48}}, shifts = {5, {0, 6, 12, 24, 48}};

	(void)state;
	check_draws(&shifts, 0, 96, 192, 1);
	check_draws(&durations, 1, 96, 384, 2);
	check_draws(&durations, 1, 7, 200, 3);
	check_draws(&shifts, 0, 1, 60, 4);
}

/* Where the symbols leave nothing under the limit, what comes is still one that the limit allows, if any is. */
static void test_draws_without_room(void **state)
{
	static const struct symbols all = {6, {1, 2, 3, 4, 5, 6}};
	struct random random = random_stream(5, 0, 0, 0);

	(void)state;
	for (int limit = 1; limit <= 6; limit++)
		for (int i = 0; i < 20; i++) {
			int value = escape_draw(&all, 1, 4, limit, &random);

			assert_true(value >= 1 && value <= limit);
		}
}

/* ---- counting ------------------------------------------------------------------ */

/* A melody of the same note again and again, then the end. */
static struct piece *repeated(int n, int shift, int duration, int pitch, int velocity)
{
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start.parts = 1;
	for (int i = 0; i < n; i++) {
		struct event e = music_note(i ? shift : 0, 0, pitch, duration);

		e.velocity = (uint8_t)velocity;
		music_add(p, e);
	}
	music_add(p, music_end(duration));
	return p;
}

static void test_symbols(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct vocab *v;

	(void)state;
	music_corpus_add(c, repeated(4000, 12, 12, 60, 80), SPLIT_TRAIN);
	music_corpus_add(c, repeated(50, 24, 36, 48, 80), SPLIT_TRAIN);
	music_corpus_add(c, repeated(2, 7, 31, 72, 80), SPLIT_TRAIN);       /* too few */
	music_corpus_add(c, repeated(50, 4096, 5000, 50, 80), SPLIT_TRAIN); /* too long for a symbol */
	music_corpus_add(c, repeated(50, 18, 18, 100, 30), SPLIT_VALID);    /* not for training */
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->grid, GRID);
	assert_int_equal(v->durations.n, 2);
	assert_int_equal(v->durations.values[0], 12);
	assert_int_equal(v->durations.values[1], 36);
	/* The end's shift counts as one: 36 and 5000 came once, 12 once more. */
	assert_int_equal(v->shifts.n, 3);
	assert_int_equal(v->shifts.values[0], 0);
	assert_int_equal(v->shifts.values[1], 12);
	assert_int_equal(v->shifts.values[2], 24);
	assert_int_equal(symbols_find(&v->shifts, 24), 2);
	assert_int_equal(symbols_find(&v->shifts, 13), 3);
	assert_int_equal(symbols_find(&v->shifts, 1 << 30), 3);
	assert_int_equal(v->low[0], 48);
	assert_int_equal(v->high[0], 72);
	assert_false(v->dynamics);
	assert_int_equal(v->velocity, 80);
	vocab_free(v);
	corpus_free(c);
}

/* No more than 64, and those the most frequent. */
static void test_most_symbols(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct vocab *v;

	(void)state;
	for (int d = 1; d <= 100; d++)
		music_corpus_add(c, repeated(d <= 30 ? 20 : 21 + d, d, d, 60, d), SPLIT_TRAIN);
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->durations.n, VOCAB_SYMBOLS_MAX);
	for (int i = 0; i < v->durations.n; i++)
		assert_int_equal(v->durations.values[i], 37 + i);
	assert_int_equal(v->shifts.n, VOCAB_SYMBOLS_MAX);
	assert_int_equal(v->shifts.values[0], 0);
	assert_true(v->dynamics);
	vocab_free(v);
	corpus_free(c);
}

static void test_starts_and_metres(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct piece *held_out = repeated(5, 12, 12, 60, 80);
	struct vocab *v;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct piece *p = repeated(8, 12, 12, 60, 80);

		p->start.numerator = i < 7 ? 3 : 6;
		p->start.denominator_log2 = i < 7 ? 2 : 3;
		p->start.style = i < 7;
		p->programs[0] = i < 4 ? 40 : 41;
		if (i == 9)
			p->events[4] = music_metre(12, 7, 4);
		music_corpus_add(c, p, SPLIT_TRAIN);
	}
	held_out->start.parts = 7; /* three parts, to be scored */
	held_out->start.numerator = 11;
	music_corpus_add(c, held_out, SPLIT_VALID);
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->parts, 3);
	assert_int_equal(v->n_metres, 3);
	assert_int_equal(vocab_metre(v, 3, 2), 0);
	assert_int_equal(vocab_metre(v, 6, 3), 1);
	assert_int_equal(vocab_metre(v, 7, 4), 2);
	assert_int_equal(vocab_metre(v, 11, 2), 3);
	assert_int_equal(v->n_starts, 2);
	assert_int_equal(v->starts[0].count, 7);
	assert_int_equal(v->starts[0].start.style, 1);
	assert_int_equal(v->starts[1].count, 3);
	assert_int_equal(v->programs[0], 41);
	assert_int_equal(v->programs[1], -1);
	assert_int_equal(vocab_style(v, "tunes"), 1);
	assert_int_equal(vocab_style(v, "Tunes"), -1);
	vocab_free(v);
	corpus_free(c);
}

/* How many bars pieces have: each while there are few, then as many quantiles; held-out pieces do not count. */
static void test_lengths(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct piece *held_out = repeated(4000, 24, 24, 60, 80), *upbeat = repeated(9, 24, 24, 60, 80);
	struct vocab *v;

	(void)state;
	upbeat->start.pickup = 24; /* and two bars */
	music_corpus_add(c, held_out, SPLIT_VALID);
	music_corpus_add(c, upbeat, SPLIT_TRAIN);
	music_corpus_add(c, repeated(1, 0, 5, 60, 80), SPLIT_TRAIN);
	music_corpus_add(c, repeated(17, 24, 24, 60, 80), SPLIT_TRAIN); /* a quarter into the fifth */
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->n_lengths, 3);
	assert_int_equal(v->lengths[0], 1);
	assert_int_equal(v->lengths[1], 2);
	assert_int_equal(v->lengths[2], 5);
	vocab_free(v);
	for (int bars = 10; bars < 200; bars++)
		music_corpus_add(c, repeated(4 * bars, 24, 24, 60, 80), SPLIT_TRAIN);
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->n_lengths, VOCAB_LENGTHS_MAX);
	for (int i = 1; i < v->n_lengths; i++)
		assert_true(v->lengths[i] > v->lengths[i - 1] && v->lengths[i] < v->lengths[i - 1] + 10);
	assert_true(v->lengths[0] <= 2 && v->lengths[VOCAB_LENGTHS_MAX - 1] > 190);
	assert_true(abs(v->lengths[VOCAB_LENGTHS_MAX / 2] - 103) < 4);
	vocab_free(v);
	corpus_free(c);
}

/* Where the tails are held out, nothing in them is counted. */
static void test_tails(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_TAIL);
	struct piece *p = repeated(80, 12, 12, 60, 80);
	struct vocab *v;

	(void)state;
	for (size_t i = 71; i < 80; i++)
		p->events[i] = music_note(18, 0, 90, 30);
	music_corpus_add(c, p, SPLIT_TRAIN);
	c->pieces[0].train_events = 71;
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->durations.n, 1);
	assert_int_equal(v->shifts.n, 2);
	assert_int_equal(v->high[0], 60);
	vocab_free(v);
	corpus_free(c);
}

static void test_nothing_to_train_on(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	(void)state;
	music_corpus_add(c, repeated(8, 12, 12, 60, 80), SPLIT_VALID);
	assert_null(vocab_new(c));
	assert_non_null(strstr(error_message(), "no music to train on"));
	corpus_free(c);
}

/* A piece of one note still has a duration with a symbol. */
static void test_one_note(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct vocab *v;

	(void)state;
	music_corpus_add(c, repeated(1, 0, 17, 60, 80), SPLIT_TRAIN);
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->durations.n, 1);
	assert_int_equal(v->durations.values[0], 17);
	assert_int_equal(v->shifts.n, 1);
	vocab_free(v);
	corpus_free(c);
}

/* More styles than a model has room for: the first have a number, pieces of the others an unknown one. */
static void test_most_styles(void **state)
{
	enum { STYLES = VOCAB_STYLES_MAX + 4 };
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct vocab *v;
	int unknown = 0;

	(void)state;
	for (size_t i = 0; i < c->n_styles; i++)
		free(c->styles[i]);
	free(c->styles);
	c->styles = mem_new(STYLES, sizeof *c->styles);
	assert_non_null(c->styles);
	for (c->n_styles = 0; c->n_styles < STYLES; c->n_styles++) {
		char name[16];
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		snprintf(name, sizeof name, "style %03zu", c->n_styles);
		c->styles[c->n_styles] = mem_string(name);
		p->start.parts = 1;
		p->start.style = (int)c->n_styles;
		music_add(p, music_note(0, 0, 60, 24));
		music_add(p, music_end(24));
		music_corpus_add(c, p, SPLIT_TRAIN);
	}
	v = vocab_new(c);
	assert_non_null(v);
	assert_int_equal(v->n_styles, VOCAB_STYLES_MAX);
	for (int i = 0; i < v->n_starts; i++) {
		assert_true(v->starts[i].start.style < v->n_styles);
		unknown += v->starts[i].start.style < 0 ? v->starts[i].count : 0;
	}
	assert_int_equal(unknown, STYLES - VOCAB_STYLES_MAX);
	assert_int_equal(vocab_style(v, "style 255"), 255);
	assert_int_equal(vocab_style(v, "style 256"), -1);
	vocab_free(v);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_sums_to_one),
		cmocka_unit_test(test_code_reaches_everything),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_draws_without_room),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_most_symbols),
		cmocka_unit_test(test_starts_and_metres),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_most_styles),
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_nothing_to_train_on),
		cmocka_unit_test(test_one_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
