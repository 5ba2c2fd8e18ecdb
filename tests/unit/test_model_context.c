/*
 * The context machine: which categories a moment of music boils down to, for
 * a few bars written out by hand; what sounds; what may come next.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/context.h"
#include "model_music.h"

struct ground {
	struct vocab vocab;
	struct generator g;
	struct context c;
};

static void ground_init(struct ground *k, int parts, int slots)
{
	struct generator_config config = small_config;
	struct start start = {.style = -1,
	                      .mode = MODE_MINOR,
	                      .numerator = 4,
	                      .denominator_log2 = 2,
	                      .tempo = 3,
	                      .parts = (UINT64_C(1) << parts) - 1};

	*k = (struct ground){.vocab = small_vocab(GRID, parts)};
	k->vocab.durations = (struct symbols){3, {12, 24, 96}};
	k->vocab.shifts = (struct symbols){3, {0, 12, 24}};
	config.slots = slots;
	assert_int_equal(generator_init(&k->g, &config, &k->vocab), 0);
	context_start(&k->c, &k->g, &start, 0, -1);
	context_arrive(&k->c, 0, ROW_START, 0);
}

static void begin(struct ground *k)
{
	static const struct event nothing;

	context_take(&k->c, &nothing);
}

static void play(struct ground *k, struct event e)
{
	context_arrive(&k->c, e.shift, e.kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e.part);
	context_take(&k->c, &e);
}

/* The only row of a field; -1 when it has none. Fails when it has more. */
static int row_of(const struct bag_item *items, int n, int field)
{
	int row = -1;

	for (int i = 0; i < n; i++) {
		if (items[i].field != field)
			continue;
		if (row >= 0)
			fail_msg("field %d is there twice", field);
		row = items[i].row;
	}
	return row;
}

static int count(const struct bag_item *items, int n, int field, int row)
{
	int found = 0;

	for (int i = 0; i < n; i++)
		found += items[i].field == field && (row < 0 || items[i].row == row);
	return found;
}

static void test_start(void **state)
{
	struct ground k;
	struct bag_item q[CONTEXT_QUERY_MAX];
	struct reference r[CONTEXT_REFERENCES_MAX];
	int n;

	(void)state;
	ground_init(&k, 2, 2);
	n = context_query(&k.c, q);
	assert_int_equal(row_of(q, n, QUERY_SHIFT), 0);
	assert_int_equal(row_of(q, n, QUERY_PART), 3); /* neither a part nor METRE */
	assert_int_equal(row_of(q, n, QUERY_BEFORE_KIND), -1);
	assert_int_equal(row_of(q, n, QUERY_MODE), MODE_MINOR);
	assert_int_equal(row_of(q, n, QUERY_TEMPO), 3);
	assert_int_equal(row_of(q, n, QUERY_STYLE), -1);
	assert_int_equal(row_of(q, n, QUERY_BARS_LEFT), -1); /* no end is known */
	assert_int_equal(row_of(q, n, QUERY_PARTS), 2);
	assert_int_equal(row_of(q, n, QUERY_PICKUP), 0);
	assert_int_equal(row_of(q, n, k.g.query_slots), 128); /* silence in both slots */
	assert_int_equal(row_of(q, n, k.g.query_slots + 3), 128);
	assert_int_equal(context_references(&k.c, r), 0);
	assert_int_equal(context_given(&k.c, 60, q), 0);
	generator_done(&k.g);
}

