/* The recurrent discriminator. See recurrent_critic.h. */
#include "model/recurrent_critic.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "num/blas.h"
#include "num/vec.h"

static const enum head seen[] = {HEAD_PITCH, HEAD_DURATION, HEAD_VELOCITY, HEAD_SHIFT, HEAD_PART};
enum { SEEN = sizeof seen / sizeof *seen };

/* ---- What it is made of --------------------------------------------------- */

static void normalise(struct recurrent_critic *c, const char *name, size_t w, int rows, int cols)
{
	if (c->config.spectral)
		c->norms[c->n_norms++] = spectral_layer(&c->params, name, w, rows, cols);
}

static void normalise_stack(struct recurrent_critic *c, const char *name, const struct stack *s)
{
	for (int l = 0; l < s->n; l++) {
		const struct lstm *layer = &s->layers[l];
		char x[PARAM_NAME_MAX], h[PARAM_NAME_MAX];

		snprintf(x, sizeof x, "%s%d.wx", name, l);
		snprintf(h, sizeof h, "%s%d.wh", name, l);
		normalise(c, x, layer->wx, 4 * layer->hidden, layer->in);
		normalise(c, h, layer->wh, 4 * layer->hidden, layer->hidden);
	}
}

static void lay_layers(struct recurrent_critic *c)
{
	struct params *p = &c->params;
	const int width = c->config.width;
	int widths[STACK_MAX];

	for (int l = 0; l < STACK_MAX; l++)
		widths[l] = width;
	/* a row is the sum of an embedding a head: of about unit variance together */
	c->embed = (struct linear){.in = c->in, .out = width};
	c->embed.w = params_add_part(p, "embed", "weight", width, c->in, INIT_NORMAL, 1 / sqrt(SEEN), true);
	c->embed.b = params_add_part(p, "embed", "bias", 1, width, INIT_ZERO, 0, false);
	c->forth = stack_layers(p, "forth", width, widths, c->config.layers);
	c->back = stack_layers(p, "back", width, widths, c->config.layers);
	c->row = linear_layer(p, "row", 2 * width, width);
	c->activation = activation_layer(p, "row", c->config.activation, width);
	c->score = linear_layer(p, "score", c->activation.out, 1);
	if (c->config.styles > 0)
		c->style = linear_layer(p, "style", c->activation.out, c->config.styles);
	normalise(c, "embed", c->embed.w, width, c->in);
	normalise_stack(c, "forth", &c->forth);
	normalise_stack(c, "back", &c->back);
	normalise(c, "row", c->row.w, width, 2 * width);
	normalise(c, "score", c->score.w, 1, c->activation.out);
}

int recurrent_critic_init(struct recurrent_critic *c, const struct recurrent_critic_config *config,
                          const struct generator *g)
{
	*c = (struct recurrent_critic){.config = *config};
	if (generator_reads_tokens(g))
		BUG("a critic of events for a network that reads tokens");
	for (int i = 0; i < SEEN; i++) {
		c->place[seen[i]] = c->in;
		c->classes[seen[i]] = head_classes(g, seen[i]);
		c->in += c->classes[seen[i]];
	}
	lay_layers(c);
	if (c->params.failed) {
		recurrent_critic_done(c);
		return -1;
	}
	return 0;
}

void recurrent_critic_done(struct recurrent_critic *c)
{
	params_done(&c->params);
}

void recurrent_critic_read(const struct recurrent_critic *c, real *x, const struct batch *b)
{
	memset(x, 0, (size_t)b->rows * (size_t)c->in * sizeof *x);
	for (int r = 0; r < b->rows; r++)
		for (int h = 0; h < HEADS; h++) {
			const int symbol = b->targets[h].symbol[r];

			if (c->classes[h] > 0 && symbol >= 0)
				x[(size_t)r * (size_t)c->in + (size_t)(c->place[h] + symbol)] = 1;
		}
}

/* ---- Spectral normalisation ------------------------------------------------ */

static void norm_layout(struct recurrent_critic_norm *n, const struct recurrent_critic *c)
{
	ARENA_TAKE(&n->arena, n->w, c->params.size);
	for (int i = 0; i < c->n_norms; i++)
		spectral_frame_layout(&n->frames[i], &n->arena, &c->norms[i]);
}

int recurrent_critic_norm_init(struct recurrent_critic_norm *n, const struct recurrent_critic *c)
{
	*n = (struct recurrent_critic_norm){0};
	if (c->n_norms == 0)
		return 0;
	norm_layout(n, c);
	if (arena_reserve(&n->arena) < 0)
		return -1;
	norm_layout(n, c);
	return 0;
}

