/* The layers of convolutional networks, by numbers worked out by hand or another way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/random.h"
#include "doubles.h"
#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/spectral.h"
#include "nn/upsample.h"
#include "num/blas.h"
#include "num/optim.h"

static void random_reals(real *x, size_t n, uint64_t key)
{
	struct random random = random_stream(key, 0, 0, 0);

	for (size_t i = 0; i < n; i++)
		x[i] = (real)(2 * random_unit(&random) - 1);
}

/* ---- activations ------------------------------------------------------------- */

static void test_activations(void **state)
{
	static const real x[4] = {-2, -0.5, 0, 7};
	const struct {
		const char *name;
		double y[8];
	} known[ACTIVATIONS] = {
		{"relu", {0, 0, 0, 7}},
		{"leaky", {-0.4, -0.1, 0, 7}},
		{"prelu", {-0.5, -0.125, 0, 7}},
		{"elu", {-0.8646647167633873, -0.3934693402873666, 0, 7}},
		{"selu", {-1.5201664685956740, -0.6917581878028713, 0, 7.354906911098388}},
		{"crelu", {0, 0, 0, 7, 2, 0.5, 0, 0}},
		{"relu6", {0, 0, 0, 6}},
		{"tanh", {-0.9640275800758169, -0.46211715726000975, 0, 0.9999983369439447}},
		{"linear", {-2, -0.5, 0, 7}},
	};

	(void)state;
	for (int kind = 0; kind < ACTIVATIONS; kind++) {
		struct params p = {0};
		const struct activation a = activation_layer(&p, "a", kind, 4);
		real *w = params_plane(&p), y[8] = {0};

		assert_string_equal(activation_name(kind), known[kind].name);
		assert_int_equal(activation_find(known[kind].name), kind);
		params_init(&p, w, 1);
		activation_forward(&a, w, y, x, 1);
		for (int i = 0; i < a.out; i++)
			check_near((double)y[i], known[kind].y[i], 1e-6);
		free(w);
		params_done(&p);
	}
	assert_int_equal(activation_find("swish"), -1);
}

/* ---- convolution against its definition ---------------------------------------- */

#define BATCH 5

static double at(const struct conv_shape *s, const real *x, int y, int c, int channel)
{
	if (y < 0 || y >= s->height || c < 0 || c >= s->width)
		return 0;
	return (double)x[(y * s->width + c) * s->channels + channel];
}

static double plainly(const struct conv *l, const real *w, const real *image, int oy, int ox, int o)
{
	const struct conv_shape *s = &l->shape;
	const real *weight = w + l->w + o * s->kernel[0] * s->kernel[1] * s->channels;
	double sum = (double)w[l->b + (size_t)o];

	for (int i = 0; i < s->kernel[0]; i++)
		for (int j = 0; j < s->kernel[1]; j++)
			for (int c = 0; c < s->channels; c++)
				sum += (double)*weight++ * at(s, image, oy * s->stride[0] - s->pad[0] + i,
				                              ox * s->stride[1] - s->pad[1] + j, c);
	return sum;
}

static void check_conv(const struct conv_shape *shape)
{
	struct params p = {0};
	struct arena arena = {0};
	struct conv_frame f = {0};
	const struct conv l = conv_layer(&p, "conv", shape, 1);
	real *w = params_plane(&p), *x = calloc(BATCH * conv_in(&l), sizeof *x);
	real *y = calloc(BATCH * conv_out(&l), sizeof *y), *got = y;

	conv_frame_layout(&f, &arena, &l, false);
	assert_int_equal(arena_reserve(&arena), 0);
	conv_frame_layout(&f, &arena, &l, false);
	random_reals(w, p.size, 1);
	random_reals(x, BATCH * conv_in(&l), 2);
	conv_forward(&l, w, &f, y, x, BATCH);
	for (int b = 0; b < BATCH; b++)
		for (int oy = 0; oy < l.out_height; oy++)
			for (int ox = 0; ox < l.out_width; ox++)
				for (int o = 0; o < shape->out; o++)
					check_near((double)*got++,
					           plainly(&l, w, x + (size_t)b * conv_in(&l), oy, ox, o), 1e-4);
	free(w);
	free(x);
	free(y);
	arena_done(&arena);
	params_done(&p);
}

