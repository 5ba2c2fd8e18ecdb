/* The chord that is held: rolled, struck short, let go of in parts, and melodies that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "live/held.h"
#include "music/chord.h"

#define MS UINT64_C(1000000)

static struct held h;
static uint64_t now;
static int changes;

static int start(void **state)
{
	(void)state;
	held_start(&h);
	now = 1000 * MS;
	changes = 0;
	return 0;
}

/* Time passes, and whoever follows looks every 5 ms. */
static void pass(uint64_t ms)
{
	for (uint64_t t = 0; t < ms; t += 5) {
		now += 5 * MS;
		changes += held_changed(&h, now);
	}
}

static void strike(int pitch)
{
	held_key(&h, 0, pitch, true, now);
}

static void let_go(int pitch)
{
	held_key(&h, 0, pitch, false, now);
}

static void check_chord(const char *want, int want_changes)
{
	char name[CHORD_NAME_MAX];

	chord_name(name, sizeof name, h.classes, h.bass);
	assert_string_equal(name, want);
	assert_int_equal(changes, want_changes);
}

static void test_block(void **state)
{
	(void)state;
	check_chord("", 0);
	strike(48);
	strike(52);
	strike(55);
	pass(75);
	check_chord("", 0);
	pass(10);
	check_chord("C", 1);
	/* letting go, all at once or one by one, is no other chord */
	let_go(52);
	pass(500);
	let_go(48);
	let_go(55);
	pass(3000);
	check_chord("C", 1);
	/* nor is the same again */
	strike(60);
	strike(52);
	strike(48);
	strike(55);
	pass(100);
	check_chord("C", 1);
	/* another bass is */
	held_release(&h, -1);
	strike(52);
	strike(60);
	strike(55);
	pass(100);
	check_chord("C/E", 2);
}

static void test_rolled(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		static const int pitches[4] = {43, 50, 58, 65};

		strike(pitches[i]);
		pass(60);
	}
	check_chord("", 0);
	pass(100);
	check_chord("Gm7", 1);
}

/* From one chord to the next without a gap: what is still down of the first when the second is struck is not of it. */
static void test_legato(void **state)
{
	(void)state;
	strike(48);
	strike(52);
	strike(55);
	pass(400);
	strike(53);
	strike(57);
	pass(10);
	strike(60);
	pass(20);
	let_go(48);
	let_go(52);
	let_go(55);
	pass(200);
	check_chord("F", 2);
}

static void test_short(void **state)
{
	(void)state;
	strike(50);
	strike(53);
	strike(57);
	pass(30);
	held_release(&h, 0);
	pass(200);
	check_chord("Dm", 1);
	/* two of short are none */
	strike(60);
	strike(64);
	pass(30);
	held_release(&h, 0);
	pass(200);
	check_chord("Dm", 1);
	/* held they are */
	strike(60);
	strike(64);
	pass(200);
	check_chord("C", 2);
}

/* A melody, quick or slow, detached or each note a little into the next, is no chord. */
static void test_melody(void **state)
{
	(void)state;
	for (int gap = 30; gap <= 300; gap += 45) {
		for (int i = 0; i < 20; i++) {
			strike(60 + i);
			if (i > 0) {
				pass(15);
				let_go(60 + i - 1);
			}
			pass((uint64_t)gap);
		}
		let_go(79);
		pass(200);
	}
	check_chord("", 0);
}

static void test_octave_is_none(void **state)
{
	(void)state;
	strike(48);
	strike(60);
	pass(500);
	check_chord("", 0);
	assert_int_equal(held_keys(&h), 2);
	/* a key is down as long as any channel holds it */
	held_key(&h, 3, 48, true, now);
	held_key(&h, 0, 48, false, now);
	assert_int_equal(held_keys(&h), 2);
	held_release(&h, 3);
	assert_int_equal(held_keys(&h), 1);
}

/* All keys at once, and anything after. */
static void test_anything(void **state)
{
	struct random random = random_stream(1, 0, 0, 0);

	(void)state;
	for (int p = 0; p < 128; p++)
		strike(p);
	pass(100);
	assert_int_equal(h.classes, 0xfff);
	assert_int_equal(h.bass, 0);
	for (int i = 0; i < 20000; i++) {
		held_key(&h, (int)random_below(&random, 16), (int)random_below(&random, 128),
		         random_below(&random, 2) > 0, now);
		pass(random_below(&random, 3) * 5);
		assert_true(h.classes <= 0xfff && h.bass >= 0 && h.bass < 12 && (h.classes >> h.bass & 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_block, start),    cmocka_unit_test_setup(test_rolled, start),
		cmocka_unit_test_setup(test_legato, start),   cmocka_unit_test_setup(test_short, start),
		cmocka_unit_test_setup(test_melody, start),   cmocka_unit_test_setup(test_octave_is_none, start),
		cmocka_unit_test_setup(test_anything, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
