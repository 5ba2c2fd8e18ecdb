/*
 * Dropout with masks from a counter: element i is dropped where the i-th 32
 * bits of the stream, as a fraction of 2^32, are below the rate. The mask
 * depends on the stream alone, never on which thread works it out.
 */
#include "nn/dropout.h"

#include "base/error.h"

static void check(double rate)
{
	if (!(rate >= 0 && rate < 1))
		BUG("dropout: a rate of %g", rate);
}

void dropout_forward(real *x, uint8_t *mask, uint32_t *scratch, size_t n, double rate, struct random random)
{
	const real scale = (real)(1 / (1 - rate));
	const uint32_t below = (uint32_t)(rate * 4294967296.0);

	check(rate);
	random_fill(&random, scratch, n);
	for (size_t i = 0; i < n; i++)
		mask[i] = scratch[i] >= below;
	for (size_t i = 0; i < n; i++)
		x[i] = mask[i] ? x[i] * scale : 0;
}

void dropout_backward(real *dx, const uint8_t *mask, size_t n, double rate)
{
	const real scale = (real)(1 / (1 - rate));

	check(rate);
	for (size_t i = 0; i < n; i++)
		dx[i] = mask[i] ? dx[i] * scale : 0;
}
