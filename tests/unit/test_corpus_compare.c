/*
 * Comparisons of sets of pieces whose nearness is known: real music against
 * more of the same, against noise, against one piece over and over, against
 * copies of the training music.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/error.h"
#include "base/random.h"
#include "corpus/compare.h"
#include "corpus/controls.h"
#include "corpus/notes.h"
#include "hand_music.h"
#include "random_song.h"

#define MOST 200

struct set {
	struct corpus_piece pieces[MOST];
	struct corpus corpus;
};

static struct set made, music;
static struct compare compare;
static const struct compare_options held_out = {.sides = {[SPLIT_VALID] = true}};

static void clear(struct set *set)
{
	for (size_t i = 0; i < set->corpus.n; i++) {
		piece_free(set->pieces[i].piece);
		free(set->pieces[i].path);
	}
	memset(set, 0, sizeof *set);
	set->corpus.pieces = set->pieces;
	set->corpus.rule = SPLIT_BY_FOLDER;
}

static int begin(void **state)
{
	(void)state;
	clear(&made);
	clear(&music);
	return 0;
}

static int end(void **state)
{
	compare_done(&compare);
	return begin(state);
}

static void add(struct set *set, struct piece *piece, enum split split)
{
	assert_true(set->corpus.n < MOST);
	set->pieces[set->corpus.n++] = (struct corpus_piece){
		.piece = piece,
		.notes = notes_count(piece),
		.split = split,
		.train_events = piece->n,
		.fingerprint = notes_fingerprint(piece),
	};
}

/* ---- music --------------------------------------------------------------- */

static int degree_pitch(int tonic, int degree)
{
	static const int scale[] = {0, 2, 4, 5, 7, 9, 11};

	return tonic + 12 * (degree / 7) + scale[degree % 7];
}

static int put_phrase(struct song *s, struct random *r, const int chords[4], int tonic, int tick)
{
	int degree = 14 + chords[0] % 7;

	for (int bar = 0; bar < 4; bar++) {
		const bool last = bar == 3;

		put_note(s, 1, tick, 48, degree_pitch(tonic - 12, chords[bar]), 80);
		put_note(s, 1, tick + 48, 48,
		         degree_pitch(tonic - 12, chords[bar] + (bar < 2 ? 2 * (int)random_below(r, 4) : 0)), 80);
		for (int i = 0; i < (last ? 2 : 4); i++) {
			const int length = last ? 48 : 24;

			degree += (int)random_below(r, 3) - 1;
			degree = degree < 8 ? 9 : degree > 20 ? 19 : degree;
			/* a third of the quarters is two eighths */
			if (!last && random_below(r, 3) == 0) {
				put_note(s, 0, tick + i * length, 12, degree_pitch(tonic, degree), 80);
				put_note(s, 0, tick + i * length + 12, 12, degree_pitch(tonic, degree + 1), 80);
			} else {
				put_note(s, 0, tick + i * length, length,
				         degree_pitch(tonic, last && i == 1 ? 14 : degree), 80);
			}
		}
		tick += 96;
	}
	return tick;
}

/* A song in a major key of two phrases, the first played twice, with a bass that comes home from the fifth. */
static struct piece *a_song(uint64_t number)
{
	struct random r = random_stream(5, number, 0, 0);
	const int chords[2][4] = {
		{0, (int)random_below(&r, 7), (int)random_below(&r, 7), 0},
		{0, (int)random_below(&r, 7), 4, 0},
	};
	const int tonic = 48 + (int)random_below(&r, 6);
	struct song *s = song_new(24);
	int tick = 0;

	assert_non_null(s);
	song_add_part(s, NULL, 0, -1);
	song_add_part(s, NULL, 1, -1);
	song_add_metre(s, 0, 4, 2);
	for (int i = 0; i < 3; i++) {
		/* the same numbers, the same phrase */
		struct random phrase = random_stream(5, number, 1, i == 2);

		tick = put_phrase(s, &phrase, chords[i == 2], tonic, tick);
	}
	return hand_piece_of(s);
}

static struct piece *noise(uint64_t number)
{
	struct random r = random_stream(6, number, 0, 0);
	struct song *s = song_new(24);

	song_add_part(s, NULL, 0, -1);
	song_add_part(s, NULL, 1, -1);
	song_add_metre(s, 0, 4, 2);
	for (int k = 0; k < 2; k++)
		for (int tick = (int)random_below(&r, 300); tick < 12 * 96;) {
			const int length = 1 + (int)random_below(&r, 90);

			put_note(s, k, tick, length, (int)random_below(&r, 128), 80);
			tick += length + (int)random_below(&r, 20);
		}
	return hand_piece_of(s);
}

