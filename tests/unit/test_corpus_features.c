/* Features of pieces made by hand, counted by hand; bars and lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "corpus/features.h"
#include "hand_music.h"

static double values[FEATURE_VALUES];

static void make(struct piece *piece)
{
	assert_int_equal(features_make(values, piece), 0);
	features_end(values, piece);
	piece_free(piece);
}

/* The i-th number of a feature. */
static void check_at(enum feature feature, size_t i, double wanted)
{
	const struct feature_info *f = feature_info(feature);
	const double got = values[f->first + i];

	assert_true(i < f->size);
	if (fabs(got - wanted) <= 1e-12 || (isnan(got) && isnan(wanted)))
		return;
	fail_msg("%s[%zu] is %.15g, not %.15g", f->key, i, got, wanted);
}

static void check(enum feature feature, double wanted)
{
	assert_int_equal(feature_info(feature)->size, 1);
	check_at(feature, 0, wanted);
}

/* Every number of a histogram: those named (n pairs of place and value), 0 elsewhere. */
static void check_all(enum feature feature, const double (*wanted)[2], size_t n)
{
	const struct feature_info *f = feature_info(feature);

	for (size_t i = 0; i < f->size; i++) {
		double value = 0;

		for (size_t k = 0; k < n; k++)
			if ((size_t)wanted[k][0] == i)
				value = wanted[k][1];
		check_at(feature, i, value);
	}
}

static void test_table(void **state)
{
	bool used[FEATURE_VALUES] = {false};

	(void)state;
	for (int f = 0; f < FEATURES; f++) {
		const struct feature_info *info = feature_info((enum feature)f);

		assert_true(strlen(info->name) <= 22);
		assert_true(strlen(info->key) > 0 && strlen(info->rule) > 0);
		if (info->kind == FEATURE_BY_DISTANCE)
			assert_true(info->least > 0);
		for (size_t i = info->first; i < info->first + info->size; i++) {
			assert_true(i < FEATURE_VALUES);
			assert_false(used[i]);
			used[i] = true;
		}
		for (int g = 0; g < f; g++)
			assert_string_not_equal(info->key, feature_info((enum feature)g)->key);
	}
	for (size_t i = 0; i < FEATURE_VALUES; i++)
		assert_true(used[i]);
}

/* Two parts, two bars of 4/4: two parallel fifths, then contrary motion to a cadence. */
static void test_two_parts(void **state)
{
	const double eighth = 1.0 / 8;
	/* tonal distance of classes a fifth, a tone, a major third apart: chords of the three circles */
	const double pi = acos(-1), fifth = sqrt(4 * pow(sin(pi / 12), 2) + 2 + 0.75), tone = sqrt(1 + 4 + 0.75),
		     third = sqrt(3 + 0 + 0.75);

	(void)state;
	make(hand_piece(4, "67/24 69/24 67/48 65/48 64/48", "60/24 62/24 60/48 55/48 60/48", NULL, NULL));
	check(FEATURE_PITCHES, 7);
	check_all(FEATURE_CLASSES,
	          (const double[][2]){{0, 120.0 / 384},
	                              {2, 24.0 / 384},
	                              {4, 48.0 / 384},
	                              {5, 48.0 / 384},
	                              {7, 120.0 / 384},
	                              {9, 24.0 / 384}},
	          6);
	check_all(FEATURE_CLASS_STEPS,
	          (const double[][2]){{7 * 12 + 9, eighth},
	                              {9 * 12 + 7, eighth},
	                              {7 * 12 + 5, eighth},
	                              {5 * 12 + 4, eighth},
	                              {2, eighth},
	                              {2 * 12, eighth},
	                              {7, eighth},
	                              {7 * 12, eighth}},
	          8);
	check(FEATURE_RANGE, 14);
	check(FEATURE_INTERVAL, 21.0 / 8);
	check(FEATURE_NOTES, 10);
	check(FEATURE_BAR_NOTES, 5);
	check(FEATURE_IOI, 1.5);
	check_all(FEATURE_LENGTHS, (const double[][2]){{2, 0.4}, {1, 0.6}}, 2);
	check_all(FEATURE_LENGTH_STEPS, (const double[][2]){{2 * 12 + 2, 0.25}, {2 * 12 + 1, 0.25}, {1 * 12 + 1, 0.5}},
	          3);
	check(FEATURE_EMPTY_BARS, 0);
	check(FEATURE_BAR_CLASSES, 2);
	check(FEATURE_QUALIFIED, 1);
	check(FEATURE_TONAL_DISTANCE, (4 * fifth + 2 * tone + 2 * third) / 8);
	check(FEATURE_CROSSING, 0);
	check(FEATURE_PART_RANGE, 6);
	check(FEATURE_FIFTHS, 40); /* two, of five chords */
	check(FEATURE_OCTAVES, 0);
	check(FEATURE_SHAPES, 1);
	check(FEATURE_PHRASE, 1); /* a half note ends each bar */
	check(FEATURE_REPEATED, 0);
	check(FEATURE_REPEAT_RUN, 1);
	check(FEATURE_END_TONIC, 1);
	check(FEATURE_END_LINE, 1);
	check(FEATURE_END_CADENCE, 1);
	check(FEATURE_COPIED, NAN);
}

