/* Chords by name: what musicians call them, whatever the inversion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "music/chord.h"
#include "music/key.h"

static unsigned classes_of(const char *notes)
{
	unsigned classes = 0;

	while (*notes) {
		const int class = note_parse(&notes);

		assert_true(class >= 0);
		classes |= 1u << class;
		notes += *notes == ' ';
	}
	return classes;
}

/* The first note is the bass. */
static void check_name(const char *notes, const char *want, bool named)
{
	char buf[CHORD_NAME_MAX];
	const char *first = notes;

	assert_int_equal(chord_name(buf, sizeof buf, classes_of(notes), note_parse(&first)), named);
	assert_string_equal(buf, want);
}

static void test_names(void **state)
{
	static const char *const rows[][2] = {
		{"C E G", "C"},         {"G Bb D F", "Gm7"},    {"E G C", "C/E"},        {"D G A", "Dsus4"},
		{"F C", "F5"},          {"C F", "F5/C"},        {"A C E G", "Am7"},      {"C E G A", "C6"},
		{"C D G", "Csus2"},     {"G C D", "Gsus4"},     {"B D F", "Bdim"},       {"B D F A", "Bm7b5"},
		{"D F A B", "Dm6"},     {"G B D F", "G7"},      {"G B F", "G7"},         {"F A C E", "Fmaj7"},
		{"C Eb F# A", "Cdim7"}, {"A C Eb F#", "Adim7"}, {"C E G#", "Caug"},      {"Ab C Eb", "Ab"},
		{"G# B D#", "G#m"},     {"C# E G#", "C#m"},     {"Db F Ab", "Db"},       {"Bb G D", "Gm/Bb"},
		{"G# B E", "E/G#"},     {"Bb D F Ab", "Bb7"},   {"Ab Bb D F", "Bb7/Ab"}, {"C E", "C"},
		{"E C", "C/E"},         {"A C", "Am"},          {"C D E G Bb", "C9"},    {"A B C E G", "Am9"},
		{"C D E G", "Cadd9"},   {"E F G# B D", "E7b9"}, {"D G A C", "D7sus4"},   {"A C E G#", "Am(maj7)"},
		{"C E G# Bb", "C7#5"},  {"Gb Bb Db", "F#"},     {"Eb Gb Bb", "Ebm"},     {"D A C F", "Dm7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_name(rows[i][0], rows[i][1], true);
}

static void test_unnamed(void **state)
{
	char buf[CHORD_NAME_MAX], small[4];

	(void)state;
	check_name("C C# D", "C C# D", false);
	check_name("D C C#", "D C C#", false);
	check_name("F", "F", false);
	assert_false(chord_name(buf, sizeof buf, 0, -1));
	assert_string_equal(buf, "");
	assert_false(chord_name(buf, sizeof buf, 0xfff, 3));
	assert_string_equal(buf, "Eb E F F# G G# A Bb B C C# D");
	assert_true(chord_name(small, sizeof small, classes_of("A C E G#"), 9));
	assert_string_equal(small, "Am(");
	assert_false(chord_name(small, sizeof small, 0xfff, 0));
	assert_string_equal(small, "C C");
}

/* Without a bass the likeliest root; a bass that does not sound is none. */
static void test_no_bass(void **state)
{
	char buf[CHORD_NAME_MAX];

	(void)state;
	assert_true(chord_name(buf, sizeof buf, classes_of("C E G A"), -1));
	assert_string_equal(buf, "Am7");
	assert_true(chord_name(buf, sizeof buf, classes_of("E G C"), 2));
	assert_string_equal(buf, "C");
}

/* Moved up by any interval a chord has the same kind, on its own root. */
static void test_transposed(void **state)
{
	(void)state;
	for (unsigned classes = 1; classes < 0x1000; classes++)
		for (int bass = -1; bass < 12; bass++) {
			char at_c[CHORD_NAME_MAX], moved[CHORD_NAME_MAX];
			const bool named = chord_name(at_c, sizeof at_c, classes, bass);

			for (int t = 1; t < 12; t += 5) {
				const unsigned up = (classes << t | classes >> (12 - t)) & 0xfff;

				assert_int_equal(chord_name(moved, sizeof moved, up, bass < 0 ? -1 : (bass + t) % 12),
				                 named);
				assert_true(strlen(moved) > 0);
				if (named && bass >= 0)
					assert_int_equal(!strchr(moved, '/'), !strchr(at_c, '/'));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unnamed),
		cmocka_unit_test(test_no_bass),
		cmocka_unit_test(test_transposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
