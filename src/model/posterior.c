/* What z a chunk's phrases have. See posterior.h. */
#include "model/posterior.h"

#include <math.h>
#include <string.h>

static void layout(struct posterior *p, const struct generator *g, int steps, int lanes, bool backward)
{
	const int phrases = steps * lanes;
	const size_t n = (size_t)phrases * (size_t)g->config.latent;

	encoder_frame_layout(&p->frame, &p->arena, &g->encoder, phrases, BATCH_PHRASE_EVENTS(steps, lanes), backward);
	ARENA_TAKE(&p->arena, p->z, n);
	ARENA_TAKE(&p->arena, p->eps, n);
	ARENA_TAKE(&p->arena, p->kl, (size_t)phrases);
	if (backward)
		ARENA_TAKE(&p->arena, p->dz, n);
}

int posterior_init(struct posterior *p, const struct generator *g, int steps, int lanes, bool backward)
{
	*p = (struct posterior){.dz = NULL};
	layout(p, g, steps, lanes, backward);
	if (arena_reserve(&p->arena) < 0)
		return -1;
	layout(p, g, steps, lanes, backward);
	return 0;
}

void posterior_done(struct posterior *p)
{
	arena_done(&p->arena);
}

static double sigma(double log_sigma2)
{
	return exp(log_sigma2 / 2);
}

static void draw(struct posterior *p, int phrases, size_t n, struct random random)
{
	for (size_t i = 0; i < (size_t)phrases * n; i++) {
		p->eps[i] = (real)random_normal(&random);
		p->z[i] = p->frame.mu[i] + (real)sigma((double)p->frame.log_sigma2[i]) * p->eps[i];
	}
}

static double divergence(const real *mu, const real *log_sigma2, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const double m = (double)mu[i], l = (double)log_sigma2[i];

		sum += 0.5 * (m * m + exp(l) - 1 - l);
	}
	return sum;
}

void posterior_forward(struct posterior *p, const struct generator *g, const real *w, struct frame *f,
                       const struct batch *b, enum posterior_z which, struct random random)
{
	const size_t n = (size_t)g->config.latent;
	const int phrases = b->phrases.n;

	encoder_forward(&g->encoder, w, &p->frame, &b->phrases);
	for (int i = 0; i < phrases; i++) {
		const size_t at = (size_t)i * n, from = (size_t)((i + 1) % phrases) * n;

		p->kl[i] = divergence(p->frame.mu + at, p->frame.log_sigma2 + at, n);
		if (which == Z_MEAN || which == Z_OTHER)
			memcpy(p->z + at, p->frame.mu + (which == Z_MEAN ? at : from), n * sizeof(real));
	}
	if (which == Z_DRAWN)
		draw(p, phrases, n, random);
	f->phrase_z = which == Z_NONE ? NULL : p->z;
	f->dphrase_z = p->dz;
	if (p->dz)
		memset(p->dz, 0, (size_t)phrases * n * sizeof(real));
}

void posterior_backward(struct posterior *p, const struct generator *g, const real *w, real *dw, const struct batch *b,
                        const struct posterior_weights *weights, double scale)
{
	struct encoder_frame *f = &p->frame;
	const size_t n = (size_t)g->config.latent;

	for (int k = 0; k < b->phrases.n; k++) {
		const bool costs = p->kl[k] > weights->free_nats;
		const double weight = costs ? weights->beta * b->phrases.share[k] * scale : 0;

		for (size_t i = (size_t)k * n; i < ((size_t)k + 1) * n; i++) {
			const double l = (double)f->log_sigma2[i], d = (double)p->dz[i];

			f->dmu[i] = (real)(d + weight * (double)f->mu[i]);
			f->dlog_sigma2[i] = (real)(d * (double)p->eps[i] * sigma(l) / 2 + weight * (exp(l) - 1) / 2);
		}
	}
	encoder_backward(&g->encoder, w, dw, f, &b->phrases);
}
