/* Copied runs: planted ones, and random lines against a slow reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/random.h"
#include "corpus/copied.h"
#include "corpus/lines.h"
#include "hand_music.h"
#include "random_song.h"

static struct copied copied;

static int begin(void **state)
{
	(void)state;
	copied = (struct copied){.n = 0};
	return 0;
}

static int end(void **state)
{
	(void)state;
	copied_done(&copied);
	return 0;
}

static void add(struct piece *piece, int self, bool model)
{
	assert_int_equal(copied_add(&copied, piece, self, model), 0);
	piece_free(piece);
}

static int run_of(size_t i)
{
	assert_int_equal(copied_find(&copied), 0);
	assert_true(i < copied.n);
	return copied.pieces[i].run;
}

#define TUNE "60/24 62/12 64/12 67/48 65/24 64/24 59/36 60/12"

static void test_planted(void **state)
{
	(void)state;
	add(hand_piece(4, TUNE, NULL, NULL, NULL), -1, true);
	/* itself; a fifth up; twice as slow; in the lower part, between other notes */
	add(hand_piece(4, TUNE, NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "67/24 69/12 71/12 74/48 72/24 71/24 66/36 67/12", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "60/48 62/24 64/24 67/96 65/48 64/48 59/72 60/24", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "80/96", "40/12 41/12 55/24 57/12 59/12 62/48 60/24 59/24 80/24", NULL, NULL), -1, false);
	/* another interval in the middle; another rhythm; staccato is the same; chords count by their highest note */
	add(hand_piece(4, "60/24 62/12 64/12 68/48 65/24 64/24 59/36 60/12", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "60/24 62/12 64/12 67/24 65/24 64/24 59/36 60/12", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "60/12 r/12 62/12 64/12 67/48 65/20 r/4 64/24 59/36 60/96", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "48+60/24 62/12 50+64/12 60+67/48 65/24 64/24 41+45+59/36 60/12", NULL, NULL, NULL), -1,
	    false);
	/* nothing, and too little to be anything */
	add(hand_piece(4, "60/24 90/24 30/24 91/24 31/24 93/7", NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "60/24 62/12", NULL, NULL, NULL), -1, false);
	assert_int_equal(run_of(1), 8);
	assert_int_equal(run_of(2), 8);
	assert_int_equal(run_of(3), 8);
	assert_int_equal(run_of(4), 6);
	assert_int_equal(run_of(5), 4);
	assert_int_equal(run_of(6), 4); /* before the note that is shorter, or after it */
	assert_int_equal(run_of(7), 8);
	assert_int_equal(run_of(8), 8);
	assert_int_equal(run_of(9), 0);
	assert_int_equal(run_of(10), 0);
}

/* A run does not go from one line, or one piece, into the next. */
static void test_ends(void **state)
{
	(void)state;
	add(hand_piece(4, "60/24 62/12 64/12 67/48", "65/24 64/24 59/36 60/12", NULL, NULL), -1, true);
	add(hand_piece(4, "60/24 61/12 62/12 60/48", NULL, NULL, NULL), -1, true);
	add(hand_piece(4, TUNE, NULL, NULL, NULL), -1, false);
	add(hand_piece(4, "60/24 62/12 64/12 67/48", "65/24 64/24 59/36 60/12", NULL, NULL), -1, false);
	assert_int_equal(run_of(2), 4);
	assert_int_equal(run_of(3), 4);
}

/* A piece among the models is measured by the others. */
static void test_self(void **state)
{
	(void)state;
	add(hand_piece(4, TUNE, NULL, NULL, NULL), 7, true);
	add(hand_piece(4, "60/24 62/12 64/12 67/48 60/24", NULL, NULL, NULL), 8, true);
	add(hand_piece(4, TUNE, NULL, NULL, NULL), 7, false);
	add(hand_piece(4, TUNE, NULL, NULL, NULL), 8, false);
	add(hand_piece(4, TUNE, NULL, NULL, NULL), -1, false);
	assert_int_equal(run_of(2), 4);
	assert_int_equal(run_of(3), 8);
	assert_int_equal(run_of(4), 8);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(copied_find(&copied), 0);
	add(hand_piece(4, TUNE, NULL, NULL, NULL), 0, false);
	assert_int_equal(run_of(0), 0);
}

