/* The critic of the latent. See latent_critic.h. */
#include "model/latent_critic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "nn/loss.h"
#include "num/optim.h"
#include "num/vec.h"

/* What random numbers are for. */
enum { FOR_PRIOR = 601 };
enum { STYLE_WIDTH = 16 };

int latent_critic_init(struct latent_critic *c, int styles, int width, int hidden)
{
	*c = (struct latent_critic){.width = width, .hidden = hidden};
	bag_field(&c->style, &c->params, "style", styles + 1, STYLE_WIDTH);
	c->first = linear_layer(&c->params, "first", width + STYLE_WIDTH, hidden);
	c->second = linear_layer(&c->params, "second", hidden, hidden);
	c->score = linear_layer(&c->params, "score", hidden, 1);
	return c->params.failed ? -1 : 0;
}

void latent_critic_done(struct latent_critic *c)
{
	params_done(&c->params);
}

void critic_frame_layout(struct critic_frame *f, struct arena *a, const struct latent_critic *c, int rows)
{
	const size_t n = (size_t)rows, hidden = (size_t)c->hidden, in = (size_t)c->first.in;

	ARENA_TAKE(a, f->x, n * in);
	ARENA_TAKE(a, f->styles, n);
	ARENA_TAKE(a, f->place, n + 1);
	ARENA_TAKE(a, f->items, n);
	ARENA_TAKE(a, f->first, n * hidden);
	ARENA_TAKE(a, f->second, n * hidden);
	ARENA_TAKE(a, f->score, n);
	ARENA_TAKE(a, f->dscore, n);
	ARENA_TAKE(a, f->dsecond, n * hidden);
	ARENA_TAKE(a, f->dfirst, n * hidden);
	ARENA_TAKE(a, f->dx, n * in);
}

/* An unknown style has the row after the styles. */
static struct bag_input styles_of(const struct latent_critic *c, struct critic_frame *f, int rows)
{
	const int unknown = c->style.fields[0].rows - 1;

	for (int r = 0; r < rows; r++) {
		const int style = f->styles[r];

		f->items[r] = bag_item_of(0, style >= 0 && style < unknown ? style : unknown);
		f->place[r + 1] = (uint32_t)r + 1;
	}
	f->place[0] = 0;
	return (struct bag_input){f->place, f->items};
}

void critic_forward(const struct latent_critic *c, const real *w, struct critic_frame *f, int rows)
{
	const struct bag_input styles = styles_of(c, f, rows);
	const size_t n = (size_t)rows * (size_t)c->hidden;
	const int in = c->first.in;

	bag_forward(&c->style, w, f->x + c->width, in, &styles, rows);
	linear_forward(&c->first, w, f->first, c->hidden, f->x, in, rows);
	vec_tanh(f->first, f->first, n);
	linear_forward(&c->second, w, f->second, c->hidden, f->first, c->hidden, rows);
	vec_tanh(f->second, f->second, n);
	linear_forward(&c->score, w, f->score, 1, f->second, c->hidden, rows);
}

static void tanh_backward(real *dy, const real *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dy[i] *= 1 - y[i] * y[i];
}

void critic_backward(const struct latent_critic *c, const real *w, real *dw, struct critic_frame *f, int rows)
{
	const struct bag_input styles = styles_of(c, f, rows);
	const size_t n = (size_t)rows * (size_t)c->hidden, in = (size_t)c->first.in;

	memset(f->dsecond, 0, n * sizeof(real));
	memset(f->dfirst, 0, n * sizeof(real));
	memset(f->dx, 0, (size_t)rows * in * sizeof(real));
	linear_backward(&c->score, w, dw, f->dsecond, c->hidden, f->dscore, 1, f->second, c->hidden, rows);
	tanh_backward(f->dsecond, f->second, n);
	linear_backward(&c->second, w, dw, f->dfirst, c->hidden, f->dsecond, c->hidden, f->first, c->hidden, rows);
	tanh_backward(f->dfirst, f->first, n);
	linear_backward(&c->first, w, dw, f->dx, c->first.in, f->dfirst, c->hidden, f->x, c->first.in, rows);
	if (dw)
		bag_backward(&c->style, dw, f->dx + c->width, c->first.in, &styles, rows);
}

/* ---- against an encoder -------------------------------------------------------- */

