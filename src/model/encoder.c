/* The encoder of phrases. See encoder.h. */
#include "model/encoder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "model/generator.h"
#include "num/vec.h"

enum { WIDE = 24, MIDDLE = 16, NARROW = 8 };

/* Small at first: a sigma of e^-1 lets the decoder hear what mu says. */
static struct linear log_sigma2_layer(struct params *p, int in, int out)
{
	struct linear l = {.in = in, .out = out};

	l.w = params_add_part(p, "encoder.log_sigma2", "weight", out, in, INIT_UNIFORM, sqrt(1.0 / in), true);
	l.b = params_add_part(p, "encoder.log_sigma2", "bias", 1, out, INIT_CONSTANT, -2, false);
	return l;
}

struct encoder encoder_layers(struct params *p, const struct vocab *v, int hidden, const struct latent *latent)
{
	struct encoder e = {.hidden = hidden, .latent = latent->width, .place = latent->place};
	struct bag *b = &e.bag;

	bag_field(b, p, "encoder.part", v->parts + 2, MIDDLE);
	bag_field(b, p, "encoder.pitch", ENCODER_PITCHES, WIDE);
	bag_field(b, p, "encoder.interval", INTERVAL_ROWS, MIDDLE);
	bag_field(b, p, "encoder.duration", v->durations.n + 1, MIDDLE);
	bag_field(b, p, "encoder.shift", v->shifts.n + 1, MIDDLE);
	bag_field(b, p, "encoder.tick", v->grid, NARROW);
	bag_field(b, p, "encoder.quarter", QUARTER_ROWS, MIDDLE);
	bag_field(b, p, "encoder.bar", LATENT_BARS, MIDDLE);
	e.lstm[0] = lstm_layer(p, "encoder.forth", b->width, hidden);
	e.lstm[1] = lstm_layer(p, "encoder.back", b->width, hidden);
	e.bind = linear_layer_glorot(p, "encoder.bind", 2 * hidden + b->width, e.latent);
	e.mu = linear_layer_glorot(p, "encoder.mu", 4 * hidden, e.latent);
	e.log_sigma2 = log_sigma2_layer(p, 4 * hidden, e.latent);
	return e;
}

void encoder_frame_layout(struct encoder_frame *f, struct arena *a, const struct encoder *e, int phrases, int events,
                          int backward)
{
	const size_t n = (size_t)phrases, rows = (size_t)events, width = (size_t)e->bag.width;
	const size_t hidden = (size_t)e->hidden, latent = (size_t)e->latent;

	f->room = phrases;
	f->events_room = events;
	ARENA_TAKE(a, f->order, n);
	ARENA_TAKE(a, f->batch, PHRASE_EVENTS_MAX + 1);
	ARENA_TAKE(a, f->phrase, rows);
	ARENA_TAKE(a, f->last, n);
	ARENA_TAKE(a, f->x, rows * width);
	for (int i = 0; i < 2; i++) {
		ARENA_TAKE(a, f->event[i], rows);
		ARENA_TAKE(a, f->in[i], rows * width);
		lstm_frame_layout(&f->lstm[i], a, &e->lstm[i], events, phrases, backward);
	}
	ARENA_TAKE(a, f->read, rows * (2 * hidden + width));
	ARENA_TAKE(a, f->bound, rows * latent);
	ARENA_TAKE(a, f->code, rows * 2 * latent);
	ARENA_TAKE(a, f->pooled, n * 4 * hidden);
	ARENA_TAKE(a, f->mu, n * latent);
	ARENA_TAKE(a, f->log_sigma2, n * latent);
	if (!backward)
		return;
	ARENA_TAKE(a, f->dmu, n * latent);
	ARENA_TAKE(a, f->dlog_sigma2, n * latent);
	ARENA_TAKE(a, f->dpooled, n * 4 * hidden);
	ARENA_TAKE(a, f->dh, rows * hidden);
	ARENA_TAKE(a, f->din, rows * width);
	ARENA_TAKE(a, f->dx, rows * width);
	ARENA_TAKE(a, f->dread, rows * (2 * hidden + width));
	ARENA_TAKE(a, f->dbound, rows * latent);
	ARENA_TAKE(a, f->dcode, rows * 2 * latent);
}

static int length_of(const struct phrase_batch *b, int phrase)
{
	return b->first[phrase + 1] - b->first[phrase];
}

