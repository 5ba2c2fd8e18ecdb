/* Losses of generators and discriminators against values worked out by hand, and at scores that overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>
#include "doubles.h"
#include "nn/gan_loss.h"

#define LN_1_E   1.3132616875182228 /* log(1 + e) */
#define LN_1_IE  0.3132616875182228 /* log(1 + 1/e) */
#define SIGMOID1 0.7310585786300049 /* 1 / (1 + 1/e) */
#define NEAR     1e-6

/* Two real cases of 1 and -1; of made ones 0 and 1. */
static const real real_scores[2] = {1, -1}, made_scores[2] = {0, 1};

struct hand {
	enum gan_loss loss;
	double discriminator, dreal[2], dmade[2];
	double generator, dgenerator[2];
};

static const struct hand hands[] = {
	{GAN_BCE,
         (LN_1_IE + LN_1_E) / 2 + (M_LN2 + LN_1_E) / 2,
         {-(1 - SIGMOID1) / 2, -SIGMOID1 / 2},
         {0.25, SIGMOID1 / 2},
         (M_LN2 + LN_1_IE) / 2,
         {-0.25, -(1 - SIGMOID1) / 2}},
	{GAN_LSGAN, (0.0 + 2.0) / 2 + (0.0 + 0.5) / 2, {0, -1}, {0, 0.5}, (0.5 + 0) / 2, {-0.5, 0}},
	{GAN_HINGE, (0.0 + 2.0) / 2 + (1.0 + 2.0) / 2, {0, -0.5}, {0.5, 0.5}, -0.5, {-0.5, -0.5}},
	{GAN_WGAN, -0.0 + 0.5, {-0.5, -0.5}, {0.5, 0.5}, -0.5, {-0.5, -0.5}},
	{GAN_WGAN_GP, -0.0 + 0.5, {-0.5, -0.5}, {0.5, 0.5}, -0.5, {-0.5, -0.5}},
};

static void test_by_hand(void **state)
{
	(void)state;
	assert_int_equal(sizeof hands / sizeof *hands, GAN_LOSSES);
	for (int i = 0; i < GAN_LOSSES; i++) {
		const struct hand *h = &hands[i];
		real dreal[2], dmade[2], dg[2];

		assert_int_equal(h->loss, i);
		check_near(gan_loss_discriminator(h->loss, dreal, dmade, real_scores, 2, made_scores, 2),
		           h->discriminator, NEAR);
		check_near(gan_loss_generator(h->loss, dg, made_scores, 2), h->generator, NEAR);
		for (int k = 0; k < 2; k++) {
			check_near(dreal[k], h->dreal[k], NEAR);
			check_near(dmade[k], h->dmade[k], NEAR);
			check_near(dg[k], h->dgenerator[k], NEAR);
		}
	}
}

/* A side without cases counts as nothing, and gradients may go where scores were. */
static void test_in_place(void **state)
{
	(void)state;
	for (int i = 0; i < GAN_LOSSES; i++) {
		real a[2], b[2], apart[2], unused[1];
		double both, high, low;

		memcpy(a, real_scores, sizeof a);
		memcpy(b, made_scores, sizeof b);
		both = gan_loss_discriminator((enum gan_loss)i, a, b, a, 2, b, 2);
		high = gan_loss_discriminator((enum gan_loss)i, apart, unused, real_scores, 2, NULL, 0);
		for (int k = 0; k < 2; k++)
			check_same(a[k], apart[k]);
		low = gan_loss_discriminator((enum gan_loss)i, unused, apart, NULL, 0, made_scores, 2);
		for (int k = 0; k < 2; k++)
			check_same(b[k], apart[k]);
		check_near(high + low, both, 1e-12);
	}
}

/* Scores so large that e^x is none: losses and gradients are numbers still. */
static void test_large(void **state)
{
	const real large[2] = {(real)-1e5, (real)1e5};
	real a[2], b[2];

	(void)state;
	check_near(gan_loss_discriminator(GAN_BCE, a, b, large, 2, large, 2), 1e5, 1e-3);
	check_near(a[0], -0.5, NEAR);
	check_near(a[1], 0, NEAR);
	check_near(b[0], 0, NEAR);
	check_near(b[1], 0.5, NEAR);
	check_near(gan_loss_generator(GAN_BCE, a, large, 2), 5e4, 1e-3);
	for (int i = 0; i < GAN_LOSSES; i++) {
		assert_true(isfinite(gan_loss_discriminator((enum gan_loss)i, a, b, large, 2, large, 2)));
		assert_true(isfinite((double)a[0]) && isfinite((double)b[1]));
	}
}

static void test_accuracy(void **state)
{
	const real high[3] = {2, 3, -1}, low[2] = {-2, 4}, at[2] = {0, 0};

	(void)state;
	check_near(gan_accuracy(high, 3, low, 2, 0), (2.0 / 3 + 0.5) / 2, 1e-12);
	check_near(gan_accuracy(at, 2, at, 2, 0), 0.5, 0);
	check_near(gan_accuracy(high, 2, low, 1, 0), 1, 0);
	check_near(gan_accuracy(low, 1, high, 2, 0), 0, 0);
	check_same(gan_loss_boundary(GAN_BCE, 5, 7), 0);
	check_same(gan_loss_boundary(GAN_HINGE, 5, 7), 0);
	check_same(gan_loss_boundary(GAN_LSGAN, 5, 7), 0.5);
	check_same(gan_loss_boundary(GAN_WGAN, 5, 7), 6);
	check_same(gan_loss_boundary(GAN_WGAN_GP, 5, 7), 6);
}

static void test_names(void **state)
{
	char all[64] = "";

	(void)state;
	for (int i = 0; i < GAN_LOSSES; i++) {
		strcat(all, i ? "|" : "");
		strcat(all, gan_loss_name((enum gan_loss)i));
		assert_int_equal(gan_loss_is_critic((enum gan_loss)i),
		                 strncmp(gan_loss_name((enum gan_loss)i), "wgan", 4) == 0);
	}
	assert_string_equal(all, GAN_LOSS_NAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),  cmocka_unit_test(test_in_place), cmocka_unit_test(test_large),
		cmocka_unit_test(test_accuracy), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
