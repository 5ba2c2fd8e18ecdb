/*
 * Gradients of the generator with a latent against central differences: the
 * decoder's and, through z and the KL, the encoder's, every tensor of both;
 * over a second chunk with carried states, phrases that cross its borders,
 * and pieces that begin within it.
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
#include "model/latent_critic.h"
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
	struct shard shard;
	struct posterior posterior;
	struct posterior_weights weights;
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
	posterior_forward(&k->posterior, &k->g, k->w, &s->frame, &s->batch, Z_DRAWN, k->random);
	network_forward(&k->g, k->w, &s->frame, &s->batch, &s->carry, k->rates, k->random, SCALE);
	for (int h = 0; h < HEADS; h++)
		for (int r = 0; r < s->batch.rows; r++)
			sum += (double)head_weights(&k->g, &s->batch, (enum head)h)[r] * s->frame.loss[h][r];
	for (int i = 0; i < s->batch.phrases.n; i++)
		if (k->posterior.kl[i] > k->weights.free_nats)
			sum += k->weights.beta * s->batch.phrases.share[i] *
			       (k->posterior.kl[i] - k->weights.free_nats);
	return SCALE * sum;
}

static double nearest_kink(struct whole *k)
{
	loss(k);
	return kinks_nearest(&k->g, k->w, &k->shard.frame, k->shard.batch.rows);
}

/* Phrases that go on over a border, and one of the chunk alone. */
static bool varied(const struct whole *k)
{
	const struct batch *b = &k->shard.batch;
	int cut = 0, whole = 0;

	for (int i = 0; i < b->phrases.n; i++) {
		cut += b->phrases.share[i] < 0.99;
		whole += b->phrases.share[i] > 0.99;
	}
	return cut >= 2 && whole >= 1 && b->phrases.n >= 3;
}

/* Not so large that the posterior's sigma does what it likes. */
static double *draw_weights(const struct whole *k, uint64_t seed)
{
	return reals_plane(&k->g.params, 0.35, seed);
}

static void check(const struct dropout_rates *rates, double free_nats)
{
	struct whole k = {.rates = rates, .random = random_stream(8, 9, 0, 0), .weights = {0.7, free_nats}};
	const struct feed_options options = {.seed = 3,
	                                     .training = true,
	                                     .split = SPLIT_TRAIN,
	                                     .phrases = true,
	                                     .unknown = 0.2,
	                                     .unknown_key = 0.3,
	                                     .transpose = 3,
	                                     .lanes_in_all = LANES};
	struct gradcheck c = {.loss = loss, .context = &k, .step = STEP, .samples = 8, .quiet = 1};
	struct generator_config config = small_config;
	uint64_t seed = 1;
	uint32_t *order;
	double worst = 0;
	size_t n;

	config.latent = 5;
	config.encoder = 6;
	k.corpus = music_corpus(5, MUSIC_FOUR | MUSIC_BARS | MUSIC_METRES, 12, 14, false, SPLIT_BY_HASH);
	k.vocab = vocab_new(k.corpus);
	assert_non_null(k.vocab);
	assert_int_equal(generator_init(&k.g, &config, k.vocab), 0);
	order = feed_pieces(k.corpus, k.vocab, SPLIT_TRAIN, &n);
	assert_non_null(order);
	assert_int_equal(shard_init(&k.shard, &k.g, k.corpus, &options, order, n, 0, LANES, STEPS, true), 0);
	assert_int_equal(posterior_init(&k.posterior, &k.g, STEPS, LANES, true), 0);
	k.fed = malloc(k.shard.arena.size);
	k.dw = k.shard.dw;
	k.w = draw_weights(&k, seed);
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
		k.w = draw_weights(&k, ++seed);
		assert_true(seed < 500);
	}
	loss(&k);
	network_backward(&k.g, k.w, k.dw, &k.shard.frame, &k.shard.batch, &k.shard.carry, rates);
	posterior_backward(&k.posterior, &k.g, k.w, k.dw, &k.shard.batch, &k.weights, SCALE);
	for (size_t i = 0; i < k.g.params.n; i++) {
		const struct tensor *t = &k.g.params.tensors[i];
		double e;

		/* the others are test_network.c's, in music chosen for them */
		if (strncmp(t->name, "encoder.", 8) != 0 && strncmp(t->name, "latent.", 7) != 0 &&
		    (rates || i % 8 != 0))
			continue;
		c.may_vanish = strncmp(t->name, "encoder.", 8) != 0 && strncmp(t->name, "latent.", 7) != 0;
		e = gradcheck_array(&c, t->name, k.w + t->offset, k.dw + t->offset, (size_t)t->rows * (size_t)t->cols);
		worst = e > worst ? e : worst;
	}
	print_message("%zu tensors, worst error %.2e\n", k.g.params.n, worst);

	free(k.fed);
	free(k.w);
	free(order);
	posterior_done(&k.posterior);
	shard_done(&k.shard);
	generator_done(&k.g);
	vocab_free(k.vocab);
	corpus_free(k.corpus);
}

