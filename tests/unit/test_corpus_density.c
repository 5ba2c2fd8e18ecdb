/* Densities against closed forms: single kernels, whose overlap and divergence are those of two Gaussians. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "corpus/density.h"

/* Overlap and divergence (of a from b) of two sets of numbers. */
static void compare(double *overlap, double *divergence, const double *a, size_t n, const double *b, size_t m,
                    double width)
{
	struct density_grid grid;
	double low = a[0], high = a[0], *x, *y;

	for (size_t i = 0; i < n; i++)
		low = fmin(low, a[i]), high = fmax(high, a[i]);
	for (size_t i = 0; i < m; i++)
		low = fmin(low, b[i]), high = fmax(high, b[i]);
	density_grid(&grid, width, low, high);
	x = malloc(grid.n * sizeof *x);
	y = malloc(grid.n * sizeof *y);
	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(density_estimate(x, &grid, a, n), 0);
	assert_int_equal(density_estimate(y, &grid, b, m), 0);
	*overlap = density_overlap(x, y, &grid);
	*divergence = density_divergence(x, y, &grid);
	free(x);
	free(y);
}

static void check_near(double got, double wanted, double most)
{
	if (!(fabs(got - wanted) <= most))
		fail_msg("%.12g is not %.12g", got, wanted);
}

/* Kernels at 0 and d widths from it: the area under both is erfc(d / sqrt(8)), the divergence d^2 / 2. */
static void test_two_gaussians(void **state)
{
	static const double widths[] = {0.01, 1, 250};

	(void)state;
	for (size_t w = 0; w < 3; w++)
		for (double d = 0; d <= 6; d += 0.5) {
			const double a = 7, b = 7 + d * widths[w];
			double overlap, divergence;

			compare(&overlap, &divergence, &a, 1, &b, 1, widths[w]);
			check_near(overlap, erfc(d / sqrt(8)), 2e-3);
			/* beyond, the other is less than the least that counts */
			if (d <= 3)
				check_near(divergence, d * d / 2, 2e-3 + 0.01 * d * d);
			compare(&overlap, &divergence, &b, 1, &a, 1, widths[w]);
			check_near(overlap, erfc(d / sqrt(8)), 2e-3);
		}
}

/* Far apart: nothing under both, and a divergence that is large and no more than that. */
static void test_apart(void **state)
{
	const double a[] = {1, 2}, b[] = {1e6, 1e6 + 3};
	double overlap, divergence;

	(void)state;
	compare(&overlap, &divergence, a, 2, b, 2, 1);
	check_near(overlap, 0, 1e-9);
	assert_true(divergence > 20 && divergence < 30);
	/* further than a grid goes */
	compare(&overlap, &divergence, a, 2, b, 2, 1e-3);
	check_near(overlap, 0, 1e-9);
	assert_true(divergence > 20 && divergence < 40);
}

/* Half of one's numbers are the other's, half far away: half the area, ln 2. */
static void test_mixture(void **state)
{
	const double a[] = {0, 0}, b[] = {0, 100};
	double overlap, divergence;

	(void)state;
	compare(&overlap, &divergence, a, 2, b, 2, 1);
	check_near(overlap, 0.5, 1e-9);
	check_near(divergence, log(2), 1e-9);
}

/* The density of many normal numbers is that of a normal distribution whose variance is theirs and the kernel's. */
static void test_normal(void **state)
{
	enum { N = 40000 };
	struct random r = random_stream(3, 0, 0, 0);
	double *a = malloc(N * sizeof *a), *b = malloc(N * sizeof *b), overlap, divergence;
	const double deviation = sqrt(1 + 0.25);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (int i = 0; i < N; i++) {
		a[i] = random_normal(&r);
		b[i] = random_normal(&r) + 1;
	}
	compare(&overlap, &divergence, a, N, b, N, 0.5);
	check_near(overlap, erfc(1 / deviation / sqrt(8)), 0.01);
	check_near(divergence, 1 / (2 * deviation * deviation), 0.02);
	compare(&overlap, &divergence, a, N, a, N, 0.5);
	check_near(overlap, 1, 1e-9);
	assert_true(divergence == 0);
	free(a);
	free(b);
}

static void test_sum(void **state)
{
	struct random r = random_stream(4, 0, 0, 0);
	double numbers[50], *x, sum = 0;
	struct density_grid grid;

	(void)state;
	for (int i = 0; i < 50; i++)
		numbers[i] = 10 * random_unit(&r);
	density_grid(&grid, 0.3, 0, 10);
	x = malloc(grid.n * sizeof *x);
	assert_non_null(x);
	assert_int_equal(density_estimate(x, &grid, numbers, 50), 0);
	for (size_t i = 0; i < grid.n; i++) {
		assert_true(x[i] >= 0);
		sum += x[i] * grid.step;
	}
	check_near(sum, 1, 1e-9);
	free(x);
}

static void test_quantile(void **state)
{
	const double x[] = {1, 2, 4, 8, 16};

	(void)state;
	check_near(density_quantile(x, 5, 0), 1, 0);
	check_near(density_quantile(x, 5, 0.5), 4, 0);
	check_near(density_quantile(x, 5, 1), 16, 0);
	check_near(density_quantile(x, 5, 0.95), 8 + 0.8 * 8, 1e-12);
	check_near(density_quantile(x, 4, 0.5), 3, 1e-12);
	check_near(density_quantile(x, 1, 0.3), 1, 0);
	assert_true(isnan(density_quantile(x, 0, 0.5)));
	check_near(density_width(2, 32), 1, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_gaussians), cmocka_unit_test(test_apart), cmocka_unit_test(test_mixture),
		cmocka_unit_test(test_normal),        cmocka_unit_test(test_sum),   cmocka_unit_test(test_quantile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
