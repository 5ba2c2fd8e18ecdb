/* Gradients of the layers of convolutional networks: activations, convolution, upsampling, norms, spectral normalisation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "gradcheck.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv.h"
#include "nn/layer_norm.h"
#include "nn/spectral.h"
#include "nn/upsample.h"
#include "num/blas.h"

#define KEY 77 /* of the coefficients that make a loss of an output */

static double *plane(const struct params *p, uint64_t key)
{
	double *w = params_plane(p);

	assert_non_null(w);
	if (key)
		for (size_t i = 0; i < p->n; i++)
			gradcheck_random(w + p->tensors[i].offset,
			                 (size_t)p->tensors[i].rows * (size_t)p->tensors[i].cols, 1, key + i);
	return w;
}

/* ---- activations ----------------------------------------------------------- */

#define ROWS     11
#define CHANNELS 5

struct activation_case {
	struct params p;
	struct activation a;
	double *w;
	double x[ROWS * CHANNELS], y[2 * ROWS * CHANNELS];
};

static double activation_loss(void *context)
{
	struct activation_case *c = context;

	activation_forward(&c->a, c->w, c->y, c->x, ROWS);
	return gradcheck_project(c->y, (size_t)(ROWS * c->a.out), KEY);
}

static void test_activations(void **state)
{
	(void)state;
	for (int kind = 0; kind < ACTIVATIONS; kind++) {
		struct activation_case c = {0};
		struct gradcheck check = {.loss = activation_loss, .context = &c, .step = 1e-4};
		double dy[2 * ROWS * CHANNELS], dx[ROWS * CHANNELS], again[ROWS * CHANNELS];
		double *g;

		c.a = activation_layer(&c.p, "a", kind, CHANNELS);
		c.w = plane(&c.p, 3);
		g = plane(&c.p, 0);
		/* on both sides of the corners at 0 and 6, and not within a step of them */
		gradcheck_random(c.x, ROWS * CHANNELS, kind == ACTIVATION_RELU6 ? 9 : 3, 4);
		for (int i = 0; i < ROWS * CHANNELS; i++)
			if (fabs(c.x[i]) < 0.01 || fabs(c.x[i] - 6) < 0.01)
				c.x[i] += 0.05;
		gradcheck_random(dy, (size_t)(ROWS * c.a.out), 1, KEY);
		activation_backward(&c.a, c.w, g, dx, dy, c.x, ROWS);
		gradcheck_array(&check, activation_name(kind), c.x, dx, ROWS * CHANNELS);
		gradcheck_params(&check, &c.p, c.w, g);
		/* no gradient plane, and in place */
		activation_backward(&c.a, c.w, NULL, again, dy, c.x, ROWS);
		assert_memory_equal(again, dx, sizeof dx);
		if (kind != ACTIVATION_CRELU) {
			activation_backward(&c.a, c.w, NULL, dy, dy, c.x, ROWS);
			assert_memory_equal(dy, dx, sizeof dx);
		}
		free(c.w);
		free(g);
		params_done(&c.p);
	}
}

/* ---- convolution: odd sizes, strides, padding on either axis; 1x1 ------------ */

#define IMAGES 3
#define MOST   (IMAGES * 7 * 6 * 8)

struct conv_case {
	struct params p;
	struct conv l;
	struct arena arena;
	struct conv_frame f;
	double *w;
	double x[MOST], y[MOST];
};

static double conv_loss(void *context)
{
	struct conv_case *c = context;

	conv_forward(&c->l, c->w, &c->f, c->y, c->x, IMAGES);
	return gradcheck_project(c->y, IMAGES * conv_out(&c->l), KEY);
}

