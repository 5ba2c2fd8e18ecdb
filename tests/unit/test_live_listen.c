/*
 * Phrases from a keyboard: what was meant comes out, in its tempo, key and
 * loudness; they end when they should; our own notes are not heard; and
 * nothing that a keyboard can do breaks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "count_allocations.h"
#include "doubles.h"
#include "live/listen.h"
#include "music/chord.h"
#include "music/rhythm.h"

#define MS         UINT64_C(1000000)
#define SECOND     (1000 * MS)
#define QUARTER_NS (600 * MS) /* 100 a minute */

static struct listen *l;
static uint64_t now;

static int start(void **state)
{
	(void)state;
	l = listen_new();
	now = 5 * SECOND;
	return l ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	listen_free(l);
	return 0;
}

static void message(int status, int a, int b)
{
	const uint8_t m[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};

	listen_message(l, m, sizeof m, now, 0);
}

static void press(int pitch, int velocity)
{
	message(0x90, pitch, velocity);
}

static void let_go(int pitch)
{
	message(0x80, pitch, 64);
}

static void pedal(bool down)
{
	message(0xb0, 64, down ? 127 : 0);
}

/* A note of a tune: so many ticks after the one before it, and so long. */
struct tune {
	int gap, pitch, duration;
};

/* "Twinkle", in C: quarters and a half, and a chord at the end. */
static const struct tune tune[] = {
	{0, 60, 24},  {24, 60, 24}, {24, 67, 24}, {24, 67, 24}, {24, 69, 24}, {24, 69, 24},
	{24, 67, 48}, {48, 65, 24}, {24, 65, 24}, {24, 64, 12}, {12, 65, 12}, {12, 64, 24},
	{24, 62, 24}, {24, 62, 24}, {24, 60, 48}, {0, 52, 48},  {0, 48, 48},
};
enum { TUNE = sizeof tune / sizeof *tune };

struct edge {
	uint64_t time;
	bool on;
	int pitch, velocity;
};

static int by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->time != y->time ? (x->time > y->time) - (x->time < y->time) : x->on - y->on;
}

/*
 * Play a tune from `now` on: `early` and `late` notes by a deviation of so many
 * seconds, held for a share of their durations. Messages carry moments that are
 * the time, at the tempo, from `moment` at the first note on.
 */
static void play(const struct tune *t, int n, double quarter, double deviation, double held, uint64_t moment)
{
	struct random random = random_stream(7, 0, 0, 0);
	struct edge edges[2 * 64];
	const uint64_t first = now;
	double at = 0;

	assert_true(n <= 64);
	for (int i = 0; i < n; i++) {
		double jitter = fmax(-2, fmin(2, random_normal(&random))) * deviation;

		at += t[i].gap * quarter / RHYTHM_TICKS;
		if (i == 0)
			jitter = fabs(jitter);
		edges[2 * i] = (struct edge){first + (uint64_t)((at + jitter) * 1e9), true, t[i].pitch, 60 + 3 * i};
		edges[2 * i + 1] = (struct edge){
			first + (uint64_t)((at + jitter + t[i].duration * held * quarter / RHYTHM_TICKS) * 1e9), false,
			t[i].pitch, 0};
	}
	/* a key is let go before it is struck again */
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			if (t[j].pitch == t[i].pitch && edges[2 * j].time < edges[2 * i + 1].time + 20 * MS)
				edges[2 * i + 1].time = edges[2 * j].time - 20 * MS;
	qsort(edges, 2 * (size_t)n, sizeof *edges, by_time);
	for (int i = 0; i < 2 * n; i++) {
		const uint8_t m[3] = {0x90, (uint8_t)edges[i].pitch, (uint8_t)(edges[i].on ? edges[i].velocity : 0)};
		const double past = (double)(edges[i].time - first) * 1e-9 / quarter;

		now = edges[i].time;
		listen_message(l, m, sizeof m, now, moment + (uint64_t)(past * (double)QUARTER));
	}
}

/* The song has the tune's notes, the first at a tick; how long the last ones were meant to be nobody can know. */
static void check_tune(const struct song *s, const struct tune *t, int n, int tick)
{
	int tick_of_last;

	assert_int_equal(s->n_parts, 1);
	assert_int_equal(s->parts[0].n, n);
	tick_of_last = s->parts[0].notes[n - 1].onset;
	for (int i = 0; i < n; i++) {
		const struct note *note = &s->parts[0].notes[i];

		tick += t[i].gap;
		assert_int_equal(note->onset, tick);
		assert_int_equal(note->pitch, t[i].pitch);
		if (note->duration != t[i].duration &&
		    (note->onset < tick_of_last || note->duration * 4 < t[i].duration * 3))
			fail_msg("note %d lasts %d ticks, not %d", i, note->duration, t[i].duration);
	}
}

