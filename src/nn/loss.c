/*
 * Cross-entropy of rows of logits, loss = -log p(target), p = softmax(logits):
 *
 *	d loss / d logit_j = p_j - [j == target]
 */
#include "nn/loss.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "num/vec.h"

void softmax_loss(real *logits, int ld, double *loss, const int *target, const real *weight, int rows, int n)
{
	for (int r = 0; r < rows; r++) {
		real *x = logits + (size_t)r * (size_t)ld;
		const int y = target[r];
		real logit, sum;

		if (y < -1 || y >= n)
			BUG("loss: target %d of %d", y, n);
		if (y == -1) {
			memset(x, 0, (size_t)n * sizeof *x);
			loss[r] = 0;
			continue;
		}
		logit = x[y];
		if (logit == -(real)INFINITY)
			BUG("loss: target %d is impossible", y);
		sum = vec_softmax(x, (size_t)n);
		/* The logarithm of p is the more exact one, but p may be too small to be a number. */
		if (x[y] > (real)1e-30)
			loss[r] = -log((double)x[y]);
		else
			loss[r] = (double)sum - (double)logit;
		x[y] -= 1;
		if (weight)
			vec_scale(x, weight[r], (size_t)n);
	}
}

double softplus(double x, double *d)
{
	const double e = exp(-fabs(x));

	*d = (x < 0 ? e : 1) / (1 + e);
	return (x > 0 ? x : 0) + log1p(e);
}
