/*
 * Sources: ticks into moments, parts into channels, bars counted, tempo
 * changes where they are. The composer here is a script of events, so that
 * every moment is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "live/source.h"
#include "music/perform.h"
#include "scripted_composer.h"

static struct event note(int shift, int part, int pitch, int duration)
{
	return (struct event){.shift = shift,
	                      .duration = duration,
	                      .kind = EVENT_NOTE,
	                      .part = (uint8_t)part,
	                      .pitch = (uint8_t)pitch,
	                      .velocity = 80};
}

static struct source_item take(struct source *s)
{
	struct source_item item = {0};

	assert_int_equal(s->next(s, &item), 1);
	assert_int_equal(item.epoch, 0);
	return item;
}

static struct source_item take_note(struct source *s, uint64_t at, uint64_t off)
{
	struct source_item item = take(s);

	assert_int_equal(item.play.kind, ITEM_NOTE);
	assert_int_equal(item.play.at, at);
	assert_int_equal(item.play.note.off, off);
	return item;
}

static void expect_tempo(struct source *s, uint64_t at, uint32_t us_per_quarter)
{
	struct source_item item = take(s);

	assert_int_equal(item.play.kind, ITEM_TEMPO);
	assert_int_equal(item.play.at, at);
	assert_int_equal(item.play.us_per_quarter, us_per_quarter);
}

static struct source_item expect_bar(struct source *s, uint64_t at, int bar, int parts)
{
	struct source_item item = take(s);

	assert_int_equal(item.play.kind, ITEM_BAR);
	assert_int_equal(item.play.at, at);
	assert_int_equal(item.bar, bar);
	assert_int_equal(item.parts, parts);
	return item;
}

static void test_arranger(void **state)
{
	/* 3/4 with a pickup of a quarter, 120 then 60 bpm, 4/4 from the second full bar on */
	const struct event events[] = {
		note(0, 0, 67, 24),
		note(0, 2, 48, 24),
		note(24, 0, 72, 72),
		{.shift = 72, .kind = EVENT_METRE, .numerator = 4, .denominator_log2 = 2},
		note(0, 0, 74, 24),
		note(96, 1, 76, 24),
		{.shift = 24, .kind = EVENT_END},
	};
	const int tempos[] = {500000, 500000, 500000, 1000000, 1000000, 1000000, 1000000};
	/* without a clock a pickup does not wait for the rest of its bar, which is before it all the same */
	const uint64_t q = QUARTER, first = 2 * QUARTER;
	const int programs[SONG_PARTS_MAX] = {19, -1, 52};

	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		struct composer c = {.events = events,
		                     .tempos = tempos,
		                     .n = 7,
		                     .tempo = 500000,
		                     .start = {.numerator = 3, .denominator_log2 = 2, .pickup = 24, .parts = 7},
		                     .fails = fails};
		struct arranger *a = arranger_of_script(&c, 24, PLAY_PLAIN, false);
		struct source *s = arranger_source(a);
		struct routing routing;
		struct source_item n;

		assert_non_null(s);
		if (fails)
			c.n = 5;
		routing_defaults(&routing, programs, 3, true);
		arranger_route(a, &routing);
		expect_tempo(s, first, 500000);
		assert_int_equal(expect_bar(s, first, 0, 3).length, 0);
		n = take_note(s, first, first + q);
		assert_int_equal(n.play.note.program, 19);
		assert_int_equal(n.play.note.part, 0);
		assert_int_equal(n.play.note.channel, 0);
		assert_int_equal(n.play.note.pitch, 67);
		assert_int_equal(n.play.note.velocity, 80);
		n = take_note(s, first, first + q);
		assert_int_equal(n.play.note.channel, 2);
		assert_int_equal(n.play.note.program, 52);
		expect_bar(s, 3 * q, 1, 3);
		take_note(s, 3 * q, 6 * q);
		/* the time until the metre is the old tempo's, what begins there is of the new one */
		if (!fails) {
			expect_tempo(s, 6 * q, 1000000);
			expect_bar(s, 6 * q, 2, 3);
			take_note(s, 6 * q, 7 * q);
			expect_bar(s, 10 * q, 3, 3);
			n = take_note(s, 10 * q, 11 * q);
			assert_int_equal(n.play.note.program, 255);
			assert_int_equal(s->next(s, &n), 0);
			assert_int_equal(s->next(s, &n), 0);
		} else {
			assert_int_equal(s->next(s, &n), -1);
			assert_string_equal(error_message(), "out of ideas");
		}
		source_free(s);
		arranger_free(a);
	}
	source_free(NULL);
	arranger_free(NULL);
}

