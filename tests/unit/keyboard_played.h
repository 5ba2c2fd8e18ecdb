/*
 * A keyboard that is listened to, and tunes that are played on it. cmocka.h
 * comes before this; include it in one file of a program.
 */
#ifndef TESTS_UNIT_KEYBOARD_PLAYED_H
#define TESTS_UNIT_KEYBOARD_PLAYED_H

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/random.h"
#include "live/listen.h"
#include "music/rhythm.h"

#define MS         UINT64_C(1000000)
#define SECOND     (1000 * MS)
#define QUARTER_NS (600 * MS) /* 100 a minute */

static struct listen *l;
static uint64_t now;

static inline int start(void **state)
{
	(void)state;
	l = listen_new();
	now = 5 * SECOND;
	return l ? 0 : -1;
}

static inline int stop(void **state)
{
	(void)state;
	listen_free(l);
	return 0;
}

static inline void message(int status, int a, int b)
{
	const uint8_t m[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};

	listen_message(l, m, sizeof m, now, 0);
}

static inline void press(int pitch, int velocity)
{
	message(0x90, pitch, velocity);
}

static inline void let_go(int pitch)
{
	message(0x80, pitch, 64);
}

static inline void pedal(bool down)
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

static inline int by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->time != y->time ? (x->time > y->time) - (x->time < y->time) : x->on - y->on;
}

/*
 * Play a tune from `now` on: `early` and `late` notes by a deviation of so many
 * seconds, held for a share of their durations. Messages carry moments that are
 * the time, at the tempo, from `moment` at the first note on.
 */
static inline void play(const struct tune *t, int n, double quarter, double deviation, double held, uint64_t moment)
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
static inline void check_tune(const struct song *s, const struct tune *t, int n, int tick)
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

static inline struct song *taken(struct heard *h)
{
	struct song *s = listen_song(l, h, now);

	if (!s)
		fail_msg("no song: %s", error_message());
	assert_int_equal(listen_notes(l), 0);
	return s;
}

#endif
