/* Gradients of the convolutional generator and discriminator, whole, to their weights and their inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "model/conv_critic.h"
#include "model/conv_generator.h"
#include "nn/gradient_penalty.h"
#include "num/blas.h"

#define KEY     77
#define WINDOWS 4

static const struct roll_shape shape = {.frame = 6, .frames = 16, .bars = 1, .low = 60, .pitches = 8, .parts = 2};

/* Smooth: no corner to be kept away from. */
static const struct conv_config smooth = {
	.bars = 1,
	.levels = 2,
	.channels = 3,
	.noise = 5,
	.activation = ACTIVATION_TANH,
	.norm = CONV_NORM_BATCH,
	.critic_activation = ACTIVATION_TANH,
	.critic_norm = CONV_NORM_LAYER,
	.critic_dropout = 0.2,
	.score = 0.7,
	.pack = 1,
};

/* Running statistics and singular vectors have no gradient, and a bias before batch norm changes nothing. */
static bool has_gradient(const char *name, const double *g, size_t n)
{
	const char *dot = strrchr(name, '.');

	if (strcmp(dot, ".mean") != 0 && strcmp(dot, ".variance") != 0 && strcmp(dot, ".u") != 0)
		return true;
	for (size_t i = 0; i < n; i++)
		assert_true(g[i] == 0);
	return false;
}

static void check_params(struct gradcheck *check, const struct params *p, double *w, const double *g,
                         const char *vanishes)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *t = &p->tensors[i];
		const size_t n = (size_t)t->rows * (size_t)t->cols;

		if (!has_gradient(t->name, g + t->offset, n))
			continue;
		if (vanishes && strstr(vanishes, t->name)) {
			/* by the norm after it, exactly; what is left is rounding */
			for (size_t k = 0; k < n; k++)
				assert_true(fabs(g[t->offset + k]) < 1e-12);
			continue;
		}
		gradcheck_array(check, t->name, w + t->offset, g + t->offset, n);
	}
}

static double *random_plane(const struct params *p, double scale, uint64_t key)
{
	double *w = params_plane(p);

	assert_non_null(w);
	params_init(p, w, key);
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *t = &p->tensors[i];

		for (size_t k = 0; k < (size_t)t->rows * (size_t)t->cols; k++) {
			double noise;

			gradcheck_random(&noise, 1, scale, key + 1000 * i + k);
			w[t->offset + k] += strstr(t->name, "variance") ? fabs(noise) : noise;
		}
	}
	return w;
}

/* ---- the generator ------------------------------------------------------------ */

struct generator_case {
	struct params p;
	struct conv_generator g;
	struct arena arena;
	struct conv_chain_frame f;
	double *w, z[WINDOWS * 5];
	bool training;
};

static double generator_loss(void *context)
{
	struct generator_case *c = context;
	const double *y =
		conv_chain_forward(&c->g.chain, c->w, &c->f, c->z, WINDOWS, c->training, random_stream(1, 2, 3, 4));

	return gradcheck_project(y, WINDOWS * roll_size(&shape), KEY);
}

static void check_generator(int norm, int activation, bool training, const char *vanishes)
{
	struct generator_case c = {.training = training};
	struct gradcheck check = {.loss = generator_loss, .context = &c, .samples = 24, .quiet = 1};
	struct conv_config config = smooth;
	double *g, *dy = calloc(WINDOWS * roll_size(&shape), sizeof *dy), dz[WINDOWS * 5];

	config.norm = norm;
	config.activation = activation;
	c.g = conv_generator_layers(&c.p, &config, &shape);
	assert_int_equal(conv_chain_out(&c.g.chain), roll_size(&shape));
	conv_chain_frame_layout(&c.f, &c.arena, &c.g.chain, WINDOWS, true);
	assert_int_equal(arena_reserve(&c.arena), 0);
	conv_chain_frame_layout(&c.f, &c.arena, &c.g.chain, WINDOWS, true);
	c.w = random_plane(&c.p, 0.3, 5);
	g = params_plane(&c.p);
	gradcheck_random(c.z, WINDOWS * 5, 1, 6);
	gradcheck_random(dy, WINDOWS * roll_size(&shape), 1, KEY);
	generator_loss(&c);
	conv_chain_backward(&c.g.chain, c.w, g, &c.f, dz, dy);
	check_params(&check, &c.p, c.w, g, vanishes);
	gradcheck_array(&check, "noise", c.z, dz, WINDOWS * 5);
	free(c.w);
	free(g);
	free(dy);
	arena_done(&c.arena);
	params_done(&c.p);
}

