/* Matrix products against the plain reference, which is itself checked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "num/blas.h"
#include "num/packed.h"
#include "reals.h"

#define SIDE  70
#define PLACE (SIDE * (SIDE + 9))

static void test_plain_by_hand(void **state)
{
	const real a[] = {1, 2, 3, 4, 5, 6}; /* (2,3) */
	const real b[] = {1, 0, 2, 1, 1, 1}; /* (3,2) */
	real c[4] = {10, 20, 30, 40};

	(void)state;
	gemm_plain(false, false, 2, 2, 3, 2, a, 3, b, 2, 1, c, 2);
	assert_true(c[0] == 10 + 2 * (1 + 4 + 3) && c[1] == 20 + 2 * (0 + 2 + 3));
	assert_true(c[2] == 30 + 2 * (4 + 10 + 6) && c[3] == 40 + 2 * (0 + 5 + 6));
	/* The same a and b as the transposes of (3,2) and (2,3). */
	gemm_plain(true, true, 2, 2, 3, 1, a, 2, b, 3, 0, c, 2);
	assert_true(c[0] == 1 * 1 + 3 * 0 + 5 * 2 && c[1] == 1 * 1 + 3 * 1 + 5 * 1);
	assert_true(c[2] == 2 * 1 + 4 * 0 + 6 * 2 && c[3] == 2 * 1 + 4 * 1 + 6 * 1);
}

static real a[PLACE], b[PLACE], c[PLACE], d[PLACE];

/* One product both ways; what lies between a row's end and the next row must stay as it was. */
static void compare(bool ta, bool tb, int m, int n, int k, real alpha, real beta, int more)
{
	const int lda = (ta ? m : k) + more, ldb = (tb ? k : n) + more, ldc = n + more;

	reals_fill(c, PLACE, 1, 3);
	if (beta == 0)
		for (int r = 0; r < m; r++)
			for (int j = 0; j < n; j++)
				c[r * ldc + j] = (real)NAN;
	memcpy(d, c, sizeof c);
	gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
	gemm_plain(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, d, ldc);
	if (!(reals_apart(c, d, PLACE) < REAL_TOLERANCE * 10))
		fail_msg("%d %d  %d x %d x %d  alpha %g beta %g  rows %d longer: %g apart", ta, tb, m, n, k,
		         (double)alpha, (double)beta, more, reals_apart(c, d, PLACE));
}

static void test_against_plain(void **state)
{
	static const int sizes[] = {0, 1, 2, 3, 5, 8, 13, 16, 17, 33, 64, SIDE};
	static const real betas[] = {0, 1, (real)-0.5};
	const int count = (int)(sizeof sizes / sizeof *sizes);

	(void)state;
	reals_fill(a, PLACE, 1, 1);
	reals_fill(b, PLACE, 1, 2);
	for (int i = 0; i < count * count * count; i++)
		for (int t = 0; t < 4; t++)
			compare(t & 1, t & 2, sizes[i % count], sizes[i / count % count], sizes[i / count / count],
			        i % 2 ? 1 : (real)0.7, betas[(i + t) % 3], i % 3 * 4);
}

/* Sizes of the networks', where OpenBLAS takes its large paths. */
static void test_large(void **state)
{
	static const int sizes[][3] = {{8, 1024, 256}, {16, 256, 1024}, {1, 1024, 600}, {1024, 1, 600}, {128, 512, 64}};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		const int m = sizes[i][0], n = sizes[i][1], k = sizes[i][2];
		real *x = calloc((size_t)m * (size_t)k, sizeof *x), *y = calloc((size_t)n * (size_t)k, sizeof *y);
		real *p = calloc((size_t)m * (size_t)n, sizeof *p), *q = calloc((size_t)m * (size_t)n, sizeof *q);

		assert_true(x && y && p && q);
		reals_fill(x, (size_t)m * (size_t)k, 1, 7);
		reals_fill(y, (size_t)n * (size_t)k, 1, 8);
		for (int t = 0; t < 4; t++) {
			gemm(t & 1, t & 2, m, n, k, 1, x, t & 1 ? m : k, y, t & 2 ? k : n, 0, p, n);
			gemm_plain(t & 1, t & 2, m, n, k, 1, x, t & 1 ? m : k, y, t & 2 ? k : n, 0, q, n);
			assert_true(reals_apart(p, q, (size_t)m * (size_t)n) < 20 * REAL_TOLERANCE);
		}
		free(x);
		free(y);
		free(p);
		free(q);
	}
}

