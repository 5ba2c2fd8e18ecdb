/*
 * Classifiers and two-sample tests of music whose difference is known: chords
 * against the same pitches at random, more of the same against more of the
 * same. And what a test could cheat by: pieces that are known again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/error.h"
#include "base/random.h"
#include "corpus/notes.h"
#include "hand_music.h"
#include "model/roll_classifier.h"
#include "model/two_sample.h"
#include "num/blas.h"

#define MOST 80

enum kind { CHORDS, CLUSTERS, SIGNED };

static void add_note(struct song *s, int part, int tick, int duration, int pitch)
{
	const struct note note = {.onset = tick, .duration = duration, .pitch = (uint8_t)pitch, .velocity = 80};

	assert_int_equal(song_add_note(s, part, note), 0);
}

/*
 * `bars` bars of half notes: triads of C major; clusters: any three of the
 * scale, close together; signed: triads, and in every bar a figure that no
 * other piece has.
 */
static struct piece *a_piece(enum kind kind, uint64_t number, int bars)
{
	static const int scale[] = {0, 2, 4, 5, 7, 9, 11};
	struct random r = random_stream(11, (uint64_t)kind, number, 0);
	struct song *s = song_new(24);

	assert_non_null(s);
	song_add_metre(s, 0, 4, 2);
	song_add_part(s, NULL, 0, -1);
	song_add_part(s, NULL, 1, -1);
	for (int half = 0; half < 2 * bars; half++) {
		const int root = half % 4 == 0 ? 0 : (int)random_below(&r, 6);

		for (int i = 0; i < 3; i++) {
			const int degree = root + (kind == CLUSTERS ? i : 2 * i);

			add_note(s, 0, 48 * half, 48, 60 + 12 * (degree / 7) + scale[degree % 7]);
		}
		add_note(s, 1, 48 * half, 48, 36 + scale[root]);
	}
	for (int bar = 0; kind == SIGNED && bar < bars; bar++) {
		struct random figure = random_stream(12, number, 0, 0);

		for (int i = 0; i < 4; i++)
			add_note(s, 1, 96 * bar + 12 * (2 * i + (int)random_below(&figure, 2)), 6,
			         48 + (int)random_below(&figure, 12));
	}
	song_order_notes(&s->parts[0]);
	song_order_notes(&s->parts[1]);
	s->end = 96 * bars;
	return hand_piece_of(s);
}

/* ---- one classifier ------------------------------------------------------------ */

struct bunch {
	struct windows windows[MOST];
	const struct windows *pieces[MOST];
};

static struct bunch bunches[2];

static void fill(int side, enum kind kind, uint64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct piece *piece = a_piece(kind, from + i, 12);

		assert_int_equal(windows_make(&bunches[side].windows[i], piece), 0);
		assert_int_equal(bunches[side].windows[i].n, 5);
		bunches[side].pieces[i] = &bunches[side].windows[i];
		piece_free(piece);
	}
}

/* 24 pieces of either kind to learn from, 8 for validation, 24 tested; returns the share that is right. */
static double classify(enum kind a, enum kind b, int steps, struct roll_tally tallies[2][MOST])
{
	struct roll_tally *const out[2] = {tallies[0], tallies[1]};
	struct roll_classifier c = {.seed = 3, .steps = steps};
	int taken = 0, right = 0, windows = 0;

	fill(0, a, 0, 56);
	fill(1, b, 1000, 56);
	for (int side = 0; side < 2; side++) {
		c.sets[ROLL_LEARN][side] = (struct roll_set){bunches[side].pieces, 24};
		c.sets[ROLL_VALID][side] = (struct roll_set){bunches[side].pieces + 24, 8};
		c.sets[ROLL_TEST][side] = (struct roll_set){bunches[side].pieces + 32, 24};
	}
	assert_int_equal(roll_classify(out, &taken, &c), 0);
	assert_in_range(taken, 1, steps);
	for (int side = 0; side < 2; side++)
		for (int i = 0; i < 24; i++) {
			assert_int_equal(tallies[side][i].windows, ROLL_TESTED);
			assert_in_range(tallies[side][i].right, 0, ROLL_TESTED);
			right += tallies[side][i].right;
			windows += tallies[side][i].windows;
		}
	for (int side = 0; side < 2; side++)
		for (int i = 0; i < 56; i++)
			windows_done(&bunches[side].windows[i]);
	return (double)right / windows;
}

