/* Scoring with the z of phrases. See latent_score.h. */
#include "model/latent_score.h"

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"

/* Fixed, so that sums do not depend on the machine. */
enum { SHARDS = 4, LANES = 4, STEPS = 96 };

struct worker {
	struct shard shard;
	struct posterior posterior;
	double kl, phrases;
	double *sum, *sum2; /* (latent) of mu and its square, over phrases */
};

struct scoring {
	struct worker workers[SHARDS];
	const struct generator *g;
	const real *w;
	enum posterior_z which;
	uint64_t seed;
};

/* A phrase that is in several chunks counts in each by its share. */
static void count(struct worker *k, const struct generator *g)
{
	const struct phrase_batch *b = &k->shard.batch.phrases;
	const size_t n = (size_t)g->config.latent;

	shard_count(&k->shard);
	for (int i = 0; i < b->n; i++) {
		const real *mu = k->posterior.frame.mu + (size_t)i * n;

		k->kl += b->share[i] * k->posterior.kl[i];
		k->phrases += b->share[i];
		for (size_t j = 0; j < n; j++) {
			k->sum[j] += b->share[i] * (double)mu[j];
			k->sum2[j] += b->share[i] * (double)mu[j] * (double)mu[j];
		}
	}
}

static int score_worker(void *context, int item)
{
	struct scoring *s = context;
	struct worker *k = &s->workers[item];
	struct shard *shard = &k->shard;
	uint64_t chunk = 0;
	int fed;

	while ((fed = feed_chunk(&shard->feed, &shard->batch, STEPS)) > 0) {
		posterior_forward(&k->posterior, s->g, s->w, &shard->frame, &shard->batch, s->which,
		                  random_stream(s->seed, (uint64_t)item, chunk++, 0));
		network_forward(s->g, s->w, &shard->frame, &shard->batch, &shard->carry, NULL, (struct random){0, 0},
		                1);
		count(k, s->g);
	}
	return fed;
}

static int active_units(const struct scoring *s, double phrases)
{
	int active = 0;

	for (int j = 0; j < s->g->config.latent; j++) {
		double sum = 0, sum2 = 0;

		for (int i = 0; i < SHARDS; i++) {
			sum += s->workers[i].sum[j];
			sum2 += s->workers[i].sum2[j];
		}
		active += phrases > 0 && sum2 / phrases - sum / phrases * (sum / phrases) > ACTIVE_VARIANCE;
	}
	return active;
}

static void sum_up(struct latent_score *out, const struct scoring *s)
{
	struct loss_sums sums = {0};
	double nats = 0, kl = 0;

	*out = (struct latent_score){.nats = NAN, .kl = NAN};
	for (int i = 0; i < SHARDS; i++) {
		loss_sums_add(&sums, &s->workers[i].shard.sums);
		kl += s->workers[i].kl;
		out->phrases += s->workers[i].phrases;
	}
	for (int h = 0; h < HEADS; h++)
		nats += sums.heads[h];
	out->notes = sums.notes;
	if (sums.notes > 0) {
		out->nats = nats / (double)sums.notes;
		out->kl = kl / (double)sums.notes;
	}
	out->active = active_units(s, out->phrases);
}

static int worker_init(struct worker *k, const struct scoring *s, const struct corpus *corpus,
                       const struct feed_options *options, const uint32_t *order, size_t n, int item)
{
	if (shard_init(&k->shard, s->g, corpus, options, order, n, item * LANES, LANES, STEPS, false) < 0 ||
	    posterior_init(&k->posterior, s->g, STEPS, LANES, false) < 0)
		return -1;
	k->sum = mem_new(2 * (size_t)s->g->config.latent, sizeof *k->sum);
	k->sum2 = k->sum ? k->sum + s->g->config.latent : NULL;
	return k->sum ? 0 : -1;
}

static void worker_done(struct worker *k)
{
	shard_done(&k->shard);
	posterior_done(&k->posterior);
	free(k->sum);
}

int latent_score(struct latent_score *out, const struct generator *g, const real *w, const struct corpus *corpus,
                 enum split split, enum posterior_z which, uint64_t seed, struct pool *pool)
{
	const struct feed_options options = {.split = split, .phrases = true, .lanes_in_all = SHARDS * LANES};
	struct scoring *s = mem_new(1, sizeof *s);
	uint32_t *order;
	size_t n;
	int result = 0;

	if (!s)
		return -1;
	s->g = g;
	s->w = w;
	s->which = which;
	s->seed = seed;
	order = feed_pieces(corpus, g->vocab, split, &n);
	if (!order)
		result = -1;
	for (int i = 0; result == 0 && i < SHARDS; i++)
		result = worker_init(&s->workers[i], s, corpus, &options, order, n, i);
	if (result == 0)
		result = pool_run(pool, score_worker, s, SHARDS);
	if (result == 0)
		sum_up(out, s);
	for (int i = 0; i < SHARDS; i++)
		worker_done(&s->workers[i]);
	free(order);
	free(s);
	return result;
}
