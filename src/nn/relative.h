/*
 * Pitch logits that move with the music: a reference is a pitch that matters
 * now (the part's last, or one that sounds) and a kind; its network output has
 * one number for every interval from -RELATIVE_RANGE to RELATIVE_RANGE, and
 *
 *	logit(p) += sum over references r of relative[kind_r][p - pitch_r + RELATIVE_RANGE]
 *
 * Intervals beyond the range get nothing.
 */
#ifndef NN_RELATIVE_H
#define NN_RELATIVE_H

#include <stdint.h>
#include "num/real.h"

#define RELATIVE_RANGE   24
#define RELATIVE_WIDTH   (2 * RELATIVE_RANGE + 1)
#define RELATIVE_PITCHES 128

struct reference {
	uint8_t kind, pitch;
};

/* The references of case r are items[first[r]] .. items[first[r + 1] - 1]. */
struct references {
	const uint32_t *first;
	const struct reference *items;
};

/* logits (rows,128; ldl) += relative (rows,kinds*RELATIVE_WIDTH; ldr) as the references say. */
void relative_forward(real *logits, int ldl, const real *relative, int ldr, const struct references *x, int rows);

/* drelative (rows,kinds*RELATIVE_WIDTH; lddr) += from dlogits (rows,128; lddl). */
void relative_backward(real *drelative, int lddr, const real *dlogits, int lddl, const struct references *x, int rows);

#endif
