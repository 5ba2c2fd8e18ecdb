/*
 * Sources: musical time into nanoseconds, parts into channels, bars counted.
 * The composer here is a script of events, so that every moment is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
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

static const int no_programs[SONG_PARTS_MAX] = {19, -1, 52};

static struct stream_note take(struct source *s)
{
	struct stream_note n = {0};

	assert_int_equal(s->next(s, &n), 1);
	return n;
}

static void test_channels(void **state)
{
	(void)state;
	assert_int_equal(source_channel(0), 0);
	assert_int_equal(source_channel(8), 8);
	assert_int_equal(source_channel(9), 10);
	assert_int_equal(source_channel(14), 15);
	assert_int_equal(source_channel(15), 0);
	for (size_t k = 0; k < 200; k++)
		assert_in_range(source_channel(k), 0, 15);
	for (size_t k = 0; k < 200; k++)
		assert_int_not_equal(source_channel(k), 9);
}

static void test_composer(void **state)
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
	struct composer c = {.events = events,
	                     .tempos = tempos,
	                     .n = 7,
	                     .tempo = 500000,
	                     .start = {.numerator = 3, .denominator_log2 = 2, .pickup = 24, .parts = 7}};
	struct source *s = source_of_composer(&c, 24, no_programs, PLAY_PLAIN, false);
	struct stream_note n;

	(void)state;
	assert_non_null(s);
	n = take(s);
	assert_int_equal(n.note.on, 0);
	assert_int_equal(n.note.off, 500000000);
	assert_int_equal(n.note.program, 19);
	assert_int_equal(n.note.pitch, 67);
	assert_int_equal(n.note.velocity, 80);
	assert_int_equal(n.bar, 0);
	assert_int_equal(n.parts, 3);
	n = take(s);
	assert_int_equal(n.note.channel, 2);
	assert_int_equal(n.note.program, 52);
	n = take(s);
	assert_int_equal(n.note.on, 500000000);
	assert_int_equal(n.note.off, 2000000000);
	assert_int_equal(n.bar, 1);
	assert_int_equal(n.us_per_quarter, 500000);
	/* the time until the metre is the old tempo's, what begins there is of the new one */
	n = take(s);
	assert_int_equal(n.note.on, 2000000000);
	assert_int_equal(n.note.off, 3000000000);
	assert_int_equal(n.bar, 2);
	assert_int_equal(n.us_per_quarter, 1000000);
	n = take(s);
	assert_int_equal(n.note.on, 6000000000);
	assert_int_equal(n.note.program, 255);
	assert_int_equal(n.bar, 3);
	assert_int_equal(s->next(s, &n), 0);
	source_free(s);
	c.at = 0;
	c.fails = true;
	s = source_of_composer(&c, 24, no_programs, PLAY_PLAIN, false);
	for (int i = 0; i < 5; i++)
		take(s);
	assert_int_equal(s->next(s, &n), -1);
	assert_string_equal(error_message(), "out of ideas");
	source_free(s);
	source_free(NULL);
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
		struct source *s = source_of_composer(&c, 24, no_programs, playing, false);
		struct performer p;
		int softest = 127, loudest = 0;

		performer_start(&p, 24, &c.start, 500000, playing == PLAY_LEARNED);
		for (int i = 0; i < NOTES; i++) {
			struct performed performed = performer_event(&p, &events[i]);
			struct stream_note n = take(s);

			assert_int_equal(n.note.on, 500000000ull * (unsigned)(i / 2));
			assert_int_equal(n.note.off - n.note.on, 500000000ull * (unsigned)performed.length / 480);
			assert_true(n.note.off - n.note.on <= 480000000);
			assert_int_equal(n.note.velocity, performed.velocity);
			softest = n.note.velocity < softest ? n.note.velocity : softest;
			loudest = n.note.velocity > loudest ? n.note.velocity : loudest;
		}
		assert_true(loudest - softest > (playing == PLAY_LEARNED ? 8 : 16));
		source_free(s);
	}
}

/* A tempo that no tick divides: a million events later not a nanosecond is lost. */
static void test_no_drift(void **state)
{
	enum { EVENTS = 1000000 };
	struct event *events = calloc(EVENTS, sizeof *events);
	struct composer c = {.events = events,
	                     .n = EVENTS,
	                     .tempo = 461539,
	                     .start = {.numerator = 4, .denominator_log2 = 2, .parts = 1}};
	struct source *s;
	unsigned long long ticks = 0;

	(void)state;
	assert_non_null(events);
	for (int i = 0; i < EVENTS; i++)
		events[i] = note(i % 7, 0, 60, 1);
	s = source_of_composer(&c, 24, no_programs, PLAY_PLAIN, false);
	for (int i = 0; i < EVENTS; i++) {
		struct stream_note n = take(s);

		ticks += (unsigned)i % 7;
		assert_int_equal(n.note.on, ticks * 461539ull * 1000 / 24);
		assert_int_equal(n.bar, 1 + (int)(ticks / 96));
	}
	source_free(s);
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
	struct source *s = source_of_songs(songs, 2, false);
	struct stream_note n;

	(void)state;
	assert_non_null(s);
	for (int round = 0; round < 2; round++) {
		uint64_t from = round ? 1750520833 : 0;

		n = take(s);
		assert_int_equal(n.note.on, from);
		assert_int_equal(n.note.off, from + 250000000);
		assert_int_equal(n.note.channel, 0);
		assert_int_equal(n.note.program, 40);
		assert_int_equal(n.bar, 1);
		assert_int_equal(n.us_per_quarter, 500000);
		n = take(s);
		assert_int_equal(n.note.on, from);
		assert_int_equal(n.note.off, from + 1750000000);
		assert_int_equal(n.note.channel, 1);
		assert_int_equal(n.note.program, 255);
		n = take(s);
		assert_int_equal(n.note.on, from + 1500000000);
		assert_int_equal(n.note.off, from + 1750000000);
		assert_int_equal(n.bar, 2);
		assert_int_equal(n.us_per_quarter, 250000);
		assert_int_equal(n.parts, 2);
		n = take(s);
		assert_int_equal(n.note.on, from + 1750000000);
		assert_int_equal(n.note.pitch, 50);
		assert_int_equal(n.bar, 2);
	}
	assert_int_equal(s->next(s, &n), 0);
	source_free(s);
	song_free(songs[0]);
	song_free(songs[1]);
}

/* The longest song there can be, at the slowest tempo, twice. */
static void test_long(void **state)
{
	struct song *s = song_new(1);
	struct song *twice[2] = {s, s};
	struct source *source;
	struct stream_note n;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	song_add_tempo(s, 0, 0xffffff);
	song_add_metre(s, 0, 1, 7);
	song_add_note(s, 0, (struct note){SONG_TICK_MAX - 2, 1, 60, 90, false});
	song_order(s);
	source = source_of_songs(&s, 1, false);
	if (source) {
		n = take(source);
		assert_true(n.note.on <= SOURCE_TIME_MAX && n.note.off <= SOURCE_TIME_MAX);
		assert_true(n.bar > 0);
	}
	source_free(source);
	source = source_of_songs(twice, 2, false);
	assert_null(source);
	assert_string_not_equal(error_message(), "");
	song_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels), cmocka_unit_test(test_composer), cmocka_unit_test(test_performed),
		cmocka_unit_test(test_no_drift), cmocka_unit_test(test_songs),    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