/* One part has no distance between parts, and one note no steps. */
static void test_what_there_is_not(void **state)
{
	(void)state;
	make(hand_piece(4, "60/96", NULL, NULL, NULL));
	for (int f = FEATURE_TONAL_DISTANCE; f <= FEATURE_OCTAVES; f++)
		if (f != FEATURE_PART_RANGE)
			check((enum feature)f, NAN);
	check(FEATURE_PART_RANGE, 0);
	check(FEATURE_INTERVAL, NAN);
	check(FEATURE_IOI, NAN);
	check(FEATURE_SHAPES, NAN);
	check_at(FEATURE_CLASS_STEPS, 0, NAN);
	check_at(FEATURE_LENGTH_STEPS, 0, NAN);
	check(FEATURE_PITCHES, 1);
	check(FEATURE_RANGE, 0);
	check(FEATURE_END_CADENCE, 0);
}

static void test_bars(void **state)
{
	(void)state;
	/* three bars alike, another, the first again; four bars and one are two phrases */
	make(hand_piece(4,
	                "60/24 62/24 64/24 65/24 60/24 62/24 64/24 65/24 60/24 62/24 64/24 65/24 "
	                "60/24 62/24 64/24 67/24 60/24 62/24 64/24 65/24",
	                NULL, NULL, NULL));
	check(FEATURE_REPEATED, 3.0 / 5);
	check(FEATURE_REPEAT_RUN, 3);
	check(FEATURE_PHRASE, 2.5);
	check(FEATURE_BAR_NOTES, 4);
	check(FEATURE_BAR_CLASSES, 4);
	/* the lower part: held over the second bar, silent in the third; what is held sounds, but is no repeat */
	make(hand_piece(4, "72/96 72/96 72/96", "60/192", NULL, NULL));
	check(FEATURE_EMPTY_BARS, 1.0 / 6);
	check(FEATURE_BAR_CLASSES, 1);
	check(FEATURE_REPEATED, 1.0 / 3); /* the first bar has the lower note too */
	check(FEATURE_REPEAT_RUN, 2);
	/* silence is no bar repeated */
	make(hand_piece(4, "72/24 r/360 72/24", NULL, NULL, NULL));
	check(FEATURE_REPEATED, 0.5);
	check(FEATURE_REPEAT_RUN, 1);
	check(FEATURE_EMPTY_BARS, 3.0 / 5);
	/* a pickup is no bar */
	{
		struct song *s = hand_song(4, "67/24 60/24 62/24 64/24 65/24 60/72", NULL, NULL, NULL);

		s->pickup = 24;
		make(hand_piece_of(s));
	}
	check(FEATURE_BAR_NOTES, 6.0 / 2);
	check(FEATURE_REPEATED, 0);
	check(FEATURE_END_LINE, 1); /* what the last bar lacks, the pickup has */
	check(FEATURE_END_TONIC, 1);
	check(FEATURE_END_CADENCE, 0); /* from the fourth degree */
}

