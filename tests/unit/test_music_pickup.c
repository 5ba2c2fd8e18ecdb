/* Pickups: both ways files write them come to one, and nothing moves against the bar lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "music/grid.h"
#include "random_song.h"

/* Quarter notes from `first` on. */
static struct song *quarters(int ppq, int first, int n)
{
	struct song *s = song_new(ppq);

	song_add_part(s, NULL, 0, -1);
	for (int i = 0; i < n; i++)
		put_note(s, 0, first + i * ppq, ppq, 60 + i, 80);
	return s;
}

static void test_short_first_metre(void **state)
{
	struct song *s = quarters(480, 0, 9);

	(void)state;
	song_add_metre(s, 0, 1, 2);
	song_add_metre(s, 480, 4, 2);
	song_order(s);
	song_find_pickup(s);
	assert_int_equal(s->pickup, 480);
	assert_int_equal(s->n_metres, 1);
	assert_int_equal(s->metres[0].tick, 0);
	assert_int_equal(s->metres[0].numerator, 4);
	assert_int_equal(s->parts[0].notes[0].onset, 0);
	assert_int_equal(song_bar_line(s, 1), 480);
	song_free(s);
}

static void test_opening_rests(void **state)
{
	struct song *s = quarters(480, 1440, 9);

	(void)state;
	song_add_metre(s, 0, 4, 2);
	song_add_metre(s, 1920 * 2, 3, 2);
	song_add_tempo(s, 0, 400000);
	song_add_tempo(s, 240, 600000); /* in the silence: holds from the start */
	song_add_marker(s, 1440, "fermata");
	song_add_text(s, 100, "words");
	s->end = 8000;
	song_order(s);
	song_find_pickup(s);
	assert_int_equal(s->pickup, 480);
	assert_int_equal(s->parts[0].notes[0].onset, 0);
	assert_int_equal(s->metres[1].tick, 1920 * 2 - 1440);
	assert_int_equal(s->n_tempos, 1);
	assert_int_equal(s->tempos[0].us_per_quarter, 600000);
	assert_int_equal(s->tempos[0].tick, 0);
	assert_int_equal(s->markers[0].tick, 0);
	assert_int_equal(s->texts[0].tick, 0);
	assert_int_equal(s->end, 8000 - 1440);
	song_free(s);
}

/* A metre of the short bar's own and rests within it, or a metre change right after it. */
static void test_both_at_once(void **state)
{
	struct song *a = quarters(24, 12, 9), *b = quarters(24, 84, 9), *c = quarters(24, 72, 9);

	(void)state;
	song_add_metre(a, 0, 1, 2);
	song_add_metre(a, 24, 4, 2);
	song_order(a);
	song_find_pickup(a);
	song_add_metre(b, 0, 4, 2);
	song_order(b);
	song_find_pickup(b);
	check_same_music(a, b);
	assert_int_equal(a->pickup, 12);
	/* 4/4 that only ever had the pickup: the piece is in 3/4. */
	song_add_metre(c, 0, 4, 2);
	song_add_metre(c, 96, 3, 2);
	song_order(c);
	song_find_pickup(c);
	assert_int_equal(c->pickup, 24);
	assert_int_equal(c->n_metres, 1);
	assert_int_equal(c->metres[0].numerator, 3);
	song_free(a);
	song_free(b);
	song_free(c);
}

static void test_silence_that_stays(void **state)
{
	static const int firsts[] = {0, 96, 97, 120, 192 + 24, 1, 2};

	(void)state;
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		struct song *s = quarters(24, firsts[i], 5);

		song_order(s);
		song_find_pickup(s);
		assert_int_equal(s->pickup, 0);
		assert_int_equal(s->parts[0].notes[0].onset, firsts[i]);
		song_free(s);
	}
}

/* A player who comes in late, or early, moves nobody else against the beat. */
static void test_jitter(void **state)
{
	static const int firsts[] = {1440, 1443, 1450, 1455, 1425};

	(void)state;
	for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
		struct song *s = song_new(480), *g;

		song_add_part(s, NULL, 0, -1);
		put_note(s, 0, firsts[i], 400, 72, 80);
		for (int k = 0; k < 8; k++) /* none of them exactly on its beat */
			put_note(s, 0, 1920 + k * 480 + k % 3 * 3 - 3, 480, 60 + k, 80);
		song_order(s);
		song_find_pickup(s);
		g = grid_snap(s, 24, NULL);
		song_find_pickup(g);
		for (size_t k = 1; k < g->parts[0].n; k++)
			assert_int_equal((g->parts[0].notes[k].onset - g->pickup) % 24, 0);
		assert_int_equal(g->parts[0].notes[0].onset, 0);
		assert_in_range(g->pickup, 23, 25);
		song_free(g);
		song_free(s);
	}
}

static void test_nothing_to_find(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	song_find_pickup(s);
	assert_int_equal(s->pickup, 0);
	song_free(s);
}

/* Finding again finds nothing new; every note keeps its distance to its bar line. */
static void test_property(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 2, 0, 0);
	int found = 0;

	for (int round = 0; round < 2000; round++) {
		struct song *s = random_song(&r, (enum song_kind)(round % SONG_KINDS)), *once, *twice;
		bool snapped = below(&r, 2);
		int cut;

		if (snapped) {
			struct song *g = grid_snap(s, 24, NULL);

			song_free(s);
			s = g;
		}
		song_order(s);
		once = song_copy(s);
		song_find_pickup(once);
		twice = song_copy(once);
		song_find_pickup(twice);
		check_same_music(once, twice);
		cut = s->parts[0].notes[0].onset - once->parts[0].notes[0].onset;
		found += once->pickup > 0;
		for (size_t k = 0; k < s->n_parts; k++)
			for (size_t i = 0; i < s->parts[k].n; i++) {
				int before = s->parts[k].notes[i].onset;
				int after = once->parts[k].notes[i].onset;

				assert_int_equal(before - after, cut);
				/* The line after it: the start of a short first bar is none. */
				assert_int_equal(song_bar_line(s, before + 1) - before,
				                 song_bar_line(once, after + 1) - after);
			}
		song_free(s);
		song_free(once);
		song_free(twice);
	}
	assert_true(found > 100);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_first_metre),
		cmocka_unit_test(test_opening_rests),
		cmocka_unit_test(test_both_at_once),
		cmocka_unit_test(test_silence_that_stays),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_nothing_to_find),
		cmocka_unit_test_prestate(test_property, &seed),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
