/* Models from JSON: every number is a number, whole where it must be, and in range. See model_json.h. */
#include "model/model_json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "music/roll.h"

static int get_real(double *out, const cJSON *from, const char *name, double low, double high)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
		return error("\"%s\" is not a number from %g to %g", name, low, high);
	*out = item->valuedouble;
	return 0;
}

static int whole(double *out, const cJSON *item, double low, double high)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high) ||
	    floor(item->valuedouble) != item->valuedouble)
		return -1;
	*out = item->valuedouble;
	return 0;
}

static int get_long(long *out, const cJSON *from, const char *name, double low, double high)
{
	double value = 0;

	if (whole(&value, cJSON_GetObjectItemCaseSensitive(from, name), low, high) < 0)
		return error("\"%s\" is not a whole number from %.0f to %.0f", name, low, high);
	*out = (long)value;
	return 0;
}

static int get_int(int *out, const cJSON *from, const char *name, int low, int high)
{
	long value = 0;

	if (get_long(&value, from, name, low, high) < 0)
		return -1;
	*out = (int)value;
	return 0;
}

static int get_u64(uint64_t *out, const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
	const char *text = cJSON_IsString(item) ? item->valuestring : "";
	uint64_t value = 0;

	if (!*text || strlen(text) > 20)
		return error("\"%s\" is not a number in a string", name);
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
			return error("\"%s\" is not a number of 64 bits", name);
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

static const char *get_text(const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

static const cJSON *get_array(const cJSON *from, const char *name, int low, int high)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);
	int n = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : -1;

	if (n < low || n > high) {
		error("\"%s\" is not a list of %d to %d", name, low, high);
		return NULL;
	}
	return item;
}

static int get_ints(int *out, const cJSON *from, const char *name, int n_low, int n_high, int low, int high)
{
	const cJSON *array = get_array(from, name, n_low, n_high), *item;
	int n = 0;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		double value = 0;

		if (whole(&value, item, low, high) < 0)
			return error("\"%s\" holds something else than whole numbers from %d to %d", name, low, high);
		out[n++] = (int)value;
	}
	return n;
}

static int get_symbols(struct symbols *s, const cJSON *from, const char *name, int low)
{
	s->n = get_ints(s->values, from, name, 1, VOCAB_SYMBOLS_MAX, low, 4095);
	if (s->n < 0)
		return -1;
	for (int i = 1; i < s->n; i++)
		if (s->values[i] <= s->values[i - 1])
			return error("\"%s\" does not ascend", name);
	return 0;
}

static int get_metres(struct vocab *v, const cJSON *from)
{
	const cJSON *array = get_array(from, "metres", 0, VOCAB_METRES_MAX), *item;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		double numerator = 0, denominator = 0;

		if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2 ||
		    whole(&numerator, cJSON_GetArrayItem(item, 0), 1, 255) < 0 ||
		    whole(&denominator, cJSON_GetArrayItem(item, 1), 0, 7) < 0)
			return error("\"metres\" holds something else than metres");
		v->metres[v->n_metres][0] = (uint8_t)numerator;
		v->metres[v->n_metres++][1] = (uint8_t)denominator;
	}
	return 0;
}

static int get_styles(struct vocab *v, const cJSON *from)
{
	const cJSON *array = get_array(from, "styles", 0, VOCAB_STYLES_MAX), *item;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsString(item))
			return error("\"styles\" holds something else than names");
		v->styles[v->n_styles] = text_clean(item->valuestring, strlen(item->valuestring));
		if (!v->styles[v->n_styles])
			return -1;
		v->n_styles++;
	}
	return 0;
}

