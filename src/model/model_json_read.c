/* Models from JSON: every number is a number, whole where it must be, and in range. See model_json.h. */
#include "model/model_json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/json_get.h"
#include "model/model_json_told.h"
#include "music/roll.h"

static int get_symbols(struct symbols *s, const cJSON *from, const char *name, int low)
{
	s->n = json_ints(s->values, from, name, 1, VOCAB_SYMBOLS_MAX, low, 4095);
	if (s->n < 0)
		return -1;
	for (int i = 1; i < s->n; i++)
		if (s->values[i] <= s->values[i - 1])
			return error("\"%s\" does not ascend", name);
	return 0;
}

static int get_metres(struct vocab *v, const cJSON *from)
{
	const cJSON *array = json_array(from, "metres", 0, VOCAB_METRES_MAX), *item;

	if (!array)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		double numerator = 0, denominator = 0;

		if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) != 2 ||
		    json_whole(&numerator, cJSON_GetArrayItem(item, 0), 1, 255) < 0 ||
		    json_whole(&denominator, cJSON_GetArrayItem(item, 1), 0, 7) < 0)
			return error("\"metres\" holds something else than metres");
		v->metres[v->n_metres][0] = (uint8_t)numerator;
		v->metres[v->n_metres++][1] = (uint8_t)denominator;
	}
	return 0;
}

static int get_styles(struct vocab *v, const cJSON *from)
{
	const cJSON *array = json_array(from, "styles", 0, VOCAB_STYLES_MAX), *item;

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

	if (json_int(&s->start.style, from, "style", -1, v->n_styles - 1) < 0 ||
	    json_int(&mode, from, "mode", 0, MODES - 1) < 0 || json_int(&numerator, from, "numerator", 1, 255) < 0 ||
	    json_int(&denominator, from, "denominator_log2", 0, 7) < 0 ||
	    json_int(&s->start.tempo, from, "tempo", 0, TEMPO_CLASSES - 1) < 0 ||
	    json_int(&s->start.pickup, from, "pickup", 0, 255 * 4 * v->grid) < 0 ||
	    json_u64(&s->start.parts, from, "parts") < 0 || json_int(&s->count, from, "count", 0, SONG_TICK_MAX) < 0 ||
	    json_int(&s->us_per_quarter, from, "us_per_quarter", 0, 0xFFFFFF) < 0)
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
	const cJSON *array = json_array(from, "starts", 1, VOCAB_STARTS_MAX), *item;

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
	while (*to < n && strcmp(json_text(o, key), names[*to]) != 0)
		++*to;
	return *to < n ? 0 : error("\"%s\" is no way of reading that this program knows", key);
}

/* The first files were read as they were. */
static int get_reading(struct vocab *v, const cJSON *o)
{
	struct reading reading;

	if (cJSON_HasObjectItem(o, "frame") && json_int(&v->frame, o, "frame", 0, ROLL_FRAME_MAX) < 0)
		return -1;
	if (get_choice(&v->take, o, "take", take_names, TAKES) < 0)
		return -1;
	if (cJSON_HasObjectItem(o, "strike") && json_int(&v->strike, o, "strike", 0, ROLL_STRIKE_MAX) < 0)
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

		if (json_whole(&pitch, item, before + 1, 127) < 0)
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
	array = json_array(from, "chords", 0, CHORDS_MAX);
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

	if (json_int(&v->grid, o, "grid", 1, 960) < 0 || get_reading(v, o) < 0 ||
	    json_int(&v->parts, o, "parts", 1, SONG_PARTS_MAX) < 0 ||
	    json_int(&v->velocity, o, "velocity", 1, 127) < 0 || get_symbols(&v->durations, o, "durations", 1) < 0 ||
	    get_symbols(&v->shifts, o, "shifts", 0) < 0 || get_metres(v, o) < 0 || get_styles(v, o) < 0 ||
	    get_starts(v, o) < 0 || json_ints(low, o, "low", v->parts, v->parts, 0, 127) < 0 ||
	    json_ints(high, o, "high", v->parts, v->parts, 0, 127) < 0 ||
	    json_ints(programs, o, "programs", v->parts, v->parts, -1, 127) < 0 || get_chords(v, o) < 0)
		return -1;
	v->dynamics = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "dynamics"));
	v->n_lengths = json_ints(v->lengths, o, "lengths", 1, VOCAB_LENGTHS_MAX, 1, SONG_TICK_MAX);
	if (v->n_lengths < 0)
		return -1;
	/* The first files have none. */
	if (cJSON_HasObjectItem(o, "tonics") &&
	    json_ints(v->tonics[0], o, "tonics", MODES * 12, MODES * 12, 0, SONG_TICK_MAX) < 0)
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
	config->kind = generator_kind_find(json_text(o, "kind"));
	return config->kind < 0 ? error("\"kind\" is no kind of network that this program knows") : 0;
}

