/* A convolutional classifier of rolls. See roll_net.h. */
#include "model/roll_net.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "nn/dropout.h"

#define OCTAVE 12

static struct conv_shape shape_of(int layer, int height, int width, int channels, int out)
{
	struct conv_shape s = {
		.height = height,
		.width = width,
		.channels = channels,
		.out = out,
		.kernel = {4, width},
		.stride = {2, 1},
	};

	if (layer == 0) {
		s.kernel[1] = 2 * OCTAVE;
		s.stride[1] = OCTAVE;
	}
	return s;
}

struct roll_net roll_net_layers(struct params *p, int frames, int pitches, int planes,
                                const int channels[ROLL_NET_LAYERS])
{
	struct roll_net net;
	int height = frames, width = pitches, in = planes;

	for (int l = 0; l < ROLL_NET_LAYERS; l++) {
		const struct conv_shape shape = shape_of(l, height, width, in, channels[l]);
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "conv%d", l);
		/* a rectifier halves the squares (He et al. 2015): uniform +-sqrt(6/n) keeps them */
		net.layers[l] = conv_layer(p, name, &shape, 2.4494897427831781);
		snprintf(name, sizeof name, "activation%d", l);
		net.activations[l] = activation_layer(p, name, ACTIVATION_LEAKY, channels[l]);
		height = net.layers[l].out_height;
		width = net.layers[l].out_width;
		in = channels[l];
	}
	if (width != 1)
		BUG("%d pitches leave %d columns", pitches, width);
	net.score = linear_layer(p, "score", 2 * in, 1);
	return net;
}

static const struct conv *last_of(const struct roll_net *net)
{
	return &net->layers[ROLL_NET_LAYERS - 1];
}

static size_t pooled_of(const struct roll_net *net)
{
	return 2 * (size_t)last_of(net)->shape.out;
}

void roll_net_frame_layout(struct roll_net_frame *f, struct arena *a, const struct roll_net *net, int batch,
                           int backward)
{
	const size_t n = (size_t)batch, pooled = pooled_of(net);

	f->batch = batch;
	ARENA_TAKE(a, f->x, n * conv_in(&net->layers[0]));
	for (int l = 0; l < ROLL_NET_LAYERS; l++) {
		const size_t out = conv_out(&net->layers[l]);

		conv_frame_layout(&f->conv[l], a, &net->layers[l], backward);
		ARENA_TAKE(a, f->y[l], n * out);
		ARENA_TAKE(a, f->a[l], n * out);
		if (backward)
			ARENA_TAKE(a, f->dy[l], n * out);
	}
	ARENA_TAKE(a, f->pooled, n * pooled);
	ARENA_TAKE(a, f->highest, n * pooled / 2);
	ARENA_TAKE(a, f->mask, n * pooled);
	ARENA_TAKE(a, f->scratch, n * pooled);
	ARENA_TAKE(a, f->logits, n);
	if (backward)
		ARENA_TAKE(a, f->dpooled, n * pooled);
}

/* ---- mean and highest over time ------------------------------------------- */

static void pool_roll(real *pooled, int *highest, const real *a, int times, int channels)
{
	for (int c = 0; c < channels; c++) {
		real sum = 0;
		int at = 0;

		for (int t = 0; t < times; t++) {
			const real x = a[t * channels + c];

			sum += x;
			at = x > a[at * channels + c] ? t : at;
		}
		pooled[c] = sum / (real)times;
		pooled[channels + c] = a[at * channels + c];
		highest[c] = at;
	}
}

static void spread_roll(real *da, const real *dpooled, const int *highest, int times, int channels)
{
	for (int t = 0; t < times; t++)
		for (int c = 0; c < channels; c++)
			da[t * channels + c] = dpooled[c] / (real)times + (highest[c] == t ? dpooled[channels + c] : 0);
}

/* ---- passes ----------------------------------------------------------------- */

static size_t places(const struct conv *l, int n)
{
	return (size_t)n * (size_t)l->out_height * (size_t)l->out_width;
}

void roll_net_forward(const struct roll_net *net, const real *w, struct roll_net_frame *f, int n, double rate,
                      struct random random)
{
	const struct conv *last = last_of(net);
	const int channels = last->shape.out;
	const size_t pooled = pooled_of(net);
	const real *x = f->x;

	if (n > f->batch)
		BUG("%d rolls where there is room for %d", n, f->batch);
	for (int l = 0; l < ROLL_NET_LAYERS; l++) {
		conv_forward(&net->layers[l], w, &f->conv[l], f->y[l], x, n);
		activation_forward(&net->activations[l], w, f->a[l], f->y[l], places(&net->layers[l], n));
		x = f->a[l];
	}
	for (size_t i = 0; i < (size_t)n; i++)
		pool_roll(f->pooled + i * pooled, f->highest + i * pooled / 2, x + i * conv_out(last), last->out_height,
		          channels);
	if (rate > 0)
		dropout_forward(f->pooled, f->mask, f->scratch, (size_t)n * pooled, rate, random);
	linear_forward(&net->score, w, f->logits, 1, f->pooled, (int)pooled, n);
}

void roll_net_backward(const struct roll_net *net, const real *w, real *g, struct roll_net_frame *f, real *dx,
                       const real *dlogits, int n, double rate)
{
	const struct conv *last = last_of(net);
	const size_t pooled = pooled_of(net);

	memset(f->dpooled, 0, (size_t)n * pooled * sizeof *f->dpooled);
	linear_backward(&net->score, w, g, f->dpooled, (int)pooled, dlogits, 1, f->pooled, (int)pooled, n);
	if (rate > 0)
		dropout_backward(f->dpooled, f->mask, (size_t)n * pooled, rate);
	for (size_t i = 0; i < (size_t)n; i++)
		spread_roll(f->dy[ROLL_NET_LAYERS - 1] + i * conv_out(last), f->dpooled + i * pooled,
		            f->highest + i * pooled / 2, last->out_height, last->shape.out);
	for (int l = ROLL_NET_LAYERS - 1; l >= 0; l--) {
		activation_backward(&net->activations[l], w, g, f->dy[l], f->dy[l], f->y[l],
		                    places(&net->layers[l], n));
		conv_backward(&net->layers[l], w, g, &f->conv[l], l > 0 ? f->dy[l - 1] : dx, f->dy[l],
		              l > 0 ? f->a[l - 1] : f->x, n);
	}
}
