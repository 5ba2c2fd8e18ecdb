/*
 * Phrases from a keyboard: what was meant comes out, in its tempo, key and
 * loudness.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "doubles.h"
#include "keyboard_played.h"
#include "music/chord.h"

/* ---- what is heard ------------------------------------------------------------------ */

static void test_phrase(void **state)
{
	struct heard h;
	struct song *s;

	(void)state;
	assert_false(listen_done(l, now));
	assert_null(listen_song(l, NULL, now));
	play(tune, TUNE, 0.6, 0, 0.9, 0);
	assert_int_equal(listen_notes(l), TUNE);
	s = taken(&h);
	check_tune(s, tune, TUNE, 0);
	assert_int_equal(s->pickup, 0);
	assert_int_equal(s->metres[0].numerator, 4);
	assert_in_range(s->tempos[0].us_per_quarter, 597000, 603000);
	assert_int_equal(h.us_per_quarter, s->tempos[0].us_per_quarter);
	assert_false(h.timed);
	assert_string_equal(key_name(h.key), "C major");
	assert_int_equal(h.notes, TUNE);
	assert_int_equal(h.softest, 60);
	assert_int_equal(h.loudest, 60 + 3 * (TUNE - 1));
	check_near(h.velocity, 60 + 1.5 * (TUNE - 1), 1e-9);
	check_near(h.deviation, 3 * sqrt((TUNE * TUNE - 1) / 12.0), 1e-9);
	assert_int_equal(h.lowest, 48);
	assert_int_equal(h.highest, 69);
	assert_true(h.from == 5 * SECOND && h.to == now);
	song_free(s);
	assert_false(listen_done(l, now + 100 * SECOND));
}

/* As people play: early and late, detached and legato, chords not quite at once, at any tempo. */
static void test_by_hand(void **state)
{
	(void)state;
	for (double bpm = 76; bpm <= 124; bpm += 6)
		for (double held = 0.75; held <= 1.1; held += 0.1) {
			struct heard h;
			struct song *s;

			play(tune, TUNE, 60 / bpm, 0.008, held, 0);
			s = taken(&h);
			check_near(60e6 / h.us_per_quarter, bpm, bpm * 0.02);
			check_tune(s, tune, TUNE, 0);
			song_free(s);
			now += 3 * SECOND;
		}
}

static void test_upbeat(void **state)
{
	static const struct tune song[] = {
		{12, 67, 12}, {12, 60, 24}, {24, 64, 24}, {24, 67, 36}, {36, 65, 12}, {12, 64, 24},
		{24, 62, 24}, {24, 60, 24}, {24, 62, 12}, {12, 64, 12}, {12, 60, 48},
	};
	struct song *s;

	(void)state;
	play(song, 11, 0.6, 0, 1, 0);
	s = taken(NULL);
	assert_int_equal(s->pickup, 12);
	check_tune(s, song, 11, -12);
	song_free(s);
}

/* With music running: in its bars and its tempo, whatever the phrase would say by itself. */
static void test_running(void **state)
{
	static const struct tune triplets[] = {
		{0, 60, 8}, {8, 62, 8}, {8, 64, 8}, {8, 65, 6}, {6, 64, 6}, {6, 62, 6}, {6, 60, 6}, {6, 67, 24},
	};
	struct listen_music music = {true, 1000 * QUARTER, 400000, 3, 2};

	(void)state;
	listen_music(l, &music);
	for (int beat = -7; beat < 12; beat++) {
		struct heard h;
		struct song *s;
		int place = ((beat % 3) + 3) % 3;

		play(triplets, 8, 0.4, 0.006, 0.9, music.bar_at + (uint64_t)((int64_t)QUARTER * beat));
		s = taken(&h);
		assert_true(h.timed);
		assert_int_equal(h.us_per_quarter, 400000);
		assert_int_equal(s->metres[0].numerator, 3);
		/* silence of a beat or more before it is none of a pickup's bar */
		assert_int_equal(s->pickup, place == 0 ? 0 : (3 - place) * 24);
		check_tune(s, triplets, 8, 0);
		song_free(s);
		now += 3 * SECOND;
	}
	/* a bit before the bar line is on it */
	{
		struct song *s;

		play(triplets, 8, 0.4, 0, 0.9, music.bar_at - QUARTER / 20);
		s = taken(NULL);
		assert_int_equal(s->pickup, 0);
		song_free(s);
	}
}

/* Always late, or always early, as people are who play along with what they hear: no less in time. */
static void test_late(void **state)
{
	static const struct tune sixteenths[] = {
		{0, 60, 6},  {6, 62, 6}, {6, 64, 6}, {6, 65, 6}, {6, 67, 12}, {12, 64, 12},
		{12, 62, 6}, {6, 64, 6}, {6, 65, 6}, {6, 62, 6}, {6, 60, 24},
	};
	struct listen_music music = {true, 64 * QUARTER, 340000, 4, 2};

	(void)state;
	listen_music(l, &music);
	for (int ms = -40; ms <= 40; ms += 5) {
		const int64_t late = (int64_t)QUARTER * ms / 340;
		struct song *s;

		play(sixteenths, 11, 0.34, 0.008, 0.9, music.bar_at + (uint64_t)late);
		s = taken(NULL);
		assert_int_equal(s->pickup, 0);
		check_tune(s, sixteenths, 11, 0);
		song_free(s);
		now += 3 * SECOND;
	}
}

