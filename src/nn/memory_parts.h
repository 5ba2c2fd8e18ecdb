/* What the sequence (memory_chunk.c) and the single event (memory.c) share: biases and the carry's entries. */
#ifndef NN_MEMORY_PARTS_H
#define NN_MEMORY_PARTS_H

#include <string.h>
#include "nn/memory.h"

/* A bias is looked up by time bucket and part: 2 bucket + (same part). */
#define MEMORY_BIASES (2 * MEMORY_BUCKETS)

/*
 * 16ths are counted by a product with 1/unit that is exact: half a tick is
 * added, so that no quotient comes near an integer (0 <= distance < 2^31).
 * From 64 16ths on, the exponent of a float and the first bit of its mantissa
 * number the half octaves. Only minima and maxima of integers, no branch:
 * loops over it become vector instructions.
 */
static inline int memory_bucket_of(int distance, int half, double per_unit)
{
	const int d = (int)((distance + (half + 0.5)) * per_unit);
	const float x = (float)d;
	uint32_t bits;
	int octaves;

	memcpy(&bits, &x, sizeof bits);
	octaves = 64 + (int)(bits >> 22) - 2 * (127 + 6);
	octaves = octaves > 64 ? octaves : 64;
	octaves = octaves < MEMORY_BUCKETS - 1 ? octaves : MEMORY_BUCKETS - 1;
	return d < octaves ? d : octaves; /* below 64 the one is smaller, from 64 on the other */
}

/* A head's biases, MEMORY_BIASES of them. */
void memory_bias_table(const struct memory *l, const real *w, int head, real *table);

/* Room for n more entries in a lane: what is out of the window or of an earlier piece is dropped when it is needed. */
void memory_make_room(const struct memory *l, struct memory_carry *c, int lane, int n);

/* An entry's time and part; `first` is the first entry of its piece, in which time does not go back. */
void memory_set_time(struct memory_carry *c, int lane, int entry, int first, int time, int part);

#endif
