/* Keys found and named, scales, pitches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "music/key.h"

static void put(struct song *s, int part, int onset, int duration, int pitch)
{
	struct note note = {.onset = onset, .duration = duration, .pitch = (uint8_t)pitch, .velocity = 80};

	assert_int_equal(song_add_note(s, part, note), 0);
}

static void check_key(struct key key, int tonic, enum mode mode)
{
	assert_int_equal(key.tonic, tonic);
	assert_int_equal(key.mode, mode);
}

/* A scale up and down, from every tonic. */
static void test_scales_heard(void **state)
{
	static const int major[8] = {0, 2, 4, 5, 7, 9, 11, 12}, minor[8] = {0, 2, 3, 5, 7, 8, 11, 12};

	(void)state;
	for (int tonic = 0; tonic < 12; tonic++)
		for (int mode = MODE_MAJOR; mode <= MODE_MINOR; mode++) {
			const int *steps = mode == MODE_MAJOR ? major : minor;
			struct song *s = song_new(24);

			song_add_part(s, NULL, 0, -1);
			for (int i = 0; i < 15; i++)
				put(s, 0, i * 24, i == 14 ? 48 : 24, 60 + tonic + steps[i < 8 ? i : 14 - i]);
			check_key(key_find(s), tonic, (enum mode)mode);
			song_free(s);
		}
}

/* Four voices, one chord a beat: soprano, alto, tenor, bass. */
static void check_chords(const int (*chords)[4], int n, int last_length, int tonic, enum mode mode)
{
	struct song *s = song_new(24);

	for (int voice = 0; voice < 4; voice++) {
		song_add_part(s, NULL, voice, -1);
		for (int i = 0; i < n; i++)
			put(s, voice, i * 24, i == n - 1 ? last_length : 24, chords[i][voice]);
	}
	check_key(key_find(s), tonic, mode);
	/* In every transposition. */
	assert_int_equal(song_transpose(s, 5), 0);
	check_key(key_find(s), (tonic + 5) % 12, mode);
	song_free(s);
}

static void test_chorales_heard(void **state)
{
	/* Old Hundredth, its first two lines, in G. */
	static const int hundredth[16][4] = {
		{67, 62, 59, 43}, {67, 62, 59, 43}, {66, 62, 57, 50}, {64, 60, 55, 48},
		{62, 59, 55, 43}, {67, 62, 59, 43}, {69, 62, 57, 42}, {71, 62, 55, 43},
		{71, 62, 55, 43}, {71, 62, 55, 43}, {69, 62, 54, 50}, {67, 62, 59, 52},
		{72, 64, 55, 48}, {71, 62, 55, 50}, {69, 62, 54, 38}, {67, 62, 59, 43},
	};
	/* A phrase that circles G minor and ends on its dominant's tonic chord, with the leading note. */
	static const int minor[12][4] = {
		{70, 62, 58, 43}, {69, 62, 57, 42}, {70, 62, 58, 43}, {72, 63, 55, 48},
		{70, 62, 55, 50}, {69, 62, 54, 50}, {67, 62, 58, 43}, {72, 63, 57, 45},
		{70, 67, 58, 43}, {69, 67, 60, 48}, {69, 66, 62, 50}, {67, 62, 58, 43},
	};

	(void)state;
	check_chords(hundredth, 16, 48, 7, MODE_MAJOR);
	check_chords(minor, 12, 48, 7, MODE_MINOR);
}

static void test_last_bass_decides(void **state)
{
	/* The white keys alike: C major and A minor are near. */
	double weights[12] = {0};
	static const int white[7] = {0, 2, 4, 5, 7, 9, 11};

	(void)state;
	for (int i = 0; i < 7; i++)
		weights[white[i]] = 1;
	weights[0] = weights[4] = weights[9] = 2;
	weights[7] = 1.5;
	check_key(key_find_weights(weights, 0), 0, MODE_MAJOR);
	check_key(key_find_weights(weights, 9), 9, MODE_MINOR);
	/* Not against the notes. */
	check_key(key_find_weights(weights, 7), 9, MODE_MINOR);
	check_key(key_find_weights(weights, -1), 9, MODE_MINOR);
}

/* The last bass may have been struck before the last note, and decides where C major and A minor are near. */
static void test_held_bass(void **state)
{
	static const int pitches[7] = {72, 74, 76, 77, 79, 81, 83}, lengths[7] = {48, 24, 48, 24, 36, 48, 24};

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct song *s = song_new(24);
		int at = 0;

		song_add_part(s, NULL, 0, -1);
		for (int i = 0; i < 7; i++) {
			put(s, 0, at, lengths[i], pitches[i]);
			at += lengths[i];
		}
		put(s, 0, at, 2, k ? 45 : 48);
		put(s, 0, at + 1, 1, 76);
		check_key(key_find(s), k ? 9 : 0, k ? MODE_MINOR : MODE_MAJOR);
		song_free(s);
	}
}

