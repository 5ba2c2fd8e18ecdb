/*
 * The gradient penalty of Gulrajani et al. (Improved training of Wasserstein
 * GANs, 2017), which keeps the slope of a discriminator D near one between
 * real and made cases:
 *
 *	P = lambda / n  sum_i (|g_i| - 1)^2,   g_i = grad_x D(x^_i),
 *	x^_i = e_i real_i + (1 - e_i) made_i,  e_i uniform in [0, 1)
 *
 * Its gradient to the parameters needs no second-order pass. With v_i =
 * g_i / |g_i| held still, |g_i| = v_i . grad_x D(x^_i) is the slope of D along
 * v_i, and so
 *
 *	d|g_i| / dtheta = d/dtheta d/dh D(x^_i + h v_i)
 *	                = (dD(x^_i + h v_i)/dtheta - dD(x^_i - h v_i)/dtheta) / 2h + O(h^2)
 *
 * two ordinary backward passes, which must see the same dropout masks.
 * Any discriminator will do of which every case has its own score: no batch norm.
 */
#ifndef NN_GRADIENT_PENALTY_H
#define NN_GRADIENT_PENALTY_H

#include "base/arena.h"
#include "base/random.h"
#include "num/real.h"

/*
 * One forward and backward pass of a discriminator: of cases x (n,size), with
 * dscore (n) as the gradient of their scores. dx (n,size), unless NULL, is
 * written; dw, unless NULL, is the gradient plane to add to. Masks must be the
 * same at every call.
 */
typedef void gradient_pass(void *context, real *dx, real *dw, const real *x, const real *dscore);

/* The step h along a vector of length one: near the best for float; double could take a far smaller one. */
#define GRADIENT_PENALTY_STEP 1e-2

struct gradient_penalty {
	double weight; /* lambda */
	double step;   /* h; 0: GRADIENT_PENALTY_STEP */
	int n, size;   /* cases, numbers of a case */
	/* memory */
	real *x;          /* (n,size) the interpolates: gradient_penalty_between() fills them, or the caller */
	real *v;          /* (n,size) */
	real *moved;      /* (n,size) */
	real *dscore;     /* (n) */
	double mean_norm; /* of g, at the last call: one is the aim */
};

void gradient_penalty_layout(struct gradient_penalty *p, struct arena *a, int n, int size);

/* x^ of (n,size) real and made cases. */
void gradient_penalty_between(struct gradient_penalty *p, const real *real_x, const real *made_x, struct random random);

/* P at p->x; adds its gradient to dw unless NULL. A case whose gradient is zero has no direction, and adds none. */
double gradient_penalty(struct gradient_penalty *p, gradient_pass *pass, void *context, real *dw);

#endif