/* Music that stops, or begins anew, in the middle: the phrase is timed by itself. */
static void test_music_stops(void **state)
{
	struct listen_music music = {true, 0, 400000, 4, 2};
	struct heard h;
	struct song *s;

	(void)state;
	listen_music(l, &music);
	press(60, 80);
	music.runs = false;
	listen_music(l, &music);
	let_go(60);
	s = taken(&h);
	assert_false(h.timed);
	song_free(s);

	music.runs = true;
	listen_music(l, &music);
	play(tune, TUNE / 2, 0.6, 0, 0.9, 100 * QUARTER);
	now += 300 * MS;
	play(tune, TUNE / 2, 0.6, 0, 0.9, 0);
	s = taken(&h);
	assert_false(h.timed);
	assert_int_equal(song_notes(s), TUNE / 2 * 2);
	song_free(s);
}

static void test_rolled_chord(void **state)
{
	struct song *s;

	(void)state;
	for (int c = 0; c < 6; c++) {
		for (int i = 0; i < 4; i++) {
			press(48 + 4 * i + c, 80);
			now += 10 * MS;
		}
		now += 500 * MS;
		for (int i = 0; i < 4; i++)
			let_go(48 + 4 * i + c);
		now += 60 * MS;
	}
	s = taken(NULL);
	assert_int_equal(s->parts[0].n, 24);
	for (size_t i = 0; i < 24; i++) {
		assert_int_equal(s->parts[0].notes[i].onset, 24 * (int)(i / 4));
		assert_int_equal(s->parts[0].notes[i].duration, 24);
	}
	song_free(s);
}

/* ---- chords ------------------------------------------------------------------------- */

static void test_held(void **state)
{
	char name[CHORD_NAME_MAX];

	(void)state;
	press(43, 80);
	press(50, 80);
	press(58, 80);
	press(65, 80);
	assert_true(held_changed(listen_held(l), now + 100 * MS));
	assert_true(chord_name(name, sizeof name, listen_held(l)->classes, listen_held(l)->bass));
	assert_string_equal(name, "Gm7");
	listen_forget(l);
	assert_int_equal(held_keys(listen_held(l)), 4);
}

/* ---- loudness ------------------------------------------------------------------------ */

static void test_velocity(void **state)
{
	const struct heard plain = {.velocity = 50, .deviation = 6}, lively = {.velocity = 100, .deviation = 12},
			   flat = {.velocity = 3, .deviation = 0};

	(void)state;
	assert_int_equal(heard_velocity(&plain, 80, 80), 50);
	assert_int_equal(heard_velocity(&plain, 85, 80), 55);
	assert_int_equal(heard_velocity(&lively, 70, 80), 80);
	assert_int_equal(heard_velocity(&lively, 127, 80), 127);
	assert_int_equal(heard_velocity(&flat, 90, 80), 8);
	assert_int_equal(heard_velocity(&flat, 20, 80), 1);
}

/* ---- pieces -------------------------------------------------------------------------- */

static void test_take(void **state)
{
	const struct reading reading = {.grid = 12}, top = {.grid = 24, .take = TAKE_TOP};
	struct heard h;
	struct piece *p;

	(void)state;
	assert_null(listen_take(l, &h, &reading, now));
	play(tune, TUNE, 0.6, 0.005, 0.9, 0);
	p = listen_take(l, &h, &reading, now);
	assert_non_null(p);
	assert_int_equal(p->grid, 12);
	assert_int_equal(p->n, TUNE + 1);
	assert_int_equal(p->events[1].shift, 12);
	assert_int_equal(p->events[6].duration, 24);
	assert_int_equal(p->events[TUNE].kind, EVENT_END);
	assert_string_equal(key_name(p->key), "C major");
	assert_int_equal(p->us_per_quarter, h.us_per_quarter);
	piece_free(p);
	play(tune, TUNE, 0.6, 0, 0.9, 0);
	p = listen_take(l, NULL, &top, now);
	assert_non_null(p);
	assert_int_equal(p->n, TUNE - 2 + 1);
	piece_free(p);
	/* a single note is a phrase */
	press(64, 1);
	now += 500 * MS;
	let_go(64);
	p = listen_take(l, &h, &reading, now);
	assert_non_null(p);
	assert_int_equal(p->n, 2);
	assert_int_equal(h.notes, 1);
	piece_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_phrase, start, stop),
		cmocka_unit_test_setup_teardown(test_by_hand, start, stop),
		cmocka_unit_test_setup_teardown(test_upbeat, start, stop),
		cmocka_unit_test_setup_teardown(test_running, start, stop),
		cmocka_unit_test_setup_teardown(test_late, start, stop),
		cmocka_unit_test_setup_teardown(test_music_stops, start, stop),
		cmocka_unit_test_setup_teardown(test_rolled_chord, start, stop),
		cmocka_unit_test_setup_teardown(test_held, start, stop),
		cmocka_unit_test_setup_teardown(test_velocity, start, stop),
		cmocka_unit_test_setup_teardown(test_take, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
