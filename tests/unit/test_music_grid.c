/* Snapping to the grid: where things go, what is counted, and that a snapped song stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "doubles.h"
#include "music/grid.h"
#include "random_song.h"

static struct song *one_part(int ppq)
{
	struct song *s = song_new(ppq);

	song_add_part(s, NULL, 0, -1);
	return s;
}

static void test_nearest_halves_up(void **state)
{
	struct song *s = one_part(480), *g; /* 20 file ticks a grid tick */
	struct grid_report r;

	(void)state;
	put_note(s, 0, 0, 480, 60, 80);
	put_note(s, 0, 489, 480, 61, 80);  /* 24.45 */
	put_note(s, 0, 970, 480, 62, 80);  /* 48.5 */
	put_note(s, 0, 1451, 480, 63, 80); /* 72.55 */
	g = grid_snap(s, 24, &r);
	assert_int_equal(g->ppq, 24);
	assert_int_equal(g->parts[0].notes[1].onset, 24);
	assert_int_equal(g->parts[0].notes[1].duration, 24);
	assert_int_equal(g->parts[0].notes[2].onset, 49);
	assert_int_equal(g->parts[0].notes[3].onset, 73);
	assert_int_equal(g->end, 97);
	assert_int_equal(r.notes, 4);
	assert_int_equal(r.onsets_moved, 3);
	assert_int_equal(r.ends_moved, 3);
	check_near(r.worst_ms, 10 * 500.0 / 480, 1e-9);
	song_free(g);
	song_free(s);
}

/* 16ths, triplets of quarters, eighths and 16ths, on files of any kind: nothing moves. */
static void test_exact(void **state)
{
	static const int ppqs[] = {24, 48, 96, 120, 480, 960};

	(void)state;
	for (size_t i = 0; i < sizeof ppqs / sizeof *ppqs; i++) {
		struct song *s = one_part(ppqs[i]), *g;
		struct grid_report r;

		for (int k = 1; k < 12; k++) {
			put_note(s, 0, k * ppqs[i] / 12 * 2, ppqs[i] / 6, 60, 80);
			put_note(s, 0, k * ppqs[i] / 8 * 2, ppqs[i] / 4, 40, 80);
		}
		g = grid_snap(s, 24, &r);
		assert_int_equal(r.onsets_moved + r.ends_moved + r.graces + r.chords_gathered + r.doubles_dropped, 0);
		check_same(r.worst_ms, 0);
		song_free(g);
		song_free(s);
	}
}

static void test_graces(void **state)
{
	struct song *s = one_part(480), *g;
	struct grid_report r;

	(void)state;
	put_note(s, 0, 0, 5, 60, 80);    /* a quarter of a tick */
	put_note(s, 0, 110, 18, 61, 80); /* 5.5 to 6.4: both ends on 6 */
	put_note(s, 0, 229, 2, 62, 80);  /* over a boundary: 11.45 to 11.55 */
	put_note(s, 0, 480, 20, 63, 80); /* one tick as the grid says it */
	put_note(s, 0, 960, 40, 64, 80);
	g = grid_snap(s, 24, &r);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(g->parts[0].notes[i].duration, 1);
		assert_true(g->parts[0].notes[i].grace);
	}
	assert_false(g->parts[0].notes[4].grace);
	assert_int_equal(r.graces, 3);
	song_free(g);
	song_free(s);
}

static void test_chords(void **state)
{
	struct song *s = one_part(480), *g;
	struct grid_report r;

	(void)state;
	/* At 120 a tick of 480 is 1.04 ms: 10 is within 15 ms and on the next grid tick. */
	put_note(s, 0, 0, 480, 60, 80);
	put_note(s, 0, 7, 480, 64, 80);
	put_note(s, 0, 13, 480, 67, 80);
	put_note(s, 0, 14, 480, 60, 80); /* struck again: no chord */
	/* Beyond 15 ms of the first: a new one. */
	put_note(s, 0, 960, 480, 60, 80);
	put_note(s, 0, 975, 480, 64, 80);
	put_note(s, 0, 974, 480, 67, 80);
	/* Another part gathers for itself. */
	song_add_part(s, NULL, 1, -1);
	put_note(s, 1, 14, 480, 48, 80);
	g = grid_snap(s, 24, &r);
	assert_int_equal(g->parts[0].notes[0].onset, 0);
	assert_int_equal(g->parts[0].notes[1].onset, 0);
	assert_int_equal(g->parts[0].notes[2].onset, 0);
	assert_int_equal(g->parts[0].notes[3].onset, 1);
	assert_int_equal(g->parts[0].notes[3].pitch, 60);
	assert_int_equal(g->parts[0].notes[4].onset, 48);
	assert_int_equal(g->parts[0].notes[4].pitch, 67);
	assert_int_equal(g->parts[0].notes[5].onset, 48);
	assert_int_equal(g->parts[0].notes[6].onset, 49);
	assert_int_equal(g->parts[1].notes[0].onset, 1);
	assert_int_equal(r.chords_gathered, 2);
	song_free(g);
	song_free(s);
}

/* At 200 a grid tick is 12.5 ms: a grace on the tick before its note is no chord. */
static void test_fast_graces(void **state)
{
	struct song *s = one_part(480), *g;
	struct grid_report r;

	(void)state;
	song_add_tempo(s, 0, 300000);
	put_note(s, 0, 460, 20, 62, 80);
	put_note(s, 0, 480, 480, 60, 80);
	g = grid_snap(s, 24, &r);
	assert_int_equal(g->parts[0].notes[0].onset, 23);
	assert_int_equal(g->parts[0].notes[1].onset, 24);
	assert_int_equal(r.chords_gathered, 0);
	song_free(g);
	song_free(s);
}

