/*
 * Songs for property tests: random ones of many kinds, from a seed that
 * MUSEGEN_SEED sets and every run prints, and what it takes to compare them.
 */
#ifndef TESTS_UNIT_RANDOM_SONG_H
#define TESTS_UNIT_RANDOM_SONG_H

#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "music/song.h"

enum song_kind {
	SONG_MELODY,
	SONG_CHORALE, /* four parts, one voice each, mostly together */
	SONG_PIANO,   /* chords of up to eight notes, two parts */
	SONG_SIXTEEN, /* sixteen parts */
	SONG_UNISONS, /* two parts with the same notes */
	SONG_REPEATS, /* one pitch again and again, chords of one part among them */
	SONG_GRACES,  /* notes too short for a grid */
	SONG_METRES,  /* the metre changes, at bar lines and elsewhere */
	SONG_SILENCE, /* a hundred bars of it, in the middle and after the end */
	SONG_PICKUP,  /* written one way or the other */
	SONG_KINDS
};

static inline uint64_t test_seed(void)
{
	const char *s = getenv("MUSEGEN_SEED");
	uint64_t seed = s ? strtoull(s, NULL, 10) : (uint64_t)time(NULL);

	print_message("MUSEGEN_SEED=%llu repeats this run\n", (unsigned long long)seed);
	return seed;
}

static inline int below(struct random *r, int n)
{
	return (int)random_below(r, (uint32_t)n);
}

static inline void put_note(struct song *s, int part, int onset, int duration, int pitch, int velocity)
{
	struct note note = {
		.onset = onset, .duration = duration, .pitch = (uint8_t)pitch, .velocity = (uint8_t)velocity};

	assert_int_equal(song_add_note(s, part, note), 0);
}

/* Ticks of n 16ths, at times with a little of the hand that played it. */
static inline int sixteenths(const struct song *s, struct random *r, int n, int jitter)
{
	int tick = n * s->ppq / 4;

	if (jitter > 0)
		tick += below(r, jitter);
	return tick;
}

/* A line of notes in a part, `start` and lengths in 16ths, with rests. */
static inline void put_line(struct song *s, struct random *r, int part, int start, int n, int centre, int jitter)
{
	int at = start, pitch = centre;

	for (int i = 0; i < n; i++) {
		int length = 1 + below(r, 8);
		int onset = sixteenths(s, r, at, jitter), end = sixteenths(s, r, at + length, jitter);

		pitch += below(r, 9) - 4;
		if (pitch < 0 || pitch > 127)
			pitch = centre;
		put_note(s, part, onset, end > onset ? end - onset : 1, pitch, 1 + below(r, 127));
		at += length + (below(r, 6) == 0 ? below(r, 9) : 0);
	}
}

static inline void put_chords(struct song *s, struct random *r, int part, int n, int low, int jitter)
{
	int at = below(r, 4);

	for (int i = 0; i < n; i++) {
		int notes = 1 + below(r, 8), length = 1 + below(r, 8);

		for (int k = 0; k < notes; k++) {
			int onset = sixteenths(s, r, at, jitter);
			int end = sixteenths(s, r, at + 1 + below(r, length), jitter);

			put_note(s, part, onset, end > onset ? end - onset : 1, low + below(r, 30), 1 + below(r, 127));
		}
		at += 1 + below(r, 6);
	}
}

static inline void put_metres(struct song *s, struct random *r, int n)
{
	int at = 0;

	for (int i = 0; i < n; i++) {
		struct metre m = {at, (uint8_t)(1 + below(r, 12)), (uint8_t)(1 + below(r, 4))};

		assert_int_equal(song_add_metre(s, at, m.numerator, m.denominator_log2), 0);
		at += (1 + below(r, 4)) * metre_bar(&m, s->ppq);
		if (below(r, 4) == 0)
			at += below(r, s->ppq);
	}
}

