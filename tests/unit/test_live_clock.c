/*
 * MIDI clock, from the tempo map to the ring: every pulse at its moment to
 * the nanosecond, whatever the tempo and its changes, in its place among the
 * notes, started before the first and stopped after the last. What a pulse's
 * moment is, is reckoned here a second time, in another way. The composer is
 * a script of events.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/error.h"
#include "base/random.h"
#include "live/pulses.h"
#include "live/source.h"
#include "scripted_composer.h"

#define ITEMS_MAX 60000
#define LEAD      PULSES_LEAD

static const int no_programs[SONG_PARTS_MAX] = {-1, -1, -1};

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

/* Everything that a source gives. */
static struct stream_note items[ITEMS_MAX];
static size_t n_items;

static void drain(struct source *s, size_t most)
{
	struct stream_note n;
	int got = 0;

	assert_non_null(s);
	n_items = 0;
	while (n_items < most && (got = s->next(s, &n)) == 1) {
		assert_true(n_items < ITEMS_MAX);
		items[n_items++] = n;
	}
	assert_true(got >= 0);
}

/*
 * A start, notes and pulses by time, each pulse before the notes of its
 * moment, and a stop: so many times. The number of pulses.
 */
static size_t check_order(int times)
{
	bool running = false;
	uint64_t last = 0;
	size_t pulses = 0;
	int stops = 0;

	for (size_t i = 0; i < n_items; i++) {
		const struct play_note *n = &items[i].note;

		assert_true(n->on >= last);
		switch (n->realtime) {
		case MIDI_START:
			assert_false(running);
			running = true;
			assert_int_equal(items[i + 1].note.realtime, MIDI_CLOCK);
			assert_int_equal(items[i + 1].note.on, n->on + LEAD);
			break;
		case MIDI_CLOCK:
			assert_true(running);
			assert_false(i > 0 && items[i - 1].note.on == n->on && !items[i - 1].note.realtime);
			pulses++;
			break;
		case MIDI_STOP:
			assert_true(running);
			running = false;
			stops++;
			break;
		default:
			assert_int_equal(n->realtime, 0);
			assert_true(running);
		}
		last = n->on;
	}
	assert_false(running);
	assert_int_equal(stops, times);
	return pulses;
}

static struct song *song_of(int ppq, int us_per_quarter, int ticks)
{
	struct song *s = song_new(ppq);

	assert_non_null(s);
	assert_int_equal(song_add_part(s, NULL, 0, -1), 0);
	assert_int_equal(song_add_metre(s, 0, 4, 2), 0);
	if (us_per_quarter)
		assert_int_equal(song_add_tempo(s, 0, us_per_quarter), 0);
	for (int t = 0; t < ticks; t += ppq)
		assert_int_equal(
			song_add_note(s, 0, (struct note){t, ppq < ticks - t ? ppq : ticks - t, 60, 80, false}), 0);
	song_order(s);
	assert_int_equal(s->end, ticks);
	return s;
}

static void test_constant(void **state)
{
	const int ppqs[] = {1, 7, 24, 96, 480, 32767}, tempos[] = {500000, 461539, 1, 0xffffff, 333333};

	(void)state;
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < 5; b++) {
			uint64_t us = (uint64_t)tempos[b];
			struct song *song = song_of(ppqs[a], tempos[b], 1000 * ppqs[a]);
			struct source *s = source_of_songs(&song, 1, true);
			uint64_t k = 0;

			drain(s, ITEMS_MAX);
			assert_int_equal(check_order(1), 24000);
			for (size_t i = 0; i < n_items; i++)
				if (items[i].note.realtime == MIDI_CLOCK) {
					/* k 24ths of a quarter, rounded */
					assert_int_equal(items[i].note.on, LEAD + (k * us * 1000 + 12) / 24);
					k++;
				}
			assert_int_equal(items[0].note.on, 0);
			assert_int_equal(items[n_items - 1].note.on, LEAD + 1000 * us * 1000);
			source_free(s);
			song_free(song);
		}
}

