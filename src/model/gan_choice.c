/* Gradients of choices. See gan_choice.h. */
#include "model/gan_choice.h"

#include <math.h>
#include <string.h>
#include "num/vec.h"

void gan_choice_gradient(const struct gan_choice *c, real *logits, real *scratch, const real *noise, const real *dx,
                         int k, int n)
{
	real *y = scratch, *p = scratch + n;
	double along = 0, h = 0;

	for (int i = 0; i < n; i++)
		y[i] = (logits[i] + noise[i]) / (real)c->temperature;
	vec_softmax(y, (size_t)n);
	memcpy(p, logits, (size_t)n * sizeof *p);
	vec_softmax(p, (size_t)n);
	for (int i = 0; i < n; i++) {
		along += (double)y[i] * (double)dx[i];
		h -= p[i] > 0 ? (double)p[i] * log((double)p[i]) : 0;
	}
	for (int i = 0; i < n; i++) {
		const double straight = (double)y[i] * ((double)dx[i] - along) / c->temperature;
		const double reinforce = (i == k) - (double)p[i];
		const double entropy = p[i] > 0 ? (double)p[i] * (log((double)p[i]) + h) : 0;

		logits[i] = (real)(c->straight * straight + c->reinforce * reinforce + c->entropy * entropy);
	}
}
