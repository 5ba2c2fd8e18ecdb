/* Models to JSON through cJSON. See model_json.h. */
#include "model/model_json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include "base/error.h"

/* cJSON returns NULL on failure and takes NULL quietly: the whole text is checked at the end. */

static void put_ints(cJSON *to, const char *name, const int *values, int n)
{
	cJSON *array = cJSON_AddArrayToObject(to, name);

	for (int i = 0; i < n; i++)
		cJSON_AddItemToArray(array, cJSON_CreateNumber(values[i]));
}

static void put_bytes(cJSON *to, const char *name, const uint8_t *values, int n)
{
	cJSON *array = cJSON_AddArrayToObject(to, name);

	for (int i = 0; i < n; i++)
		cJSON_AddItemToArray(array, cJSON_CreateNumber(values[i]));
}

static void put_u64(cJSON *to, const char *name, uint64_t value)
{
	char text[24];

	/* A JSON number is a double, which cannot hold 64 bits. */
	snprintf(text, sizeof text, "%" PRIu64, value);
	cJSON_AddStringToObject(to, name, text);
}

static void put_start(cJSON *array, const struct vocab_start *s)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "style", s->start.style);
	cJSON_AddNumberToObject(o, "mode", (double)s->start.mode);
	cJSON_AddNumberToObject(o, "numerator", s->start.numerator);
	cJSON_AddNumberToObject(o, "denominator_log2", s->start.denominator_log2);
	cJSON_AddNumberToObject(o, "tempo", s->start.tempo);
	cJSON_AddNumberToObject(o, "pickup", s->start.pickup);
	put_u64(o, "parts", s->start.parts);
	cJSON_AddNumberToObject(o, "count", s->count);
	cJSON_AddNumberToObject(o, "us_per_quarter", s->us_per_quarter);
	cJSON_AddItemToArray(array, o);
}

/* A list of lists of pitches. */
static void put_chords(cJSON *to, const struct chords *c)
{
	cJSON *array = cJSON_AddArrayToObject(to, "chords");

	for (int i = 0; i < c->n; i++) {
		cJSON *chord = cJSON_CreateArray();

		for (int p = 0; p < 128; p++)
			if (chord_has(&c->list[i], p))
				cJSON_AddItemToArray(chord, cJSON_CreateNumber(p));
		cJSON_AddItemToArray(array, chord);
	}
}

static void put_vocab(cJSON *to, const struct vocab *v)
{
	cJSON *o = cJSON_AddObjectToObject(to, "vocabulary"), *array;

	cJSON_AddNumberToObject(o, "grid", v->grid);
	cJSON_AddStringToObject(o, "take", take_names[v->take]);
	cJSON_AddNumberToObject(o, "frame", v->frame);
	if (v->frame > 0) {
		cJSON_AddNumberToObject(o, "strike", v->strike);
		cJSON_AddStringToObject(o, "frame_parts", frame_parts_names[v->frame_parts]);
	}
	cJSON_AddNumberToObject(o, "parts", v->parts);
	cJSON_AddBoolToObject(o, "dynamics", v->dynamics);
	cJSON_AddNumberToObject(o, "velocity", v->velocity);
	put_ints(o, "durations", v->durations.values, v->durations.n);
	put_ints(o, "shifts", v->shifts.values, v->shifts.n);
	array = cJSON_AddArrayToObject(o, "metres");
	for (int i = 0; i < v->n_metres; i++) {
		int pair[2] = {v->metres[i][0], v->metres[i][1]};

		cJSON_AddItemToArray(array, cJSON_CreateIntArray(pair, 2));
	}
	array = cJSON_AddArrayToObject(o, "styles");
	for (int i = 0; i < v->n_styles; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(v->styles[i]));
	array = cJSON_AddArrayToObject(o, "starts");
	for (int i = 0; i < v->n_starts; i++)
		put_start(array, &v->starts[i]);
	put_ints(o, "tonics", v->tonics[0], MODES * 12);
	put_ints(o, "lengths", v->lengths, v->n_lengths);
	put_bytes(o, "low", v->low, v->parts);
	put_bytes(o, "high", v->high, v->parts);
	array = cJSON_AddArrayToObject(o, "programs");
	for (int i = 0; i < v->parts; i++)
		cJSON_AddItemToArray(array, cJSON_CreateNumber(v->programs[i]));
	if (v->chords.n > 0)
		put_chords(o, &v->chords);
}

