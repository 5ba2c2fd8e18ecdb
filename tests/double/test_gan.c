/* Gradients of the losses of generators and discriminators, of the gradient penalty against differences of itself, and behind choices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "model/gan_choice.h"
#include "nn/dropout.h"
#include "nn/gan_loss.h"
#include "nn/gradient_penalty.h"
#include "nn/linear.h"
#include "num/blas.h"
#include "num/vec.h"

/* ---- The losses ---------------------------------------------------------- */

#define REAL 5
#define MADE 7

struct loss_case {
	enum gan_loss loss;
	double real[REAL], made[MADE];
};

static double discriminator_loss(void *context)
{
	struct loss_case *c = context;
	double dreal[REAL], dmade[MADE];

	return gan_loss_discriminator(c->loss, dreal, dmade, c->real, REAL, c->made, MADE);
}

static double generator_loss(void *context)
{
	struct loss_case *c = context;
	double dmade[MADE];

	return gan_loss_generator(c->loss, dmade, c->made, MADE);
}

static void test_losses(void **state)
{
	(void)state;
	for (int i = 0; i < GAN_LOSSES; i++) {
		struct loss_case c = {.loss = (enum gan_loss)i};
		struct gradcheck check = {.loss = discriminator_loss, .context = &c, .step = 1e-4};
		double dreal[REAL], dmade[MADE];

		gradcheck_random(c.real, REAL, 3, 1);
		gradcheck_random(c.made, MADE, 3, 2);
		gan_loss_discriminator(c.loss, dreal, dmade, c.real, REAL, c.made, MADE);
		gradcheck_array(&check, gan_loss_name(c.loss), c.real, dreal, REAL);
		gradcheck_array(&check, gan_loss_name(c.loss), c.made, dmade, MADE);
		check.loss = generator_loss;
		gan_loss_generator(c.loss, dmade, c.made, MADE);
		gradcheck_array(&check, gan_loss_name(c.loss), c.made, dmade, MADE);
	}
}

/* ---- The penalty, of a discriminator with tanh and dropout --------------- */

#define CASES  6
#define SIZE   10
#define HIDDEN 16
#define LAMBDA 10

struct penalty_case {
	struct params p;
	struct linear in, middle, out;
	double *w, *dw;
	struct arena arena;
	struct gradient_penalty penalty;
	uint8_t mask[CASES * HIDDEN];
	uint32_t scratch[CASES * HIDDEN];
	double a[CASES * HIDDEN], b[CASES * HIDDEN], score[CASES];
	double da[CASES * HIDDEN], db[CASES * HIDDEN], dx[CASES * SIZE];
};

static void smooth(struct penalty_case *c, const double *x)
{
	linear_forward(&c->in, c->w, c->a, HIDDEN, x, SIZE, CASES);
	vec_tanh(c->a, c->a, CASES * HIDDEN);
	linear_forward(&c->middle, c->w, c->b, HIDDEN, c->a, HIDDEN, CASES);
	vec_tanh(c->b, c->b, CASES * HIDDEN);
	dropout_forward(c->b, c->mask, c->scratch, CASES * HIDDEN, 0.3, random_stream(3, 0, 0, 0));
	linear_forward(&c->out, c->w, c->score, 1, c->b, HIDDEN, CASES);
}

/* Of tanh, whose output was y before the mask scaled it. */
static void tanh_backward(double *d, const double *y, double scale, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] *= 1 - y[i] * y[i] / (scale * scale);
}

static void pass(void *context, real *dx, real *dw, const real *x, const real *dscore)
{
	struct penalty_case *c = context;
	double *unused = params_plane(&c->p), *g = dw ? dw : unused;

	assert_non_null(unused);
	smooth(c, x);
	memset(c->da, 0, sizeof c->da);
	memset(c->db, 0, sizeof c->db);
	memset(c->dx, 0, sizeof c->dx);
	linear_backward(&c->out, c->w, g, c->db, HIDDEN, dscore, 1, c->b, HIDDEN, CASES);
	dropout_backward(c->db, c->mask, CASES * HIDDEN, 0.3);
	tanh_backward(c->db, c->b, 1 / 0.7, CASES * HIDDEN);
	linear_backward(&c->middle, c->w, g, c->da, HIDDEN, c->db, HIDDEN, c->a, HIDDEN, CASES);
	tanh_backward(c->da, c->a, 1, CASES * HIDDEN);
	linear_backward(&c->in, c->w, g, c->dx, SIZE, c->da, HIDDEN, x, SIZE, CASES);
	if (dx)
		memcpy(dx, c->dx, sizeof c->dx);
	free(unused);
}

static void begin(struct penalty_case *c)
{
	double real_x[CASES * SIZE], made_x[CASES * SIZE];

	memset(c, 0, sizeof *c);
	c->in = linear_layer(&c->p, "in", SIZE, HIDDEN);
	c->middle = linear_layer(&c->p, "middle", HIDDEN, HIDDEN);
	c->out = linear_layer(&c->p, "out", HIDDEN, 1);
	c->w = params_plane(&c->p);
	c->dw = params_plane(&c->p);
	assert_non_null(c->w);
	assert_non_null(c->dw);
	for (size_t i = 0; i < c->p.n; i++)
		gradcheck_random(c->w + c->p.tensors[i].offset,
		                 (size_t)c->p.tensors[i].rows * (size_t)c->p.tensors[i].cols, 0.6, 20 + i);
	gradient_penalty_layout(&c->penalty, &c->arena, CASES, SIZE);
	assert_int_equal(arena_reserve(&c->arena), 0);
	gradient_penalty_layout(&c->penalty, &c->arena, CASES, SIZE);
	c->penalty.weight = LAMBDA;
	gradcheck_random(real_x, CASES * SIZE, 1, 30);
	gradcheck_random(made_x, CASES * SIZE, 1, 31);
	gradient_penalty_between(&c->penalty, real_x, made_x, random_stream(5, 0, 0, 0));
	/* each lies between its two ends, by one share of the way for all of its numbers */
	for (int i = 0; i < CASES; i++) {
		const double e = (c->penalty.x[i * SIZE] - made_x[i * SIZE]) / (real_x[i * SIZE] - made_x[i * SIZE]);

		assert_true(e >= 0 && e < 1);
		for (int j = i * SIZE; j < (i + 1) * SIZE; j++)
			assert_true(fabs(c->penalty.x[j] - (e * real_x[j] + (1 - e) * made_x[j])) < 1e-12);
	}
}

