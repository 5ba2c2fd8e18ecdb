/* The player against a fake clock: messages at their moment and in their order, to a strict receiver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "player_received.h"

/* From deadline to deadline to the end. */
static void play(const struct play_item *notes, size_t n)
{
	size_t i = 0;
	bool lost;
	uint64_t now = player.transport.clock;

	while ((now = run(now, notes, n, &i, &lost)) != PLAYER_NEVER)
		assert_false(lost);
	assert_int_equal(i, n);
}

static void expect(size_t i, uint64_t due, uint8_t a, uint8_t b)
{
	assert_true(i < receiver.n);
	assert_int_equal(receiver.log[i].due, due);
	assert_int_equal(receiver.log[i].bytes[0], a);
	assert_int_equal(receiver.log[i].bytes[1], b);
}

static void test_moments(void **state)
{
	const struct play_item notes[] = {
		note(10, 20, 0, 60, 80, 255),
		note(10, 40, 1, 48, 80, 255),
		note(20, 30, 0, 60, 80, 255),
	};
	size_t i = 0;
	bool lost;

	(void)state;
	begin(1000);
	assert_int_equal(run(0, notes, 3, &i, &lost), 1010);
	assert_int_equal(run(1009, notes, 3, &i, &lost), 1010);
	assert_int_equal(receiver.n, 0);
	assert_int_equal(run(1010, notes, 3, &i, &lost), 1020);
	assert_int_equal(receiver.n, 2);
	assert_int_equal(run(1019, notes, 3, &i, &lost), 1020);
	assert_int_equal(receiver.n, 2);
	/* at 20 the same pitch ends and begins: off first */
	assert_int_equal(run(1020, notes, 3, &i, &lost), 1030);
	assert_int_equal(receiver.n, 4);
	expect(0, 1010, 0x90, 60);
	expect(1, 1010, 0x91, 48);
	expect(2, 1020, 0x80, 60);
	expect(3, 1020, 0x90, 60);
	assert_int_equal(run(1030, notes, 3, &i, &lost), 1040);
	assert_int_equal(run(1040, notes, 3, &i, &lost), PLAYER_NEVER);
	assert_int_equal(receiver.n, 6);
	expect(5, 1040, 0x81, 48);
}

/* A player that wakes late sends everything, in the order of the moments. */
static void test_late(void **state)
{
	const struct play_item notes[] = {
		note(0, 10, 0, 60, 80, 255),
		note(5, 30, 0, 62, 80, 255),
		note(10, 20, 0, 64, 80, 255),
		note(25, 26, 0, 64, 80, 255),
	};
	size_t i = 0;
	bool lost;
	uint64_t last = 0;

	(void)state;
	begin(0);
	assert_int_equal(run(1000, notes, 4, &i, &lost), PLAYER_NEVER);
	assert_int_equal(receiver.n, 8);
	for (size_t k = 0; k < receiver.n; k++) {
		assert_true(receiver.log[k].due >= last);
		last = receiver.log[k].due;
	}
	expect(2, 10, 0x80, 60);
	expect(3, 10, 0x90, 64);
	expect(4, 20, 0x80, 64);
	expect(5, 25, 0x90, 64);
	expect(6, 26, 0x80, 64);
	expect(7, 30, 0x80, 62);
}

static void test_unisons(void **state)
{
	/* two parts strike one pitch together; a third strikes it again while it sounds */
	const struct play_item notes[] = {
		note(0, 10, 0, 60, 80, 255),
		note(0, 40, 0, 60, 90, 255),
		note(20, 30, 0, 60, 70, 255),
	};

	(void)state;
	begin(0);
	play(notes, 3);
	assert_int_equal(receiver.n, 4);
	expect(0, 0, 0x90, 60);
	expect(1, 20, 0x80, 60);
	expect(2, 20, 0x90, 60);
	expect(3, 40, 0x80, 60);
	assert_int_equal(open_notes_held(&open_notes, 0, 60), 0);
}

static void test_odd_notes(void **state)
{
	/* no length, an end before the beginning, values out of range */
	const struct play_item notes[] = {
		note(5, 5, 0, 60, 80, 255),
		note(5, 5, 0, 60, 80, 255),
		note(7, 3, 0, 61, 0, 255),
		note(9, 10, 0xf2, 0xbd, 0xff, 200),
		note(MOMENT_MAX - 5, MOMENT_MAX, 0, 60, 80, 255),
	};

	(void)state;
	begin(100);
	play(notes, 5);
	assert_int_equal(receiver.ons, 5);
	assert_int_equal(receiver.offs, 5);
}