/* A song of a kind, as a file would tell it: unsnapped, in no particular order. Free it with song_free(). */
static inline struct song *random_song(struct random *r, enum song_kind kind)
{
	static const int ppqs[] = {24, 96, 120, 192, 384, 480, 960, 1024, 100, 7};
	struct song *s = song_new(ppqs[below(r, (int)(sizeof ppqs / sizeof *ppqs))]);
	int jitter = below(r, 2) ? 0 : s->ppq / 12;
	int parts = kind == SONG_MELODY ? 1 : kind == SONG_CHORALE ? 4 : kind == SONG_SIXTEEN ? 16 : 1 + below(r, 3);
	int length = 1 + below(r, 60), last;

	assert_non_null(s);
	for (int k = 0; k < parts; k++)
		assert_int_equal(song_add_part(s, k ? NULL : "one", k % 16, k % 3 ? k : -1), k);
	if (below(r, 3))
		song_add_tempo(s, below(r, 2) * below(r, 100), 200000 + below(r, 1000000));
	if (kind == SONG_METRES)
		put_metres(s, r, 1 + below(r, 8));
	else if (kind == SONG_PICKUP && below(r, 2)) {
		song_add_metre(s, 0, 1 + below(r, 2), 2);
		song_add_metre(s, s->metres[0].numerator * s->ppq, 3 + below(r, 2), 2);
	} else if (below(r, 2))
		song_add_metre(s, 0, 1 + below(r, 8), 1 + below(r, 3));
	for (int k = 0; k < parts; k++) {
		int start = kind == SONG_PICKUP ? below(r, 16) : 0;

		if (kind == SONG_PIANO)
			put_chords(s, r, k, length, 80 - 30 * k, jitter);
		else
			put_line(s, r, k, start, length, 80 - 3 * k, jitter);
	}
	last = s->parts[0].notes[s->parts[0].n - 1].onset;
	if (kind == SONG_UNISONS) {
		int part = song_add_part(s, "unison", 9, 40);

		for (size_t i = 0; i < s->parts[0].n; i++)
			if (below(r, 4))
				song_add_note(s, part, s->parts[0].notes[i]);
		if (s->parts[part].n == 0)
			song_add_note(s, part, s->parts[0].notes[0]);
	}
	if (kind == SONG_REPEATS)
		for (int i = 0; i < 20; i++)
			put_note(s, 0, last + i * s->ppq / 2, s->ppq / 2 + below(r, 2) * s->ppq, 60, 1 + below(r, 127));
	if (kind == SONG_GRACES)
		for (int i = 0; i < 20; i++)
			put_note(s, 0, below(r, last + s->ppq), 1 + below(r, s->ppq / 24 + 1), 40 + below(r, 40), 64);
	if (kind == SONG_SILENCE) {
		put_note(s, 0, last + 400 * s->ppq + below(r, s->ppq), s->ppq, 60, 80);
		s->end = last + 800 * s->ppq + below(r, s->ppq);
	}
	if (below(r, 4) == 0)
		song_add_marker(s, s->parts[0].notes[0].onset, "fermata");
	return s;
}

/* Notes, part by part. Where they differ, says where. */
static inline void check_same_notes(const struct song *a, const struct song *b)
{
	assert_int_equal(a->n_parts, b->n_parts);
	for (size_t k = 0; k < a->n_parts; k++) {
		assert_int_equal(a->parts[k].n, b->parts[k].n);
		for (size_t i = 0; i < a->parts[k].n; i++) {
			const struct note *x = &a->parts[k].notes[i], *y = &b->parts[k].notes[i];

			assert_int_equal(x->onset, y->onset);
			assert_int_equal(x->duration, y->duration);
			assert_int_equal(x->pitch, y->pitch);
			assert_int_equal(x->velocity, y->velocity);
			assert_int_equal(x->grace, y->grace);
		}
	}
}

/* Notes, metres, pickup and end. */
static inline void check_same_music(const struct song *a, const struct song *b)
{
	assert_int_equal(a->ppq, b->ppq);
	assert_int_equal(a->pickup, b->pickup);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->n_metres, b->n_metres);
	for (size_t i = 0; i < a->n_metres; i++) {
		assert_int_equal(a->metres[i].tick, b->metres[i].tick);
		assert_int_equal(a->metres[i].numerator, b->metres[i].numerator);
		assert_int_equal(a->metres[i].denominator_log2, b->metres[i].denominator_log2);
	}
	check_same_notes(a, b);
}

#endif
