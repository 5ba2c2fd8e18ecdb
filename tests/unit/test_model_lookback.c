/*
 * What was played some bars ago is found by part, tick and place in its chord,
 * however many notes came since, and so are the references that harmony adds:
 * the tonic, and where a part would go in parallel with one that has moved.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/context.h"
#include "model_music.h"

/* ---- lookback ------------------------------------------------------------------- */

static void play(struct lookback *l, int now, int part, int pitch)
{
	lookback_arrive(l, now, part, WHOLE);
	lookback_take(l, now, part, pitch, 24);
}

static void test_found(void **state)
{
	struct lookback l;

	(void)state;
	lookback_start(&l);
	play(&l, 0, 0, 72);
	play(&l, 0, 1, 60);
	play(&l, 0, 1, 55);
	play(&l, 24, 0, 74);
	for (int d = 0; d < LOOKBACKS; d++)
		assert_int_equal(l.found[d], LOOKBACK_BEFORE);
	lookback_arrive(&l, WHOLE, 0, WHOLE);
	assert_int_equal(lookback_at(&l, 0)->pitch, 72);
	assert_int_equal(lookback_after(&l, 0)->pitch, 60);
	assert_int_equal(l.found[1], LOOKBACK_BEFORE);
	/* the second note of a chord, and a third one that there was not */
	play(&l, WHOLE, 1, 60);
	lookback_arrive(&l, WHOLE, 1, WHOLE);
	assert_int_equal(lookback_at(&l, 0)->pitch, 55);
	assert_int_equal(lookback_after(&l, 0)->tick, 24);
	lookback_take(&l, WHOLE, 1, 55, 24);
	lookback_arrive(&l, WHOLE, 1, WHOLE);
	assert_int_equal(l.found[0], LOOKBACK_NOTHING);
	assert_null(lookback_at(&l, 0));
	/* nothing has come after the last note */
	lookback_arrive(&l, 2 * WHOLE, 1, WHOLE);
	lookback_take(&l, 2 * WHOLE, 1, 48, 24);
	lookback_arrive(&l, 3 * WHOLE, 1, WHOLE);
	assert_int_equal(lookback_at(&l, 0)->pitch, 48);
	assert_null(lookback_after(&l, 0));
	assert_int_equal(lookback_at(&l, 1)->pitch, 60);
}

static void test_same(void **state)
{
	struct lookback l;

	(void)state;
	lookback_start(&l);
	for (int i = 0; i < 12; i++)
		play(&l, i * 24, 0, 60 + i % 4);
	assert_int_equal(l.same[0][0], 8);
	assert_int_equal(l.same[0][1], 4);
	assert_int_equal(l.same[0][2], 0);
	play(&l, 12 * 24, 0, 59);
	assert_int_equal(l.same[0][0], 0);
	/* the pitch alone is not enough */
	lookback_arrive(&l, 16 * 24, 0, WHOLE);
	lookback_take(&l, 16 * 24, 0, 59, 12);
	assert_int_equal(l.same[0][0], 0);
}

/* Music without end: a note a quarter, its pitch told by its number. */
static void test_endless(void **state)
{
	struct lookback l;
	int forgotten = 0;

	(void)state;
	lookback_start(&l);
	for (int i = 0; i < 3000000; i++) {
		lookback_arrive(&l, i * 24, 0, WHOLE);
		for (int d = 0; d < LOOKBACKS; d++) {
			int then = i - 4 * lookback_bars[d];

			if (then < 0)
				assert_int_equal(l.found[d], LOOKBACK_BEFORE);
			else if (lookback_at(&l, d)->pitch != then % 127 || lookback_at(&l, d)->tick != then * 24)
				fail_msg("note %d, %d bars back", i, lookback_bars[d]);
		}
		lookback_take(&l, i * 24, 0, i % 127, 24);
	}
	/* many notes a bar: what is out of reach is not taken for silence */
	lookback_start(&l);
	for (int tick = 0; tick < 12 * WHOLE; tick++) {
		lookback_arrive(&l, tick, 0, WHOLE);
		forgotten += tick >= 8 * WHOLE && l.found[3] == LOOKBACK_BEFORE;
		assert_true(tick < WHOLE || l.found[0] >= 0);
		lookback_take(&l, tick, 0, 60, 1);
	}
	assert_int_equal(forgotten, 4 * WHOLE);
}

