/* Drawing from logits. See sample.h. */
#include "model/sample.h"

#include <math.h>
#include <stdbool.h>
#include "base/error.h"

struct candidate {
	double p;
	int index;
};

static bool before(const struct candidate *x, const struct candidate *y)
{
	return x->p > y->p || (x->p >= y->p && x->index < y->index);
}

/* Shell's sort, in Ciura's steps: qsort() allocates. */
static void sort(struct candidate *list, int n)
{
	static const int gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};

	for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
		const int gap = gaps[g];

		for (int i = gap; i < n; i++) {
			struct candidate moved = list[i];
			int j = i;

			for (; j >= gap && before(&moved, &list[j - gap]); j -= gap)
				list[j] = list[j - gap];
			list[j] = moved;
		}
	}
}

int sample_logits(const real *logits, int n, double temperature, int top_k, double top_p, struct random *random)
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
		/* The most likely has 1, though it were infinite; what is no number has nothing. */
		double p = logits[i] >= most ? 1 : exp(((double)logits[i] - most) / temperature);

		if (p > 0)
			list[count++] = (struct candidate){p, i};
	}
	sort(list, count);
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
	return count > 0 ? list[count - 1].index : -1;
}

double sample_cost(const real *logits, int n, int chosen)
{
	double most = -INFINITY, sum = 0;

	if (chosen < 0)
		return 0;
	for (int i = 0; i < n; i++)
		most = fmax(most, logits[i]);
	for (int i = 0; i < n; i++)
		sum += exp((double)logits[i] - most);
	return most + log(sum) - (double)logits[chosen];
}
