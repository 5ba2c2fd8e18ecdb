/*
 * Optimisers. What is the same for all parameters (learning rate, bias
 * corrections) is worked out once in double; the loops over elements are
 * plain and vectorise. They go tensor by tensor, since only some decay, and so
 * leave the padding between tensors at 0.
 *
 * In the equations g is the gradient, t the step from 1, lr the step's
 * learning rate, and all planes of state begin as 0. Weight decay stands apart
 * from the gradient and its moments (decoupled: Loshchilov and Hutter 2019,
 * "Decoupled weight decay regularization", Algorithm 2): with every optimiser
 * but adam, w -= lr decay w, of the weights before the step. adam is as its
 * paper has it, without any: with decay it is adamw.
 */
#include "num/optim.h"

#include <math.h>
#include <stddef.h>
#include "base/error.h"
#include "num/scalar.h"

int optim_planes(int kind)
{
	static const int planes[OPTIM_KINDS] = {
		[OPTIM_SGD] = 0,      [OPTIM_MOMENTUM] = 1, [OPTIM_NESTEROV] = 1, [OPTIM_ADAGRAD] = 1,
		[OPTIM_ADADELTA] = 2, [OPTIM_RMSPROP] = 1,  [OPTIM_ADAM] = 2,     [OPTIM_ADAMW] = 2,
		[OPTIM_ADAMAX] = 2,   [OPTIM_NADAM] = 2,    [OPTIM_AMSGRAD] = 3,
	};

	if (kind < 0 || kind >= OPTIM_KINDS)
		BUG("optimiser %d", kind);
	return planes[kind];
}

/* What a step has in common for all elements of a tensor. */
struct rates {
	real lr, decay;
	real momentum;
	real rho, rest_rho;              /* rho, 1 - rho */
	real beta1, beta2, rest1, rest2; /* beta, 1 - beta */
	real unbias1, unbias2;           /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
	real of_moment, of_gradient;     /* nadam */
	real epsilon;
};

/* ---- gradient descent ---------------------------------------------------- */

/* w -= lr (g + decay w) */
static void sgd(real *restrict w, const real *restrict g, size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++)
		w[i] -= k.lr * real_madd(k.decay, w[i], g[i]);
}

/*
 * v = momentum v - lr g
 * w += v
 *
 * The heavy ball (Polyak 1964, "Some methods of speeding up the convergence of
 * iteration methods"; Sutskever, Martens, Dahl and Hinton 2013, "On the
 * importance of initialization and momentum in deep learning", (1) and (2)).
 * The learning rate is part of the velocity, so a step keeps the rate it was
 * taken at when the rate falls.
 */
static void momentum(real *restrict w, real *restrict v, const real *restrict g, size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		v[i] = real_madd(k.momentum, v[i], -k.lr * g[i]);
		w[i] += real_madd(-k.lr * k.decay, w[i], v[i]);
	}
}

/*
 * Nesterov's accelerated gradient (Sutskever et al. 2013, (3) and (4)): the
 * gradient is taken where the velocity is about to lead,
 *
 *   v' = momentum v - lr grad(x + momentum v)
 *   x' = x + v'
 *
 * The weights kept here are those points, w = x + momentum v, where the
 * network is run and the gradient comes from. Then
 *
 *   w' = x' + momentum v' = w - momentum v + v' + momentum v' = w + momentum v' - lr g
 */
static void nesterov(real *restrict w, real *restrict v, const real *restrict g, size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		v[i] = real_madd(k.momentum, v[i], -k.lr * g[i]);
		w[i] += real_madd(k.momentum, v[i], -k.lr * real_madd(k.decay, w[i], g[i]));
	}
}

/* ---- a rate of each element's own ---------------------------------------- */

/*
 * s += g^2
 * w -= lr g / (sqrt(s) + epsilon)
 *
 * (Duchi, Hazan and Singer 2011, "Adaptive subgradient methods for online
 * learning and stochastic optimization", Figure 1, diagonal H_t = delta I +
 * diag(s_t), their s_t the root; no constraint, no regulariser.)
 */
static void adagrad(real *restrict w, real *restrict s, const real *restrict g, size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		s[i] = real_madd(g[i], g[i], s[i]);
		w[i] -= k.lr * real_madd(k.decay, w[i], g[i] / (real_sqrt(s[i]) + k.epsilon));
	}
}

/*
 * s = rho s + (1 - rho) g^2
 * d = g sqrt(e + epsilon) / sqrt(s + epsilon)
 * e = rho e + (1 - rho) d^2
 * w -= lr d
 *
 * (Zeiler 2012, "ADADELTA: an adaptive learning rate method", Algorithm 1,
 * which has no lr: it is 1 there. epsilon, inside the roots, is also what the
 * first steps' length comes from.)
 */