static void test_conv(void **state)
{
	const struct conv_shape shapes[] = {
		{5, 4, 3, 2, {3, 3}, {1, 1}, {1, 1}},   {9, 7, 2, 5, {4, 3}, {2, 3}, {1, 0}},
		{40, 30, 1, 2, {5, 5}, {1, 1}, {2, 2}}, /* more positions than are gathered at a time */
		{6, 6, 4, 3, {1, 1}, {1, 1}, {0, 0}},   {6, 6, 4, 3, {1, 1}, {2, 2}, {0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		check_conv(&shapes[i]);
}

/* Rows are positions: a 1x1 kernel is a dense layer over them. */
static void test_conv_is_dense(void **state)
{
	const struct conv_shape shape = {3, 4, 5, 2, {1, 1}, {1, 1}, {0, 0}};
	struct params p = {0};
	struct conv_frame f = {.images = 1};
	const struct conv l = conv_layer(&p, "conv", &shape, 1);
	const struct linear dense = {.in = 5, .out = 2, .w = l.w, .b = l.b};
	real *w = params_plane(&p), x[60], y[24], same[24];

	(void)state;
	random_reals(w, p.size, 3);
	random_reals(x, 60, 4);
	conv_forward(&l, w, &f, y, x, 1);
	linear_forward(&dense, w, same, 2, x, 5, 12);
	assert_memory_equal(y, same, sizeof y);
	free(w);
	params_done(&p);
}

static void test_upsample(void **state)
{
	const real x[4] = {1, 2, 3, 4}; /* 2 x 2, a channel */
	const real want[24] = {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4};
	real y[24], dx[4];

	(void)state;
	upsample_forward(y, x, 1, 2, 2, 1, 2, 3);
	assert_memory_equal(y, want, sizeof y);
	upsample_backward(dx, y, 1, 2, 2, 1, 2, 3);
	for (int i = 0; i < 4; i++)
		check_same((double)dx[i], 6.0 * (i + 1));
}

/* ---- norms --------------------------------------------------------------------- */

static void test_batch_norm(void **state)
{
	const real x[6] = {1, 10, 2, 10, 3, 40}; /* three rows of two channels */
	struct params p = {0};
	struct arena arena = {0};
	struct batch_norm_frame f = {0};
	const struct batch_norm l = batch_norm_layer(&p, "norm", 2);
	real *w = params_plane(&p), y[6];

	(void)state;
	params_init(&p, w, 1);
	batch_norm_frame_layout(&f, &arena, &l);
	assert_int_equal(arena_reserve(&arena), 0);
	batch_norm_frame_layout(&f, &arena, &l);
	batch_norm_forward(&l, w, &f, y, x, 3, true);
	check_near((double)y[0], -1 / sqrt(2.0 / 3 + 1e-5), 1e-6);
	check_near((double)y[2], 0, 1e-6);
	check_near((double)y[1], -10 / sqrt(200 + 1e-5), 1e-6);
	check_near((double)y[5], 20 / sqrt(200 + 1e-5), 1e-6);
	/* the running statistics, of the first channel: mean 0.1 x 2, variance 0.9 + 0.1 x 1 */
	batch_norm_track(&l, w, &f, 3, 0.1);
	check_near((double)w[l.mean], 0.2, 1e-6);
	check_near((double)w[l.variance], 1, 1e-6);
	check_near((double)w[l.variance + 1], 0.9 + 0.1 * 300, 1e-5);
	/* and what inference makes of them: one row does not depend on the others */
	batch_norm_forward(&l, w, &f, y, x, 1, false);
	check_near((double)y[0], 0.8 / sqrt(1 + 1e-5), 1e-6);
	free(w);
	arena_done(&arena);
	params_done(&p);
}

/* An optimiser with decay leaves running statistics, gains and singular vectors where they are without a gradient. */
static void test_kept_by_optimisers(void **state)
{
	const struct optim_options o = {
		.momentum = 0.9, .rho = 0.9, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.1};
	struct params p = {0};
	const struct batch_norm l = batch_norm_layer(&p, "norm", 3);
	const struct spectral s = spectral_layer(&p, "spectral", 0, 2, 2);

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		real *planes[OPTIM_PLANES_MAX], *w = params_plane(&p), *g = params_plane(&p),
						*before = params_plane(&p);
		struct optim_options options = o;

		options.kind = kind;
		for (int i = 0; i < OPTIM_PLANES_MAX; i++)
			planes[i] = params_plane(&p);
		params_init(&p, w, 5);
		w[l.mean] = 3;
		memcpy(before, w, p.size * sizeof *w);
		for (int step = 1; step <= 3; step++)
			optim_step(&options, &p, w, planes, g, 0.1, (uint64_t)step, 0, p.size);
		assert_memory_equal(w + l.mean, before + l.mean, 3 * sizeof *w);
		assert_memory_equal(w + l.variance, before + l.variance, 3 * sizeof *w);
		assert_memory_equal(w + s.u, before + s.u, 2 * sizeof *w);
		for (int i = 0; i < OPTIM_PLANES_MAX; i++)
			free(planes[i]);
		free(w);
		free(g);
		free(before);
	}
	params_done(&p);
}

static void test_layer_norm(void **state)
{
	const real x[8] = {1, 2, 3, 4, 100, 100, 100, 100}; /* two cases of two positions of two channels */
	struct params p = {0};
	struct arena arena = {0};
	struct layer_norm_frame f = {0};
	const struct layer_norm l = layer_norm_layer(&p, "norm", 2);
	real *w = params_plane(&p), y[8];

	(void)state;
	params_init(&p, w, 1);
	w[l.bias + 1] = 5;
	layer_norm_frame_layout(&f, &arena, 2);
	assert_int_equal(arena_reserve(&arena), 0);
	layer_norm_frame_layout(&f, &arena, 2);
	layer_norm_forward(&l, w, &f, y, x, 2, 2);
	check_near((double)y[0], -1.5 / sqrt(1.25 + 1e-5), 1e-6);
	check_near((double)y[1], -0.5 / sqrt(1.25 + 1e-5) + 5, 1e-5);
	check_near((double)y[3], 1.5 / sqrt(1.25 + 1e-5) + 5, 1e-5);
	check_near((double)y[4], 0, 1e-6);
	check_near((double)y[5], 5, 1e-6);
	free(w);
	arena_done(&arena);
	params_done(&p);
}

/* ---- spectral normalisation ------------------------------------------------------ */

/* [[3 0] [4 5]] has the singular values sqrt(45) and sqrt(5). */
static void test_spectral(void **state)
{
	struct params p = {0};
	struct arena arena = {0};
	struct spectral_frame f = {0};
	const size_t matrix = params_add(&p, "weight", 2, 2, INIT_ZERO, 0, true);
	const struct spectral l = spectral_layer(&p, "spectral", matrix, 2, 2);
	real *w = params_plane(&p), *n = params_plane(&p);
	double once;

	(void)state;
	params_init(&p, w, 2);
	w[matrix] = 3;
	w[matrix + 2] = 4;
	w[matrix + 3] = 5;
	spectral_frame_layout(&f, &arena, &l);
	assert_int_equal(arena_reserve(&arena), 0);
	spectral_frame_layout(&f, &arena, &l);
	/* a step a pass, going on from the last: it gets there, and never beyond */
	spectral_forward(&l, n, w, &f, 1);
	once = (double)f.sigma;
	assert_true(once < sqrt(45) + 1e-5);
	for (int i = 0; i < 20; i++) {
		spectral_track(&l, w, &f);
		spectral_forward(&l, n, w, &f, 1);
		assert_true((double)f.sigma >= once - 1e-5);
		once = (double)f.sigma;
	}
	check_near(once, sqrt(45), 1e-5);
	check_near((double)n[matrix], 3 / sqrt(45), 1e-6);
	check_near((double)n[matrix + 3], 5 / sqrt(45), 1e-6);
	/* a matrix of zeros stays one */
	memset(w + matrix, 0, 4 * sizeof *w);
	spectral_forward(&l, n, w, &f, 1);
	for (size_t i = 0; i < 4; i++)
		check_same((double)n[matrix + i], 0);
	free(w);
	free(n);
	arena_done(&arena);
	params_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_activations),   cmocka_unit_test(test_conv),
		cmocka_unit_test(test_conv_is_dense), cmocka_unit_test(test_upsample),
		cmocka_unit_test(test_batch_norm),    cmocka_unit_test(test_kept_by_optimisers),
		cmocka_unit_test(test_layer_norm),    cmocka_unit_test(test_spectral),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
