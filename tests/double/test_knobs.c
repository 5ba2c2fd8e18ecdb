/*
 * Gradients of the generator with knobs, and with a latent beside them, against
 * central differences, every tensor of both; where some knobs of some phrases
 * are told and others are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../unit/model_music.h"
#include "../unit/reals.h"
#include "gradcheck.h"
#include "kinks.h"
#include "model/knob_mutual.h"
#include "model/posterior.h"
#include "model/shard.h"
#include "num/blas.h"

#define STEP      1e-4
#define NEAR_KINK 2e-3
#define SCALE     0.25

enum { STEPS = 20, LANES = 2 };

struct whole {
	struct corpus *corpus;
	struct vocab *vocab;
	struct generator g;
	struct knob_scale scale;
	struct shard shard;
	struct posterior posterior;
	double *w, *dw;
	unsigned char *fed; /* the shard's memory before the pass */
	const struct dropout_rates *rates;
	struct random random;
};

static double loss(void *context)
{
	struct whole *k = context;
	struct shard *s = &k->shard;
	double sum = 0;

	memcpy(s->arena.memory, k->fed, s->arena.size);
	if (k->g.config.latent > 0)
		posterior_forward(&k->posterior, &k->g, k->w, &s->frame, &s->batch, Z_DRAWN, k->random);
	network_forward(&k->g, k->w, &s->frame, &s->batch, &s->carry, k->rates, k->random, SCALE);
	for (int h = 0; h < HEADS; h++)
		for (int r = 0; r < s->batch.rows; r++)
			sum += (double)head_weights(&k->g, &s->batch, (enum head)h)[r] * s->frame.loss[h][r];
	return SCALE * sum;
}

static double nearest_kink(struct whole *k)
{
	loss(k);
	return kinks_nearest(&k->g, k->w, &k->shard.frame, k->shard.batch.rows);
}

/* Rows that are told some knobs, and rows that are told none. */
static bool varied(const struct whole *k)
{
	const struct batch *b = &k->shard.batch;
	int told[KNOBS] = {0}, none = 0;

	for (int r = 0; r < b->rows; r++) {
		none += !knobs_told(b->knobs + r * KNOBS);
		for (int i = 0; i < KNOBS; i++)
			told[i] += !isnan(b->knobs[r * KNOBS + i]);
	}
	for (int i = 0; i < KNOBS; i++)
		if (told[i] < 3 || told[i] == b->rows)
			return false;
	return none >= 3;
}

