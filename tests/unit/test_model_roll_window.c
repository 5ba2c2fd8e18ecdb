/* Windows of music as rolls and back: to the note where the roll can say it, and a stated nearest where it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include "base/error.h"
#include "model/roll_window.h"
#include "model_music.h"

#define FRAME 6

static const struct roll_shape shape = {
	.frame = FRAME,
	.frames = 64,
	.bars = 4,
	.low = 40,
	.pitches = 48,
	.parts = 2,
	.part_low = {60, 45},
	.part_high = {80, 65},
};

/* ---- there and back ------------------------------------------------------------ */

struct plain_note {
	int onset, part, pitch, duration;
};

static int in_order(const void *a, const void *b)
{
	const struct plain_note *x = a, *y = b;

	return x->onset != y->onset ? x->onset - y->onset
	       : x->part != y->part ? x->part - y->part
	                            : y->pitch - x->pitch;
}

/* The piece's notes that sound from tick `start` on for a window, cut to it, by no way of the code's. */
static int cut(struct plain_note *out, const struct piece *p, int start)
{
	const int end = start + shape.frames * FRAME;
	int now = 0, n = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];
		int from, to;

		now += e->shift;
		from = now > start ? now : start;
		to = now + e->duration < end ? now + e->duration : end;
		if (e->kind == EVENT_NOTE && from < to)
			out[n++] = (struct plain_note){from - start, e->part, e->pitch, to - from};
	}
	qsort(out, (size_t)n, sizeof *out, in_order);
	return n;
}

static void check_same(const struct piece *made, const struct plain_note *want, int n)
{
	int now = 0;

	assert_int_equal(made->n, n + 1);
	for (int i = 0; i < n; i++) {
		const struct event *e = &made->events[i];

		now += e->shift;
		assert_int_equal(e->kind, EVENT_NOTE);
		assert_int_equal(now, want[i].onset);
		assert_int_equal(e->part, want[i].part);
		assert_int_equal(e->pitch, want[i].pitch);
		assert_int_equal(e->duration, want[i].duration);
	}
	assert_int_equal(made->events[n].kind, EVENT_END);
	assert_int_equal(now + made->events[n].shift, shape.frames * FRAME);
}

/* Two parts on 16ths; each ends its notes before it strikes the pitch again. */
static struct piece *on_frames(struct random *r, int pickup)
{
	struct piece *p = piece_new(GRID);
	int free_at[128] = {0}, now = 0;

	p->start.parts = 3;
	p->start.pickup = pickup;
	for (int i = 0; i < 300; i++) {
		int shift = FRAME * music_below(r, 3);

		for (int part = 0; part < 2; part++) {
			const int pitch = (part ? 45 : 66) + music_below(r, 20);
			const int duration = FRAME * (1 + music_below(r, part ? 20 : 6));

			if (free_at[pitch] > now + shift)
				continue;
			now += shift;
			music_add(p, music_note(shift, part, pitch, duration));
			free_at[pitch] = now + duration;
			shift = 0;
		}
	}
	music_add(p, music_end(WHOLE));
	return p;
}

static void test_there_and_back(void **state)
{
	struct random r = random_stream(1, 0, 0, 0);
	real *x = calloc(roll_size(&shape), sizeof *x);

	(void)state;
	for (int round = 0; round < 8; round++) {
		const int pickup = round % 2 ? 24 : 0;
		struct piece *p = on_frames(&r, pickup);
		struct roll_windows w = {0};
		struct plain_note want[700];

		assert_int_equal(roll_windows_add(&w, p, &shape, 0, INT_MAX), 0);
		assert_true(w.n > 10);
		for (size_t i = 0; i < w.n; i++) {
			struct piece *made;
			const int n = cut(want, p, w.list[i].start);

			assert_int_equal((w.list[i].start - pickup) % WHOLE, 0);
			roll_window_fill(x, &w, &shape, i, 0);
			made = roll_to_piece(x, &shape, GRID);
			check_same(made, want, n);
			piece_free(made);
		}
		roll_windows_done(&w);
		piece_free(p);
	}
	free(x);
}

/* ---- which windows there are ------------------------------------------------------- */

/* Quarters, one after the other, so many. */
static void quarters(struct piece *p, int n, int first_shift)
{
	for (int i = 0; i < n; i++)
		music_add(p, music_note(i ? 24 : first_shift, 0, 60 + i % 5, 24));
}

static size_t windows_of(const struct piece *p, int from, int to)
{
	struct roll_windows w = {0};
	size_t n;

	assert_int_equal(roll_windows_add(&w, p, &shape, from, to), 0);
	n = w.n;
	roll_windows_done(&w);
	return n;
}

