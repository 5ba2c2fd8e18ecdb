/* Songs: copies, the order of their lists, what holds at a tick, transposing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "doubles.h"
#include "random_song.h"

static void test_copy(void **state)
{
	struct random r = random_stream(1, 2, 3, 4);

	(void)state;
	for (int kind = 0; kind < SONG_KINDS; kind++) {
		struct song *s = random_song(&r, (enum song_kind)kind), *copy;

		song_add_key(s, 0, -3, true);
		song_add_text(s, 5, "made by hand");
		copy = song_copy(s);
		assert_non_null(copy);
		check_same_music(s, copy);
		assert_int_equal(copy->n_tempos, s->n_tempos);
		assert_int_equal(copy->n_keys, 1);
		assert_int_equal(copy->keys[0].fifths, -3);
		assert_string_equal(copy->texts[0].text, "made by hand");
		assert_ptr_not_equal(copy->texts[0].text, s->texts[0].text);
		assert_string_equal(copy->parts[0].name, "one");
		/* A copy grows on its own. */
		put_note(copy, 0, 1, 1, 60, 1);
		assert_int_equal(copy->parts[0].n, s->parts[0].n + 1);
		song_free(copy);
		song_free(s);
	}
	song_free(NULL);
}

static void test_order_of_notes_and_parts(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	song_add_part(s, "low", 0, -1);
	song_add_part(s, "silent", 1, -1);
	song_add_part(s, "first of two", 2, -1);
	song_add_part(s, "second of two", 3, -1);
	song_add_part(s, "high", 4, -1);
	put_note(s, 0, 480, 10, 40, 80);
	put_note(s, 0, 0, 10, 40, 80);
	put_note(s, 2, 0, 10, 60, 80);
	put_note(s, 3, 0, 10, 59, 80);
	put_note(s, 3, 0, 10, 61, 80);
	put_note(s, 4, 0, 20, 72, 10);
	put_note(s, 4, 0, 20, 72, 90);
	put_note(s, 4, 0, 10, 72, 80);
	put_note(s, 4, 0, 30, 76, 80);
	s->end = 100;
	song_order(s);
	assert_int_equal(s->n_parts, 4);
	assert_string_equal(s->parts[0].name, "high");
	assert_string_equal(s->parts[1].name, "first of two");
	assert_string_equal(s->parts[2].name, "second of two");
	assert_string_equal(s->parts[3].name, "low");
	assert_int_equal(s->parts[3].notes[0].onset, 0);
	assert_int_equal(s->parts[0].notes[0].pitch, 76);
	assert_int_equal(s->parts[0].notes[1].duration, 10);
	assert_int_equal(s->parts[0].notes[2].velocity, 90);
	assert_int_equal(s->parts[0].notes[3].velocity, 10);
	assert_int_equal(s->end, 490);
	assert_int_equal(song_notes(s), 9);
	song_free(s);
}

static void test_order_of_maps(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	song_add_metre(s, 960, 3, 2);
	song_add_metre(s, 0, 4, 2);
	song_add_metre(s, 960, 6, 3); /* later in the file, so it counts */
	song_add_metre(s, 480, 4, 2); /* says nothing new */
	song_add_tempo(s, 0, 500000);
	song_add_tempo(s, 0, 600000);
	song_add_tempo(s, 10, 600000);
	song_add_key(s, 0, 1, false);
	song_add_key(s, 9, 1, true);
	song_add_marker(s, 7, "b");
	song_add_marker(s, 0, "a");
	song_add_marker(s, 7, "c");
	song_order(s);
	assert_int_equal(s->n_metres, 2);
	assert_int_equal(s->metres[1].tick, 960);
	assert_int_equal(s->metres[1].numerator, 6);
	assert_int_equal(s->n_tempos, 1);
	assert_int_equal(s->tempos[0].us_per_quarter, 600000);
	assert_int_equal(s->n_keys, 2);
	assert_string_equal(s->markers[0].text, "a");
	assert_string_equal(s->markers[1].text, "b");
	assert_string_equal(s->markers[2].text, "c");
	song_free(s);
}