static void check(int latent, const struct dropout_rates *rates)
{
	struct whole k = {.rates = rates, .random = random_stream(8, 9, 0, 0)};
	const struct feed_options options = {.seed = 3,
	                                     .training = true,
	                                     .split = SPLIT_TRAIN,
	                                     .phrases = latent > 0,
	                                     .knobs = &k.scale,
	                                     .untold_share = 0.5,
	                                     .unknown = 0.2,
	                                     .unknown_key = 0.3,
	                                     .transpose = 3,
	                                     .lanes_in_all = LANES};
	struct gradcheck c = {.loss = loss, .context = &k, .step = STEP, .samples = 8, .quiet = 1};
	struct posterior_weights weights = {0, 0};
	struct generator_config config = small_config;
	uint64_t seed = 1;
	uint32_t *order;
	double worst = 0;
	size_t n;

	config.latent = latent;
	config.encoder = latent + 1;
	config.knobs = 7;
	k.corpus = music_corpus(5, MUSIC_FOUR | MUSIC_BARS | MUSIC_METRES, 12, 14, false, SPLIT_BY_HASH);
	k.vocab = vocab_new(k.corpus);
	assert_non_null(k.vocab);
	assert_int_equal(knob_scale_measure(&k.scale, k.corpus, k.vocab), 0);
	assert_int_equal(generator_init(&k.g, &config, k.vocab), 0);
	order = feed_pieces(k.corpus, k.vocab, SPLIT_TRAIN, &n);
	assert_non_null(order);
	assert_int_equal(shard_init(&k.shard, &k.g, k.corpus, &options, order, n, 0, LANES, STEPS, true), 0);
	if (latent > 0)
		assert_int_equal(posterior_init(&k.posterior, &k.g, STEPS, LANES, true), 0);
	k.fed = malloc(k.shard.arena.size);
	k.dw = k.shard.dw;
	k.w = reals_plane(&k.g.params, 0.35, seed);
	assert_true(k.fed && k.w);

	/* Chunks before it leave states and memory. */
	for (int chunk = 0; chunk == 0 || !varied(&k); chunk++) {
		if (chunk > 0)
			network_forward(&k.g, k.w, &k.shard.frame, &k.shard.batch, &k.shard.carry, NULL, k.random, 1);
		assert_int_equal(feed_chunk(&k.shard.feed, &k.shard.batch, STEPS), 1);
		assert_true(chunk < 200);
	}
	memcpy(k.fed, k.shard.arena.memory, k.shard.arena.size);
	while (nearest_kink(&k) < NEAR_KINK) {
		free(k.w);
		k.w = reals_plane(&k.g.params, 0.35, ++seed);
		assert_true(seed < 500);
	}
	loss(&k);
	network_backward(&k.g, k.w, k.dw, &k.shard.frame, &k.shard.batch, &k.shard.carry, rates);
	if (latent > 0)
		posterior_backward(&k.posterior, &k.g, k.w, k.dw, &k.shard.batch, &weights, SCALE);
	for (size_t i = 0; i < k.g.params.n; i++) {
		const struct tensor *t = &k.g.params.tensors[i];
		const bool own = strncmp(t->name, "knobs.", 6) == 0, z = strncmp(t->name, "latent.", 7) == 0;
		double e;

		/* the others are test_network.c's, in music chosen for them; some of each, as knobs scale what comes from them */
		if (!own && !z && i % 4 != 0)
			continue;
		c.may_vanish = !own && !z;
		e = gradcheck_array(&c, t->name, k.w + t->offset, k.dw + t->offset, (size_t)t->rows * (size_t)t->cols);
		worst = e > worst ? e : worst;
	}
	print_message("%zu tensors, worst error %.2e\n", k.g.params.n, worst);

	free(k.fed);
	free(k.w);
	free(order);
	if (latent > 0)
		posterior_done(&k.posterior);
	shard_done(&k.shard);
	generator_done(&k.g);
	vocab_free(k.vocab);
	corpus_free(k.corpus);
}

static void test_knobs(void **state)
{
	(void)state;
	check(0, NULL);
}

static void test_beside_a_latent(void **state)
{
	(void)state;
	check(5, NULL);
}

static void test_dropout(void **state)
{
	static const struct dropout_rates rates = {.trunk = 0.3, .memory = 0.25, .stream = 0.2, .fields = 0.2};

	(void)state;
	check(0, &rates);
}

/* ---- the reader ------------------------------------------------------------------ */

enum { WINDOWS = 5 };

struct reader_check {
	double read[WINDOWS * KNOBS], codes[WINDOWS * KNOBS];
	int length[WINDOWS];
};

static double reading_loss(void *context)
{
	const struct reader_check *k = context;
	double d[WINDOWS * KNOBS];

	return knob_mutual_loss(d, k->read, k->codes, k->length, WINDOWS);
}

static void test_reader(void **state)
{
	struct reader_check k = {.length = {3, 0, 7, 1, 2}};
	struct gradcheck c = {.loss = reading_loss, .context = &k, .quiet = 1};
	double d[WINDOWS * KNOBS];

	(void)state;
	gradcheck_random(k.read, WINDOWS * KNOBS, 1, 3);
	gradcheck_random(k.codes, WINDOWS * KNOBS, 1, 4);
	knob_mutual_loss(d, k.read, k.codes, k.length, WINDOWS);
	gradcheck_array(&c, "read", k.read, d, WINDOWS * KNOBS);
	/* nothing for a lane without a window */
	for (int i = 0; i < KNOBS; i++)
		assert_true(d[KNOBS + i] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_knobs),
		cmocka_unit_test(test_beside_a_latent),
		cmocka_unit_test(test_dropout),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
