/*
 * Tokens of the seed and the composers: hand-made pieces against what they
 * are spelled as, the codes of what has no symbol, chords counted and found,
 * and the seed's weights, as many as the system that it comes from had.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "base/error.h"
#include "doubles.h"
#include "model/network.h"
#include "model_kinds.h"

static struct piece *piece_of(const struct event *events, size_t n, int parts)
{
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start.parts = (UINT64_C(1) << parts) - 1;
	p->start.numerator = 4;
	p->start.denominator_log2 = 2;
	for (size_t i = 0; i < n; i++)
		music_add(p, events[i]);
	return p;
}

/* A vocabulary of pitches 60-64 in so many parts, durations 12 and 24, shifts 0 and 24. */
static struct vocab hand_vocab(int parts)
{
	struct vocab v = small_vocab(GRID, parts);

	v.durations = (struct symbols){2, {12, 24}};
	v.shifts = (struct symbols){2, {0, 24}};
	v.low[0] = 60;
	v.high[0] = 64;
	return v;
}

static void check_token(const struct token *t, size_t event, int notes, int pitch, int duration, int shift)
{
	assert_int_equal(t->event, event);
	assert_int_equal(t->notes, notes);
	assert_int_equal(t->symbol[HEAD_PITCH], pitch);
	assert_int_equal(t->symbol[HEAD_DURATION], duration);
	assert_int_equal(t->symbol[HEAD_SHIFT], shift);
}

/* ---- the seed -------------------------------------------------------------- */

static void test_melody(void **state)
{
	const struct event events[] = {
		music_note(0, 0, 62, 24),  /* ends where the next begins */
		music_note(24, 0, 64, 12), /* then half a beat of nothing */
		music_metre(24, 3, 2),     /* nothing of a token, but time goes on */
		music_note(0, 0, 72, 24),  /* higher than any, struck with the next */
		music_note(0, 0, 60, 13),  /* of a length without a symbol */
		music_end(37),             /* 24 after that has ended */
	};
	struct piece *p = piece_of(events, sizeof events / sizeof *events, 1);
	struct vocab v = hand_vocab(1);
	struct tokens t = {NULL, 0, 0};
	struct generator g;

	(void)state;
	assert_int_equal(generator_init(&g, &seed_config, &v), 0);
	assert_int_equal(seed_pitches(&v), 5);
	assert_int_equal(head_classes(&g, HEAD_PITCH), 9);
	assert_int_equal(tokens_spell(&t, &g, p, 0), 0);
	assert_int_equal(t.n, 8);
	check_token(&t.list[0], 0, 1, 2, 1, -1);
	check_token(&t.list[1], 1, 1, 4, 0, -1);
	check_token(&t.list[2], 3, 0, seed_class(&v, SEED_REST), 0, -1);
	check_token(&t.list[3], 3, 1, seed_class(&v, SEED_OTHER), 1, -1);
	check_token(&t.list[4], 4, 0, seed_class(&v, SEED_OVERLAP), 1, -1);
	check_token(&t.list[5], 4, 1, 0, 2, -1);
	check_token(&t.list[6], 5, 0, seed_class(&v, SEED_REST), 1, -1);
	check_token(&t.list[7], 5, 0, seed_class(&v, SEED_END), -1, -1);
	/* one of the 123 pitches without a symbol; a duration by the code of events */
	check_near(t.list[3].escape[HEAD_PITCH], log(123), 1e-12);
	check_near(t.list[5].escape[HEAD_DURATION], escape_cost(&v.durations, 1, 96, 13), 1e-12);
	for (size_t i = 0; i < t.n; i++)
		assert_true(i == 3 || t.list[i].escape[HEAD_PITCH] == 0);
	/* transposed, the pitches move and nothing else */
	assert_int_equal(tokens_spell(&t, &g, p, -2), 0);
	assert_int_equal(t.n, 8);
	check_token(&t.list[0], 0, 1, 0, 1, -1);
	check_token(&t.list[5], 4, 1, seed_class(&v, SEED_OTHER), 2, -1);
	tokens_done(&t);
	generator_done(&g);
	piece_free(p);
}

/* 39 pitches and 18 durations, LSTMs of 256: 4,025,436 weights. */
static void test_weights(void **state)
{
	struct generator_config config = seed_config;
	struct vocab v = small_vocab(GRID, 1);
	struct generator g;

	(void)state;
	config.trunk = 256;
	v.low[0] = 50;
	v.high[0] = 50 + 39 - SEED_SYMBOLS - 1;
	v.durations.n = 17;
	for (int i = 0; i < v.durations.n; i++)
		v.durations.values[i] = i + 1;
	assert_int_equal(generator_init(&g, &config, &v), 0);
	assert_int_equal(head_classes(&g, HEAD_PITCH), 39);
	assert_int_equal(head_classes(&g, HEAD_DURATION), 18);
	assert_int_equal(params_count(&g.params), 4025436);
	generator_done(&g);
	/* a melody is one part */
	v.parts = 2;
	assert_int_equal(generator_init(&g, &config, &v), -1);
	assert_non_null(strstr(error_message(), "up to 2"));
}

/* ---- the composers --------------------------------------------------------- */

static struct chord chord_of(int a, int b, int c)
{
	struct chord chord = {{0, 0}};

	chord_add(&chord, a);
	if (b >= 0)
		chord_add(&chord, b);
	if (c >= 0)
		chord_add(&chord, c);
	return chord;
}