void recurrent_critic_norm_done(struct recurrent_critic_norm *n)
{
	arena_done(&n->arena);
}

const real *recurrent_critic_norm_forward(struct recurrent_critic_norm *n, const struct recurrent_critic *c, real *w)
{
	if (c->n_norms == 0)
		return w;
	memcpy(n->w, w, c->params.size * sizeof *w);
	for (int i = 0; i < c->n_norms; i++) {
		spectral_forward(&c->norms[i], n->w, w, &n->frames[i], 1);
		spectral_track(&c->norms[i], w, &n->frames[i]);
	}
	return n->w;
}

void recurrent_critic_norm_backward(const struct recurrent_critic_norm *n, const struct recurrent_critic *c, real *dw)
{
	for (int i = 0; i < c->n_norms; i++)
		spectral_backward(&c->norms[i], dw, n->w, &n->frames[i]);
}

/* ---- Passes ---------------------------------------------------------------- */

void recurrent_critic_frame_layout(struct recurrent_critic_frame *f, struct arena *a, const struct recurrent_critic *c,
                                   int steps, int lanes)
{
	const size_t rows = (size_t)steps * (size_t)lanes, width = (size_t)c->config.width;
	const size_t out = (size_t)c->activation.out, n = (size_t)lanes;

	f->steps = steps;
	f->lanes = lanes;
	ARENA_TAKE(a, f->e, rows * width);
	ARENA_TAKE(a, f->e_back, rows * width);
	ARENA_TAKE(a, f->ab, rows * 2 * width);
	ARENA_TAKE(a, f->z, rows * width);
	ARENA_TAKE(a, f->u, rows * out);
	ARENA_TAKE(a, f->pool, n * out);
	ARENA_TAKE(a, f->score, n);
	ARENA_TAKE(a, f->style, n * (size_t)c->config.styles);
	ARENA_TAKE(a, f->reset_forth, rows);
	ARENA_TAKE(a, f->reset_back, rows);
	for (int l = 0; l < c->config.layers; l++) {
		ARENA_TAKE(a, f->h[l], n * width);
		ARENA_TAKE(a, f->c[l], n * width);
	}
	stack_frame_layout(&f->forth, a, &c->forth, steps, lanes, true);
	stack_frame_layout(&f->back, a, &c->back, steps, lanes, true);
	ARENA_TAKE(a, f->de, rows * width);
	ARENA_TAKE(a, f->de_back, rows * width);
	ARENA_TAKE(a, f->dab, rows * 2 * width);
	ARENA_TAKE(a, f->dz, rows * width);
	ARENA_TAKE(a, f->du, rows * out);
	ARENA_TAKE(a, f->dpool, n * out);
	ARENA_TAKE(a, f->unused, c->params.size);
}

/* Rows of all lanes the other way round in time: to (rows,width; ldt) from (ldf). */
static void turn_round(real *to, int ldt, const real *from, int ldf, int width, int steps, int lanes)
{
	for (int t = 0; t < steps; t++)
		for (int i = 0; i < lanes; i++)
			memcpy(to + (size_t)(t * lanes + i) * (size_t)ldt,
			       from + (size_t)((steps - 1 - t) * lanes + i) * (size_t)ldf, (size_t)width * sizeof *to);
}

static void copy_columns(real *to, int ldt, const real *from, int ldf, int width, int rows)
{
	for (int r = 0; r < rows; r++)
		memcpy(to + (size_t)r * (size_t)ldt, from + (size_t)r * (size_t)ldf, (size_t)width * sizeof *to);
}

/* Both directions begin with zeros at the ends of each lane's window. */
static void mark_resets(struct recurrent_critic_frame *f, const int *length, int steps)
{
	memset(f->reset_forth, 0, (size_t)steps * (size_t)f->lanes);
	memset(f->reset_back, 0, (size_t)steps * (size_t)f->lanes);
	for (int i = 0; i < f->lanes; i++) {
		if (length[i] < 1 || length[i] > steps)
			BUG("a window of %d of %d rows", length[i], steps);
		f->reset_forth[i] = 1;
		f->reset_back[(steps - length[i]) * f->lanes + i] = 1;
	}
}

/* The mean over a window's rows. */
static void pool_forward(struct recurrent_critic_frame *f, const int *length, int out)
{
	memset(f->pool, 0, (size_t)f->lanes * (size_t)out * sizeof(real));
	for (int i = 0; i < f->lanes; i++) {
		real *pool = f->pool + (size_t)i * (size_t)out;

		for (int t = 0; t < length[i]; t++)
			vec_add(pool, f->u + (size_t)(t * f->lanes + i) * (size_t)out, (size_t)out);
		vec_scale(pool, (real)(1.0 / length[i]), (size_t)out);
	}
}