/* Phrases side by side, the longest first; equal lengths keep their order. */
static void pack(struct encoder_frame *f, const struct phrase_batch *b)
{
	int rank = 0, row = 0;

	for (int length = PHRASE_EVENTS_MAX; length > 0; length--)
		for (int i = 0; i < b->n; i++)
			if (length_of(b, i) == length)
				f->order[rank++] = i;
	f->packing = (struct packing){rank > 0 ? length_of(b, f->order[0]) : 0, f->batch};
	f->events = b->first[b->n];
	for (int t = 0; t < f->packing.steps; t++) {
		f->batch[t] = 0;
		for (int k = 0; k < rank && length_of(b, f->order[k]) > t; k++) {
			const int phrase = f->order[k], n = length_of(b, phrase);

			f->event[0][row] = b->first[phrase] + t;
			f->event[1][row] = b->first[phrase] + n - 1 - t;
			f->phrase[row] = phrase;
			if (t == n - 1)
				f->last[phrase] = row;
			f->batch[t]++;
			row++;
		}
	}
}

/* Column of the pooled states where those of a direction begin: the last one's, the mean's. */
static size_t last_column(const struct encoder *e, int i)
{
	return (size_t)(i * e->hidden);
}

static size_t mean_column(const struct encoder *e, int i)
{
	return (size_t)((2 + i) * e->hidden);
}

static void pool_states(const struct encoder *e, struct encoder_frame *f, const struct phrase_batch *b, int i)
{
	const size_t n = (size_t)e->hidden, width = 4 * n;

	for (int row = 0; row < f->events; row++) {
		const int phrase = f->phrase[row];

		vec_axpy(f->pooled + (size_t)phrase * width + mean_column(e, i), (real)1 / (real)length_of(b, phrase),
		         f->lstm[i].h + (size_t)row * n, n);
	}
	for (int k = 0; k < b->n; k++)
		memcpy(f->pooled + (size_t)k * width + last_column(e, i), f->lstm[i].h + (size_t)f->last[k] * n,
		       n * sizeof(real));
}

/* Into what is read: the states of a direction, back in the order of events. */
static void read_states(const struct encoder *e, struct encoder_frame *f, int i)
{
	const size_t n = (size_t)e->hidden, width = (size_t)e->bind.in;

	for (int row = 0; row < f->events; row++)
		memcpy(f->read + (size_t)f->event[i][row] * width + (size_t)i * n, f->lstm[i].h + (size_t)row * n,
		       n * sizeof(real));
}

/* Every event's share of mu, bound to its place. */
static void bind_events(const struct encoder *e, const real *w, struct encoder_frame *f, const struct phrase_batch *b)
{
	const size_t n = (size_t)e->latent, width = (size_t)e->bind.in, own = (size_t)e->bag.width;
	const struct bag_input place = {b->place_first, b->place};

	for (size_t row = 0; row < (size_t)f->events; row++)
		memcpy(f->read + row * width + width - own, f->x + row * own, own * sizeof(real));
	linear_forward(&e->bind, w, f->bound, e->latent, f->read, e->bind.in, f->events);
	bag_forward(&e->place, w, f->code, e->place.width, &place, f->events);
	for (int k = 0; k < b->n; k++) {
		const real scale = (real)(1 / sqrt(length_of(b, k)));
		real *mu = f->mu + (size_t)k * n;

		for (size_t row = (size_t)b->first[k]; row < (size_t)b->first[k + 1]; row++)
			for (size_t i = 0; i < n; i++)
				mu[i] += scale * f->bound[row * n + i] * f->code[row * 2 * n + i] *
				         f->code[row * 2 * n + n + i];
	}
}

void encoder_forward(const struct encoder *e, const real *w, struct encoder_frame *f, const struct phrase_batch *b)
{
	const size_t width = (size_t)e->bag.width;
	const struct bag_input input = {b->item_first, b->items};

	if (b->n == 0)
		return;
	pack(f, b);
	bag_forward(&e->bag, w, f->x, e->bag.width, &input, f->events);
	memset(f->pooled, 0, (size_t)b->n * 4 * (size_t)e->hidden * sizeof(real));
	for (int i = 0; i < 2; i++) {
		for (int row = 0; row < f->events; row++)
			memcpy(f->in[i] + (size_t)row * width, f->x + (size_t)f->event[i][row] * width,
			       width * sizeof(real));
		lstm_forward(&e->lstm[i], w, &f->lstm[i], f->in[i], e->bag.width, &f->packing, NULL, NULL, NULL);
		pool_states(e, f, b, i);
		read_states(e, f, i);
	}
	linear_forward(&e->mu, w, f->mu, e->latent, f->pooled, 4 * e->hidden, b->n);
	linear_forward(&e->log_sigma2, w, f->log_sigma2, e->latent, f->pooled, 4 * e->hidden, b->n);
	bind_events(e, w, f, b);
}

