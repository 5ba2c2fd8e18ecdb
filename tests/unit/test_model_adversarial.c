/*
 * The stage `adversarial`: the same whatever the pool, a model left as it was
 * unless it is better, collapse, refusals; and the toy world: eight patterns,
 * covered. MUSEGEN_LONG=1: by each of the losses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "num/blas.h"
#include "toy_patterns.h"

/* As built in, and small. */
static struct gan_config toy_gan(enum gan_loss loss)
{
	struct gan_config config;
	const struct conf_room room = {"gan", gan_items, n_gan_items, &config, ""};

	conf_presets(&room);
	config.loss = (int)loss;
	config.window = PATTERN_WINDOW;
	config.batch = 16;
	config.critic_width = 8;
	config.trial = 2;
	config.held_out = 32;
	return config;
}

static struct model *pattern_model(const struct corpus *corpus, int steps, uint64_t seed)
{
	const struct train_config train = pattern_train(steps);
	const char *stopped = NULL;
	const struct train_job job = {.corpus = corpus, .generator = &pattern_generator, .train = &train, .seed = seed};
	struct model *m;

	if (steps > 0) {
		assert_int_equal(train_model(&m, &stopped, &job), 0);
		return m;
	}
	m = model_new(corpus, &pattern_generator);
	assert_non_null(m);
	params_init(&m->generator.params, m->w, seed);
	assert_int_equal(model_round(m), 0);
	return m;
}

static size_t bytes(const struct model *m)
{
	return m->generator.params.size * sizeof *m->w;
}

/* Every loss, the classifier and spectral normalisation: one thread or three, the same weights and words. */
static void test_pool(void **state)
{
	struct corpus *corpus = pattern_corpus();
	struct train_config train = pattern_train(1);
	struct pool *three = pool_new(3);

	(void)state;
	assert_non_null(three);
	train.dropout = 0.2;
	for (int loss = 0; loss < GAN_LOSSES; loss++) {
		struct gan_config config = toy_gan((enum gan_loss)loss);
		struct stage_job job = {.corpus = corpus, .train = &train, .seed = 7, .steps = 7};
		struct stage_result alone, together;
		struct model *a = pattern_model(corpus, 0, 3), *b = pattern_model(corpus, 0, 3);

		config.critic_steps = 1;
		config.tolerance = 100;
		config.reinforce = 0.5;
		config.entropy = 0.1;
		config.classifier = 0.5;
		config.spectral = loss == GAN_HINGE;
		assert_int_equal(adversarial_train(a, &config, &job, &alone), 0);
		job.pool = three;
		assert_int_equal(adversarial_train(b, &config, &job, &together), 0);
		assert_string_equal(alone.words, together.words);
		assert_int_equal(alone.kept, together.kept);
		assert_memory_equal(a->w, b->w, bytes(a));
		model_free(a);
		model_free(b);
	}
	pool_free(three);
	corpus_free(corpus);
}

struct watch {
	int stop_at, steps, evaluations;
	char figures[160];
};

static int watch(void *context, const struct stage_progress *p)
{
	struct watch *w = context;

	w->steps++;
	w->evaluations += p->evaluated;
	assert_string_equal(p->stage, "adversarial");
	assert_true(p->step <= p->steps);
	if (p->evaluated)
		memcpy(w->figures, p->figures, sizeof w->figures);
	return w->steps == w->stop_at;
}