static void test_no_key(void **state)
{
	static const double none[12] = {0}, all[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	struct song *s = song_new(24);

	(void)state;
	check_key(key_find_weights(none, -1), -1, MODE_UNKNOWN);
	check_key(key_find_weights(all, 3), -1, MODE_UNKNOWN);
	check_key(key_find(s), -1, MODE_UNKNOWN);
	song_free(s);
}

static void test_related(void **state)
{
	const struct key c = {0, MODE_MAJOR}, a = {9, MODE_MINOR}, none = {-1, MODE_UNKNOWN};

	(void)state;
	check_key(key_related(c, MODE_MAJOR, 1), 7, MODE_MAJOR);
	check_key(key_related(c, MODE_MAJOR, 0), 5, MODE_MAJOR);
	check_key(key_related(c, MODE_MINOR, 1), 9, MODE_MINOR);
	check_key(key_related(c, MODE_MINOR, 0), 0, MODE_MINOR);
	check_key(key_related(a, MODE_MINOR, 1), 4, MODE_MINOR);
	check_key(key_related(a, MODE_MINOR, 0), 2, MODE_MINOR);
	check_key(key_related(a, MODE_MAJOR, 1), 0, MODE_MAJOR);
	check_key(key_related(a, MODE_MAJOR, 0), 9, MODE_MAJOR);
	check_key(key_related(none, MODE_MAJOR, 0), -1, MODE_UNKNOWN);
	check_key(key_related(c, MODE_UNKNOWN, 0), 0, MODE_MAJOR);
}

/* Note by note it is the song's key. */
static void test_count(void **state)
{
	static const int pitches[8] = {62, 64, 66, 67, 69, 71, 73, 50};
	struct song *s = song_new(24);
	struct key_count k;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	key_count_start(&k);
	check_key(key_count_find(&k), -1, MODE_UNKNOWN);
	for (int i = 0; i < 8; i++) {
		put(s, 0, 24 * i, 24 + i, pitches[i]);
		key_count_note(&k, 24 * i, pitches[i], 24 + i);
	}
	check_key(key_count_find(&k), key_find(s).tonic, key_find(s).mode);
	check_key(key_count_find(&k), 2, MODE_MAJOR);
	song_free(s);
}

static void test_names(void **state)
{
	static const struct {
		const char *text;
		int tonic;
		enum mode mode;
		const char *name;
		int fifths;
	} cases[] = {
		{"G", 7, MODE_MAJOR, "G major", 1},
		{"Gm", 7, MODE_MINOR, "G minor", -2},
		{"G minor", 7, MODE_MINOR, "G minor", -2},
		{"g", 7, MODE_MINOR, "G minor", -2},
		{"F#", 6, MODE_MAJOR, "F# major", 6},
		{"Bb major", 10, MODE_MAJOR, "Bb major", -2},
		{"c minor", 0, MODE_MINOR, "C minor", -3},
		{"c major", 0, MODE_MAJOR, "C major", 0},
		{"b", 11, MODE_MINOR, "B minor", 2},
		{"bb", 10, MODE_MINOR, "Bb minor", -5},
		{"Cb", 11, MODE_MAJOR, "B major", 5},
		{"E# min", 5, MODE_MINOR, "F minor", -4},
		{"D-MAJ", 2, MODE_MAJOR, "D major", 2},
		{"AM", 9, MODE_MAJOR, "A major", 3},
		{"ebm", 3, MODE_MINOR, "Eb minor", -6},
		{"B\xe2\x99\xad", 10, MODE_MAJOR, "Bb major", -2},
		{"C\xe2\x99\xaf minor", 1, MODE_MINOR, "C# minor", 4},
	};
	static const char *const wrong[] = {"", "H", "G#b", "Gx", "minor", "G minor!", "#", "Bbb", "C dorian", " "};
	struct key key;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(key_parse(&key, cases[i].text), 0);
		check_key(key, cases[i].tonic, cases[i].mode);
		assert_string_equal(key_name(key), cases[i].name);
		assert_int_equal(key_fifths(key), cases[i].fifths);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		error_clear();
		assert_int_equal(key_parse(&key, wrong[i]), -1);
		assert_non_null(strstr(error_message(), "no key"));
	}
	assert_string_equal(key_name((struct key){-1, MODE_UNKNOWN}), "unknown");
	assert_string_equal(key_name((struct key){10, MODE_UNKNOWN}), "Bb");
	/* Every name is read back as its key; its signature has that many accidentals. */
	for (int tonic = 0; tonic < 12; tonic++)
		for (int mode = MODE_MAJOR; mode <= MODE_MINOR; mode++) {
			struct key want = {tonic, (enum mode)mode};
			int fifths = key_fifths(want);

			assert_int_equal(key_parse(&key, key_name(want)), 0);
			check_key(key, tonic, (enum mode)mode);
			assert_in_range(fifths + 6, 0, 12);
			assert_int_equal((fifths * 7 + (mode == MODE_MINOR ? 9 : 0) + 84) % 12, tonic);
		}
}

