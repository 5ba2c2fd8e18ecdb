/*
 * The toy world: eight known patterns in known proportions must all be made,
 * by each loss from random weights, by generators that are kept (the running
 * average). With MUSEGEN_LONG, by other seeds too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include "base/error.h"
#include "conv_toy.h"
#include "num/blas.h"

static const struct conv_config toy_conv = {
	.bars = 1,
	.levels = 3,
	.channels = 8,
	.noise = 8,
	.activation = ACTIVATION_RELU,
	.norm = CONV_NORM_BATCH,
	.critic_activation = ACTIVATION_LEAKY,
	.critic_norm = CONV_NORM_NONE,
	.spectral = true,
	.score = 0.03,
	.pack = 1,
};

static const struct gan_config toy_gan = {.critic_steps = 2,
                                          .clip = 0.5,
                                          .penalty = 10,
                                          .learning_rate = 4e-3,
                                          .critic_learning_rate = 4e-3,
                                          .batch = 64};

static const struct optim_options toy_optim = {.kind = OPTIM_ADAM, .beta1 = 0, .beta2 = 0.9, .epsilon = 1e-8};

static void cover(const struct conv_config *config, const struct gan_config *gan, int steps, uint64_t seed)
{
	struct params p = {0};
	const struct conv_generator g = conv_generator_layers(&p, config, &toy_shape);
	const struct conv_gan_job job = {&g, &p, config, gan, &toy_optim, 0.98, seed, toy_real, NULL};
	int counts[TOY_PATTERNS + 1], n, covered;
	struct conv_gan t;

	assert_int_equal(conv_gan_init(&t, &job), 0);
	/* random weights make no pattern */
	toy_sample(counts, &t);
	assert_int_equal(toy_covered(counts, TOY_SAMPLES), 0);
	for (int i = 0; i < steps; i++)
		if (conv_gan_step(&t) < 0)
			fail_msg("%s", error_message());
	n = toy_sample(counts, &t);
	covered = toy_covered(counts, n);
	print_message("%-8s seed %d, %d steps: %d of %d covered; in percent", gan_loss_name((enum gan_loss)gan->loss),
	              (int)seed, steps, covered, TOY_PATTERNS);
	for (int k = 0; k <= TOY_PATTERNS; k++)
		print_message("%s %.1f", k < TOY_PATTERNS ? "" : ", none", 100.0 * counts[k] / n);
	print_message("\n");
	assert_int_equal(covered, TOY_PATTERNS);
	conv_gan_done(&t);
	params_done(&p);
}

static void cover_all(const struct conv_config *config, enum gan_loss loss, int steps)
{
	const int seeds = getenv("MUSEGEN_LONG") ? 4 : 1;
	struct gan_config gan = toy_gan;

	gan.loss = (int)loss;
	for (int seed = 1; seed <= seeds; seed++)
		cover(config, &gan, steps, (uint64_t)seed);
}

static void test_bce(void **state)
{
	(void)state;
	cover_all(&toy_conv, GAN_BCE, 800);
}

static void test_lsgan(void **state)
{
	(void)state;
	cover_all(&toy_conv, GAN_LSGAN, 800);
}

static void test_hinge(void **state)
{
	(void)state;
	cover_all(&toy_conv, GAN_HINGE, 800);
}

/* Straight as it is. */
static void test_wgan(void **state)
{
	struct conv_config config = toy_conv;

	(void)state;
	config.score = 1;
	cover_all(&config, GAN_WGAN, 800);
}

/* Held by its penalty alone. */
static void test_wgan_gp(void **state)
{
	struct conv_config config = toy_conv;

	(void)state;
	config.spectral = false;
	config.score = 1;
	cover_all(&config, GAN_WGAN_GP, 800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bce),  cmocka_unit_test(test_lsgan),   cmocka_unit_test(test_hinge),
		cmocka_unit_test(test_wgan), cmocka_unit_test(test_wgan_gp),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