static void test_everything(void **state)
{
	(void)state;
	check(NULL, 0);
}

/* Free nats that some phrases have more than, with dropout. */
static void test_free_bits_and_dropout(void **state)
{
	static const struct dropout_rates rates = {.trunk = 0.3, .memory = 0.25, .stream = 0.2, .fields = 0.2};

	(void)state;
	check(&rates, 1.5);
}

/* ---- the critic ----------------------------------------------------------------- */

struct critic_check {
	struct latent_critic c;
	struct critic_frame f;
	double *w;
	double *x; /* what f.x is to be */
};

enum { CASES = 7, WIDTH = 4 };

static double critic_loss(void *context)
{
	struct critic_check *k = context;
	double sum = 0;

	for (int r = 0; r < CASES; r++)
		memcpy(k->f.x + r * k->c.first.in, k->x + r * WIDTH, WIDTH * sizeof *k->x);
	critic_forward(&k->c, k->w, &k->f, CASES);
	for (int r = 0; r < CASES; r++)
		sum += log1p(exp(-k->f.score[r])) * (r + 1);
	return sum;
}

static void test_critic(void **state)
{
	struct critic_check k;
	struct gradcheck c = {.loss = critic_loss, .context = &k, .quiet = 1};
	struct arena a = {0};
	double x[CASES * WIDTH], dx[CASES * WIDTH], *dw;

	(void)state;
	assert_int_equal(latent_critic_init(&k.c, 3, WIDTH, 6), 0);
	for (int counted = 0; counted < 2; counted++) {
		critic_frame_layout(&k.f, &a, &k.c, CASES);
		if (counted == 0)
			assert_int_equal(arena_reserve(&a), 0);
	}
	k.w = reals_plane(&k.c.params, 0.8, 2);
	dw = params_plane(&k.c.params);
	assert_non_null(dw);
	gradcheck_random(x, CASES * WIDTH, 1, 3);
	k.x = x;
	for (int r = 0; r < CASES; r++)
		k.f.styles[r] = r % 4 - 1; /* one of them unknown */
	critic_loss(&k);
	for (int r = 0; r < CASES; r++)
		k.f.dscore[r] = -(r + 1) / (1 + exp(k.f.score[r]));
	critic_backward(&k.c, k.w, dw, &k.f, CASES);
	for (int r = 0; r < CASES; r++)
		memcpy(dx + r * WIDTH, k.f.dx + r * k.c.first.in, WIDTH * sizeof *dx);
	gradcheck_params(&c, &k.c.params, k.w, dw);
	gradcheck_array(&c, "z", x, dx, CASES * WIDTH);
	free(k.w);
	free(dw);
	arena_done(&a);
	latent_critic_done(&k.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_critic),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_free_bits_and_dropout),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
