/* Chains of convolutional blocks. See conv_chain.h. */
#include "model/conv_chain.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "nn/dropout.h"
#include "nn/upsample.h"

static const char *const norm_names[CONV_NORMS] = {"none", "batch", "layer"};

const char *conv_norm_name(int norm)
{
	return norm_names[norm];
}

int conv_norm_find(const char *name)
{
	for (int i = 0; i < CONV_NORMS; i++)
		if (strcmp(name, norm_names[i]) == 0)
			return i;
	return -1;
}

/* ---- layout ------------------------------------------------------------------- */

static void add_spectral(struct conv_block *b, struct params *p, const char *name)
{
	const struct conv_shape *s = &b->conv.shape;

	b->spectral = true;
	b->spectrum = spectral_layer(p, name, b->conv.w, s->out, s->kernel[0] * s->kernel[1] * s->channels);
}

void conv_chain_add(struct conv_chain *c, struct params *p, const char *name, const struct conv_plan *plan)
{
	struct conv_block *b = &c->blocks[c->n];
	char norm[PARAM_NAME_MAX];

	if (c->n == CONV_BLOCKS_MAX)
		BUG("a chain of more than %d blocks", CONV_BLOCKS_MAX);
	if (plan->shape.out % plan->channels != 0 || plan->shape.height % plan->up != 0 ||
	    plan->shape.width % plan->up != 0)
		BUG("block %s: %d of %d channels, upsampled by %d", name, plan->shape.out, plan->channels, plan->up);
	c->n++;
	b->up = plan->up;
	b->norm = plan->norm;
	b->dropout = plan->dropout;
	b->conv = conv_layer(p, name, &plan->shape, plan->gain);
	b->positions = (int)(conv_out(&b->conv) / (size_t)plan->channels);
	snprintf(norm, sizeof norm, "%s.norm", name);
	if (plan->norm == CONV_NORM_BATCH)
		b->batch = batch_norm_layer(p, norm, plan->channels);
	if (plan->norm == CONV_NORM_LAYER)
		b->layer = layer_norm_layer(p, norm, plan->channels);
	b->activation = activation_layer(p, name, plan->activation, plan->channels);
	if (plan->spectral)
		add_spectral(b, p, name);
}

static size_t block_out(const struct conv_block *b)
{
	return (size_t)b->positions * (size_t)b->activation.out;
}

static size_t block_in(const struct conv_block *b)
{
	return conv_in(&b->conv) / (size_t)(b->up * b->up);
}

size_t conv_chain_in(const struct conv_chain *c)
{
	return block_in(&c->blocks[0]);
}

size_t conv_chain_out(const struct conv_chain *c)
{
	return block_out(&c->blocks[c->n - 1]);
}

static void block_layout(struct conv_block_frame *f, struct arena *a, const struct conv_block *b, size_t batch,
                         bool backward)
{
	conv_frame_layout(&f->conv, a, &b->conv, backward);
	if (b->norm == CONV_NORM_BATCH)
		batch_norm_frame_layout(&f->batch, a, &b->batch);
	if (b->norm == CONV_NORM_LAYER)
		layer_norm_frame_layout(&f->layer, a, (int)batch);
	if (b->spectral)
		spectral_frame_layout(&f->spectrum, a, &b->spectrum);
	if (b->up > 1)
		ARENA_TAKE(a, f->upsampled, batch * conv_in(&b->conv));
	ARENA_TAKE(a, f->convolved, batch * conv_out(&b->conv));
	f->normed = f->convolved;
	if (b->norm != CONV_NORM_NONE)
		ARENA_TAKE(a, f->normed, batch * conv_out(&b->conv));
	ARENA_TAKE(a, f->y, batch * block_out(b));
	if (b->dropout > 0)
		ARENA_TAKE(a, f->mask, batch * block_out(b));
	if (!backward)
		return;
	ARENA_TAKE(a, f->dy, batch * block_out(b));
	ARENA_TAKE(a, f->dconvolved, batch * conv_out(&b->conv));
	if (b->up > 1)
		ARENA_TAKE(a, f->dupsampled, batch * conv_in(&b->conv));
}

void conv_chain_frame_layout(struct conv_chain_frame *f, struct arena *a, const struct conv_chain *c, int batch,
                             bool backward)
{
	size_t most = 0;

	f->batch = batch;
	f->backward = backward;
	for (int i = 0; i < c->n; i++) {
		const struct conv_block *b = &c->blocks[i];

		block_layout(&f->blocks[i], a, b, (size_t)batch, backward);
		if (b->dropout > 0 && block_out(b) > most)
			most = block_out(b);
	}
	ARENA_TAKE(a, f->random, (size_t)batch * most);
}

/* ---- forward -------------------------------------------------------------------- */

static void norm_forward(const struct conv_block *b, const real *w, struct conv_block_frame *f, int images,
                         bool training)
{
	const size_t rows = (size_t)images * (size_t)b->positions;

	if (b->norm == CONV_NORM_BATCH)
		batch_norm_forward(&b->batch, w, &f->batch, f->normed, f->convolved, rows, training);
	if (b->norm == CONV_NORM_LAYER)
		layer_norm_forward(&b->layer, w, &f->layer, f->normed, f->convolved, images, b->positions);
}