/* ---- against a slow reference -------------------------------------------- */

static bool same_step(const struct line_note *a, const struct line_note *b)
{
	return a[1].pitch - a[0].pitch == b[1].pitch - b[0].pitch;
}

static bool same_proportion(const struct line_note *a, const struct line_note *b)
{
	return (int64_t)(a[1].onset - a[0].onset) * (b[2].onset - b[1].onset) ==
	       (int64_t)(b[1].onset - b[0].onset) * (a[2].onset - a[1].onset);
}

/* Notes that the lines a and b have in common from their starts. */
static int common_notes(const struct line_note *a, size_t n, const struct line_note *b, size_t m)
{
	size_t i = 0;

	while (i + 2 < n && i + 2 < m && same_step(a + i, b + i) && same_step(a + i + 1, b + i + 1) &&
	       same_proportion(a + i, b + i))
		i++;
	return i > 0 ? (int)i + 2 : 0;
}

static int slow_run(const struct lines *a, const struct lines *b)
{
	int run = 0;

	for (int k = 0; k < a->parts; k++)
		for (int l = 0; l < b->parts; l++)
			for (size_t i = a->first[k]; i < a->first[k + 1]; i++)
				for (size_t j = b->first[l]; j < b->first[l + 1]; j++) {
					const int n = common_notes(a->notes + i, a->first[k + 1] - i, b->notes + j,
					                           b->first[l + 1] - j);

					run = n > run ? n : run;
				}
	return run;
}

/* Two parts of few pitches and few lengths, so that much is the same. */
static struct piece *random_piece(struct random *r)
{
	char texts[2][1024] = {"", ""};

	for (int k = 0; k < 2; k++) {
		const int n = 1 + (int)random_below(r, 40);
		size_t size = 0;

		for (int i = 0; i < n; i++)
			size += (size_t)snprintf(texts[k] + size, sizeof texts[k] - size, "%s%d/%d", i ? " " : "",
			                         60 + (int)random_below(r, 3), 12 << random_below(r, 2));
	}
	return hand_piece(4, texts[0], texts[1], NULL, NULL);
}

#define PIECES 24

static void test_slowly(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 31, 0, 0);

	for (int round = 0; round < 20; round++) {
		struct lines lines[PIECES];
		int self[PIECES];
		bool model[PIECES];

		begin(NULL);
		for (int i = 0; i < PIECES; i++) {
			struct piece *piece = random_piece(&r);

			self[i] = (int)random_below(&r, 4) - 1;
			model[i] = random_below(&r, 2);
			assert_int_equal(lines_make(&lines[i], piece), 0);
			add(piece, self[i], model[i]);
		}
		assert_int_equal(copied_find(&copied), 0);
		for (int i = 0; i < PIECES; i++) {
			int wanted = 0;

			for (int j = 0; j < PIECES && !model[i]; j++) {
				const int run = model[j] && (self[i] < 0 || self[j] != self[i])
				                        ? slow_run(&lines[i], &lines[j])
				                        : 0;

				wanted = run > wanted ? run : wanted;
			}
			assert_int_equal(copied.pieces[i].run, wanted);
		}
		for (int i = 0; i < PIECES; i++)
			lines_done(&lines[i]);
		end(NULL);
	}
}

/* A repeated note, a hundred thousand times, in both: no slower than any other music. */
static void test_drone(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct song *s = song_new(24);

		song_add_part(s, NULL, 0, -1);
		for (int n = 0; n < 100000 + i * 1000; n++)
			put_note(s, 0, 24 * n, 24, 60, 80);
		add(hand_piece_of(s), -1, i == 0);
	}
	assert_int_equal(run_of(1), 100000);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_planted, begin, end),
		cmocka_unit_test_setup_teardown(test_ends, begin, end),
		cmocka_unit_test_setup_teardown(test_self, begin, end),
		cmocka_unit_test_setup_teardown(test_nothing, begin, end),
		cmocka_unit_test_prestate(test_slowly, &seed),
		cmocka_unit_test_setup_teardown(test_drone, begin, end),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
