/* Recurrent weights left out. See weight_drop.h. */
#include "model/weight_drop.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "nn/dropout.h"

static bool is_recurrent(const struct tensor *t)
{
	const char *dot = strrchr(t->name, '.');

	return dot && strcmp(dot, ".wh") == 0;
}

static size_t weights_in(const struct tensor *t)
{
	return (size_t)t->rows * (size_t)t->cols;
}

int weight_drop_init(struct weight_drop *d, const struct params *p, double rate)
{
	size_t all = 0, largest = 0;

	*d = (struct weight_drop){.p = p, .rate = rate};
	for (size_t i = 0; i < p->n; i++) {
		const size_t n = is_recurrent(&p->tensors[i]) ? weights_in(&p->tensors[i]) : 0;

		all += n;
		largest = n > largest ? n : largest;
	}
	d->w = params_plane(p);
	d->mask = mem_new(all, sizeof *d->mask);
	d->scratch = mem_new(largest, sizeof *d->scratch);
	return d->w && d->mask && d->scratch ? 0 : -1;
}

void weight_drop_done(struct weight_drop *d)
{
	free(d->w);
	free(d->mask);
	free(d->scratch);
	*d = (struct weight_drop){0};
}

void weight_drop_forward(struct weight_drop *d, const real *w, struct random random)
{
	uint8_t *mask = d->mask;

	memcpy(d->w, w, d->p->size * sizeof *w);
	for (size_t i = 0; i < d->p->n; i++) {
		const struct tensor *t = &d->p->tensors[i];

		if (!is_recurrent(t))
			continue;
		dropout_forward(d->w + t->offset, mask, d->scratch, weights_in(t), d->rate,
		                random_stream(random.key, i, 0, 0));
		mask += weights_in(t);
	}
}

void weight_drop_backward(real *dw, const struct weight_drop *d)
{
	const uint8_t *mask = d->mask;

	for (size_t i = 0; i < d->p->n; i++) {
		const struct tensor *t = &d->p->tensors[i];

		if (!is_recurrent(t))
			continue;
		dropout_backward(dw + t->offset, mask, weights_in(t), d->rate);
		mask += weights_in(t);
	}
}
