/* How well a discriminator tells held-out windows from made ones, and how many shapes those have. See adversary.h. */
#include "model/adversary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* Notes of a shape. */
enum { SHAPE_NOTES = 4 };
/* Too few windows to say that they are all alike. */
enum { COLLAPSE_WINDOWS = 16 };

/* What one side showed, in the order of shards and lanes. */
struct side {
	real *score;
	uint64_t *window; /* a hash of each */
	size_t n, capacity, window_capacity;
	uint64_t *shape;
	size_t n_shapes, shape_capacity;
};

struct trial_shard {
	struct gan_windows windows;
	struct recurrent_critic_frame critic;
	real *x;
	int *length;
	struct arena arena;
	struct side real_side, made_side;
};

struct trying {
	struct adversarial *a;
	const real *w;
	struct trial_shard *shard; /* (shards) */
};

static void side_done(struct side *s)
{
	free(s->score);
	free(s->window);
	free(s->shape);
}

/* ---- Shapes ------------------------------------------------------------------ */

/* What a row chose, as a number; pitches from the last one, so that a shape is the same wherever it stands. */
static uint64_t hash_row(uint64_t hash, const struct batch *b, int row, int from_pitch)
{
	for (int h = 0; h < HEADS; h++) {
		const int symbol = b->targets[h].symbol[row];
		const int value = h == HEAD_PITCH && symbol >= 0 ? 1000 + symbol - from_pitch : symbol;

		hash = random_mix(hash ^ (uint64_t)(value + 1) * UINT64_C(0x9e3779b97f4a7c15));
	}
	return hash;
}

static int note_at(const struct batch *b, int row)
{
	return b->targets[HEAD_PITCH].symbol[row];
}

