/* Which z phrases get. See latent_plan.h. */
#include "model/latent_plan.h"

#include <string.h>
#include "base/random.h"

/* What random numbers are for. */
enum { FOR_Z = 501 };

void latent_draw(real *z, int n, uint64_t seed, uint64_t phrase)
{
	struct random random = random_stream(seed, FOR_Z, phrase, 0);

	for (int i = 0; i < n; i++)
		z[i] = (real)random_normal(&random);
}

void latent_plan_at(const struct latent_plan *p, real *z, const struct position *at)
{
	size_t low = 0, high = p->n;

	if (p->n == 0) {
		latent_draw(z, p->width, p->seed, (uint64_t)(at->bar > 0 ? at->bar / PHRASE_BARS : 0));
		return;
	}
	/* the last phrase that has begun */
	while (high - low > 1) {
		const size_t middle = (low + high) / 2;

		if (p->ticks[middle] <= at->now)
			low = middle;
		else
			high = middle;
	}
	memcpy(z, p->z + low * (size_t)p->width, (size_t)p->width * sizeof *z);
}
