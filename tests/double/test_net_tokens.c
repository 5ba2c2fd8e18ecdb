/*
 * Gradients of the networks that read tokens against central differences:
 * every tensor, over a second chunk with carried states, pieces and windows
 * that begin within it, escapes and ends among what is predicted; without
 * dropout, and with masks and the seed's latent drawn the same every time,
 * with and without a price on what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "../unit/model_kinds.h"
#include "../unit/model_pass.h"
#include "gradcheck.h"
#include "model/net_tokens.h"
#include "num/blas.h"

#define SCALE 0.25 /* of the gradients, as training scales them */
enum { STEPS = 22, LANES = 2 };

struct whole {
	struct generator g;
	struct pass p;
	double *w, *dw;
	void *carried; /* what the first chunk left */
	const struct dropout_rates *rates;
	double beta; /* of the seed's latent */
};

/* Of the nats that rows say, what they pay for. */
static double price(const struct whole *k)
{
	const struct seed_frame *f = &k->p.frame.seed;
	double sum = 0;

	for (int r = 0; f->drawn && r < k->p.batch.rows; r++)
		if (f->kl[r] > f->free_kl)
			sum += (double)k->p.batch.next_weight[r] * (f->kl[r] - f->free_kl);
	return k->beta * sum;
}

static double loss(void *context)
{
	struct whole *k = context;
	const struct batch *b = &k->p.batch;
	double sum = 0;

	memcpy(k->p.carried.memory, k->carried, k->p.carried.size);
	network_forward(&k->g, k->w, &k->p.frame, b, &k->p.carry, k->rates, random_stream(8, 9, 0, 0), SCALE);
	for (int h = 0; h < HEADS; h++)
		for (int r = 0; r < b->rows; r++)
			sum += head_weights(&k->g, b, (enum head)h)[r] * k->p.frame.loss[h][r];
	return SCALE * (sum + price(k));
}

/* Half of what the rows with a weight say is free for all of them: some rows pay, others do not. */
static void set_free(struct whole *k)
{
	struct seed_frame *f = &k->p.frame.seed;
	int paying = 0, free_of_charge = 0;
	double most = 0, least = INFINITY;

	for (int r = 0; r < k->p.batch.rows; r++) {
		most = fmax(most, f->kl[r]);
		least = fmin(least, f->kl[r]);
	}
	f->free_kl = (most + least) / 2;
	for (int r = 0; r < k->p.batch.rows; r++) {
		paying += k->p.batch.next_weight[r] > 0 && f->kl[r] > f->free_kl;
		free_of_charge += k->p.batch.next_weight[r] > 0 && f->kl[r] < f->free_kl;
		assert_true(fabs(f->kl[r] - f->free_kl) > 1e-3);
	}
	assert_true(least > 0 && paying > 0 && free_of_charge > 0);
}

struct tape_of_tokens {
	struct tokens tokens;
	size_t row;
};

static void fill(struct whole *k, const struct corpus *corpus, struct tape_of_tokens *tapes, size_t *next)
{
	struct batch *b = &k->p.batch;

	batch_begin(b, STEPS);
	for (int r = 0; r < STEPS * LANES; r++) {
		struct tape_of_tokens *t = &tapes[r % LANES];
		const struct token *token;

		if (t->row == t->tokens.n) {
			assert_int_equal(
				tokens_spell(&t->tokens, &k->g, corpus->pieces[(*next)++ % corpus->n].piece, 0), 0);
			t->row = 0;
		}
		token = &t->tokens.list[t->row];
		batch_token(b, r, t->row > 0 ? token - 1 : NULL, token, net_tokens_resets(&k->g, t->row),
		            r % 5 == 2 ? 0 : 1 + r % 2);
		t->row++;
	}
	batch_end(b, &k->g);
}

