/* Densities compared. See density.h. */
#include "corpus/density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define REACH (DENSITY_REACH * DENSITY_STEPS)
#define LEAST 1e-12

void density_grid(struct density_grid *grid, double width, double low, double high)
{
	const double step = width / DENSITY_STEPS, span = (high - low) / step + 2 * REACH + 2;

	*grid = (struct density_grid){
		.width = width,
		.step = step,
		.from = low - REACH * step,
		.n = span < DENSITY_MOST ? (size_t)span : DENSITY_MOST,
	};
}

/* Each number to the two points beside it, the more the nearer. */
static void bin(double *bins, const struct density_grid *grid, const double *numbers, size_t n)
{
	const double last = (double)(grid->n - 1 - REACH);

	for (size_t i = 0; i < n; i++) {
		double place = (numbers[i] - grid->from) / grid->step, part;
		size_t at;

		place = place < REACH ? REACH : place > last ? last : place;
		at = (size_t)place;
		part = place - (double)at;
		bins[at] += 1 - part;
		if (part > 0)
			bins[at + 1] += part;
	}
}

int density_estimate(double *out, const struct density_grid *grid, const double *numbers, size_t n)
{
	double *bins = mem_new(grid->n, sizeof *bins), kernel[2 * REACH + 1], sum = 0;

	if (!bins)
		return -1;
	for (int i = -REACH; i <= REACH; i++) {
		const double x = (double)i / DENSITY_STEPS;

		kernel[i + REACH] = exp(-x * x / 2);
		sum += kernel[i + REACH];
	}
	bin(bins, grid, numbers, n);
	memset(out, 0, grid->n * sizeof *out);
	for (size_t i = 0; i < grid->n; i++) {
		const double weight = bins[i] / ((double)n * sum * grid->step);
		const size_t from = i < REACH ? REACH - i : 0;
		const size_t to = grid->n - i > REACH ? 2 * REACH + 1 : REACH + grid->n - i;

		if (bins[i] == 0)
			continue;
		for (size_t k = from; k < to; k++)
			out[i + k - REACH] += weight * kernel[k];
	}
	free(bins);
	return 0;
}

double density_overlap(const double *a, const double *b, const struct density_grid *grid)
{
	double area = 0;

	for (size_t i = 0; i < grid->n; i++)
		area += (a[i] < b[i] ? a[i] : b[i]) * grid->step;
	return area;
}

double density_divergence(const double *a, const double *b, const struct density_grid *grid)
{
	const double least = LEAST / grid->width;
	double sum = 0;

	for (size_t i = 0; i < grid->n; i++)
		if (a[i] > least)
			sum += a[i] * log(a[i] / (b[i] > least ? b[i] : least)) * grid->step;
	return sum > 0 ? sum : 0;
}

double density_width(double deviation, size_t n)
{
	return deviation * pow((double)n, -0.2);
}

double density_quantile(const double *sorted, size_t n, double q)
{
	const double place = q * (double)(n > 0 ? n - 1 : 0);
	const size_t at = (size_t)place;

	if (n == 0)
		return NAN;
	if (at + 1 >= n)
		return sorted[n - 1];
	return sorted[at] + (place - (double)at) * (sorted[at + 1] - sorted[at]);
}