static void test_lengths(void **state)
{
	static const int lengths[LENGTH_CLASSES] = {96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8};

	(void)state;
	for (int c = 0; c < LENGTH_CLASSES; c++) {
		assert_int_equal(length_class(lengths[c], 24), c);
		assert_int_equal(length_class(2 * lengths[c], 48), c);
	}
	assert_int_equal(length_class(7, 24), 11); /* as near to a 16th as to a triplet 8th: the longer */
	assert_int_equal(length_class(1, 24), 4);
	assert_int_equal(length_class(100000, 24), 0);
	/* a 16th qualifies, what is shorter does not; of chords every note counts */
	make(hand_piece(4, "60/6 60/5 60+64+67/6 60/1", NULL, NULL, NULL));
	check(FEATURE_QUALIFIED, 4.0 / 6);
	/* the line has the highest: 60 60 67 60 */
	check(FEATURE_INTERVAL, 14.0 / 3);
	check(FEATURE_NOTES, 6);
}

static void test_voices(void **state)
{
	(void)state;
	/* crossed for two of five quarters in which both sound */
	make(hand_piece(4, "60/48 72/48 r/24 70/24", "64/48 62/72 60/24", NULL, NULL));
	check(FEATURE_CROSSING, 48.0 / 120);
	check(FEATURE_PART_RANGE, (12 + 4) / 2.0);
	/* octaves: 72/60 -> 74/62 -> 74/62 (does not move) -> 77/65, and a unison 60/60 reached in contrary motion */
	make(hand_piece(4, "72/24 74/24 74/24 77/24 60/24", "60/24 62/24 62/24 65/24 60/24", NULL, NULL));
	check(FEATURE_OCTAVES, 100 * 3.0 / 5);
	make(hand_piece(4, "72/24 74/24 76/24", "60/24 58/24 56/24", NULL, NULL)); /* apart */
	check(FEATURE_OCTAVES, 0);
	/* a fifth held is none; to a fifth from another interval is none; from a twelfth to a fifth is one */
	make(hand_piece(4, "67/24 67/24 69/24 79/24 77/24", "60/24 60/24 60/24 60/24 70/24", NULL, NULL));
	check(FEATURE_FIFTHS, 0);
	make(hand_piece(4, "79/24 81/24", "60/24 74/24", NULL, NULL));
	check(FEATURE_FIFTHS, 50);
	/* three pairs of four lines at once; a chord is whatever begins while two sound */
	make(hand_piece(4, "72/24 74/24", "67/24 69/24", "60/24 62/24", "r/24 50/24"));
	check(FEATURE_FIFTHS, 50);
	check(FEATURE_OCTAVES, 50);
	/* from chord to chord, over rests too; a chord between without the two lines parts them */
	make(hand_piece(4, "67/24 r/24 69/24", "60/24 r/24 62/24", NULL, NULL));
	check(FEATURE_FIFTHS, 50);
	make(hand_piece(4, "67/24 r/24 69/24", "60/24 r/24 62/24", "r/24 47/24", "r/24 45/24"));
	check(FEATURE_FIFTHS, 0);
}

