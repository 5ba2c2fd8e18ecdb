/* Which z phrases get. See latent_plan.h. */
#include "model/latent_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/random.h"

/* What random numbers are for. */
enum { FOR_Z = 501 };

int latent_plan_init(struct latent_plan *p, int width, size_t n)
{
	*p = (struct latent_plan){.width = width, .n = n};
	p->ticks = mem_new(n, sizeof *p->ticks);
	p->bars = mem_new(n, sizeof *p->bars);
	p->z = mem_new(n * (size_t)width, sizeof *p->z);
	return p->ticks && p->bars && p->z ? 0 : -1;
}

void latent_plan_done(struct latent_plan *p)
{
	free(p->ticks);
	free(p->bars);
	free(p->z);
	*p = (struct latent_plan){.width = 0};
}

/* z += share x normal numbers of a phrase. */
static void add_drawn(const struct latent_plan *p, real *z, double share, uint64_t phrase)
{
	struct random random = random_stream(p->seed, FOR_Z, phrase, 0);

	for (int i = 0; i < p->width; i++)
		z[i] += (real)(share * random_normal(&random));
}

/* The last phrase that has begun. */
static size_t phrase_at(const struct latent_plan *p, int tick)
{
	size_t low = 0, high = p->n;

	while (high - low > 1) {
		const size_t middle = (low + high) / 2;

		if (p->ticks[middle] <= tick)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int latent_plan_at(const struct latent_plan *p, real *z, const struct position *at)
{
	const double turn = p->amount * 1.57079632679489661923;
	size_t phrase;

	memset(z, 0, (size_t)p->width * sizeof *z);
	if (p->n == 0) {
		phrase = (size_t)(at->bar > 0 ? at->bar / PHRASE_BARS : 0);
		add_drawn(p, z, 1, phrase);
		return (int)phrase * PHRASE_BARS;
	}
	phrase = phrase_at(p, at->now);
	memcpy(z, p->z + phrase * (size_t)p->width, (size_t)p->width * sizeof *z);
	if (p->amount <= 0)
		return p->bars[phrase];
	for (int i = 0; i < p->width; i++)
		z[i] *= (real)cos(turn);
	add_drawn(p, z, sin(turn), phrase);
	return p->bars[phrase];
}
