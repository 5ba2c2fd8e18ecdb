/* Optimisers over a whole parameter block, and the running average of the weights. */
#ifndef NUM_OPTIM_H
#define NUM_OPTIM_H

#include <stdint.h>
#include "num/params.h"

enum optim_kind { OPTIM_SGD, OPTIM_MOMENTUM, OPTIM_ADAMW, OPTIM_KINDS };
#define OPTIM_NAMES "sgd|momentum|adamw"

struct optim_options {
	int kind;                     /* enum optim_kind */
	double momentum;              /* momentum: heavy ball */
	double beta1, beta2, epsilon; /* adamw */
	double weight_decay;          /* decoupled (Loshchilov and Hutter 2019), on tensors that say so */
};

/* How many planes of state (m, v) the optimiser keeps: 0, 1 or 2. */
int optim_planes(int kind);

/* One step: w from gradient g at learning rate lr; step counts from 1. m, v: the optimiser's planes (NULL where it has none). */
void optim_step(const struct optim_options *o, const struct params *p, real *w, const real *g, real *m, real *v,
                double lr, uint64_t step);

/* Scale g so that its norm is at most limit (0: no limit). Returns the norm it had; when that is not finite, g is left alone. */
double optim_clip(const struct params *p, real *g, double limit);

/* average = decay average + (1 - decay) w, with the bias of the first steps removed by decay_t = min(decay, (1+t)/(10+t)). average begins as a copy of w. */
void optim_average(const struct params *p, real *average, const real *w, double decay, uint64_t step);

#endif
