/* Gradients of the convolutional classifier of rolls (model/roll_net.h), with dropout, at the size of a window and at the least. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include "corpus/windows.h"
#include "gradcheck.h"
#include "model/roll_net.h"
#include "num/blas.h"

#define ROLLS 3
#define RATE  0.4

struct roll_case {
	struct params p;
	struct roll_net net;
	struct arena arena;
	struct roll_net_frame frame;
	double *w, *g;
};

static const double dlogits[ROLLS] = {0.7, -1.1, 0.9};

static double loss(void *context)
{
	struct roll_case *c = context;
	double sum = 0;

	roll_net_forward(&c->net, c->w, &c->frame, ROLLS, RATE, random_stream(1, 2, 3, 4));
	for (int i = 0; i < ROLLS; i++)
		sum += dlogits[i] * c->frame.logits[i];
	return sum;
}

static void check(int frames, int pitches, const int channels[ROLL_NET_LAYERS], size_t samples)
{
	struct roll_case c = {.w = NULL};
	/* small steps: the highest of a layer, and which side of its corner a rectifier is on, are to stay the same */
	struct gradcheck check = {.loss = loss, .context = &c, .step = 1e-6, .samples = samples, .seed = 5};
	double *dx;
	size_t n;

	c.net = roll_net_layers(&c.p, frames, pitches, WINDOW_PLANES, channels);
	n = ROLLS * conv_in(&c.net.layers[0]);
	roll_net_frame_layout(&c.frame, &c.arena, &c.net, ROLLS + 1, 1);
	assert_int_equal(arena_reserve(&c.arena), 0);
	roll_net_frame_layout(&c.frame, &c.arena, &c.net, ROLLS + 1, 1);
	c.w = params_plane(&c.p);
	c.g = params_plane(&c.p);
	dx = malloc(n * sizeof *dx);
	assert_true(c.w && c.g && dx);
	params_init(&c.p, c.w, 7);
	gradcheck_random(c.frame.x, n, 1, 8);
	loss(&c);
	roll_net_backward(&c.net, c.w, c.g, &c.frame, dx, dlogits, ROLLS, RATE);
	gradcheck_params(&check, &c.p, c.w, c.g);
	gradcheck_array(&check, "x", c.frame.x, dx, n);
	free(c.w);
	free(c.g);
	free(dx);
	arena_done(&c.arena);
	params_done(&c.p);
}

static void test_least(void **state)
{
	static const int channels[ROLL_NET_LAYERS] = {3, 4, 2, 5};

	(void)state;
	check(56, 24, channels, 0);
}

static void test_window(void **state)
{
	static const int channels[ROLL_NET_LAYERS] = {24, 48, 48, 64};

	(void)state;
	check(WINDOW_FRAMES, WINDOW_PITCHES, channels, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_window),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