/* ---- references of the context --------------------------------------------------- */

static void take(struct context *c, int shift, int part, int pitch)
{
	struct event e = music_note(shift, part, pitch, 24);

	context_arrive(c, shift, ROW_NOTE, part);
	context_take(c, &e);
}

/* The pitch of the reference of a kind; -1 there is none. */
static int reference(const struct context *c, int kind)
{
	struct reference list[CONTEXT_REFERENCES_MAX];
	int n = context_references(c, list);

	for (int i = 0; i < n; i++)
		if (list[i].kind == kind)
			return list[i].pitch;
	return -1;
}

static void test_references(void **state)
{
	struct vocab v = small_vocab(GRID, 3);
	struct start start = {
		.style = -1, .mode = MODE_MAJOR, .tonic = 8, .numerator = 4, .denominator_log2 = 2, .parts = 7};
	struct generator g;
	struct context c;
	int harmony;

	(void)state;
	assert_int_equal(generator_init(&g, &small_config, &v), 0);
	harmony = g.kinds_harmony;
	context_start(&c, &g, &start, 0, -1);
	take(&c, 0, 0, 72);
	take(&c, 0, 1, 65);
	take(&c, 0, 2, 60);
	/* C over F over C; the highest goes a tone up: the fifth would go to G, the octave to D */
	take(&c, 24, 0, 74);
	context_arrive(&c, 0, ROW_NOTE, 1);
	assert_int_equal(reference(&c, harmony + HARMONY_FIFTH), 67);
	assert_int_equal(reference(&c, harmony + HARMONY_OCTAVE), -1);
	assert_int_equal(reference(&c, harmony + HARMONY_PARALLEL), -1);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC), 67);
	context_take(&c, &(struct event){.kind = EVENT_NOTE, .part = 1, .pitch = 67, .duration = 24, .velocity = 80});
	context_arrive(&c, 0, ROW_NOTE, 2);
	assert_int_equal(reference(&c, harmony + HARMONY_OCTAVE), 62);
	/* a fourth below the middle part */
	assert_int_equal(reference(&c, harmony + HARMONY_PARALLEL), 62);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC), 55);
	context_take(&c, &(struct event){.kind = EVENT_NOTE, .part = 2, .pitch = 55, .duration = 24, .velocity = 80});
	/* who stays does not move, and who moved before does not move now */
	take(&c, 24, 0, 74);
	context_arrive(&c, 0, ROW_NOTE, 1);
	assert_int_equal(reference(&c, harmony + HARMONY_FIFTH), -1);
	context_arrive(&c, 24, ROW_NOTE, 1);
	assert_int_equal(reference(&c, harmony + HARMONY_FIFTH), -1);
	/* the end is not known; then it is two bars away, and one */
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC_LATE), -1);
	context_start(&c, &g, &start, 0, 3 * WHOLE);
	take(&c, 0, 0, 72);
	context_arrive(&c, WHOLE - 24, ROW_NOTE, 0);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC_LATE), -1);
	context_arrive(&c, 24, ROW_NOTE, 0);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC_LATE), 67);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC_LAST), -1);
	context_arrive(&c, WHOLE, ROW_NOTE, 0);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC_LAST), 67);
	/* an unknown key has no tonic */
	context_start(&c, &g, &start, UNKNOWN_KEY, -1);
	take(&c, 0, 0, 72);
	context_arrive(&c, 24, ROW_NOTE, 0);
	assert_int_equal(reference(&c, harmony + HARMONY_AT_TONIC), -1);
	/* a bar later: what was there a bar ago */
	take(&c, WHOLE - 24, 0, 76);
	context_arrive(&c, WHOLE, ROW_NOTE, 0);
	assert_int_equal(reference(&c, g.kinds_back), 76);
	assert_int_equal(reference(&c, g.kinds_back + 1), 72);
	assert_int_equal(reference(&c, g.kinds_back + 2), -1);
	generator_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