static void put_config(cJSON *to, const struct generator *g)
{
	const struct generator_config *config = &g->config;
	cJSON *o = cJSON_AddObjectToObject(to, "generator");

	cJSON_AddStringToObject(o, "kind", generator_kind_name(g));
	for (size_t i = 0; i < n_generator_items; i++) {
		const int *value = (const int *)(const void *)((const char *)config + generator_items[i].offset);

		if (generator_items[i].type == CONF_INT)
			cJSON_AddNumberToObject(o, generator_items[i].key, *value);
	}
}

/* As texts, which are read by what reads settings. */
static void put_conv(cJSON *to, const struct conv_config *config)
{
	struct conv_config copy = *config;
	const struct conf_room room = {"conv", conv_items, n_conv_items, &copy, NULL};
	cJSON *o = cJSON_AddObjectToObject(to, "conv");

	for (size_t i = 0; i < n_conv_items; i++) {
		char text[CONF_TEXT_MAX];

		conf_value(&room, &conv_items[i], text, sizeof text);
		cJSON_AddStringToObject(o, conv_items[i].key, text);
	}
}

/* NaN has no JSON: a figure that could not be taken is null. */
static void put_figure(cJSON *o, const char *name, double value)
{
	if (isfinite(value))
		cJSON_AddNumberToObject(o, name, value);
	else
		cJSON_AddNullToObject(o, name);
}

static void put_figures(cJSON *to, const struct figures *f)
{
	cJSON *o = cJSON_AddObjectToObject(to, "figures"), *heads;

	put_figure(o, "nats_per_note", f->nats_per_note);
	heads = cJSON_AddObjectToObject(o, "heads");
	for (int h = 0; h < HEADS; h++)
		put_figure(heads, head_names[h], f->heads[h]);
	cJSON_AddNumberToObject(o, "notes", (double)f->notes);
	cJSON_AddNumberToObject(o, "pieces", (double)f->pieces);
}

static void put_stages(cJSON *to, const struct provenance *p)
{
	cJSON *o = NULL;

	for (int s = 0; s < STAGES; s++) {
		if (!p->stages[s])
			continue;
		if (!o)
			o = cJSON_AddObjectToObject(to, "stages");
		cJSON_AddStringToObject(o, stage_names[s], p->stages[s]);
	}
}

static void put_provenance(cJSON *to, const struct provenance *p)
{
	cJSON *o = cJSON_AddObjectToObject(to, "provenance");

	cJSON_AddStringToObject(o, "version", p->version);
	cJSON_AddStringToObject(o, "corpus", p->corpus ? p->corpus : "");
	put_u64(o, "corpus_fingerprint", p->corpus_fingerprint);
	put_u64(o, "seed", p->seed);
	cJSON_AddNumberToObject(o, "steps", (double)p->steps);
	cJSON_AddNumberToObject(o, "steps_planned", (double)p->steps_planned);
	cJSON_AddNumberToObject(o, "train_pieces", (double)p->train_pieces);
	cJSON_AddNumberToObject(o, "train_notes", (double)p->train_notes);
	cJSON_AddNumberToObject(o, "held_out_pieces", (double)p->held_out_pieces);
	cJSON_AddStringToObject(o, "split", p->split);
	cJSON_AddStringToObject(o, "command", p->command ? p->command : "");
	if (p->base)
		cJSON_AddStringToObject(o, "base", p->base);
	put_stages(o, p);
	cJSON_AddStringToObject(o, "licence", p->licence);
}

