/*
 * Gradients against central differences, in the double build. The loss is a
 * callback that reads weights and inputs from wherever it likes; the checks
 * move one number at a time, take the difference and put it back:
 *
 *	n = (8 (L(x + h) - L(x - h)) - (L(x + 2h) - L(x - 2h))) / 12h
 *
 * whose error falls with h^4, so that h can be large enough for rounding not
 * to matter. A tensor passes when |a - n| / max(|a|, |n|), 2-norms over the
 * tensor, is under the limit and its gradient a is not zero.
 */
#ifndef TESTS_DOUBLE_GRADCHECK_H
#define TESTS_DOUBLE_GRADCHECK_H

#include <stddef.h>
#include <stdint.h>
#include "num/params.h"

#ifndef REAL_DOUBLE
#error "gradients are checked in the double build"
#endif

struct gradcheck {
	double (*loss)(void *context);
	void *context;
	double limit;   /* of the relative error; 0: 1e-6 */
	double step;    /* h; 0: 1e-3. Smaller where there are kinks (relu) */
	size_t samples; /* elements tried of a tensor, half of them with gradients other than 0; 0: all */
	uint64_t seed;  /* of the samples */
	int may_vanish; /* a gradient of zero is no failure */
	int quiet;      /* do not print the passed ones */
};

/* One array x of n numbers whose gradient by backward is dx; name is for messages. Returns the relative error; fails the test over the limit. */
double gradcheck_array(const struct gradcheck *c, const char *name, double *x, const double *dx, size_t n);

/* Every tensor of a list. w: the plane that loss reads, g: its gradient. Returns the largest relative error. */
double gradcheck_params(const struct gradcheck *c, const struct params *p, double *w, const double *g);

/* n numbers, uniform in [-scale, scale); the same for the same key. */
void gradcheck_random(double *x, size_t n, double scale, uint64_t key);

/* sum(x coefficient) over n numbers, with coefficients of random numbers of the key: a loss whose gradient is the coefficients. */
double gradcheck_project(const double *x, size_t n, uint64_t key);

#endif
