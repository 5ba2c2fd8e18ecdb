/* LSTMs one above the other. See stack.h. */
#include "nn/stack.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "nn/dropout.h"

struct stack stack_layers(struct params *p, const char *name, int in, const int *widths, int n)
{
	struct stack s = {.n = n};

	if (n < 1 || n > STACK_MAX)
		BUG("a stack of %d LSTMs", n);
	for (int l = 0; l < n; l++) {
		char layer[PARAM_NAME_MAX];

		snprintf(layer, sizeof layer, n > 1 ? "%s%d" : "%s", name, l);
		s.layers[l] = lstm_layer(p, layer, in, widths[l]);
		in = widths[l];
	}
	return s;
}

void stack_frame_layout(struct stack_frame *f, struct arena *a, const struct stack *s, int steps, int lanes,
                        int backward)
{
	const size_t rows = (size_t)steps * (size_t)lanes;
	size_t widest = 0;

	ARENA_TAKE(a, f->equal, (size_t)steps);
	for (int l = 0; l < s->n; l++) {
		const size_t width = (size_t)s->layers[l].hidden;

		lstm_frame_layout(&f->lstm[l], a, &s->layers[l], (int)rows, lanes, backward);
		ARENA_TAKE(a, f->y[l], rows * width);
		ARENA_TAKE(a, f->mask[l], rows * width);
		widest = width > widest ? width : widest;
	}
	ARENA_TAKE(a, f->random, rows * widest);
	if (!backward)
		return;
	ARENA_TAKE(a, f->dy, rows * widest);
	ARENA_TAKE(a, f->below, rows * widest);
}

static struct packing packing_of(struct stack_frame *f, int steps, int lanes)
{
	for (int t = 0; t < steps; t++)
		f->equal[t] = lanes;
	return (struct packing){steps, f->equal};
}

const real *stack_forward(const struct stack *s, const real *w, struct stack_frame *f, real *const *h, real *const *c,
                          const real *x, int ldx, const uint8_t *reset, double rate, struct random random, int steps,
                          int lanes)
{
	const struct packing pack = packing_of(f, steps, lanes);

	for (int l = 0; l < s->n; l++) {
		const size_t width = (size_t)s->layers[l].hidden, state = (size_t)lanes * width;
		const size_t n = (size_t)steps * state, last = n - state;
		const struct random masks = random_stream(random.key, (uint64_t)l, 0, 0);

		lstm_forward(&s->layers[l], w, &f->lstm[l], x, ldx, &pack, h[l], c[l], reset);
		memcpy(h[l], f->lstm[l].h + last, state * sizeof(real));
		memcpy(c[l], f->lstm[l].c + last, state * sizeof(real));
		memcpy(f->y[l], f->lstm[l].h, n * sizeof(real));
		if (rate > 0)
			dropout_forward(f->y[l], f->mask[l], f->random, n, rate, masks);
		x = f->y[l];
		ldx = s->layers[l].hidden;
	}
	return x;
}

void stack_backward(const struct stack *s, const real *w, real *g, struct stack_frame *f, real *dx, int lddx,
                    const real *x, int ldx, const uint8_t *reset, double rate, int steps, int lanes)
{
	const struct packing pack = packing_of(f, steps, lanes);
	const size_t rows = (size_t)steps * (size_t)lanes;

	for (int l = s->n - 1; l >= 0; l--) {
		const int in = s->layers[l].in;
		real *dy = f->dy;

		if (rate > 0)
			dropout_backward(dy, f->mask[l], rows * (size_t)s->layers[l].hidden, rate);
		if (l == 0) {
			lstm_backward(&s->layers[l], w, g, &f->lstm[l], dx, lddx, dy, x, ldx, &pack, reset);
			return;
		}
		memset(f->below, 0, rows * (size_t)in * sizeof(real));
		lstm_backward(&s->layers[l], w, g, &f->lstm[l], f->below, in, dy, f->y[l - 1], in, &pack, reset);
		f->dy = f->below;
		f->below = dy;
	}
}

double stack_work(const struct stack *s)
{
	double n = 0;

	for (int l = 0; l < s->n; l++)
		n += 4.0 * s->layers[l].hidden * ((double)s->layers[l].in + s->layers[l].hidden);
	return n;
}
