/*
 * The player against a fake clock: messages at their moment and in their
 * order, and a strict receiver for which a note-on of a sounding pitch and a
 * note-off of a silent one are both mistakes.
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
#include "live/player.h"

#define LOG_MAX 20000

struct sent {
	uint64_t due;
	uint8_t bytes[3];
	int size;
};

struct receiver {
	struct player *player;
	struct sent log[LOG_MAX];
	size_t n;
	bool sounds[16][128];
	int fail_at; /* this message and all after it fail; -1 never */
	long ons, offs;
};

static struct player player;
static struct open_notes open_notes;
static struct receiver receiver;

static int receive(void *context, const uint8_t *message, int size)
{
	struct receiver *r = context;
	uint8_t channel = message[0] & 15;

	assert_true(message[0] >= 0x80);
	for (int i = 1; i < size; i++)
		assert_true(message[i] < 128);
	if (r->fail_at >= 0 && (int)r->n >= r->fail_at) {
		r->n++;
		return -1;
	}
	if ((message[0] & 0xf0) == 0x90) {
		assert_int_equal(size, 3);
		assert_int_not_equal(message[2], 0);
		assert_false(r->sounds[channel][message[1]]);
		r->sounds[channel][message[1]] = true;
		r->ons++;
	} else if ((message[0] & 0xf0) == 0x80) {
		assert_int_equal(size, 3);
		assert_true(r->sounds[channel][message[1]]);
		r->sounds[channel][message[1]] = false;
		r->offs++;
	}
	if (r->n < LOG_MAX) {
		r->log[r->n].due = r->player->due;
		r->log[r->n].size = size;
		memcpy(r->log[r->n].bytes, message, (size_t)size);
	}
	r->n++;
	return 0;
}

static void begin(uint64_t start)
{
	memset(&receiver, 0, sizeof receiver);
	receiver.fail_at = -1;
	receiver.player = &player;
	memset(&open_notes, 0, sizeof open_notes);
	player_start(&player, start, &open_notes);
}

/* All that is due at now; the notes from *i on. The next deadline. */
static uint64_t run(uint64_t now, const struct play_note *notes, size_t n, size_t *i, bool *lost)
{
	for (;;) {
		bool taken;
		uint64_t next =
			player_advance(&player, now, *i < n ? &notes[*i] : NULL, &taken, receive, &receiver, lost);

		if (*lost)
			return next;
		if (!taken) {
			assert_true(next > now);
			return next;
		}
		assert_true(next <= now);
		(*i)++;
	}
}