static void test_which(void **state)
{
	struct piece *p = piece_new(GRID);

	(void)state;
	p->start.parts = 1;
	quarters(p, 24, 0);
	music_add(p, music_end(24));
	assert_int_equal(windows_of(p, 0, INT_MAX), 3); /* six bars */
	assert_int_equal(windows_of(p, 0, 5 * WHOLE), 2);
	assert_int_equal(windows_of(p, 1, INT_MAX), 2);
	p->start.numerator = 2;
	p->start.denominator_log2 = 1;
	assert_int_equal(windows_of(p, 0, INT_MAX), 3);
	p->start.numerator = 3;
	assert_int_equal(windows_of(p, 0, INT_MAX), 0);
	p->start.numerator = 4;
	p->start.denominator_log2 = 2;
	p->start.parts = 7;
	assert_int_equal(windows_of(p, 0, INT_MAX), 0); /* a part too many */
	piece_free(p);

	/* four bars of 4/4, three quarters of 3/4, five bars of 4/4, the last of them short */
	p = piece_new(GRID);
	p->start.parts = 1;
	quarters(p, 16, 0);
	music_add(p, music_metre(24, 3, 2));
	quarters(p, 3, 0);
	music_add(p, music_metre(24, 4, 2));
	quarters(p, 18, 0);
	music_add(p, music_end(24));
	assert_int_equal(windows_of(p, 0, INT_MAX), 3);
	piece_free(p);

	/* a bar of silence is in none */
	p = piece_new(GRID);
	p->start.parts = 1;
	quarters(p, 16, 0);
	quarters(p, 20, 24 + WHOLE);
	music_add(p, music_end(24));
	assert_int_equal(windows_of(p, 0, INT_MAX), 3);
	piece_free(p);
}

/* ---- what the grid of frames cannot say, and repeated notes ----------------------------- */

static void test_nearest(void **state)
{
	const struct plain_note want[] = {
		{0, 0, 60, 6},   {6, 0, 60, 6},    {12, 0, 62, 6},   {24, 0, 64, 6},
		{96, 0, 60, 24}, {192, 0, 60, 24}, {288, 0, 60, 96},
	};
	real *x = calloc(roll_size(&shape), sizeof *x);
	struct piece *p = piece_new(GRID), *made;
	struct roll_windows w = {0};

	(void)state;
	p->start.parts = 1;
	music_add(p, music_note(0, 0, 60, 6)); /* repeated */
	music_add(p, music_note(6, 0, 60, 6));
	music_add(p, music_note(8, 0, 62, 1)); /* tick 14: the nearest frame is 12; it has one at least */
	music_add(p, music_note(7, 0, 64, 8)); /* 21 to 29: 24 to 30 */
	music_add(p, music_note(75, 0, 60, 24));
	music_add(p, music_note(96, 0, 60, 24));
	music_add(p, music_note(96, 0, 60, 200)); /* over the end */
	music_add(p, music_end(200));
	assert_int_equal(roll_windows_add(&w, p, &shape, 0, INT_MAX), 0);
	assert_true(w.n > 0);
	roll_window_fill(x, &w, &shape, 0, 0);
	made = roll_to_piece(x, &shape, GRID);
	check_same(made, want, 7);
	piece_free(made);
	/* a tone up, as far as the part goes */
	roll_window_fill(x, &w, &shape, 0, 2);
	made = roll_to_piece(x, &shape, GRID);
	assert_int_equal(made->events[3].pitch, 66);
	piece_free(made);
	piece_free(p);
	roll_windows_done(&w);
	free(x);
}

static void test_room(void **state)
{
	struct piece *p = piece_new(GRID);
	struct roll_windows w = {0};
	int down, up;

	(void)state;
	p->start.parts = 1;
	quarters(p, 16, 0); /* 60 to 64, in a part of 60 to 80 */
	music_add(p, music_end(24));
	assert_int_equal(roll_windows_add(&w, p, &shape, 0, INT_MAX), 0);
	roll_window_room(&down, &up, &w, &shape, 0, 6);
	assert_int_equal(down, 0);
	assert_int_equal(up, 6);
	roll_window_room(&down, &up, &w, &shape, 0, 24);
	assert_int_equal(up, 16);
	roll_windows_done(&w);
	piece_free(p);
}

static void test_shape(void **state)
{
	struct vocab v = {.grid = GRID, .parts = 2, .low = {60, 48}, .high = {81, 60}};
	struct roll_shape s;

	(void)state;
	assert_int_equal(roll_shape_of(&s, &v, 4, 8), 0);
	assert_int_equal(s.frame, 6);
	assert_int_equal(s.frames, 64);
	assert_int_equal(s.pitches, 40); /* 34 of them are the music's */
	assert_int_equal(s.low, 45);
	assert_int_equal(roll_size(&s), 64 * 40 * 4);
	v.low[1] = 0;
	v.high[0] = 127;
	assert_int_equal(roll_shape_of(&s, &v, 4, 32), 0);
	assert_int_equal(s.pitches, 128);
	assert_int_equal(s.low, 0);
	v.parts = 5;
	assert_int_equal(roll_shape_of(&s, &v, 4, 8), -1);
	assert_non_null(strstr(error_message(), "one to 4 parts"));
	v.parts = 1;
	v.grid = 6;
	assert_int_equal(roll_shape_of(&s, &v, 4, 8), -1);
	assert_non_null(strstr(error_message(), "16ths"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_which), cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_room),           cmocka_unit_test(test_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
