/*
 * A step of training. Shards go forward and backward in the pool; then the
 * planes of all parameters are gone through twice, a range at a time, also in
 * the pool: once to sum the shards' gradients in shard order and their
 * squares, and, with the norm known, once for the optimiser and the running
 * average. The ranges are the same whatever the pool, and so are all sums.
 */
#include <math.h>
#include <string.h>
#include "base/error.h"
#include "model/training.h"
#include "num/vec.h"

/* So many that what both passes have of a range stays in a second-level cache. */
enum { RANGES = 128 };

/* A stream of random numbers that the network's forward pass does not use. */
enum { FOR_WEIGHTS = 1001, FOR_PHRASES };

struct update {
	struct training *t;
	double norm2[RANGES]; /* of the summed gradient */
	real scale;           /* of the gradient: clipping */
	double learning_rate;
};

static int step_shard(void *context, int item)
{
	struct training *t = ((struct update *)context)->t;
	struct shard *s = &t->shards[item];
	struct weight_drop *drop = t->drops ? &t->drops[item] : NULL;
	struct posterior *z = t->posteriors ? &t->posteriors[item] : NULL;
	const real *w = t->w;
	struct random random = random_stream(t->seed, (uint64_t)t->state.step, (uint64_t)item, 0);
	double scale = 1.0 / ((double)t->config.lanes * t->config.chunk);
	int fed;

	memset(s->dw, 0, t->g->params.size * sizeof(real));
	fed = feed_chunk(&s->feed, &s->batch, t->config.chunk);
	if (fed <= 0)
		return fed < 0 ? -1 : error("a shard has no music");
	if (drop) {
		weight_drop_forward(drop, t->w, random_stream(random.key, FOR_WEIGHTS, 0, 0));
		w = drop->w;
	}
	if (t->latent) {
		s->frame.seed.price = latent_beta(t->latent, t->state.step) * scale;
		s->frame.seed.free_kl = latent_free_nats(t->latent);
	}
	if (z)
		posterior_forward(z, t->g, w, &s->frame, &s->batch, Z_DRAWN,
		                  random_stream(random.key, FOR_PHRASES, 0, 0));
	network_forward(t->g, w, &s->frame, &s->batch, &s->carry, &t->rates, random, scale);
	network_backward(t->g, w, s->dw, &s->frame, &s->batch, &s->carry, &t->rates);
	if (z && t->adversary)
		latent_adversary_shard(t->adversary, item, z, &s->batch, scale);
	if (z)
		posterior_backward(z, t->g, w, s->dw, &s->batch, &t->z_weights, scale);
	if (t->mutual && knob_mutual_shard(t->mutual, item, w, s->dw) < 0)
		return -1;
	if (drop)
		weight_drop_backward(s->dw, drop);
	s->sums = (struct loss_sums){0};
	shard_count(s);
	return 0;
}

/* Range `item` of the planes: its first element; the end of the last is their size. */
static size_t range_at(const struct training *t, int item)
{
	return t->g->params.size * (size_t)item / RANGES;
}

/* All shards' gradients into the first's, in shard order. */
static int sum_range(void *context, int item)
{
	struct update *s = context;
	const struct training *t = s->t;
	const size_t from = range_at(t, item), n = range_at(t, item + 1) - from;
	real *dw = t->shards[0].dw + from;

	for (int k = 1; k < t->config.shards; k++)
		vec_add(dw, t->shards[k].dw + from, n);
	s->norm2[item] = vec_norm2(dw, n);
	return 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A stretch of the planes, if it is one, at a share of the rate; 0: it stays as it is. */
static void optimise(const struct update *s, size_t from, size_t to, double share)
{
	const struct training *t = s->t;

	if (from < to && share > 0)
		optim_step(&t->config.optim, &t->g->params, t->w, t->moments, t->shards[0].dw, s->learning_rate * share,
		           (uint64_t)t->state.step + 1, from, to);
}

static int update_range(void *context, int item)
{
	struct update *s = context;
	const struct training *t = s->t;
	const size_t from = range_at(t, item), to = range_at(t, item + 1);

	if (s->scale != 1)
		vec_scale(t->shards[0].dw + from, s->scale, to - from);
	if (t->grown == 0) {
		optimise(s, from, to, 1);
	} else {
		optimise(s, from, least(to, t->grown), t->old);
		optimise(s, from > t->grown ? from : t->grown, least(to, t->grown_end), 1);
		optimise(s, from > t->grown_end ? from : t->grown_end, to, t->old);
	}
	optim_average(t->average + from, t->w + from, to - from, t->config.average, (uint64_t)t->state.step + 1);
	if (!model_numbers_fit(t->w + from, to - from))
		return error("training diverged at step %ld: a weight is larger than a model can hold; "
		             "try a smaller train.learning_rate",
		             t->state.step + 1);
	return 0;
}

/* From the norm of the gradient. -1: it is not finite. */
static int clip(struct update *s)
{
	double norm = 0;

	for (int i = 0; i < RANGES; i++)
		norm += s->norm2[i];
	norm = sqrt(norm);
	if (!isfinite(norm))
		return error("training diverged at step %ld: the gradient is not finite; "
		             "try a smaller train.learning_rate",
		             s->t->state.step + 1);
	s->scale = optim_clip(norm, s->t->config.clip);
	return 0;
}

int training_step(struct training *t)
{
	struct update s = {.t = t, .learning_rate = planned_learning_rate(t)};

	if (pool_run(t->pool, step_shard, &s, t->config.shards) < 0 || pool_run(t->pool, sum_range, &s, RANGES) < 0 ||
	    clip(&s) < 0)
		return -1;
	for (int i = 0; i < t->config.shards; i++)
		loss_sums_add(&t->state.recent, &t->shards[i].sums);
	if (pool_run(t->pool, update_range, &s, RANGES) < 0)
		return -1;
	t->state.step++;
	return 0;
}
