/*
 * Memory: the layer, what it carries, and the single event of live use; the
 * sequences of training are in memory_chunk.c. A lane's entries lie one after
 * the other; new ones go to the end, and only when there is no more room the
 * last window's move to the front, which happens once in a window at most.
 */
#include "nn/memory.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "nn/memory_parts.h"
#include "num/blas.h"
#include "num/scalar.h"
#include "num/vec.h"

int memory_bucket(int distance, int unit)
{
	if (distance < 0 || unit <= 0)
		BUG("memory: a distance of %d in units of %d", distance, unit);
	return memory_bucket_of(distance, unit / 2, 1.0 / unit);
}

void memory_bias_table(const struct memory *l, const real *w, int head, real *table)
{
	const real *by_time = w + l->time_bias + (size_t)head * MEMORY_BUCKETS;
	const real *by_part = w + l->part_bias + (size_t)head * 2;

	for (int j = 0; j < MEMORY_BIASES; j++)
		table[j] = by_time[j / 2] + by_part[j % 2];
}

struct memory memory_layer(struct params *p, const char *name, int query_in, int key_in, int width, int heads,
                           int window, int unit)
{
	struct memory l = {
		.query_in = query_in, .key_in = key_in, .width = width, .heads = heads, .window = window, .unit = unit};
	const double scale = sqrt(6.0 / (key_in + width));

	if (heads <= 0 || width % heads != 0 || window <= 0 || unit <= 0)
		BUG("memory: width %d, %d heads, window %d, unit %d", width, heads, window, unit);
	l.wq = params_add_part(p, name, "wq", width, query_in, INIT_UNIFORM, sqrt(6.0 / (query_in + width)), true);
	l.wk = params_add_part(p, name, "wk", width, key_in, INIT_UNIFORM, scale, true);
	l.wv = params_add_part(p, name, "wv", width, key_in, INIT_UNIFORM, scale, true);
	l.time_bias = params_add_part(p, name, "time_bias", heads, MEMORY_BUCKETS, INIT_ZERO, 0, false);
	l.part_bias = params_add_part(p, name, "part_bias", heads, 2, INIT_ZERO, 0, false);
	l.null_key = params_add_part(p, name, "null_key", 1, width, INIT_ZERO, 0, false);
	l.null_value = params_add_part(p, name, "null_value", 1, width, INIT_ZERO, 0, false);
	return l;
}

/* ---- the carry ----------------------------------------------------------- */

void memory_carry_layout(struct memory_carry *c, struct arena *a, const struct memory *l, int lanes, int room)
{
	/* At least another window of slack, so that entries are moved to the front once in a window, not once a chunk. */
	const int capacity = l->window + (room > l->window ? room : l->window);
	const size_t entries = (size_t)lanes * (size_t)capacity;

	memset(c, 0, sizeof *c);
	c->lanes = lanes;
	c->capacity = capacity;
	ARENA_TAKE(a, c->k, entries * (size_t)l->width);
	ARENA_TAKE(a, c->v, entries * (size_t)l->width);
	ARENA_TAKE(a, c->time, entries);
	ARENA_TAKE(a, c->part, entries);
	ARENA_TAKE(a, c->n, (size_t)lanes);
	ARENA_TAKE(a, c->first, (size_t)lanes);
}

void memory_carry_clear(struct memory_carry *c)
{
	memset(c->n, 0, (size_t)c->lanes * sizeof *c->n);
	memset(c->first, 0, (size_t)c->lanes * sizeof *c->first);
}

/* Entries `from`.. `from + n - 1` of one lane to the front of a lane, of the same carry or another. */
static void move_entries(struct memory_carry *to, size_t to_lane, const struct memory_carry *from, size_t lane,
                         int first, int n, size_t width)
{
	const size_t a = to_lane * (size_t)to->capacity, b = lane * (size_t)from->capacity + (size_t)first;
	const size_t count = (size_t)n;

	memmove(to->k + a * width, from->k + b * width, count * width * sizeof *to->k);
	memmove(to->v + a * width, from->v + b * width, count * width * sizeof *to->v);
	memmove(to->time + a, from->time + b, count * sizeof *to->time);
	memmove(to->part + a, from->part + b, count * sizeof *to->part);
}