static unsigned classes(const char *text)
{
	unsigned bits = 0;

	for (int i = 0; i < 12; i++)
		if (text[i] == 'x')
			bits |= 1u << i;
	return bits;
}

static void test_scale_names(void **state)
{
	static const struct {
		const char *text, *classes; /* from C up */
	} cases[] = {
		{"C D Eb F G A Bb", "x-xx-x-x-xx-"},
		{"c,d, e", "x-x-x-------"},
		{"C major", "x-x-xx-x-x-x"},
		{"G", "x-x-x-xx-x-x"},
		{"A minor", "x-x-xx-x-x-x"},
		{"Am", "x-x-xx-x-x-x"},
		{"D dorian", "x-x-xx-x-x-x"},
		{"E Phrygian", "x-x-xx-x-x-x"},
		{"F lydian", "x-x-xx-x-x-x"},
		{"G mixolydian", "x-x-xx-x-x-x"},
		{"B locrian", "x-x-xx-x-x-x"},
		{"A harmonic minor", "x-x-xx--xx-x"},
		{"a harmonic-minor", "x-x-xx--xx-x"},
		{"C pentatonic", "x-x-x--x-x--"},
		{"A minor pentatonic", "x-x-x--x-x--"},
		{"C blues", "x--x-xxx--x-"},
		{"C whole-tone", "x-x-x-x-x-x-"},
		{"C# whole tone", "-x-x-x-x-x-x"},
		{"chromatic", "xxxxxxxxxxxx"},
		{"F chromatic", "xxxxxxxxxxxx"},
		{"Bb major", "x-xx-x-x-xx-"},
		{"C melodic minor", "x-xx-x-x-x-x"},
	};
	static const char *const wrong[] = {"", "C fancy", "dorian", "C D H", "C D major", "C  D  x", "1 2 3"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(scale_parse(cases[i].text), classes(cases[i].classes));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		error_clear();
		assert_int_equal(scale_parse(wrong[i]), 0);
		assert_non_null(strstr(error_message(), "no scale"));
	}
}

static void test_pitches(void **state)
{
	static const struct {
		const char *text;
		int pitch;
	} cases[] = {{"C4", 60},  {"F#3", 54}, {"Bb5", 82}, {"0", 0},    {"127", 127}, {"C-1", 0},
	             {"G9", 127}, {"c4", 60},  {"B#3", 60}, {"Cb4", 59}, {"a0", 21},   {"Db4", 61}};
	static const char *const wrong[] = {"", "128", "-1", "H2", "C", "G#9", "C4x", "C-2", "Cb-1", "4C"};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(pitch_parse(cases[i].text), cases[i].pitch);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(pitch_parse(wrong[i]), -1);
	for (int pitch = 0; pitch < 128; pitch++) {
		char name[8];

		pitch_name(name, sizeof name, pitch);
		assert_int_equal(pitch_parse(name), pitch);
	}
}

/* Seven signatures each way, by the circle of fifths: a signature's key has that signature, where it can be told. */
static void test_stated(void **state)
{
	static const struct {
		struct keysig signature;
		const char *name;
	} cases[] = {
		{{0, 0, false}, "C major"},  {{0, 0, true}, "A minor"},    {{0, 1, false}, "G major"},
		{{0, -1, true}, "D minor"},  {{0, -3, false}, "Eb major"}, {{0, -3, true}, "C minor"},
		{{0, 7, false}, "Db major"}, {{0, -7, true}, "G# minor"},  {{0, 4, true}, "C# minor"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(key_name(key_stated(&cases[i].signature)), cases[i].name);
	for (int8_t fifths = -5; fifths <= 4; fifths++)
		for (int minor = 0; minor < 2; minor++) {
			struct keysig signature = {0, fifths, minor};

			assert_int_equal(key_fifths(key_stated(&signature)), fifths);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scales_heard),
		cmocka_unit_test(test_chorales_heard),
		cmocka_unit_test(test_last_bass_decides),
		cmocka_unit_test(test_no_key),
		cmocka_unit_test(test_related),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_scale_names),
		cmocka_unit_test(test_pitches),
		cmocka_unit_test(test_held_bass),
		cmocka_unit_test(test_stated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