/* The same of a composer, whose time is cut off, not rounded; grids that pulses do not divide, and never a nanosecond lost. */
static void test_constant_composer(void **state)
{
	const int grids[] = {1, 4, 7, 16, 24, 48}, tempos[] = {500000, 461539, 0xffffff};
	enum { EVENTS = 3000 };
	static struct event events[EVENTS];

	(void)state;
	for (size_t a = 0; a < 6; a++)
		for (size_t b = 0; b < 3; b++) {
			uint64_t us = (uint64_t)tempos[b], k = 0, ticks = 0, grid = (uint64_t)grids[a];
			struct composer c = {.events = events,
			                     .n = EVENTS,
			                     .tempo = tempos[b],
			                     .start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}};
			struct source *s;

			for (int i = 0; i < EVENTS; i++) {
				events[i] = (struct event){.shift = i % 5 * grids[a] / 4,
				                           .duration = 1,
				                           .kind = i + 1 < EVENTS ? EVENT_NOTE : EVENT_END,
				                           .pitch = 60,
				                           .velocity = 80};
				ticks += (uint64_t)events[i].shift;
			}
			s = source_of_composer(&c, grids[a], no_programs, PLAY_PLAIN, true);
			drain(s, ITEMS_MAX);
			assert_int_equal(check_order(1), (ticks * 24 + grid - 1) / grid);
			for (size_t i = 0; i < n_items; i++)
				if (items[i].note.realtime == MIDI_CLOCK)
					assert_int_equal(items[i].note.on, LEAD + k++ * us * 1000 / 24);
			assert_int_equal(items[n_items - 1].note.on, LEAD + ticks * us * 1000 / grid);
			source_free(s);
		}
}

/* When the k-th pulse of a song comes, in ns after the first, tempo by tempo. */
static long double moment(const struct song *s, int lead, uint64_t k)
{
	long double at = (long double)k * s->ppq / 24 - lead, time = 0, from = -lead;
	long double us = s->n_tempos && s->tempos[0].tick == 0 ? s->tempos[0].us_per_quarter : 500000;

	for (size_t i = 0; i < s->n_tempos && s->tempos[i].tick < at; i++) {
		long double to = s->tempos[i].tick;

		if (to > 0) {
			time += (to - from) * us * 1000 / s->ppq;
			from = to;
		}
		us = s->tempos[i].us_per_quarter;
	}
	return time + (at - from) * us * 1000 / s->ppq;
}

/* Tempo changes between pulses, on them, several between two; any metre and pickup. */
static void test_tempo_changes(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 300; round++) {
		struct random r = random_stream(seed, round, 0, 0);
		int ppq = 1 + (int)random_below(&r, 500), quarters = 8 + (int)random_below(&r, 60), lead, bar;
		struct song *song = song_of(ppq, 0, quarters * ppq);
		int changes = (int)random_below(&r, 40);
		size_t notes = 0, at = 0;
		struct stream_note plain;
		struct source *s, *without;
		uint64_t k = 0, first;

		for (int i = 0; i < changes; i++)
			song_add_tempo(song, (int)random_below(&r, (uint32_t)((quarters + 3) * ppq)),
			               200000 + (int)random_below(&r, 900000));
		song->n_metres = 0;
		song_add_metre(song, 0, 2 + (int)random_below(&r, 3), 2);
		song_order(song);
		bar = metre_bar(&song->metres[0], ppq);
		song->pickup = (int)random_below(&r, (uint32_t)bar);
		lead = song->pickup ? bar - song->pickup : 0;
		s = source_of_songs(&song, 1, true);
		without = source_of_songs(&song, 1, false);
		drain(s, ITEMS_MAX);
		assert_int_equal(check_order(1),
		                 ((uint64_t)(lead + quarters * ppq) * 24 + (uint64_t)ppq - 1) / (uint64_t)ppq);
		first = LEAD +
		        ((uint64_t)lead *
		                 (uint64_t)(song->n_tempos && song->tempos[0].tick == 0 ? song->tempos[0].us_per_quarter
		                                                                        : 500000) *
		                 1000 +
		         (uint64_t)ppq / 2) /
		                (uint64_t)ppq;
		for (; at < n_items; at++) {
			const struct play_note *n = &items[at].note;

			if (n->realtime == MIDI_CLOCK) {
				long double off = (long double)(n->on - LEAD) - moment(song, lead, k++);

				/* every change is rounded to a nanosecond */
				assert_true(fabsl(off) <= 1 + 0.5L * changes);
			} else if (!n->realtime) {
				/* the notes are where they are without a clock, after the rest of the pickup's bar */
				assert_int_equal(without->next(without, &plain), 1);
				assert_int_equal(n->on, plain.note.on + first);
				assert_int_equal(n->off, plain.note.off + first);
				assert_int_equal(items[at].bar, plain.bar);
				notes++;
			}
		}
		assert_int_equal(notes, quarters);
		assert_int_equal(without->next(without, &plain), 0);
		source_free(s);
		source_free(without);
		song_free(song);
	}
}