static int get_start(struct vocab_start *s, const struct vocab *v, const cJSON *from)
{
	int mode = 0, numerator = 0, denominator = 0;

	if (get_int(&s->start.style, from, "style", -1, v->n_styles - 1) < 0 ||
	    get_int(&mode, from, "mode", 0, MODES - 1) < 0 || get_int(&numerator, from, "numerator", 1, 255) < 0 ||
	    get_int(&denominator, from, "denominator_log2", 0, 7) < 0 ||
	    get_int(&s->start.tempo, from, "tempo", 0, TEMPO_CLASSES - 1) < 0 ||
	    get_int(&s->start.pickup, from, "pickup", 0, 255 * 4 * v->grid) < 0 ||
	    get_u64(&s->start.parts, from, "parts") < 0 || get_int(&s->count, from, "count", 0, SONG_TICK_MAX) < 0 ||
	    get_int(&s->us_per_quarter, from, "us_per_quarter", 0, 0xFFFFFF) < 0)
		return -1;
	s->start.mode = (enum mode)mode;
	s->start.numerator = (uint8_t)numerator;
	s->start.denominator_log2 = (uint8_t)denominator;
	if (s->start.parts == 0 || (v->parts < SONG_PARTS_MAX && s->start.parts >> v->parts != 0))
		return error("a start event has parts the model has not");
	return 0;
}

static int get_starts(struct vocab *v, const cJSON *from)
{
	const cJSON *array = get_array(from, "starts", 1, VOCAB_STARTS_MAX), *item;

	if (!array)
		return -1;
	v->starts = mem_new((size_t)cJSON_GetArraySize(array), sizeof *v->starts);
	if (!v->starts)
		return -1;
	cJSON_ArrayForEach(item, array) if (get_start(&v->starts[v->n_starts++], v, item) < 0) return -1;
	return 0;
}

/* A choice by its name; the first files do not say it, and have the first one. 0 or -1. */
static int get_choice(int *to, const cJSON *o, const char *key, const char *const *names, int n)
{
	*to = 0;
	if (!cJSON_HasObjectItem(o, key))
		return 0;
	while (*to < n && strcmp(get_text(o, key), names[*to]) != 0)
		++*to;
	return *to < n ? 0 : error("\"%s\" is no way of reading that this program knows", key);
}

/* The first files were read as they were. */
static int get_reading(struct vocab *v, const cJSON *o)
{
	struct reading reading;

	if (cJSON_HasObjectItem(o, "frame") && get_int(&v->frame, o, "frame", 0, ROLL_FRAME_MAX) < 0)
		return -1;
	if (get_choice(&v->take, o, "take", take_names, TAKES) < 0)
		return -1;
	if (cJSON_HasObjectItem(o, "strike") && get_int(&v->strike, o, "strike", 0, ROLL_STRIKE_MAX) < 0)
		return -1;
	if (get_choice(&v->frame_parts, o, "frame_parts", frame_parts_names, FRAME_PARTS) < 0)
		return -1;
	reading = vocab_reading(v);
	return reading_check(&reading);
}

static int get_chord(struct chord *c, const cJSON *array)
{
	const cJSON *item;
	int before = -1;

	cJSON_ArrayForEach(item, array)
	{
		double pitch = 0;

		if (whole(&pitch, item, before + 1, 127) < 0)
			return -1;
		before = (int)pitch;
		chord_add(c, before);
	}
	return before < 0 ? -1 : 0;
}

/* Only composers' models have any. */
static int get_chords(struct vocab *v, const cJSON *from)
{
	const cJSON *array, *item;
	struct chord *list;
	int n = 0;

	if (!cJSON_HasObjectItem(from, "chords"))
		return 0;
	array = get_array(from, "chords", 0, CHORDS_MAX);
	list = array ? mem_new((size_t)cJSON_GetArraySize(array), sizeof *list) : NULL;
	if (!list)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsArray(item) || get_chord(&list[n], item) < 0 ||
		    (n > 0 && chord_order(&list[n - 1], &list[n]) >= 0)) {
			free(list);
			return error("\"chords\" is not an ascending list of ascending pitches");
		}
		n++;
	}
	chords_of_list(&v->chords, list, n);
	return 0;
}