/* Three windows of 500 would be 1500: of 1200 notes two count. */
static void test_shapes(void **state)
{
	static char text[1200 * 6 + 1];
	static const int pitches[] = {60, 62, 64, 65};
	size_t size = 0;

	(void)state;
	for (int i = 0; i < 1200; i++)
		size += (size_t)snprintf(text + size, sizeof text - size, "%d/6 ",
		                         i < 1000 ? pitches[i % 4] : 30 + i % 61);
	make(hand_piece(4, text, NULL, NULL, NULL));
	check(FEATURE_SHAPES, 2 * 4.0 / (2 * 497));
	/* less than a window is one; twice the same shape, transposed, and another */
	make(hand_piece(4, "60/24 62/24 64/24 65/24", "40/24 42/24 44/24 45/24", NULL, NULL));
	check(FEATURE_SHAPES, 1);
	make(hand_piece(4, "60/24 62/24 64/24 66/24 68/24 69/24", NULL, NULL, NULL));
	check(FEATURE_SHAPES, 2.0 / 3);
}

static void test_tonal_distance(void **state)
{
	const double pi = acos(-1);
	double x = 0, y = 0;

	(void)state;
	/* the same class in any octave is no distance; quarters in which one is silent do not count */
	make(hand_piece(4, "72/24 72/24 72/48", "60/24 r/24 48/48", NULL, NULL));
	check(FEATURE_TONAL_DISTANCE, 0);
	/* half a quarter C, half G, against C: half way on each circle */
	make(hand_piece(4, "72/12 79/12", "60/24", NULL, NULL));
	for (int i = 0; i < 3; i++) {
		const double angle[] = {7 * pi / 6, 3 * pi / 2, 2 * pi / 3}, radius[] = {1, 1, 0.5};

		x = radius[i] * 0.5 * sin(7 * angle[i]);
		y += x * x + pow(radius[i] * 0.5 * (cos(7 * angle[i]) - 1), 2);
	}
	check(FEATURE_TONAL_DISTANCE, sqrt(y));
	/* hours of silence cost nothing and count nothing */
	make(hand_piece(4, "72/24 r/100000000 72/24", "65/24 r/100000000 65/24", NULL, NULL));
	check(FEATURE_TONAL_DISTANCE, sqrt(pow(2 * sin(pi / 12), 2) + 2 + 0.75));
}

static void check_ending(struct piece *piece, int tonic, int line, int cadence)
{
	make(piece);
	check(FEATURE_END_TONIC, tonic);
	check(FEATURE_END_LINE, line);
	check(FEATURE_END_CADENCE, cadence);
}

static void test_endings(void **state)
{
	(void)state;
	/* D minor by its notes; to the tonic from the leading note, from the second degree, from the third */
	check_ending(hand_piece(4, "62/24 65/24 69/24 62/24 64/24 65/24 67/24 69/24 70/24 69/24 61/24 62/24", NULL,
	                        NULL, NULL),
	             1, 1, 1);
	check_ending(hand_piece(4, "62/24 65/24 69/24 62/24 64/24 65/24 67/24 69/24 70/24 61/24 64/24 62/24", NULL,
	                        NULL, NULL),
	             1, 1, 1);
	check_ending(hand_piece(4, "62/24 65/24 69/24 62/24 64/24 65/24 67/24 69/24 70/24 61/24 65/24 62/24", NULL,
	                        NULL, NULL),
	             1, 1, 0);
	/* on another degree, and not at a bar line */
	check_ending(
		hand_piece(4, "62/24 65/24 69/24 62/24 64/24 65/24 67/24 69/24 70/24 62/24 69/24", NULL, NULL, NULL), 0,
		0, 0);
	/* the lowest part that sounds decides: it came from the fifth long before, and repeats the tonic */
	check_ending(hand_piece(4, "72/24 76/24 79/24 76/24 74/24 76/24 79/24 76/24",
	                        "48/24 52/24 55/24 60/24 60/24 48/24 60/24 48/24", NULL, NULL),
	             1, 1, 1);
	/* a lower part that is silent by then does not */
	check_ending(hand_piece(4, "72/24 76/24 79/24 76/24 74/24 71/24 72/48", "48/24 52/24 55/24 53/24", NULL, NULL),
	             1, 1, 1);
}