static struct song *taken(struct heard *h)
{
	struct song *s = listen_song(l, h, now);

	if (!s)
		fail_msg("no song: %s", error_message());
	assert_int_equal(listen_notes(l), 0);
	return s;
}

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

/* ---- when it is over ---------------------------------------------------------------- */

static void test_silent_bar(void **state)
{
	struct listen_music music = {true, 0, 500000, 3, 2};

	(void)state;
	/* of the phrase's own tempo: four quarters */
	play(tune, TUNE, 0.6, 0, 1, 0);
	for (uint64_t t = 0; t < 2370; t += 10)
		assert_false(listen_done(l, now + t * MS));
	assert_true(listen_done(l, now + 2430 * MS));
	/* of the music: three */
	listen_forget(l);
	listen_music(l, &music);
	play(tune, TUNE, 0.6, 0, 1, 0);
	assert_false(listen_done(l, now + 1490 * MS));
	assert_true(listen_done(l, now + 1500 * MS));
	/* not while a key is down, */
	press(60, 80);
	assert_false(listen_done(l, now + 7900 * MS));
	/* for ever */
	assert_true(listen_done(l, now + 8000 * MS));
}

static void test_pedal(void **state)
{
	(void)state;
	/* pressed with the keys and let go after them, over and over: playing */
	for (int i = 0; i < 8; i++) {
		press(60 + i, 80);
		now += 100 * MS;
		pedal(true);
		now += 400 * MS;
		let_go(60 + i);
		now += 50 * MS;
		assert_false(listen_done(l, now));
		pedal(false);
		now += 50 * MS;
		assert_false(listen_done(l, now));
	}
	/* what it holds is no silence */
	press(60, 80);
	pedal(true);
	let_go(60);
	assert_false(listen_done(l, now + 5 * SECOND));
	now += 5 * SECOND;
	pedal(false);
	assert_false(listen_done(l, now + 900 * MS));
	/* a tap when all is quiet ends it at once */
	now += 300 * MS;
	pedal(true);
	now += 200 * MS;
	assert_false(listen_done(l, now));
	pedal(false);
	assert_true(listen_done(l, now));
	/* but not if it goes on */
	press(62, 80);
	assert_false(listen_done(l, now));
	let_go(62);
	/* nor a long press */
	pedal(true);
	now += 600 * MS;
	pedal(false);
	assert_false(listen_done(l, now));
	/* nor one with a note */
	pedal(true);
	now += 100 * MS;
	press(64, 80);
	let_go(64);
	pedal(false);
	assert_false(listen_done(l, now));
	/* without a phrase it is nothing */
	listen_forget(l);
	pedal(true);
	now += 100 * MS;
	pedal(false);
	assert_false(listen_done(l, now));
}

static void test_other_ends(void **state)
{
	struct song *s;

	(void)state;
	/* all notes off */
	press(60, 80);
	message(0x91, 64, 80);
	now += SECOND;
	message(0xb0, 123, 0);
	assert_false(listen_done(l, now + 3 * SECOND));
	message(0xb1, 120, 0);
	assert_true(listen_done(l, now + 3 * SECOND));
	/* percussion and what is not a note */
	listen_forget(l);
	message(0x99, 40, 100);
	message(0xe0, 0, 64);
	message(0xd0, 80, 0);
	listen_message(l, (const uint8_t[]){0xf8}, 1, now, 0);
	listen_message(l, (const uint8_t[]){0x90, 60}, 2, now, 0);
	listen_message(l, (const uint8_t[]){0x90, 200, 60}, 3, now, 0);
	listen_message(l, NULL, 0, now, 0);
	assert_int_equal(listen_notes(l), 0);
	/* a note that is still down lasts a bar at most */
	press(60, 80);
	now += 20 * SECOND;
	s = taken(NULL);
	assert_int_equal(s->parts[0].notes[0].duration, 96);
	song_free(s);
	/* its end is none of the next phrase's */
	let_go(60);
	assert_int_equal(listen_notes(l), 0);
}

/* ---- echoes -------------------------------------------------------------------------- */

