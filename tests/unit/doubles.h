/*
 * Comparing doubles in tests. cmocka 1.1.5 compares them as float, which calls
 * numbers equal that differ from the eighth digit on.
 */
#ifndef TESTS_UNIT_DOUBLES_H
#define TESTS_UNIT_DOUBLES_H

#include <math.h>

/* got is within tolerance of want; NaN is near nothing. cmocka.h comes before this. */
#define check_near(got, want, tolerance) check_near_at((got), (want), (tolerance), #got, __FILE__, __LINE__)

/* The same number, infinities included. */
#define check_same(got, want) check_near_at((got), (want), 0.0, #got, __FILE__, __LINE__)

static inline void check_near_at(double got, double want, double tolerance, const char *what, const char *file,
                                 int line)
{
	int same_infinity = isinf(got) && isinf(want) && (got > 0) == (want > 0);

	if (same_infinity || fabs(got - want) <= tolerance)
		return;
	print_error("%s is %.17g, not within %g of %.17g\n", what, got, tolerance, want);
	_fail(file, line);
}

#endif
