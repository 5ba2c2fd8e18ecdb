/*
 * The public interface (include/musegen.h) over the model floor: options
 * spelled out in text become the composer's, events become notes that say by
 * themselves when they sound.
 */
#include "musegen.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/compose.h"
#include "num/blas.h"

struct musegen_model {
	struct model *model;
};

struct musegen_composer {
	const struct model *model;
	struct composer *composer;
	int64_t now;      /* tick of the last event */
	int64_t bar_line; /* of its bar */
	int bar, bar_length;
	int numerator, denominator_log2;
};

const char *musegen_version(void)
{
	return MUSEGEN_VERSION;
}

const char *musegen_error(void)
{
	return error_message();
}

static struct musegen_model *wrap(struct model *model)
{
	struct musegen_model *m = model ? mem_new(1, sizeof *m) : NULL;

	if (m)
		m->model = model;
	else
		model_free(model);
	return m;
}

struct musegen_model *musegen_open(const char *path)
{
	blas_init();
	return wrap(model_load(path));
}

struct musegen_model *musegen_open_memory(const char *name, const void *bytes, size_t size)
{
	blas_init();
	return wrap(model_parse(name, bytes, size));
}

void musegen_close(struct musegen_model *m)
{
	if (m)
		model_free(m->model);
	free(m);
}

int musegen_grid(const struct musegen_model *m)
{
	return m->model->vocab->grid;
}

int musegen_parts(const struct musegen_model *m)
{
	return m->model->vocab->parts;
}

const char *musegen_style(const struct musegen_model *m, int i)
{
	return i >= 0 && i < m->model->vocab->n_styles ? m->model->vocab->styles[i] : NULL;
}

/* ---- composing ----------------------------------------------------------- */

void musegen_defaults(struct musegen_options *o)
{
	*o = (struct musegen_options){.temperature = 1, .high = 127};
}

/* Only what the model floor takes for granted is checked here; the rest is composer_new()'s. */
static int read_options(struct compose_options *c, const struct model *model, const struct musegen_options *o)
{
	compose_defaults(c);
	c->seed = o->seed;
	c->endless = o->endless != 0;
	c->bars = o->bars;
	c->parts = o->parts;
	c->temperature = o->temperature;
	c->top_k = o->top_k;
	c->top_p = o->top_p;
	c->low = o->low;
	c->high = o->high;
	if (o->bars < 0 || o->parts < 0 || o->top_k < 0)
		return error("bars, parts and top_k count: they are not below 0");
	if (!(o->temperature > 0) || !isfinite(o->temperature) || !(o->top_p >= 0 && o->top_p <= 1))
		return error("a temperature is above 0, and top_p from 0 to 1");
	if (o->low < 0 || o->high > 127 || o->low > o->high)
		return error("pitches go from a low to a high one, from 0 to 127");
	if (o->tempo != 0 && !(o->tempo >= 4 && o->tempo <= 10000))
		return error("a tempo is 4 to 10000 quarters a minute");
	if (o->tempo > 0)
		c->us_per_quarter = (int)lround(60e6 / o->tempo);
	if (o->key && key_parse(&c->key, o->key) < 0)
		return -1;
	if (o->scale && (c->scale = scale_parse(o->scale)) == 0)
		return -1;
	if (o->style && (c->style = vocab_style(model->vocab, o->style)) < 0)
		return error("the model has no style \"%s\"", o->style);
	return 0;
}

static void set_metre(struct musegen_composer *c, int numerator, int denominator_log2)
{
	struct metre metre = {0, (uint8_t)numerator, (uint8_t)denominator_log2};

	c->numerator = numerator;
	c->denominator_log2 = denominator_log2;
	c->bar_length = metre_bar(&metre, c->model->vocab->grid);
}

struct musegen_composer *musegen_composer_new(const struct musegen_model *m, const struct musegen_options *options)
{
	struct musegen_options presets;
	struct compose_options wanted;
	struct musegen_composer *c;
	const struct start *start;

	musegen_defaults(&presets);
	if (read_options(&wanted, m->model, options ? options : &presets) < 0)
		return NULL;
	c = mem_new(1, sizeof *c);
	if (!c)
		return NULL;
	c->model = m->model;
	c->composer = composer_new(m->model, &wanted);
	if (!c->composer) {
		free(c);
		return NULL;
	}
	start = composer_start(c->composer);
	set_metre(c, start->numerator, start->denominator_log2);
	c->bar = 1;
	if (start->pickup > 0) {
		c->bar = 0;
		c->bar_line = start->pickup - c->bar_length;
	}
	return c;
}

void musegen_composer_free(struct musegen_composer *c)
{
	if (c)
		composer_free(c->composer);
	free(c);
}

static void move(struct musegen_composer *c, const struct event *e)
{
	int64_t bars;

	c->now += e->shift;
	bars = (c->now - c->bar_line) / c->bar_length;
	c->bar += (int)bars;
	c->bar_line += bars * c->bar_length;
	if (e->kind == EVENT_METRE) {
		c->bar += c->now > c->bar_line;
		c->bar_line = c->now;
		set_metre(c, e->numerator, e->denominator_log2);
	}
}

int musegen_next(struct musegen_composer *c, struct musegen_note *note)
{
	struct event e;
	int got;

	while ((got = composer_next(c->composer, &e)) == 1) {
		move(c, &e);
		if (e.kind != EVENT_NOTE)
			continue;
		*note = (struct musegen_note){
			.onset = c->now,
			.duration = e.duration,
			.bar_line = c->bar_line,
			.bar = c->bar,
			.part = e.part,
			.pitch = e.pitch,
			.velocity = e.velocity,
			.program = c->model->vocab->programs[e.part],
			.numerator = c->numerator,
			.denominator = 1 << c->denominator_log2,
			.tempo = 60e6 / composer_us_per_quarter(c->composer),
		};
		return 1;
	}
	return got;
}

int64_t musegen_position(const struct musegen_composer *c)
{
	return c->now;
}
