/* The percentile bootstrap of a quotient of sums. See bootstrap.h. */
#include "model/bootstrap.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/mem.h"
#include "base/random.h"

/* Fixed, so that the same pieces have the same interval. */
enum { SEED = 1, FOR_DRAW = 301 };
/* So many of the draws lie outside on either side. */
enum { OUTSIDE = BOOTSTRAP_DRAWS / 40 };

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double quotient(double above, double below)
{
	return below > 0 ? above / below : NAN;
}

static double draw(const double *above, const double *below, size_t n, uint64_t number)
{
	struct random random = random_stream(SEED, FOR_DRAW, number, 0);
	double a = 0, b = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t at = random_below(&random, (uint32_t)n);

		a += above[at];
		b += below[at];
	}
	return quotient(a, b);
}

int bootstrap(struct estimate *out, const double *above, const double *below, size_t n)
{
	double *drawn, a = 0, b = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		a += above[i];
		b += below[i];
	}
	*out = (struct estimate){quotient(a, b), NAN, NAN};
	if (n < 2)
		return 0;
	drawn = mem_new(BOOTSTRAP_DRAWS, sizeof *drawn);
	if (!drawn)
		return -1;
	for (uint64_t number = 0; number < BOOTSTRAP_DRAWS; number++) {
		drawn[kept] = draw(above, below, n, number);
		kept += isfinite(drawn[kept]) != 0;
	}
	/* Pieces without any of what is counted may be drawn alone: then there is no interval. */
	if (kept == BOOTSTRAP_DRAWS) {
		qsort(drawn, kept, sizeof *drawn, by_value);
		out->low = drawn[OUTSIDE];
		out->high = drawn[BOOTSTRAP_DRAWS - 1 - OUTSIDE];
	}
	free(drawn);
	return 0;
}
