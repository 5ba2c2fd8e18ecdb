/*
 * Memory: causal multi-head attention (Vaswani et al. 2017) of each event over
 * the events before it, at most `window` of them and only of its own piece.
 * An event never sees itself: what it looks up is what others left behind.
 *
 *	score(t,j) = q_t . k_j / sqrt(D/heads) + time_bias[bucket(now_t - time_j)] + part_bias[part_t == part_j]
 *	a = softmax over j < t and a learned null entry (k_null, v_null)
 *	m_t = sum_j a(t,j) v_j + a(t,null) v_null
 *
 * so that an event with nothing behind it has the null entry alone.
 */
#ifndef NN_MEMORY_H
#define NN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "num/params.h"

#define MEMORY_BUCKETS 96

struct memory {
	int query_in, key_in;        /* widths of what queries and what keys and values are made from */
	int width, heads;            /* D; heads divides it */
	int window;                  /* W */
	int unit;                    /* ticks of one time bucket: a 16th */
	size_t wq, wk, wv;           /* (D,query_in), (D,key_in), (D,key_in); no biases */
	size_t time_bias;            /* (heads,MEMORY_BUCKETS) */
	size_t part_bias;            /* (heads,2) */
	size_t null_key, null_value; /* (D) */
};

/* 0-63: that many 16ths (rounded); 64-95: two buckets an octave beyond. distance >= 0. */
int memory_bucket(int distance, int unit);

struct memory memory_layer(struct params *p, const char *name, int query_in, int key_in, int width, int heads,
                           int window, int unit);

/*
 * What a stream of events has left behind, for each of `lanes` streams: keys
 * and values with their times (absolute ticks of that piece) and parts.
 */
struct memory_carry {
	int lanes, capacity; /* at least window + room; slack, so that entries are moved seldom */
	real *k, *v;         /* (lanes,capacity,D) */
	int *time;           /* (lanes,capacity) */
	uint8_t *part;       /* (lanes,capacity) */
	int *n;              /* (lanes) entries held */
	int *first;          /* (lanes) first entry of the present piece that is held */
};

/* room: the most events a forward call may add to a lane. */
void memory_carry_layout(struct memory_carry *c, struct arena *a, const struct memory *l, int lanes, int room);
void memory_carry_clear(struct memory_carry *c);
void memory_carry_copy(struct memory_carry *to, const struct memory_carry *from, const struct memory *l);
/* One lane, as far as the next event may look back, to a carry of one lane. */
void memory_carry_lane(struct memory_carry *to, const struct memory_carry *from, const struct memory *l, int lane);

struct memory_frame {
	bool backward;   /* laid out for it */
	size_t pairs;    /* (event, earlier event) that the last forward call compared, over all lanes */
	real *q, *k, *v; /* (rows,D) */
	real *attention; /* (lanes,heads,T,columns), at least window+T+1 columns, the last of which is the null entry; zero
				 * where not allowed. Without backward, of one lane and head at a time. */
	real *m;         /* (rows,D): the output */
	int *base, *first; /* (lanes) the carry's entry in column 0; the piece's first entry at the chunk's start */
	int *low;          /* (T) of one lane: the first column an event may look at */
	uint8_t *index;    /* (T,columns) of one lane: bias bucket and same part */
	real *rows, *wide, *deep; /* of one lane and head: some rows; keys and values as num/packed.h wants them */
	real *dq, *dk, *dv;       /* (rows,D) backward's */
	real *dscore;             /* (T,columns) backward's, of one lane and head */
};

void memory_frame_layout(struct memory_frame *f, struct arena *a, const struct memory *l, int steps, int lanes,
                         int backward);

/*
 * In two halves, because an event's key holds what was chosen at it, which
 * is known only after its query was answered.
 *
 * memory_forward: rows are (T,lanes). query (rows,query_in; ldq), key (rows,key_in; ldk).
 * time, part (rows): of each event; time never goes back within a piece. reset (rows) or NULL: the event is the first of a piece.
 * Uses and updates the carry: afterwards it holds the chunk too.
 *
 * For live use with one lane: memory_query answers one query against the
 * carry (m (D) out, scratch of capacity + 1 + D reals), memory_append adds the event's key and value.
 * memory_query + memory_append agree with memory_forward.
 */
void memory_forward(const struct memory *l, const real *w, struct memory_frame *f, struct memory_carry *c,
                    const real *query, int ldq, const real *key, int ldk, const int *time, const uint8_t *part,
                    const uint8_t *reset, int steps);
void memory_query(const struct memory *l, const real *w, const struct memory_carry *c, real *m, real *scratch,
                  const real *query, int time, int part);
void memory_append(const struct memory *l, const real *w, struct memory_carry *c, const real *key, int time, int part);

/*
 * dm (rows,D). Adds to g, dquery (rows,query_in; lddq) and dkey (rows,key_in; lddk), either of which may be NULL.
 * No gradient flows into what was carried. The carry is the one forward left
 * behind, untouched since.
 */
void memory_backward(const struct memory *l, const real *w, real *g, struct memory_frame *f,
                     const struct memory_carry *c, real *dquery, int lddq, real *dkey, int lddk, const real *dm,
                     const real *query, int ldq, const real *key, int ldk, const int *time, const uint8_t *part,
                     const uint8_t *reset, int steps);

#endif
