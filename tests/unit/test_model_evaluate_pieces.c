/* Evaluation of many pieces: misfits, frames, differences of two models, and the bootstrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evaluate_ground.h"

/* ---- which pieces ------------------------------------------------------------------ */

static void test_misfits(void **state)
{
	struct random r = random_stream(1, 0, 0, 0);
	struct corpus *small = music_corpus(1, MUSIC_MELODY, 4, 8, false, SPLIT_BY_HASH);
	struct evaluate_options valid = {.split = SPLIT_VALID};
	struct ground k;
	const struct model *models[2];

	(void)state;
	ground_init(&k, music_corpus(1, MUSIC_FOUR, 8, 8, false, SPLIT_BY_HASH));
	music_corpus_add(k.corpus, music_piece(&r, MUSIC_SIXTEEN, 4, 0, false), SPLIT_VALID);
	music_corpus_add(k.corpus, music_piece(&r, MUSIC_MELODY, 4, 0, false), SPLIT_VALID);
	k.corpus->pieces[9].piece->grid = 12;
	ground_score(&k, &everything, NULL);
	assert_int_equal(k.e.n, 8);
	assert_int_equal(k.choice.misfits[MISFIT_PARTS], 1);
	assert_int_equal(k.choice.example[MISFIT_PARTS], 8);
	assert_int_equal(k.choice.misfits[MISFIT_GRID], 1);
	assert_int_equal(k.choice.example[MISFIT_GRID], 9);
	ground_scored_done(&k);
	/* Of the side asked for alone. */
	ground_score(&k, &valid, NULL);
	assert_int_equal(k.e.n, 2);
	assert_int_equal(k.choice.pieces[0], 3);
	assert_int_equal(k.choice.pieces[1], 7);
	assert_int_equal(k.choice.misfits[MISFIT_PARTS], 1);
	ground_scored_done(&k);
	valid.split = SPLIT_TRAIN;
	ground_score(&k, &valid, NULL);
	assert_int_equal(k.e.n, 6);
	assert_int_equal(k.choice.misfits[MISFIT_PARTS] + k.choice.misfits[MISFIT_GRID], 0);
	ground_scored_done(&k);
	valid.split = SPLIT_TEST;
	ground_score(&k, &valid, NULL);
	assert_int_equal(k.e.n, 0);
	assert_true(isnan(k.e.per_note.value));
	ground_scored_done(&k);
	/* What one of two models cannot say is left out. */
	models[0] = k.m;
	models[1] = toy_random(small, &small_config, 0.3, 1);
	assert_int_equal(evaluate_choose(&k.choice, k.corpus, models, 2, &everything), 0);
	assert_int_equal(k.choice.n, 0);
	assert_int_equal(k.choice.misfits[MISFIT_PARTS], 9);
	model_free((struct model *)models[1]);
	corpus_free(small);
	ground_done(&k);
}

static void test_frames(void **state)
{
	(void)state;
	assert_int_equal(evaluate_frames(0, 24, 0), 0);
	assert_int_equal(evaluate_frames(1, 24, 0), 1);
	assert_int_equal(evaluate_frames(96, 24, 0), 16);
	assert_int_equal(evaluate_frames(97, 24, 0), 17);
	assert_int_equal(evaluate_frames(96, 24, 24), 4);
	assert_int_equal(evaluate_frames(96, 24, 12), 8);
	assert_int_equal(evaluate_frames(95, 24, 12), 8);
	assert_int_equal(evaluate_frames(96, 24, 1), 96);
	/* A 16th need not be a whole number of ticks. */
	assert_int_equal(evaluate_frames(6, 6, 0), 4);
	assert_int_equal(evaluate_frames(3, 6, 0), 2);
	assert_int_equal(evaluate_frames(4, 6, 0), 3);
	assert_int_equal(evaluate_frames(1, 1, 0), 4);
	assert_int_equal(evaluate_frames(SONG_TICK_MAX, 480, 0), SONG_TICK_MAX / 120 + 1);
}

/* ---- two models -------------------------------------------------------------------- */

