/*
 * How far a figure of some pieces would move with other pieces of the kind:
 * the percentile bootstrap (Efron, 1979) over whole pieces.
 */
#ifndef MODEL_BOOTSTRAP_H
#define MODEL_BOOTSTRAP_H

#include <stddef.h>

#define BOOTSTRAP_DRAWS 1000

struct estimate {
	double value;     /* sum of above / sum of below; NaN where below is 0 */
	double low, high; /* its 95 % interval; NaN where there are fewer than two pieces */
};

/*
 * The quotient of two sums over n pieces, and its interval: BOOTSTRAP_DRAWS
 * times n pieces are drawn with replacement, each time the same ones for the
 * same n, and a fortieth of the quotients lies below `low`, as many above
 * `high`. 0, or -1: out of memory.
 */
int bootstrap(struct estimate *out, const double *above, const double *below, size_t n);

#endif