/* Held-out music that costs more than is tolerated, or an interruption: the model is as it was, its figures too. */
static void test_left_alone(void **state)
{
	struct corpus *corpus = pattern_corpus();
	const struct train_config train = pattern_train(1);
	struct model *m = pattern_model(corpus, 60, 3);
	const double figure = m->figures.nats_per_note;
	real *before = mem_new(m->generator.params.size, sizeof *before);

	(void)state;
	assert_non_null(before);
	memcpy(before, m->w, bytes(m));
	for (int stop_at = 0; stop_at <= 10; stop_at += 5) {
		struct gan_config config = toy_gan(GAN_BCE);
		struct watch w = {.stop_at = stop_at};
		const struct stage_job job = {
			.corpus = corpus, .train = &train, .seed = 7, .steps = 12, .progress = watch, .context = &w};
		struct stage_result result;

		config.likelihood = 0;
		config.learning_rate = 0.05;
		config.tolerance = 0;
		assert_int_equal(adversarial_train(m, &config, &job, &result), 0);
		assert_false(result.kept);
		assert_non_null(strstr(result.words, stop_at ? "interrupted" : "not kept"));
		assert_memory_equal(before, m->w, bytes(m));
		assert_true(m->figures.nats_per_note == figure);
		if (!stop_at)
			assert_non_null(strstr(w.figures, "told apart"));
	}
	free(before);
	model_free(m);
	corpus_free(corpus);
}

/* A generator that has learned one of the patterns, held against all eight. */
static void test_collapse(void **state)
{
	struct corpus *corpus = pattern_corpus(), *one = music_corpus_new(SPLIT_BY_HASH);
	struct train_config train = pattern_train(150);
	struct gan_config config = toy_gan(GAN_BCE);
	const struct train_job learn = {.corpus = one, .generator = &pattern_generator, .train = &train, .seed = 1};
	const struct stage_job job = {.corpus = corpus, .train = &train, .seed = 7, .steps = 24};
	struct stage_result result;
	const char *stopped;
	struct model *m;

	(void)state;
	for (int i = 0; i < 8; i++)
		music_corpus_add(one, pattern_piece(3), i < 6 ? SPLIT_TRAIN : SPLIT_VALID);
	assert_int_equal(train_model(&m, &stopped, &learn), 0);
	config.likelihood = 0;
	config.learning_rate = 1e-8;
	assert_int_equal(adversarial_train(m, &config, &job, &result), 0);
	assert_false(result.kept);
	if (!strstr(result.words, "stopped at step 8, the generator has collapsed"))
		fail_msg("%s", result.words);
	/* and not where it is told to go on */
	config.collapse = 0;
	assert_int_equal(adversarial_train(m, &config, &job, &result), 0);
	assert_null(strstr(result.words, "collapsed"));
	model_free(m);
	corpus_free(one);
	corpus_free(corpus);
}

static void refused(struct model *m, const struct gan_config *config, const struct stage_job *job, const char *why)
{
	struct stage_result result = {.kept = true};

	error_clear();
	assert_int_equal(adversarial_train(m, config, job, &result), -1);
	assert_false(result.kept);
	if (!strstr(error_message(), why))
		fail_msg("\"%s\" is not in \"%s\"", why, error_message());
}

static void test_refusals(void **state)
{
	struct corpus *corpus = pattern_corpus(), *all = music_corpus_new(SPLIT_BY_HASH);
	const struct train_config train = pattern_train(1);
	struct generator_config tokens = pattern_generator;
	struct gan_config config = toy_gan(GAN_BCE), odd = config;
	struct stage_job job = {.corpus = corpus, .train = &train, .seed = 7, .steps = 12};
	struct model *m = pattern_model(corpus, 0, 3), *seed;

	(void)state;
	tokens.kind = KIND_SEED;
	seed = model_new(corpus, &tokens);
	assert_non_null(seed);
	refused(seed, &config, &job, "of kind seed");
	odd.batch = 15;
	refused(m, &odd, &job, "gan.batch (15) must be a multiple of train.shards (2)");
	job.steps = 2;
	refused(m, &config, &job, "3 are the fewest");
	job.steps = 12;
	for (int k = 0; k < PATTERNS; k++)
		music_corpus_add(all, pattern_piece(k), SPLIT_TRAIN);
	job.corpus = all;
	refused(m, &config, &job, "no held-out window");
	model_free(m);
	model_free(seed);
	corpus_free(all);
	corpus_free(corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_collapse),
		cmocka_unit_test(test_refusals),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