static void test_programs(void **state)
{
	const struct play_item notes[] = {
		note(0, 1, 0, 60, 80, 19), note(2, 3, 0, 62, 80, 19), note(4, 5, 0, 64, 80, 255),
		note(6, 7, 0, 65, 80, 52), note(8, 9, 1, 65, 80, 52),
	};
	int programs = 0;

	(void)state;
	begin(0);
	play(notes, 5);
	expect(0, 0, 0xc0, 19);
	assert_int_equal(receiver.log[0].size, 2);
	for (size_t i = 0; i < receiver.n; i++)
		programs += (receiver.log[i].bytes[0] & 0xf0) == 0xc0;
	assert_int_equal(programs, 3);
}

static void test_silence(void **state)
{
	const struct play_item notes[] = {
		note(0, 50, 0, 60, 80, 255),
		note(0, 90, 0, 60, 80, 255),
		note(0, 70, 3, 61, 80, 255),
		note(0, 70, 15, 127, 80, 255),
	};
	size_t i = 0;
	bool lost;

	(void)state;
	begin(0);
	run(10, notes, 4, &i, &lost);
	assert_int_equal(receiver.ons, 3);
	assert_int_equal(player_silence(&player, receive, &receiver), 0);
	assert_int_equal(receiver.offs, 3);
	assert_int_equal(receiver.n, 6 + 9);
	for (size_t k = 0; k < 3; k++) {
		static const uint8_t channels[] = {0, 3, 15}, controls[] = {64, 120, 123};

		for (size_t c = 0; c < 3; c++) {
			const uint8_t *bytes = receiver.log[6 + 3 * k + c].bytes;

			assert_int_equal(bytes[0], 0xb0 | channels[k]);
			assert_int_equal(bytes[1], controls[c]);
			assert_int_equal(bytes[2], 0);
		}
	}
	assert_int_equal(run(1000, notes, i, &i, &lost), PLAYER_NEVER);
	assert_int_equal(receiver.n, 15);
	/* nothing was played: nothing to silence */
	begin(0);
	assert_int_equal(player_silence(&player, receive, &receiver), 0);
	assert_int_equal(receiver.n, 0);
}

/* Whichever message is the first to fail: what sounded before it is still known, and silenced afterwards. */
static void test_lost(void **state)
{
	const struct play_item notes[] = {
		note(0, 50, 0, 60, 80, 3),
		note(0, 90, 0, 64, 80, 255),
		note(10, 70, 0, 64, 80, 255),
		note(20, 30, 1, 61, 80, 5),
	};

	(void)state;
	for (int fail = 0;; fail++) {
		size_t i = 0;
		bool lost = false;
		uint64_t now = 0;

		begin(0);
		receiver.fail_at = fail;
		while (!lost && (now = run(now, notes, 4, &i, &lost)) != PLAYER_NEVER)
			;
		if (!lost)
			break;
		for (uint8_t c = 0; c < 16; c++)
			for (uint8_t p = 0; p < 128; p++)
				if (receiver.sounds[c][p])
					assert_true(open_notes_held(&open_notes, c, p) > 0);
		assert_int_equal(player_silence(&player, receive, &receiver), -1);
		assert_int_equal(player.n_offs, 0);
		/* it comes back: the notes that hung are put out */
		for (uint8_t c = 0; c < 16; c++)
			for (uint8_t p = 0; p < 128; p++)
				assert_int_equal(open_notes_held(&open_notes, c, p), 0);
	}
	assert_true(receiver.n > 8);
}

static void test_shift(void **state)
{
	const struct play_item notes[] = {note(0, 50, 0, 60, 80, 255), note(60, 90, 0, 64, 80, 255)};
	size_t i = 0;
	bool lost;

	(void)state;
	begin(1000);
	assert_int_equal(run(1000, notes, 1, &i, &lost), 1050);
	transport_shift(&player.transport, 500);
	assert_int_equal(run(1060, notes, 2, &i, &lost), 1550);
	assert_int_equal(run(1550, notes, 2, &i, &lost), 1560);
	assert_int_equal(run(1560, notes, 2, &i, &lost), 1590);
}

/* More notes at once than the table holds: the earliest to end gives way, none hangs. */
static void test_full(void **state)
{
	static struct play_item notes[PLAYER_OFFS_MAX + 500];
	size_t n = sizeof notes / sizeof *notes;

	(void)state;
	for (size_t i = 0; i < n; i++)
		notes[i] = note(i, 100000 + i * 7919 % 5000, (uint8_t)(i % 16), (uint8_t)(i / 16 % 128), 1, 255);
	begin(0);
	play(notes, n);
	assert_int_equal(receiver.ons, receiver.offs);
	assert_int_equal(player.n_offs, 0);
}

