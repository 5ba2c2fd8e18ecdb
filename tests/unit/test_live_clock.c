/*
 * MIDI clock, from the tempo map to the wire: every pulse at its moment to
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

#include "base/random.h"
#include "live_heard.h"
#include "scripted_composer.h"

#define ITEMS_MAX 60000
#define LEAD      PLAYER_START_LEAD

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

/* Everything that a source gives. */
static struct source_item items[ITEMS_MAX];
static size_t n_items;

/* All that a source gives, heard; the clock begins at LEAD. */
static void play(struct source *s)
{
	n_items = heard_drain(s, items, ITEMS_MAX);
	heard_play(LEAD, items, n_items, 0);
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

	for (size_t i = 0; i < n_heard; i++) {
		assert_true(heard[i].due >= last);
		switch (heard[i].message[0]) {
		case MIDI_START:
			assert_false(running);
			running = true;
			/* notes of the song before may end meanwhile */
			for (size_t k = i + 1; heard[k].message[0] != MIDI_CLOCK; k++)
				assert_int_equal(heard[k].message[0], 0x80);
			break;
		case MIDI_CLOCK:
			assert_true(running);
			if (i > 0 && heard[i - 1].due == heard[i].due)
				assert_int_not_equal(heard[i - 1].message[0] & 0xe0, 0x80);
			pulses++;
			break;
		case MIDI_STOP:
			assert_true(running);
			running = false;
			stops++;
			break;
		case 0x90:
			assert_true(running);
			break;
		default:
			break;
		}
		last = heard[i].due;
	}
	assert_false(running);
	assert_int_equal(stops, times);
	return pulses;
}

static uint64_t due_of(uint8_t status, size_t k)
{
	for (size_t i = 0; i < n_heard; i++)
		if (heard[i].message[0] == status && k-- == 0)
			return heard[i].due;
	fail_msg("there is no message %02x, %zu", status, k);
	return 0;
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
			uint64_t us = (uint64_t)tempos[b], k = 0;
			struct song *song = song_of(ppqs[a], tempos[b], 1000 * ppqs[a]);
			struct source *s = heard_songs(&song, 1, true);

			play(s);
			for (size_t i = 0; i < n_heard; i++)
				if (heard[i].message[0] == MIDI_CLOCK) {
					/* k 24ths of a quarter, and what is beyond a nanosecond is cut off */
					assert_int_equal(heard[i].due, LEAD + k * us * 1000 / 24);
					k++;
				}
			assert_int_equal(k, 24000);
			/* at a microsecond a quarter, what lies together is not told apart by the clock */
			if (us > 1)
				assert_int_equal(check_order(1), 24000);
			assert_int_equal(heard[0].message[0], MIDI_START);
			assert_int_equal(heard[0].due, 0);
			assert_int_equal(heard[n_heard - 1].message[0], MIDI_STOP);
			assert_int_equal(heard[n_heard - 1].due, LEAD + 1000 * us * 1000);
			source_free(s);
			song_free(song);
		}
}

/* The same of an arranger; grids that pulses do not divide, and never a nanosecond lost. */
static void test_constant_arranger(void **state)
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
			struct arranger *arranger;

			for (int i = 0; i < EVENTS; i++) {
				events[i] = (struct event){.shift = i % 5 * grids[a] / 4,
				                           .duration = 1,
				                           .kind = i + 1 < EVENTS ? EVENT_NOTE : EVENT_END,
				                           .pitch = (uint8_t)(60 + i % 5),
				                           .velocity = 80};
				ticks += (uint64_t)events[i].shift;
			}
			arranger = arranger_of_script(&c, grids[a], PLAY_PLAIN, true);
			play(arranger_source(arranger));
			assert_int_equal(check_order(1), (ticks * 24 + grid - 1) / grid);
			for (size_t i = 0; i < n_heard; i++)
				if (heard[i].message[0] == MIDI_CLOCK)
					assert_int_equal(heard[i].due, LEAD + k++ * us * 1000 / 24);
			assert_int_equal(due_of(MIDI_STOP, 0), LEAD + ticks * us * 1000 / grid);
			arranger_free(arranger);
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
		size_t notes = 0;
		struct source_item plain;
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
		s = heard_songs(&song, 1, true);
		without = heard_songs(&song, 1, false);
		play(s);
		assert_int_equal(check_order(1),
		                 ((uint64_t)(lead + quarters * ppq) * 24 + (uint64_t)ppq - 1) / (uint64_t)ppq);
		for (size_t i = 0; i < n_heard; i++)
			if (heard[i].message[0] == MIDI_CLOCK) {
				long double off = (long double)(heard[i].due - LEAD) - moment(song, lead, k++);

				/* where a change lies is cut off to a unit, that is half a nanosecond or so */
				assert_true(off <= 0.01L + changes && off >= -1 - changes);
			}
		/* the notes are where they are without a clock, after the rest of the pickup's bar */
		first = (uint64_t)lead / (uint64_t)ppq * QUARTER +
		        (uint64_t)lead % (uint64_t)ppq * QUARTER / (uint64_t)ppq;
		for (size_t i = 0; i < n_items; i++) {
			if (items[i].play.kind != ITEM_NOTE && items[i].play.kind != ITEM_BAR)
				continue;
			do
				assert_int_equal(without->next(without, &plain), 1);
			while (plain.play.kind == ITEM_TEMPO);
			assert_int_equal(items[i].play.kind, plain.play.kind);
			assert_int_equal(items[i].play.at, plain.play.at + first);
			assert_int_equal(items[i].bar, plain.bar);
			if (plain.play.kind != ITEM_NOTE)
				continue;
			assert_int_equal(items[i].play.note.off, plain.play.note.off + first);
			notes++;
		}
		assert_int_equal(notes, quarters);
		while (without->next(without, &plain) == 1)
			assert_int_equal(plain.play.kind, ITEM_TEMPO);
		source_free(s);
		source_free(without);
		song_free(song);
	}
}

