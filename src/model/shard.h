/*
 * A shard: one of a fixed number of workers of a training or scoring run, with
 * its own lanes, memory and sums, so that nothing depends on which thread
 * runs it.
 */
#ifndef MODEL_SHARD_H
#define MODEL_SHARD_H

#include "model/feed.h"
#include "model/network.h"

struct loss_sums {
	double heads[HEADS]; /* nats, weighted */
	double kl;           /* nats, weighted, of a latent at every step where it is drawn */
	long notes;          /* with weight */
	long rows;
};

struct shard {
	struct feed feed;
	struct batch batch;
	struct frame frame;
	struct carry carry;
	struct arena arena;
	real *dw; /* gradient plane; NULL when only scoring */
	struct loss_sums sums;
};

/* steps: of a chunk. 0 or -1. */
int shard_init(struct shard *s, const struct generator *g, const struct corpus *corpus,
               const struct feed_options *options, const uint32_t *order, size_t n_order, int first_lane, int n_lanes,
               int steps, bool backward);
void shard_done(struct shard *s);

/* Add the batch's losses to the sums. */
void shard_count(struct shard *s);
void loss_sums_add(struct loss_sums *to, const struct loss_sums *from);

/* Nats a note, NaN where there is none. */
double loss_sums_nats(const struct loss_sums *sums);

/* Score what a feed of these options gives (lanes_in_all is not theirs to say). 0 or -1. */
int score_feed(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
               const struct feed_options *options, struct pool *pool);

/* Score a split with weights w: fixed shards, so the same sums whatever the pool. 0 or -1. */
int score_split(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
                enum split split, struct pool *pool);
/* The same with the seed's latent drawn, always alike, and its KL. */
int score_split_drawn(struct loss_sums *out, const struct generator *g, const real *w, const struct corpus *corpus,
                      enum split split, struct pool *pool);

#endif
