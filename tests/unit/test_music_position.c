/* Place in the bar and the phrase: against a slow reference, and knowing only the past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "music/grid.h"
#include "music/position.h"
#include "random_song.h"

static struct start start_of(int numerator, int denominator_log2, int pickup)
{
	return (struct start){.style = -1,
	                      .numerator = (uint8_t)numerator,
	                      .denominator_log2 = (uint8_t)denominator_log2,
	                      .pickup = pickup};
}

static void note(struct position *p, int shift, int part, int duration, bool fermata)
{
	struct event e = {
		.kind = EVENT_NOTE, .duration = duration, .part = (uint8_t)part, .pitch = 60, .fermata = fermata};

	position_shift(p, shift);
	position_event(p, &e);
}

static void check_place(const struct position *p, int bar, int in_bar, int phrase_bars, int phrase_start)
{
	assert_int_equal(p->bar, bar);
	assert_int_equal(position_in_bar(p), in_bar);
	assert_int_equal(position_phrase_bars(p), phrase_bars);
	assert_int_equal(p->phrase_start, phrase_start);
}

static void test_four_bars(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	check_place(&p, 0, 0, 0, 0);
	for (int i = 0; i < 4 * 9; i++) {
		note(&p, i ? 24 : 0, 0, 24, false);
		check_place(&p, i / 4, i % 4 * 24, i / 4 % 4, i / 16 * 384);
	}
}

static void test_pickup(void **state)
{
	struct start start = start_of(3, 2, 24);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	note(&p, 0, 0, 24, false);
	check_place(&p, -1, 48, 0, 0);
	assert_int_equal(p.bar_start, -48);
	note(&p, 24, 0, 24, false);
	check_place(&p, 0, 0, 0, 0);
	/* The phrase that began with the pickup has four bars after it. */
	for (int i = 1; i < 12; i++)
		note(&p, 24, 0, 24, false);
	check_place(&p, 3, 48, 3, 0);
	note(&p, 24, 0, 24, false);
	check_place(&p, 4, 0, 0, 24 + 4 * 72);
	/* A pickup of a bar, and of more. */
	start.pickup = 72;
	position_start(&p, 24, &start);
	check_place(&p, -1, 0, 0, 0);
	start.pickup = 80;
	position_start(&p, 24, &start);
	check_place(&p, -2, 64, 0, 0);
	note(&p, 0, 0, 79, false);
	position_shift(&p, 80);
	check_place(&p, 0, 0, 0, 0);
}

static void test_fermata(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	for (int i = 0; i < 6; i++)
		note(&p, i ? 24 : 0, 0, 24, false);
	note(&p, 24, 0, 24, true); /* third beat of bar 1 */
	note(&p, 0, 3, 24, true);
	check_place(&p, 1, 48, 1, 0);
	note(&p, 24, 0, 24, false); /* the upbeat of the next phrase */
	check_place(&p, 1, 72, 0, 168);
	note(&p, 24, 0, 24, false); /* whose bars count from here */
	check_place(&p, 2, 0, 0, 168);
	for (int i = 0; i < 4; i++)
		note(&p, 24, 0, 24, false);
	check_place(&p, 3, 0, 1, 168);
}

static void test_long_note(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	note(&p, 0, 0, 24, false);
	note(&p, 24, 0, 24, false);
	note(&p, 0, 1, 48, false);  /* long, but not of the top part */
	note(&p, 24, 0, 48, false); /* half a bar, up to the line */
	note(&p, 48, 0, 48, false); /* half a bar, in the middle */
	check_place(&p, 1, 0, 0, 96);
	note(&p, 48, 0, 24, false);
	note(&p, 24, 0, 24, false);
	note(&p, 24, 0, 24, false);
	check_place(&p, 2, 0, 1, 96);
	note(&p, 24, 0, 264, false); /* over two lines to a third */
	position_shift(&p, 200);
	check_place(&p, 4, 32, 3, 96);
	position_shift(&p, 64);
	check_place(&p, 5, 0, 0, 480);
}

/* Long notes below the top part end no phrase; of a held chord the last note's end does. */
static void test_long_note_elsewhere(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	note(&p, 0, 0, 24, false);
	note(&p, 0, 1, 96, false);
	for (int i = 1; i < 4; i++)
		note(&p, 24, 0, 24, false);
	note(&p, 24, 0, 192, false);
	note(&p, 0, 0, 96, false);
	check_place(&p, 1, 0, 1, 0);
	position_shift(&p, 96);
	check_place(&p, 2, 0, 2, 0);
	position_shift(&p, 96);
	check_place(&p, 3, 0, 0, 288);
}

static void test_rests(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	note(&p, 0, 0, 48, false);
	note(&p, 60, 1, 24, false);
	position_shift(&p, 36); /* half a bar of rest up to the line */
	check_place(&p, 1, 0, 0, 96);
	/* The rest goes on: no phrase a bar, but every four. */
	position_shift(&p, 96);
	check_place(&p, 2, 0, 1, 96);
	position_shift(&p, 96 * 4 + 3);
	check_place(&p, 6, 3, 1, 96 + 4 * 96);
	/* Until the top part comes in at a line. */
	note(&p, 93, 1, 24, false);
	check_place(&p, 7, 0, 2, 96 + 4 * 96);
	note(&p, 0, 0, 24, false);
	check_place(&p, 7, 0, 0, 7 * 96);
}