/* Only of models that have one. */
static void put_latent(cJSON *to, const struct generator_config *config, const struct latent_figures *f)
{
	cJSON *o;

	if (config->latent == 0)
		return;
	o = cJSON_AddObjectToObject(to, "latent");
	cJSON_AddNumberToObject(o, "width", config->latent);
	cJSON_AddNumberToObject(o, "encoder", config->encoder);
	put_figure(o, "nats_without", f->without);
	put_figure(o, "nats_mean", f->mean);
	put_figure(o, "nats_other", f->other);
	put_figure(o, "nats_drawn", f->drawn);
	put_figure(o, "kl", f->kl);
	cJSON_AddNumberToObject(o, "active", f->active);
	put_figure(o, "pitches", f->pitches);
	put_figure(o, "pitches_without", f->pitches_without);
	cJSON_AddNumberToObject(o, "pitches_of", (double)f->pitches_of);
	put_figure(o, "style", f->style);
	put_figure(o, "chance", f->chance);
}

static void put_reals(cJSON *to, const char *name, const double *values, size_t n)
{
	cJSON *array = cJSON_AddArrayToObject(to, name);

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(array, isfinite(values[i]) ? cJSON_CreateNumber(values[i]) : cJSON_CreateNull());
}

/* Only of models that have some. */
static void put_knobs(cJSON *to, const struct model *m)
{
	const struct knob_figures *f = &m->knobs;
	cJSON *o;

	if (m->generator.config.knobs == 0)
		return;
	o = cJSON_AddObjectToObject(to, "knobs");
	cJSON_AddNumberToObject(o, "width", m->generator.config.knobs);
	put_reals(o, "middle", m->knob_scale.middle, KNOBS);
	put_reals(o, "spread", m->knob_scale.spread, KNOBS);
	put_reals(o, "pitch", m->knob_scale.pitch, (size_t)m->vocab->parts);
	put_figure(o, "nats", f->nats);
	put_reals(o, "nats_alone", f->nats_alone, KNOBS);
	cJSON_AddNumberToObject(o, "pieces", f->pieces);
	put_reals(o, "untold", f->untold, KNOBS);
	put_reals(o, "turned", f->turned[0][0], KNOB_MEASURES);
	put_reals(o, "half", f->half[0][0], KNOB_MEASURES);
}

/* Programs that know nothing of it make and score the same music without. */
static void put_step_latent(cJSON *to, const struct model *m)
{
	cJSON *o;

	if (!m->step_latent)
		return;
	o = cJSON_AddObjectToObject(to, "step_latent");
	put_figure(o, "nats_drawn", m->latent.drawn);
	put_figure(o, "kl", m->latent.kl);
}

int model_format(const struct model *m)
{
	if (m->generator.config.knobs > 0)
		return 5;
	if (m->generator.config.latent > 0)
		return 4;
	if (m->n_companions > 0 || generator_is_conv(&m->generator))
		return 3;
	return generator_reads_tokens(&m->generator) ? 2 : 1;
}

char *model_to_json(const struct model *m)
{
	cJSON *root = cJSON_CreateObject(), *o;
	char *text;

	cJSON_AddNumberToObject(root, "format", model_format(m));
	put_config(root, &m->generator);
	if (generator_is_conv(&m->generator))
		put_conv(root, &m->generator.config.conv);
	put_vocab(root, m->vocab);
	o = cJSON_AddObjectToObject(root, "sampling");
	cJSON_AddNumberToObject(o, "pitch_temperature", m->sampling.pitch_temperature);
	cJSON_AddNumberToObject(o, "duration_temperature", m->sampling.duration_temperature);
	cJSON_AddNumberToObject(o, "pitch_top_p", m->sampling.pitch_top_p);
	cJSON_AddNumberToObject(o, "duration_top_p", m->sampling.duration_top_p);
	put_figures(root, &m->figures);
	put_latent(root, &m->generator.config, &m->latent);
	put_knobs(root, m);
	put_step_latent(root, m);
	put_provenance(root, &m->provenance);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (!text)
		error("out of memory");
	return text;
}