static int get_conv(struct conv_config *config, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "conv");
	const struct conf_room room = {"conv", conv_items, n_conv_items, config, NULL};

	for (size_t i = 0; i < n_conv_items; i++)
		if (conf_set_item(&room, conv_items[i].key, json_text(o, conv_items[i].key)) < 0)
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
		else if (json_int(value, o, item->key, (int)item->low, (int)item->high) < 0)
			return -1;
	}
	return 0;
}

static void get_figures(struct figures *f, const cJSON *root)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(root, "figures");
	const cJSON *heads = cJSON_GetObjectItemCaseSensitive(o, "heads");
	double value = 0;

	f->nats_per_note = json_figure(o, "nats_per_note");
	for (int h = 0; h < HEADS; h++)
		f->heads[h] = json_figure(heads, head_names[h]);
	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(o, "notes"), 0, 1e15) == 0)
		f->notes = (long)value;
	if (json_whole(&value, cJSON_GetObjectItemCaseSensitive(o, "pieces"), 0, 1e15) == 0)
		f->pieces = (long)value;
}

static int get_clean(char *out, size_t size, const cJSON *from, const char *name)
{
	return text_clean_into(out, size, json_text(from, name));
}

/* Those that there were. */
static int get_stages(struct provenance *p, const cJSON *from)
{
	const cJSON *o = cJSON_GetObjectItemCaseSensitive(from, "stages");

	for (int s = 0; s < STAGES; s++) {
		const char *words = json_text(o, stage_names[s]);

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
	const char *corpus = json_text(o, "corpus"), *command = json_text(o, "command");
	const char *base = json_text(o, "base");

	if (json_u64(&p->corpus_fingerprint, o, "corpus_fingerprint") < 0 || json_u64(&p->seed, o, "seed") < 0 ||
	    json_long(&p->steps, o, "steps", 0, 1e15) < 0 ||
	    json_long(&p->steps_planned, o, "steps_planned", 0, 1e15) < 0 ||
	    json_long(&p->train_pieces, o, "train_pieces", 0, 1e15) < 0 ||
	    json_long(&p->train_notes, o, "train_notes", 0, 1e15) < 0 ||
	    json_long(&p->held_out_pieces, o, "held_out_pieces", 0, 1e15) < 0 ||
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

	if (json_real(&s->pitch_temperature, o, "pitch_temperature", 0.01, 100) < 0 ||
	    json_real(&s->duration_temperature, o, "duration_temperature", 0.01, 100) < 0 ||
	    json_real(&s->pitch_top_p, o, one ? "top_p" : "pitch_top_p", 0.01, 1) < 0 ||
	    json_real(&s->duration_top_p, o, one ? "top_p" : "duration_top_p", 0.01, 1) < 0)
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
	if (json_whole(&format, cJSON_GetObjectItemCaseSensitive(root, "format"), 1, 1e9) < 0)
		error("its description has no format number");
	else if (format > MODEL_FORMAT)
		error("format %.0f is newer than this program knows (%d)", format, MODEL_FORMAT);
	else if ((m->vocab = mem_new(1, sizeof *m->vocab)) != NULL && get_config(config, root) == 0 &&
	         model_latent_from_json(config, &m->latent, root) == 0 &&
	         model_step_latent_from_json(m, config, root) == 0 && get_vocab(m->vocab, root) == 0 &&
	         model_knobs_from_json(m, config, root) == 0 && get_sampling(&m->sampling, root) == 0 &&
	         get_provenance(&m->provenance, root) == 0) {
		get_figures(&m->figures, root);
		if (m->step_latent)
			m->latent.mean = m->figures.nats_per_note;
		result = 0;
	}
	cJSON_Delete(root);
	return result;
}