static int get_vocab(struct vocab *v, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "vocabulary");
	int low[SONG_PARTS_MAX], high[SONG_PARTS_MAX], programs[SONG_PARTS_MAX];

	if (get_int(&v->grid, o, "grid", 1, 960) < 0 || get_reading(v, o) < 0 ||
	    get_int(&v->parts, o, "parts", 1, SONG_PARTS_MAX) < 0 || get_int(&v->velocity, o, "velocity", 1, 127) < 0 ||
	    get_symbols(&v->durations, o, "durations", 1) < 0 || get_symbols(&v->shifts, o, "shifts", 0) < 0 ||
	    get_metres(v, o) < 0 || get_styles(v, o) < 0 || get_starts(v, o) < 0 ||
	    get_ints(low, o, "low", v->parts, v->parts, 0, 127) < 0 ||
	    get_ints(high, o, "high", v->parts, v->parts, 0, 127) < 0 ||
	    get_ints(programs, o, "programs", v->parts, v->parts, -1, 127) < 0 || get_chords(v, o) < 0)
		return -1;
	v->dynamics = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "dynamics"));
	v->n_lengths = get_ints(v->lengths, o, "lengths", 1, VOCAB_LENGTHS_MAX, 1, SONG_TICK_MAX);
	if (v->n_lengths < 0)
		return -1;
	/* The first files have none. */
	if (cJSON_HasObjectItem(o, "tonics") &&
	    get_ints(v->tonics[0], o, "tonics", MODES * 12, MODES * 12, 0, SONG_TICK_MAX) < 0)
		return -1;
	if (v->shifts.values[0] != 0)
		return error("\"shifts\" does not begin with 0");
	for (int i = 0; i < v->parts; i++) {
		v->low[i] = (uint8_t)low[i];
		v->high[i] = (uint8_t)high[i];
		v->programs[i] = (int8_t)programs[i];
	}
	return 0;
}

/* Settings of the network in the first files of this format: kind, which they do not have, up to `hidden`. */
enum { FIRST_ITEMS = 9 };

/* By its name; the first files have none, and are of events. */
static int get_kind(struct generator_config *config, const cJSON *o)
{
	config->kind = KIND_EVENTS;
	if (!cJSON_HasObjectItem(o, "kind"))
		return 0;
	config->kind = generator_kind_find(get_text(o, "kind"));
	return config->kind < 0 ? error("\"kind\" is no kind of network that this program knows") : 0;
}

static int get_conv(struct conv_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "conv");
	const struct conf_room room = {"conv", conv_items, n_conv_items, config, NULL};

	for (size_t i = 0; i < n_conv_items; i++)
		if (conf_set_item(&room, conv_items[i].key, get_text(o, conv_items[i].key)) < 0)
			return error_prefix("\"conv\"");
	return 0;
}

static int get_config(struct generator_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "generator");

	if (get_kind(config, o) < 0 || (config->kind == KIND_CONV && get_conv(&config->conv, root) < 0))
		return -1;
	for (size_t i = 0; i < n_generator_items; i++) {
		const struct conf_item *item = &generator_items[i];
		int *value = (int *)(void *)((char *)config + item->offset);

		if (item->type != CONF_INT)
			continue;
		/* What the first files do not have yet, they are without. */
		if (i >= FIRST_ITEMS && !cJSON_HasObjectItem(o, item->key))
			*value = 0;
		else if (get_int(value, o, item->key, (int)item->low, (int)item->high) < 0)
			return -1;
	}
	return 0;
}

