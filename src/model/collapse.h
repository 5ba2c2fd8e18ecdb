/*
 * Mode collapse: a generator that makes the same few things whatever the
 * noise. It shows in a batch: samples that are the same, or all but the same,
 * where as many of the corpus are not.
 */
#ifndef MODEL_COLLAPSE_H
#define MODEL_COLLAPSE_H

#include <stdbool.h>
#include <stddef.h>
#include "num/real.h"

struct variety {
	int n;           /* samples */
	int distinct;    /* different ones, as a roll says them: by what is above 0 */
	double distance; /* numbers in which two of them differ so, the mean over pairs */
};

/* Of n samples of `size` numbers. 0, or -1: out of memory. */
int variety_of(struct variety *out, const real *x, int n, size_t size);

/*
 * Of as many made as real ones: an eighth as many different ones at most, or a
 * tenth of the distance. Where the real ones are themselves all alike nothing is said.
 */
bool variety_collapsed(const struct variety *made, const struct variety *real_ones);

#endif
