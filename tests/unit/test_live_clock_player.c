/*
 * MIDI clock through the player, against a fake clock: sent at its moment,
 * before all else of it; stopped by every silence, and continued; joined
 * again, at a 16th, by who was lost for a while.
 */
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

#define ITEMS_MAX 1000
#define LEAD      PLAYER_START_LEAD

/* Everything that a source gives. */
static struct source_item items[ITEMS_MAX];
static size_t n_items;

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

/* Its items; a source is freed again. */
static void take_song(struct song *song)
{
	struct source *s = heard_songs(&song, 1, true);

	n_items = heard_drain(s, items, ITEMS_MAX);
	source_free(s);
}

static void test_player(void **state)
{
	struct song *song = song_of(96, 461539, 960);

	(void)state;
	take_song(song);
	/* from deadline to deadline; then by a player that wakes up far too late, now and then: the same messages */
	for (uint64_t late = 0; late <= 777777777; late += 777777777) {
		uint64_t k = 0, last = 0;
		int stops = 0;

		heard_play(7000 + LEAD, items, n_items, late);
		assert_int_equal(n_heard, 1 + 240 + 1 + 20);
		assert_int_equal(heard[0].message[0], MIDI_START);
		assert_int_equal(heard[0].due, 7000);
		for (size_t m = 0; m < n_heard; m++) {
			assert_true(heard[m].due >= last);
			last = heard[m].due;
			stops += heard[m].message[0] == MIDI_STOP;
			if (heard[m].message[0] != MIDI_CLOCK)
				continue;
			assert_int_equal(heard[m].due, 7000 + LEAD + k * 461539000 / 24);
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
	song_free(song);
}

/* Silenced anywhere: a clock that runs is stopped, last of all, and goes on from there when the music does. */
static void test_silence(void **state)
{
	struct song *song = song_of(96, 500000, 192);
	bool ever = false;

	(void)state;
	take_song(song);
	for (uint64_t stop = 0; stop < 1100000000; stop += 9999991) {
		size_t i = 0, running, before;

		heard_begin(1 + LEAD);
		if (stop > 0)
			heard_advance(stop, items, n_items, &i);
		running = open_notes.running;
		ever |= running;
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
	assert_true(ever);
	/* the port goes with the start: the clock is still in the table, for who finds the port again */
	{
		bool taken, lost;

		heard_begin(LEAD);
		fail_at = 0;
		player_advance(&player, 1, &items[0].play, &taken, hear, NULL, &lost);
		assert_true(lost);
		assert_true(open_notes.running);
	}
	song_free(song);
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

/*
 * Who hears it from message `from` on, after a loss: no pulse before a song
 * position and a continue, these at the pulse that the position says. Then
 * all pulses to the stop. Pulses are 5 ms apart, the first is at LEAD. The
 * number of pulses.
 */
static int expect_joined(size_t from)
{
	uint64_t place = 0;
	int pulses = 0, joins = 0;
	bool stopped = false;

	for (size_t m = from; m < n_heard; m++) {
		const uint8_t *message = heard[m].message;
		const uint64_t now = (heard[m].due - LEAD) / 5000000;

		switch (message[0]) {
		case MIDI_POSITION:
			assert_true(joins == 0);
			place = 6ul * (message[1] | (unsigned)message[2] << 7);
			assert_int_equal(heard[m + 1].message[0], MIDI_CONTINUE);
			assert_int_equal(heard[m + 2].message[0], MIDI_CLOCK);
			assert_int_equal(heard[m + 2].due, heard[m].due);
			break;
		case MIDI_CONTINUE:
			assert_int_equal(heard[m - 1].message[0], MIDI_POSITION);
			joins++;
			break;
		case MIDI_CLOCK:
			assert_int_equal(joins, 1);
			assert_false(stopped);
			assert_int_equal(now, place);
			assert_int_equal((heard[m].due - LEAD) % 5000000, 0);
			place++;
			pulses++;
			break;
		case MIDI_START:
			fail_msg("started again");
			break;
		case MIDI_STOP:
			/* another may be the silence's, which was first of all */
			stopped = joins > 0;
			break;
		default:
			break;
		}
	}
	return pulses;
}

/* Lost at any message, or at any moment, and there again whenever: at the next 16th the receiver is where the music is. */
static void test_rejoin(void **state)
{
	const uint64_t seed = seed_of_run();
	/* 24 pulses of 5 ms a quarter, 16 quarters */
	struct song *song = song_of(24, 120000, 16 * 24);

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	take_song(song);
	for (uint64_t round = 0; round < 500; round++) {
		struct random r = random_stream(seed, round, 0, 0);
		const uint64_t until = 1 + random_below(&r, 1900000000), back = until + random_below(&r, 1900000000);
		const bool at_message = round % 2;
		size_t i = 0, before, joined;
		uint64_t now = until;
		bool lost = false, running, over;

		heard_begin(LEAD);
		if (at_message) {
			fail_at = (long)random_below(&r, 420);
			/* as advance() of a stream, which goes on without it */
			for (;;) {
				bool taken;

				player_advance(&player, now, i < n_items ? &items[i].play : NULL, &taken, hear, NULL,
				               &lost);
				i += taken;
				if (lost || !taken)
					break;
			}
			fail_at = -1;
		} else {
			heard_advance(until, items, n_items, &i);
		}
		gone = true;
		player.n_offs = 0;
		heard_advance(back, items, n_items, &i);
		gone = false;
		before = n_heard;
		/* where the stop itself was lost it is over all the same */
		over = i == n_items;
		running = i > 0 && !over;
		assert_int_equal(player_rejoin(&player, hear, NULL), 0);
		for (uint8_t pitch = 0; pitch < 128; pitch++)
			assert_int_equal(open_notes_held(&open_notes, 0, pitch), 0);
		assert_int_equal(open_notes.running, running);
		joined = n_heard;
		for (now = back; (now = heard_advance(now, items, n_items, &i)) != PLAYER_NEVER;)
			;
		assert_int_equal(i, n_items);
		assert_false(open_notes.running);
		if (running) {
			const int next = back > LEAD ? (int)((back - LEAD) / 5000000) + 1 : 0;

			assert_int_equal(expect_joined(before), 384 - (next + 5) / 6 * 6);
			assert_int_equal(heard[n_heard - 1].message[0], MIDI_STOP);
		} else if (over) {
			assert_int_equal(n_heard, joined);
		}
	}
	song_free(song);
}

/* Paused, or in a panic, before it has joined: it does not go on from where it was. */
static void test_silence_while_joining(void **state)
{
	struct song *song = song_of(24, 120000, 16 * 24);
	size_t i = 0, before;
	uint64_t now = LEAD + 36000000; /* between pulses 7 and 8 */

	(void)state;
	take_song(song);
	heard_begin(LEAD);
	heard_advance(now, items, n_items, &i);
	assert_int_equal(player_rejoin(&player, hear, NULL), 0);
	now += 5000000;
	before = n_heard;
	heard_advance(now, items, n_items, &i);
	assert_int_equal(n_heard, before);
	assert_int_equal(player_silence(&player, hear, NULL), 0);
	before = n_heard;
	assert_int_equal(player_continue(&player, hear, NULL), 0);
	assert_int_equal(n_heard, before);
	assert_true(open_notes.running);
	while ((now = heard_advance(now, items, n_items, &i)) != PLAYER_NEVER)
		;
	assert_int_equal(expect_joined(before), 384 - 12);
	song_free(song);
}

/* A position has 14 bits, and the 16th that is told is the one there is, as far as they go. */
static void test_far_position(void **state)
{
	const struct source_item far[] = {
		{.play = {.at = 0, .kind = ITEM_TEMPO, .us_per_quarter = 1000}},
		{.play = {.at = 0, .kind = ITEM_START}},
		{.play = {.at = 20000 * SIXTEENTH, .kind = ITEM_STOP}},
	};
	size_t i = 0;

	(void)state;
	for (uint64_t sixteenth = 1; sixteenth < 19000; sixteenth += 3777) {
		uint64_t now = LEAD + sixteenth * 250000;
		bool told = false;

		heard_begin(LEAD);
		i = 0;
		gone = true;
		heard_advance(now, far, 3, &i);
		gone = false;
		assert_int_equal(player_rejoin(&player, hear, NULL), 0);
		heard_advance(now + 250000, far, 3, &i);
		for (size_t m = 0; m < n_heard; m++)
			if (heard[m].message[0] == MIDI_POSITION) {
				assert_false(told);
				told = true;
				assert_int_equal(heard[m].message[1] | heard[m].message[2] << 7,
				                 (sixteenth + 1) % 16384);
			}
		assert_true(told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_player),       cmocka_unit_test(test_silence),
		cmocka_unit_test(test_rejoin),       cmocka_unit_test(test_silence_while_joining),
		cmocka_unit_test(test_far_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