static void block_forward(const struct conv_block *b, const real *w, struct conv_block_frame *f, int images,
                          bool training)
{
	const struct conv_shape *s = &b->conv.shape;
	const real *in = f->x;

	if (b->up > 1) {
		upsample_forward(f->upsampled, in, images, s->height / b->up, s->width / b->up, s->channels, b->up,
		                 b->up);
		in = f->upsampled;
	}
	conv_forward(&b->conv, w, &f->conv, f->convolved, in, images);
	norm_forward(b, w, f, images, training);
	activation_forward(&b->activation, w, f->y, f->normed, (size_t)images * (size_t)b->positions);
}

const real *conv_chain_forward(const struct conv_chain *c, const real *w, struct conv_chain_frame *f, const real *x,
                               int images, bool training, struct random random)
{
	if (images > f->batch)
		BUG("%d images where there is room for %d", images, f->batch);
	f->training = training;
	f->images = images;
	for (int i = 0; i < c->n; i++) {
		const struct conv_block *b = &c->blocks[i];
		struct conv_block_frame *bf = &f->blocks[i];

		bf->x = x;
		block_forward(b, w, bf, images, training);
		if (training && b->dropout > 0)
			dropout_forward(bf->y, bf->mask, f->random, (size_t)images * block_out(b), b->dropout,
			                random_stream(random.key, (uint64_t)i, 0, 0));
		x = bf->y;
	}
	return x;
}

/* ---- backward -------------------------------------------------------------------- */

/* From f->dconvolved, which is that of the norm's output, in place to that of its input. */
static void norm_backward(const struct conv_block *b, const real *w, real *g, struct conv_block_frame *f, int images)
{
	if (b->norm == CONV_NORM_BATCH)
		batch_norm_backward(&b->batch, w, g, &f->batch, f->dconvolved, f->dconvolved, f->convolved,
		                    (size_t)images * (size_t)b->positions);
	if (b->norm == CONV_NORM_LAYER)
		layer_norm_backward(&b->layer, w, g, &f->layer, f->dconvolved, f->dconvolved, f->convolved, images,
		                    b->positions);
}

static void block_backward(const struct conv_block *b, const real *w, real *g, struct conv_block_frame *f, real *dx,
                           int images)
{
	const struct conv_shape *s = &b->conv.shape;

	activation_backward(&b->activation, w, g, f->dconvolved, f->dy, f->normed,
	                    (size_t)images * (size_t)b->positions);
	norm_backward(b, w, g, f, images);
	if (b->up == 1) {
		conv_backward(&b->conv, w, g, &f->conv, dx, f->dconvolved, f->x, images);
		return;
	}
	conv_backward(&b->conv, w, g, &f->conv, dx ? f->dupsampled : NULL, f->dconvolved, f->upsampled, images);
	if (dx)
		upsample_backward(dx, f->dupsampled, images, s->height / b->up, s->width / b->up, s->channels, b->up,
		                  b->up);
}

void conv_chain_backward(const struct conv_chain *c, const real *w, real *g, struct conv_chain_frame *f, real *dx,
                         const real *dy)
{
	const int images = f->images;

	if (!f->backward)
		BUG("a chain without room for backward");
	memcpy(f->blocks[c->n - 1].dy, dy, (size_t)images * conv_chain_out(c) * sizeof(real));
	for (int i = c->n - 1; i >= 0; i--) {
		const struct conv_block *b = &c->blocks[i];
		struct conv_block_frame *bf = &f->blocks[i];

		if (f->training && b->dropout > 0)
			dropout_backward(bf->dy, bf->mask, (size_t)images * block_out(b), b->dropout);
		block_backward(b, w, g, bf, i > 0 ? f->blocks[i - 1].dy : dx, images);
	}
}

void conv_chain_track(const struct conv_chain *c, real *w, const struct conv_chain_frame *f, double share)
{
	for (int i = 0; i < c->n; i++)
		if (c->blocks[i].norm == CONV_NORM_BATCH)
			batch_norm_track(&c->blocks[i].batch, w, &f->blocks[i].batch,
			                 (size_t)f->images * (size_t)c->blocks[i].positions, share);
}

/* ---- spectral normalisation -------------------------------------------------------- */

bool conv_chain_is_spectral(const struct conv_chain *c)
{
	for (int i = 0; i < c->n; i++)
		if (c->blocks[i].spectral)
			return true;
	return false;
}

void conv_chain_weights(const struct conv_chain *c, real *normalised, real *w, struct conv_chain_frame *f)
{
	for (int i = 0; i < c->n; i++) {
		if (!c->blocks[i].spectral)
			continue;
		spectral_forward(&c->blocks[i].spectrum, normalised, w, &f->blocks[i].spectrum, 1);
		spectral_track(&c->blocks[i].spectrum, w, &f->blocks[i].spectrum);
	}
}

void conv_chain_gradient(const struct conv_chain *c, real *g, const real *normalised, const struct conv_chain_frame *f)
{
	for (int i = 0; i < c->n; i++)
		if (c->blocks[i].spectral)
			spectral_backward(&c->blocks[i].spectrum, g, normalised, &f->blocks[i].spectrum);
}

double conv_chain_work(const struct conv_chain *c)
{
	double work = 0;

	for (int i = 0; i < c->n; i++)
		work += conv_work(&c->blocks[i].conv);
	return work;
}
