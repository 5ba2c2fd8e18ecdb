/* Shards of a run, and scoring a split with them. */
#include "model/shard.h"

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"

/* Of scoring: fixed, so that sums do not depend on the machine. */
enum { SCORE_SHARDS = 4, SCORE_LANES = 8, SCORE_STEPS = 128 };
/* Of z that are drawn when music is scored: the same every time. */
enum { SCORE_SEED = 1 };

static void layout(struct shard *s, const struct generator *g, int n_lanes, int steps, bool backward)
{
	batch_layout(&s->batch, &s->arena, g, steps, n_lanes);
	frame_layout(&s->frame, &s->arena, g, steps, n_lanes, backward);
	carry_layout(&s->carry, &s->arena, g, n_lanes, steps);
}

int shard_init(struct shard *s, const struct generator *g, const struct corpus *corpus,
               const struct feed_options *options, const uint32_t *order, size_t n_order, int first_lane, int n_lanes,
               int steps, bool backward)
{
	*s = (struct shard){0};
	if (feed_init(&s->feed, g, corpus, options, order, n_order, first_lane, n_lanes) < 0)
		return -1;
	layout(s, g, n_lanes, steps, backward);
	if (arena_reserve(&s->arena) < 0)
		return -1;
	layout(s, g, n_lanes, steps, backward);
	carry_clear(&s->carry, g);
	if (backward) {
		s->dw = params_plane(&g->params);
		if (!s->dw)
			return -1;
	}
	return 0;
}

void shard_done(struct shard *s)
{
	feed_done(&s->feed);
	arena_done(&s->arena);
	free(s->dw);
	s->dw = NULL;
}

void shard_count(struct shard *s)
{
	const struct batch *b = &s->batch;

	for (int r = 0; r < b->rows; r++) {
		for (int h = 0; h < HEADS; h++) {
			double weight = head_weights(s->feed.g, b, (enum head)h)[r];

			s->sums.heads[h] += weight * s->frame.loss[h][r];
		}
		if (s->frame.seed.drawn && s->feed.g->config.kind == KIND_SEED)
			s->sums.kl += (double)b->next_weight[r] * s->frame.seed.kl[r];
		s->sums.notes += b->notes[r];
		s->sums.rows++;
	}
}

void loss_sums_add(struct loss_sums *to, const struct loss_sums *from)
{
	for (int h = 0; h < HEADS; h++)
		to->heads[h] += from->heads[h];
	to->kl += from->kl;
	to->notes += from->notes;
	to->rows += from->rows;
}

struct scoring {
	struct shard shards[SCORE_SHARDS];
	const struct generator *g;
	const real *w;
	bool drawn; /* the seed's latent */
};

static int score_shard(void *context, int item)
{
	struct scoring *s = context;
	struct shard *shard = &s->shards[item];
	uint64_t chunk = 0;
	int fed;

	shard->frame.seed.drawn = s->drawn;
	while ((fed = feed_chunk(&shard->feed, &shard->batch, SCORE_STEPS)) > 0) {
		network_forward(s->g, s->w, &shard->frame, &shard->batch, &shard->carry, NULL,
		                random_stream(SCORE_SEED, (uint64_t)item, chunk++, 0), 1);
		shard_count(shard);
	}
	return fed;
}

double loss_sums_nats(const struct loss_sums *sums)
{
	double nats = 0;

	for (int h = 0; h < HEADS; h++)
		nats += sums->heads[h];
	return sums->notes > 0 ? nats / (double)sums->notes : NAN;
}

static int score(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
                 const struct feed_options *asked, bool drawn, struct pool *pool)
{
	struct feed_options options = *asked;
	struct scoring *s = mem_new(1, sizeof *s);
	uint32_t *order;
	size_t n;
	int result = 0;

	options.lanes_in_all = SCORE_SHARDS * SCORE_LANES;
	*out = (struct loss_sums){0};
	if (!s)
		return -1;
	s->g = g;
	s->w = w;
	s->drawn = drawn;
	order = feed_pieces(corpus, g->vocab, options.split, &n);
	if (!order)
		result = -1;
	for (int i = 0; result == 0 && i < SCORE_SHARDS; i++)
		result = shard_init(&s->shards[i], g, corpus, &options, order, n, i * SCORE_LANES, SCORE_LANES,
		                    SCORE_STEPS, false);
	if (result == 0)
		result = pool_run(pool, score_shard, s, SCORE_SHARDS);
	for (int i = 0; i < SCORE_SHARDS; i++) {
		loss_sums_add(out, &s->shards[i].sums);
		shard_done(&s->shards[i]);
	}
	free(order);
	free(s);
	return result;
}

int score_feed(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
               const struct feed_options *asked, struct pool *pool)
{
	return score(out, g, w, corpus, asked, false, pool);
}

int score_split(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
                enum split split, struct pool *pool)
{
	const struct feed_options options = {.split = split};

	return score(out, g, w, corpus, &options, false, pool);
}

int score_split_drawn(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
                      enum split split, struct pool *pool)
{
	const struct feed_options options = {.split = split};

	return score(out, g, w, corpus, &options, true, pool);
}