/* A chord of two in part 1 under a held note of part 0, then part 1 again. */
static void test_moment(void **state)
{
	struct ground k;
	struct bag_item q[CONTEXT_QUERY_MAX];
	struct reference r[CONTEXT_REFERENCES_MAX];
	struct event next = music_note(12, 1, 55, 24);
	int n;

	(void)state;
	ground_init(&k, 2, 1);
	begin(&k);
	play(&k, music_note(0, 0, 72, 96));
	play(&k, music_note(0, 1, 60, 12));
	play(&k, music_note(0, 1, 57, 50));
	context_arrive(&k.c, 12, ROW_NOTE, 1);
	n = context_query(&k.c, q);
	assert_int_equal(row_of(q, n, QUERY_SHIFT), 1);
	assert_int_equal(row_of(q, n, QUERY_PART), 1);
	assert_int_equal(row_of(q, n, QUERY_BEFORE_KIND), 1);
	assert_int_equal(row_of(q, n, QUERY_BEFORE_PITCH), 57);
	assert_int_equal(row_of(q, n, QUERY_BEFORE_DURATION), 3);  /* 50 has no symbol */
	assert_int_equal(row_of(q, n, QUERY_BEFORE_VELOCITY), -1); /* no dynamics */
	assert_int_equal(row_of(q, n, QUERY_TICK), 12);
	assert_int_equal(row_of(q, n, QUERY_QUARTER), 0);
	assert_int_equal(row_of(q, n, QUERY_LAST_PITCH), 57);
	assert_int_equal(row_of(q, n, QUERY_LAST_INTERVAL), 24 - 3);
	assert_int_equal(row_of(q, n, QUERY_LAST_DURATION), 3);
	/* Middle C has just ended; two notes sound, one of them of the same part, with 84 and 38 ticks left. */
	assert_int_equal(count(q, n, QUERY_SET_PITCH, -1), 2);
	assert_int_equal(count(q, n, QUERY_SET_PITCH, 72), 1);
	assert_int_equal(count(q, n, QUERY_SET_PITCH, 57), 1);
	assert_int_equal(count(q, n, QUERY_SET_INTERVAL, 24 + 15), 1);
	assert_int_equal(count(q, n, QUERY_SET_INTERVAL, 24), 1);
	assert_int_equal(count(q, n, QUERY_SET_SAME, 1), 1);
	assert_int_equal(count(q, n, QUERY_SET_SAME, 0), 1);
	assert_int_equal(count(q, n, QUERY_SET_LEFT, 24 + (84 - 25) / 6), 1);
	assert_int_equal(count(q, n, QUERY_SET_LEFT, 24 + (38 - 25) / 6), 1);
	assert_int_equal(row_of(q, n, k.g.query_slots), 72);
	assert_int_equal(row_of(q, n, k.g.query_slots + 1), 24 + 15);

	n = context_references(&k.c, r);
	assert_int_equal(n, 4);
	assert_true(r[0].kind == REFERENCE_LAST && r[0].pitch == 57);
	assert_true(r[1].kind == REFERENCE_BEFORE && r[1].pitch == 60);
	assert_true(r[2].kind == k.g.kinds_slots && r[2].pitch == 72);
	assert_true(r[3].kind == REFERENCE_SAME && r[3].pitch == 57);

	n = context_given(&k.c, 55, q);
	assert_int_equal(row_of(q, n, GIVEN_PITCH), 55);
	assert_int_equal(row_of(q, n, GIVEN_INTERVAL), 24 - 2);
	assert_int_equal(n, 12); /* two notes sound, one of them in the slot */
	assert_int_equal(row_of(q, n, GIVEN_TICK), 12);
	assert_int_equal(row_of(q, n, GIVEN_QUARTER), 0);
	assert_int_equal(row_of(q, n, GIVEN_METRE), 0);
	assert_int_equal(row_of(q, n, GIVEN_LAST_DURATION), 3);
	assert_int_equal(count(q, n, GIVEN_SET_INTERVAL, 24 - 17), 1); /* under the 72 of part 0 */
	assert_int_equal(count(q, n, GIVEN_SET_INTERVAL, 24 - 2), 1);  /* under its own 57 */
	assert_int_equal(count(q, n, GIVEN_SET_LEFT, 24 + (38 - 25) / 6), 1);
	assert_int_equal(row_of(q, n, k.g.given_slots), 24 - 17);
	assert_int_equal(row_of(q, n, k.g.given_slots + 1), 24 + (84 - 25) / 6);
	n = context_chosen(&k.c, &next, q);
	assert_int_equal(row_of(q, n, CHOSEN_KIND), 1);
	assert_int_equal(row_of(q, n, CHOSEN_PITCH), 55);
	assert_int_equal(row_of(q, n, CHOSEN_INTERVAL), 24 - 2);
	assert_int_equal(row_of(q, n, CHOSEN_DURATION), 1);
	assert_int_equal(row_of(q, n, CHOSEN_SINCE), 12 - 1);
	context_take(&k.c, &next);
	assert_int_equal(context_next(&k.c, 24, q), 1);
	assert_int_equal(q[0].row, 2);
	assert_int_equal(context_next(&k.c, 25, q), 1);
	assert_int_equal(q[0].row, 3);
	generator_done(&k.g);
}

