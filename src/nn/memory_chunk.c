/*
 * Memory over sequences. All lanes' queries, keys and values are made in one
 * product each; the keys and values go to the end of their lane's carry, where
 * they lie behind those of earlier chunks. Then, for every lane and head,
 *
 *	S = Q K' + biases (Q holds 1/sqrt(d)),   A = softmax(S),   M = A V
 *
 * and backward, with D_t = sum_j A_tj dA_tj (null entry included):
 *
 *	dA = dM V',   dS = A (dA - D),   dQ = dS K,   dK = dS' Q,   dV = A' dM
 *
 * The columns of A and S are the lane's carried entries from `base` on, then
 * the chunk's, and at the very end the null entry. Event t, whose own entry is
 * in column carried + t, may look at the columns low[t] .. carried + t - 1;
 * everything else is 0 in A. It goes ROWS events at a time, so that only the
 * columns that some of them may look at are worked out, and these stay in the
 * first-level cache from the scores to the sums. K and V are packed for that
 * once a lane and head (num/packed.h).
 */
#include <string.h>
#include "base/error.h"
#include "nn/memory_parts.h"
#include "num/blas.h"
#include "num/packed.h"
#include "num/scalar.h"
#include "num/vec.h"

#define ROWS       16
#define PACK_STEPS 8 /* for fewer events packing does not pay */
#define SPREAD     8 /* tables of bias gradients, so that neighbours of one bucket do not wait for each other */

/*
 * From one row of scores to the next: the columns and the null entry, in whole
 * cache lines, and an odd number of them, since rows that lie a power of two
 * apart would push each other out of the cache.
 */
static size_t row_length(const struct memory *l, int steps)
{
	const size_t lines = ((size_t)(l->window + steps + 1) + 15) / 16;

	return (lines | 1) * 16;
}

void memory_frame_layout(struct memory_frame *f, struct arena *a, const struct memory *l, int steps, int lanes,
                         int backward)
{
	const size_t t = (size_t)steps, scores = t * row_length(l, steps);
	const size_t block = t * (size_t)lanes * (size_t)l->width;
	const int d = l->width / l->heads, columns = l->window + steps;

	memset(f, 0, sizeof *f);
	f->backward = backward != 0;
	ARENA_TAKE(a, f->q, block);
	ARENA_TAKE(a, f->k, block);
	ARENA_TAKE(a, f->v, block);
	ARENA_TAKE(a, f->m, block);
	ARENA_TAKE(a, f->attention, (backward ? (size_t)lanes * (size_t)l->heads : 1) * scores);
	ARENA_TAKE(a, f->index, scores);
	ARENA_TAKE(a, f->low, t);
	ARENA_TAKE(a, f->base, (size_t)lanes);
	ARENA_TAKE(a, f->first, (size_t)lanes);
	ARENA_TAKE(a, f->rows, ROWS * (size_t)d);
	ARENA_TAKE(a, f->wide, packed_size(columns, d));
	ARENA_TAKE(a, f->deep, packed_size(d, columns));
	if (!backward)
		return;
	ARENA_TAKE(a, f->dq, block);
	ARENA_TAKE(a, f->dk, block);
	ARENA_TAKE(a, f->dv, block);
	ARENA_TAKE(a, f->dscore, scores);
}

/* One lane's chunk and, of it, one head. */
struct lane {
	int steps, d;         /* d: width of a head */
	int carried, columns; /* columns of carried entries; of all, without the null entry */
	int width, stride;    /* from one row to the next of the carry; of q, m and their gradients */
	size_t ld;            /* of attention and scores */
	size_t entry;         /* of column 0 in the carry's arrays */
	size_t row;           /* of the lane and head in q, m, ... */
	size_t part;          /* first column of the head in a row of the width */
	const int *low;
	const uint8_t *index;    /* biases' places, rows like scores' */
	const real *wide, *deep; /* packed: (d,columns), (columns,d); NULL where that does not pay */
};

