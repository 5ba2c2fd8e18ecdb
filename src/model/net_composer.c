/* The composer's network. See net_composer.h. */
#include "model/net_composer.h"

#include <stdio.h>
#include <string.h>

/* Widths of the embeddings. */
enum { CHORD_WIDTH = 128, OTHER_WIDTH = 16 };

struct net_composer net_composer_layers(struct params *p, const char *const *names, const int *classes, int symbols,
                                        int n, int layers, int hidden)
{
	struct net_composer net = {.symbols = symbols};
	int widths[STACK_MAX] = {0};
	char name[PARAM_NAME_MAX];

	for (int i = 0; i < symbols; i++) {
		net.classes[i] = classes[i];
		snprintf(name, sizeof name, "read.%s", names[i]);
		bag_field(&net.read, p, name, classes[i], i == 0 ? CHORD_WIDTH : OTHER_WIDTH);
	}
	for (int l = 0; l < layers; l++)
		widths[l] = n;
	net.stack = stack_layers(p, "lstm", net.read.width, widths, layers);
	net.dense = linear_layer_glorot(p, "dense", n, hidden);
	for (int i = 0; i < symbols; i++) {
		snprintf(name, sizeof name, "%s.head", names[i]);
		net.heads[i] = linear_layer_glorot(p, name, hidden, classes[i]);
	}
	return net;
}

void composer_frame_layout(struct composer_frame *f, struct arena *a, const struct net_composer *net, int steps,
                           int lanes, int backward)
{
	const size_t rows = (size_t)steps * (size_t)lanes;

	ARENA_TAKE(a, f->first, rows + 1);
	ARENA_TAKE(a, f->items, rows * COMPOSER_SYMBOLS);
	ARENA_TAKE(a, f->x, rows * (size_t)net->read.width);
	stack_frame_layout(&f->stack, a, &net->stack, steps, lanes, backward);
	ARENA_TAKE(a, f->dense, rows * (size_t)net->dense.out);
	if (!backward)
		return;
	ARENA_TAKE(a, f->dx, rows * (size_t)net->read.width);
	ARENA_TAKE(a, f->ddense, rows * (size_t)net->dense.out);
}

static struct bag_input gather(struct composer_frame *f, const struct net_composer *net, const int *const *read,
                               int rows)
{
	uint32_t n = 0;

	f->first[0] = 0;
	for (int r = 0; r < rows; r++) {
		for (int i = 0; i < net->symbols; i++)
			if (read[i][r] >= 0)
				f->items[n++] = (struct bag_item){(uint16_t)i, (uint16_t)read[i][r]};
		f->first[r + 1] = n;
	}
	return (struct bag_input){f->first, f->items};
}

void composer_forward(const struct net_composer *net, const real *w, struct composer_frame *f, real *const *logits,
                      const int *const *read, real *const *h, real *const *c, const uint8_t *reset, double rate,
                      struct random random, int steps, int lanes)
{
	const int rows = steps * lanes, width = net->read.width;
	const struct bag_input input = gather(f, net, read, rows);
	const real *y;

	bag_forward(&net->read, w, f->x, width, &input, rows);
	y = stack_forward(&net->stack, w, &f->stack, h, c, f->x, width, reset, rate, random, steps, lanes);
	linear_forward(&net->dense, w, f->dense, net->dense.out, y, net->dense.in, rows);
	for (int i = 0; i < net->symbols; i++)
		linear_forward(&net->heads[i], w, logits[i], net->classes[i], f->dense, net->dense.out, rows);
}

void composer_backward(const struct net_composer *net, const real *w, real *dw, struct composer_frame *f,
                       const real *const *dlogits, const uint8_t *reset, double rate, int steps, int lanes)
{
	const int rows = steps * lanes, width = net->read.width, hidden = net->dense.out;
	const struct bag_input input = {f->first, f->items};
	const real *y = f->stack.y[net->stack.n - 1];

	memset(f->ddense, 0, (size_t)rows * (size_t)hidden * sizeof(real));
	for (int i = 0; i < net->symbols; i++)
		linear_backward(&net->heads[i], w, dw, f->ddense, hidden, dlogits[i], net->classes[i], f->dense, hidden,
		                rows);
	memset(f->stack.dy, 0, (size_t)rows * (size_t)net->dense.in * sizeof(real));
	linear_backward(&net->dense, w, dw, f->stack.dy, net->dense.in, f->ddense, hidden, y, net->dense.in, rows);
	memset(f->dx, 0, (size_t)rows * (size_t)width * sizeof(real));
	stack_backward(&net->stack, w, dw, &f->stack, f->dx, width, f->x, width, reset, rate, steps, lanes);
	bag_backward(&net->read, dw, f->dx, width, &input, rows);
}

double composer_work(const struct net_composer *net)
{
	double n = stack_work(&net->stack) + (double)net->dense.in * net->dense.out;

	for (int i = 0; i < net->symbols; i++)
		n += (double)net->heads[i].in * net->heads[i].out;
	return n;
}