/* A beat of pulses before a pickup of three beats; a slower tempo in the midst of a pulse; METRE; END. */
static void test_arranger(void **state)
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
	                              {.shift = 64 + 3, .duration = 1, .kind = EVENT_NOTE, .pitch = 62},
	                              {.shift = 13, .duration = 1, .kind = EVENT_NOTE, .pitch = 64}};
	const int slower[] = {240000, 480000, 480000};
	struct composer c = {.events = events,
	                     .tempos = tempos,
	                     .n = 5,
	                     .tempo = 480000,
	                     .start = {.numerator = 4, .denominator_log2 = 2, .pickup = 72, .parts = 3}};
	struct arranger *a = arranger_of_script(&c, 24, PLAY_PLAIN, true);
	struct source *s = arranger_source(a);

	(void)state;
	play(s);
	assert_int_equal(check_order(1), 5 * 24);
	assert_int_equal(due_of(MIDI_START, 0), 0);
	for (uint64_t k = 0; k <= 96; k++)
		assert_int_equal(due_of(MIDI_CLOCK, k), LEAD + k * 20000000);
	for (uint64_t k = 1; k < 24; k++)
		assert_int_equal(due_of(MIDI_CLOCK, 96 + k), LEAD + 1920000000 + k * 40000000);
	assert_int_equal(due_of(0x90, 0), LEAD + 480000000);
	assert_int_equal(due_of(0x90, 1), LEAD + 1920000000);
	assert_int_equal(due_of(0x91, 0), LEAD + 1920000000);
	assert_int_equal(due_of(MIDI_STOP, 0), LEAD + 1920000000 + 960000000);
	arranger_free(a);
	/* a change between two pulses: on a grid of 16, the third 16th of the second bar is at pulse 96 + 4.5 */
	c = (struct composer){.events = three,
	                      .tempos = slower,
	                      .n = 3,
	                      .tempo = 240000,
	                      .start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}};
	a = arranger_of_script(&c, 16, PLAY_PLAIN, true);
	play(arranger_source(a));
	/* it ends without an END: the pulse at its last moment is given */
	assert_int_equal(check_order(1), 96 + 25);
	assert_int_equal(due_of(MIDI_CLOCK, 100), LEAD + 1000000000);
	assert_int_equal(due_of(0x90, 1), LEAD + 1005000000);
	assert_int_equal(due_of(MIDI_CLOCK, 101), LEAD + 1005000000 + 10000000);
	assert_int_equal(due_of(MIDI_CLOCK, 102), LEAD + 1005000000 + 30000000);
	arranger_free(a);
	/* an error is one; the clock is not stopped here then */
	c.at = 0;
	c.fails = true;
	a = arranger_of_script(&c, 16, PLAY_PLAIN, true);
	s = arranger_source(a);
	for (n_items = 0; s->next(s, &items[n_items]) == 1; n_items++)
		assert_int_not_equal(items[n_items].play.kind, ITEM_STOP);
	assert_int_equal(s->next(s, &items[n_items]), -1);
	arranger_free(a);
}

/* Each song is started and stopped, and begins a 16th after the last one ended. */
static void test_songs(void **state)
{
	struct song *songs[2] = {song_of(480, 500000, 485), song_of(96, 250000, 96)};
	struct source *s = heard_songs(songs, 2, true);
	const uint64_t end = LEAD + 505208333;

	(void)state;
	songs[1]->pickup = 0;
	play(s);
	assert_int_equal(check_order(2), 25 + 24);
	assert_int_equal(due_of(MIDI_STOP, 0), end);
	assert_int_equal(due_of(MIDI_START, 1), end + 125000000 - LEAD);
	assert_int_equal(due_of(MIDI_CLOCK, 25), end + 125000000);
	assert_int_equal(due_of(0x90, 2), end + 125000000);
	assert_int_equal(due_of(MIDI_STOP, 1), end + 125000000 + 250000000);
	source_free(s);
	song_free(songs[0]);
	song_free(songs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant),      cmocka_unit_test(test_constant_arranger),
		cmocka_unit_test(test_tempo_changes), cmocka_unit_test(test_arranger),
		cmocka_unit_test(test_songs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