static void check_conv(const struct conv_shape *shape, int at_a_time)
{
	static struct conv_case c;
	struct gradcheck check = {.loss = conv_loss, .context = &c};
	static double dy[MOST], dx[MOST], again[MOST];
	size_t in;
	double *g;

	memset(&c, 0, sizeof c);
	c.l = conv_layer(&c.p, "conv", shape, 1);
	in = IMAGES * conv_in(&c.l);
	assert_true(in <= MOST && IMAGES * conv_out(&c.l) <= MOST);
	conv_frame_layout(&c.f, &c.arena, &c.l, true);
	assert_int_equal(arena_reserve(&c.arena), 0);
	conv_frame_layout(&c.f, &c.arena, &c.l, true);
	c.f.images = at_a_time < c.f.images ? at_a_time : c.f.images;
	c.w = plane(&c.p, 1);
	g = plane(&c.p, 0);
	gradcheck_random(c.x, in, 1, 2);
	gradcheck_random(dy, IMAGES * conv_out(&c.l), 1, KEY);
	conv_loss(&c);
	conv_backward(&c.l, c.w, g, &c.f, dx, dy, c.x, IMAGES);
	gradcheck_params(&check, &c.p, c.w, g);
	gradcheck_array(&check, "x", c.x, dx, in);
	conv_backward(&c.l, c.w, NULL, &c.f, again, dy, c.x, IMAGES);
	assert_memory_equal(again, dx, in * sizeof *dx);
	free(c.w);
	free(g);
	arena_done(&c.arena);
	params_done(&c.p);
}

