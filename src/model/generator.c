/*
 * The generator's settings and its layout: which layers there are, how wide,
 * and where in the parameter block each has its tensors.
 */
#include "model/generator.h"

#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "model/lookback.h"
#include "model/net_tokens.h"
#include "nn/relative.h"

#define G(field) offsetof(struct generator_config, field)

const struct conf_item generator_items[] = {
	{"kind", CONF_CHOICE, G(kind), 0, 0, GENERATOR_KINDS, "events",
         "the network: of note events; one of the systems it grew out of (presets of these names), for comparison; or "
         "conv: convolutions that make rolls of some bars from noise (presets dcgan, wgan, wgan-gp)"},
	{"stream", CONF_INT, G(stream), 8, 1024, NULL, "128",
         "width of the LSTM that runs over each part's own events"},
	{"trunk", CONF_INT, G(trunk), 8, 2048, NULL, "256", "width of each LSTM that runs over all events"},
	{"layers", CONF_INT, G(layers), 1, TRUNK_LAYERS_MAX, NULL, "2", "how many of those"},
	{"memory", CONF_INT, G(memory), 0, 1024, NULL, "256",
         "width of the memory (attention over past events); 0: none"},
	{"heads", CONF_INT, G(heads), 1, 16, NULL, "4", "attention heads of the memory; must divide its width"},
	{"window", CONF_INT, G(window), 1, 4096, NULL, "512", "events the memory looks back over"},
	{"slots", CONF_INT, G(slots), 1, SLOTS_MAX, NULL, "4", "parts that have a place of their own in the context"},
	{"hidden", CONF_INT, G(hidden), 8, 1024, NULL, "192",
         "width of the hidden layers before the durations and what comes next"},
	{"nearby", CONF_INT, G(nearby), 0, 1, NULL, "1",
         "1: durations are drawn with the place in the bar and what sounds in direct view; 0: through the LSTMs alone"},
	{"harmony", CONF_INT, G(harmony), 0, 1, NULL, "1",
         "1: the key, where it is known, and parallel motion are in direct view; 0: not"},
	{"form", CONF_INT, G(form), 0, 1, NULL, "1",
         "1: what was played 1, 2, 4 and 8 bars ago, the pickup and how near the end is are in direct view; 0: not"},
};
const size_t n_generator_items = sizeof generator_items / sizeof *generator_items;

const char *const head_names[HEADS] = {"pitch", "duration", "velocity", "metre", "shift", "part"};

static const char *const kind_names[] = {"events", "seed", "composer", "composer+", "conv"};

const char *generator_kind_name(const struct generator *g)
{
	return kind_names[g->config.kind];
}

int generator_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++)
		if (strcmp(name, kind_names[i]) == 0)
			return (int)i;
	return -1;
}

const char *generator_left_out(const struct generator *g)
{
	static const char *const texts[] = {
		"",
		"metres after the first, velocities",
		"all but pitches: when notes come, how long they are, in which part; metres, velocities",
		"in which part notes are; metres after the first",
		"all: music made from noise has no likelihood",
	};

	return texts[g->config.kind];
}

/* Widths of embeddings: what is a pitch, what is an interval or a time, what has few values. */
enum { WIDE = 24, MIDDLE = 16, NARROW = 8, TINY = 4 };

