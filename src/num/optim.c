/*
 * Optimisers. What is the same for all parameters (learning rate, bias
 * corrections) is worked out once in double; the loops over elements are
 * plain and vectorise. They go tensor by tensor, since only some decay, and so
 * leave the padding between tensors at 0.
 */
#include "num/optim.h"

#include <math.h>
#include <stddef.h>
#include "base/error.h"
#include "num/scalar.h"
#include "num/vec.h"

int optim_planes(int kind)
{
	static const int planes[OPTIM_KINDS] = {[OPTIM_SGD] = 0, [OPTIM_MOMENTUM] = 1, [OPTIM_ADAMW] = 2};

	if (kind < 0 || kind >= OPTIM_KINDS)
		BUG("optimiser %d", kind);
	return planes[kind];
}

/* w -= lr (g + decay w) */
static void sgd(real *restrict w, const real *restrict g, size_t n, real lr, real decay)
{
	for (size_t i = 0; i < n; i++)
		w[i] -= lr * real_madd(decay, w[i], g[i]);
}

/* m = momentum m + g, w -= lr (m + decay w): the heavy ball (Polyak 1964). */
static void heavy_ball(real *restrict w, real *restrict m, const real *restrict g, size_t n, real lr, real decay,
                       real momentum)
{
	for (size_t i = 0; i < n; i++) {
		m[i] = real_madd(momentum, m[i], g[i]);
		w[i] -= lr * real_madd(decay, w[i], m[i]);
	}
}

struct adam {
	real beta1, beta2;
	real rest1, rest2;     /* 1 - beta */
	real unbias1, unbias2; /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
	real epsilon;
};

/*
 * m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
 * w -= lr (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay w)
 *
 * (Kingma and Ba 2015; the decay apart from the gradient, Loshchilov and Hutter 2019.)
 */
static void adamw(real *restrict w, real *restrict m, real *restrict v, const real *restrict g, size_t n, real lr,
                  real decay, const struct adam *a)
{
	const struct adam k = *a;

	for (size_t i = 0; i < n; i++) {
		m[i] = real_madd(k.beta1, m[i], k.rest1 * g[i]);
		v[i] = real_madd(k.beta2, v[i], k.rest2 * g[i] * g[i]);
		w[i] -= lr *
		        real_madd(decay, w[i], k.unbias1 * m[i] / real_madd(k.unbias2, real_sqrt(v[i]), k.epsilon));
	}
}

void optim_step(const struct optim_options *o, const struct params *p, real *w, real *const state[OPTIM_PLANES_MAX],
                const real *g, double lr, uint64_t step)
{
	const double t = (double)step;
	const struct adam a = {
		.beta1 = (real)o->beta1,
		.rest1 = (real)(1 - o->beta1),
		.unbias1 = (real)(1 / (1 - pow(o->beta1, t))),
		.beta2 = (real)o->beta2,
		.rest2 = (real)(1 - o->beta2),
		.unbias2 = (real)(1 / sqrt(1 - pow(o->beta2, t))),
		.epsilon = (real)o->epsilon,
	};

	if (step == 0)
		BUG("optimiser %d: steps count from 1", o->kind);
	for (int i = 0; i < optim_planes(o->kind); i++)
		if (!state[i])
			BUG("optimiser %d: no plane %d", o->kind, i);
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *e = &p->tensors[i];
		const size_t at = e->offset, n = (size_t)e->rows * (size_t)e->cols;
		const real decay = e->decay ? (real)o->weight_decay : 0, rate = (real)lr;

		if (o->kind == OPTIM_SGD)
			sgd(w + at, g + at, n, rate, decay);
		else if (o->kind == OPTIM_MOMENTUM)
			heavy_ball(w + at, state[0] + at, g + at, n, rate, decay, (real)o->momentum);
		else
			adamw(w + at, state[0] + at, state[1] + at, g + at, n, rate, decay, &a);
	}
}

double optim_clip(const struct params *p, real *g, double limit)
{
	const double norm = sqrt(vec_norm2(g, p->size));

	/* Infinities and NaN stay as they are, for the caller to see in the norm. */
	if (limit > 0 && norm > limit && isfinite(norm))
		vec_scale(g, (real)(limit / norm), p->size);
	return norm;
}

void optim_average(const struct params *p, real *average, const real *w, double decay, uint64_t step)
{
	const double t = (double)step, early = (1 + t) / (10 + t);
	const real rest = (real)(1 - (decay < early ? decay : early));

	for (size_t i = 0; i < p->size; i++)
		average[i] = real_madd(rest, w[i] - average[i], average[i]);
}