static void test_conv(void **state)
{
	const struct conv_shape shapes[] = {
		{7, 6, 2, 3, {3, 3}, {1, 1}, {1, 1}}, {7, 6, 2, 4, {4, 3}, {2, 3}, {1, 2}},
		{7, 6, 3, 4, {1, 1}, {1, 1}, {0, 0}}, {7, 6, 1, 2, {7, 6}, {1, 1}, {0, 0}},
		{6, 5, 2, 3, {2, 5}, {2, 1}, {0, 2}}, {1, 1, 8, 5, {1, 1}, {1, 1}, {0, 0}},
		{2, 2, 2, 3, {4, 4}, {2, 2}, {3, 3}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int at_a_time = 1; at_a_time <= 3; at_a_time++)
			check_conv(&shapes[i], at_a_time);
}

/* ---- upsampling ---------------------------------------------------------------- */

static double upsample_loss(void *context)
{
	double *x = context, y[2 * 6 * 6 * 2];

	upsample_forward(y, x, 2, 3, 2, 2, 2, 3);
	return gradcheck_project(y, 2 * 6 * 6 * 2, KEY);
}

static void test_upsample(void **state)
{
	double x[2 * 3 * 2 * 2], dx[2 * 3 * 2 * 2], dy[2 * 6 * 6 * 2];
	struct gradcheck check = {.loss = upsample_loss, .context = x};

	(void)state;
	gradcheck_random(x, sizeof x / sizeof *x, 1, 5);
	gradcheck_random(dy, sizeof dy / sizeof *dy, 1, KEY);
	upsample_backward(dx, dy, 2, 3, 2, 2, 2, 3);
	gradcheck_array(&check, "x", x, dx, sizeof x / sizeof *x);
}

/* ---- norms ------------------------------------------------------------------------ */

struct norm_case {
	struct params p;
	struct batch_norm batch;
	struct layer_norm layer;
	struct arena arena;
	struct batch_norm_frame bf;
	struct layer_norm_frame lf;
	double *w;
	double x[ROWS * CHANNELS], y[ROWS * CHANNELS];
	int cases, positions;
	bool training;
};

static double batch_norm_loss(void *context)
{
	struct norm_case *c = context;

	batch_norm_forward(&c->batch, c->w, &c->bf, c->y, c->x, ROWS, c->training);
	return gradcheck_project(c->y, ROWS * CHANNELS, KEY);
}

static void test_batch_norm(void **state)
{
	(void)state;
	for (int training = 0; training < 2; training++) {
		struct norm_case c = {.training = training};
		struct gradcheck check = {.loss = batch_norm_loss, .context = &c};
		double dy[ROWS * CHANNELS], dx[ROWS * CHANNELS];
		double *g;

		c.batch = batch_norm_layer(&c.p, "norm", CHANNELS);
		batch_norm_frame_layout(&c.bf, &c.arena, &c.batch);
		assert_int_equal(arena_reserve(&c.arena), 0);
		batch_norm_frame_layout(&c.bf, &c.arena, &c.batch);
		c.w = plane(&c.p, 6);
		for (int k = 0; k < CHANNELS; k++)
			c.w[c.batch.variance + (size_t)k] = 0.5 + k;
		g = plane(&c.p, 0);
		gradcheck_random(c.x, ROWS * CHANNELS, 2, 7);
		gradcheck_random(dy, ROWS * CHANNELS, 1, KEY);
		batch_norm_loss(&c);
		batch_norm_backward(&c.batch, c.w, g, &c.bf, dx, dy, c.x, ROWS);
		gradcheck_array(&check, "gain", c.w + c.batch.gain, g + c.batch.gain, CHANNELS);
		gradcheck_array(&check, "bias", c.w + c.batch.bias, g + c.batch.bias, CHANNELS);
		gradcheck_array(&check, "x", c.x, dx, ROWS * CHANNELS);
		/* nothing moves what no optimiser may move */
		for (size_t k = 0; k < CHANNELS; k++)
			assert_true(g[c.batch.mean + k] == 0 && g[c.batch.variance + k] == 0);
		free(c.w);
		free(g);
		arena_done(&c.arena);
		params_done(&c.p);
	}
}

static double layer_norm_loss(void *context)
{
	struct norm_case *c = context;

	layer_norm_forward(&c->layer, c->w, &c->lf, c->y, c->x, c->cases, c->positions);
	return gradcheck_project(c->y, ROWS * CHANNELS, KEY);
}

static void test_layer_norm(void **state)
{
	static const int shapes[2][2] = {{ROWS, 1}, {1, ROWS}};

	(void)state;
	for (int s = 0; s < 2; s++) {
		struct norm_case c = {.cases = shapes[s][0], .positions = shapes[s][1]};
		struct gradcheck check = {.loss = layer_norm_loss, .context = &c};
		double dy[ROWS * CHANNELS], dx[ROWS * CHANNELS];
		double *g;

		c.layer = layer_norm_layer(&c.p, "norm", CHANNELS);
		layer_norm_frame_layout(&c.lf, &c.arena, c.cases);
		assert_int_equal(arena_reserve(&c.arena), 0);
		layer_norm_frame_layout(&c.lf, &c.arena, c.cases);
		c.w = plane(&c.p, 8);
		g = plane(&c.p, 0);
		gradcheck_random(c.x, ROWS * CHANNELS, 2, 9);
		gradcheck_random(dy, ROWS * CHANNELS, 1, KEY);
		layer_norm_loss(&c);
		layer_norm_backward(&c.layer, c.w, g, &c.lf, dx, dy, c.x, c.cases, c.positions);
		gradcheck_params(&check, &c.p, c.w, g);
		gradcheck_array(&check, "x", c.x, dx, ROWS * CHANNELS);
		free(c.w);
		free(g);
		arena_done(&c.arena);
		params_done(&c.p);
	}
}

/* ---- spectral normalisation -------------------------------------------------------- */

#define HIGH 6
#define WIDE 9

struct spectral_case {
	struct params p;
	size_t matrix;
	struct spectral l;
	struct arena arena;
	struct spectral_frame f;
	double *w, *n;
};

/* Where the iteration has converged, of sigma itself. */
static double spectral_loss(void *context)
{
	struct spectral_case *c = context;

	spectral_forward(&c->l, c->n, c->w, &c->f, 400);
	return gradcheck_project(c->n + c->matrix, HIGH * WIDE, KEY);
}

static void test_spectral(void **state)
{
	struct spectral_case c = {0};
	struct gradcheck check = {.loss = spectral_loss, .context = &c};
	double *g;

	(void)state;
	c.matrix = params_add(&c.p, "weight", HIGH, WIDE, INIT_ZERO, 0, true);
	c.l = spectral_layer(&c.p, "spectral", c.matrix, HIGH, WIDE);
	spectral_frame_layout(&c.f, &c.arena, &c.l);
	assert_int_equal(arena_reserve(&c.arena), 0);
	spectral_frame_layout(&c.f, &c.arena, &c.l);
	c.w = plane(&c.p, 10);
	c.n = plane(&c.p, 0);
	g = plane(&c.p, 0);
	spectral_loss(&c);
	spectral_track(&c.l, c.w, &c.f);
	gradcheck_random(g + c.matrix, HIGH * WIDE, 1, KEY);
	spectral_backward(&c.l, g, c.n, &c.f);
	gradcheck_array(&check, "weight", c.w + c.matrix, g + c.matrix, HIGH * WIDE);
	free(c.w);
	free(c.n);
	free(g);
	arena_done(&c.arena);
	params_done(&c.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_activations), cmocka_unit_test(test_conv),       cmocka_unit_test(test_upsample),
		cmocka_unit_test(test_batch_norm),  cmocka_unit_test(test_layer_norm), cmocka_unit_test(test_spectral),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