/* Maps with many entries a tick: the last of each must be left, as a stable sort by hand says. */
static void test_order_is_stable(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 1, 0, 0);

	for (int round = 0; round < 200; round++) {
		struct song *s = song_new(480);
		int last[50], n = below(&r, 300), held = 0;
		size_t at = 0;

		memset(last, 0, sizeof last);
		for (int i = 0; i < n; i++) {
			int tick = below(&r, 50);

			last[tick] = 1 + below(&r, 5);
			song_add_tempo(s, tick, last[tick]);
		}
		song_order(s);
		for (int tick = 0; tick < 50; tick++) {
			if (last[tick] == 0 || last[tick] == held)
				continue;
			held = last[tick];
			assert_true(at < s->n_tempos);
			assert_int_equal(s->tempos[at].tick, tick);
			assert_int_equal(s->tempos[at++].us_per_quarter, held);
		}
		assert_int_equal(at, s->n_tempos);
		song_free(s);
	}
}

static void test_metre_bar(void **state)
{
	static const struct {
		int numerator, denominator_log2, ppq, bar;
	} cases[] = {
		{4, 2, 480, 1920}, {3, 2, 24, 72}, {6, 3, 24, 72}, {2, 1, 24, 96},
		{5, 6, 24, 8},     {1, 7, 1, 1},   {3, 6, 24, 5},  {255, 0, 32767, 255 * 4 * 32767},
		{7, 7, 24, 5},     {1, 3, 5, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct metre m = {0, (uint8_t)cases[i].numerator, (uint8_t)cases[i].denominator_log2};

		assert_int_equal(metre_bar(&m, cases[i].ppq), cases[i].bar);
	}
}

/* A metre of just this length where there is one, else one that is longer; never none, whatever is asked. */
static void test_metre_of_length(void **state)
{
	static const struct {
		struct metre full;
		int ticks, numerator, denominator_log2;
	} cases[] = {
		{{0, 4, 2}, 480, 1, 2},        {{0, 4, 2}, 720, 3, 3},    {{0, 6, 3}, 480, 2, 3},
		{{0, 4, 2}, 15, 1, 7},         {{0, 4, 2}, 7, 1, 7},      {{0, 4, 2}, 1913, 128, 7},
		{{0, 255, 0}, 487681, 255, 0}, {{0, 255, 0}, 1920, 1, 0}, {{0, 2, 1}, 254 * 1920, 255, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct metre m = metre_of_length(&cases[i].full, cases[i].ticks, 480);

		assert_int_equal(m.tick, 0);
		assert_int_equal(m.numerator, cases[i].numerator);
		assert_int_equal(m.denominator_log2, cases[i].denominator_log2);
	}
	for (int log2 = 0; log2 <= 7; log2++)
		for (int ticks = 0; ticks < 2000; ticks++) {
			struct metre full = {0, 4, (uint8_t)log2}, m = metre_of_length(&full, ticks, 480);

			assert_true(m.numerator >= 1 && m.denominator_log2 <= 7);
			assert_true(metre_bar(&m, 480) >= ticks);
			m = metre_of_length(&full, ticks, 1);
			assert_true(m.numerator >= 1 && m.denominator_log2 <= 7);
		}
}

static void test_bar_lines(void **state)
{
	struct song *s = song_new(24);

	(void)state;
	assert_int_equal(song_bar_line(s, 0), 0); /* 4/4 unsaid */
	assert_int_equal(song_bar_line(s, 1), 96);
	s->pickup = 24;
	assert_int_equal(song_bar_line(s, 0), 24);
	assert_int_equal(song_bar_line(s, 25), 120);
	song_add_metre(s, 0, 3, 2);
	song_add_metre(s, 24 + 72 * 2 + 10, 2, 2); /* cuts a bar short */
	assert_int_equal(song_bar_line(s, 24), 24);
	assert_int_equal(song_bar_line(s, 25), 96);
	assert_int_equal(song_bar_line(s, 169), 178);
	assert_int_equal(song_bar_line(s, 178), 178);
	assert_int_equal(song_bar_line(s, 179), 178 + 48);
	assert_int_equal(song_metre_at(s, 177).numerator, 3);
	assert_int_equal(song_metre_at(s, 178).numerator, 2);
	assert_int_equal(song_bar_line(s, SONG_TICK_MAX), 178 + (SONG_TICK_MAX - 178 + 47) / 48 * 48);
	song_free(s);
}

/* Line by line, as it is defined; the song's own is the same, however short the bars. */
static int slow_music_end(const struct song *s)
{
	int last = song_last_note_end(s), late = s->ppq / 4, end = s->end;

	while (end > last + late) {
		int line = song_bar_line(s, end - late);

		if (line >= end)
			return end;
		end = line;
	}
	return last;
}

static void test_music_end(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 77, 0, 0);

	for (int round = 0; round < 4000; round++) {
		struct song *s = song_new(round % 2 ? 480 : 24);
		int tick = 0;

		assert_non_null(s);
		s->pickup = (int)random_below(&r, 3) * 7;
		for (int i = (int)random_below(&r, 4); i > 0; i--) {
			assert_int_equal(
				song_add_metre(s, tick, 1 + (int)random_below(&r, 6), (int)random_below(&r, 8)), 0);
			tick += 1 + (int)random_below(&r, 400);
		}
		s->end = (int)random_below(&r, 3000);
		assert_int_equal(song_music_end(s), slow_music_end(s));
		song_free(s);
	}
}

/* Nine months of bars of a 128th: at once, not one by one. */
static void test_music_end_far(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	assert_int_equal(song_add_metre(s, 0, 1, 7), 0);
	s->end = SONG_TICK_MAX;
	assert_int_equal(song_music_end(s), slow_music_end(s));
	song_free(s);
}

static void test_seconds(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	check_near(song_seconds(s, 960), 1.0, 1e-12);
	song_add_tempo(s, 480, 1000000);
	song_add_tempo(s, 960, 250000);
	check_near(song_seconds(s, 480), 0.5, 1e-12);
	check_near(song_seconds(s, 960), 1.5, 1e-12);
	check_near(song_seconds(s, 1440), 1.75, 1e-12);
	assert_int_equal(song_tempo_at(s, 479), 500000);
	assert_int_equal(song_tempo_at(s, 480), 1000000);
	assert_int_equal(song_tempo_at(s, 5000), 250000);
	song_free(s);
}

static void test_transpose(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	song_add_part(s, NULL, 0, -1);
	put_note(s, 0, 0, 10, 3, 80);
	put_note(s, 0, 0, 10, 120, 80);
	song_add_key(s, 0, 0, false); /* C */
	song_add_key(s, 1, -2, true); /* G minor */
	song_add_key(s, 2, 7, false); /* C# */
	assert_int_equal(song_transpose(s, 8), -1);
	assert_int_equal(song_transpose(s, -4), -1);
	assert_int_equal(song_transpose(s, INT32_MAX), -1);
	assert_int_equal(song_transpose(s, INT32_MIN), -1);
	assert_int_equal(s->parts[0].notes[0].pitch, 3);
	assert_int_equal(s->keys[0].fifths, 0);
	assert_int_equal(song_transpose(s, 7), 0);
	assert_int_equal(s->parts[0].notes[0].pitch, 10);
	assert_int_equal(s->parts[0].notes[1].pitch, 127);
	assert_int_equal(s->keys[0].fifths, 1);
	assert_int_equal(s->keys[1].fifths, -1);
	assert_int_equal(s->keys[2].fifths, -4);
	s->keys[2].fifths = 7;
	assert_int_equal(song_transpose(s, 0), 0);
	assert_int_equal(s->keys[2].fifths, 7); /* C# it stays, not Db */
	song_free(s);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),          cmocka_unit_test(test_order_of_notes_and_parts),
		cmocka_unit_test(test_order_of_maps), cmocka_unit_test_prestate(test_order_is_stable, &seed),
		cmocka_unit_test(test_metre_bar),     cmocka_unit_test(test_metre_of_length),
		cmocka_unit_test(test_bar_lines),     cmocka_unit_test_prestate(test_music_end, &seed),
		cmocka_unit_test(test_music_end_far), cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_transpose),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