static void lay_query(struct generator *g)
{
	const struct vocab *v = g->vocab;
	struct params *p = &g->params;
	struct bag *b = &g->query;
	int styles = v->n_styles > 0 ? v->n_styles : 1;

	bag_field(b, p, "query.shift", v->shifts.n + 1, MIDDLE);
	bag_field(b, p, "query.part", v->parts + 2, MIDDLE);
	bag_field(b, p, "query.before_kind", v->parts + 2, NARROW);
	bag_field(b, p, "query.before_pitch", 128, WIDE);
	bag_field(b, p, "query.before_duration", v->durations.n + 1, MIDDLE);
	bag_field(b, p, "query.before_velocity", VELOCITY_BINS, NARROW);
	bag_field(b, p, "query.tick", v->grid, MIDDLE);
	bag_field(b, p, "query.quarter", QUARTER_ROWS, MIDDLE);
	bag_field(b, p, "query.metre", v->n_metres + 1, NARROW);
	bag_field(b, p, "query.phrase", PHRASE_ROWS, NARROW);
	bag_field(b, p, "query.bars_left", BARS_LEFT_ROWS, NARROW);
	bag_field(b, p, "query.style", styles, MIDDLE);
	bag_field(b, p, "query.mode", MODES, TINY);
	bag_field(b, p, "query.tempo", TEMPO_CLASSES, NARROW);
	bag_field(b, p, "query.pickup", g->config.form ? LEFT_ROWS + 1 : 2, TINY);
	bag_field(b, p, "query.parts", v->parts + 1, NARROW);
	bag_field(b, p, "query.last_pitch", 128, WIDE);
	bag_field(b, p, "query.last_interval", INTERVAL_ROWS, MIDDLE);
	bag_field(b, p, "query.last_duration", v->durations.n + 1, NARROW);
	bag_field(b, p, "query.set_pitch", 128, WIDE);
	bag_field(b, p, "query.set_interval", INTERVAL_ROWS, MIDDLE);
	bag_field(b, p, "query.set_left", LEFT_ROWS, NARROW);
	bag_field(b, p, "query.set_same", 2, TINY);
	if (b->n != QUERY_FIELDS)
		BUG("query bag has %d fields, its list %d", b->n, QUERY_FIELDS);
	g->query_harmony = b->n;
	if (g->config.harmony) {
		bag_field(b, p, "query.tonic", 12, NARROW);
		bag_field(b, p, "query.last_degree", 12, NARROW);
		bag_field(b, p, "query.set_degree", 12, NARROW);
	}
	g->query_back = b->n;
	for (int i = 0; g->config.form && i < LOOKBACKS; i++) {
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "query.back%d_interval", lookback_bars[i]);
		bag_field(b, p, name, INTERVAL_ROWS, NARROW);
		snprintf(name, sizeof name, "query.back%d_same", lookback_bars[i]);
		bag_field(b, p, name, SAME_ROWS, TINY);
	}
	g->query_left = b->n;
	if (g->config.form)
		bag_field(b, p, "query.time_left", LEFT_ROWS, NARROW);
	g->query_slots = b->n;
	for (int i = 0; i < g->config.slots; i++) {
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "query.slot%d_pitch", i);
		bag_field(b, p, name, 129, WIDE);
		snprintf(name, sizeof name, "query.slot%d_interval", i);
		bag_field(b, p, name, INTERVAL_ROWS, MIDDLE);
		snprintf(name, sizeof name, "query.slot%d_left", i);
		bag_field(b, p, name, LEFT_ROWS, NARROW);
	}
}

static void lay_nearby(struct generator *g)
{
	const struct vocab *v = g->vocab;
	struct params *p = &g->params;
	struct bag *b = &g->given;

	bag_field(b, p, "given.tick", v->grid, NARROW);
	bag_field(b, p, "given.quarter", QUARTER_ROWS, NARROW);
	bag_field(b, p, "given.metre", v->n_metres + 1, TINY);
	bag_field(b, p, "given.last_duration", v->durations.n + 1, NARROW);
	bag_field(b, p, "given.set_interval", INTERVAL_ROWS, NARROW);
	bag_field(b, p, "given.set_left", LEFT_ROWS, NARROW);
	if (b->n != GIVEN_FIELDS)
		BUG("given bag has %d fields, its list %d", b->n, GIVEN_FIELDS);
}

