/* The gradient penalty by central differences of backward passes. See gradient_penalty.h. */
#include "nn/gradient_penalty.h"

#include <math.h>
#include "num/vec.h"

void gradient_penalty_layout(struct gradient_penalty *p, struct arena *a, int n, int size)
{
	const size_t all = (size_t)n * (size_t)size;

	p->n = n;
	p->size = size;
	ARENA_TAKE(a, p->x, all);
	ARENA_TAKE(a, p->v, all);
	ARENA_TAKE(a, p->moved, all);
	ARENA_TAKE(a, p->dscore, (size_t)n);
}

void gradient_penalty_between(struct gradient_penalty *p, const real *real_x, const real *made_x, struct random random)
{
	const size_t size = (size_t)p->size;

	for (size_t i = 0; i < (size_t)p->n; i++) {
		const real e = (real)random_unit(&random);

		for (size_t j = i * size; j < (i + 1) * size; j++)
			p->x[j] = e * real_x[j] + (1 - e) * made_x[j];
	}
}

/* A backward pass at x + h v, its scores' gradients times `sign`. */
static void pass_moved(struct gradient_penalty *p, gradient_pass *pass, void *context, real *dw, double h, real sign)
{
	const size_t all = (size_t)p->n * (size_t)p->size;

	for (size_t j = 0; j < all; j++)
		p->moved[j] = p->x[j] + sign * (real)h * p->v[j];
	vec_scale(p->dscore, sign, (size_t)p->n);
	pass(context, NULL, dw, p->moved, p->dscore);
	vec_scale(p->dscore, sign, (size_t)p->n);
}

double gradient_penalty(struct gradient_penalty *p, gradient_pass *pass, void *context, real *dw)
{
	const double h = p->step > 0 ? p->step : GRADIENT_PENALTY_STEP;
	const size_t size = (size_t)p->size;
	double sum = 0, norms = 0;

	for (int i = 0; i < p->n; i++)
		p->dscore[i] = 1;
	pass(context, p->v, NULL, p->x, p->dscore);
	for (size_t i = 0; i < (size_t)p->n; i++) {
		real *v = p->v + i * size;
		const double norm = sqrt(vec_norm2(v, size));

		sum += (norm - 1) * (norm - 1);
		norms += norm;
		/* of (norm - 1)^2 through norm, and of the difference */
		p->dscore[i] = (real)(2 * p->weight * (norm - 1) / p->n / (2 * h));
		vec_scale(v, norm > 0 ? (real)(1 / norm) : 0, size);
	}
	p->mean_norm = p->n > 0 ? norms / p->n : 0;
	if (dw) {
		pass_moved(p, pass, context, dw, h, 1);
		pass_moved(p, pass, context, dw, h, -1);
	}
	return p->n > 0 ? p->weight * sum / p->n : 0;
}
