/* Softmax and cross-entropy over rows of logits. */
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

#endif