static void lay_given_back(struct generator *g)
{
	const struct vocab *v = g->vocab;
	struct params *p = &g->params;
	struct bag *b = &g->given;

	for (int i = 0; i < LOOKBACKS; i++) {
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "given.back%d_pitch", lookback_bars[i]);
		bag_field(b, p, name, 2, TINY);
		snprintf(name, sizeof name, "given.back%d_duration", lookback_bars[i]);
		bag_field(b, p, name, v->durations.n + 1, NARROW);
		snprintf(name, sizeof name, "given.back%d_shift", lookback_bars[i]);
		bag_field(b, p, name, v->shifts.n + 1, NARROW);
		snprintf(name, sizeof name, "given.back%d_part", lookback_bars[i]);
		bag_field(b, p, name, v->parts + 2, TINY); /* a part; after it none are used */
	}
}

static void lay_given_slots(struct generator *g)
{
	struct params *p = &g->params;
	struct bag *b = &g->given;

	for (int i = 0; i < g->config.slots; i++) {
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "given.slot%d_interval", i);
		bag_field(b, p, name, INTERVAL_ROWS, NARROW);
		snprintf(name, sizeof name, "given.slot%d_left", i);
		bag_field(b, p, name, LEFT_ROWS, NARROW);
	}
}

static void lay_chosen(struct generator *g)
{
	const struct vocab *v = g->vocab;
	struct params *p = &g->params;

	bag_field(&g->chosen, p, "chosen.kind", v->parts + 2, NARROW);
	bag_field(&g->chosen, p, "chosen.pitch", 128, WIDE);
	bag_field(&g->chosen, p, "chosen.interval", INTERVAL_ROWS, MIDDLE);
	bag_field(&g->chosen, p, "chosen.duration", v->durations.n + 1, MIDDLE);
	bag_field(&g->chosen, p, "chosen.velocity", VELOCITY_BINS, NARROW);
	bag_field(&g->chosen, p, "chosen.tick", v->grid, NARROW);
	bag_field(&g->chosen, p, "chosen.quarter", QUARTER_ROWS, NARROW);
	bag_field(&g->chosen, p, "chosen.since", LEFT_ROWS, NARROW);
	if (g->chosen.n != CHOSEN_FIELDS)
		BUG("chosen bag has %d fields, its list %d", g->chosen.n, CHOSEN_FIELDS);
	bag_field(&g->given, p, "given.pitch", 128, WIDE);
	bag_field(&g->given, p, "given.interval", INTERVAL_ROWS, MIDDLE);
	if (g->config.nearby)
		lay_nearby(g);
	g->given_back = g->given.n;
	if (g->config.form)
		lay_given_back(g);
	g->given_left = g->given.n;
	if (g->config.form)
		bag_field(&g->given, p, "given.time_left", LEFT_ROWS, NARROW);
	g->given_slots = g->given.n;
	if (g->config.nearby)
		lay_given_slots(g);
	bag_field(&g->next, p, "next.shift", v->shifts.n + 1, MIDDLE);
	if (g->config.form)
		bag_field(&g->next, p, "next.end", 2, TINY);
}

static void lay_heads(struct generator *g)
{
	const struct vocab *v = g->vocab;
	struct params *p = &g->params;
	int hidden = g->config.hidden, f = g->features;
	int with_pitch = f + g->given.width, with_all = with_pitch + g->chosen.width;

	g->kinds_harmony = REFERENCE_KINDS;
	g->kinds_back = g->kinds_harmony + (g->config.harmony ? HARMONY_KINDS : 0);
	g->kinds_slots = g->kinds_back + (g->config.form ? LOOKBACKS : 0);
	g->kinds = g->kinds_slots + g->config.slots;
	g->pitch = linear_layer(p, "pitch", f, RELATIVE_PITCHES);
	g->relative = linear_layer(p, "pitch.relative", f, g->kinds * RELATIVE_WIDTH);
	g->duration_hidden = linear_layer(p, "duration.hidden", with_pitch, hidden);
	g->duration = linear_layer(p, "duration", hidden, v->durations.n + 1);
	if (v->dynamics) {
		g->velocity_hidden = linear_layer(p, "velocity.hidden", with_pitch, hidden / 2);
		g->velocity = linear_layer(p, "velocity", hidden / 2, VELOCITY_BINS);
	}
	g->metre = linear_layer(p, "metre", f, v->n_metres + 1);
	g->next_hidden = linear_layer(p, "next.hidden", with_all, hidden);
	g->shift = linear_layer(p, "shift", hidden, v->shifts.n + 1);
	g->part_hidden = linear_layer(p, "part.hidden", hidden + g->next.width, hidden / 2);
	g->part = linear_layer(p, "part", hidden / 2, v->parts + 2);
}

