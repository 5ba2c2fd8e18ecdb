/*
 * Phrases from a keyboard end when they should; our own notes are not heard;
 * and nothing that a keyboard can do breaks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "count_allocations.h"
#include "keyboard_played.h"

/* ---- when it is over ---------------------------------------------------------------- */

static void test_silent_bar(void **state)
{
	struct listen_music music = {true, 0, 500000, 3, 2};

	(void)state;
	/* of the phrase's own tempo: four quarters */
	play(tune, TUNE, 0.6, 0, 1, 0);
	for (uint64_t t = 0; t < 2370; t += 10)
		assert_false(listen_done(l, now + t * MS));
	assert_true(listen_done(l, now + 2430 * MS));
	/* of the music: three */
	listen_forget(l);
	listen_music(l, &music);
	play(tune, TUNE, 0.6, 0, 1, 0);
	assert_false(listen_done(l, now + 1490 * MS));
	assert_true(listen_done(l, now + 1500 * MS));
	/* not while a key is down, */
	press(60, 80);
	assert_false(listen_done(l, now + 7900 * MS));
	/* for ever */
	assert_true(listen_done(l, now + 8000 * MS));
}

static void test_pedal(void **state)
{
	(void)state;
	/* pressed with the keys and let go after them, over and over: playing */
	for (int i = 0; i < 8; i++) {
		press(60 + i, 80);
		now += 100 * MS;
		pedal(true);
		now += 400 * MS;
		let_go(60 + i);
		now += 50 * MS;
		assert_false(listen_done(l, now));
		pedal(false);
		now += 50 * MS;
		assert_false(listen_done(l, now));
	}
	/* what it holds is no silence */
	press(60, 80);
	pedal(true);
	let_go(60);
	assert_false(listen_done(l, now + 5 * SECOND));
	now += 5 * SECOND;
	pedal(false);
	assert_false(listen_done(l, now + 900 * MS));
	/* a tap when all is quiet ends it at once */
	now += 300 * MS;
	pedal(true);
	now += 200 * MS;
	assert_false(listen_done(l, now));
	pedal(false);
	assert_true(listen_done(l, now));
	/* but not if it goes on */
	press(62, 80);
	assert_false(listen_done(l, now));
	let_go(62);
	/* nor a long press */
	pedal(true);
	now += 600 * MS;
	pedal(false);
	assert_false(listen_done(l, now));
	/* nor one with a note */
	pedal(true);
	now += 100 * MS;
	press(64, 80);
	let_go(64);
	pedal(false);
	assert_false(listen_done(l, now));
	/* without a phrase it is nothing */
	listen_forget(l);
	pedal(true);
	now += 100 * MS;
	pedal(false);
	assert_false(listen_done(l, now));
}

static void test_other_ends(void **state)
{
	struct song *s;

	(void)state;
	/* all notes off */
	press(60, 80);
	message(0x91, 64, 80);
	now += SECOND;
	message(0xb0, 123, 0);
	assert_false(listen_done(l, now + 3 * SECOND));
	message(0xb1, 120, 0);
	assert_true(listen_done(l, now + 3 * SECOND));
	/* percussion and what is not a note */
	listen_forget(l);
	message(0x99, 40, 100);
	message(0xe0, 0, 64);
	message(0xd0, 80, 0);
	listen_message(l, (const uint8_t[]){0xf8}, 1, now, 0);
	listen_message(l, (const uint8_t[]){0x90, 60}, 2, now, 0);
	listen_message(l, (const uint8_t[]){0x90, 200, 60}, 3, now, 0);
	listen_message(l, NULL, 0, now, 0);
	assert_int_equal(listen_notes(l), 0);
	/* a note that is still down lasts a bar at most */
	press(60, 80);
	now += 20 * SECOND;
	s = taken(NULL);
	assert_int_equal(s->parts[0].notes[0].duration, 96);
	song_free(s);
	/* its end is none of the next phrase's */
	let_go(60);
	assert_int_equal(listen_notes(l), 0);
}

/* ---- echoes -------------------------------------------------------------------------- */