static void layout(struct latent_adversary *a)
{
	for (int s = 0; s < a->shards; s++)
		critic_frame_layout(&a->frames[s], &a->arena, &a->critic, a->room);
	critic_frame_layout(&a->own, &a->arena, &a->critic, 2 * a->shards * a->room);
}

int latent_adversary_init(struct latent_adversary *a, int styles, int width, int hidden, int shards, int room,
                          uint64_t seed)
{
	*a = (struct latent_adversary){.shards = shards, .room = room, .seed = seed, .accuracy = 0.5};
	if (latent_critic_init(&a->critic, styles, width, hidden) < 0)
		return -1;
	a->frames = mem_new((size_t)shards, sizeof *a->frames);
	a->w = params_plane(&a->critic.params);
	a->dw = params_plane(&a->critic.params);
	for (int i = 0; i < 2; i++)
		a->moments[i] = params_plane(&a->critic.params);
	if (!a->frames || !a->w || !a->dw || !a->moments[0] || !a->moments[1])
		return -1;
	layout(a);
	if (arena_reserve(&a->arena) < 0)
		return -1;
	layout(a);
	params_init(&a->critic.params, a->w, seed);
	return 0;
}

void latent_adversary_done(struct latent_adversary *a)
{
	arena_done(&a->arena);
	free(a->frames);
	free(a->w);
	free(a->dw);
	for (int i = 0; i < 2; i++)
		free(a->moments[i]);
	latent_critic_done(&a->critic);
}

static double logistic(double x)
{
	double p;

	softplus(x, &p);
	return p;
}

static void put_case(const struct latent_critic *c, struct critic_frame *f, int row, const real *z, int style)
{
	memcpy(f->x + (size_t)row * (size_t)c->first.in, z, (size_t)c->width * sizeof *z);
	f->styles[row] = style;
}

void latent_adversary_shard(struct latent_adversary *a, int shard, struct posterior *p, const struct batch *b,
                            double scale)
{
	struct critic_frame *f = &a->frames[shard];
	const struct latent_critic *c = &a->critic;
	const size_t n = (size_t)c->width;

	if (b->phrases.n == 0)
		return;
	for (int i = 0; i < b->phrases.n; i++)
		put_case(c, f, i, p->z + (size_t)i * n, b->phrases.style[i]);
	critic_forward(c, a->w, f, b->phrases.n);
	for (int i = 0; i < b->phrases.n; i++)
		f->dscore[i] = (real)(a->weight * b->phrases.share[i] * scale * (logistic((double)f->score[i]) - 1));
	/* its own weights learn in latent_adversary_step() alone */
	critic_backward(c, a->w, NULL, f, b->phrases.n);
	for (int i = 0; i < b->phrases.n; i++)
		vec_add(p->dz + (size_t)i * n, f->dx + (size_t)i * (size_t)c->first.in, n);
}

void latent_adversary_step(struct latent_adversary *a, const struct posterior *posteriors,
                           const struct phrase_batch *const *b, uint64_t step)
{
	const struct optim_options adam = {.kind = OPTIM_ADAM, .beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-8};
	const struct latent_critic *c = &a->critic;
	struct random random = random_stream(a->seed, FOR_PRIOR, step, 0);
	struct critic_frame *f = &a->own;
	int made = 0, right = 0;

	for (int s = 0; s < a->shards; s++)
		for (int i = 0; i < b[s]->n; i++)
			put_case(c, f, made++, posteriors[s].z + (size_t)i * (size_t)c->width, b[s]->style[i]);
	if (made == 0)
		return;
	for (int i = 0; i < made; i++) {
		real *x = f->x + (size_t)(made + i) * (size_t)c->first.in;

		for (int j = 0; j < c->width; j++)
			x[j] = (real)random_normal(&random);
		f->styles[made + i] = f->styles[i];
	}
	critic_forward(c, a->w, f, 2 * made);
	for (int i = 0; i < 2 * made; i++) {
		const bool drawn = i >= made;

		right += (f->score[i] > 0) == drawn;
		f->dscore[i] = (real)((logistic((double)f->score[i]) - (drawn ? 1 : 0)) / (2 * made));
	}
	memset(a->dw, 0, c->params.size * sizeof(real));
	critic_backward(c, a->w, a->dw, f, 2 * made);
	optim_step(&adam, &c->params, a->w, a->moments, a->dw, a->learning_rate, step, 0, c->params.size);
	a->accuracy = (double)right / (2 * made);
}
