/* The piano roll against text that was looked at. The program's own floor is no library, so its file is taken in here. */
#include "cli/roll.c" /* first: cmocka makes `fail` a macro */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Two parts in 3/4 with a pickup: repeated notes, a held bass, a unison of both parts, an eighth and two 16ths. */
static struct song *small_song(void)
{
	static const struct note upper[] = {
		{0, 480, 67, 80, false},    {480, 960, 72, 80, false},  {1440, 480, 72, 80, false},
		{1920, 240, 71, 80, false}, {2160, 120, 69, 80, false}, {2280, 120, 67, 80, false},
		{2400, 480, 60, 80, false}, {2880, 480, 64, 80, false},
	};
	static const struct note lower[] = {
		{480, 1440, 48, 80, false},
		{1920, 480, 55, 80, false},
		{2400, 960, 60, 80, false},
	};
	struct song *s = song_new(480);

	assert_non_null(s);
	song_add_part(s, "upper", 0, -1);
	song_add_part(s, "lower", 1, -1);
	for (size_t i = 0; i < sizeof upper / sizeof *upper; i++)
		song_add_note(s, 0, upper[i]);
	for (size_t i = 0; i < sizeof lower / sizeof *lower; i++)
		song_add_note(s, 1, lower[i]);
	song_add_metre(s, 0, 3, 2);
	song_order(s);
	s->pickup = 480;
	return s;
}

static void expect(const struct song *song, int columns, int rows, bool utf8, bool colour, const char *text)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	print_roll(out, song, columns, rows, utf8, colour);
	fclose(out);
	if (strcmp(got, text) != 0)
		print_message("wanted:\n%sgot:\n%s", text, got);
	assert_string_equal(got, text);
	free(got);
}

static void test_blocks(void **state)
{
	struct song *s = small_song();

	(void)state;
	expect(s, 60, 24, true, false,
	       "  C5     ▄▄▄▄▄▄▄ ▄▄▄▄│\n"
	       "         │           ▀▀\n"
	       "         │           │ ▀\n"
	       "  G4 ▀▀▀▀│           │  ▀\n"
	       "         │           │       ▄▄▄▄\n"
	       "         │           │\n"
	       "  C4     │           │   ▄▄▄▄▄▄▄▄\n"
	       "         │           │\n"
	       "         │           │\n"
	       "  G3     │           ▀▀▀▀\n"
	       "         │           │\n"
	       "         │           │\n"
	       "  C3     ▄▄▄▄▄▄▄▄▄▄▄▄│\n"
	       "         1           2\n");
	song_free(s);
}

static void test_ascii(void **state)
{
	struct song *s = small_song();

	(void)state;
	expect(s, 60, 24, false, false,
	       "  C5     _______ ____|\n"
	       "         |           \"\"\n"
	       "         |           | \"\n"
	       "  G4 \"\"\"\"|           |  \"\n"
	       "         |           |       ____\n"
	       "         |           |\n"
	       "  C4     |           |   ________\n"
	       "         |           |\n"
	       "         |           |\n"
	       "  G3     |           \"\"\"\"\n"
	       "         |           |\n"
	       "         |           |\n"
	       "  C3     ____________|\n"
	       "         1           2\n");
	song_free(s);
}

static void test_colour(void **state)
{
	struct song *s = small_song();

	(void)state;
	expect(s, 60, 24, true, true,
	       "  C5     \033[93m▄\033[0m\033[33m▄▄▄▄▄▄\033[0m \033[93m▄\033[0m\033[33m▄▄▄\033[0m\033[2m│\033[0m\n"
	       "         \033[2m│\033[0m           \033[93m▀\033[0m\033[33m▀\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m \033[93m▀\033[0m\n"
	       "  G4 \033[93m▀\033[0m\033[33m▀▀▀\033[0m\033[2m│\033[0m           \033[2m│\033[0m  \033[93m▀\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m       \033[93m▄\033[0m\033[33m▄▄▄\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m\n"
	       "  C4     \033[2m│\033[0m           \033[2m│\033[0m   "
	       "\033[93m▄\033[0m\033[33m▄▄▄\033[0m\033[36m▄▄▄▄\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m\n"
	       "  G3     \033[2m│\033[0m           \033[96m▀\033[0m\033[36m▀▀▀\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m\n"
	       "         \033[2m│\033[0m           \033[2m│\033[0m\n"
	       "  C3     \033[96m▄\033[0m\033[36m▄▄▄▄▄▄▄▄▄▄▄\033[0m\033[2m│\033[0m\n"
	       "         1           2\n");
	song_free(s);
}

