/*
 * What training makes of corpora: figures that repeat, held-out music with
 * what training never saw, corpora of every awkward size, tails held out, and
 * a clear word when it diverges or cannot begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/compose.h"
#include "model_toy.h"
#include "num/blas.h"

/* ---- figures -------------------------------------------------------------------- */

static void check_same_figures(const struct figures *a, const struct figures *b)
{
	assert_memory_equal(&a->nats_per_note, &b->nats_per_note, sizeof a->nats_per_note);
	assert_memory_equal(a->heads, b->heads, sizeof a->heads);
	assert_int_equal(a->notes, b->notes);
	assert_int_equal(a->pieces, b->pieces);
}

static void test_figures(void **state)
{
	struct corpus *c = music_corpus(6, MUSIC_MELODY | MUSIC_FOUR | MUSIC_METRES, 40, 8, true, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.2, 1);
	struct pool *pool = pool_new(3);
	struct figures first, again;
	double sum = 0;
	long notes = 0;

	(void)state;
	assert_non_null(pool);
	for (int split = 0; split < 2; split++) {
		assert_int_equal(evaluate_model(&first, m, c, (enum split)split, NULL), 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(evaluate_model(&again, m, c, (enum split)split, i ? pool : NULL), 0);
			check_same_figures(&first, &again);
		}
	}
	for (int h = 0; h < HEADS; h++) {
		assert_true(first.heads[h] > 0);
		sum += first.heads[h];
	}
	assert_true(fabs(sum - first.nats_per_note) < 1e-9);
	for (size_t i = 0; i < c->n; i++)
		for (size_t e = 0; c->pieces[i].split == SPLIT_VALID && e < c->pieces[i].piece->n; e++)
			notes += c->pieces[i].piece->events[e].kind == EVENT_NOTE;
	assert_int_equal(first.notes, notes);
	/* None held out for testing: no figure, and no failure. */
	assert_int_equal(evaluate_model(&first, m, c, SPLIT_TEST, pool), 0);
	assert_true(isnan(first.nats_per_note) && first.notes == 0 && first.pieces == 0);
	pool_free(pool);
	model_free(m);
	corpus_free(c);
}

/* Held out: durations, shifts, metres, pitches, velocities, a style and a part that training never saw. */
static void test_unseen(void **state)
{
	struct corpus *c = scales(4, SPLIT_BY_HASH);
	struct piece *p = piece_new(GRID);
	struct train_config tc = toy_config(40);
	struct figures f;
	struct model *m;

	(void)state;
	assert_non_null(p);
	p->start = (struct start){.style = -1,
	                          .mode = MODE_MINOR,
	                          .numerator = 13,
	                          .denominator_log2 = 4,
	                          .tempo = 8,
	                          .pickup = 5,
	                          .parts = 3};
	music_add(p, music_note(0, 0, 127, 100000));
	music_add(p, music_note(0, 1, 0, 1));
	p->events[1].velocity = 1;
	music_add(p, music_metre(77777, 255, 7));
	music_add(p, music_note(0, 1, 64, 5));
	p->events[3].velocity = 127;
	music_add(p, music_end(123456));
	music_corpus_add(c, p, SPLIT_VALID);
	m = toy_train(c, &tc, 1);
	assert_int_equal(m->vocab->parts, 2);
	assert_int_equal(evaluate_model(&f, m, c, SPLIT_VALID, NULL), 0);
	for (int h = 0; h < HEADS; h++)
		assert_true(isfinite(f.heads[h]) && f.heads[h] < 100);
	assert_true(f.heads[HEAD_METRE] > 0);
	model_free(m);
	corpus_free(c);
}

/* ---- awkward corpora ------------------------------------------------------------ */

static void check_trains(struct corpus *c, int chunk, int lanes)
{
	struct train_config tc = toy_config(8);
	struct model *m;

	tc.chunk = chunk;
	tc.lanes = lanes;
	m = toy_train(c, &tc, 2);
	assert_true(isfinite(m->figures.nats_per_note));
	assert_true(m->figures.nats_per_note < 60);
	model_free(m);
	corpus_free(c);
}