static void test_doubles(void **state)
{
	struct song *s = one_part(480), *g;
	struct grid_report r;

	(void)state;
	put_note(s, 0, 0, 480, 60, 50);
	put_note(s, 0, 2, 480, 60, 90);
	put_note(s, 0, 3, 240, 60, 30); /* another duration: another note */
	song_add_part(s, NULL, 1, -1);
	put_note(s, 1, 0, 480, 60, 80); /* another part: a unison */
	g = grid_snap(s, 24, &r);
	assert_int_equal(r.doubles_dropped, 1);
	assert_int_equal(song_notes(g), 3);
	assert_int_equal(g->parts[0].notes[1].velocity, 90);
	song_free(g);
	song_free(s);
}

static void test_metres(void **state)
{
	struct song *s = one_part(480), *g;
	struct grid_report r;

	(void)state;
	put_note(s, 0, 0, 480 * 40, 60, 80);
	song_add_metre(s, 480 * 4, 3, 2);            /* after a bar of 4/4, unsaid */
	song_add_metre(s, 480 * 8, 2, 2);            /* a beat too late: counted */
	song_add_metre(s, 480 * 10, 5, 6);           /* 7.5 ticks: counted */
	song_add_metre(s, 480 * 10 + 150 * 4, 4, 2); /* after four of those; 30 ticks, not 32: counted */
	song_add_metre(s, 480 * 40, 3, 2);           /* at the end, and after it: for nothing */
	song_add_metre(s, 480 * 50, 5, 2);
	g = grid_snap(s, 24, &r);
	assert_int_equal(r.metres_bent, 3);
	assert_int_equal(g->n_metres, 5);
	assert_int_equal(g->metres[0].tick, 0);
	assert_int_equal(g->metres[0].numerator, 4);
	assert_int_equal(g->metres[2].tick, 24 * 8);
	assert_int_equal(g->metres[4].tick, 24 * 10 + 30);
	song_free(g);
	song_free(s);
}

static void test_pickup_and_maps(void **state)
{
	struct song *s = one_part(480), *g;

	(void)state;
	put_note(s, 0, 0, 480, 60, 80);
	s->pickup = 485;
	song_add_tempo(s, 0, 400000);
	song_add_tempo(s, 4, 600000); /* the same tick of the grid: the later holds */
	song_add_key(s, 11, 2, false);
	song_add_marker(s, 490, "fermata");
	song_add_text(s, 469, "x");
	s->end = 10000;
	g = grid_snap(s, 24, NULL);
	assert_int_equal(g->pickup, 24);
	assert_int_equal(g->n_tempos, 1);
	assert_int_equal(g->tempos[0].us_per_quarter, 600000);
	assert_int_equal(g->keys[0].tick, 1);
	assert_int_equal(g->markers[0].tick, 25);
	assert_int_equal(g->texts[0].tick, 23);
	assert_int_equal(g->end, 500);
	song_free(g);
	/* A pickup that is a whole bar on the grid is none. */
	s->pickup = 1915;
	g = grid_snap(s, 24, NULL);
	assert_int_equal(g->pickup, 0);
	song_free(g);
	song_free(s);
}

static void test_too_long(void **state)
{
	struct song *s = one_part(1);

	(void)state;
	put_note(s, 0, SONG_TICK_MAX - 10, 5, 60, 80);
	assert_null(grid_snap(s, 24, NULL));
	assert_non_null(strstr(error_message(), "longer than"));
	song_free(s);
	s = one_part(32767);
	put_note(s, 0, SONG_TICK_MAX - 10, 5, 60, 80);
	song_add_tempo(s, 0, 0xffffff);
	{
		struct song *g = grid_snap(s, 480, NULL);

		assert_non_null(g);
		song_free(g);
	}
	song_free(s);
}

/* Nothing goes further than half a tick, but for gathered chords; a snapped song is snapped. */
static void test_property(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 3, 0, 0);

	for (int round = 0; round < 1000; round++) {
		struct song *s = random_song(&r, (enum song_kind)(round % SONG_KINDS)), *once, *twice;
		int grid = below(&r, 4) ? 24 : 1 + below(&r, 100);
		struct grid_report report, again;

		once = grid_snap(s, grid, &report);
		assert_non_null(once);
		assert_int_equal(report.notes, song_notes(s));
		assert_int_equal(song_notes(once) + (size_t)report.doubles_dropped, song_notes(s));
		if (report.chords_gathered == 0 && s->n_tempos == 0)
			assert_true(report.worst_ms <= 250.0 / grid + 1e-9);
		twice = grid_snap(once, grid, &again);
		check_same_music(once, twice);
		assert_int_equal(again.onsets_moved + again.ends_moved + again.chords_gathered + again.doubles_dropped,
		                 0);
		assert_true(once->n_metres >= 1 && once->metres[0].tick == 0);
		song_free(s);
		song_free(once);
		song_free(twice);
	}
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest_halves_up),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_graces),
		cmocka_unit_test(test_chords),
		cmocka_unit_test(test_fast_graces),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_metres),
		cmocka_unit_test(test_pickup_and_maps),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test_prestate(test_property, &seed),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
