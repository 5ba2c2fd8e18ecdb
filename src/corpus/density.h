/*
 * Two sets of numbers compared as densities: kernel estimates with Gaussian
 * kernels of one width, the area under both, and the Kullback-Leibler
 * divergence. Numbers are put on a grid of tenths of a width first, each
 * shared by its two neighbours.
 */
#ifndef CORPUS_DENSITY_H
#define CORPUS_DENSITY_H

#include <stddef.h>

#define DENSITY_STEPS 10     /* of the grid, a kernel's width */
#define DENSITY_REACH 8      /* widths from its middle, a kernel ends */
#define DENSITY_MOST  100000 /* points of a grid; numbers beyond its end count as there */

struct density_grid {
	double width; /* the kernels' standard deviation */
	double from, step;
	size_t n; /* points */
};

/* A grid for numbers from low to high. width > 0, low <= high, all finite. */
void density_grid(struct density_grid *grid, double width, double low, double high);

/* Estimate the density of n >= 1 numbers at the grid's points. out: (grid->n). 0 or -1. */
int density_estimate(double *out, const struct density_grid *grid, const double *numbers, size_t n);

/* The area under both: 0 to 1 (1: the same). */
double density_overlap(const double *a, const double *b, const struct density_grid *grid);

/*
 * The divergence of a from b in nats, the integral of a ln(a / b); 0 when they
 * are the same. Where b is less than 1e-12 a width it counts as that, so that
 * what lies apart is as far as about 27 and not infinitely far.
 */
double density_divergence(const double *a, const double *b, const struct density_grid *grid);

/* Scott's width for n numbers of this standard deviation: that times n^(-1/5). */
double density_width(double deviation, size_t n);

/* The number below which a share q of n sorted numbers lies (q 0 .. 1), between two of them in proportion. NaN for none. */
double density_quantile(const double *sorted, size_t n, double q);

#endif
