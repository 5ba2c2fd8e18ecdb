/* Mode collapse. See collapse.h. */
#include "model/collapse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

/* Shares of what real music has. */
#define DISTINCT_LEAST 0.125
#define DISTANCE_LEAST 0.1

static size_t differences(const uint8_t *a, const uint8_t *b, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += a[i] != b[i];
	return n;
}

int variety_of(struct variety *out, const real *x, int n, size_t size)
{
	uint8_t *bits = mem_new((size_t)n, size);
	double sum = 0;

	*out = (struct variety){.n = n};
	if (!bits)
		return -1;
	for (size_t i = 0; i < (size_t)n * size; i++)
		bits[i] = x[i] > 0;
	for (int i = 0; i < n; i++) {
		bool again = false;

		for (int k = 0; k < i; k++) {
			const size_t apart = differences(bits + (size_t)i * size, bits + (size_t)k * size, size);

			again = again || apart == 0;
			sum += (double)apart;
		}
		out->distinct += !again;
	}
	out->distance = n > 1 ? sum / ((double)n * (n - 1) / 2) : 0;
	free(bits);
	return 0;
}

bool variety_collapsed(const struct variety *made, const struct variety *real_ones)
{
	if (real_ones->distinct < 2)
		return false;
	return made->distinct <= DISTINCT_LEAST * real_ones->distinct ||
	       made->distance < DISTANCE_LEAST * real_ones->distance;
}