/* Biases' places of one event's row. */
static void bias_indices(uint8_t *restrict index, const int *restrict times, const uint8_t *restrict parts, int time,
                         int part, int unit, int n)
{
	const double per_unit = 1.0 / unit;
	const int half = unit / 2;

	for (int j = 0; j < n; j++)
		index[j] = (uint8_t)(2 * memory_bucket_of(time - times[j], half, per_unit) + (parts[j] == part));
}

/* Works out which columns each event may look at, and the biases' places of these. */
static struct lane lane_begin(const struct memory *l, struct memory_frame *f, const struct memory_carry *c, int lane,
                              int steps, const uint8_t *reset)
{
	struct lane s = {.steps = steps,
	                 .d = l->width / l->heads,
	                 .width = l->width,
	                 .stride = c->lanes * l->width,
	                 .ld = row_length(l, steps),
	                 .row = (size_t)lane * (size_t)l->width,
	                 .low = f->low,
	                 .index = f->index};
	int piece = f->first[lane] - f->base[lane];

	s.columns = c->n[lane] - f->base[lane];
	s.carried = s.columns - steps;
	s.entry = (size_t)lane * (size_t)c->capacity + (size_t)f->base[lane];
	for (int t = 0; t < steps; t++) {
		const int own = s.carried + t, window = own - l->window;
		int low;

		if (reset && reset[(size_t)t * (size_t)c->lanes + (size_t)lane])
			piece = own;
		low = window > piece ? window : piece;
		f->low[t] = low;
		bias_indices(f->index + (size_t)t * s.ld + low, c->time + s.entry + low, c->part + s.entry + low,
		             c->time[s.entry + (size_t)own], c->part[s.entry + (size_t)own], l->unit, own - low);
	}
	return s;
}

/* Takes the head in; the keys or values whose rows are to be multiplied by columns, and those that are to be summed. */
static void lane_head(struct lane *s, struct memory_frame *f, int lane, int head, const real *across, const real *down)
{
	const size_t entries = s->entry * (size_t)s->width;

	s->part = (size_t)head * (size_t)s->d;
	s->row = (size_t)lane * (size_t)s->width + s->part;
	s->wide = s->deep = NULL;
	if (s->steps < PACK_STEPS)
		return;
	packed_make(f->wide, true, s->columns, s->d, across + entries + s->part, s->width);
	packed_make(f->deep, false, s->d, s->columns, down + entries + s->part, s->width);
	s->wide = f->wide;
	s->deep = f->deep;
}

/* Events t .. t + n - 1 and the columns that any of them may look at, from the beginning of a panel on. */
struct block {
	int t, n, from, to;
};

static struct block block_at(const struct lane *s, int t)
{
	struct block b = {.t = t, .n = s->steps - t < ROWS ? s->steps - t : ROWS};

	b.from = s->low[t] - s->low[t] % packed_panel();
	b.to = s->carried + t + b.n - 1;
	if (b.to < b.from)
		b.to = b.from;
	return b;
}

/* The block's rows of q or dm, one behind the other. */
static const real *block_rows(const struct lane *s, const struct block *b, real *to, const real *from)
{
	for (int t = 0; t < b->n; t++)
		memcpy(to + t * s->d, from + s->row + (size_t)(b->t + t) * (size_t)s->stride,
		       (size_t)s->d * sizeof *to);
	return to;
}

/* scores = rows x entries', for the block's columns. */
static void block_across(const struct lane *s, const struct block *b, real *scores, const real *rows,
                         const real *entries)
{
	real *to = scores + (size_t)b->t * s->ld + b->from;
	const int n = b->to - b->from;

	if (s->wide)
		packed_multiply(b->n, n, s->d, rows, s->d, packed_at(s->wide, s->d, 0, b->from), s->d, false, to,
		                (int)s->ld);
	else
		gemm(false, true, b->n, n, s->d, 1, rows, s->d,
		     entries + (s->entry + (size_t)b->from) * (size_t)s->width + s->part, s->width, 0, to, (int)s->ld);
}