static int lay_events(struct generator *g)
{
	const struct generator_config *config = &g->config;
	const struct vocab *vocab = g->vocab;
	int in;

	if (config->memory > 0 && config->memory % config->heads != 0)
		return error("generator.memory (%d) must be a multiple of generator.heads (%d)", config->memory,
		             config->heads);
	if (g->config.slots > vocab->parts)
		g->config.slots = vocab->parts;
	lay_query(g);
	lay_chosen(g);
	g->stream = lstm_layer(&g->params, "stream", g->chosen.width, config->stream);
	in = g->query.width + config->stream;
	for (int i = 0; i < config->layers; i++) {
		char name[PARAM_NAME_MAX];

		snprintf(name, sizeof name, "trunk%d", i);
		g->trunk[i] = lstm_layer(&g->params, name, in, config->trunk);
		in = config->trunk;
	}
	if (config->memory > 0)
		g->memory = memory_layer(&g->params, "memory", config->trunk, config->trunk + g->chosen.width,
		                         config->memory, config->heads, config->window,
		                         vocab->grid >= 4 ? vocab->grid / 4 : 1);
	g->features = config->trunk + config->memory + config->stream;
	lay_heads(g);
	if (config->latent > 0) {
		g->latent = latent_layers(&g->params, config->latent, vocab->parts + 2, g->query.width, g->features);
		g->encoder = encoder_layers(&g->params, vocab, config->encoder, &g->latent);
	}
	if (config->knobs > 0)
		g->knobs = knob_layers(&g->params, config->knobs, g->query.width, g->features);
	return 0;
}

/* A dense layer of so many weights, that is of half a gigabyte, is a mistake, or a file that means ill. */
#define CONV_WEIGHTS_MAX 1e8

static int lay_conv(struct generator *g)
{
	const struct conv_config *c = &g->config.conv;
	const int multiple = 1 << c->levels;
	struct roll_shape shape;

	if (roll_shape_of(&shape, g->vocab, c->bars, multiple) < 0)
		return -1;
	if (shape.frames % multiple != 0)
		return error("a window of %d frames cannot be halved %d times (conv.levels, conv.bars)", shape.frames,
		             c->levels);
	if ((double)shape.frames * shape.pitches / multiple / multiple * (c->channels << (c->levels - 1)) * c->noise >
	    CONV_WEIGHTS_MAX)
		return error("a convolutional network of so many channels, bars and numbers of noise is too large");
	/* what it has none of is in no count */
	g->config.memory = g->config.harmony = g->config.form = 0;
	g->conv = conv_generator_layers(&g->params, c, &shape);
	return 0;
}

static int lay(struct generator *g)
{
	if (generator_is_conv(g))
		return lay_conv(g);
	return generator_reads_tokens(g) ? net_tokens_lay(g) : lay_events(g);
}

int generator_init(struct generator *g, const struct generator_config *config, const struct vocab *vocab)
{
	int status;

	*g = (struct generator){.config = *config, .vocab = vocab};
	status = lay(g);
	if (status < 0 || g->params.failed) {
		generator_done(g);
		return -1;
	}
	return 0;
}

void generator_done(struct generator *g)
{
	params_done(&g->params);
}
