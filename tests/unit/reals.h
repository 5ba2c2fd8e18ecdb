/* Helpers of tests that hold in both builds: random arrays of reals and how far two are apart. */
#ifndef TESTS_UNIT_REALS_H
#define TESTS_UNIT_REALS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include "base/random.h"
#include "num/params.h"
#include "num/real.h"

/* What sums of a few hundred products in another order may differ by. */
#ifdef REAL_DOUBLE
#define REAL_TOLERANCE 1e-12
#else
#define REAL_TOLERANCE 1e-5
#endif

static inline void reals_fill(real *x, size_t n, double scale, uint64_t key)
{
	struct random random = random_stream(key, 0, 0, 0);

	for (size_t i = 0; i < n; i++)
		x[i] = (real)(scale * (2 * random_unit(&random) - 1));
}

/* The largest |x - y|; infinite when one is NaN. */
static inline double reals_apart(const real *x, const real *y, size_t n)
{
	double most = 0;

	for (size_t i = 0; i < n; i++) {
		const double d = fabs((double)x[i] - (double)y[i]);

		if (!(d <= most))
			most = isnan(d) ? (double)INFINITY : d;
	}
	return most;
}

/* A plane with every tensor random, biases too. */
static inline real *reals_plane(const struct params *p, double scale, uint64_t key)
{
	real *w = params_plane(p);

	assert_non_null(w);
	for (size_t i = 0; i < p->n; i++)
		reals_fill(w + p->tensors[i].offset, (size_t)p->tensors[i].rows * (size_t)p->tensors[i].cols, scale,
		           key + i);
	return w;
}

#endif
