/* Windows of eight bars as rolls: where they begin, what is in them, and what does not matter to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus/windows.h"
#include "hand_music.h"

static uint8_t roll[WINDOW_SIZE], other[WINDOW_SIZE];

static int cell(int frame, int pitch, int plane)
{
	assert_in_range(pitch, WINDOW_LOWEST, WINDOW_LOWEST + WINDOW_PITCHES - 1);
	return roll[(frame * WINDOW_PITCHES + pitch - WINDOW_LOWEST) * WINDOW_PLANES + plane];
}

static int count(int plane)
{
	int n = 0;

	for (int i = plane; i < WINDOW_SIZE; i += WINDOW_PLANES)
		n += roll[i];
	return n;
}

/* The windows of a piece, which it frees. */
static struct windows windows_of(struct piece *piece)
{
	struct windows w;

	assert_int_equal(windows_make(&w, piece), 0);
	piece_free(piece);
	return w;
}

/* Eight bars of C major. */
#define BARS8 "60/24 62/24 64/24 65/24 67/48 60/48 64/96 62/96 60/96 67/96 65/96 60/96 "

/* A note has its onset and what it holds, to the next note and not beyond, each in its place. */
static void test_notes(void **state)
{
	struct windows w = windows_of(hand_piece(4, BARS8, NULL, NULL, NULL));

	(void)state;
	assert_int_equal(w.n, 1);
	windows_roll(roll, &w, 0);
	for (int t = 0; t < 4; t++) {
		assert_int_equal(cell(t, 60, 0), t == 0);
		assert_int_equal(cell(t, 60, 1), 1);
	}
	assert_int_equal(cell(4, 60, 1), 0);
	assert_int_equal(cell(4, 62, 0), 1);
	assert_int_equal(cell(16, 67, 0), 1);
	assert_int_equal(cell(23, 67, 1), 1);
	assert_int_equal(cell(24, 67, 1), 0);
	assert_int_equal(cell(127, 60, 1), 1);
	assert_int_equal(count(0), 12);
	assert_int_equal(count(1), WINDOW_FRAMES);
	windows_done(&w);
}

/* Parts are one roll; a note repeated is struck again; a grace has a frame; what lies between goes to the nearer frame. */
static void test_folding(void **state)
{
	struct windows w = windows_of(hand_piece(4, BARS8,
	                                         "48/12 48/12 50/1 r/1 52/22 48/7 52/41 48/96 "
	                                         "48/96 48/96 48/96 48/96 48/96 48/96",
	                                         NULL, NULL));

	(void)state;
	assert_int_equal(w.n, 1);
	windows_roll(roll, &w, 0);
	assert_int_equal(cell(0, 48, 0), 1);
	assert_int_equal(cell(1, 48, 0), 0);
	assert_int_equal(cell(2, 48, 0), 1);
	assert_int_equal(cell(3, 48, 1), 1);
	/* at tick 24, for one tick; at 26 another, which goes to 24 too; at 55, which is nearer to 54 */
	assert_int_equal(cell(4, 50, 0), 1);
	assert_int_equal(cell(5, 50, 1), 0);
	assert_int_equal(cell(4, 52, 0), 1);
	assert_int_equal(cell(9, 52, 0), 1);
	assert_int_equal(cell(9, 48, 1), 0);
	/* both parts at once */
	assert_int_equal(cell(0, 60, 0), 1);
	windows_done(&w);
}