static void test_compare(void **state)
{
	struct ground k;
	struct model *other;
	struct evaluation e;
	struct comparison same, ab, ba, without;
	double velocity;

	(void)state;
	ground_init(&k, music_corpus(2, MUSIC_FOUR | MUSIC_MELODY, 30, 12, true, SPLIT_BY_HASH));
	other = toy_random(k.corpus, &small_config, 0.3, 77);
	ground_score(&k, &everything, NULL);
	assert_int_equal(evaluate(&e, other, k.corpus, &k.choice, &everything, NULL), 0);
	assert_int_equal(evaluate_compare(&same, &k.e, &k.e, true), 0);
	assert_int_equal(same.better, 0);
	assert_true(same.per_note.value == 0 && same.per_note.low == 0 && same.per_note.high == 0);
	assert_int_equal(evaluate_compare(&ab, &k.e, &e, true), 0);
	assert_int_equal(evaluate_compare(&ba, &e, &k.e, true), 0);
	check_near(ab.per_note.value, k.e.per_note.value - e.per_note.value, 1e-9);
	check_near(ab.per_voice_16th.value, k.e.per_voice_16th.value - e.per_voice_16th.value, 1e-9);
	check_near(ab.per_note.value, -ba.per_note.value, 1e-12);
	check_near(ab.per_note.low, -ba.per_note.high, 1e-12);
	assert_int_equal(ab.better + ba.better, 30);
	/* Pairs differ less than pieces do: the interval is narrower than those of the two. */
	assert_true(ab.per_note.low <= ab.per_note.value && ab.per_note.value <= ab.per_note.high);
	assert_int_equal(evaluate_compare(&without, &k.e, &e, false), 0);
	velocity = (k.e.heads[HEAD_VELOCITY] - e.heads[HEAD_VELOCITY]) / (double)e.notes;
	check_near(without.per_note.value, ab.per_note.value - velocity, 1e-9);
	evaluation_done(&e);
	model_free(other);
	ground_done(&k);
}

/* ---- bootstrap --------------------------------------------------------------------- */

static void test_bootstrap(void **state)
{
	enum { N = 400 };
	double above[N], below[N], mean = 0, variance = 0;
	struct random r = random_stream(5, 0, 0, 0);
	struct estimate x, again;

	(void)state;
	for (int i = 0; i < N; i++) {
		below[i] = 10;
		above[i] = 10 * (3 + random_normal(&r));
		mean += above[i] / 10 / N;
	}
	for (int i = 0; i < N; i++)
		variance += (above[i] / 10 - mean) * (above[i] / 10 - mean) / N;
	assert_int_equal(bootstrap(&x, above, below, N), 0);
	assert_int_equal(bootstrap(&again, above, below, N), 0);
	assert_memory_equal(&x, &again, sizeof x);
	/* As the normal distribution has it, within the noise of 1,000 draws. */
	check_near(x.value, mean, 1e-12);
	check_near(x.low, mean - 1.96 * sqrt(variance / N), 0.015);
	check_near(x.high, mean + 1.96 * sqrt(variance / N), 0.015);
	/* A quotient of sums, not a mean of quotients. */
	below[0] = 10000;
	assert_int_equal(bootstrap(&x, above, below, N), 0);
	check_near(x.value, 10 * N * mean / (10 * (N - 1) + 10000), 1e-9);
	/* All pieces alike. */
	for (int i = 0; i < N; i++)
		above[i] = 2 * below[i];
	assert_int_equal(bootstrap(&x, above, below, N), 0);
	check_near(x.low, 2, 1e-12);
	check_near(x.high, 2, 1e-12);
	assert_int_equal(bootstrap(&x, above, below, 1), 0);
	assert_true(x.value == 2 && isnan(x.low) && isnan(x.high));
	assert_int_equal(bootstrap(&x, above, below, 0), 0);
	assert_true(isnan(x.value));
	/* Of these two pieces the empty one is now and then drawn twice. */
	below[1] = 0;
	assert_int_equal(bootstrap(&x, above, below, 2), 0);
	assert_true(isfinite(x.value) && isnan(x.low));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_bootstrap),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