void memory_carry_copy(struct memory_carry *to, const struct memory_carry *from, const struct memory *l)
{
	if (to->lanes != from->lanes || to->capacity != from->capacity)
		BUG("memory: copy of %d x %d into %d x %d", from->lanes, from->capacity, to->lanes, to->capacity);
	for (int lane = 0; lane < from->lanes; lane++) {
		move_entries(to, (size_t)lane, from, (size_t)lane, 0, from->n[lane], (size_t)l->width);
		to->n[lane] = from->n[lane];
		to->first[lane] = from->first[lane];
	}
}

void memory_carry_lane(struct memory_carry *to, const struct memory_carry *from, const struct memory *l, int lane)
{
	const int n = from->n[lane];
	int low = n - l->window;

	low = low > from->first[lane] ? low : from->first[lane];
	if (to->lanes != 1 || n - low > to->capacity)
		BUG("memory: %d entries into %d lanes of %d", n - low, to->lanes, to->capacity);
	move_entries(to, 0, from, (size_t)lane, low, n - low, (size_t)l->width);
	to->n[0] = n - low;
	to->first[0] = 0;
}

void memory_make_room(const struct memory *l, struct memory_carry *c, int lane, int n)
{
	int keep = c->n[lane] - l->window;

	if (c->n[lane] + n <= c->capacity)
		return;
	if (keep < c->first[lane])
		keep = c->first[lane];
	move_entries(c, (size_t)lane, c, (size_t)lane, keep, c->n[lane] - keep, (size_t)l->width);
	c->n[lane] -= keep;
	c->first[lane] -= keep;
	if (c->n[lane] + n > c->capacity)
		BUG("memory: %d events into a carry with room for %d", n, c->capacity - l->window);
}

void memory_set_time(struct memory_carry *c, int lane, int entry, int first, int time, int part)
{
	const size_t at = (size_t)lane * (size_t)c->capacity + (size_t)entry;

	if (entry > first && time < c->time[at - 1])
		BUG("memory: time goes back from %d to %d", c->time[at - 1], time);
	c->time[at] = time;
	c->part[at] = (uint8_t)part;
}

/* ---- one event ----------------------------------------------------------- */

static void add_biases(real *restrict score, const real *restrict table, const int *restrict times,
                       const uint8_t *restrict parts, int time, int part, int unit, int n)
{
	const double per_unit = 1.0 / unit;
	const int half = unit / 2;

	for (int j = 0; j < n; j++)
		score[j] += table[2 * memory_bucket_of(time - times[j], half, per_unit) + (parts[j] == part)];
}

void memory_query(const struct memory *l, const real *w, const struct memory_carry *c, real *m, real *scratch,
                  const real *query, int time, int part)
{
	const int d = l->width / l->heads, width = l->width;
	const real scale = 1 / real_sqrt((real)d);
	const int low = c->n[0] - l->window > c->first[0] ? c->n[0] - l->window : c->first[0], n = c->n[0] - low;
	real *q = scratch, *score = scratch + width;

	if (n > 0 && time < c->time[c->n[0] - 1])
		BUG("memory: time goes back from %d to %d", c->time[c->n[0] - 1], time);
	gemm(false, true, 1, width, l->query_in, scale, query, l->query_in, w + l->wq, l->query_in, 0, q, width);
	for (int head = 0; head < l->heads; head++) {
		const size_t at = (size_t)head * (size_t)d, entry = (size_t)low * (size_t)width + at;
		real table[MEMORY_BIASES];

		memory_bias_table(l, w, head, table);
		gemm(false, true, 1, n, d, 1, q + at, d, c->k + entry, width, 0, score, n + 1);
		add_biases(score, table, c->time + low, c->part + low, time, part, l->unit, n);
		score[n] = vec_dot(q + at, w + l->null_key + at, (size_t)d);
		vec_softmax(score, (size_t)n + 1);
		gemm(false, false, 1, d, n, 1, score, n + 1, c->v + entry, width, 0, m + at, d);
		vec_axpy(m + at, score[n], w + l->null_value + at, (size_t)d);
	}
}

void memory_append(const struct memory *l, const real *w, struct memory_carry *c, const real *key, int time, int part)
{
	const int width = l->width;
	int entry;

	memory_make_room(l, c, 0, 1);
	entry = c->n[0]++;
	memory_set_time(c, 0, entry, c->first[0], time, part);
	gemm(false, true, 1, width, l->key_in, 1, key, l->key_in, w + l->wk, l->key_in, 0,
	     c->k + (size_t)entry * (size_t)width, width);
	gemm(false, true, 1, width, l->key_in, 1, key, l->key_in, w + l->wv, l->key_in, 0,
	     c->v + (size_t)entry * (size_t)width, width);
}