static void test_chords(void **state)
{
	const struct event events[] = {
		music_note(0, 0, 64, 24),
		music_note(0, 1, 60, 24),  /* a chord that has a symbol */
		music_note(24, 0, 64, 24), /* and a pitch */
		music_note(24, 0, 64, 24),
		music_note(0, 1, 60, 12), /* of unequal notes */
		music_metre(24, 3, 2),
		music_note(24, 0, 70, 24), /* none, 48 on: the metre is no token */
		music_end(24),
	};
	struct piece *p = piece_of(events, sizeof events / sizeof *events, 2);
	struct vocab v = hand_vocab(2);
	struct chord *list = mem_new(2, sizeof *list);
	struct tokens t = {NULL, 0, 0};
	struct generator g;

	(void)state;
	assert_non_null(list);
	list[0] = chord_of(64, -1, -1);
	list[1] = chord_of(60, 64, -1);
	chords_of_list(&v.chords, list, 2);
	assert_int_equal(generator_init(&g, &composer_config, &v), 0);
	assert_int_equal(head_classes(&g, HEAD_PITCH), 4);
	assert_int_equal(head_classes(&g, HEAD_DURATION), 0);
	assert_int_equal(tokens_spell(&t, &g, p, 0), 0);
	assert_int_equal(t.n, 5);
	check_token(&t.list[0], 0, 2, 1, -1, -1);
	check_token(&t.list[1], 2, 1, 0, -1, -1);
	check_token(&t.list[2], 3, 2, 1, -1, -1);
	check_token(&t.list[3], 6, 1, composer_other(&v), -1, -1);
	check_token(&t.list[4], 7, 0, composer_end(&v), -1, -1);
	generator_done(&g);

	assert_int_equal(generator_init(&g, &composer_plus_config, &v), 0);
	assert_int_equal(tokens_spell(&t, &g, p, 0), 0);
	assert_int_equal(t.n, 5);
	check_token(&t.list[0], 0, 2, 1, 1, 0);
	check_token(&t.list[1], 2, 1, 0, 1, 1);
	check_token(&t.list[2], 3, 2, 1, 2, 1);
	check_token(&t.list[3], 6, 1, composer_other(&v), 1, 2);
	check_token(&t.list[4], 7, 0, composer_end(&v), -1, 1);
	/* each of the two notes: one of two symbols and the escape */
	check_near(t.list[2].escape[HEAD_DURATION], 2 * log(3), 1e-12);
	check_near(t.list[3].escape[HEAD_SHIFT], escape_cost(&v.shifts, 0, 96, 48), 1e-12);
	tokens_done(&t);
	generator_done(&g);
	chords_done(&v.chords);
	piece_free(p);
}

/* All chords of one to three pitches have together what the code gives to one, two and three: 1/2 + 1/8 + 1/8. */
static double sum_of_code(const struct chords *c)
{
	double sum = 0;

	for (int i = 0; i < 128; i++)
		for (int j = -1; j < i; j++)
			for (int k = -1; k < (j < 0 ? 0 : j); k++) {
				const struct chord chord = chord_of(i, j, k);

				if (chords_find(c, &chord) == c->n)
					sum += exp(-chord_escape_cost(c, &chord));
			}
	return sum;
}

static void test_code(void **state)
{
	struct chords none, some;
	struct chord *list = mem_new(3, sizeof *list);
	double taken;

	(void)state;
	assert_non_null(list);
	chords_of_list(&none, NULL, 0);
	check_near(sum_of_code(&none), 0.75, 1e-9);
	list[0] = chord_of(60, -1, -1);
	list[1] = chord_of(60, 61, -1);
	list[2] = chord_of(1, 2, 100);
	taken = exp(-chord_escape_cost(&none, &list[0])) + exp(-chord_escape_cost(&none, &list[1])) +
	        exp(-chord_escape_cost(&none, &list[2]));
	chords_of_list(&some, list, 3);
	check_near(some.left, 1 - taken, 1e-12);
	check_near(sum_of_code(&some), (0.75 - taken) / (1 - taken), 1e-9);
	for (int i = 0; i < 3; i++)
		assert_int_equal(chords_find(&some, &list[i]), i);
	chords_done(&some);
}

/* Those that come twice in training music, in order; of held-out music nothing. */
static void test_collect(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct chords chords;
	struct chord chord = chord_of(60, 64, -1);

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct event events[] = {
			music_note(0, 0, 64, 24),
			music_note(0, 1, 60, 24),
			music_note(24, 0, i == 2 ? 90 : 50 + i, 24),
			music_note(24, 0, 90, 2),
			music_end(24),
		};

		music_corpus_add(c, piece_of(events, 5, 2), i == 2 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	assert_int_equal(chords_collect(&chords, c), 0);
	assert_int_equal(chords.n, 2);
	assert_int_equal(chords_find(&chords, &chord), 0);
	chord = chord_of(90, -1, -1);
	assert_int_equal(chords_find(&chords, &chord), 1);
	chord = chord_of(50, -1, -1);
	assert_int_equal(chords_find(&chords, &chord), 2);
	assert_true(chord_order(&chords.list[0], &chords.list[1]) < 0);
	chords_done(&chords);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_melody), cmocka_unit_test(test_weights), cmocka_unit_test(test_chords),
		cmocka_unit_test(test_code),   cmocka_unit_test(test_collect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
