/* Rectified linear units, in place. */
#ifndef NN_RELU_H
#define NN_RELU_H

#include <stddef.h>
#include "num/real.h"

void relu_forward(real *x, size_t n);                  /* x = max(x, 0) */
void relu_backward(real *dx, const real *y, size_t n); /* dx = 0 where y, forward's output, is 0 */

#endif
