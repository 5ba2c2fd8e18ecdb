/*
 * Products of a few rows with a matrix that stays the same for many of them:
 * the recurrent product of an LSTM, once a time step. A BLAS packs the large
 * matrix anew in every call, which for few rows costs more than the product;
 * here it is packed once and used as often as there are steps.
 */
#ifndef NUM_PACKED_H
#define NUM_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include "num/real.h"

/* Reals that packed (k,n) takes. */
size_t packed_size(int n, int k);

/* packed = op(b) (k,n), where b is stored as (k,n), or (n,k) with tb. packed is 64-byte aligned. */
void packed_make(real *packed, bool tb, int n, int k, const real *b, int ldb);

/*
 * c (m,n; ldc) = a (m,k; lda) op(b), or += with `add`. packed: a matrix of
 * depth values of k, k <= depth, or a part of one by packed_at. An element's
 * sum has one order, whatever m is.
 */
void packed_multiply(int m, int n, int k, const real *a, int lda, const real *packed, int depth, bool add, real *c,
                     int ldc);

/* Where row q and column j of a packed matrix begin; j is a multiple of packed_panel(), the columns of a panel. */
const real *packed_at(const real *packed, int depth, int q, int j);
int packed_panel(void);

#endif