/* From deadline to deadline to the end. */
static void play(const struct play_note *notes, size_t n)
{
	size_t i = 0;
	bool lost;
	uint64_t now = player.start;

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
	const struct play_note notes[] = {
		{10, 20, 0, 60, 80, 255, 0},
		{10, 40, 1, 48, 80, 255, 0},
		{20, 30, 0, 60, 80, 255, 0},
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
	const struct play_note notes[] = {
		{0, 10, 0, 60, 80, 255, 0},
		{5, 30, 0, 62, 80, 255, 0},
		{10, 20, 0, 64, 80, 255, 0},
		{25, 26, 0, 64, 80, 255, 0},
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
	const struct play_note notes[] = {
		{0, 10, 0, 60, 80, 255, 0},
		{0, 40, 0, 60, 90, 255, 0},
		{20, 30, 0, 60, 70, 255, 0},
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
	const struct play_note notes[] = {
		{5, 5, 0, 60, 80, 255, 0},
		{5, 5, 0, 60, 80, 255, 0},
		{7, 3, 0, 61, 0, 255, 0},
		{9, 10, 0xf2, 0xbd, 0xff, 200, 0},
		{UINT64_MAX - 5, UINT64_MAX, 0, 60, 80, 255, 0},
	};

	(void)state;
	begin(100);
	play(notes, 5);
	assert_int_equal(receiver.ons, 5);
	assert_int_equal(receiver.offs, 5);
}

static void test_programs(void **state)
{
	const struct play_note notes[] = {
		{0, 1, 0, 60, 80, 19, 0}, {2, 3, 0, 62, 80, 19, 0}, {4, 5, 0, 64, 80, 255, 0},
		{6, 7, 0, 65, 80, 52, 0}, {8, 9, 1, 65, 80, 52, 0},
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
	const struct play_note notes[] = {
		{0, 50, 0, 60, 80, 255, 0},
		{0, 90, 0, 60, 80, 255, 0},
		{0, 70, 3, 61, 80, 255, 0},
		{0, 70, 15, 127, 80, 255, 0},
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
	const struct play_note notes[] = {
		{0, 50, 0, 60, 80, 3, 0},
		{0, 90, 0, 64, 80, 255, 0},
		{10, 70, 0, 64, 80, 255, 0},
		{20, 30, 1, 61, 80, 5, 0},
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
	const struct play_note notes[] = {{0, 50, 0, 60, 80, 255, 0}, {60, 90, 0, 64, 80, 255, 0}};
	size_t i = 0;
	bool lost;

	(void)state;
	begin(1000);
	assert_int_equal(run(1000, notes, 1, &i, &lost), 1050);
	player.start += 500;
	assert_int_equal(run(1060, notes, 2, &i, &lost), 1550);
	assert_int_equal(run(1550, notes, 2, &i, &lost), 1560);
	assert_int_equal(run(1560, notes, 2, &i, &lost), 1590);
}

/* More notes at once than the table holds: the earliest to end gives way, none hangs. */
static void test_full(void **state)
{
	static struct play_note notes[PLAYER_OFFS_MAX + 500];
	size_t n = sizeof notes / sizeof *notes;

	(void)state;
	for (size_t i = 0; i < n; i++)
		notes[i] = (struct play_note){
			i, 100000 + i * 7919 % 5000, (uint8_t)(i % 16), (uint8_t)(i / 16 % 128), 1, 255, 0};
	begin(0);
	play(notes, n);
	assert_int_equal(receiver.ons, receiver.offs);
	assert_int_equal(player.n_offs, 0);
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

#define NOTES 400

/* Does a note hold this pitch of this channel just after `moment`? */
static bool held(const struct play_note *notes, size_t n, uint64_t moment, int channel, int pitch)
{
	for (size_t i = 0; i < n; i++)
		if (notes[i].channel == channel && notes[i].pitch == pitch && notes[i].on <= moment &&
		    moment < notes[i].off)
			return true;
	return false;
}

/*
 * Random notes, woken at random moments: after each wake the receiver holds
 * exactly the pitches that the notes hold, and messages come in time order
 * with note-offs first.
 */
static void test_property(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 200; round++) {
		struct random r = random_stream(seed, round, 0, 0);
		struct play_note notes[NOTES];
		size_t n = 1 + random_below(&r, NOTES), i = 0;
		uint64_t on = 0, now = 5000, start = 5000 + random_below(&r, 100);
		uint32_t channels = 1 + random_below(&r, 3), pitches = 1 + random_below(&r, 12);
		uint32_t gap = 1 + random_below(&r, 20), length = 1 + random_below(&r, 60),
			 step = 1 + random_below(&r, 60);
		bool lost = false;

		for (size_t k = 0; k < n; k++) {
			on += random_below(&r, gap);
			notes[k] = (struct play_note){on,
			                              on + random_below(&r, length),
			                              (uint8_t)random_below(&r, channels),
			                              (uint8_t)(60 + random_below(&r, pitches)),
			                              (uint8_t)random_below(&r, 128),
			                              255,
			                              0};
		}
		begin(start);
		for (uint64_t next = 0; next != PLAYER_NEVER; now += 1 + random_below(&r, step)) {
			next = run(now, notes, n, &i, &lost);
			assert_false(lost);
			if (now < start)
				continue;
			for (int c = 0; c < 3; c++)
				for (int p = 60; p < 72; p++)
					assert_int_equal(receiver.sounds[c][p], held(notes, n, now - start, c, p));
		}
		assert_int_equal(i, n);
		assert_int_equal(player.n_offs, 0);
		assert_int_equal(receiver.ons, receiver.offs);
		for (size_t k = 1; k < receiver.n; k++)
			assert_true(receiver.log[k].due >= receiver.log[k - 1].due);
	}
}

/* Stopped anywhere, nothing goes on sounding. */
static void test_property_stop(void **state)
{
	uint64_t seed = seed_of_run();

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	for (uint64_t round = 0; round < 500; round++) {
		struct random r = random_stream(seed, round, 1, 0);
		struct play_note notes[NOTES];
		size_t n = 1 + random_below(&r, NOTES), i = 0;
		uint64_t on = 0;
		bool lost;

		for (size_t k = 0; k < n; k++) {
			on += random_below(&r, 4);
			notes[k] = (struct play_note){on,
			                              on + random_below(&r, 100),
			                              (uint8_t)random_below(&r, 16),
			                              (uint8_t)random_below(&r, 128),
			                              80,
			                              (uint8_t)random_below(&r, 256),
			                              0};
		}
		begin(0);
		run(random_below(&r, (uint32_t)on + 1), notes, n, &i, &lost);
		assert_int_equal(player_silence(&player, receive, &receiver), 0);
		assert_int_equal(receiver.ons, receiver.offs);
		for (int c = 0; c < 16; c++)
			for (int p = 0; p < 128; p++)
				assert_false(receiver.sounds[c][p]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),   cmocka_unit_test(test_late),          cmocka_unit_test(test_unisons),
		cmocka_unit_test(test_odd_notes), cmocka_unit_test(test_programs),      cmocka_unit_test(test_silence),
		cmocka_unit_test(test_lost),      cmocka_unit_test(test_shift),         cmocka_unit_test(test_full),
		cmocka_unit_test(test_property),  cmocka_unit_test(test_property_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