static void test_echo(void **state)
{
	(void)state;
	listen_sent(l, 60, now);
	press(60, 80);
	message(0x93, 60, 80);
	assert_int_equal(listen_notes(l), 0);
	now += 50 * MS;
	press(60, 80);
	let_go(60);
	press(61, 80);
	assert_int_equal(listen_notes(l), 1);
	now += MS;
	press(60, 80);
	assert_int_equal(listen_notes(l), 2);
	/* sent in a moment */
	listen_sent(l, 70, now + 20 * MS);
	press(70, 80);
	assert_int_equal(listen_notes(l), 2);
	listen_sent(l, 128, now);
	listen_sent(l, -1, now);
	/* nor is a chord of them one that is held */
	now += SECOND;
	message(0xb0, 123, 0);
	for (int i = 0; i < 3; i++) {
		listen_sent(l, 60 + 4 * i, now);
		press(60 + 4 * i, 80);
	}
	assert_false(held_changed(listen_held(l), now + SECOND));
	assert_int_equal(listen_held(l)->classes, 0);
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

/* ---- floods -------------------------------------------------------------------------- */

/* Ten thousand notes a second, for ten seconds: the newest are kept, and nothing is allocated. */
static void test_flood(void **state)
{
	const uint64_t began = now;
	struct heard h;
	struct song *s;
	long before;

	(void)state;
	before = atomic_load(&allocations);
	for (int i = 0; i < 100000; i++) {
		press(i % 128, 1 + i % 127);
		now += 50000;
		let_go(i % 128);
		now += 50000;
		assert_true(listen_notes(l) <= LISTEN_NOTES);
		assert_false(listen_done(l, now));
	}
	assert_int_equal(atomic_load(&allocations), before);
	s = taken(&h);
	assert_true(h.notes > LISTEN_NOTES / 2 && h.from > began + 9 * SECOND);
	song_free(s);
}

/* All keys of all channels at once, and never let go. */
static void test_all_keys(void **state)
{
	const struct reading reading = {.grid = 24};
	struct piece *p;

	(void)state;
	for (int c = 0; c < 16; c++)
		for (int pitch = 0; pitch < 128; pitch++)
			message(0x90 | c, pitch, 100);
	assert_false(listen_done(l, now + 7 * SECOND));
	now += 8 * SECOND;
	assert_true(listen_done(l, now));
	p = listen_take(l, NULL, &reading, now);
	if (!p)
		fail_msg("%s", error_message());
	piece_free(p);
	assert_false(listen_done(l, now));
	/* the keys of before are let go, and it goes on */
	for (int pitch = 0; pitch < 128; pitch++)
		let_go(pitch);
	assert_int_equal(listen_notes(l), 0);
}

/* Anything at any time, with music and without: what comes out is in order, and its notes are notes. */
static void test_anything(void **state)
{
	struct random random = random_stream(11, 0, 0, 0);
	const struct reading reading = {.grid = 24};
	int pieces = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		const uint8_t m[3] = {(uint8_t)(0x80 | random_below(&random, i % 3 ? 48 : 128)),
		                      (uint8_t)random_below(&random, i % 50 ? 128 : 256),
		                      (uint8_t)random_below(&random, 128)};

		if (random_below(&random, 500) == 0) {
			const struct listen_music music = {
				random_below(&random, 2) > 0, random_bits(&random) >> random_below(&random, 64),
				1 + (int)random_below(&random, 0xffffff), (uint8_t)(1 + random_below(&random, 255)),
				(uint8_t)random_below(&random, 8)};

			listen_music(l, &music);
		}
		listen_message(l, m, random_below(&random, 5), now,
		               random_below(&random, 100) ? now : random_bits(&random) >> 2);
		now += random_bits(&random) >> (34 + random_below(&random, 30));
		if (listen_done(l, now) || random_below(&random, 2000) == 0) {
			struct piece *p = listen_notes(l) > 0 ? listen_take(l, NULL, &reading, now) : NULL;

			pieces += p != NULL;
			for (size_t k = 0; p && k + 1 < p->n; k++)
				assert_true(p->events[k].shift >= 0 &&
				            (p->events[k].kind != EVENT_NOTE || p->events[k].duration > 0));
			piece_free(p);
		}
	}
	assert_true(pieces > 20);
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
		cmocka_unit_test_setup_teardown(test_silent_bar, start, stop),
		cmocka_unit_test_setup_teardown(test_pedal, start, stop),
		cmocka_unit_test_setup_teardown(test_other_ends, start, stop),
		cmocka_unit_test_setup_teardown(test_echo, start, stop),
		cmocka_unit_test_setup_teardown(test_held, start, stop),
		cmocka_unit_test_setup_teardown(test_velocity, start, stop),
		cmocka_unit_test_setup_teardown(test_take, start, stop),
		cmocka_unit_test_setup_teardown(test_flood, start, stop),
		cmocka_unit_test_setup_teardown(test_all_keys, start, stop),
		cmocka_unit_test_setup_teardown(test_anything, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