/* out = scores x entries, over the block's columns. */
static void block_down(const struct lane *s, const struct block *b, real *out, const real *scores, const real *entries)
{
	const real *from = scores + (size_t)b->t * s->ld + b->from;
	real *to = out + s->row + (size_t)b->t * (size_t)s->stride;
	const int n = b->to - b->from;

	if (s->deep)
		packed_multiply(b->n, s->d, n, from, (int)s->ld, packed_at(s->deep, s->columns, b->from, 0), s->columns,
		                false, to, s->stride);
	else
		gemm(false, false, b->n, s->d, n, 1, from, (int)s->ld,
		     entries + (s->entry + (size_t)b->from) * (size_t)s->width + s->part, s->width, 0, to, s->stride);
}

/* ---- forward ------------------------------------------------------------- */

static void add_biases(real *restrict score, const uint8_t *restrict index, const real *restrict table, int n)
{
	for (int j = 0; j < n; j++)
		score[j] += table[index[j]];
}

/* One event's scores become attention: biases, softmax over what is allowed and the null entry, zeros elsewhere. */
static void attend(const struct lane *s, real *attention, int t, const real *q, const real *null_key, const real *table)
{
	const int low = s->low[t], own = s->carried + t, n = own - low;
	real *row = attention + (size_t)t * s->ld;

	memset(row, 0, (size_t)low * sizeof *row);
	add_biases(row + low, s->index + (size_t)t * s->ld + low, table, n);
	/* The null entry stands right behind the others for the softmax, and then goes to its own column. */
	row[own] = vec_dot(q, null_key, (size_t)s->d);
	vec_softmax(row + low, (size_t)n + 1);
	row[s->ld - 1] = row[own];
	memset(row + own, 0, (s->ld - 1 - (size_t)own) * sizeof *row);
}

static void head_forward(const struct memory *l, const real *w, struct memory_frame *f, const struct memory_carry *c,
                         const struct lane *s, real *attention, int head)
{
	const real *null_key = w + l->null_key + s->part, *null_value = w + l->null_value + s->part;
	real table[MEMORY_BIASES];

	memory_bias_table(l, w, head, table);
	for (int t = 0; t < s->steps; t += ROWS) {
		const struct block b = block_at(s, t);
		const real *q = block_rows(s, &b, f->rows, f->q);

		block_across(s, &b, attention, q, c->k);
		for (int r = 0; r < b.n; r++)
			attend(s, attention, t + r, q + r * s->d, null_key, table);
		block_down(s, &b, f->m, attention, c->v);
		for (size_t r = (size_t)t; r < (size_t)(t + b.n); r++)
			vec_axpy(f->m + s->row + r * (size_t)s->stride, attention[(r + 1) * s->ld - 1], null_value,
			         (size_t)s->d);
	}
}

/* Puts the chunk's keys and values behind what a lane holds. */
static void carry_chunk(const struct memory *l, struct memory_frame *f, struct memory_carry *c, int lane,
                        const int *time, const uint8_t *part, const uint8_t *reset, int steps)
{
	const size_t width = (size_t)l->width;
	int first;

	memory_make_room(l, c, lane, steps);
	first = c->first[lane];
	f->first[lane] = first;
	f->base[lane] = c->n[lane] - l->window > first ? c->n[lane] - l->window : first;
	for (int t = 0; t < steps; t++) {
		const size_t row = (size_t)t * (size_t)c->lanes + (size_t)lane;
		const int entry = c->n[lane]++;
		const size_t to = ((size_t)lane * (size_t)c->capacity + (size_t)entry) * width;

		if (reset && reset[row])
			first = entry;
		memory_set_time(c, lane, entry, first, time[row], part[row]);
		memcpy(c->k + to, f->k + row * width, width * sizeof *c->k);
		memcpy(c->v + to, f->v + row * width, width * sizeof *c->v);
	}
	c->first[lane] = first;
}