/* 60 pieces to learn from, 80 held out. */
static void make_music(void)
{
	for (uint64_t i = 0; i < 140; i++)
		add(&music, a_song(i), i < 60 ? SPLIT_TRAIN : SPLIT_VALID);
}

static void compare_now(struct pool *pool)
{
	compare_done(&compare);
	assert_int_equal(compare_make(&compare, &made.corpus, &music.corpus, &held_out, pool), 0);
}

/* ---- tests --------------------------------------------------------------- */

static void test_more_of_the_same(void **state)
{
	(void)state;
	make_music();
	for (uint64_t i = 0; i < 40; i++)
		add(&made, a_song(1000 + i), SPLIT_TRAIN);
	compare_now(NULL);
	assert_int_equal(compare.m, 40);
	assert_int_equal(compare.real, 80);
	assert_int_equal(compare.train, 60);
	assert_true(compare.bars[0] == 12 && compare.bars[1] == 12);
	/* one in twenty may fail by chance */
	assert_true(compare.judged >= 20);
	assert_true(compare.passed + 2 >= compare.judged);
	for (int f = 0; f < FEATURES; f++) {
		const struct compare_feature *feature = &compare.features[f];

		assert_int_equal(feature->n_draws, COMPARE_DRAWS);
		assert_true(feature->passes[SET_REAL]);
		assert_true(feature->overlap_least <= feature->overlap[SET_REAL]);
		for (int set = 0; set < SET_SEED; set++)
			assert_true(feature->overlap[set] >= 0 && feature->overlap[set] < 1 + 1e-9);
		/* nobody asked for lines */
		assert_true(isnan(feature->overlap[SET_SEED]) && !feature->passes[SET_SEED]);
	}
	/* the mean is of all pieces */
	assert_true(fabs(compare.features[FEATURE_BAR_NOTES].mean[SET_REAL] * 12 -
	                 compare.features[FEATURE_NOTES].mean[SET_REAL]) < 1e-9);
	assert_true(compare.features[FEATURE_END_LINE].mean[SET_REAL] == 1);
	/* bars in another order have the same notes, and end otherwise */
	assert_true(compare.features[FEATURE_PITCHES].passes[SET_SHUFFLED]);
	assert_true(compare_is_blind(&compare, FEATURE_PITCHES));
	assert_false(compare.features[FEATURE_END_CADENCE].passes[SET_SHUFFLED]);
	/* a chain ends where it is, and repeats no bars */
	assert_false(compare.features[FEATURE_END_CADENCE].passes[SET_MARKOV]);
	assert_false(compare_is_blind(&compare, FEATURE_END_CADENCE));
	assert_false(compare.features[FEATURE_REPEATED].passes[SET_MARKOV]);
	/* of a limit no control makes it blind */
	assert_false(compare_is_blind(&compare, FEATURE_COPIED));
}

static void test_noise(void **state)
{
	size_t seeing = 0;

	(void)state;
	make_music();
	for (uint64_t i = 0; i < 40; i++)
		add(&made, noise(i), SPLIT_TRAIN);
	compare_now(NULL);
	for (int f = 0; f < FEATURES; f++) {
		const struct feature_info *info = feature_info((enum feature)f);
		const struct compare_feature *feature = &compare.features[f];

		if (!feature->judged || compare_is_blind(&compare, (enum feature)f) || info->kind == FEATURE_AS_LIMIT)
			continue;
		seeing++;
		if (feature->passes[SET_MADE])
			fail_msg("noise passes %s: %g, least %g", info->key, feature->overlap[SET_MADE],
			         feature->overlap_least);
		if (info->kind == FEATURE_BY_DISTANCE)
			assert_true(feature->divergence[SET_MADE] > feature->divergence_most);
	}
	assert_true(seeing >= 3);
	/* whatever else it lacks, it copies nothing */
	assert_true(compare.features[FEATURE_COPIED].passes[SET_MADE]);
	assert_int_equal(compare.n_copies, 0);
	/* and most of what a control passes it does not */
	assert_true(compare.passed * 4 < compare.judged);
}

/* One good piece over and over is near to real music, but real music is not near to it. */
static void test_one_piece(void **state)
{
	size_t passed = 0, judged = 0;

	(void)state;
	make_music();
	for (uint64_t i = 0; i < 40; i++)
		add(&made, a_song(1000), SPLIT_TRAIN);
	compare_now(NULL);
	for (int f = 0; f < FEATURES; f++) {
		const struct compare_feature *feature = &compare.features[f];

		/* by which nearly all of these songs are alike */
		if (f == FEATURE_FIFTHS || f == FEATURE_OCTAVES || f == FEATURE_REPEATED ||
		    feature->overlap_least > 1 - 1e-9 || feature_info((enum feature)f)->kind != FEATURE_BY_DISTANCE)
			continue;
		judged++;
		passed += feature->passes[SET_MADE];
		/* not a little too near to the real ones, but all too near to each other */
		assert_true(feature->overlap[SET_MADE] < 0.6);
	}
	assert_true(judged >= 12);
	assert_int_equal(passed, 0);
}

