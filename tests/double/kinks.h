/* How near what goes into the network's relus is to their kinks, where a central difference is no gradient. cmocka.h comes before this. */
#ifndef TESTS_DOUBLE_KINKS_H
#define TESTS_DOUBLE_KINKS_H

#include <math.h>
#include <stdlib.h>
#include "model/network.h"

/* The least |x| of what a linear layer gives to its relu. */
static inline double kinks_least(const struct linear *l, const double *w, const double *x, int ldx, int rows)
{
	double *y = calloc((size_t)rows * (size_t)l->out, sizeof *y), least = INFINITY;

	assert_non_null(y);
	linear_forward(l, w, y, l->out, x, ldx, rows);
	for (size_t i = 0; i < (size_t)rows * (size_t)l->out; i++)
		least = fmin(least, fabs(y[i]));
	free(y);
	return least;
}

/* Over all relus of the heads; f: of the pass just done, of so many rows. */
static inline double kinks_nearest(const struct generator *g, const double *w, const struct frame *f, int rows)
{
	double least = fmin(kinks_least(&g->duration_hidden, w, f->z, f->width, rows),
	                    kinks_least(&g->next_hidden, w, f->z, f->width, rows));

	least = fmin(least, kinks_least(&g->part_hidden, w, f->next_hidden, g->config.hidden + g->next.width, rows));
	if (g->vocab->dynamics)
		least = fmin(least, kinks_least(&g->velocity_hidden, w, f->z, f->width, rows));
	return least;
}

#endif
