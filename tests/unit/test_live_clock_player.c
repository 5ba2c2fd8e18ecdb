/*
 * MIDI clock through the player, against a fake clock: sent at its moment,
 * before all else of it; stopped by every silence, and continued.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "live/pulses.h"
#include "live/source.h"

#define ITEMS_MAX 1000
#define LEAD      PULSES_LEAD

/* Everything that a source gives. */
static struct stream_note items[ITEMS_MAX];
static size_t n_items;

static void drain(struct source *s)
{
	int got;

	assert_non_null(s);
	for (n_items = 0; (got = s->next(s, &items[n_items])) == 1; n_items++)
		assert_true(n_items + 1 < ITEMS_MAX);
	assert_int_equal(got, 0);
}

static struct song *song_of(int ppq, int us_per_quarter, int ticks)
{
	struct song *s = song_new(ppq);

	assert_non_null(s);
	assert_int_equal(song_add_part(s, NULL, 0, -1), 0);
	assert_int_equal(song_add_metre(s, 0, 4, 2), 0);
	assert_int_equal(song_add_tempo(s, 0, us_per_quarter), 0);
	for (int t = 0; t < ticks; t += ppq)
		assert_int_equal(
			song_add_note(s, 0, (struct note){t, ppq < ticks - t ? ppq : ticks - t, 60, 80, false}), 0);
	song_order(s);
	assert_int_equal(s->end, ticks);
	return s;
}

struct heard {
	uint64_t due;
	uint8_t message[3];
};
static struct heard heard[ITEMS_MAX];
static size_t n_heard;
static struct player player;
static struct open_notes open_notes;
static int fail_at; /* -1 never */

static int hear(void *context, const uint8_t *message, int size)
{
	(void)context;
	if (fail_at >= 0 && (int)n_heard >= fail_at)
		return -1;
	/* marked before it is started, until it is stopped */
	if (message[0] >= 0xf8)
		assert_true(open_notes.running);
	assert_true(n_heard < ITEMS_MAX);
	heard[n_heard] = (struct heard){.due = player.due};
	memcpy(heard[n_heard++].message, message, (size_t)size);
	return 0;
}

static void begin(uint64_t start)
{
	n_heard = 0;
	fail_at = -1;
	memset(&open_notes, 0, sizeof open_notes);
	player_start(&player, start, &open_notes);
}

/* What is due at now, from items[*i] on; the next deadline. */
static uint64_t advance(uint64_t now, size_t *i)
{
	for (;;) {
		bool taken, lost;
		uint64_t next =
			player_advance(&player, now, *i < n_items ? &items[*i].note : NULL, &taken, hear, NULL, &lost);

		assert_false(lost);
		if (!taken)
			return next;
		(*i)++;
	}
}

static void test_player(void **state)
{
	struct song *song = song_of(96, 461539, 960);
	struct source *s = source_of_songs(&song, 1, true);

	(void)state;
	drain(s);
	/* from deadline to deadline; then by a player that wakes up far too late, now and then: the same messages */
	for (int late = 0; late < 2; late++) {
		uint64_t now = 7000, k = 0, last = 0;
		size_t i = 0;
		int stops = 0;

		begin(7000);
		for (uint64_t next; (next = advance(now, &i)) != PLAYER_NEVER;) {
			assert_true(next > now);
			now = late ? next + 777777777 : next;
		}
		assert_int_equal(n_heard, 1 + 240 + 1 + 20);
		assert_int_equal(heard[0].message[0], MIDI_START);
		assert_int_equal(heard[0].due, 7000);
		for (size_t m = 0; m < n_heard; m++) {
			assert_true(heard[m].due >= last);
			last = heard[m].due;
			stops += heard[m].message[0] == MIDI_STOP;
			if (heard[m].message[0] != MIDI_CLOCK)
				continue;
			assert_int_equal(heard[m].due, 7000 + LEAD + (k * 461539000 + 12) / 24);
			/* nothing of its moment is before it */
			assert_true(m == 0 || heard[m - 1].due < heard[m].due);
			k++;
		}
		assert_int_equal(k, 240);
		assert_int_equal(stops, 1);
		assert_false(open_notes.running);
		/* it was stopped: it is not stopped again */
		assert_int_equal(player_silence(&player, hear, NULL), 0);
		assert_int_equal(heard[n_heard - 1].message[0], 0xb0);
		assert_int_equal(player_continue(&player, hear, NULL), 0);
		assert_int_equal(heard[n_heard - 1].message[0], 0xb0);
	}
	/* pulse, note-off, note-on at the second beat */
	for (size_t m = 0; m < n_heard; m++)
		if (heard[m].message[0] == 0x80) {
			assert_int_equal(heard[m - 1].message[0], MIDI_CLOCK);
			assert_int_equal(heard[m + 1].message[0], 0x90);
			assert_int_equal(heard[m - 1].due, heard[m + 1].due);
			break;
		}
	source_free(s);
	song_free(song);
}

/* Silenced anywhere: a clock that runs is stopped, last of all, and goes on from there when the music does. */
static void test_silence(void **state)
{
	struct song *song = song_of(96, 500000, 192);
	struct source *s = source_of_songs(&song, 1, true);

	(void)state;
	drain(s);
	for (uint64_t stop = 0; stop < 1100000000; stop += 9999991) {
		size_t i = 0, running, before;

		begin(1);
		if (stop > 0)
			advance(stop, &i);
		running = open_notes.running;
		assert_int_equal(running, i > 0 && i < n_items);
		before = n_heard;
		assert_int_equal(player_silence(&player, hear, NULL), 0);
		assert_false(open_notes.running);
		assert_false(open_notes_loud(&open_notes));
		for (size_t m = before; m < n_heard; m++)
			assert_int_equal(heard[m].message[0] == MIDI_STOP, running && m == n_heard - 1);
		before = n_heard;
		assert_int_equal(player_continue(&player, hear, NULL), 0);
		assert_int_equal(n_heard, before + running);
		if (running) {
			assert_int_equal(heard[before].message[0], MIDI_CONTINUE);
			assert_true(open_notes.running);
			assert_true(open_notes_loud(&open_notes));
			assert_int_equal(player_continue(&player, hear, NULL), 0);
			assert_int_equal(n_heard, before + 1);
		}
	}
	/* the port goes with the start: the clock is still in the table, for who finds the port again */
	{
		bool taken, lost;

		begin(0);
		fail_at = 0;
		player_advance(&player, 1, &items[0].note, &taken, hear, NULL, &lost);
		assert_true(lost);
		assert_true(open_notes.running);
	}
	source_free(s);
	song_free(song);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_player),
		cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
