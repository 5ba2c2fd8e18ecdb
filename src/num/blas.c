/*
 * Matrix products: every one goes through gemm(), which checks the shapes and
 * hands it to OpenBLAS, to its matrix-vector kernel where there is only one
 * row or column (live generation makes one event at a time), or to the plain
 * reference. OpenBLAS is held to one thread a call: threads belong to shards,
 * above, and a sum's order must not depend on how many there are.
 */
#include "num/blas.h"

#include <cblas.h>
#include <string.h>
#include "base/error.h"

#ifdef REAL_DOUBLE
#define XGEMM cblas_dgemm
#define XGEMV cblas_dgemv
#else
#define XGEMM cblas_sgemm
#define XGEMV cblas_sgemv
#endif

static bool plain;

void blas_init(void)
{
	openblas_set_num_threads(1);
}

void blas_use_plain(bool use)
{
	plain = use;
}

const char *blas_core(void)
{
	return openblas_get_corename();
}

static void check(bool ta, bool tb, int m, int n, int k, int lda, int ldb, int ldc)
{
	if (m < 0 || n < 0 || k < 0)
		BUG("gemm: size %d x %d x %d", m, n, k);
	if (lda < (ta ? m : k) || ldb < (tb ? k : n) || ldc < n)
		BUG("gemm: %d x %d x %d with rows of %d, %d, %d", m, n, k, lda, ldb, ldc);
}

/* c = beta c, without reading it where beta is 0: it may hold anything. */
static void scale(int m, int n, real beta, real *c, int ldc)
{
	for (int r = 0; r < m; r++) {
		real *row = c + (size_t)r * (size_t)ldc;

		if (beta == 0)
			memset(row, 0, (size_t)n * sizeof *row);
		else
			for (int j = 0; j < n; j++)
				row[j] *= beta;
	}
}

void gemm_plain(bool ta, bool tb, int m, int n, int k, real alpha, const real *a, int lda, const real *b, int ldb,
                real beta, real *c, int ldc)
{
	const size_t as = (size_t)lda, bs = (size_t)ldb;

	check(ta, tb, m, n, k, lda, ldb, ldc);
	scale(m, n, beta, c, ldc);
	for (int r = 0; r < m; r++) {
		real *row = c + (size_t)r * (size_t)ldc;

		for (int j = 0; j < n; j++) {
			real sum = 0;

			for (int q = 0; q < k; q++)
				sum += (ta ? a[(size_t)q * as + (size_t)r] : a[(size_t)r * as + (size_t)q]) *
				       (tb ? b[(size_t)j * bs + (size_t)q] : b[(size_t)q * bs + (size_t)j]);
			row[j] += alpha * sum;
		}
	}
}

void gemm(bool ta, bool tb, int m, int n, int k, real alpha, const real *a, int lda, const real *b, int ldb, real beta,
          real *c, int ldc)
{
	if (plain) {
		gemm_plain(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
		return;
	}
	check(ta, tb, m, n, k, lda, ldb, ldc);
	if (m == 0 || n == 0)
		return;
	if (k == 0) {
		if (beta != 1)
			scale(m, n, beta, c, ldc);
		return;
	}
	if (m == 1) {
		/* c' = op(b)' a' */
		if (beta == 0) {
			scale(1, n, 0, c, ldc);
			beta = 1;
		}
		XGEMV(CblasRowMajor, tb ? CblasNoTrans : CblasTrans, tb ? n : k, tb ? k : n, alpha, b, ldb, a,
		      ta ? lda : 1, beta, c, 1);
		return;
	}
	if (n == 1) {
		if (beta == 0) {
			scale(m, 1, 0, c, ldc);
			beta = 1;
		}
		XGEMV(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, ta ? k : m, ta ? m : k, alpha, a, lda, b,
		      tb ? 1 : ldb, beta, c, ldc);
		return;
	}
	XGEMM(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, lda, b,
	      ldb, beta, c, ldc);
}