static void test_generator(void **state)
{
	(void)state;
	/* the dense layer's bias is one a position, of which the norm takes the channels' means away, not all */
	check_generator(CONV_NORM_BATCH, ACTIVATION_TANH, true, "up0.bias");
	check_generator(CONV_NORM_BATCH, ACTIVATION_ELU, false, NULL);
	check_generator(CONV_NORM_LAYER, ACTIVATION_TANH, true, NULL);
	check_generator(CONV_NORM_NONE, ACTIVATION_TANH, true, NULL);
}

/* ---- the discriminator ----------------------------------------------------------- */

struct critic_case {
	struct conv_critic c;
	struct arena arena;
	struct conv_critic_frame f;
	double *w, *used, x[WINDOWS * 16 * 8 * 4];
	int scores;
};

/* With spectral normalisation u is that of the first pass: w keeps it. */
static double critic_loss(void *context)
{
	struct critic_case *c = context;
	const double *scores =
		conv_critic_forward(&c->c, c->used, &c->f, c->x, WINDOWS, true, random_stream(1, 2, 3, 4));

	return gradcheck_project(scores, (size_t)c->scores, KEY);
}

static void check_critic(int norm, int activation, int pack, const char *vanishes)
{
	static struct critic_case c;
	struct gradcheck check = {.loss = critic_loss, .context = &c, .samples = 24, .quiet = 1};
	struct conv_config config = smooth;
	double dscore[WINDOWS], *g;
	static double dx[WINDOWS * 16 * 8 * 4];

	memset(&c, 0, sizeof c);
	config.critic_norm = norm;
	config.critic_activation = activation;
	config.pack = pack;
	assert_int_equal(conv_critic_init(&c.c, &config, &shape), 0);
	conv_critic_frame_layout(&c.f, &c.arena, &c.c, WINDOWS);
	assert_int_equal(arena_reserve(&c.arena), 0);
	conv_critic_frame_layout(&c.f, &c.arena, &c.c, WINDOWS);
	c.scores = WINDOWS / pack;
	c.w = random_plane(&c.c.params, 0.3, 7);
	c.used = c.w;
	g = params_plane(&c.c.params);
	gradcheck_random(c.x, sizeof c.x / sizeof *c.x, 1, 8);
	gradcheck_random(dscore, (size_t)c.scores, 1, KEY);
	critic_loss(&c);
	conv_critic_backward(&c.c, c.w, g, &c.f, dx, dscore);
	check_params(&check, &c.c.params, c.w, g, vanishes);
	gradcheck_array(&check, "x", c.x, dx, sizeof c.x / sizeof *c.x);
	free(c.w);
	free(g);
	arena_done(&c.arena);
	conv_critic_done(&c.c);
}

static void test_critic(void **state)
{
	(void)state;
	check_critic(CONV_NORM_LAYER, ACTIVATION_TANH, 1, NULL);
	check_critic(CONV_NORM_NONE, ACTIVATION_ELU, 2, NULL);
	check_critic(CONV_NORM_BATCH, ACTIVATION_TANH, 1, "down1.bias");
	check_critic(CONV_NORM_LAYER, ACTIVATION_SELU, 4, NULL);
}

/* ---- through spectral normalisation -------------------------------------------------- */

static double spectral_loss(void *context)
{
	struct critic_case *c = context;

	/* to where it converges, so that sigma is the matrix's */
	for (int i = 0; i < 300; i++)
		conv_critic_weights(&c->c, c->used, c->w, &c->f);
	return critic_loss(c);
}

