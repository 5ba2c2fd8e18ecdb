/*
 * The guard by itself: which bar may not come a fourth time, which of its
 * notes must be another, for bars and for groups of 2, 4 and 8; and that it
 * lets everything else alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "model/guard.h"

enum { NOTES = 4, QUARTER = 24 };

struct player {
	struct guard guard;
	struct random random;
};

static void player_init(struct player *p)
{
	guard_start(&p->guard);
	p->random = random_stream(2, 0, 0, 0);
}

/*
 * Plays a bar of quarters, all of one pitch; begins with its bar line unless it
 * is the first. Returns how many notes the guard forbade; those are a semitone higher.
 */
static int play_bar(struct player *p, int pitch, bool first)
{
	int forbidden = 0;

	if (!first)
		guard_bars(&p->guard, 1, &p->random);
	for (int i = 0; i < NOTES; i++) {
		struct guard_note note = {i * QUARTER, 0, (uint8_t)pitch, QUARTER};

		if (guard_forbidden(&p->guard, note.tick, 0) == pitch) {
			forbidden++;
			note.pitch++;
		}
		/* Another part is never meant, nor another time. */
		assert_int_equal(guard_forbidden(&p->guard, note.tick, 1), -1);
		assert_int_equal(guard_forbidden(&p->guard, note.tick + 1, 0), -1);
		guard_note(&p->guard, &note);
	}
	return forbidden;
}

/* Bars by letters, a pitch each; which of them had a note forbidden: '!' under it. */
static void check_bars(const char *bars, const char *forbidden)
{
	struct player p;

	assert_int_equal(strlen(bars), strlen(forbidden));
	player_init(&p);
	for (int i = 0; bars[i]; i++) {
		int n = play_bar(&p, bars[i], i == 0);

		if (n != (forbidden[i] == '!'))
			fail_msg("%s: bar %d has %d notes forbidden", bars, i, n);
	}
}

static void test_bars(void **state)
{
	(void)state;
	check_bars("AAA", "   ");
	check_bars("AAAA", "   !");
	/* What came instead is another bar, so it begins anew. */
	check_bars("AAAAAAA", "   !   ");
	check_bars("AAAAAAAAA", "   !   ! ");
	check_bars("BAAABAAAC", "         ");
	check_bars("AABAABAAC", "         ");
	check_bars("ABCDEFGHIJ", "          ");
}

static void test_groups(void **state)
{
	(void)state;
	check_bars("ABABABA", "      !");
	check_bars("ABABABCBABAB", "            ");
	check_bars("ABCDABCDABCDA", "            !");
	check_bars("AABCAABCAABCA", "            !");
	check_bars("ABCDEFGHABCDEFGHABCDEFGHA", "                        !");
	/* Groups of three are music. */
	check_bars("ABCABCABCABCABC", "               ");
}

/* Every note of the bar is the one that must change, in one run or another. */
static void test_turn(void **state)
{
	bool turned[NOTES] = {false};

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct player p;
		int at = -1;

		player_init(&p);
		p.random = random_stream(seed, 0, 0, 0);
		for (int i = 0; i < 3; i++)
			play_bar(&p, 60, i == 0);
		guard_bars(&p.guard, 1, &p.random);
		for (int i = 0; i < NOTES; i++) {
			struct guard_note note = {i * QUARTER, 0, 60, QUARTER};

			if (guard_forbidden(&p.guard, note.tick, 0) >= 0) {
				assert_int_equal(at, -1);
				assert_int_equal(guard_forbidden(&p.guard, note.tick, 0), 60);
				at = i;
			}
			guard_note(&p.guard, &note);
		}
		assert_true(at >= 0);
		turned[at] = true;
		assert_int_equal(p.guard.stepped_in, 1);
	}
	for (int i = 0; i < NOTES; i++)
		assert_true(turned[i]);
}

/* A bar that has gone another way already is left alone. */
static void test_follows(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct player p;

		player_init(&p);
		p.random = random_stream(seed, 0, 0, 0);
		for (int i = 0; i < 3; i++)
			play_bar(&p, 60, i == 0);
		guard_bars(&p.guard, 1, &p.random);
		if (guard_forbidden(&p.guard, 0, 0) >= 0)
			continue;
		guard_note(&p.guard, &(struct guard_note){0, 0, 62, QUARTER});
		for (int i = 1; i < NOTES; i++) {
			assert_int_equal(guard_forbidden(&p.guard, i * QUARTER, 0), -1);
			guard_note(&p.guard, &(struct guard_note){i * QUARTER, 0, 60, QUARTER});
		}
	}
}

/* Other durations make another bar; silence may last; hundreds of notes in a bar do no harm. */
static void test_other_bars(void **state)
{
	struct player p;

	(void)state;
	player_init(&p);
	for (int bar = 0; bar < 12; bar++) {
		guard_note(&p.guard, &(struct guard_note){0, 0, 60, bar % 3 == 2 ? 12 : 24});
		guard_bars(&p.guard, 1, &p.random);
		assert_int_equal(p.guard.expected, -1);
	}
	player_init(&p);
	for (int i = 0; i < 100; i++) {
		guard_bars(&p.guard, 1 + i % 3, &p.random);
		assert_int_equal(p.guard.expected, -1);
	}
	guard_bars(&p.guard, 1000000000, &p.random);
	assert_int_equal(guard_forbidden(&p.guard, 0, 0), -1);
	for (int bar = 0; bar < 8; bar++) {
		guard_bars(&p.guard, 1, &p.random);
		for (int i = 0; i < 10 * GUARD_NOTES; i++)
			guard_note(&p.guard, &(struct guard_note){i, 0, (uint8_t)(i % 128), 1});
	}
	assert_true(p.guard.stepped_in > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bars),    cmocka_unit_test(test_groups),     cmocka_unit_test(test_turn),
		cmocka_unit_test(test_follows), cmocka_unit_test(test_other_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