static void test_classifier(void **state)
{
	static struct roll_tally first[2][MOST], again[2][MOST];
	double share;

	(void)state;
	share = classify(CHORDS, CLUSTERS, 20, first);
	print_message("chords, clusters: %.3f\n", share);
	assert_true(share > 0.9);
	/* the same again */
	assert_true(classify(CHORDS, CLUSTERS, 20, again) == share);
	assert_memory_equal(first, again, sizeof first);
	share = classify(CHORDS, CHORDS, 20, first);
	print_message("chords, chords: %.3f\n", share);
	assert_true(share > 0.35 && share < 0.65);
}

/* ---- the test -------------------------------------------------------------------- */

struct set {
	struct corpus_piece pieces[MOST];
	struct corpus corpus;
};

static struct set made, music;
static const struct two_sample_options held_out = {.sides = {[SPLIT_VALID] = true}, .steps = 10};

static void clear(struct set *set)
{
	for (size_t i = 0; i < set->corpus.n; i++)
		piece_free(set->pieces[i].piece);
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

static void fill_sets(enum kind played, enum kind other, uint64_t from)
{
	for (uint64_t i = 0; i < 48; i++)
		add(&music, a_piece(played, i, 10), i < 32 ? SPLIT_TRAIN : SPLIT_VALID);
	for (uint64_t i = 0; i < 20; i++)
		add(&made, a_piece(other, from + i, 10), SPLIT_TRAIN);
}

static void print_figures(const struct two_sample *t)
{
	print_message("made %.3f, chains %.3f, real %.3f\n", t->figures[TWO_SAMPLE_MADE].accuracy.value,
	              t->figures[TWO_SAMPLE_CHAIN].accuracy.value, t->figures[TWO_SAMPLE_REAL].accuracy.value);
}

/* What is easily told apart is; every piece that is to be tested is tested once; figures are what the splits say. */
static void test_told_apart(void **state)
{
	struct pool *pool = pool_new(3);
	struct two_sample t, again;

	(void)state;
	assert_non_null(pool);
	fill_sets(CHORDS, CLUSTERS, 1000);
	add(&made, a_piece(CLUSTERS, 2000, 7), SPLIT_TRAIN); /* too short */
	assert_int_equal(two_sample_make(&t, &made.corpus, &music.corpus, &held_out, NULL), 0);
	print_figures(&t);
	assert_true(t.made == 20 && t.made_short == 1 && t.real == 16 && t.train == 32 && !t.everything);
	assert_true(t.figures[TWO_SAMPLE_MADE].accuracy.value > 0.9);
	for (int set = 0; set < TWO_SAMPLE_SETS; set++) {
		const struct two_sample_figure *f = &t.figures[set];
		double sum = 0;

		for (int s = 0; s < TWO_SAMPLE_SPLITS; s++) {
			sum += f->splits[s];
			assert_in_range(f->steps[s], 1, held_out.steps);
		}
		/* splits have as many pieces of either side here, or nearly so, and all pieces as many windows */
		assert_true(fabs(sum / TWO_SAMPLE_SPLITS - f->accuracy.value) < 1e-9);
		assert_true(f->accuracy.low <= f->accuracy.value && f->accuracy.value <= f->accuracy.high);
		assert_int_equal(f->windows[0], 3 * f->pieces[0]);
		assert_int_equal(f->windows[1], 3 * f->pieces[1]);
	}
	assert_true(t.figures[TWO_SAMPLE_MADE].pieces[0] == 16 && t.figures[TWO_SAMPLE_MADE].pieces[1] == 20);
	assert_true(t.figures[TWO_SAMPLE_CHAIN].pieces[0] == 16 && t.figures[TWO_SAMPLE_CHAIN].pieces[1] == 20);
	/* a quarter of 24 and 24, four times */
	assert_true(t.figures[TWO_SAMPLE_REAL].pieces[0] == 24 && t.figures[TWO_SAMPLE_REAL].pieces[1] == 24);
	/* three quarters of 16 and all of 32; of 20 */
	assert_true(t.figures[TWO_SAMPLE_MADE].learned[0] == 44 && t.figures[TWO_SAMPLE_MADE].learned[1] == 15);
	assert_true(t.figures[TWO_SAMPLE_REAL].learned[0] == 18 && t.figures[TWO_SAMPLE_REAL].learned[1] == 18);
	assert_true(t.hears == (t.figures[TWO_SAMPLE_CHAIN].accuracy.value >= TWO_SAMPLE_CHAIN_LEAST));
	assert_true(t.fair == (t.figures[TWO_SAMPLE_REAL].accuracy.value <= TWO_SAMPLE_REAL_MOST));
	assert_true(two_sample_holds(&t) == (t.hears && t.fair));
	/* the same whatever the threads */
	assert_int_equal(two_sample_make(&again, &made.corpus, &music.corpus, &held_out, pool), 0);
	assert_memory_equal(t.figures, again.figures, sizeof t.figures);
	pool_free(pool);
}

/*
 * A piece's windows have its own figure in every bar: a classifier that had
 * seen others of its windows would know on which side it is. None has.
 */
static void test_not_known_again(void **state)
{
	struct two_sample_options options = held_out;
	struct two_sample t;

	(void)state;
	options.steps = 20;
	fill_sets(SIGNED, SIGNED, 1000);
	assert_int_equal(two_sample_make(&t, &made.corpus, &music.corpus, &options, NULL), 0);
	print_figures(&t);
	/* so few pieces may be told the wrong way round, but no better than by chance */
	assert_true(t.figures[TWO_SAMPLE_MADE].accuracy.value < 0.65);
	assert_true(t.figures[TWO_SAMPLE_REAL].accuracy.value < 0.65);
}

static void test_too_few(void **state)
{
	struct two_sample t;

	(void)state;
	for (uint64_t i = 0; i < 20; i++)
		add(&music, a_piece(CHORDS, i, i < 19 ? 8 : 7), i < 12 ? SPLIT_TRAIN : SPLIT_VALID);
	for (uint64_t i = 0; i < 7; i++)
		add(&made, a_piece(CHORDS, 100 + i, 8), SPLIT_TRAIN);
	assert_int_equal(two_sample_make(&t, &made.corpus, &music.corpus, &held_out, NULL), -1);
	assert_non_null(strstr(error_message(), "7 real pieces of 8 bars or more to test with, and 8 are the fewest"));
	add(&music, a_piece(CHORDS, 30, 8), SPLIT_VALID);
	assert_int_equal(two_sample_make(&t, &made.corpus, &music.corpus, &held_out, NULL), -1);
	assert_non_null(strstr(error_message(), "7 pieces of 8 bars or more were made"));
	/* where only tails are held out, all of it is real music */
	for (size_t i = 0; i < music.corpus.n; i++)
		music.pieces[i].split = SPLIT_TRAIN;
	music.corpus.rule = SPLIT_BY_TAIL;
	assert_int_equal(two_sample_make(&t, &made.corpus, &music.corpus, &held_out, NULL), -1);
	assert_true(t.everything && t.real == 20 && t.train == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classifier),
		cmocka_unit_test_setup_teardown(test_told_apart, begin, begin),
		cmocka_unit_test_setup_teardown(test_not_known_again, begin, begin),
		cmocka_unit_test_setup_teardown(test_too_few, begin, begin),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
