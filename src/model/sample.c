/* Drawing from logits. See sample.h. */
#include "model/sample.h"

#include <math.h>
#include <stdlib.h>
#include "base/error.h"

struct candidate {
	double p;
	int index;
};

static int by_probability(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->p != y->p)
		return x->p > y->p ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

int sample_logits(real *logits, int n, double temperature, int top_k, double top_p, struct random *random)
{
	struct candidate list[SAMPLE_MAX];
	double most = -INFINITY, sum = 0, kept = 0, at;
	int count = 0;

	if (n > SAMPLE_MAX)
		BUG("%d logits to sample from", n);
	for (int i = 0; i < n; i++)
		most = fmax(most, logits[i]);
	if (most == -INFINITY)
		return -1;
	for (int i = 0; i < n; i++) {
		double p = exp(((double)logits[i] - most) / temperature);

		if (p > 0)
			list[count++] = (struct candidate){p, i};
	}
	qsort(list, (size_t)count, sizeof *list, by_probability);
	if (top_k > 0 && count > top_k)
		count = top_k;
	for (int i = 0; i < count; i++)
		sum += list[i].p;
	for (int i = 0; i < count; i++) {
		kept += list[i].p;
		if (kept >= top_p * sum) {
			count = i + 1;
			break;
		}
	}
	at = random_unit(random) * kept;
	for (int i = 0; i < count; i++) {
		at -= list[i].p;
		if (at < 0)
			return list[i].index;
	}
	return list[count - 1].index;
}
