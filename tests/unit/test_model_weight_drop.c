/*
 * Weight-dropped LSTMs: recurrent weights alone are dropped, as many as the
 * rate says, others in every step; the gradient is that of the weights kept;
 * and a training with it does not depend on the number of threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include "model/weight_drop.h"
#include "num/blas.h"
#include "model_toy.h"

struct ground {
	struct vocab vocab;
	struct generator g;
	struct weight_drop d;
	real *w;
};

static void ground_init(struct ground *k, double rate)
{
	k->vocab = small_vocab(GRID, 2);
	assert_int_equal(generator_init(&k->g, &small_config, &k->vocab), 0);
	assert_int_equal(weight_drop_init(&k->d, &k->g.params, rate), 0);
	k->w = reals_plane(&k->g.params, 1, 3);
}

static void ground_done(struct ground *k)
{
	weight_drop_done(&k->d);
	generator_done(&k->g);
	free(k->w);
}

static void test_which(void **state)
{
	struct ground k;
	size_t dropped = 0, recurrent = 0;

	(void)state;
	ground_init(&k, 0.25);
	weight_drop_forward(&k.d, k.w, random_stream(1, 2, 0, 0));
	for (size_t t = 0; t < k.g.params.n; t++) {
		const struct tensor *tensor = &k.g.params.tensors[t];
		bool may = tensor->offset == k.g.stream.wh || tensor->offset == k.g.trunk[0].wh ||
		           tensor->offset == k.g.trunk[1].wh;

		for (size_t i = 0; i < (size_t)tensor->rows * (size_t)tensor->cols; i++) {
			real w = k.w[tensor->offset + i], kept = k.d.w[tensor->offset + i];

			if (!may || fabs((double)kept) > 0)
				assert_true(fabs((double)(kept - (may ? w / (real)0.75 : w))) < 1e-6);
			recurrent += may;
			dropped += may && !(fabs((double)kept) > 0);
		}
	}
	assert_int_equal(recurrent, 4 * 8 * 8 + 2 * 4 * 12 * 12);
	assert_true(fabs((double)dropped / (double)recurrent - 0.25) < 0.05);
	ground_done(&k);
}

static void test_steps(void **state)
{
	struct ground k;
	real *first;
	size_t size;

	(void)state;
	ground_init(&k, 0.5);
	size = k.g.params.size * sizeof(real);
	first = mem_new(size, 1);
	assert_non_null(first);
	weight_drop_forward(&k.d, k.w, random_stream(1, 2, 0, 0));
	memcpy(first, k.d.w, size);
	weight_drop_forward(&k.d, k.w, random_stream(1, 3, 0, 0));
	assert_memory_not_equal(first, k.d.w, size);
	weight_drop_forward(&k.d, k.w, random_stream(1, 2, 0, 0));
	assert_memory_equal(first, k.d.w, size);
	free(first);
	ground_done(&k);
}

/* Of the sum of c w', where w' are the weights that were kept: c / (1 - rate) where one was, else none. */
static void test_gradient(void **state)
{
	struct ground k;
	real *dw;

	(void)state;
	ground_init(&k, 0.5);
	dw = reals_plane(&k.g.params, 1, 4);
	weight_drop_forward(&k.d, k.w, random_stream(1, 2, 0, 0));
	for (size_t i = 0; i < k.g.params.size; i++)
		dw[i] = 1;
	weight_drop_backward(dw, &k.d);
	for (size_t i = 0; i < k.g.params.size; i++)
		if (fabs((double)k.w[i]) > 0)
			assert_true(fabs((double)(dw[i] - k.d.w[i] / k.w[i])) < 1e-5);
	free(dw);
	ground_done(&k);
}

static struct model *train_with(const struct corpus *c, double rate, int threads)
{
	struct pool *pool = threads > 0 ? pool_new(threads) : NULL;
	struct train_config tc = toy_config(20);
	const struct train_job job = {.corpus = c, .generator = &small_config, .train = &tc, .seed = 3, .pool = pool};
	const char *stopped;
	struct model *m;

	tc.weight_dropout = rate;
	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	pool_free(pool);
	return m;
}

static void test_training(void **state)
{
	struct corpus *c = scales(8, SPLIT_BY_HASH);
	struct model *a = train_with(c, 0.5, 0), *b = train_with(c, 0.5, 3), *none = train_with(c, 0, 0);
	size_t size = a->generator.params.size * sizeof(real);

	(void)state;
	assert_memory_equal(a->w, b->w, size);
	assert_memory_not_equal(a->w, none->w, size);
	model_free(a);
	model_free(b);
	model_free(none);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_gradient),
		cmocka_unit_test(test_training),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
