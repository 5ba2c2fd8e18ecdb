/*
 * Element-wise functions over arrays, written so that the compiler turns them
 * into vector instructions; the double build uses libm. Errors of the float
 * versions against libm are a few ULP (the tests say how many); infinities
 * and NaN come out as libm's would. y may be x in all of them.
 */
#ifndef NUM_VEC_H
#define NUM_VEC_H

#include <stddef.h>
#include "num/real.h"

void vec_exp(real *y, const real *x, size_t n);
void vec_tanh(real *y, const real *x, size_t n);
void vec_sigmoid(real *y, const real *x, size_t n);

void vec_add(real *y, const real *x, size_t n);          /* y += x */
void vec_axpy(real *y, real a, const real *x, size_t n); /* y += a x */
void vec_scale(real *y, real a, size_t n);               /* y *= a */
real vec_dot(const real *x, const real *y, size_t n);    /* in a fixed order of summation */
double vec_norm2(const real *x, size_t n);               /* sum of squares, in double, in a fixed order */

/* x = softmax(x); entries of -INFINITY get 0 exactly. Returns log(sum(exp(x))). */
real vec_softmax(real *x, size_t n);

#endif