static void test_switch(void **state)
{
	(void)state;
	reals_fill(a, PLACE, 1, 1);
	reals_fill(b, PLACE, 1, 2);
	memset(c, 0, sizeof c);
	memset(d, 0, sizeof d);
	blas_use_plain(true);
	gemm(false, true, 9, 11, 40, 1, a, 40, b, 40, 0, c, 11);
	blas_use_plain(false);
	gemm_plain(false, true, 9, 11, 40, 1, a, 40, b, 40, 0, d, 11);
	assert_memory_equal(c, d, sizeof c);
	assert_non_null(blas_core());
	assert_true(*blas_core() != '\0');
}

/* The same product twice gives the same bits: sums have one order. */
static void test_repeatable(void **state)
{
	(void)state;
	for (int m = 1; m <= 16; m += 5) {
		gemm(false, true, m, SIDE, 64, 1, a, 64, b, 64, 0, c, SIDE);
		gemm(false, true, m, SIDE, 64, 1, a, 64, b, 64, 0, d, SIDE);
		assert_memory_equal(c, d, (size_t)(m * SIDE) * sizeof *c);
	}
}

/* ---- packed products ----------------------------------------------------- */

static void compare_packed(bool tb, int m, int n, int k, bool add, int more)
{
	const int lda = k + more, ldb = (tb ? k : n) + more, ldc = n + more;
	real *packed = mem_new_aligned(packed_size(n, k), sizeof *packed);

	assert_non_null(packed);
	reals_fill(c, PLACE, 1, 3);
	for (int r = 0; !add && r < m; r++)
		for (int j = 0; j < n; j++)
			c[r * ldc + j] = (real)NAN;
	memcpy(d, c, sizeof c);
	packed_make(packed, tb, n, k, b, ldb);
	packed_multiply(m, n, k, a, lda, packed, k, add, c, ldc);
	gemm_plain(false, tb, m, n, k, 1, a, lda, b, ldb, add, d, ldc);
	if (!(reals_apart(c, d, PLACE) < REAL_TOLERANCE * 10))
		fail_msg("packed %d  %d x %d x %d  add %d: %g apart", tb, m, n, k, add, reals_apart(c, d, PLACE));
	free(packed);
}

static void test_packed(void **state)
{
	static const int sizes[] = {0, 1, 2, 3, 7, 8, 12, 13, 16, 25, 31, 32, 33, 64, SIDE};
	const int count = (int)(sizeof sizes / sizeof *sizes);

	(void)state;
	reals_fill(a, PLACE, 1, 1);
	reals_fill(b, PLACE, 1, 2);
	for (int i = 0; i < count * count * count; i++)
		for (int t = 0; t < 4; t++)
			compare_packed(t & 1, sizes[i % count], sizes[i / count % count], sizes[i / count / count],
			               t & 2, i % 3 * 4);
}

/* Parts of a packed matrix: columns from a panel on, rows from anywhere; and more rows than a block of the kernel's. */
static void test_packed_parts(void **state)
{
	enum { M = 19, N = 150, K = 700 };
	static real x[M * K], y[K * N], p[M * N], q[M * N];
	real *packed = mem_new_aligned(packed_size(N, K), sizeof *packed);

	(void)state;
	assert_non_null(packed);
	reals_fill(x, M * K, 1, 4);
	reals_fill(y, K * N, 1, 5);
	packed_make(packed, false, N, K, y, N);
	for (int j = 0; j < N; j += packed_panel())
		for (int from = 0; from < K; from += 233) {
			const int n = N - j < 70 ? N - j : 70;

			memset(p, 0, sizeof p);
			memset(q, 0, sizeof q);
			packed_multiply(M, n, K - from, x, K, packed_at(packed, K, from, j), K, false, p, N);
			gemm_plain(false, false, M, n, K - from, 1, x, K, y + from * N + j, N, 0, q, N);
			assert_true(reals_apart(p, q, M * N) < 20 * REAL_TOLERANCE);
		}
	/* A row's sums are the same bits however many rows there are. */
	packed_multiply(M, N, K, x, K, packed, K, false, p, N);
	for (int m = 1; m <= M; m++) {
		packed_multiply(m, N, K, x, K, packed, K, false, q, N);
		assert_memory_equal(p, q, (size_t)(m * N) * sizeof *p);
	}
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_by_hand), cmocka_unit_test(test_against_plain),
		cmocka_unit_test(test_large),         cmocka_unit_test(test_switch),
		cmocka_unit_test(test_repeatable),    cmocka_unit_test(test_packed),
		cmocka_unit_test(test_packed_parts),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