/* Where a lane's and head's attention is kept. */
static real *attention_of(const struct memory *l, const struct memory_frame *f, int lane, int head, int steps)
{
	const size_t which = f->backward ? (size_t)lane * (size_t)l->heads + (size_t)head : 0;

	return f->attention + which * (size_t)steps * row_length(l, steps);
}

void memory_forward(const struct memory *l, const real *w, struct memory_frame *f, struct memory_carry *c,
                    const real *query, int ldq, const real *key, int ldk, const int *time, const uint8_t *part,
                    const uint8_t *reset, int steps)
{
	const int rows = steps * c->lanes, width = l->width;
	const int d = l->width / l->heads;
	const real scale = 1 / real_sqrt((real)d);

	f->pairs = 0;
	gemm(false, true, rows, width, l->query_in, scale, query, ldq, w + l->wq, l->query_in, 0, f->q, width);
	gemm(false, true, rows, width, l->key_in, 1, key, ldk, w + l->wk, l->key_in, 0, f->k, width);
	gemm(false, true, rows, width, l->key_in, 1, key, ldk, w + l->wv, l->key_in, 0, f->v, width);
	for (int lane = 0; lane < c->lanes; lane++) {
		struct lane s;

		carry_chunk(l, f, c, lane, time, part, reset, steps);
		s = lane_begin(l, f, c, lane, steps, reset);
		for (int t = 0; t < steps; t++)
			f->pairs += (size_t)(s.carried + t - f->low[t]);
		for (int head = 0; head < l->heads; head++) {
			lane_head(&s, f, lane, head, c->k, c->v);
			head_forward(l, w, f, c, &s, attention_of(l, f, lane, head, steps), head);
		}
	}
}

/* ---- backward ------------------------------------------------------------ */

/* One event's row: dA becomes dS, and each bias gets the gradients of the scores it was added to. */
static void attend_backward(const struct lane *s, real *dscore, const real *attention, int t, const real *dm,
                            const real *null_value, real (*dtable)[MEMORY_BIASES])
{
	const int low = s->low[t], own = s->carried + t, n = own - low;
	const uint8_t *index = s->index + (size_t)t * s->ld + low;
	const real *a = attention + (size_t)t * s->ld;
	real *ds = dscore + (size_t)t * s->ld, *null = ds + s->ld - 1, sum;
	int j = 0;

	*null = vec_dot(dm, null_value, (size_t)s->d);
	sum = vec_dot(a + low, ds + low, (size_t)n) + a[s->ld - 1] * *null;
	*null = a[s->ld - 1] * (*null - sum);
	memset(ds, 0, (size_t)low * sizeof *ds);
	for (int i = low; i < own; i++)
		ds[i] = a[i] * (ds[i] - sum);
	memset(ds + own, 0, (s->ld - 1 - (size_t)own) * sizeof *ds);
	for (; j + SPREAD <= n; j += SPREAD)
		for (int i = 0; i < SPREAD; i++)
			dtable[i][index[j + i]] += ds[low + j + i];
	for (; j < n; j++)
		dtable[0][index[j]] += ds[low + j];
}

static void bias_gradients(const struct memory *l, real *g, int head, real (*dtable)[MEMORY_BIASES])
{
	for (int j = 0; j < MEMORY_BIASES; j++) {
		real sum = 0;

		for (int i = 0; i < SPREAD; i++)
			sum += dtable[i][j];
		g[l->time_bias + (size_t)head * MEMORY_BUCKETS + (size_t)j / 2] += sum;
		g[l->part_bias + (size_t)head * 2 + (size_t)j % 2] += sum;
	}
}

/*
 * to (T,d) = scores' x rows for the chunk's own columns. A column's entry was
 * seen by later events only: they are taken in groups, each with the rows from
 * its first column on.
 */
