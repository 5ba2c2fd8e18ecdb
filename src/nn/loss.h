/* Cross-entropy: of a softmax over rows of logits, and of single logits. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

#include <stdint.h>
#include "num/real.h"

/*
 * logits (rows,n; ld) become their own gradient: weight[r] (softmax - onehot(target[r])).
 * loss[r] = -log softmax(target[r]), natural log, not weighted. A target of -1 means
 * "nothing to predict": loss 0, gradient 0. Entries of -INFINITY are impossible: probability and
 * gradient 0; a target there is a BUG. weight NULL: all 1.
 */
void softmax_loss(real *logits, int ld, double *loss, const int *target, const real *weight, int rows, int n);

/*
 * log(1 + e^x) without overflow; *d: its derivative, 1 / (1 + e^-x), the probability that a logit x gives to "yes".
 * So what a label y in [0,1] costs is softplus(x) - x y, with the derivative *d - y.
 */
double softplus(double x, double *d);

#endif