/* Bars left: 1, 2, 3-4, 5-8, more; and past the end. */
static void test_bars_left(void **state)
{
	static const int bars[][2] = {{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 3}, {8, 3}, {9, 4}, {1000, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof bars / sizeof *bars; i++) {
		struct ground k;
		struct bag_item q[CONTEXT_QUERY_MAX];
		int n;

		ground_init(&k, 1, 1);
		begin(&k);
		k.c.end = 3 * WHOLE + bars[i][0] * WHOLE;
		context_arrive(&k.c, 3 * WHOLE + 95, ROW_NOTE, 0);
		n = context_query(&k.c, q);
		assert_int_equal(row_of(q, n, QUERY_BARS_LEFT), bars[i][1]);
		k.c.end -= WHOLE / 2; /* a last bar that is short is one too */
		n = context_query(&k.c, q);
		assert_int_equal(row_of(q, n, QUERY_BARS_LEFT), bars[i][1]);
		k.c.end = WHOLE;
		n = context_query(&k.c, q);
		assert_int_equal(row_of(q, n, QUERY_BARS_LEFT), 0);
		k.c.unknown = UNKNOWN_BARS_LEFT;
		n = context_query(&k.c, q);
		assert_int_equal(row_of(q, n, QUERY_BARS_LEFT), -1);
		generator_done(&k.g);
	}
}

/* Rows of time grow with it and stay in their table, on every grid. */
static void test_time_left(void **state)
{
	static const int grids[] = {1, 4, 24, 48, 480, 960};

	(void)state;
	for (size_t i = 0; i < sizeof grids / sizeof *grids; i++) {
		int last = 0;

		for (long ticks = 1; ticks < SONG_TICK_MAX; ticks += 1 + ticks / 50) {
			struct ground k;
			struct bag_item q[CONTEXT_QUERY_MAX];
			int n, row = -1;

			ground_init(&k, 2, 1);
			k.vocab.grid = grids[i];
			begin(&k);
			play(&k, music_note(0, 1, 60, (int)ticks));
			context_arrive(&k.c, 0, ROW_NOTE, 1);
			n = context_query(&k.c, q);
			row = row_of(q, n, QUERY_SET_LEFT);
			assert_true(row >= last && row < LEFT_ROWS);
			last = row;
			generator_done(&k.g);
		}
		assert_int_equal(last, LEFT_ROWS - 1);
	}
}

/* Forty notes at once: the first to end are forgotten, and nothing is written past its room. */
static void test_many_sounding(void **state)
{
	struct ground k;
	struct bag_item q[CONTEXT_QUERY_MAX + 1];
	struct reference r[CONTEXT_REFERENCES_MAX + 1];
	int n;

	(void)state;
	ground_init(&k, 40, SLOTS_MAX);
	begin(&k);
	for (int part = 0; part < 40; part++)
		play(&k, music_note(0, part, 100 - part, 24 + (part * 7) % 40));
	context_arrive(&k.c, 1, ROW_NOTE, 3);
	assert_int_equal(k.c.n_sounding, CONTEXT_SOUNDING_MAX);
	for (int i = 0; i < k.c.n_sounding; i++)
		assert_true(k.c.sounding[i].end >= 24 + 8);
	q[CONTEXT_QUERY_MAX].field = 12345;
	r[CONTEXT_REFERENCES_MAX].kind = 99;
	n = context_query(&k.c, q);
	assert_true(n <= CONTEXT_QUERY_MAX && q[CONTEXT_QUERY_MAX].field == 12345);
	n = context_references(&k.c, r);
	assert_true(n <= CONTEXT_REFERENCES_MAX && r[CONTEXT_REFERENCES_MAX].kind == 99);
	generator_done(&k.g);
}

/* Classes that may come: bit k part k, then METRE, then END. */
static unsigned classes(const struct ground *k, int shift)
{
	uint8_t allowed[SONG_PARTS_MAX + 2];
	unsigned bits = 0;

	context_classes(&k->c, shift, allowed);
	for (int i = 0; i < k->vocab.parts + 2; i++)
		bits |= (unsigned)allowed[i] << i;
	return bits;
}

static void test_what_may_come(void **state)
{
	enum { METRE = 8, END = 16 };
	struct ground k;

	(void)state;
	ground_init(&k, 3, 1);
	k.c.start.parts = 5; /* the middle part is silent in this piece */
	begin(&k);
	assert_int_equal(classes(&k, 0), 5 | METRE);
	assert_int_equal(classes(&k, 9), 5 | METRE);
	assert_int_equal(context_highest(&k.c), 127);
	play(&k, music_metre(0, 3, 2));
	assert_int_equal(classes(&k, 0), 5 | END);
	assert_int_equal(classes(&k, 9), 5 | METRE | END);
	play(&k, music_note(0, 0, 70, 12));
	assert_int_equal(classes(&k, 0), 5 | END);
	context_arrive(&k.c, 0, ROW_NOTE, 0);
	assert_int_equal(context_highest(&k.c), 70);
	context_take(&k.c, &(struct event){.kind = EVENT_NOTE, .pitch = 65, .duration = 12, .velocity = 80});
	context_arrive(&k.c, 0, ROW_NOTE, 2);
	assert_int_equal(context_highest(&k.c), 127);
	context_take(&k.c, &(struct event){.kind = EVENT_NOTE, .part = 2, .pitch = 90, .duration = 12, .velocity = 80});
	assert_int_equal(classes(&k, 0), 4 | END);
	assert_int_equal(classes(&k, 1), 5 | METRE | END);
	context_arrive(&k.c, 1, ROW_NOTE, 2);
	assert_int_equal(context_highest(&k.c), 127);
	generator_done(&k.g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),         cmocka_unit_test(test_moment),
		cmocka_unit_test(test_bars_left),     cmocka_unit_test(test_time_left),
		cmocka_unit_test(test_many_sounding), cmocka_unit_test(test_what_may_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