static void test_copies(void **state)
{
	(void)state;
	make_music();
	for (uint64_t i = 0; i < 20; i++)
		add(&made, a_song(i < 3 ? 10 + i : 1000 + i), SPLIT_TRAIN); /* three of the training music */
	compare_now(NULL);
	/* a twentieth of the others may copy more than that by chance */
	assert_in_range(compare.n_copies, 3, 5);
	for (size_t i = 0; i < 3; i++) {
		const struct piece *piece = made.pieces[compare.copies[i].piece].piece;

		assert_true(compare.copies[i].piece < 3);
		/* the melody, which is most of its notes */
		assert_true(compare.copies[i].run > (int)notes_count(piece) / 3);
		assert_true(i == 0 || compare.copies[i].run <= compare.copies[i - 1].run);
	}
	assert_true(compare.runs[SET_MADE].most == compare.copies[0].run);
	assert_true(compare.runs[SET_REAL].most < compare.runs[SET_MADE].most);
	assert_int_equal(compare.twins + compare.runs[SET_REAL].n, compare.real);
}

/* Real pieces that training has transposed are no measure of what real music copies. */
static void test_twins(void **state)
{
	size_t twins;

	(void)state;
	make_music();
	for (uint64_t i = 0; i < 20; i++)
		add(&made, a_song(1000 + i), SPLIT_TRAIN);
	compare_now(NULL);
	twins = compare.twins;
	for (int i = 0; i < 4; i++) {
		struct piece *piece = a_song(100 + (uint64_t)i);

		for (size_t e = 0; e < piece->n; e++)
			if (piece->events[e].kind == EVENT_NOTE)
				piece->events[e].pitch = (uint8_t)(piece->events[e].pitch + 3);
		add(&music, piece, SPLIT_TRAIN);
	}
	compare_now(NULL);
	assert_true(compare.twins >= twins + 1 && compare.twins <= twins + 4);
	assert_int_equal(compare.train, 64);
}

/* Long music against short: both are cut, by their places in the order. */
static void test_lengths(void **state)
{
	struct song *s;

	(void)state;
	make_music();
	for (int i = 0; i < 10; i++) {
		s = song_new(24);
		song_add_part(s, NULL, 0, -1);
		song_add_metre(s, 0, 4, 2);
		for (int n = 0; n < 4 * (i < 5 ? 8 : 500); n++)
			put_note(s, 0, 24 * n, 24, 60 + n % 5 + i % 3, 80);
		add(&made, hand_piece_of(s), SPLIT_TRAIN);
	}
	compare_now(NULL);
	assert_int_equal(compare.m, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(compare.made_bars[i], i < 5 ? 8 : 12);
	for (size_t i = 0; i < compare.real; i++)
		assert_int_equal(compare.real_bars[i], i < compare.real / 2 ? 8 : 12);
	assert_true(compare.bars[0] == 10 && compare.bars[1] == 10);
	/* of one part there is no tonal distance: not judged, not passed */
	assert_false(compare.features[FEATURE_TONAL_DISTANCE].judged);
	assert_true(isnan(compare.features[FEATURE_TONAL_DISTANCE].overlap[SET_MADE]));
}

/* Where no piece is held out whole, each is measured against the others. */
static void test_tails(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		add(&music, a_song(i), SPLIT_TRAIN);
		music.pieces[i].train_events = music.pieces[i].piece->n * 7 / 8;
		add(&made, a_song(i), SPLIT_TRAIN);
	}
	music.corpus.rule = SPLIT_BY_TAIL;
	compare_now(NULL);
	assert_true(compare.everything);
	assert_int_equal(compare.real, 20);
	assert_int_equal(compare.m, 10);
	assert_int_equal(compare.train, 20);
	/* the pieces made are the pieces themselves */
	assert_true(compare.n_copies >= 18);
	assert_true(compare.runs[SET_REAL].most < compare.runs[SET_MADE].median);
}