static void adadelta(real *restrict w, real *restrict s, real *restrict e, const real *restrict g, size_t n,
                     const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		real d;

		s[i] = real_madd(k.rho, s[i], k.rest_rho * g[i] * g[i]);
		d = g[i] * real_sqrt(e[i] + k.epsilon) / real_sqrt(s[i] + k.epsilon);
		e[i] = real_madd(k.rho, e[i], k.rest_rho * d * d);
		w[i] -= k.lr * real_madd(k.decay, w[i], d);
	}
}

/*
 * s = rho s + (1 - rho) g^2
 * w -= lr g / (sqrt(s) + epsilon)
 *
 * (Tieleman and Hinton 2012, "Neural networks for machine learning", Coursera,
 * lecture 6.5, rho 0.9, no epsilon. It stands outside the root, as in adam.)
 */
static void rmsprop(real *restrict w, real *restrict s, const real *restrict g, size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		s[i] = real_madd(k.rho, s[i], k.rest_rho * g[i] * g[i]);
		w[i] -= k.lr * real_madd(k.decay, w[i], g[i] / (real_sqrt(s[i]) + k.epsilon));
	}
}

/* ---- moments ------------------------------------------------------------- */

/*
 * m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 * w -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * (Kingma and Ba 2015, "Adam: a method for stochastic optimization",
 * Algorithm 1.) With decay it is adamw (Loshchilov and Hutter 2019,
 * Algorithm 2, line 12); their schedule eta_t and rate alpha are one number
 * here, lr, which multiplies the decay too.
 */
static void adam(real *restrict w, real *restrict m, real *restrict v, const real *restrict g, size_t n,
                 const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		m[i] = real_madd(k.beta1, m[i], k.rest1 * g[i]);
		v[i] = real_madd(k.beta2, v[i], k.rest2 * g[i] * g[i]);
		w[i] -= k.lr *
		        real_madd(k.decay, w[i], k.unbias1 * m[i] / real_madd(k.unbias2, real_sqrt(v[i]), k.epsilon));
	}
}

/*
 * m = beta1 m + (1 - beta1) g,  u = max(beta2 u, |g|)
 * w -= lr m / (1 - beta1^t) / (u + epsilon)
 *
 * (Kingma and Ba 2015, Algorithm 2, which has no epsilon: it is for elements
 * that have had no gradient yet.)
 */
static void adamax(real *restrict w, real *restrict m, real *restrict u, const real *restrict g, size_t n,
                   const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		const real past = k.beta2 * u[i], now = real_abs(g[i]);

		m[i] = real_madd(k.beta1, m[i], k.rest1 * g[i]);
		u[i] = past > now ? past : now;
		w[i] -= k.lr * real_madd(k.decay, w[i], k.unbias1 * m[i] / (u[i] + k.epsilon));
	}
}

/*
 * m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 * m^ = mu_{t+1} m / (1 - mu_1 ... mu_{t+1}) + (1 - mu_t) g / (1 - mu_1 ... mu_t)
 * w -= lr m^ / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * (Dozat 2016, "Incorporating Nesterov momentum into Adam", Algorithm 2, with
 * his schedule mu_t = beta1 (1 - 0.96^(t / 250) / 2). The paper decays m by mu_t
 * as well; Keras and PyTorch, and so we, by beta1.)
 */
static void nadam(real *restrict w, real *restrict m, real *restrict v, const real *restrict g, size_t n,
                  const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		real ahead;

		m[i] = real_madd(k.beta1, m[i], k.rest1 * g[i]);
		v[i] = real_madd(k.beta2, v[i], k.rest2 * g[i] * g[i]);
		ahead = real_madd(k.of_moment, m[i], k.of_gradient * g[i]);
		w[i] -= k.lr * real_madd(k.decay, w[i], ahead / real_madd(k.unbias2, real_sqrt(v[i]), k.epsilon));
	}
}

static double nadam_mu(double beta1, double t)
{
	return beta1 * (1 - 0.5 * pow(0.96, t / 250));
}

/* What m and g are multiplied by at step t: a function of the step alone, so that there is nothing more to keep. */
static void nadam_rates(struct rates *k, double beta1, uint64_t t)
{
	const double now = nadam_mu(beta1, (double)t), next = nadam_mu(beta1, (double)t + 1);
	double product = 1;

	/* After some dozens of steps it is too small for 1 - product to differ from 1. */
	for (uint64_t i = 1; i <= t && product > 1e-20; i++)
		product *= nadam_mu(beta1, (double)i);
	k->of_moment = (real)(next / (1 - product * next));
	k->of_gradient = (real)((1 - now) / (1 - product));
}