/* ---- bars ---------------------------------------------------------------- */

static void check_bar(const struct bars *bars, size_t i, int start, int end, int numerator)
{
	assert_true(i < bars->n);
	assert_int_equal(bars->list[i].start, start);
	assert_int_equal(bars->list[i].end, end);
	assert_int_equal(bars->list[i].numerator, numerator);
}

static void test_bar_lines(void **state)
{
	struct song *s = hand_song(4, "67/24 60/96 62/96 64/96 65/96", NULL, NULL, NULL);
	struct piece *piece, *cut;
	struct bars bars;

	(void)state;
	s->pickup = 24;
	song_add_metre(s, 24 + 96 + 48, 3, 2); /* cuts a bar short */
	song_add_metre(s, 24 + 96 + 48 + 144, 4, 2);
	piece = hand_piece_of(s);
	assert_int_equal(bars_make(&bars, piece), 0);
	assert_int_equal(bars.n, 6);
	assert_int_equal(bars.pickups, 1);
	assert_int_equal(bars_count(&bars), 5);
	check_bar(&bars, 0, 0, 24, 4);
	check_bar(&bars, 1, 24, 120, 4);
	check_bar(&bars, 2, 120, 168, 4);
	check_bar(&bars, 3, 168, 240, 3);
	check_bar(&bars, 4, 240, 312, 3);
	check_bar(&bars, 5, 312, 408, 4);
	assert_int_equal(bars_at(&bars, 0), 0);
	assert_int_equal(bars_at(&bars, 23), 0);
	assert_int_equal(bars_at(&bars, 24), 1);
	assert_int_equal(bars_at(&bars, 167), 2);
	assert_int_equal(bars_at(&bars, 168), 3);
	assert_int_equal(bars_at(&bars, 100000), bars.n);
	/* two bars and the pickup: 67 60, and of 62 what sounds before the line */
	cut = bars_cut(piece, &bars, 2);
	assert_non_null(cut);
	assert_int_equal(cut->n, 4);
	assert_int_equal(cut->start.pickup, 24);
	assert_int_equal(cut->events[2].pitch, 62);
	assert_int_equal(cut->events[2].duration, 48);
	assert_int_equal(cut->events[3].kind, EVENT_END);
	assert_int_equal(cut->events[3].shift, 48);
	piece_free(cut);
	/* as many as there are, or more, is all of it */
	for (size_t n = 5; n < 8; n++) {
		cut = bars_cut(piece, &bars, n);
		assert_non_null(cut);
		assert_int_equal(cut->n, piece->n);
		for (size_t i = 0; i < piece->n; i++) {
			assert_int_equal(cut->events[i].shift, piece->events[i].shift);
			assert_int_equal(cut->events[i].duration, piece->events[i].duration);
		}
		piece_free(cut);
	}
	bars_done(&bars);
	piece_free(piece);
}

/* A file may claim a bar a tick and a silence of months. */
static void test_endless_bars(void **state)
{
	struct song *s = hand_song(4, "60/24 r/1000000000 62/24", NULL, NULL, NULL);
	struct piece *piece, *cut;
	struct bars bars;

	(void)state;
	s->metres[0].numerator = 1;
	s->metres[0].denominator_log2 = 7;
	piece = hand_piece_of(s);
	assert_int_equal(bars_make(&bars, piece), 0);
	assert_int_equal(bars.n, BARS_MAX);
	cut = bars_cut(piece, &bars, bars.n);
	assert_non_null(cut);
	assert_int_equal(cut->n, 2);
	assert_int_equal(features_make(values, piece), 0);
	check(FEATURE_NOTES, 2);
	features_end(values, piece);
	piece_free(cut);
	bars_done(&bars);
	piece_free(piece);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_two_parts),
		cmocka_unit_test(test_what_there_is_not),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_voices),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_tonal_distance),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_bar_lines),
		cmocka_unit_test(test_endless_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