static void test_lines(void **state)
{
	struct song *s = small_song();

	(void)state;
	expect(s, 22, 40, false, false,
	       "  C5     _______ ____\n"
	       "         |\n"
	       "         |\n"
	       "  G4 \"\"\"\"|\n"
	       "         |\n"
	       "         |\n"
	       "  C4     |\n"
	       "         |\n"
	       "         |\n"
	       "  G3     |\n"
	       "         |\n"
	       "         |\n"
	       "  C3     ____________\n"
	       "         1\n"
	       "  C5 |\n"
	       "     \"\"\n"
	       "     | \"\n"
	       "  G4 |  \"\n"
	       "     |       ____\n"
	       "     |\n"
	       "  C4 |   ________\n"
	       "     |\n"
	       "     |\n"
	       "  G3 \"\"\"\"\n"
	       "     |\n"
	       "     |\n"
	       "  C3 |\n"
	       "     2\n");
	expect(s, 14, 14, false, false,
	       "  C5  _ _|\n"
	       "      |  #\n"
	       "     \"|  \" _\n"
	       "  C4  |  |__\n"
	       "      |  |\n"
	       "      |  \"\n"
	       "  C3  ___|\n"
	       "      1  2\n");
	song_free(s);
}

/* More pitches than rows: several to a half row. */
static void test_wide_range(void **state)
{
	struct song *s = song_new(4);

	(void)state;
	song_add_part(s, NULL, 0, -1);
	for (int i = 0; i < 16; i++)
		song_add_note(s, 0, (struct note){i, 1, (uint8_t)(8 * i + 4), 80, false});
	song_order(s);
	expect(s, 40, 10, false, false,
	       "  C9 |             _\"\n"
	       "  C8 |           _\"\n"
	       "  C6 |         _\"\n"
	       "  C5 |       _\"\n"
	       "  C4 |     _\"\n"
	       "  C2 |   _\"\n"
	       "  C1 | _\"\n"
	       "  C0 _\"\n"
	       "     1\n");
	song_free(s);
}

static void test_nothing(void **state)
{
	struct song *s = song_new(480);

	(void)state;
	expect(s, 80, 24, true, false, "");
	song_free(s);
}

/* Whatever the size asked for and the song, it ends and stays within its columns and rows. */
static void test_sizes(void **state)
{
	struct song *odd = song_new(1);
	struct song *songs[2] = {small_song(), odd};

	(void)state;
	song_add_part(odd, NULL, 0, -1);
	song_add_note(odd, 0, (struct note){0, 1, 0, 1, false});
	song_add_note(odd, 0, (struct note){SONG_TICK_MAX - 2, 1, 127, 1, false});
	song_add_metre(odd, 0, 1, 7);
	song_add_metre(odd, 1000, 255, 0);
	song_order(odd);
	for (int k = 0; k < 2; k++)
		for (int columns = -1; columns < 3000; columns = columns * 2 + 3)
			for (int rows = -1; rows < 3000; rows = rows * 2 + 3) {
				char *got = NULL;
				size_t size;
				FILE *out = open_memstream(&got, &size);
				int lines = 0;

				print_roll(out, songs[k], columns, rows, false, false);
				fclose(out);
				for (char *p = got, *end; (end = strchr(p, '\n')); p = end + 1, lines++)
					if (columns >= 40)
						assert_true(end - p <= columns);
				if (rows >= 10)
					assert_true(lines <= rows);
				free(got);
			}
	song_free(songs[0]);
	song_free(songs[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks), cmocka_unit_test(test_ascii),      cmocka_unit_test(test_colour),
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_wide_range), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
