/*
 * Matrix products. Everything goes through gemm(): OpenBLAS, one thread a
 * call, or the plain C reference beside it (golden tests, thread sanitizer,
 * fuzzing, and checking the one against the other). Few rows by a matrix that
 * stays the same for many products: num/packed.h.
 */
#ifndef NUM_BLAS_H
#define NUM_BLAS_H

#include <stdbool.h>
#include "num/real.h"

/* Call once before other threads exist: OpenBLAS is held to one thread a call. */
void blas_init(void);

/* Use the plain reference from now on (or OpenBLAS again). Call while no other thread multiplies. */
void blas_use_plain(bool plain);

/* The kernel OpenBLAS chose ("Cooperlake"), for reports. */
const char *blas_core(void);

/*
 * c = alpha op(a) op(b) + beta c, with op(a) (m,k), op(b) (k,n), c (m,n), all
 * row-major; ta / tb: the matrix is stored transposed. lda, ldb, ldc: reals
 * from one stored row to the next. With beta 0, c need not be initialised.
 * m, n or k of 0 are allowed.
 */
void gemm(bool ta, bool tb, int m, int n, int k, real alpha, const real *a, int lda, const real *b, int ldb, real beta,
          real *c, int ldc);
void gemm_plain(bool ta, bool tb, int m, int n, int k, real alpha, const real *a, int lda, const real *b, int ldb,
                real beta, real *c, int ldc);

#endif