static void test_too_few(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 8; i++)
		add(&music, a_song(i), i < 5 ? SPLIT_TRAIN : SPLIT_VALID);
	add(&made, a_song(9), SPLIT_TRAIN);
	assert_int_equal(compare_make(&compare, &made.corpus, &music.corpus, &held_out, NULL), -1);
	assert_non_null(strstr(error_message(), "3 real pieces"));
	add(&music, a_song(20), SPLIT_VALID);
	compare_done(&compare);
	assert_int_equal(compare_make(&compare, &made.corpus, &music.corpus, &held_out, NULL), -1);
	assert_non_null(strstr(error_message(), "1 piece to compare"));
	add(&made, a_song(30), SPLIT_TRAIN);
	compare_now(NULL);
	assert_int_equal(compare.m, 2);
}

static void test_threads(void **state)
{
	struct compare first;
	struct pool *pool = pool_new(3);

	(void)state;
	assert_non_null(pool);
	make_music();
	for (uint64_t i = 0; i < 30; i++)
		add(&made, i % 2 ? noise(i) : a_song(i), SPLIT_TRAIN);
	compare_now(NULL);
	first = compare;
	compare = (struct compare){.m = 0};
	compare_now(pool);
	assert_memory_equal(first.features, compare.features, sizeof first.features);
	assert_memory_equal(first.runs, compare.runs, sizeof first.runs);
	assert_int_equal(first.n_copies, compare.n_copies);
	compare_done(&first);
	pool_free(pool);
}

/* The line of another song (context NULL), or of noise. */
static struct piece *some_line(void *context, const struct piece *like, size_t number)
{
	struct piece *whole = context ? noise(3000 + number) : a_song(3000 + number), *line;

	assert_int_equal(start_part_count(&like->start), 2);
	line = control_line(whole);
	piece_free(whole);
	assert_non_null(line);
	assert_int_equal(start_part_count(&line->start), 1);
	return line;
}

static void compare_lines(bool noisy)
{
	struct compare_options options = held_out;
	struct pool *pool = pool_new(3);

	assert_non_null(pool);
	options.line = some_line;
	options.line_context = noisy ? &options : NULL;
	compare_done(&compare);
	assert_int_equal(compare_make(&compare, &made.corpus, &music.corpus, &options, pool), 0);
	pool_free(pool);
}

/* Lines are set against the lines of the real pieces, not against the pieces. */
static void test_lines(void **state)
{
	struct compare without;
	int passed = 0;

	(void)state;
	make_music();
	for (uint64_t i = 0; i < 40; i++)
		add(&made, a_song(1000 + i), SPLIT_TRAIN);
	compare_now(NULL);
	without = compare;
	compare = (struct compare){.m = 0};
	compare_lines(false);
	for (int f = 0; f < FEATURES; f++) {
		const struct compare_feature *feature = &compare.features[f];

		/* the other sets know nothing of it */
		for (int set = 0; set < SET_SEED; set++) {
			assert_true(feature->overlap[set] == without.features[f].overlap[set]);
			assert_int_equal(feature->passes[set], without.features[f].passes[set]);
		}
		passed += feature->passes[SET_SEED];
	}
	compare_done(&without);
	/* what takes two parts it has not */
	assert_true(isnan(compare.features[FEATURE_CROSSING].overlap[SET_SEED]));
	assert_true(isnan(compare.features[FEATURE_FIFTHS].overlap[SET_SEED]));
	assert_false(compare.features[FEATURE_TONAL_DISTANCE].passes[SET_SEED]);
	/* half as many notes as the pieces have, and near to their lines for all that */
	assert_true(compare.features[FEATURE_NOTES].mean[SET_SEED] <
	            0.8 * compare.features[FEATURE_NOTES].mean[SET_REAL]);
	assert_true(compare.features[FEATURE_NOTES].passes[SET_SEED]);
	assert_true(compare_is_blind(&compare, FEATURE_REPEATED));
	assert_true(passed >= 15);
	assert_int_equal(compare.runs[SET_SEED].n, compare.runs[SET_MARKOV].n);

	compare_lines(true);
	assert_false(compare.features[FEATURE_CLASSES].passes[SET_SEED]);
	assert_false(compare.features[FEATURE_INTERVAL].passes[SET_SEED]);
	assert_false(compare.features[FEATURE_REPEATED].passes[SET_SEED]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_more_of_the_same, begin, end),
		cmocka_unit_test_setup_teardown(test_lines, begin, end),
		cmocka_unit_test_setup_teardown(test_noise, begin, end),
		cmocka_unit_test_setup_teardown(test_one_piece, begin, end),
		cmocka_unit_test_setup_teardown(test_copies, begin, end),
		cmocka_unit_test_setup_teardown(test_twins, begin, end),
		cmocka_unit_test_setup_teardown(test_lengths, begin, end),
		cmocka_unit_test_setup_teardown(test_tails, begin, end),
		cmocka_unit_test_setup_teardown(test_too_few, begin, end),
		cmocka_unit_test_setup_teardown(test_threads, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