/* A part that is muted ends what it holds, and nothing of others. */
static void test_end_part(void **state)
{
	struct play_item notes[] = {
		note(0, 100, 0, 60, 80, 255), note(0, 90, 0, 64, 80, 255), note(1, 80, 0, 60, 80, 255),
		note(2, 70, 1, 61, 80, 255),  note(3, 60, 0, 65, 80, 255),
	};
	size_t i = 0;
	bool lost;

	(void)state;
	/* two parts hold 60 on one channel */
	notes[2].note.part = 1;
	begin(0);
	assert_int_equal(run(10, notes, 5, &i, &lost), 60);
	assert_int_equal(player_end_part(&player, 0, receive, &receiver), 0);
	assert_true(receiver.sounds[0][60] && receiver.sounds[1][61]);
	assert_false(receiver.sounds[0][64] || receiver.sounds[0][65]);
	assert_int_equal(player.n_offs, 2);
	assert_int_equal(player_end_part(&player, 7, receive, &receiver), 0);
	assert_int_equal(run(70, notes, 5, &i, &lost), 80);
	assert_false(receiver.sounds[1][61]);
	assert_int_equal(run(80, notes, 5, &i, &lost), PLAYER_NEVER);
	assert_int_equal(receiver.ons, receiver.offs);
	/* of many notes, whichever part: what is left ends by its moment */
	for (uint8_t part = 0; part < 5; part++) {
		static struct play_item many[200];
		uint64_t last = 0;

		begin(0);
		for (size_t k = 0; k < 200; k++) {
			many[k] = note(0, 1000 + k * 7919 % 503, (uint8_t)(k % 16), (uint8_t)(k / 16), 80, 255);
			many[k].note.part = (uint8_t)(k % 5);
		}
		i = 0;
		run(0, many, 200, &i, &lost);
		assert_int_equal(player_end_part(&player, part, receive, &receiver), 0);
		assert_int_equal(player.n_offs, 160);
		for (uint64_t next = 0; next != PLAYER_NEVER; next = run(next, many, 200, &i, &lost)) {
			assert_true(next >= last);
			last = next;
		}
		assert_int_equal(receiver.ons, receiver.offs);
	}
	/* lost meanwhile: what could not be ended is still in the table */
	begin(0);
	i = 0;
	run(10, notes, 5, &i, &lost);
	receiver.fail_at = (int)receiver.n;
	assert_int_equal(player_end_part(&player, 1, receive, &receiver), -1);
	assert_int_equal(open_notes_held(&open_notes, 1, 61), 1);
}

/* A device that is there again: what hung is put out first, and a program is sent anew. */
static void test_rejoin(void **state)
{
	const struct play_item notes[] = {
		note(0, 50, 0, 60, 80, 3),
		note(0, 50, 2, 64, 80, 9),
		note(60, 70, 0, 62, 80, 3),
	};
	size_t i = 0, n;
	bool lost;

	(void)state;
	begin(0);
	run(0, notes, 2, &i, &lost);
	n = receiver.n;
	assert_int_equal(n, 4);
	assert_int_equal(player_rejoin(&player, receive, &receiver), 0);
	expect(n, receiver.log[n].due, 0x80, 60);
	expect(n + 1, receiver.log[n + 1].due, 0x82, 64);
	assert_int_equal(receiver.n, n + 2 + 6);
	assert_int_equal(player.n_offs, 0);
	n = receiver.n;
	run(60, notes, 3, &i, &lost);
	expect(n, 60, 0xc0, 3);
	expect(n + 1, 60, 0x90, 62);
	assert_int_equal(run(70, notes, 3, &i, &lost), PLAYER_NEVER);
	assert_int_equal(receiver.ons, receiver.offs);
	/* lost again at any message of it: it is said */
	for (int fail = 0; fail < 8; fail++) {
		begin(0);
		i = 0;
		run(0, notes, 2, &i, &lost);
		receiver.fail_at = (int)receiver.n + fail;
		assert_int_equal(player_rejoin(&player, receive, &receiver), -1);
		assert_true(open_notes_loud(&open_notes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),   cmocka_unit_test(test_late),     cmocka_unit_test(test_unisons),
		cmocka_unit_test(test_odd_notes), cmocka_unit_test(test_programs), cmocka_unit_test(test_silence),
		cmocka_unit_test(test_lost),      cmocka_unit_test(test_shift),    cmocka_unit_test(test_full),
		cmocka_unit_test(test_end_part),  cmocka_unit_test(test_rejoin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
