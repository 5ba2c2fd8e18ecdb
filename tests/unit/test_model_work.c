/*
 * The count of multiply-adds: against one by hand of a small network, and what
 * a training says of its steps against the batches that it must have seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/bench.h"
#include "model/feed.h"
#include "model/work.h"
#include "model_toy.h"

#define STEPS 9

/* The widths of the bags are the generator's; everything else is written out. One part: one slot. */
static double by_hand(const struct generator *g, double rows, double packed, double pairs)
{
	const double query = g->query.width, chosen = g->chosen.width, given = g->given.width, next = g->next.width;
	double row = 0, n;

	row += 48 * (query + 8) + 48 * 12; /* the first LSTM of the trunk: 4 x 12 gates from the input, from itself */
	row += 48 * 12 + 48 * 12;          /* the second */
	row += 8 * 12;                     /* queries */
	row += 2 * 8 * (12 + chosen);      /* keys, values */
	row += 28 * 128;                   /* features (12 + 8 + 8) to pitches */
	row += 28 * 15 * 49;               /* to intervals: five kinds of reference, six of harmony, four lookbacks */
	row += (28 + given) * 8 + 8 * 3;   /* durations: two symbols and the escape */
	row += 28 * 2;                     /* metres: one and the escape */
	row += (28 + given + chosen) * 8 + 8 * 3; /* shifts */
	row += (8 + next) * 4 + 4 * 3;            /* parts: one, METRE, END */
	n = rows * row;
	n += packed * (32 * chosen + 32 * 8); /* the stream */
	n += pairs * (8 + 8);                 /* scores, sums */
	return n;
}

static void work_is_the_count_by_hand(void **state)
{
	struct vocab v = small_vocab(GRID, 1);
	struct generator g;

	(void)state;
	assert_int_equal(generator_init(&g, &small_config, &v), 0);
	for (int i = 0; i < 8; i++) {
		const struct work w = {i & 1 ? 100 : 0, i & 2 ? 70 : 0, i & 4 ? 3000 : 0};

		assert_true(work_forward(&g, &w) == by_hand(&g, w.rows, w.packed, w.pairs));
	}
	generator_done(&g);
}

static void dynamics_and_no_memory(void **state)
{
	const struct work w = {10, 7, 0};
	struct generator_config config = small_config;
	struct vocab v = small_vocab(GRID, 1);
	struct generator plain, dynamic, without;
	double features;

	(void)state;
	assert_int_equal(generator_init(&plain, &config, &v), 0);
	v.dynamics = true;
	assert_int_equal(generator_init(&dynamic, &config, &v), 0);
	/* features and what is given to 4, and 16 bins */
	assert_true(work_forward(&dynamic, &w) - work_forward(&plain, &w) ==
	            10 * ((28.0 + plain.given.width) * 4 + 4 * 16));
	v.dynamics = false;
	config.memory = 0;
	assert_int_equal(generator_init(&without, &config, &v), 0);
	/* queries, keys, values, and 8 features less into 128 + 15 x 49 + 8 + 2 + 8 outputs */
	features = 8 * (128 + 15 * 49 + 8 + 2 + 8);
	assert_true(work_forward(&plain, &w) - work_forward(&without, &w) ==
	            10 * (8 * 12 + 2 * 8 * (12.0 + plain.chosen.width) + features));
	generator_done(&plain);
	generator_done(&dynamic);
	generator_done(&without);
}

struct said {
	double multiply_adds[STEPS];
};

static int on_step(void *context, const struct train_progress *p)
{
	struct said *said = context;

	said->multiply_adds[p->step - 1] = p->multiply_adds;
	return 0;
}

/* Earlier events of the same piece within the window, counted lane by lane. */
static double count_pairs(const struct batch *b, int *since, int window)
{
	double pairs = 0;

	for (int r = 0; r < b->rows; r++) {
		int *n = &since[r % b->lanes];

		if (b->reset[r])
			*n = 0;
		pairs += *n < window ? *n : window;
		(*n)++;
	}
	return pairs;
}