static void end(struct penalty_case *c)
{
	free(c->w);
	free(c->dw);
	arena_done(&c->arena);
	params_done(&c->p);
}

static double penalty_loss(void *context)
{
	struct penalty_case *c = context;

	return gradient_penalty(&c->penalty, pass, c, NULL);
}

/* The penalty is what its equation says, by the gradient to each input taken by differences. */
static void test_value(void **state)
{
	static struct penalty_case c;
	double sum = 0, norms = 0;

	(void)state;
	begin(&c);
	for (int i = 0; i < CASES; i++) {
		double norm2 = 0;

		for (int j = i * SIZE; j < (i + 1) * SIZE; j++) {
			const double at = c.penalty.x[j], h = 1e-5;
			double up;

			c.penalty.x[j] = at + h;
			smooth(&c, c.penalty.x);
			up = c.score[i];
			c.penalty.x[j] = at - h;
			smooth(&c, c.penalty.x);
			c.penalty.x[j] = at;
			norm2 += (up - c.score[i]) * (up - c.score[i]) / (4 * h * h);
		}
		sum += (sqrt(norm2) - 1) * (sqrt(norm2) - 1);
		norms += sqrt(norm2);
	}
	assert_true(fabs(penalty_loss(&c) - LAMBDA * sum / CASES) < 1e-7);
	assert_true(fabs(c.penalty.mean_norm - norms / CASES) < 1e-8);
	end(&c);
}

/* Only the last bias has nothing to do with slopes. */
static void check_tensors(struct penalty_case *c, double limit)
{
	const struct gradcheck check = {.loss = penalty_loss, .context = c, .limit = limit, .step = 1e-3};

	for (size_t i = 0; i < c->p.n; i++) {
		const struct tensor *t = &c->p.tensors[i];

		if (t->offset == c->out.b)
			assert_true(fabs(c->dw[t->offset]) < 1e-9);
		else
			gradcheck_array(&check, t->name, c->w + t->offset, c->dw + t->offset,
			                (size_t)t->rows * (size_t)t->cols);
	}
}

static void test_penalty(void **state)
{
	static struct penalty_case c;

	(void)state;
	begin(&c);
	c.penalty.step = 1e-4;
	gradient_penalty(&c.penalty, pass, &c, c.dw);
	check_tensors(&c, 1e-6);

	/* as it is used, the step is one that float can take, a hundred times as long: the error grows with its square */
	memset(c.dw, 0, c.p.size * sizeof *c.dw);
	c.penalty.step = 0;
	gradient_penalty(&c.penalty, pass, &c, c.dw);
	check_tensors(&c, 1e-3);
	end(&c);
}

/* ---- The gradient behind a choice, with an impossible class ---------------- */

#define CLASSES 9

struct choice_case {
	double logits[CLASSES], noise[CLASSES], dx[CLASSES];
	struct gan_choice weights;
};

static double choice_loss(void *context)
{
	const struct choice_case *c = context;
	double y[CLASSES], p[CLASSES], sum = 0;

	for (int i = 0; i < CLASSES; i++)
		y[i] = (c->logits[i] + c->noise[i]) / c->weights.temperature;
	vec_softmax(y, CLASSES);
	memcpy(p, c->logits, sizeof p);
	vec_softmax(p, CLASSES);
	for (int i = 0; i < CLASSES; i++) {
		sum += c->weights.straight * y[i] * c->dx[i];
		sum += c->weights.entropy * (p[i] > 0 ? p[i] * log(p[i]) : 0);
	}
	return sum + c->weights.reinforce * log(p[2]);
}

static void test_choice(void **state)
{
	static const struct gan_choice weights[] = {
		{0.7, 1, 0, 0}, {0.7, 0, 1, 0}, {0.7, 0, 0, 1}, {1.3, 0.5, -2, 0.3}};

	(void)state;
	for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
		struct choice_case c = {.weights = weights[i]};
		struct gradcheck check = {.loss = choice_loss, .context = &c};
		double d[CLASSES], scratch[2 * CLASSES];

		gradcheck_random(c.logits, CLASSES, 2, 40);
		gradcheck_random(c.noise, CLASSES, 2, 41);
		gradcheck_random(c.dx, CLASSES, 2, 42);
		c.logits[CLASSES - 1] = -INFINITY;
		memcpy(d, c.logits, sizeof d);
		gan_choice_gradient(&c.weights, d, scratch, c.noise, c.dx, 2, CLASSES);
		assert_true(d[CLASSES - 1] == 0);
		gradcheck_array(&check, "logits", c.logits, d, CLASSES - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_penalty),
		cmocka_unit_test(test_choice),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