static void chunk_gradient(const struct lane *s, real *to, const real *scores, const real *rows)
{
	const int group = 64;

	for (int j = 0; j < s->steps; j += group) {
		const int n = s->steps - j < group ? s->steps - j : group, after = j + 1;

		gemm(true, false, n, s->d, s->steps - after, 1, scores + (size_t)after * s->ld + s->carried + j,
		     (int)s->ld, rows + s->row + (size_t)after * (size_t)s->stride, s->stride, 0,
		     to + s->row + (size_t)j * (size_t)s->stride, s->stride);
	}
}

static void head_backward(const struct memory *l, const real *w, real *g, struct memory_frame *f,
                          const struct memory_carry *c, const struct lane *s, const real *attention, const real *dm,
                          int head)
{
	const real *null_key = w + l->null_key + s->part, *null_value = w + l->null_value + s->part;
	real dtable[SPREAD][MEMORY_BIASES] = {{0}};
	const size_t d = (size_t)s->d;

	for (int t = 0; t < s->steps; t += ROWS) {
		const struct block b = block_at(s, t);
		const real *rows = block_rows(s, &b, f->rows, dm);

		block_across(s, &b, f->dscore, rows, c->v);
		for (int r = 0; r < b.n; r++)
			attend_backward(s, f->dscore, attention, t + r, rows + r * s->d, null_value, dtable);
		block_down(s, &b, f->dq, f->dscore, c->k);
		for (size_t r = (size_t)t; r < (size_t)(t + b.n); r++) {
			const size_t row = s->row + r * (size_t)s->stride, null = (r + 1) * s->ld - 1;

			vec_axpy(f->dq + row, f->dscore[null], null_key, d);
			vec_axpy(g + l->null_key + s->part, f->dscore[null], f->q + row, d);
			vec_axpy(g + l->null_value + s->part, attention[null], dm + row, d);
		}
	}
	chunk_gradient(s, f->dk, f->dscore, f->q);
	chunk_gradient(s, f->dv, attention, dm);
	bias_gradients(l, g, head, dtable);
}

void memory_backward(const struct memory *l, const real *w, real *g, struct memory_frame *f,
                     const struct memory_carry *c, real *dquery, int lddq, real *dkey, int lddk, const real *dm,
                     const real *query, int ldq, const real *key, int ldk, const int *time, const uint8_t *part,
                     const uint8_t *reset, int steps)
{
	const int rows = steps * c->lanes, width = l->width, qin = l->query_in, kin = l->key_in;
	const int d = l->width / l->heads;
	const real scale = 1 / real_sqrt((real)d);

	(void)time; /* the carry has them */
	(void)part;
	if (!f->backward)
		BUG("memory: backward through a frame without room for it");
	for (int lane = 0; lane < c->lanes; lane++) {
		struct lane s = lane_begin(l, f, c, lane, steps, reset);

		for (int head = 0; head < l->heads; head++) {
			lane_head(&s, f, lane, head, c->v, c->k);
			head_backward(l, w, g, f, c, &s, attention_of(l, f, lane, head, steps), dm, head);
		}
	}
	gemm(true, false, width, qin, rows, scale, f->dq, width, query, ldq, 1, g + l->wq, qin);
	gemm(true, false, width, kin, rows, 1, f->dk, width, key, ldk, 1, g + l->wk, kin);
	gemm(true, false, width, kin, rows, 1, f->dv, width, key, ldk, 1, g + l->wv, kin);
	if (dquery)
		gemm(false, false, rows, qin, width, scale, f->dq, width, w + l->wq, qin, 1, dquery, lddq);
	if (dkey) {
		gemm(false, false, rows, kin, width, 1, f->dk, width, w + l->wk, kin, 1, dkey, lddk);
		gemm(false, false, rows, kin, width, 1, f->dv, width, w + l->wv, kin, 1, dkey, lddk);
	}
}
