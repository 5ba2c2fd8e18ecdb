/* Gradients of the recurrent discriminator: to its weights, to the rows it reads, through spectral normalisation, and of its penalty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "../unit/model_music.h"
#include "../unit/reals.h"
#include "model/recurrent_critic.h"
#include "nn/gradient_penalty.h"
#include "num/blas.h"

enum { STEPS = 6, LANES = 3, STYLES = 3, IN_MAX = 256 };
#define KEY 91

/* A window that is full, one of a single row, one in between. */
static const int lengths[LANES] = {6, 1, 4};

struct critic_case {
	struct vocab vocab;
	struct generator g;
	struct recurrent_critic critic;
	struct recurrent_critic_norm norm;
	struct recurrent_critic_frame frame;
	struct gradient_penalty penalty;
	struct arena arena, penalty_arena;
	double *w, *dw;
	double x[STEPS * LANES * IN_MAX], dx[STEPS * LANES * IN_MAX];
};

static void begin(struct critic_case *c, const struct recurrent_critic_config *config, bool dynamics)
{
	memset(c, 0, sizeof *c);
	c->vocab = small_vocab(GRID, 2);
	c->vocab.dynamics = dynamics;
	assert_int_equal(generator_init(&c->g, &small_config, &c->vocab), 0);
	assert_int_equal(recurrent_critic_init(&c->critic, config, &c->g), 0);
	assert_true(c->critic.in == 128 + 3 + (dynamics ? 16 : 0) + 3 + 4);
	recurrent_critic_frame_layout(&c->frame, &c->arena, &c->critic, STEPS, LANES);
	assert_int_equal(arena_reserve(&c->arena), 0);
	recurrent_critic_frame_layout(&c->frame, &c->arena, &c->critic, STEPS, LANES);
	assert_int_equal(recurrent_critic_norm_init(&c->norm, &c->critic), 0);
	c->w = reals_plane(&c->critic.params, 0.5, KEY);
	c->dw = params_plane(&c->critic.params);
	assert_non_null(c->dw);
	gradcheck_random(c->x, (size_t)(STEPS * LANES * c->critic.in), 1, KEY);
}

static void end(struct critic_case *c)
{
	free(c->w);
	free(c->dw);
	arena_done(&c->arena);
	arena_done(&c->penalty_arena);
	recurrent_critic_norm_done(&c->norm);
	recurrent_critic_done(&c->critic);
	generator_done(&c->g);
}

static double loss_of_frame(const struct critic_case *c)
{
	double sum = gradcheck_project(c->frame.score, LANES, KEY);

	if (c->critic.config.styles > 0)
		sum += gradcheck_project(c->frame.style, LANES * STYLES, KEY + 1);
	return sum;
}

static double plain_loss(void *context)
{
	struct critic_case *c = context;

	recurrent_critic_forward(&c->critic, c->w, &c->frame, c->x, lengths, STEPS);
	return loss_of_frame(c);
}

static void backward(struct critic_case *c, const double *w)
{
	double dscore[LANES], dstyle[LANES * STYLES];

	gradcheck_random(dscore, LANES, 1, KEY);
	gradcheck_random(dstyle, (size_t)LANES * STYLES, 1, KEY + 1);
	recurrent_critic_backward(&c->critic, w, c->dw, &c->frame, c->dx, dscore,
	                          c->critic.config.styles > 0 ? dstyle : NULL, c->x, lengths, STEPS);
}

static void check_all(struct critic_case *c, double (*loss)(void *), double step)
{
	const struct gradcheck check = {.loss = loss, .context = c, .step = step, .samples = 60, .seed = 3};
	const size_t in = (size_t)c->critic.in;

	for (size_t i = 0; i < c->critic.params.n; i++) {
		const struct tensor *t = &c->critic.params.tensors[i];
		const size_t n = strlen(t->name);

		/* what power iteration goes on from has no gradient */
		if (n > 2 && strcmp(t->name + n - 2, ".u") == 0)
			continue;
		gradcheck_array(&check, t->name, c->w + t->offset, c->dw + t->offset,
		                (size_t)t->rows * (size_t)t->cols);
	}
	gradcheck_array(&check, "x", c->x, c->dx, STEPS * LANES * in);
	for (int t = 0; t < STEPS; t++)
		for (int i = 0; i < LANES; i++)
			for (size_t j = 0; t >= lengths[i] && j < in; j++)
				assert_true(c->dx[(size_t)(t * LANES + i) * in + j] == 0);
}

static void test_tanh(void **state)
{
	const struct recurrent_critic_config config = {10, 2, ACTIVATION_TANH, STYLES, false};
	static struct critic_case c;

	(void)state;
	begin(&c, &config, true);
	plain_loss(&c);
	backward(&c, c.w);
	check_all(&c, plain_loss, 0);
	end(&c);
}

/* With corners, a doubled width and a learned slope. */
static void test_activations(void **state)
{
	static const int kinds[] = {ACTIVATION_LEAKY, ACTIVATION_CRELU, ACTIVATION_PRELU};
	static struct critic_case c;

	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		const struct recurrent_critic_config config = {8, 1, kinds[k], 0, false};

		begin(&c, &config, false);
		plain_loss(&c);
		backward(&c, c.w);
		check_all(&c, plain_loss, 1e-5);
		end(&c);
	}
}