/*
 * m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2,  x = max(x, v)
 * w -= lr m / (1 - beta1^t) / (sqrt(x / (1 - beta2^t)) + epsilon)
 *
 * (Reddi, Kale and Kumar 2018, "On the convergence of Adam and beyond",
 * Algorithm 2. The paper leaves out the bias corrections and epsilon; Keras
 * and PyTorch, and so we, have them as in adam.)
 */
static void amsgrad(real *restrict w, real *restrict m, real *restrict v, real *restrict x, const real *restrict g,
                    size_t n, const struct rates *rates)
{
	const struct rates k = *rates;

	for (size_t i = 0; i < n; i++) {
		m[i] = real_madd(k.beta1, m[i], k.rest1 * g[i]);
		v[i] = real_madd(k.beta2, v[i], k.rest2 * g[i] * g[i]);
		x[i] = x[i] > v[i] ? x[i] : v[i];
		w[i] -= k.lr *
		        real_madd(k.decay, w[i], k.unbias1 * m[i] / real_madd(k.unbias2, real_sqrt(x[i]), k.epsilon));
	}
}

/* ---- a step -------------------------------------------------------------- */

static struct rates rates_of(const struct optim_options *o, double lr, uint64_t step)
{
	const double t = (double)step;
	struct rates k = {
		.lr = (real)lr,
		.momentum = (real)o->momentum,
		.rho = (real)o->rho,
		.rest_rho = (real)(1 - o->rho),
		.beta1 = (real)o->beta1,
		.rest1 = (real)(1 - o->beta1),
		.unbias1 = (real)(1 / (1 - pow(o->beta1, t))),
		.beta2 = (real)o->beta2,
		.rest2 = (real)(1 - o->beta2),
		.unbias2 = (real)(1 / sqrt(1 - pow(o->beta2, t))),
		.epsilon = (real)o->epsilon,
	};

	if (o->kind == OPTIM_NADAM)
		nadam_rates(&k, o->beta1, step);
	return k;
}

static void step_tensor(int kind, real *w, real *const s[OPTIM_PLANES_MAX], const real *g, size_t n,
                        const struct rates *k)
{
	switch (kind) {
	case OPTIM_SGD:
		sgd(w, g, n, k);
		break;
	case OPTIM_MOMENTUM:
		momentum(w, s[0], g, n, k);
		break;
	case OPTIM_NESTEROV:
		nesterov(w, s[0], g, n, k);
		break;
	case OPTIM_ADAGRAD:
		adagrad(w, s[0], g, n, k);
		break;
	case OPTIM_ADADELTA:
		adadelta(w, s[0], s[1], g, n, k);
		break;
	case OPTIM_RMSPROP:
		rmsprop(w, s[0], g, n, k);
		break;
	case OPTIM_ADAM:
	case OPTIM_ADAMW:
		adam(w, s[0], s[1], g, n, k);
		break;
	case OPTIM_ADAMAX:
		adamax(w, s[0], s[1], g, n, k);
		break;
	case OPTIM_NADAM:
		nadam(w, s[0], s[1], g, n, k);
		break;
	case OPTIM_AMSGRAD:
		amsgrad(w, s[0], s[1], s[2], g, n, k);
		break;
	}
}

void optim_step(const struct optim_options *o, const struct params *p, real *w, real *const state[OPTIM_PLANES_MAX],
                const real *g, double lr, uint64_t step, size_t from, size_t to)
{
	const int planes = optim_planes(o->kind);
	struct rates k = rates_of(o, lr, step);

	if (step == 0)
		BUG("optimiser %d: steps count from 1", o->kind);
	for (int i = 0; i < planes; i++)
		if (!state[i])
			BUG("optimiser %d: no plane %d", o->kind, i);
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *e = &p->tensors[i];
		const size_t end = e->offset + (size_t)e->rows * (size_t)e->cols;
		const size_t first = from > e->offset ? from : e->offset, last = to < end ? to : end;
		real *s[OPTIM_PLANES_MAX] = {NULL};

		if (first >= last)
			continue;
		for (int j = 0; j < planes; j++)
			s[j] = state[j] + first;
		k.decay = e->decay && o->kind != OPTIM_ADAM ? (real)o->weight_decay : 0;
		step_tensor(o->kind, w + first, s, g + first, last - first, &k);
	}
}

real optim_clip(double norm, double limit)
{
	/* Infinities and NaN stay as they are, for the caller to see. */
	return limit > 0 && norm > limit && isfinite(norm) ? (real)(limit / norm) : 1;
}

void optim_average(real *average, const real *w, size_t n, double decay, uint64_t step)
{
	const double t = (double)step, early = (1 + t) / (10 + t);
	const real rest = (real)(1 - (decay < early ? decay : early));

	INDEPENDENT
	for (size_t i = 0; i < n; i++)
		average[i] = real_madd(rest, w[i] - average[i], average[i]);
}
