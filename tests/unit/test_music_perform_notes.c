/* Performances of small songs: what is done to each note, and what is too long to be performed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/error.h"
#include "midi/smf.h"
#include "music/grid.h"
#include "music/perform.h"
#include "random_song.h"

/* Eight bars of 4/4 in quarters, two parts, on 24 ticks, at 120. */
static struct song *quarters(int parts, int us)
{
	struct song *s = song_new(24);

	assert_non_null(s);
	for (int k = 0; k < parts; k++) {
		song_add_part(s, NULL, k, -1);
		for (int i = 0; i < 32; i++)
			put_note(s, k, i * 24, 24, 72 - 12 * k + i % 5, 80);
	}
	song_add_metre(s, 0, 4, 2);
	song_add_tempo(s, 0, us);
	song_order(s);
	return s;
}

static void test_accents(void **state)
{
	struct song *plain = quarters(2, 500000), *s = song_perform(plain, false, false),
		    *l = song_perform(plain, true, false);
	const struct note *top = s->parts[0].notes, *low = s->parts[1].notes;
	int range = 0;

	(void)state;
	/* the bar line, then the third beat, then the others; within the second bar the arch changes little */
	assert_true(top[4].velocity > top[5].velocity && top[6].velocity > top[5].velocity);
	assert_true(top[6].velocity > top[7].velocity && top[4].velocity > top[6].velocity - 3);
	for (int i = 0; i < 32; i++) {
		assert_int_equal(top[i].velocity - low[i].velocity, 5);
		range = top[i].velocity > range ? top[i].velocity : range;
	}
	assert_in_range(range, 90, 100);
	/* an arch: the second bar is louder than the first; a phrase's last note is softest of all */
	assert_true(top[4].velocity > top[0].velocity);
	for (int i = 0; i < 15; i++)
		assert_true(top[15].velocity < top[i].velocity);
	/* and the second phrase as the first */
	for (int i = 0; i < 16; i++)
		assert_int_equal(top[i].velocity, top[i + 16].velocity);
	/* learned velocities are moved half as far */
	for (int i = 0; i < 32; i++)
		assert_int_equal(l->parts[0].notes[i].velocity - 80, (top[i].velocity - 80) / 2);
	song_free(plain);
	song_free(s);
	song_free(l);
}

static void test_lengths(void **state)
{
	struct song *plain = quarters(1, 500000), *s = song_perform(plain, false, false);
	const struct note *n = s->parts[0].notes;

	(void)state;
	for (int i = 0; i < 31; i++)
		assert_int_equal(n[i].duration, i == 15 ? 359 : 442); /* 92 %, and a breath after four bars */
	assert_int_equal(n[31].duration, 480);                        /* the last one is held */
	song_free(plain);
	song_free(s);
	/* 20 ms of a quarter of 100 ms are a fifth of it */
	plain = quarters(1, 100000);
	s = song_perform(plain, false, false);
	assert_int_equal(s->parts[0].notes[0].duration, 384);
	song_free(plain);
	song_free(s);
	/* of 25 ms half is left */
	plain = quarters(1, 25000);
	s = song_perform(plain, false, false);
	assert_int_equal(s->parts[0].notes[0].duration, 240);
	song_free(plain);
	song_free(s);
}

static void test_last_chord(void **state)
{
	struct song *plain = quarters(2, 500000), *s;

	(void)state;
	/* the last bar: two quarters, then nothing; the lower part's is longer */
	plain->parts[0].n = plain->parts[1].n = 30;
	plain->parts[1].notes[29].duration = 36;
	plain->end = 32 * 24;
	s = song_perform(plain, false, false);
	for (int k = 0; k < 2; k++) {
		assert_int_equal(s->parts[k].notes[29].onset + s->parts[k].notes[29].duration, 8 * 4 * 480);
		assert_true(s->parts[k].notes[28].duration < 480);
	}
	assert_int_equal(s->end, 8 * 4 * 480);
	song_free(plain);
	song_free(s);
}

static void test_ritardando(void **state)
{
	struct song *plain = quarters(2, 500000), *s = song_perform(plain, false, false);

	(void)state;
	assert_true(s->n_tempos > 4);
	assert_int_equal(s->tempos[0].us_per_quarter, 500000);
	for (size_t i = 1; i < s->n_tempos; i++)
		assert_true(s->tempos[i].us_per_quarter > s->tempos[i - 1].us_per_quarter);
	/* it begins a bar before the last onset, where it ends at 0.7 of the tempo */
	assert_int_equal(s->tempos[1].tick, 27 * 480);
	assert_int_equal(s->tempos[s->n_tempos - 1].tick, 31 * 480);
	assert_int_equal(s->tempos[s->n_tempos - 1].us_per_quarter, 714286);
	assert_int_equal(song_tempo_at(s, 27 * 480 - 1), 500000);
	song_free(plain);
	song_free(s);
	/* slowest of all that a file can say */
	plain = quarters(1, 0xFFFFFF);
	s = song_perform(plain, false, false);
	for (size_t i = 0; i < s->n_tempos; i++)
		assert_int_equal(s->tempos[i].us_per_quarter, 0xFFFFFF);
	song_free(plain);
	song_free(s);
	/* one note has no room for one */
	plain = song_new(24);
	song_add_part(plain, NULL, 0, -1);
	put_note(plain, 0, 0, 24, 60, 80);
	song_order(plain);
	s = song_perform(plain, false, false);
	assert_int_equal(s->n_tempos, 0);
	assert_int_equal(s->parts[0].notes[0].duration, 4 * 480);
	song_free(plain);
	song_free(s);
}

static void test_too_long(void **state)
{
	struct song *s = song_new(24);

	(void)state;
	song_add_part(s, NULL, 0, -1);
	put_note(s, 0, SONG_TICK_MAX / 10, 24, 60, 80);
	song_order(s);
	assert_null(song_perform(s, false, false));
	assert_string_not_equal(error_message(), "");
	song_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accents),    cmocka_unit_test(test_lengths),  cmocka_unit_test(test_last_chord),
		cmocka_unit_test(test_ritardando), cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
