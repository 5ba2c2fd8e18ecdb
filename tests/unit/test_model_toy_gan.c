/*
 * The toy world: eight patterns in known proportions, which a note generator
 * is to cover against a discriminator alone, gan.likelihood = 0. From a start
 * that likelihood has made, by each loss; from random weights, the beginning
 * of one such training, and with MUSEGEN_LONG=1 the whole of each loss's; with
 * MUSEGEN_GAN="gan.entropy=0.2 ..." the same by other settings, seeds 1 to 3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "num/blas.h"
#include "toy_patterns.h"

/* Likelihood 0, the verdict as a reward too, entropy against collapse; no rule but what is made. */
static struct gan_config against(enum gan_loss loss)
{
	struct gan_config config;
	const struct conf_room room = {"gan", gan_items, n_gan_items, &config, ""};

	conf_presets(&room);
	config.loss = (int)loss;
	config.window = PATTERN_WINDOW;
	config.critic_width = 24;
	config.critic_learning_rate = 0.003;
	config.critic_steps = 1;
	config.clip = 0.1;
	config.penalty = 1;
	config.likelihood = 0;
	config.reinforce = 1;
	config.even = true;
	config.held_out = 32;
	config.keep = GAN_KEEP_ALWAYS;
	config.collapse = 0;
	return config;
}

static struct coverage play(struct model *m, const struct corpus *corpus, const struct gan_config *config, long steps,
                            uint64_t seed)
{
	struct train_config train = pattern_train(1);
	const struct stage_job job = {.corpus = corpus, .train = &train, .seed = seed, .steps = steps};
	struct stage_result result;
	struct coverage c;

	train.optim.beta1 = 0.5;
	if (adversarial_train(m, config, &job, &result) < 0)
		fail_msg("%s", error_message());
	assert_true(result.kept);
	c = pattern_coverage(m, corpus, 7);
	print_message("%s\n  %d of 8 covered, %d of %d none of them:", result.words, patterns_covered(&c), c.others,
	              c.n);
	for (int k = 0; k < PATTERNS; k++)
		print_message(" %d", c.counts[k]);
	print_message("\n");
	return c;
}

/* What likelihood has learned stays, and stays in its proportions, more or less. */
static void test_pretrained(void **state)
{
	struct corpus *corpus = pattern_corpus();
	const struct train_config train = pattern_train(200);
	const char *stopped;
	const struct train_job job = {.corpus = corpus, .generator = &pattern_generator, .train = &train, .seed = 1};
	struct model *m;
	real *start;

	(void)state;
	assert_int_equal(train_model(&m, &stopped, &job), 0);
	start = mem_new(m->generator.params.size, sizeof *start);
	assert_non_null(start);
	memcpy(start, m->w, m->generator.params.size * sizeof *start);
	for (int loss = 0; loss < GAN_LOSSES; loss++) {
		struct gan_config config = against((enum gan_loss)loss);
		struct coverage c;

		memcpy(m->w, start, m->generator.params.size * sizeof *start);
		config.trial = 10;
		config.learning_rate = 0.0003;
		config.entropy = 0.02;
		c = play(m, corpus, &config, 50, 1);
		assert_int_equal(patterns_covered(&c), PATTERNS);
		assert_true(memcmp(m->w, start, m->generator.params.size * sizeof *start) != 0);
	}
	free(start);
	model_free(m);
	corpus_free(corpus);
}

static struct model *random_model(const struct corpus *corpus, uint64_t seed)
{
	struct model *m = model_new(corpus, &pattern_generator);

	assert_non_null(m);
	params_init(&m->generator.params, m->w, seed);
	assert_int_equal(model_round(m), 0);
	return m;
}

static double held_out(const struct model *m, const struct corpus *corpus)
{
	struct figures f;

	assert_int_equal(evaluate_model(&f, m, corpus, SPLIT_VALID, NULL), 0);
	return f.nats_per_note;
}

/* Nothing but the verdict tells random weights what music is: held-out music, which they never see, comes to cost less. */
static void test_random(void **state)
{
	struct corpus *corpus = pattern_corpus();
	struct model *m = random_model(corpus, 1);
	struct gan_config config = against(GAN_WGAN_GP);
	const double before = held_out(m, corpus);

	(void)state;
	config.batch = 32;
	config.trial = 5;
	config.learning_rate = 0.003;
	config.entropy = 0.08;
	play(m, corpus, &config, 160, 1);
	print_message("  held-out nats a note: %.3f, %.3f before\n", held_out(m, corpus), before);
	assert_true(held_out(m, corpus) < before / 2);
	model_free(m);
	corpus_free(corpus);
}

static struct gan_config against_random(enum gan_loss loss, double entropy)
{
	struct gan_config config = against(loss);

	config.batch = 64;
	config.trial = 5;
	config.learning_rate = 0.003;
	config.smooth = true;
	config.clip = 1;
	config.entropy = entropy;
	return config;
}

/*
 * The whole of each loss's, 700 steps of 64 windows. Which patterns are found
 * is a matter of luck, so of the seed and the last digits: `least` is less
 * than was covered when this was written (bce 8, lsgan 7, hinge 7, wgan 8,
 * wgan-gp 8). wgan is with the penalty too, without which weights within a
 * clip made a critic too weak to find any; and so was every loss but for
 * rewards and entropy.
 */
static void test_random_long(void **state)
{
	static const struct {
		double entropy;
		int least;
	} losses[GAN_LOSSES] = {{0.12, 5}, {0.16, 5}, {0.08, 5}, {0.08, 5}, {0.1, 5}};
	struct corpus *corpus;

	(void)state;
	if (!getenv("MUSEGEN_LONG")) {
		print_message("skipped: MUSEGEN_LONG=1 runs it\n");
		skip();
	}
	corpus = pattern_corpus();
	for (int loss = 0; loss < GAN_LOSSES; loss++) {
		struct model *m = random_model(corpus, 1);
		struct gan_config config = against_random((enum gan_loss)loss, losses[loss].entropy);
		struct coverage c;

		c = play(m, corpus, &config, 700, 1);
		assert_true(patterns_covered(&c) >= losses[loss].least);
		model_free(m);
	}
	corpus_free(corpus);
}

/* To look for better ones: what the environment says over those of above, gan.loss too. Nothing is asserted of what comes. */
static void test_random_otherwise(void **state)
{
	const char *given = getenv("MUSEGEN_GAN");
	struct corpus *corpus;

	(void)state;
	if (!given) {
		print_message("skipped: MUSEGEN_GAN=\"gan.loss=hinge gan.entropy=0.1\" runs it\n");
		skip();
	}
	corpus = pattern_corpus();
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct gan_config config = against_random(GAN_BCE, 0.1);
		const struct conf_room room = {"gan", gan_items, n_gan_items, &config, ""};
		char *words = mem_string(given);
		struct model *m = random_model(corpus, seed);

		assert_non_null(words);
		for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
			if (conf_set(&room, 1, word) < 0)
				fail_msg("%s", error_message());
		play(m, corpus, &config, 700, seed);
		model_free(m);
		free(words);
	}
	corpus_free(corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pretrained),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_long),
		cmocka_unit_test(test_random_otherwise),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
