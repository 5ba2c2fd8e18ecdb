/* Upsampling by repetition (nearest neighbour): every position becomes a block of so many. Channels last. */
#ifndef NN_UPSAMPLE_H
#define NN_UPSAMPLE_H

#include "num/real.h"

/* y (batch, high height, wide width, channels) from x (batch, height, width, channels). */
void upsample_forward(real *y, const real *x, int batch, int height, int width, int channels, int high, int wide);

/* dx, of x's shape, is written: the sum over each block of dy. */
void upsample_backward(real *dx, const real *dy, int batch, int height, int width, int channels, int high, int wide);

#endif
