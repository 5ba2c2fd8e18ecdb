/* The convolutional discriminator. See conv_critic.h. */
#include "model/conv_critic.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"

/* As the generator's. */
#define GAIN 2.449489742783178

static void lay_body(struct conv_critic *c, const struct conv_config *config, const struct roll_shape *shape)
{
	int height = shape->frames, width = shape->pitches, in = 2 * shape->parts;

	for (int l = 0; l < config->levels; l++) {
		const struct conv_plan plan = {
			.up = 1,
			.shape = {height, width, in, config->channels << l, {4, 4}, {2, 2}, {1, 1}},
			.channels = config->channels << l,
			.norm = l > 0 ? config->critic_norm : CONV_NORM_NONE,
			.activation = config->critic_activation,
			.dropout = config->critic_dropout,
			.spectral = config->spectral,
			.gain = GAIN,
		};
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "down%d", l);
		conv_chain_add(&c->body, &c->params, name, &plan);
		height /= 2;
		width /= 2;
		in = c->body.blocks[l].activation.out;
	}
}

static void lay_head(struct conv_critic *c, const struct conv_config *config)
{
	int in = c->pack * (int)conv_chain_out(&c->body);
	struct conv_plan plan = {.up = 1, .shape = {1, 1, in, 1, {1, 1}, {1, 1}, {0, 0}}, .spectral = config->spectral};

	if (c->pack > 1) {
		plan.shape.out = plan.channels = config->channels << config->levels;
		plan.activation = config->critic_activation;
		plan.dropout = config->critic_dropout;
		plan.gain = GAIN;
		conv_chain_add(&c->head, &c->params, "together", &plan);
		plan.shape.channels = c->head.blocks[0].activation.out;
	}
	plan.shape.out = plan.channels = 1;
	plan.activation = ACTIVATION_LINEAR;
	plan.dropout = 0;
	plan.gain = 1;
	conv_chain_add(&c->head, &c->params, "score", &plan);
}

int conv_critic_init(struct conv_critic *c, const struct conv_config *config, const struct roll_shape *shape)
{
	*c = (struct conv_critic){.pack = config->pack, .scale = (real)config->score};
	lay_body(c, config, shape);
	lay_head(c, config);
	return c->params.failed ? -1 : 0;
}

void conv_critic_done(struct conv_critic *c)
{
	params_done(&c->params);
}

void conv_critic_frame_layout(struct conv_critic_frame *f, struct arena *a, const struct conv_critic *c, int batch)
{
	conv_chain_frame_layout(&f->body, a, &c->body, batch, true);
	conv_chain_frame_layout(&f->head, a, &c->head, batch / c->pack, true);
	ARENA_TAKE(a, f->dfeatures, (size_t)batch * conv_chain_out(&c->body));
	ARENA_TAKE(a, f->scores, (size_t)(batch / c->pack));
	ARENA_TAKE(a, f->dscores, (size_t)(batch / c->pack));
}

/* It says what a score is on the whole, which lsgan wants at a half, and bounds no slope. */
static size_t last_bias(const struct conv_critic *c)
{
	return c->head.blocks[c->head.n - 1].conv.b;
}

const real *conv_critic_forward(const struct conv_critic *c, const real *w, struct conv_critic_frame *f, const real *x,
                                int windows, bool training, struct random random)
{
	const real bias = w[last_bias(c)];
	const real *features, *scores;

	if (windows % c->pack != 0)
		BUG("%d windows in packs of %d", windows, c->pack);
	features = conv_chain_forward(&c->body, w, &f->body, x, windows, training, random_stream(random.key, 1, 0, 0));
	scores = conv_chain_forward(&c->head, w, &f->head, features, windows / c->pack, training,
	                            random_stream(random.key, 2, 0, 0));
	for (int i = 0; i < windows / c->pack; i++)
		f->scores[i] = c->scale * (scores[i] - bias) + bias;
	return f->scores;
}

void conv_critic_backward(const struct conv_critic *c, const real *w, real *g, struct conv_critic_frame *f, real *dx,
                          const real *dscore)
{
	for (int i = 0; i < f->head.images; i++) {
		f->dscores[i] = c->scale * dscore[i];
		if (g)
			g[last_bias(c)] += (1 - c->scale) * dscore[i];
	}
	conv_chain_backward(&c->head, w, g, &f->head, f->dfeatures, f->dscores);
	conv_chain_backward(&c->body, w, g, &f->body, dx, f->dfeatures);
}

void conv_critic_weights(const struct conv_critic *c, real *normalised, real *w, struct conv_critic_frame *f)
{
	memcpy(normalised, w, c->params.size * sizeof *w);
	conv_chain_weights(&c->body, normalised, w, &f->body);
	conv_chain_weights(&c->head, normalised, w, &f->head);
}

void conv_critic_gradient(const struct conv_critic *c, real *g, const real *normalised,
                          const struct conv_critic_frame *f)
{
	conv_chain_gradient(&c->body, g, normalised, &f->body);
	conv_chain_gradient(&c->head, g, normalised, &f->head);
}

void conv_critic_track(const struct conv_critic *c, real *w, const struct conv_critic_frame *f, double share)
{
	conv_chain_track(&c->body, w, &f->body, share);
	conv_chain_track(&c->head, w, &f->head, share);
}

static void clip_chain(const struct conv_chain *c, real *w, real limit)
{
	for (int i = 0; i < c->n; i++) {
		const struct conv *conv = &c->blocks[i].conv;
		const struct conv_shape *s = &conv->shape;
		const size_t n = (size_t)s->out * (size_t)(s->kernel[0] * s->kernel[1] * s->channels);

		for (size_t k = conv->w; k < conv->w + n; k++)
			w[k] = w[k] > limit ? limit : w[k] < -limit ? -limit : w[k];
		for (size_t k = conv->b; k < conv->b + (size_t)s->out; k++)
			w[k] = w[k] > limit ? limit : w[k] < -limit ? -limit : w[k];
	}
}

void conv_critic_clip(const struct conv_critic *c, real *w, double limit)
{
	clip_chain(&c->body, w, (real)limit);
	clip_chain(&c->head, w, (real)limit);
}
