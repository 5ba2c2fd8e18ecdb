/*
 * The last bars once more: which bar comes when, its notes where they were in
 * it, softer each time round; and bars that cannot be played again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "live/echo.h"

#define BAR      (4 * QUARTER)
#define VELOCITY 80

static struct echo echo;

/* A bar of so many notes, an eighth apart; the first pitch says which bar it is. */
static void play_bar(int bar, int notes)
{
	const uint64_t at = (uint64_t)bar * BAR;

	echo_bar(&echo, at, BAR);
	for (int i = 0; i < notes; i++) {
		const uint64_t on = at + (uint64_t)i * (BAR / (uint64_t)(notes > 8 ? notes : 8));
		const struct play_item note = {.at = on,
		                               .kind = ITEM_NOTE,
		                               .note = {.off = on + QUARTER / 3,
		                                        .part = 2,
		                                        .channel = 5,
		                                        .pitch = (uint8_t)(bar + i % 8),
		                                        .velocity = VELOCITY,
		                                        .program = 7}};

		echo_note(&echo, &note);
	}
}

/* The bar that is played from a moment on is the one of this number, so much softer. */
static void expect_bar(uint64_t from, int bar, int notes, int velocity)
{
	struct play_item note;

	for (int i = 0; i < notes; i++) {
		assert_true(echo_peek(&echo, &note));
		assert_true(echo_peek(&echo, &note));
		assert_int_equal(note.kind, ITEM_NOTE);
		assert_int_equal(note.at, from + (uint64_t)i * (BAR / 8));
		assert_int_equal(note.note.off, note.at + QUARTER / 3);
		assert_int_equal(note.note.pitch, bar + i);
		assert_int_equal(note.note.velocity, velocity);
		assert_int_equal(note.note.part, 2);
		assert_int_equal(note.note.channel, 5);
		assert_int_equal(note.note.program, 7);
		echo_pass(&echo);
	}
	assert_false(echo_peek(&echo, &note));
}

static void test_nothing_yet(void **state)
{
	(void)state;
	echo_start(&echo);
	assert_false(echo_ready(&echo));
	assert_int_equal(echo_end(&echo), 0);
	/* a note before the first line belongs to no bar */
	echo_note(&echo, &(struct play_item){.kind = ITEM_NOTE});
	assert_false(echo_ready(&echo));
}

/* The later half first, then the earlier; the next time round as they were; softer to a limit. */
static void test_order(void **state)
{
	static const int rounds[2][ECHO_BARS] = {{2, 3, 0, 1}, {0, 1, 2, 3}};

	(void)state;
	for (int played = 4; played < 14; played++) {
		uint64_t from = (uint64_t)played * BAR;

		echo_start(&echo);
		for (int bar = 0; bar < played; bar++) {
			play_bar(bar, 8);
			assert_int_equal(echo_end(&echo), (uint64_t)(bar + 1) * BAR);
			assert_true(echo_ready(&echo));
		}
		for (int turn = 0; turn < 40; turn++) {
			const int round = turn / ECHO_BARS, softer = 8 * (round + 1);

			assert_int_equal(echo_turn(&echo, from, turn > 0), BAR);
			expect_bar(from, played - ECHO_BARS + rounds[round % 2][turn % ECHO_BARS], 8,
			           VELOCITY - (softer < 32 ? softer : 32));
			from += BAR;
		}
		/* the music came again, and stopped again: it is as loud as at first */
		play_bar(played, 8);
		assert_int_equal(echo_turn(&echo, from, false), BAR);
		expect_bar(from, played + 1 - ECHO_BARS + 2, 8, VELOCITY - 8);
	}
}

/* Fewer bars than it holds are played again all the same. */
static void test_few(void **state)
{
	static const int order[4][6] = {{0}, {0, 0, 0, 0, 0, 0}, {1, 0, 0, 1, 1, 0}, {2, 0, 1, 0, 1, 2}};

	(void)state;
	for (int played = 1; played < 4; played++) {
		echo_start(&echo);
		for (int bar = 0; bar < played; bar++)
			play_bar(bar, 3);
		for (int turn = 0; turn < 6; turn++) {
			const int softer = 8 * (turn / played + 1);

			echo_turn(&echo, 0, turn > 0);
			expect_bar(0, order[played][turn], 3, VELOCITY - (softer < 32 ? softer : 32));
		}
	}
}

/* What has no notes, or too many, is not played again: but its time is kept, so that the others stay where they are. */
static void test_unplayable(void **state)
{
	(void)state;
	for (int notes = 0; notes <= ECHO_NOTES + 9; notes += ECHO_NOTES + 9) {
		struct play_item note;

		echo_start(&echo);
		play_bar(0, notes);
		assert_false(echo_ready(&echo));
		play_bar(1, 8);
		assert_true(echo_ready(&echo));
		assert_int_equal(echo_turn(&echo, 5, false), BAR);
		expect_bar(5, 1, 8, VELOCITY - 8);
		assert_int_equal(echo_turn(&echo, 5 + BAR, true), BAR);
		assert_false(echo_peek(&echo, &note));
		/* it goes as others come */
		for (int bar = 2; bar < 4; bar++)
			play_bar(bar, 8);
		assert_true(echo_ready(&echo));
		for (int bar = 4; bar < 4 + ECHO_BARS; bar++)
			play_bar(bar, notes);
		assert_false(echo_ready(&echo));
	}
	/* as many as there is room for */
	echo_start(&echo);
	play_bar(0, ECHO_NOTES);
	assert_true(echo_ready(&echo));
	echo_turn(&echo, 0, false);
	{
		struct play_item note;
		int n = 0;

		for (; echo_peek(&echo, &note); n++)
			echo_pass(&echo);
		assert_int_equal(n, ECHO_NOTES);
	}
	/* a bar that nobody can play again is no bar */
	echo_start(&echo);
	echo_bar(&echo, 0, 0);
	echo_note(&echo, &(struct play_item){.kind = ITEM_NOTE});
	assert_false(echo_ready(&echo));
}

/* Never to silence, and what is softest already stays as it is. */
static void test_softest(void **state)
{
	(void)state;
	for (int velocity = 1; velocity < 128; velocity++) {
		const struct play_item soft = {.kind = ITEM_NOTE, .note = {.velocity = (uint8_t)velocity}};
		int before = velocity;

		echo_start(&echo);
		echo_bar(&echo, 0, BAR);
		echo_note(&echo, &soft);
		for (int turn = 0; turn < 8; turn++) {
			struct play_item note;

			echo_turn(&echo, 0, turn > 0);
			assert_true(echo_peek(&echo, &note));
			assert_true(note.note.velocity <= before);
			assert_true(note.note.velocity >= (velocity < 16 ? velocity : 16));
			assert_true(note.note.velocity >= velocity - 32);
			before = note.note.velocity;
		}
		assert_true(velocity <= 16 || before < velocity);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_yet), cmocka_unit_test(test_order),   cmocka_unit_test(test_few),
		cmocka_unit_test(test_unplayable),  cmocka_unit_test(test_softest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