static void test_metre_change(void **state)
{
	struct start start = start_of(4, 2, 0);
	struct event three = {.kind = EVENT_METRE, .numerator = 3, .denominator_log2 = 2};
	struct position p;

	(void)state;
	position_start(&p, 24, &start);
	note(&p, 0, 0, 80, false);
	position_shift(&p, 96);
	position_event(&p, &three);
	check_place(&p, 1, 0, 1, 0);
	assert_int_equal(p.bar_length, 72);
	note(&p, 0, 0, 70, false);
	note(&p, 80, 0, 24, false);
	check_place(&p, 2, 8, 2, 0);
	three.numerator = 2;
	position_event(&p, &three); /* not at a line: cuts the bar short */
	check_place(&p, 3, 0, 3, 0);
	note(&p, 5, 0, 40, false);
	three.numerator = 3;
	position_event(&p, &three); /* again, which makes it the fourth bar */
	check_place(&p, 4, 0, 0, 96 + 80 + 5);
	position_shift(&p, 72);
	assert_int_equal(position_in_bar(&p), 0);
}

static void test_wild_shifts(void **state)
{
	struct start start = start_of(1, 7, 0);
	struct event e = {.kind = EVENT_NOTE, .duration = INT32_MAX};
	struct position p;

	(void)state;
	position_start(&p, 1, &start);
	assert_int_equal(p.bar_length, 1);
	for (int i = 0; i < 5; i++) {
		position_shift(&p, INT32_MAX);
		position_event(&p, &e);
	}
	assert_int_equal(p.now, POSITION_TICK_MAX);
	assert_int_equal(position_in_bar(&p), 0);
	start = start_of(255, 0, 5);
	position_start(&p, 480, &start);
	position_shift(&p, INT32_MAX);
	position_event(&p, &e);
	assert_in_range(position_in_bar(&p), 0, p.bar_length - 1);
}

/* A piece's events, some made odd: long notes, fermatas, rests. */
static struct piece *random_piece(struct random *r, int round)
{
	struct song *raw = random_song(r, (enum song_kind)(round % SONG_KINDS)), *s = grid_snap(raw, 24, NULL);
	struct piece *p;

	song_find_pickup(s);
	p = piece_from_song(s);
	assert_non_null(p);
	for (size_t i = 0; i < p->n; i++) {
		if (below(r, 10) == 0)
			p->events[i].duration = 1 + below(r, 300);
		p->events[i].fermata = below(r, 20) == 0;
	}
	song_free(raw);
	song_free(s);
	return p;
}

/* A long step is many steps of one tick. */
static void test_steps(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 5, 0, 0);

	for (int round = 0; round < 200; round++) {
		struct piece *piece = random_piece(&r, round);
		struct position a, b;

		position_start(&a, piece->grid, &piece->start);
		position_start(&b, piece->grid, &piece->start);
		for (size_t i = 0; i < piece->n; i++) {
			position_shift(&a, piece->events[i].shift);
			for (int k = 0; k < piece->events[i].shift; k++) {
				position_shift(&b, 1);
				assert_in_range(position_in_bar(&b), 0, b.bar_length - 1);
				/* A phrase is never longer than four bars, but for an upbeat and a bar cut short. */
				assert_in_range(position_phrase_bars(&b), 0, PHRASE_BARS - 1);
			}
			assert_memory_equal(&a, &b, sizeof a);
			position_event(&a, &piece->events[i]);
			position_event(&b, &piece->events[i]);
			assert_memory_equal(&a, &b, sizeof a);
		}
		piece_free(piece);
	}
}

/* Bar lines are where the song has them. */
static void test_against_song(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 6, 0, 0);

	for (int round = 0; round < 300; round++) {
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS)), *s = grid_snap(raw, 24, NULL);
		struct piece *piece;
		struct position p;

		song_find_pickup(s);
		piece = piece_from_song(s);
		position_start(&p, 24, &piece->start);
		for (size_t i = 0; i < piece->n; i++) {
			const struct event *e = &piece->events[i];
			bool line;

			position_shift(&p, e->shift);
			position_event(&p, e);
			if (e->kind != EVENT_NOTE)
				continue;
			line = song_bar_line(s, p.now) == p.now;
			if (p.now > 0 || s->pickup == 0)
				assert_int_equal(line, position_in_bar(&p) == 0);
		}
		piece_free(piece);
		song_free(raw);
		song_free(s);
	}
}

/*
 * What is said of an event before it is taken depends on those before it and
 * on its shift alone: two pieces that agree so far get the same answers.
 */
static void test_causal(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 7, 0, 0);

	for (int round = 0; round < 300; round++) {
		struct piece *a = random_piece(&r, round), *b = random_piece(&r, round + 1);
		size_t cut = (size_t)below(&r, (int)a->n);
		struct position p, q;

		position_start(&p, a->grid, &a->start);
		position_start(&q, a->grid, &a->start);
		for (size_t i = 0; i < a->n; i++) {
			const struct event *own = &a->events[i], *other = i < cut ? own : &b->events[i % b->n];

			position_shift(&p, own->shift);
			position_shift(&q, i <= cut ? own->shift : other->shift);
			if (i <= cut)
				assert_memory_equal(&p, &q, sizeof p);
			position_event(&p, own);
			position_event(&q, other);
		}
		piece_free(a);
		piece_free(b);
	}
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_bars),
		cmocka_unit_test(test_pickup),
		cmocka_unit_test(test_fermata),
		cmocka_unit_test(test_long_note),
		cmocka_unit_test(test_long_note_elsewhere),
		cmocka_unit_test(test_rests),
		cmocka_unit_test(test_metre_change),
		cmocka_unit_test(test_wild_shifts),
		cmocka_unit_test_prestate(test_steps, &seed),
		cmocka_unit_test_prestate(test_against_song, &seed),
		cmocka_unit_test_prestate(test_causal, &seed),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
