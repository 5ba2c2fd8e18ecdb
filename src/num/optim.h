/*
 * Optimisers over a whole parameter block, and the running average of the
 * weights. Equations and papers are in optim.c, beside the code.
 */
#ifndef NUM_OPTIM_H
#define NUM_OPTIM_H

#include <stdint.h>
#include "num/params.h"

enum optim_kind {
	OPTIM_SGD,
	OPTIM_MOMENTUM,
	OPTIM_NESTEROV,
	OPTIM_ADAGRAD,
	OPTIM_ADADELTA,
	OPTIM_RMSPROP,
	OPTIM_ADAM,
	OPTIM_ADAMW,
	OPTIM_ADAMAX,
	OPTIM_NADAM,
	OPTIM_AMSGRAD,
	OPTIM_KINDS
};
/* In the order of the enum. */
#define OPTIM_NAMES "sgd|momentum|nesterov|adagrad|adadelta|rmsprop|adam|adamw|adamax|nadam|amsgrad"

struct optim_options {
	int kind;            /* enum optim_kind */
	double momentum;     /* momentum, nesterov: share of the velocity that stays; [0, 1) */
	double rho;          /* adadelta, rmsprop: decay of the mean square; [0, 1) */
	double beta1, beta2; /* adam, adamw, adamax, nadam, amsgrad: decay of the moments; [0, 1) */
	double epsilon;      /* keeps divisions finite; > 0 */
	double weight_decay; /* on tensors that say so: w -= lr weight_decay w beside the step; adam has none */
};

/* Planes of state that an optimiser keeps from step to step: at most this many. */
enum { OPTIM_PLANES_MAX = 3 };

/* How many of them this one has. All begin as 0. */
int optim_planes(int kind);

/*
 * One step, of the elements [from, to) of the planes: w and the planes of
 * state (the first optim_planes(kind) of them) from gradient g at learning
 * rate lr; step counts from 1. Elements do not depend on each other, so that
 * ranges may be done in any order, by any thread.
 */
void optim_step(const struct optim_options *o, const struct params *p, real *w, real *const state[OPTIM_PLANES_MAX],
                const real *g, double lr, uint64_t step, size_t from, size_t to);

/* What a gradient of this norm is multiplied by so that it is at most limit (0: no limit); 1 where it is not finite. */
real optim_clip(double norm, double limit);

/*
 * average = decay average + (1 - decay) w, n elements, with the bias of the
 * first steps removed by decay_t = min(decay, (1+t)/(10+t)). average begins as
 * a copy of w.
 */
void optim_average(real *average, const real *w, size_t n, double decay, uint64_t step);

#endif