/* One from every bar that has eight; a note that sounds on into a window is held there and not struck. */
static void test_starts(void **state)
{
	struct windows w = windows_of(hand_piece(4, "60/24 62/24 64/24 65/120 " BARS8 "60/96", NULL, NULL, NULL));

	(void)state;
	assert_int_equal(w.n, 4);
	for (size_t i = 0; i < w.n; i++)
		assert_int_equal(w.list[i].start, 96 * (int)i);
	windows_roll(roll, &w, 1);
	assert_int_equal(cell(0, 65, 1), 1);
	assert_int_equal(cell(0, 65, 0), 0);
	assert_int_equal(cell(15, 65, 1), 1);
	assert_int_equal(cell(16, 60, 0), 1);
	/* bar by bar the same music stands sixteen frames earlier */
	for (size_t i = 0; i + 1 < w.n; i++) {
		windows_roll(roll, &w, i);
		windows_roll(other, &w, i + 1);
		assert_memory_equal(roll + 16 * WINDOW_PITCHES * WINDOW_PLANES, other,
		                    (WINDOW_FRAMES - 16) * WINDOW_PITCHES * WINDOW_PLANES);
	}
	windows_done(&w);
	/* of seven bars there is none */
	w = windows_of(hand_piece(4, "60/96 60/96 60/96 60/96 60/96 60/96 60/96", NULL, NULL, NULL));
	assert_int_equal(w.n, 0);
	windows_done(&w);
	/* nor is one of silence: seventeen bars with notes in the first and the last alone */
	w = windows_of(hand_piece(4, "60/96 r/1440 62/96", NULL, NULL, NULL));
	assert_int_equal(w.n, 2);
	assert_int_equal(w.list[1].start, 9 * 96);
	windows_done(&w);
}

/* Whatever the key, the velocity, the tempo: the same roll. And a minor key comes to A minor. */
static void test_normal(void **state)
{
	struct windows w = windows_of(hand_piece(4, BARS8, NULL, NULL, NULL));

	(void)state;
	windows_roll(other, &w, 0);
	windows_done(&w);
	for (int up = -5; up <= 6; up++) {
		struct piece *piece = hand_piece(4, BARS8, NULL, NULL, NULL);

		for (size_t i = 0; i < piece->n; i++) {
			piece->events[i].velocity = (uint8_t)(20 + i);
			if (piece->events[i].kind == EVENT_NOTE)
				piece->events[i].pitch = (uint8_t)(piece->events[i].pitch + up);
		}
		piece->us_per_quarter = 300000;
		w = windows_of(piece);
		windows_roll(roll, &w, 0);
		assert_memory_equal(roll, other, sizeof roll);
		windows_done(&w);
	}
	w = windows_of(hand_piece(4, "67/48 74/48 70/48 69/24 66/24 67/96 67/48 70/48 74/96 67/96 70/48 69/48 67/96",
	                          NULL, NULL, NULL));
	assert_int_equal(w.n, 1);
	windows_roll(roll, &w, 0);
	assert_int_equal(cell(0, 69, 0), 1);
	assert_int_equal(cell(8, 76, 0), 1);
	windows_done(&w);
}

/* Notes beyond the roll are moved by octaves; bars shorter than 4/4 leave the rest silent, of longer ones the end is missing. */
static void test_edges(void **state)
{
	struct windows w =
		windows_of(hand_piece(3, "120/72 12/72 60/72 60/72 60/72 60/72 60/72 60/72", NULL, NULL, NULL));

	(void)state;
	assert_int_equal(w.n, 1);
	windows_roll(roll, &w, 0);
	assert_int_equal(cell(0, 96, 0), 1);
	assert_int_equal(cell(12, 36, 0), 1);
	assert_int_equal(cell(95, 60, 1), 1);
	assert_int_equal(cell(96, 60, 1), 0);
	assert_int_equal(count(1), 96);
	windows_done(&w);
	w = windows_of(hand_piece(6, "60/144 60/144 60/144 60/144 60/144 60/144 60/144 60/144", NULL, NULL, NULL));
	assert_int_equal(w.n, 1);
	windows_roll(roll, &w, 0);
	assert_int_equal(count(0), 6);
	assert_int_equal(count(1), WINDOW_FRAMES);
	windows_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes),  cmocka_unit_test(test_folding), cmocka_unit_test(test_starts),
		cmocka_unit_test(test_normal), cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