/* Figures are for reading: one that is missing or null is not a number. */
static double get_figure(const cJSON *from, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, name);

	return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void get_figures(struct figures *f, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "figures");
	const cJSON *heads = cJSON_GetObjectItemCaseSensitive(o, "heads");
	double value = 0;

	f->nats_per_note = get_figure(o, "nats_per_note");
	for (int h = 0; h < HEADS; h++)
		f->heads[h] = get_figure(heads, head_names[h]);
	if (whole(&value, cJSON_GetObjectItemCaseSensitive(o, "notes"), 0, 1e15) == 0)
		f->notes = (long)value;
	if (whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pieces"), 0, 1e15) == 0)
		f->pieces = (long)value;
}

/* Only models that have one say anything of it. */
static int get_latent(struct generator_config *config, struct latent_figures *f, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "latent");
	double value = 0;

	if (!o)
		return 0;
	if (config->kind != KIND_EVENTS)
		return error("only networks of events have a latent");
	if (get_int(&config->latent, o, "width", 1, LATENT_MAX) < 0 ||
	    get_int(&config->encoder, o, "encoder", 1, LATENT_MAX) < 0)
		return -1;
	*f = (struct latent_figures){
		.without = get_figure(o, "nats_without"),
		.mean = get_figure(o, "nats_mean"),
		.other = get_figure(o, "nats_other"),
		.drawn = get_figure(o, "nats_drawn"),
		.kl = get_figure(o, "kl"),
		.pitches = get_figure(o, "pitches"),
		.pitches_without = get_figure(o, "pitches_without"),
		.style = get_figure(o, "style"),
		.chance = get_figure(o, "chance"),
	};
	if (whole(&value, cJSON_GetObjectItemCaseSensitive(o, "active"), 0, LATENT_MAX) == 0)
		f->active = (int)value;
	if (whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pitches_of"), 0, 1e15) == 0)
		f->pitches_of = (long)value;
	return 0;
}

/* n numbers, each in range. */
static int get_reals(double *out, const cJSON *from, const char *name, int n, double low, double high)
{
	const cJSON *array = get_array(from, name, n, n), *item;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
			return error("\"%s\" holds something else than numbers from %g to %g", name, low, high);
		*out++ = item->valuedouble;
	}
	return 0;
}

/* Figures: what is missing, null or too much is not a number. */
static void get_figure_list(double *out, const cJSON *from, const char *name, size_t n)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(from, name), *item;
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		out[j] = NAN;
	if (!cJSON_IsArray(array))
		return;
	cJSON_ArrayForEach(item, array)
	{
		if (i == n)
			return;
		out[i++] = cJSON_IsNumber(item) ? item->valuedouble : NAN;
	}
}

/* Only models that have some say anything of them. After get_vocab(): there is a mean a part. */
static int get_knobs(struct model *m, struct generator_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "knobs");
	struct knob_figures *f = &m->knobs;
	struct knob_scale *s = &m->knob_scale;
	double value = 0;

	if (!o)
		return 0;
	if (config->kind != KIND_EVENTS)
		return error("only networks of events have knobs");
	if (get_int(&config->knobs, o, "width", 1, KNOBS_MAX) < 0 ||
	    get_reals(s->middle, o, "middle", KNOBS, -1e4, 1e4) < 0 ||
	    get_reals(s->spread, o, "spread", KNOBS, 0, 1e4) < 0 ||
	    get_reals(s->pitch, o, "pitch", m->vocab->parts, 0, 127) < 0)
		return -1;
	f->nats = get_figure(o, "nats");
	get_figure_list(f->nats_alone, o, "nats_alone", KNOBS);
	get_figure_list(f->untold, o, "untold", KNOBS);
	get_figure_list(f->turned[0][0], o, "turned", KNOB_MEASURES);
	get_figure_list(f->half[0][0], o, "half", KNOB_MEASURES);
	if (whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pieces"), 0, 1e6) == 0)
		f->pieces = (int)value;
	return 0;
}

static int get_step_latent(struct model *m, const struct generator_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "step_latent");

	if (!o)
		return 0;
	if (config->kind != KIND_SEED)
		return error("only the seed has a latent at every step");
	m->step_latent = true;
	m->latent.drawn = get_figure(o, "nats_drawn");
	m->latent.kl = get_figure(o, "kl");
	return 0;
}