static double spectral_loss(void *context)
{
	struct critic_case *c = context;
	double *w = params_plane(&c->critic.params);
	double loss;

	assert_non_null(w);
	memcpy(w, c->w, c->critic.params.size * sizeof *w);
	recurrent_critic_forward(&c->critic, recurrent_critic_norm_forward(&c->norm, &c->critic, w), &c->frame, c->x,
	                         lengths, STEPS);
	loss = loss_of_frame(c);
	free(w);
	return loss;
}

/* Where power iteration has found the singular vectors, they are as good as constants. */
static void test_spectral(void **state)
{
	const struct recurrent_critic_config config = {8, 1, ACTIVATION_TANH, 0, true};
	static struct critic_case c;

	(void)state;
	begin(&c, &config, false);
	assert_int_equal(c.critic.n_norms, 7);
	for (int i = 0; i < 20000; i++)
		recurrent_critic_norm_forward(&c.norm, &c.critic, c.w);
	recurrent_critic_forward(&c.critic, recurrent_critic_norm_forward(&c.norm, &c.critic, c.w), &c.frame, c.x,
	                         lengths, STEPS);
	backward(&c, c.norm.w);
	recurrent_critic_norm_backward(&c.norm, &c.critic, c.dw);
	check_all(&c, spectral_loss, 1e-4);
	end(&c);
}

/* ---- The penalty: a case is a lane, its rows one after the other ---------- */

static void by_step(double *to, const double *from, size_t in)
{
	for (int t = 0; t < STEPS; t++)
		for (int i = 0; i < LANES; i++)
			memcpy(to + (size_t)(t * LANES + i) * in, from + (size_t)(i * STEPS + t) * in, in * sizeof *to);
}

static void by_case(double *to, const double *from, size_t in)
{
	for (int t = 0; t < STEPS; t++)
		for (int i = 0; i < LANES; i++)
			memcpy(to + (size_t)(i * STEPS + t) * in, from + (size_t)(t * LANES + i) * in, in * sizeof *to);
}

static void pass(void *context, real *dx, real *dw, const real *x, const real *dscore)
{
	struct critic_case *c = context;
	const size_t in = (size_t)c->critic.in;

	by_step(c->x, x, in);
	recurrent_critic_forward(&c->critic, c->w, &c->frame, c->x, lengths, STEPS);
	recurrent_critic_backward(&c->critic, c->w, dw, &c->frame, c->dx, dscore, NULL, c->x, lengths, STEPS);
	if (dx)
		by_case(dx, c->dx, in);
}

static double penalty_loss(void *context)
{
	struct critic_case *c = context;

	return gradient_penalty(&c->penalty, pass, c, NULL);
}

static void test_penalty(void **state)
{
	const struct recurrent_critic_config config = {8, 1, ACTIVATION_TANH, 0, false};
	static struct critic_case c;
	struct gradcheck check = {.loss = penalty_loss, .context = &c, .samples = 60, .seed = 4};

	(void)state;
	begin(&c, &config, false);
	gradient_penalty_layout(&c.penalty, &c.penalty_arena, LANES, STEPS * c.critic.in);
	assert_int_equal(arena_reserve(&c.penalty_arena), 0);
	gradient_penalty_layout(&c.penalty, &c.penalty_arena, LANES, STEPS * c.critic.in);
	c.penalty.weight = 10;
	c.penalty.step = 1e-4;
	gradcheck_random(c.penalty.x, (size_t)(LANES * STEPS * c.critic.in), 1, KEY);
	gradient_penalty(&c.penalty, pass, &c, c.dw);
	for (size_t i = 0; i < c.critic.params.n; i++) {
		const struct tensor *t = &c.critic.params.tensors[i];

		/* the score's bias has nothing to do with its slope */
		if (t->offset != c.critic.score.b)
			gradcheck_array(&check, t->name, c.w + t->offset, c.dw + t->offset,
			                (size_t)t->rows * (size_t)t->cols);
	}
	end(&c);
}

/* What comes after a window, and what stands beside it, does not change its score. */
static void test_windows_alone(void **state)
{
	const struct recurrent_critic_config config = {8, 2, ACTIVATION_LEAKY, 0, false};
	static struct critic_case c;
	double before[LANES];
	size_t in;

	(void)state;
	begin(&c, &config, false);
	in = (size_t)c.critic.in;
	plain_loss(&c);
	memcpy(before, c.frame.score, sizeof before);
	gradcheck_random(c.x + (5 * LANES + 2) * in, in, 1, 7); /* after the third's end */
	for (int t = 0; t < STEPS; t++)                         /* and the first, whole */
		gradcheck_random(c.x + (size_t)(t * LANES) * in, in, 1, 8 + (uint64_t)t);
	plain_loss(&c);
	assert_true(c.frame.score[1] == before[1]);
	assert_true(c.frame.score[2] == before[2]);
	assert_true(c.frame.score[0] != before[0]);
	end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tanh),    cmocka_unit_test(test_activations),   cmocka_unit_test(test_spectral),
		cmocka_unit_test(test_penalty), cmocka_unit_test(test_windows_alone),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