static void test_spectral_critic(void **state)
{
	static struct critic_case c;
	struct gradcheck check = {.loss = spectral_loss, .context = &c, .samples = 6, .quiet = 1};
	struct conv_config config = smooth;
	double dscore[WINDOWS], *g;

	(void)state;
	memset(&c, 0, sizeof c);
	config.critic_norm = CONV_NORM_NONE;
	config.spectral = true;
	assert_int_equal(conv_critic_init(&c.c, &config, &shape), 0);
	assert_true(conv_chain_is_spectral(&c.c.body) && conv_chain_is_spectral(&c.c.head));
	conv_critic_frame_layout(&c.f, &c.arena, &c.c, WINDOWS);
	assert_int_equal(arena_reserve(&c.arena), 0);
	conv_critic_frame_layout(&c.f, &c.arena, &c.c, WINDOWS);
	c.scores = WINDOWS;
	c.w = random_plane(&c.c.params, 0.3, 9);
	c.used = params_plane(&c.c.params);
	g = params_plane(&c.c.params);
	gradcheck_random(c.x, sizeof c.x / sizeof *c.x, 1, 8);
	gradcheck_random(dscore, WINDOWS, 1, KEY);
	spectral_loss(&c);
	conv_critic_backward(&c.c, c.used, g, &c.f, NULL, dscore);
	conv_critic_gradient(&c.c, g, c.used, &c.f);
	check_params(&check, &c.c.params, c.w, g, NULL);
	free(c.w);
	free(c.used);
	free(g);
	arena_done(&c.arena);
	conv_critic_done(&c.c);
}

/* ---- the gradient penalty through it --------------------------------------------------- */

static void pass(void *context, real *dx, real *dw, const real *x, const real *dscore)
{
	struct critic_case *c = context;

	conv_critic_forward(&c->c, c->w, &c->f, x, WINDOWS, true, random_stream(1, 2, 3, 4));
	conv_critic_backward(&c->c, c->w, dw, &c->f, dx, dscore);
}

struct penalty_case {
	struct critic_case c;
	struct arena arena;
	struct gradient_penalty p;
};

static double penalty_loss(void *context)
{
	struct penalty_case *c = context;

	return gradient_penalty(&c->p, pass, &c->c, NULL);
}

/* Biases of the last layer move no slope. */
static void test_penalty(void **state)
{
	static struct penalty_case c;
	struct gradcheck check = {.loss = penalty_loss, .context = &c, .samples = 12, .quiet = 1, .limit = 1e-5};
	double *g;

	(void)state;
	memset(&c, 0, sizeof c);
	assert_int_equal(conv_critic_init(&c.c.c, &smooth, &shape), 0);
	conv_critic_frame_layout(&c.c.f, &c.arena, &c.c.c, WINDOWS);
	gradient_penalty_layout(&c.p, &c.arena, WINDOWS, (int)roll_size(&shape));
	assert_int_equal(arena_reserve(&c.arena), 0);
	conv_critic_frame_layout(&c.c.f, &c.arena, &c.c.c, WINDOWS);
	gradient_penalty_layout(&c.p, &c.arena, WINDOWS, (int)roll_size(&shape));
	c.p.weight = 10;
	c.p.step = 1e-3;
	c.c.w = random_plane(&c.c.c.params, 0.3, 11);
	g = params_plane(&c.c.c.params);
	gradcheck_random(c.p.x, WINDOWS * roll_size(&shape), 1, 12);
	assert_true(gradient_penalty(&c.p, pass, &c.c, g) > 0);
	check_params(&check, &c.c.c.params, c.c.w, g, "score.bias");
	free(c.c.w);
	free(g);
	arena_done(&c.arena);
	conv_critic_done(&c.c.c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generator),
		cmocka_unit_test(test_critic),
		cmocka_unit_test(test_spectral_critic),
		cmocka_unit_test(test_penalty),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