/* A song's bar lines are where the bars begin, also of bars that begin with a rest; tempo changes keep their place among them. */
static void test_song_bars(void **state)
{
	struct song *song = song_new(480);
	struct routing_rules rules;
	struct source_item item;
	struct source *s;

	(void)state;
	assert_non_null(song);
	assert_int_equal(song_add_part(song, NULL, 0, 5), 0);
	assert_int_equal(song_add_metre(song, 0, 3, 2), 0);
	assert_int_equal(song_add_tempo(song, 1400, 400000), 0);
	assert_int_equal(song_add_tempo(song, 1500, 300000), 0);
	song->pickup = 480;
	assert_int_equal(song_add_note(song, 0, (struct note){1, 100, 60, 80, false}), 0);
	/* bar 1 is silent, bar 2 begins with a rest of a quarter */
	assert_int_equal(song_add_note(song, 0, (struct note){480 + 1440 + 480, 480, 62, 80, false}), 0);
	assert_int_equal(song_add_note(song, 0, (struct note){480 + 2 * 1440, 480, 64, 80, false}), 0);
	song_order(song);
	routing_rules_start(&rules, false);
	s = source_of_songs(&song, 1, &rules, false);
	assert_non_null(s);
	expect_tempo(s, 0, 500000);
	expect_bar(s, 0, 0, 1);
	take_note(s, QUARTER / 480, 101 * QUARTER / 480);
	expect_tempo(s, 1400 * QUARTER / 480, 400000);
	expect_tempo(s, 1500 * QUARTER / 480, 300000);
	assert_int_equal(expect_bar(s, 4 * QUARTER, 2, 1).numerator, 3);
	take_note(s, 5 * QUARTER, 6 * QUARTER);
	expect_bar(s, 7 * QUARTER, 3, 1);
	take_note(s, 7 * QUARTER, 8 * QUARTER);
	assert_int_equal(s->next(s, &item), 0);
	source_free(s);
	song_free(song);
}

/* Performed as it comes: onsets as they were, lengths and velocities the performer's. */
static void test_performed(void **state)
{
	enum { NOTES = 64 };
	struct event events[NOTES];

	(void)state;
	for (int i = 0; i < NOTES; i++)
		events[i] = note(i % 2 ? 0 : 24, i % 2, 60 + i % 7 - 12 * (i % 2), 24);
	events[0].shift = 0;
	for (enum playing playing = PLAY_PERFORMED; playing <= PLAY_LEARNED; playing++) {
		struct composer c = {.events = events,
		                     .n = NOTES,
		                     .tempo = 500000,
		                     .start = {.numerator = 4, .denominator_log2 = 2, .parts = 3}};
		struct arranger *a = arranger_of_script(&c, 24, playing, false);
		struct source *s = arranger_source(a);
		struct performer p;
		int softest = 127, loudest = 0;

		performer_start(&p, 24, &c.start, 500000, playing == PLAY_LEARNED);
		for (int i = 0; i < NOTES; i++) {
			struct performed performed = performer_event(&p, &events[i]);
			struct source_item n;

			do
				n = take(s);
			while (n.play.kind != ITEM_NOTE);
			assert_int_equal(n.play.at, QUARTER * (unsigned)(i / 2));
			assert_int_equal(n.play.note.off - n.play.at, QUARTER * (unsigned)performed.length / 480);
			/* a gap of 20 ms at least, at 120 */
			assert_true(n.play.note.off - n.play.at <= QUARTER - QUARTER / 25);
			assert_int_equal(n.play.note.velocity, performed.velocity);
			softest = performed.velocity < softest ? performed.velocity : softest;
			loudest = performed.velocity > loudest ? performed.velocity : loudest;
		}
		assert_true(loudest - softest > (playing == PLAY_LEARNED ? 8 : 16));
		arranger_free(a);
	}
}

