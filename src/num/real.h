/*
 * The number type of the networks: float, or double with -DREAL_DOUBLE, the
 * build in which gradients are checked. All matrices are row-major.
 */
#ifndef NUM_REAL_H
#define NUM_REAL_H

#ifdef REAL_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
