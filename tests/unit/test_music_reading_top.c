/* The top part of a song as a melody, and ways of reading in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "base/error.h"
#include "midi/smf.h"
#include "music/events.h"
#include "music/reading.h"
#include "music/roll.h"
#include "random_song.h"

static void test_top(void **state)
{
	const struct reading reading = {.grid = 24, .take = TAKE_TOP};
	struct song *s = song_new(24), *top;
	const struct note *n;

	(void)state;
	song_add_part(s, "bass", 0, -1);
	song_add_part(s, "soprano", 1, -1);
	put_note(s, 0, 0, 300, 40, 80);
	put_note(s, 1, 24, 48, 72, 81);
	put_note(s, 1, 24, 24, 76, 82); /* above it */
	put_note(s, 1, 47, 49, 71, 83); /* cuts it */
	put_note(s, 1, 48, 24, 74, 84); /* leaves one tick of that */
	put_note(s, 1, 96, 24, 74, 85); /* after a rest */
	song_add_metre(s, 0, 3, 2);
	s->end = 400;
	top = reading_song(s, &reading, NULL);
	assert_non_null(top);
	assert_int_equal(top->n_parts, 1);
	assert_string_equal(top->parts[0].name, "soprano");
	assert_int_equal(top->parts[0].n, 4);
	n = top->parts[0].notes;
	assert_true(n[0].onset == 24 && n[0].pitch == 76 && n[0].duration == 23 && !n[0].grace);
	assert_true(n[1].onset == 47 && n[1].pitch == 71 && n[1].duration == 1 && n[1].grace);
	assert_true(n[2].onset == 48 && n[2].pitch == 74 && n[2].duration == 24 && n[2].velocity == 84);
	assert_true(n[3].onset == 96 && n[3].pitch == 74 && n[3].duration == 24);
	/* the whole piece's: the part comes in late */
	assert_int_equal(top->end, 400);
	assert_int_equal(top->pickup, 0);
	assert_int_equal(top->metres[0].numerator, 3);
	song_free(top);
	song_free(s);
}

/* Of any song: a note wherever its highest part has an onset, the highest of them, and none over the next. */
static void test_tops(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 14, 0, 0);

	for (int round = 0; round < 1000; round++) {
		const struct reading all = {.grid = 24}, top = {.grid = 24, .take = TAKE_TOP};
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS));
		struct song *s = reading_song(raw, &all, NULL), *melody = reading_song(raw, &top, NULL), *twice;
		size_t at = 0;

		assert_non_null(s);
		assert_non_null(melody);
		assert_int_equal(melody->n_parts, 1);
		assert_int_equal(melody->end, s->end);
		assert_int_equal(melody->pickup, s->pickup);
		for (size_t i = 0; i < s->parts[0].n; i++) {
			const struct note *n = &s->parts[0].notes[i], *m = &melody->parts[0].notes[at];

			if (i > 0 && n->onset == n[-1].onset)
				continue;
			assert_true(at < melody->parts[0].n);
			assert_int_equal(m->onset, n->onset);
			assert_int_equal(m->pitch, n->pitch);
			assert_true(m->duration >= 1 && m->duration <= n->duration);
			assert_true(m->duration == n->duration || m->onset + m->duration == m[1].onset);
			at++;
		}
		assert_int_equal(at, melody->parts[0].n);
		for (size_t i = 1; i < at; i++)
			assert_true(melody->parts[0].notes[i - 1].onset + melody->parts[0].notes[i - 1].duration <=
			            melody->parts[0].notes[i].onset);
		twice = song_copy(melody);
		assert_non_null(twice);
		song_take_top(twice);
		check_same_music(melody, twice);
		song_free(raw);
		song_free(s);
		song_free(melody);
		song_free(twice);
	}
}

static void test_words(void **state)
{
	const struct reading all = {.grid = 24}, both = {.grid = 24, .take = TAKE_TOP, .frame = 12};
	char text[READING_TEXT_MAX];

	(void)state;
	assert_string_equal(reading_text(text, &all), "");
	assert_string_equal(reading_text(text, &both), "the highest part alone, frames of 12 ticks");
	assert_string_equal(reading_text(text, &(struct reading){24, TAKE_ALL, 24, 48, FRAMES_APART}),
	                    "frames of 24 ticks, struck every 48, parts apart");
	assert_false(reading_same(&both, &(struct reading){24, TAKE_TOP, 12, 12, FRAMES_TOGETHER}));
	assert_true(reading_same(&all, &(struct reading){24, TAKE_ALL, 0, 12, FRAMES_APART}));
	assert_int_equal(reading_check(&both), 0);
	assert_int_equal(reading_check(&(struct reading){24, TAKE_ALL, 0, 7, FRAMES_APART}), 0);
	assert_int_equal(reading_check(&(struct reading){24, TAKE_ALL, 6, 20, FRAMES_APART}), -1);
	assert_true(reading_same(&both, &both));
	assert_false(reading_same(&all, &both));
	assert_false(reading_same(&all, &(struct reading){.grid = 12}));
	assert_false(reading_same(&all, &(struct reading){.grid = 24, .frame = 1}));
	assert_false(reading_same(&all, &(struct reading){.grid = 24, .take = TAKE_TOP}));
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),
		cmocka_unit_test_prestate(test_tops, &seed),
		cmocka_unit_test(test_words),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