/* A million events later no moment is lost, on grids that do not divide a quarter's units either. */
static void test_no_drift(void **state)
{
	enum { EVENTS = 1000000 };
	const int grids[] = {24, 13};
	struct event *events = calloc(EVENTS, sizeof *events);

	(void)state;
	assert_non_null(events);
	for (int i = 0; i < EVENTS; i++)
		events[i] = note(i % 7, 0, 60, 1);
	for (size_t g = 0; g < 2; g++) {
		struct composer c = {.events = events,
		                     .n = EVENTS,
		                     .tempo = 461539,
		                     .start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}};
		struct arranger *a = arranger_of_script(&c, grids[g], PLAY_PLAIN, false);
		struct source *s = arranger_source(a);
		const unsigned long long grid = (unsigned)grids[g];
		unsigned long long ticks = 0;
		int bar = 0;

		for (int i = 0; i < EVENTS;) {
			struct source_item n = take(s);

			if (n.play.kind == ITEM_BAR) {
				assert_int_equal(n.bar, bar + 1);
				assert_int_equal(n.play.at, 4 * QUARTER * (unsigned)bar++);
			}
			if (n.play.kind != ITEM_NOTE)
				continue;
			ticks += (unsigned)i++ % 7;
			assert_int_equal(n.play.at, ticks / grid * QUARTER + ticks % grid * QUARTER / grid);
			assert_int_equal(bar, 1 + (int)(ticks / (4 * grid)));
		}
		arranger_free(a);
	}
	free(events);
}

static struct song *make_song(void)
{
	struct song *s = song_new(480);

	assert_non_null(s);
	assert_int_equal(song_add_part(s, "high", 0, 40), 0);
	assert_int_equal(song_add_part(s, "low", 9, -1), 1);
	song_add_note(s, 0, (struct note){0, 240, 72, 90, false});
	song_add_note(s, 0, (struct note){960, 480, 74, 91, false});
	song_add_note(s, 1, (struct note){0, 1440, 48, 92, false});
	song_add_note(s, 1, (struct note){1440, 1, 50, 93, false});
	song_add_tempo(s, 480, 1000000);
	song_add_tempo(s, 960, 250000);
	song_add_metre(s, 0, 2, 2);
	song_add_metre(s, 960, 3, 3);
	song_order(s);
	return s;
}

static void test_songs(void **state)
{
	struct song *songs[2] = {make_song(), make_song()};
	struct routing_rules rules;
	struct source *s;
	struct source_item n;
	/* 480 ticks to a quarter */
	const uint64_t tick = QUARTER / 480;

	(void)state;
	routing_rules_start(&rules, false);
	s = source_of_songs(songs, 2, &rules, false);
	assert_non_null(s);
	for (int round = 0; round < 2; round++) {
		const uint64_t from = round ? 1441 * tick : 0;

		expect_tempo(s, from, 500000);
		expect_bar(s, from, 1, 2);
		n = take_note(s, from, from + 240 * tick);
		assert_int_equal(n.play.note.channel, 0);
		assert_int_equal(n.play.note.part, 0);
		assert_int_equal(n.play.note.program, 40);
		n = take_note(s, from, from + 1440 * tick);
		assert_int_equal(n.play.note.channel, 1);
		assert_int_equal(n.play.note.part, 1);
		assert_int_equal(n.play.note.program, 255);
		expect_tempo(s, from + 480 * tick, 1000000);
		expect_tempo(s, from + 960 * tick, 250000);
		expect_bar(s, from + 960 * tick, 2, 2);
		take_note(s, from + 960 * tick, from + 1440 * tick);
		n = take_note(s, from + 1440 * tick, from + 1441 * tick);
		assert_int_equal(n.play.note.pitch, 50);
	}
	assert_int_equal(s->next(s, &n), 0);
	source_free(s);
	song_free(songs[0]);
	song_free(songs[1]);
}

/* The longest song there can be, and more of them than a clock counts. */
static void test_long(void **state)
{
	enum { MANY = 8 };
	struct song *s = song_new(1);
	struct song *many[MANY];
	struct routing_rules rules;
	struct source *source;
	struct source_item n;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	song_add_tempo(s, 0, 0xffffff);
	song_add_metre(s, 0, 1, 7);
	song_add_note(s, 0, (struct note){SONG_TICK_MAX - 2, 1, 60, 90, false});
	song_order(s);
	for (int i = 0; i < MANY; i++)
		many[i] = s;
	routing_rules_start(&rules, false);
	source = source_of_songs(many, 1, &rules, false);
	assert_non_null(source);
	do
		n = take(source);
	while (n.play.kind != ITEM_NOTE);
	assert_int_equal(n.play.at, (SONG_TICK_MAX - 2) * QUARTER);
	assert_true(n.play.note.off <= MOMENT_MAX);
	source_free(source);
	source = source_of_songs(many, MANY, &rules, false);
	assert_null(source);
	assert_string_not_equal(error_message(), "");
	song_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arranger), cmocka_unit_test(test_performed), cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_songs),    cmocka_unit_test(test_song_bars), cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