static int get_clean(char *out, size_t size, const cJSON *from, const char *name)
{
	return text_clean_into(out, size, get_text(from, name));
}

/* Those that there were. */
static int get_stages(struct provenance *p, const cJSON *from)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(from, "stages");

	for (int s = 0; s < STAGES; s++) {
		const char *words = get_text(o, stage_names[s]);

		if (!*words)
			continue;
		p->stages[s] = text_clean(words, strlen(words));
		if (!p->stages[s])
			return -1;
	}
	return 0;
}

static int get_provenance(struct provenance *p, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "provenance");
	const char *corpus = get_text(o, "corpus"), *command = get_text(o, "command");
	const char *base = get_text(o, "base");

	if (get_u64(&p->corpus_fingerprint, o, "corpus_fingerprint") < 0 || get_u64(&p->seed, o, "seed") < 0 ||
	    get_long(&p->steps, o, "steps", 0, 1e15) < 0 ||
	    get_long(&p->steps_planned, o, "steps_planned", 0, 1e15) < 0 ||
	    get_long(&p->train_pieces, o, "train_pieces", 0, 1e15) < 0 ||
	    get_long(&p->train_notes, o, "train_notes", 0, 1e15) < 0 ||
	    get_long(&p->held_out_pieces, o, "held_out_pieces", 0, 1e15) < 0 ||
	    get_clean(p->version, sizeof p->version, o, "version") < 0 ||
	    get_clean(p->split, sizeof p->split, o, "split") < 0 ||
	    get_clean(p->licence, sizeof p->licence, o, "licence") < 0)
		return -1;
	p->corpus = text_clean(corpus, strlen(corpus));
	p->command = text_clean(command, strlen(command));
	/* files have it where there was one */
	p->base = *base ? text_clean(base, strlen(base)) : NULL;
	return p->corpus && p->command && (p->base || !*base) ? get_stages(p, o) : -1;
}

static int get_sampling(struct sampling *s, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "sampling");
	/* the first files have one for both */
	const bool one = cJSON_HasObjectItem(o, "top_p");

	if (get_real(&s->pitch_temperature, o, "pitch_temperature", 0.01, 100) < 0 ||
	    get_real(&s->duration_temperature, o, "duration_temperature", 0.01, 100) < 0 ||
	    get_real(&s->pitch_top_p, o, one ? "top_p" : "pitch_top_p", 0.01, 1) < 0 ||
	    get_real(&s->duration_top_p, o, one ? "top_p" : "duration_top_p", 0.01, 1) < 0)
		return -1;
	return 0;
}

int model_from_json(struct model *m, struct generator_config *config, const char *json)
{
	cJSON *root = cJSON_Parse(json);
	double format = 0;
	int result = -1;

	if (!root)
		return error("its description is not JSON");
	if (whole(&format, cJSON_GetObjectItemCaseSensitive(root, "format"), 1, 1e9) < 0)
		error("its description has no format number");
	else if (format > MODEL_FORMAT)
		error("format %.0f is newer than this program knows (%d)", format, MODEL_FORMAT);
	else if ((m->vocab = mem_new(1, sizeof *m->vocab)) != NULL && get_config(config, root) == 0 &&
	         get_latent(config, &m->latent, root) == 0 && get_step_latent(m, config, root) == 0 &&
	         get_vocab(m->vocab, root) == 0 && get_knobs(m, config, root) == 0 &&
	         get_sampling(&m->sampling, root) == 0 && get_provenance(&m->provenance, root) == 0) {
		get_figures(&m->figures, root);
		if (m->step_latent)
			m->latent.mean = m->figures.nats_per_note;
		result = 0;
	}
	cJSON_Delete(root);
	return result;
}
