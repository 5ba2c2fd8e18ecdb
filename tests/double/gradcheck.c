/* Gradients against central differences; see the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/random.h"
#include "gradcheck.h"

static double difference(const struct gradcheck *c, double *x)
{
	const double h = c->step > 0 ? c->step : 1e-3, at = *x;
	double near, far;

	*x = at + h;
	near = c->loss(c->context);
	*x = at - h;
	near -= c->loss(c->context);
	*x = at + 2 * h;
	far = c->loss(c->context);
	*x = at - 2 * h;
	far -= c->loss(c->context);
	*x = at;
	return (8 * near - far) / (12 * h);
}

/* The elements to try: all, or every second one with a gradient and the others whatever they have. */
static size_t choose(const struct gradcheck *c, const double *dx, size_t n, size_t *chosen)
{
	struct random random = random_stream(c->seed, n, 0, 0);

	if (c->samples == 0 || c->samples >= n) {
		for (size_t i = 0; i < n; i++)
			chosen[i] = i;
		return n;
	}
	for (size_t k = 0; k < c->samples; k++) {
		chosen[k] = random_below(&random, (uint32_t)n);
		for (size_t tries = 0; k % 2 == 0 && tries < n && dx[chosen[k]] == 0; tries++)
			chosen[k] = (chosen[k] + 1) % n;
	}
	return c->samples;
}

double gradcheck_array(const struct gradcheck *c, const char *name, double *x, const double *dx, size_t n)
{
	const double limit = c->limit > 0 ? c->limit : 1e-6;
	size_t *chosen = calloc(n, sizeof *chosen), count;
	double apart = 0, a2 = 0, n2 = 0, error, largest;

	assert_non_null(chosen);
	count = choose(c, dx, n, chosen);
	for (size_t k = 0; k < count; k++) {
		const double a = dx[chosen[k]], d = difference(c, &x[chosen[k]]);

		apart += (a - d) * (a - d);
		a2 += a * a;
		n2 += d * d;
	}
	free(chosen);
	largest = sqrt(a2 > n2 ? a2 : n2);
	error = largest > 0 ? sqrt(apart) / largest : 0;
	if (!c->quiet)
		print_message("%-28s %6zu of %6zu   |a| %.3e   error %.2e\n", name, count, n, sqrt(a2), error);
	/* Written so that a NaN fails. */
	if (!(error < limit))
		fail_msg("%s: gradient %g, differences %g, relative error %g", name, sqrt(a2), sqrt(n2), error);
	if (!(a2 > 0) && !c->may_vanish)
		fail_msg("%s: gradient is zero", name);
	return error;
}

double gradcheck_params(const struct gradcheck *c, const struct params *p, double *w, const double *g)
{
	double worst = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *t = &p->tensors[i];
		const double e =
			gradcheck_array(c, t->name, w + t->offset, g + t->offset, (size_t)t->rows * (size_t)t->cols);

		worst = e > worst ? e : worst;
	}
	return worst;
}

void gradcheck_random(double *x, size_t n, double scale, uint64_t key)
{
	struct random random = random_stream(key, 0, 0, 0);

	for (size_t i = 0; i < n; i++)
		x[i] = scale * (2 * random_unit(&random) - 1);
}

double gradcheck_project(const double *x, size_t n, uint64_t key)
{
	struct random random = random_stream(key, 0, 0, 0);
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * (2 * random_unit(&random) - 1);
	return sum;
}