/* A beat of pulses before a pickup of three beats; a slower tempo in the midst of a pulse; METRE; END. */
static void test_composer(void **state)
{
	const struct event events[] = {
		{.shift = 0, .duration = 24, .kind = EVENT_NOTE, .pitch = 60, .velocity = 80},
		{.shift = 72, .kind = EVENT_METRE, .numerator = 3, .denominator_log2 = 2},
		{.shift = 0, .duration = 24, .kind = EVENT_NOTE, .pitch = 62, .velocity = 80},
		{.shift = 0, .duration = 24, .kind = EVENT_NOTE, .part = 1, .pitch = 50, .velocity = 80},
		{.shift = 24, .kind = EVENT_END},
	};
	const int tempos[] = {480000, 960000, 960000, 960000, 960000};
	const struct event three[] = {{.shift = 0, .duration = 1, .kind = EVENT_NOTE, .pitch = 60},
	                              {.shift = 3, .duration = 1, .kind = EVENT_NOTE, .pitch = 62},
	                              {.shift = 13, .duration = 1, .kind = EVENT_NOTE, .pitch = 64}};
	const int slower[] = {240000, 480000, 480000};
	struct composer c = {.events = events,
	                     .tempos = tempos,
	                     .n = 5,
	                     .tempo = 480000,
	                     .start = {.numerator = 4, .denominator_log2 = 2, .pickup = 72, .parts = 3}};
	struct source *s = source_of_composer(&c, 24, no_programs, PLAY_PLAIN, true);
	size_t i = 0;

	(void)state;
	drain(s, ITEMS_MAX);
	assert_int_equal(check_order(1), 5 * 24);
	assert_int_equal(items[i++].note.realtime, MIDI_START);
	for (uint64_t k = 0; k <= 24; k++, i++) {
		assert_int_equal(items[i].note.realtime, MIDI_CLOCK);
		assert_int_equal(items[i].note.on, LEAD + k * 20000000);
	}
	assert_int_equal(items[i].note.pitch, 60);
	assert_int_equal(items[i].bar, 0);
	assert_int_equal(items[i++].note.on, LEAD + 480000000);
	for (uint64_t k = 25; k <= 96; k++, i++)
		assert_int_equal(items[i].note.on, LEAD + k * 20000000);
	assert_int_equal(items[i].note.pitch, 62);
	assert_int_equal(items[i].bar, 1);
	assert_int_equal(items[i++].note.on, LEAD + 1920000000);
	assert_int_equal(items[i++].note.pitch, 50);
	for (uint64_t k = 1; k < 24; k++, i++)
		assert_int_equal(items[i].note.on, LEAD + 1920000000 + k * 40000000);
	assert_int_equal(items[i].note.realtime, MIDI_STOP);
	assert_int_equal(items[i++].note.on, LEAD + 1920000000 + 960000000);
	assert_int_equal(i, n_items);
	source_free(s);
	/* a change between two pulses: on a grid of 16, the third 16th is at pulse 4.5 */
	c = (struct composer){.events = three,
	                      .tempos = slower,
	                      .n = 3,
	                      .tempo = 240000,
	                      .start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}};
	s = source_of_composer(&c, 16, no_programs, PLAY_PLAIN, true);
	drain(s, ITEMS_MAX);
	/* it ends without an END: the pulse at its last moment is given */
	assert_int_equal(check_order(1), 25);
	assert_int_equal(items[6].note.on, LEAD + 40000000);
	assert_int_equal(items[7].note.on, LEAD + 45000000); /* the note */
	assert_int_equal(items[8].note.on, LEAD + 45000000 + 10000000);
	assert_int_equal(items[9].note.on, LEAD + 45000000 + 30000000);
	source_free(s);
	/* an error is one; the clock is not stopped here then */
	c.at = 0;
	c.fails = true;
	s = source_of_composer(&c, 16, no_programs, PLAY_PLAIN, true);
	for (int k = 0; k < 1 + 25 + 3; k++)
		assert_int_equal(s->next(s, &items[0]), 1);
	assert_int_equal(s->next(s, &items[0]), -1);
	source_free(s);
}

/* Each song is started and stopped, and begins where the last one ended. */
static void test_songs(void **state)
{
	struct song *songs[2] = {song_of(480, 500000, 485), song_of(96, 250000, 96)};
	struct source *s = source_of_songs(songs, 2, true);
	uint64_t end = LEAD + 505208333;

	(void)state;
	songs[1]->pickup = 0;
	drain(s, ITEMS_MAX);
	assert_int_equal(check_order(2), 25 + 24);
	assert_int_equal(items[28].note.realtime, MIDI_STOP);
	assert_int_equal(items[28].note.on, end);
	assert_int_equal(items[29].note.realtime, MIDI_START);
	assert_int_equal(items[29].note.on, end);
	assert_int_equal(items[30].note.on, end + LEAD);
	assert_int_equal(items[31].note.realtime, 0);
	assert_int_equal(items[31].note.on, end + LEAD);
	source_free(s);
	song_free(songs[0]);
	song_free(songs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant),      cmocka_unit_test(test_constant_composer),
		cmocka_unit_test(test_tempo_changes), cmocka_unit_test(test_composer),
		cmocka_unit_test(test_songs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
