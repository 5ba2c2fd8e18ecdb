/* What knobs change. See knob_effect.h. */
#include "model/knob_effect.h"

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "model/compose.h"
#include "model/shard.h"

/* None told, then each knob at -1 and 1. */
enum { WAYS = 1 + KNOBS * KNOB_TURNS };

struct effect {
	const struct model *m;
	double (*values)[WAYS][KNOBS]; /* (pieces) */
};

static void options_of(struct compose_options *o, int way, int seed)
{
	compose_defaults(o);
	o->seed = (uint64_t)seed;
	o->bars = KNOB_BARS;
	o->open_end = true;
	if (way > 0)
		o->knobs[(way - 1) / KNOB_TURNS] = (way - 1) % KNOB_TURNS ? 1 : -1;
}

static int make_piece(void *context, int item)
{
	struct effect *e = context;

	for (int way = 0; way < WAYS; way++) {
		struct compose_options o;
		struct piece *p;

		for (int k = 0; k < KNOBS; k++)
			e->values[item][way][k] = NAN;
		if (way > 0 && !(e->m->knob_scale.spread[(way - 1) / KNOB_TURNS] > 0))
			continue;
		options_of(&o, way, item);
		p = compose_piece(e->m, &o);
		if (!p)
			return -1;
		knobs_of_piece(e->values[item][way], p, &e->m->knob_scale);
		piece_free(p);
	}
	return 0;
}

/* Mean over pieces, and half of its 95 % interval. */
static double mean_of(double *half, const struct effect *e, int pieces, int way, int k)
{
	double n = 0, sum = 0, sum2 = 0, mean;

	for (int i = 0; i < pieces; i++) {
		const double x = e->values[i][way][k];

		if (isnan(x))
			continue;
		n++;
		sum += x;
		sum2 += x * x;
	}
	mean = n > 0 ? sum / n : NAN;
	*half = n > 1 ? 1.96 * sqrt(fmax(0, sum2 / n - mean * mean) / (n - 1)) : NAN;
	return mean;
}

int knob_effect(struct knob_figures *out, const struct model *m, int pieces, struct pool *pool)
{
	struct effect e = {.m = m};
	int result;

	e.values = mem_new((size_t)pieces, sizeof *e.values);
	if (!e.values)
		return -1;
	result = pool_run(pool, make_piece, &e, pieces);
	out->pieces = pieces;
	for (int k = 0; result == 0 && k < KNOBS; k++) {
		double half;

		out->untold[k] = mean_of(&half, &e, pieces, 0, k);
		for (int turn = 0; turn < KNOB_TURNS; turn++)
			for (int what = 0; what < KNOBS; what++)
				out->turned[k][turn][what] =
					mean_of(&out->half[k][turn][what], &e, pieces, 1 + k * KNOB_TURNS + turn, what);
	}
	free(e.values);
	return result;
}

bool knob_moves(const struct knob_figures *f, enum knob k)
{
	return f->turned[k][0][k] + f->half[k][0][k] < f->turned[k][KNOB_TURNS - 1][k] - f->half[k][KNOB_TURNS - 1][k];
}

int knob_nats(double *nats, const struct generator *g, const real *w, const struct knob_scale *scale,
              const struct corpus *corpus, unsigned untold, struct pool *pool)
{
	const struct feed_options options = {.split = SPLIT_VALID, .knobs = scale, .untold = untold};
	struct loss_sums sums;

	if (score_feed(&sums, g, w, corpus, &options, pool) < 0)
		return -1;
	*nats = loss_sums_nats(&sums);
	return 0;
}