static void pool_backward(struct recurrent_critic_frame *f, const int *length, int out, int steps)
{
	memset(f->du, 0, (size_t)steps * (size_t)f->lanes * (size_t)out * sizeof(real));
	for (int i = 0; i < f->lanes; i++)
		for (int t = 0; t < length[i]; t++)
			vec_axpy(f->du + (size_t)(t * f->lanes + i) * (size_t)out, (real)(1.0 / length[i]),
			         f->dpool + (size_t)i * (size_t)out, (size_t)out);
}

void recurrent_critic_forward(const struct recurrent_critic *c, const real *w, struct recurrent_critic_frame *f,
                              const real *x, const int *length, int steps)
{
	const int width = c->config.width, lanes = f->lanes, rows = steps * lanes, out = c->activation.out;
	const struct random none = {0, 0};
	const real *a, *b;

	if (steps > f->steps)
		BUG("a window of %d steps in a frame of %d", steps, f->steps);
	mark_resets(f, length, steps);
	linear_forward(&c->embed, w, f->e, width, x, c->in, rows);
	turn_round(f->e_back, width, f->e, width, width, steps, lanes);
	a = stack_forward(&c->forth, w, &f->forth, f->h, f->c, f->e, width, f->reset_forth, 0, none, steps, lanes);
	b = stack_forward(&c->back, w, &f->back, f->h, f->c, f->e_back, width, f->reset_back, 0, none, steps, lanes);
	copy_columns(f->ab, 2 * width, a, width, width, rows);
	turn_round(f->ab + width, 2 * width, b, width, width, steps, lanes);
	linear_forward(&c->row, w, f->z, width, f->ab, 2 * width, rows);
	activation_forward(&c->activation, w, f->u, f->z, (size_t)rows);
	pool_forward(f, length, out);
	linear_forward(&c->score, w, f->score, 1, f->pool, out, lanes);
	if (c->config.styles > 0)
		linear_forward(&c->style, w, f->style, c->config.styles, f->pool, out, lanes);
}

/* From dz to both stacks' inputs: f->de has the whole gradient of e afterwards. */
static void stacks_backward(const struct recurrent_critic *c, const real *w, real *dw, struct recurrent_critic_frame *f,
                            int steps)
{
	const int width = c->config.width, lanes = f->lanes, rows = steps * lanes;
	const size_t n = (size_t)rows * (size_t)width;

	memset(f->dab, 0, 2 * n * sizeof(real));
	linear_backward(&c->row, w, dw, f->dab, 2 * width, f->dz, width, f->ab, 2 * width, rows);
	copy_columns(f->forth.dy, width, f->dab, 2 * width, width, rows);
	turn_round(f->back.dy, width, f->dab + width, 2 * width, width, steps, lanes);
	memset(f->de, 0, n * sizeof(real));
	memset(f->de_back, 0, n * sizeof(real));
	stack_backward(&c->forth, w, dw, &f->forth, f->de, width, f->e, width, f->reset_forth, 0, steps, lanes);
	stack_backward(&c->back, w, dw, &f->back, f->de_back, width, f->e_back, width, f->reset_back, 0, steps, lanes);
	/* dz has been used */
	turn_round(f->dz, width, f->de_back, width, width, steps, lanes);
	vec_add(f->de, f->dz, n);
}

void recurrent_critic_backward(const struct recurrent_critic *c, const real *w, real *dw,
                               struct recurrent_critic_frame *f, real *dx, const real *dscore, const real *dstyle,
                               const real *x, const int *length, int steps)
{
	const int lanes = f->lanes, rows = steps * lanes, out = c->activation.out, styles = c->config.styles;

	if (!dw)
		dw = f->unused;
	memset(f->dpool, 0, (size_t)lanes * (size_t)out * sizeof(real));
	linear_backward(&c->score, w, dw, f->dpool, out, dscore, 1, f->pool, out, lanes);
	if (styles > 0 && dstyle)
		linear_backward(&c->style, w, dw, f->dpool, out, dstyle, styles, f->pool, out, lanes);
	pool_backward(f, length, out, steps);
	activation_backward(&c->activation, w, dw, f->dz, f->du, f->z, (size_t)rows);
	stacks_backward(c, w, dw, f, steps);
	if (dx)
		memset(dx, 0, (size_t)rows * (size_t)c->in * sizeof *dx);
	linear_backward(&c->embed, w, dw, dx, c->in, f->de, c->config.width, x, c->in, rows);
}