/* Resets in mid-chunk, an end, escapes of durations and shifts where there are such heads. */
static bool varied(const struct whole *k)
{
	const struct batch *b = &k->p.batch;
	const struct vocab *v = k->g.vocab;
	const bool seed = k->g.config.kind == KIND_SEED, timed = k->g.config.kind != KIND_COMPOSER;
	const int end = seed ? seed_class(v, SEED_END) : composer_end(v);
	int resets = 0, ends = 0, escapes = 0, rests = 0;

	for (int r = 0; r < b->rows; r++) {
		resets += b->reset[r] && r >= LANES;
		ends += b->next_weight[r] > 0 && b->targets[HEAD_PITCH].symbol[r] == end;
		escapes += b->next_weight[r] > 0 && b->targets[HEAD_DURATION].symbol[r] == v->durations.n;
		rests += seed && b->next_weight[r] > 0 && b->targets[HEAD_PITCH].symbol[r] == seed_class(v, SEED_REST);
	}
	return resets > 0 && ends > 0 && (!timed || escapes > 0) && (!seed || rests > 0);
}

static void check(const struct kind_of_network *network, const struct dropout_rates *rates, bool drawn, double beta)
{
	struct corpus *corpus = music_corpus(5, network->music, 12, 9, network->dynamics, SPLIT_BY_HASH);
	struct vocab *vocab = vocab_new(corpus);
	struct whole k = {.rates = rates, .beta = beta};
	struct gradcheck c = {.loss = loss, .context = &k, .step = 1e-4, .samples = 24, .quiet = 1};
	struct tape_of_tokens tapes[LANES] = {{{0}, 0}};
	size_t next = 0;

	assert_non_null(vocab);
	assert_int_equal(chords_collect(&vocab->chords, corpus), 0);
	assert_int_equal(generator_init(&k.g, network->config, vocab), 0);
	pass_init(&k.p, &k.g, STEPS, LANES, true);
	k.p.frame.seed.drawn = drawn && network->config->kind == KIND_SEED;
	k.p.frame.seed.price = SCALE * beta;
	k.w = reals_plane(&k.g.params, 0.5, 3);
	k.dw = params_plane(&k.g.params);
	k.carried = calloc(1, k.p.carried.size);
	assert_true(k.w && k.dw && k.carried);
	fill(&k, corpus, tapes, &next);
	do {
		pass_forward(&k.p, k.w);
		memcpy(k.carried, k.p.carried.memory, k.p.carried.size);
		fill(&k, corpus, tapes, &next);
		assert_true(next < 500);
	} while (!varied(&k));
	loss(&k);
	if (beta > 0)
		set_free(&k);
	network_backward(&k.g, k.w, k.dw, &k.p.frame, &k.p.batch, &k.p.carry, rates);
	for (size_t i = 0; i < k.g.params.n; i++) {
		const struct tensor *t = &k.g.params.tensors[i];

		/* where the latent is its mean, its variance is nobody's */
		c.may_vanish = !drawn && strstr(t->name, "log_sigma2");
		gradcheck_array(&c, t->name, k.w + t->offset, k.dw + t->offset, (size_t)t->rows * (size_t)t->cols);
	}
	print_message("%s: %zu tensors\n", network->name, k.g.params.n);
	for (int i = 0; i < LANES; i++)
		tokens_done(&tapes[i].tokens);
	free(k.carried);
	free(k.w);
	free(k.dw);
	pass_done(&k.p);
	generator_done(&k.g);
	vocab_free(vocab);
	corpus_free(corpus);
}

static void test_plain(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++)
		check(&networks[i], NULL, false, 0);
}

static void test_training(void **state)
{
	static const struct dropout_rates none, some = {.trunk = 0.3};

	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		check(&networks[i], &none, true, 0);
		check(&networks[i], &some, true, 0);
	}
}

/* The first of them is the seed. */
static void test_priced(void **state)
{
	static const struct dropout_rates some = {.trunk = 0.3};

	(void)state;
	assert_int_equal(networks[0].config->kind, KIND_SEED);
	check(&networks[0], NULL, true, 0.3);
	check(&networks[0], &some, true, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_training),
		cmocka_unit_test(test_priced),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