static void unpool_states(const struct encoder *e, struct encoder_frame *f, const struct phrase_batch *b, int i)
{
	const size_t n = (size_t)e->hidden, width = 4 * n;

	memset(f->dh, 0, (size_t)f->events * n * sizeof(real));
	for (int row = 0; row < f->events; row++) {
		const int phrase = f->phrase[row];

		vec_axpy(f->dh + (size_t)row * n, (real)1 / (real)length_of(b, phrase),
		         f->dpooled + (size_t)phrase * width + mean_column(e, i), n);
	}
	for (int k = 0; k < b->n; k++)
		vec_add(f->dh + (size_t)f->last[k] * n, f->dpooled + (size_t)k * width + last_column(e, i), n);
	for (int row = 0; row < f->events; row++)
		vec_add(f->dh + (size_t)row * n,
		        f->dread + (size_t)f->event[i][row] * (size_t)e->bind.in + (size_t)i * n, n);
}

/* From dmu into dread and the codes. */
static void unbind_events(const struct encoder *e, const real *w, real *dw, struct encoder_frame *f,
                          const struct phrase_batch *b)
{
	const size_t n = (size_t)e->latent;
	const struct bag_input place = {b->place_first, b->place};

	for (int k = 0; k < b->n; k++) {
		const real scale = (real)(1 / sqrt(length_of(b, k)));
		const real *dmu = f->dmu + (size_t)k * n;

		for (size_t row = (size_t)b->first[k]; row < (size_t)b->first[k + 1]; row++) {
			const real *bound = f->bound + row * n, *code = f->code + row * 2 * n;
			real *dbound = f->dbound + row * n, *dcode = f->dcode + row * 2 * n;

			for (size_t i = 0; i < n; i++) {
				dbound[i] = scale * dmu[i] * code[i] * code[n + i];
				dcode[i] = scale * dmu[i] * bound[i] * code[n + i];
				dcode[n + i] = scale * dmu[i] * bound[i] * code[i];
			}
		}
	}
	bag_backward(&e->place, dw, f->dcode, e->place.width, &place, f->events);
	memset(f->dread, 0, (size_t)f->events * (size_t)e->bind.in * sizeof(real));
	linear_backward(&e->bind, w, dw, f->dread, e->bind.in, f->dbound, e->latent, f->read, e->bind.in, f->events);
}

void encoder_backward(const struct encoder *e, const real *w, real *dw, struct encoder_frame *f,
                      const struct phrase_batch *b)
{
	const size_t width = (size_t)e->bag.width;
	const struct bag_input input = {b->item_first, b->items};

	if (b->n == 0)
		return;
	memset(f->dpooled, 0, (size_t)b->n * 4 * (size_t)e->hidden * sizeof(real));
	linear_backward(&e->mu, w, dw, f->dpooled, 4 * e->hidden, f->dmu, e->latent, f->pooled, 4 * e->hidden, b->n);
	linear_backward(&e->log_sigma2, w, dw, f->dpooled, 4 * e->hidden, f->dlog_sigma2, e->latent, f->pooled,
	                4 * e->hidden, b->n);
	unbind_events(e, w, dw, f, b);
	for (size_t row = 0; row < (size_t)f->events; row++)
		memcpy(f->dx + row * width, f->dread + row * (size_t)e->bind.in + (size_t)e->bind.in - width,
		       width * sizeof(real));
	for (int i = 0; i < 2; i++) {
		unpool_states(e, f, b, i);
		memset(f->din, 0, (size_t)f->events * width * sizeof(real));
		lstm_backward(&e->lstm[i], w, dw, &f->lstm[i], f->din, e->bag.width, f->dh, f->in[i], e->bag.width,
		              &f->packing, NULL);
		for (int row = 0; row < f->events; row++)
			vec_add(f->dx + (size_t)f->event[i][row] * width, f->din + (size_t)row * width, width);
	}
	bag_backward(&e->bag, dw, f->dx, e->bag.width, &input, f->events);
}
