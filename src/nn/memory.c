/*
 * Memory: attention of each event over those before it. All lanes' queries,
 * keys and values are made in one product each; the keys and values go to the
 * end of their lane's carry, where they lie behind those of earlier chunks, so
 * that scores and sums are strided products, one a lane and head:
 *
 *	S = Q K' / sqrt(d) + biases,   A = softmax(S),   M = A V
 *
 * and backward, with D_t = sum_j A_tj dA_tj (null entry included):
 *
 *	dA = dM V',  dS = A (dA - D),  dQ = dS K / sqrt(d),  dK = dS' Q / sqrt(d),  dV = A' dM
 *
 * The columns of a lane's scores are its carried entries from `base` on, then
 * the chunk's. Event t, whose own entry is column p, is allowed those from its
 * piece's first, or p - window, to p - 1; all others are 0 in A.
 */
#include "nn/memory.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "num/blas.h"
#include "num/scalar.h"
#include "num/vec.h"

#define INDICES (2 * MEMORY_BUCKETS)

/*
 * 16ths are counted by a product with 1/unit that is exact: half a tick is
 * added, so that no quotient comes near an integer (distance < 2^31). From 64
 * 16ths on, the exponent of a float and the first bit of its mantissa number
 * the half octaves.
 */
static inline int bucket_of(int distance, int half, double per_unit)
{
	const int d = (int)(((distance > 0 ? distance : 0) + (half + 0.5)) * per_unit);
	const int e = d < (1 << 22) - 1 ? d : (1 << 22) - 1;
	const float x = (float)e;
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return d < 64 ? d : 64 + (int)(bits >> 22) - 2 * (127 + 6);
}

int memory_bucket(int distance, int unit)
{
	if (distance < 0 || unit <= 0)
		BUG("memory: a distance of %d in units of %d", distance, unit);
	return bucket_of(distance, unit / 2, 1.0 / unit);
}

/* An entry's place in the table of biases: two for each bucket, another part's and the same part's. */
static void bias_indices(uint8_t *restrict index, const int *restrict times, const uint8_t *restrict parts,
			 int time, int part, int unit, int n)
{
	const double per_unit = 1.0 / unit;
	const int half = unit / 2;

	for (int j = 0; j < n; j++)
		index[j] = (uint8_t)(2 * bucket_of(time - times[j], half, per_unit) + (parts[j] == part));
}

static void bias_table(const struct memory *l, const real *w, int head, real *table)
{
	const real *by_time = w + l->time_bias + (size_t)head * MEMORY_BUCKETS;
	const real *by_part = w + l->part_bias + (size_t)head * 2;

	for (int j = 0; j < INDICES; j++)
		table[j] = by_time[j / 2] + by_part[j % 2];
}