/* SHAPE_NOTES rows that have notes; one for a whole window where it has fewer. */
static int add_shapes(struct side *s, const struct batch *b, int lane, int length)
{
	uint64_t whole = 0;
	size_t before = s->n_shapes;

	for (int t = 0; t < length; t++)
		whole = hash_row(whole, b, t * b->lanes + lane, 0);
	for (int t = 0; t + SHAPE_NOTES <= length; t++) {
		uint64_t hash = 0;
		int from = -1;
		bool notes = true;

		for (int i = t; i < t + SHAPE_NOTES; i++) {
			const int row = i * b->lanes + lane, pitch = note_at(b, row);

			notes = notes && pitch >= 0;
			hash = hash_row(hash, b, row, from >= 0 ? from : pitch);
			from = pitch;
		}
		if (!notes)
			continue;
		if (MEM_GROW(s->shape, s->shape_capacity, s->n_shapes + 1) < 0)
			return -1;
		s->shape[s->n_shapes++] = hash;
	}
	if (s->n_shapes == before) {
		if (MEM_GROW(s->shape, s->shape_capacity, s->n_shapes + 1) < 0)
			return -1;
		s->shape[s->n_shapes++] = whole;
	}
	if (MEM_GROW(s->window, s->window_capacity, s->n + 1) < 0)
		return -1;
	s->window[s->n] = whole;
	return 0;
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* How many of n are distinct, and how often the most frequent comes; sorts them. */
static long distinct(uint64_t *hash, size_t n, long *most)
{
	long count = 0, run = 0;

	*most = 0;
	qsort(hash, n, sizeof *hash, compare_hashes);
	for (size_t i = 0; i < n; i++) {
		run = i > 0 && hash[i] == hash[i - 1] ? run + 1 : 1;
		count += run == 1;
		*most = run > *most ? run : *most;
	}
	return count;
}

/* ---- Windows ------------------------------------------------------------------- */

static int see(struct trial_shard *s, const struct trying *t, struct side *side, const struct batch *b,
               const int *length)
{
	const struct recurrent_critic *c = &t->a->critic;
	const int lanes = s->windows.lanes;

	recurrent_critic_read(c, s->x, b);
	for (int i = 0; i < lanes; i++)
		s->length[i] = length[i] > 1 ? length[i] : 1;
	recurrent_critic_forward(c, t->a->against->used, &s->critic, s->x, s->length, s->windows.steps);
	for (int i = 0; i < lanes; i++) {
		if (length[i] == 0)
			continue;
		if (add_shapes(side, b, i, length[i]) < 0 || MEM_GROW(side->score, side->capacity, side->n + 1) < 0)
			return -1;
		side->score[side->n++] = s->critic.score[i];
	}
	return 0;
}

static int try_shard(void *context, int item)
{
	const struct trying *t = context;
	struct trial_shard *s = &t->shard[item];
	const size_t enough = (size_t)((t->a->config->held_out + t->a->shards - 1) / t->a->shards);

	for (uint64_t chunk = 0; s->real_side.n < enough; chunk++) {
		/* the same noise at every trial */
		const struct random random = random_stream(t->a->job->seed, UINT64_MAX, chunk, (uint64_t)item);
		const int fed = gan_windows_next(&s->windows, t->w, random);

		if (fed <= 0)
			return fed;
		if (see(s, t, &s->real_side, &s->windows.real_batch, s->windows.real_length) < 0 ||
		    see(s, t, &s->made_side, &s->windows.made_batch, s->windows.made_length) < 0)
			return -1;
	}
	return 0;
}

static void layout(struct trial_shard *s, const struct adversarial *a, int lanes)
{
	recurrent_critic_frame_layout(&s->critic, &s->arena, &a->critic, a->config->window, lanes);
	ARENA_TAKE(&s->arena, s->x, (size_t)a->config->window * (size_t)lanes * (size_t)a->critic.in);
	ARENA_TAKE(&s->arena, s->length, (size_t)lanes);
}

static int shards_init(const struct trying *t, const uint32_t *order, size_t n)
{
	const struct adversarial *a = t->a;
	const struct feed_options feed = {.split = SPLIT_VALID, .lanes_in_all = a->config->batch};
	const int lanes = a->config->batch / a->shards;

	for (int i = 0; i < a->shards; i++) {
		struct trial_shard *s = &t->shard[i];

		if (gan_windows_init(&s->windows, a->g, a->job->corpus, &feed, order, n, i * lanes, lanes,
		                     a->config->window) < 0)
			return -1;
		layout(s, a, lanes);
		if (arena_reserve(&s->arena) < 0)
			return -1;
		layout(s, a, lanes);
	}
	return 0;
}

/* ---- All of them ----------------------------------------------------------------- */

/* The sides of all shards, in their order, into the first's. */
static int gather(const struct trying *t)
{
	struct trial_shard *first = &t->shard[0];

	for (int i = 1; i < t->a->shards; i++) {
		for (int k = 0; k < 2; k++) {
			struct side *to = k ? &first->made_side : &first->real_side;
			const struct side *from = k ? &t->shard[i].made_side : &t->shard[i].real_side;

			if (MEM_GROW(to->score, to->capacity, to->n + from->n) < 0 ||
			    MEM_GROW(to->window, to->window_capacity, to->n + from->n) < 0 ||
			    MEM_GROW(to->shape, to->shape_capacity, to->n_shapes + from->n_shapes) < 0)
				return -1;
			if (from->n > 0) {
				memcpy(to->score + to->n, from->score, from->n * sizeof *to->score);
				memcpy(to->window + to->n, from->window, from->n * sizeof *to->window);
				memcpy(to->shape + to->n_shapes, from->shape, from->n_shapes * sizeof *to->shape);
			}
			to->n += from->n;
			to->n_shapes += from->n_shapes;
		}
	}
	return 0;
}

static void sum_up(struct trial *out, const struct adversarial *a, struct side *real_side, struct side *made_side)
{
	const double boundary =
		gan_loss_boundary((enum gan_loss)a->config->loss, a->against->mean_real, a->against->mean_made);
	const size_t n = real_side->n_shapes < made_side->n_shapes ? real_side->n_shapes : made_side->n_shapes;
	long most;

	*out = (struct trial){.windows = (long)real_side->n, .shapes = (long)n};
	if (out->windows == 0)
		return;
	out->accuracy =
		gan_accuracy(real_side->score, (int)real_side->n, made_side->score, (int)made_side->n, boundary);
	out->real_distinct = distinct(real_side->shape, n, &most);
	out->made_distinct = distinct(made_side->shape, n, &most);
	distinct(real_side->window, real_side->n, &most);
	out->real_share = (double)most / (double)real_side->n;
	distinct(made_side->window, made_side->n, &most);
	out->made_share = (double)most / (double)made_side->n;
}

int adversary_try(struct trial *out, struct adversarial *a, const real *w)
{
	struct trying t = {.a = a, .w = w, .shard = mem_new((size_t)a->shards, sizeof *t.shard)};
	size_t n = 0;
	uint32_t *order = feed_pieces(a->job->corpus, a->g->vocab, SPLIT_VALID, &n);
	int result = -1;

	if (t.shard && order && shards_init(&t, order, n) == 0 &&
	    pool_run(a->job->pool, try_shard, &t, a->shards) == 0 && gather(&t) == 0) {
		sum_up(out, a, &t.shard[0].real_side, &t.shard[0].made_side);
		result = 0;
	}
	for (int i = 0; t.shard && i < a->shards; i++) {
		gan_windows_done(&t.shard[i].windows);
		arena_done(&t.shard[i].arena);
		side_done(&t.shard[i].real_side);
		side_done(&t.shard[i].made_side);
	}
	free(t.shard);
	free(order);
	return result;
}

bool trial_collapsed(const struct trial *t)
{
	if (t->windows < COLLAPSE_WINDOWS)
		return false;
	return 4 * t->made_distinct < t->real_distinct || (t->made_share > 0.5 && t->made_share > 2 * t->real_share);
}