static void test_echo(void **state)
{
	(void)state;
	listen_sent(l, 60, now);
	press(60, 80);
	message(0x93, 60, 80);
	assert_int_equal(listen_notes(l), 0);
	now += 50 * MS;
	press(60, 80);
	let_go(60);
	press(61, 80);
	assert_int_equal(listen_notes(l), 1);
	now += MS;
	press(60, 80);
	assert_int_equal(listen_notes(l), 2);
	/* sent in a moment */
	listen_sent(l, 70, now + 20 * MS);
	press(70, 80);
	assert_int_equal(listen_notes(l), 2);
	listen_sent(l, 128, now);
	listen_sent(l, -1, now);
	/* nor is a chord of them one that is held */
	now += SECOND;
	message(0xb0, 123, 0);
	for (int i = 0; i < 3; i++) {
		listen_sent(l, 60 + 4 * i, now);
		press(60 + 4 * i, 80);
	}
	assert_false(held_changed(listen_held(l), now + SECOND));
	assert_int_equal(listen_held(l)->classes, 0);
}

/* ---- floods -------------------------------------------------------------------------- */

/* Ten thousand notes a second, for ten seconds: the newest are kept, and nothing is allocated. */
static void test_flood(void **state)
{
	const uint64_t began = now;
	struct heard h;
	struct song *s;
	long before;

	(void)state;
	before = atomic_load(&allocations);
	for (int i = 0; i < 100000; i++) {
		press(i % 128, 1 + i % 127);
		now += 50000;
		let_go(i % 128);
		now += 50000;
		assert_true(listen_notes(l) <= LISTEN_NOTES);
		assert_false(listen_done(l, now));
	}
	assert_int_equal(atomic_load(&allocations), before);
	s = taken(&h);
	assert_true(h.notes > LISTEN_NOTES / 2 && h.from > began + 9 * SECOND);
	song_free(s);
}

/* All keys of all channels at once, and never let go. */
static void test_all_keys(void **state)
{
	const struct reading reading = {.grid = 24};
	struct piece *p;

	(void)state;
	for (int c = 0; c < 16; c++)
		for (int pitch = 0; pitch < 128; pitch++)
			message(0x90 | c, pitch, 100);
	assert_false(listen_done(l, now + 7 * SECOND));
	now += 8 * SECOND;
	assert_true(listen_done(l, now));
	p = listen_take(l, NULL, &reading, now);
	if (!p)
		fail_msg("%s", error_message());
	piece_free(p);
	assert_false(listen_done(l, now));
	/* the keys of before are let go, and it goes on */
	for (int pitch = 0; pitch < 128; pitch++)
		let_go(pitch);
	assert_int_equal(listen_notes(l), 0);
}

/* Anything at any time, with music and without: what comes out is in order, and its notes are notes. */
static void test_anything(void **state)
{
	struct random random = random_stream(11, 0, 0, 0);
	const struct reading reading = {.grid = 24};
	int pieces = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		const uint8_t m[3] = {(uint8_t)(0x80 | random_below(&random, i % 3 ? 48 : 128)),
		                      (uint8_t)random_below(&random, i % 50 ? 128 : 256),
		                      (uint8_t)random_below(&random, 128)};

		if (random_below(&random, 500) == 0) {
			const struct listen_music music = {
				random_below(&random, 2) > 0, random_bits(&random) >> random_below(&random, 64),
				1 + (int)random_below(&random, 0xffffff), (uint8_t)(1 + random_below(&random, 255)),
				(uint8_t)random_below(&random, 8)};

			listen_music(l, &music);
		}
		listen_message(l, m, random_below(&random, 5), now,
		               random_below(&random, 100) ? now : random_bits(&random) >> 2);
		now += random_bits(&random) >> (34 + random_below(&random, 30));
		if (listen_done(l, now) || random_below(&random, 2000) == 0) {
			struct piece *p = listen_notes(l) > 0 ? listen_take(l, NULL, &reading, now) : NULL;

			pieces += p != NULL;
			for (size_t k = 0; p && k + 1 < p->n; k++)
				assert_true(p->events[k].shift >= 0 &&
				            (p->events[k].kind != EVENT_NOTE || p->events[k].duration > 0));
			piece_free(p);
		}
	}
	assert_true(pieces > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_silent_bar, start, stop),
		cmocka_unit_test_setup_teardown(test_pedal, start, stop),
		cmocka_unit_test_setup_teardown(test_other_ends, start, stop),
		cmocka_unit_test_setup_teardown(test_echo, start, stop),
		cmocka_unit_test_setup_teardown(test_flood, start, stop),
		cmocka_unit_test_setup_teardown(test_all_keys, start, stop),
		cmocka_unit_test_setup_teardown(test_anything, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