static void test_sizes(void **state)
{
	struct corpus *c = scales(1, SPLIT_BY_TAIL);
	struct random r = random_stream(1, 0, 0, 0);

	(void)state;
	/* One piece, more lanes than it has events. */
	check_trains(c, 4, 64);
	/* One piece, longer than many chunks. */
	c = music_corpus_new(SPLIT_BY_TAIL);
	music_corpus_add(c, music_piece(&r, MUSIC_CHORDS, 400, 0, true), SPLIT_TRAIN);
	check_trains(c, 8, 4);
	/* Pieces much shorter than a chunk. */
	check_trains(music_corpus(2, MUSIC_MELODY, 5, 1, false, SPLIT_BY_HASH), 64, 4);
	/* Chunks of one event. */
	check_trains(music_corpus(2, MUSIC_ALL, 12, 5, true, SPLIT_BY_HASH), 1, 4);
	/* One note, and nothing held out. */
	c = music_corpus_new(SPLIT_BY_HASH);
	music_corpus_add(c, music_piece(&r, MUSIC_MELODY, 1, 0, false), SPLIT_TRAIN);
	{
		struct train_config tc = toy_config(8);
		struct model *m = toy_train(c, &tc, 1);

		assert_true(isnan(m->figures.nats_per_note));
		assert_int_equal(m->figures.pieces, 0);
		model_free(m);
	}
	corpus_free(c);
}

/* Where tails are held out, the end is learned all the same: a piece stops where the training pieces do. */
static void test_tails_end(void **state)
{
	struct corpus *c = scales(6, SPLIT_BY_TAIL);
	struct train_config tc = toy_config(300);
	struct model *m;
	int ended = 0;

	(void)state;
	m = toy_train(c, &tc, 1);
	assert_int_equal(m->figures.notes, 6 * 4);
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct compose_options o;
		struct piece *p;
		int now = 0;

		compose_defaults(&o);
		o.seed = seed;
		o.guard = false;
		p = compose_piece(m, &o);
		assert_non_null(p);
		for (size_t i = 0; i < p->n; i++)
			now += p->events[i].shift;
		ended += now < 60 * WHOLE;
		piece_free(p);
	}
	print_message("%d of 20 ended by themselves\n", ended);
	assert_true(ended >= 15);
	model_free(m);
	corpus_free(c);
}

/* ---- what goes wrong ----------------------------------------------------------- */

static void test_divergence(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_FOUR, 8, 10, false, SPLIT_BY_HASH);
	int refused = 0;

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++)
		for (double rate = 10; rate < 1e8; rate *= 100) {
			struct train_config tc = toy_config(40);
			const struct train_job job = {.corpus = c, .generator = &small_config, .train = &tc, .seed = 1};
			struct model *m;
			const char *stopped;

			tc.optim.kind = kind;
			tc.learning_rate = rate;
			tc.clip = 0;
			if (train_model(&m, &stopped, &job) < 0) {
				assert_null(m);
				assert_non_null(strstr(error_message(), "train.learning_rate"));
				refused++;
				continue;
			}
			for (size_t i = 0; i < m->generator.params.size; i++)
				assert_true(isfinite(m->w[i]));
			assert_true(isfinite(m->figures.nats_per_note));
			model_free(m);
		}
	assert_true(refused > 2);
	corpus_free(c);
}

static void check_refused(const struct corpus *c, const struct train_config *tc, const char *why)
{
	const struct train_job job = {.corpus = c, .generator = &small_config, .train = tc, .seed = 1};
	const char *stopped;
	struct model *m;

	assert_int_equal(train_model(&m, &stopped, &job), -1);
	assert_null(m);
	assert_non_null(strstr(error_message(), why));
}

static void test_refused(void **state)
{
	struct corpus *c = scales(4, SPLIT_BY_HASH), *empty = music_corpus_new(SPLIT_BY_HASH);
	struct train_config tc = toy_config(4);

	(void)state;
	check_refused(empty, &tc, "no music to train on");
	music_corpus_add(empty, scale_piece(0), SPLIT_VALID);
	check_refused(empty, &tc, "no music to train on");
	tc.lanes = 6;
	check_refused(c, &tc, "train.lanes (6) must be a multiple of train.shards (4)");
	corpus_free(c);
	corpus_free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),   cmocka_unit_test(test_unseen),     cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_tails_end), cmocka_unit_test(test_divergence), cmocka_unit_test(test_refused),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