struct memory memory_layer(struct params *p, const char *name, int query_in, int key_in,
			   int width, int heads, int window, int unit)
{
	struct memory l = {.query_in = query_in, .key_in = key_in, .width = width, .heads = heads,
			   .window = window, .unit = unit};
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

/* Room for n more entries in a lane: what is out of the window or of an earlier piece is dropped when it is needed. */
static void make_room(const struct memory *l, struct memory_carry *c, int lane, int n)
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

static void set_time(struct memory_carry *c, int lane, int entry, int first, int time, int part)
{
	const size_t at = (size_t)lane * (size_t)c->capacity + (size_t)entry;

	if (entry > first && time < c->time[at - 1])
		BUG("memory: time goes back from %d to %d", c->time[at - 1], time);
	c->time[at] = time;
	c->part[at] = (uint8_t)part;
}

/* ---- sequences ----------------------------------------------------------- */

void memory_frame_layout(struct memory_frame *f, struct arena *a, const struct memory *l,
			 int steps, int lanes, int backward)
{
	const size_t t = (size_t)steps, columns = (size_t)(l->window + steps + 1);
	const size_t block = t * (size_t)lanes * (size_t)l->width;

	memset(f, 0, sizeof *f);
	ARENA_TAKE(a, f->q, block);
	ARENA_TAKE(a, f->k, block);
	ARENA_TAKE(a, f->v, block);
	ARENA_TAKE(a, f->m, block);
	ARENA_TAKE(a, f->attention, (backward ? (size_t)lanes * (size_t)l->heads : 1) * t * columns);
	ARENA_TAKE(a, f->index, t * columns);
	ARENA_TAKE(a, f->base, (size_t)lanes);
	ARENA_TAKE(a, f->first, (size_t)lanes);
	f->backward = backward != 0;
	if (!backward)
		return;
	ARENA_TAKE(a, f->dq, block);
	ARENA_TAKE(a, f->dk, block);
	ARENA_TAKE(a, f->dv, block);
	ARENA_TAKE(a, f->dscore, t * columns);
}

/* One lane's chunk, as forward and backward walk it. */
struct lane {
	int lane, lanes, steps;
	int base, first;	/* entries of the carry: of column 0, of the first piece */
	int carried, columns;	/* columns of carried entries; of all, without the null entry */
	size_t ld;		/* of attention and scores */
	size_t entry;		/* of column 0 in the carry's arrays */
	const uint8_t *reset;
};

static struct lane lane_of(const struct memory *l, const struct memory_frame *f, const struct memory_carry *c,
			   int lane, int steps, const uint8_t *reset)
{
	struct lane s = {.lane = lane, .lanes = c->lanes, .steps = steps, .base = f->base[lane],
			 .first = f->first[lane], .reset = reset};

	s.columns = c->n[lane] - s.base;
	s.carried = s.columns - steps;
	s.ld = (size_t)(l->window + steps + 1);
	s.entry = (size_t)lane * (size_t)c->capacity + (size_t)s.base;
	return s;
}

/* The columns *low .. *high - 1 are what event t may look at; called for t = 0, 1, ... with *piece kept between. */
static void allowed(const struct memory *l, const struct lane *s, int t, int *piece, int *low, int *high)
{
	if (t == 0)
		*piece = s->first - s->base;
	if (s->reset && s->reset[t * s->lanes + s->lane])
		*piece = s->carried + t;
	*high = s->carried + t;
	*low = *high - l->window > *piece ? *high - l->window : *piece;
}

static void lane_indices(const struct memory *l, const struct lane *s, uint8_t *index, const struct memory_carry *c)
{
	int piece, low, high;

	for (int t = 0; t < s->steps; t++) {
		const size_t own = s->entry + (size_t)(s->carried + t);

		allowed(l, s, t, &piece, &low, &high);
		bias_indices(index + (size_t)t * s->ld + low, c->time + s->entry + low, c->part + s->entry + low,
			     c->time[own], c->part[own], l->unit, high - low);
	}
}

static void add_biases(real *restrict score, const uint8_t *restrict index, const real *restrict table, int n)
{
	for (int j = 0; j < n; j++)
		score[j] += table[index[j]];
}

/* Scores become attention: biases, softmax over what is allowed and the null entry, zeros elsewhere. */
static void attend(const struct memory *l, const real *w, const struct lane *s, const uint8_t *index,
		   real *attention, int head, const real *q)
{
	const size_t d = (size_t)(l->width / l->heads), stride = (size_t)s->lanes * (size_t)l->width;
	const real scale = 1 / real_sqrt((real)d);
	const real *null_key = w + l->null_key + (size_t)head * d;
	real table[INDICES];
	int piece, low, high;

	bias_table(l, w, head, table);
	for (int t = 0; t < s->steps; t++) {
		real *row = attention + (size_t)t * s->ld;

		allowed(l, s, t, &piece, &low, &high);
		memset(row, 0, (size_t)low * sizeof *row);
		add_biases(row + low, index + (size_t)t * s->ld + low, table, high - low);
		/* The null entry stands right behind the others for the softmax, and then goes to its own column. */
		row[high] = scale * vec_dot(q + (size_t)t * stride, null_key, d);
		vec_softmax(row + low, (size_t)(high - low + 1));
		row[s->ld - 1] = row[high];
		memset(row + high, 0, (s->ld - 1 - (size_t)high) * sizeof *row);
	}
}

static void lane_forward(const struct memory *l, const real *w, struct memory_frame *f,
			 const struct memory_carry *c, const struct lane *s)
{
	const int d = l->width / l->heads, ld = (int)s->ld, stride = s->lanes * l->width;
	const real scale = 1 / real_sqrt((real)d);

	lane_indices(l, s, f->index, c);
	for (int head = 0; head < l->heads; head++) {
		const size_t at = (size_t)s->lane * (size_t)l->width + (size_t)head * (size_t)d;
		const size_t entry = s->entry * (size_t)l->width + (size_t)head * (size_t)d;
		const real *null_value = w + l->null_value + (size_t)head * (size_t)d;
		real *attention = f->attention;

		if (f->backward)
			attention += ((size_t)s->lane * (size_t)l->heads + (size_t)head) * (size_t)s->steps * s->ld;
		gemm(false, true, s->steps, s->columns, d, scale, f->q + at, stride, c->k + entry, l->width,
		     0, attention, ld);
		attend(l, w, s, f->index, attention, head, f->q + at);
		gemm(false, false, s->steps, d, s->columns, 1, attention, ld, c->v + entry, l->width,
		     0, f->m + at, stride);
		for (int t = 0; t < s->steps; t++)
			vec_axpy(f->m + at + (size_t)t * (size_t)stride,
				 attention[(size_t)t * s->ld + s->ld - 1], null_value, (size_t)d);
	}
}

/* Puts the chunk's keys and values behind what a lane holds. */
static void carry_chunk(const struct memory *l, struct memory_frame *f, struct memory_carry *c, int lane,
			const int *time, const uint8_t *part, const uint8_t *reset, int steps)
{
	const size_t width = (size_t)l->width;
	int first;

	make_room(l, c, lane, steps);
	first = c->first[lane];
	f->first[lane] = first;
	f->base[lane] = c->n[lane] - l->window > first ? c->n[lane] - l->window : first;
	for (int t = 0; t < steps; t++) {
		const size_t row = (size_t)t * (size_t)c->lanes + (size_t)lane;
		const int entry = c->n[lane]++;
		const size_t to = ((size_t)lane * (size_t)c->capacity + (size_t)entry) * width;

		if (reset && reset[row])
			first = entry;
		set_time(c, lane, entry, first, time[row], part[row]);
		memcpy(c->k + to, f->k + row * width, width * sizeof *c->k);
		memcpy(c->v + to, f->v + row * width, width * sizeof *c->v);
	}
	c->first[lane] = first;
}

void memory_forward(const struct memory *l, const real *w, struct memory_frame *f, struct memory_carry *c,
		    const real *query, int ldq, const real *key, int ldk,
		    const int *time, const uint8_t *part, const uint8_t *reset, int steps)
{
	const int rows = steps * c->lanes, width = l->width;

	gemm(false, true, rows, width, l->query_in, 1, query, ldq, w + l->wq, l->query_in, 0, f->q, width);
	gemm(false, true, rows, width, l->key_in, 1, key, ldk, w + l->wk, l->key_in, 0, f->k, width);
	gemm(false, true, rows, width, l->key_in, 1, key, ldk, w + l->wv, l->key_in, 0, f->v, width);
	for (int lane = 0; lane < c->lanes; lane++) {
		struct lane s;

		carry_chunk(l, f, c, lane, time, part, reset, steps);
		s = lane_of(l, f, c, lane, steps, reset);
		lane_forward(l, w, f, c, &s);
	}
}

/* ---- one event ----------------------------------------------------------- */

void memory_query(const struct memory *l, const real *w, const struct memory_carry *c, real *m, real *scratch,
		  const real *query, int time, int part)
{
	const int d = l->width / l->heads, width = l->width;
	const real scale = 1 / real_sqrt((real)d);
	const double per_unit = 1.0 / l->unit;
	const int low = c->n[0] - l->window > c->first[0] ? c->n[0] - l->window : c->first[0], n = c->n[0] - low;
	const int *times = c->time + low;
	const uint8_t *parts = c->part + low;
	real *q = scratch, *score = scratch + width;

	gemm(false, true, 1, width, l->query_in, 1, query, l->query_in, w + l->wq, l->query_in, 0, q, width);
	for (int head = 0; head < l->heads; head++) {
		const size_t at = (size_t)head * (size_t)d, entry = (size_t)low * (size_t)width + at;
		real table[INDICES];

		bias_table(l, w, head, table);
		gemm(false, true, 1, n, d, scale, q + at, d, c->k + entry, width, 0, score, n + 1);
		for (int j = 0; j < n; j++)
			score[j] += table[2 * bucket_of(time - times[j], l->unit / 2, per_unit) + (parts[j] == part)];
		score[n] = scale * vec_dot(q + at, w + l->null_key + at, (size_t)d);
		vec_softmax(score, (size_t)n + 1);
		gemm(false, false, 1, d, n, 1, score, n + 1, c->v + entry, width, 0, m + at, d);
		vec_axpy(m + at, score[n], w + l->null_value + at, (size_t)d);
	}
}

void memory_append(const struct memory *l, const real *w, struct memory_carry *c,
		   const real *key, int time, int part)
{
	const int width = l->width;
	int entry;

	make_room(l, c, 0, 1);
	entry = c->n[0]++;
	set_time(c, 0, entry, c->first[0], time, part);
	gemm(false, true, 1, width, l->key_in, 1, key, l->key_in, w + l->wk, l->key_in,
	     0, c->k + (size_t)entry * (size_t)width, width);
	gemm(false, true, 1, width, l->key_in, 1, key, l->key_in, w + l->wv, l->key_in,
	     0, c->v + (size_t)entry * (size_t)width, width);
}

/* ---- backward ------------------------------------------------------------ */

/* dscore holds dA and becomes dS; the biases' gradients and the null entry's dS (in its column) come with it. */
static void attend_backward(const struct memory *l, const real *w, real *g, const struct lane *s,
			    const uint8_t *index, real *dscore, const real *attention, int head, const real *dm)
{
	const size_t d = (size_t)(l->width / l->heads), stride = (size_t)s->lanes * (size_t)l->width;
	const real *null_value = w + l->null_value + (size_t)head * d;
	real dtable[INDICES] = {0};
	int piece, low, high;

	for (int t = 0; t < s->steps; t++) {
		const uint8_t *at = index + (size_t)t * s->ld;
		const real *a = attention + (size_t)t * s->ld;
		real *ds = dscore + (size_t)t * s->ld;
		real sum;

		allowed(l, s, t, &piece, &low, &high);
		ds[s->ld - 1] = vec_dot(dm + (size_t)t * stride, null_value, d);
		sum = vec_dot(a + low, ds + low, (size_t)(high - low)) + a[s->ld - 1] * ds[s->ld - 1];
		memset(ds, 0, (size_t)low * sizeof *ds);
		for (int j = low; j < high; j++)
			ds[j] = a[j] * (ds[j] - sum);
		ds[s->ld - 1] = a[s->ld - 1] * (ds[s->ld - 1] - sum);
		memset(ds + high, 0, (s->ld - 1 - (size_t)high) * sizeof *ds);
		for (int j = low; j < high; j++)
			dtable[at[j]] += ds[j];
	}
	for (int j = 0; j < INDICES; j++) {
		g[l->time_bias + (size_t)head * MEMORY_BUCKETS + (size_t)j / 2] += dtable[j];
		g[l->part_bias + (size_t)head * 2 + (size_t)j % 2] += dtable[j];
	}
}

static void lane_backward(const struct memory *l, const real *w, real *g, struct memory_frame *f,
			  const struct memory_carry *c, const struct lane *s, const real *dm)
{
	const int d = l->width / l->heads, ld = (int)s->ld, stride = s->lanes * l->width;
	const real scale = 1 / real_sqrt((real)d);

	lane_indices(l, s, f->index, c);
	for (int head = 0; head < l->heads; head++) {
		const size_t piece = (size_t)head * (size_t)d, at = (size_t)s->lane * (size_t)l->width + piece;
		const size_t entry = s->entry * (size_t)l->width + piece;
		const real *attention = f->attention +
			((size_t)s->lane * (size_t)l->heads + (size_t)head) * (size_t)s->steps * s->ld;

		gemm(false, true, s->steps, s->columns, d, 1, dm + at, stride, c->v + entry, l->width,
		     0, f->dscore, ld);
		attend_backward(l, w, g, s, f->index, f->dscore, attention, head, dm + at);
		gemm(false, false, s->steps, d, s->columns, scale, f->dscore, ld, c->k + entry, l->width,
		     0, f->dq + at, stride);
		gemm(true, false, s->steps, d, s->steps, scale, f->dscore + s->carried, ld, f->q + at, stride,
		     0, f->dk + at, stride);
		gemm(true, false, s->steps, d, s->steps, 1, attention + s->carried, ld, dm + at, stride,
		     0, f->dv + at, stride);
		for (int t = 0; t < s->steps; t++) {
			const size_t row = at + (size_t)t * (size_t)stride, null = (size_t)(t + 1) * s->ld - 1;

			vec_axpy(f->dq + row, scale * f->dscore[null], w + l->null_key + piece, (size_t)d);
			vec_axpy(g + l->null_key + piece, scale * f->dscore[null], f->q + row, (size_t)d);
			vec_axpy(g + l->null_value + piece, attention[null], dm + row, (size_t)d);
		}
	}
}

void memory_backward(const struct memory *l, const real *w, real *g, struct memory_frame *f,
		     const struct memory_carry *c,
		     real *dquery, int lddq, real *dkey, int lddk, const real *dm,
		     const real *query, int ldq, const real *key, int ldk,
		     const int *time, const uint8_t *part, const uint8_t *reset, int steps)
{
	const int rows = steps * c->lanes, width = l->width, qin = l->query_in, kin = l->key_in;

	(void)time;	/* the carry has them */
	(void)part;
	if (!f->backward)
		BUG("memory: backward through a frame without room for it");
	for (int lane = 0; lane < c->lanes; lane++) {
		const struct lane s = lane_of(l, f, c, lane, steps, reset);

		lane_backward(l, w, g, f, c, &s, dm);
	}
	gemm(true, false, width, qin, rows, 1, f->dq, width, query, ldq, 1, g + l->wq, qin);
	gemm(true, false, width, kin, rows, 1, f->dk, width, key, ldk, 1, g + l->wk, kin);
	gemm(true, false, width, kin, rows, 1, f->dv, width, key, ldk, 1, g + l->wv, kin);
	if (dquery)
		gemm(false, false, rows, qin, width, 1, f->dq, width, w + l->wq, qin, 1, dquery, lddq);
	if (dkey) {
		gemm(false, false, rows, kin, width, 1, f->dk, width, w + l->wk, kin, 1, dkey, lddk);
		gemm(false, false, rows, kin, width, 1, f->dv, width, w + l->wv, kin, 1, dkey, lddk);
	}
}