static void training_says_what_its_batches_are(void **state)
{
	const struct train_config config = toy_config(STEPS);
	struct corpus *corpus = music_corpus(3, MUSIC_FOUR | MUSIC_MELODY | MUSIC_METRES, 12, 30, false, SPLIT_BY_HASH);
	struct said said = {{0}};
	const struct train_hooks hooks = {.progress = on_step, .context = &said};
	const struct train_job job = {
		.corpus = corpus, .generator = &small_config, .train = &config, .seed = 5, .hooks = &hooks};
	const struct feed_options options = {.seed = 5,
	                                     .training = true,
	                                     .split = SPLIT_TRAIN,
	                                     .unknown = config.unknown,
	                                     .transpose = config.transpose,
	                                     .lanes_in_all = config.lanes};
	struct arena arena = {0};
	struct batch batch;
	struct feed feed;
	struct model *m;
	const char *stopped;
	uint32_t *order;
	size_t n;
	int since[8] = {0}, resets = 0;

	(void)state;
	assert_int_equal(train_model(&m, &stopped, &job), 0);
	order = feed_pieces(corpus, m->vocab, SPLIT_TRAIN, &n);
	assert_non_null(order);
	assert_int_equal(config.lanes, 8);
	assert_int_equal(feed_init(&feed, &m->generator, corpus, &options, order, n, 0, config.lanes), 0);
	batch_layout(&batch, &arena, &m->generator, config.chunk, config.lanes);
	assert_int_equal(arena_reserve(&arena), 0);
	batch_layout(&batch, &arena, &m->generator, config.chunk, config.lanes);
	for (int i = 0; i < STEPS; i++) {
		struct work w = {.rows = 8 * 16};

		assert_true(feed_chunk(&feed, &batch, config.chunk));
		w.packed = batch.packed;
		w.pairs = count_pairs(&batch, since, small_config.window);
		for (int r = 0; r < batch.rows; r++)
			resets += batch.reset[r];
		assert_true(w.packed > 0 && w.packed < w.rows && w.pairs > w.rows);
		assert_true(said.multiply_adds[i] == 3 * work_forward(&m->generator, &w));
	}
	assert_true(resets > config.lanes); /* pieces ended on the way */
	feed_done(&feed);
	arena_done(&arena);
	free(order);
	model_free(m);
	corpus_free(corpus);
}

static void medians_and_quartiles(void **state)
{
	double odd[] = {5, 1, 4, 2, 3}, even[] = {4, 1, 3, 2}, one[] = {7};
	struct measure m = measure_of(odd, 5);

	(void)state;
	assert_true(m.median == 3 && m.low == 2 && m.high == 4 && m.n == 5);
	m = measure_of(even, 4);
	assert_true(m.median == 2.5 && m.low == 1.75 && m.high == 3.25);
	m = measure_of(one, 1);
	assert_true(m.median == 7 && m.low == 7 && m.high == 7 && m.n == 1);
}

/* Music to measure with: the same every time, in the order events have (a song of it reads back the same), on both sides of the split. */
static void music_to_measure_with(void **state)
{
	struct corpus *a = bench_corpus(17), *b = bench_corpus(17);
	size_t held_out = 0;

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->n, 17);
	for (size_t i = 0; i < a->n; i++) {
		const struct piece *p = a->pieces[i].piece;
		struct song *song = piece_to_song(p);
		struct piece *again;

		assert_non_null(song);
		again = piece_from_song(song);
		assert_non_null(again);
		assert_int_equal(start_part_count(&p->start), 4);
		assert_true(p->n > 100);
		assert_int_equal(p->n, b->pieces[i].piece->n);
		assert_int_equal(p->n, again->n);
		for (size_t e = 0; e < p->n; e++) {
			assert_int_equal(p->events[e].pitch, b->pieces[i].piece->events[e].pitch);
			assert_int_equal(p->events[e].pitch, again->events[e].pitch);
			assert_int_equal(p->events[e].shift, again->events[e].shift);
			assert_int_equal(p->events[e].duration, again->events[e].duration);
		}
		held_out += a->pieces[i].split == SPLIT_VALID;
		song_free(song);
		piece_free(again);
	}
	assert_int_equal(held_out, 1);
	corpus_free(a);
	corpus_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_the_count_by_hand),
		cmocka_unit_test(dynamics_and_no_memory),
		cmocka_unit_test(training_says_what_its_batches_are),
		cmocka_unit_test(medians_and_quartiles),
		cmocka_unit_test(music_to_measure_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
