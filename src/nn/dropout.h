/* Dropout (Srivastava et al. 2014), scaled while training so that nothing changes afterwards; masks from counters. */
#ifndef NN_DROPOUT_H
#define NN_DROPOUT_H

#include <stddef.h>
#include <stdint.h>
#include "base/random.h"
#include "num/real.h"

/*
 * In place: x[i] = mask[i] ? x[i] / (1 - rate) : 0. mask[i] is 1 with probability 1 - rate.
 * rate in [0,1); with 0 the mask is all ones. scratch: n numbers of room.
 */
void dropout_forward(real *x, uint8_t *mask, uint32_t *scratch, size_t n, double rate, struct random random);
void dropout_backward(real *dx, const uint8_t *mask, size_t n, double rate);

#endif
