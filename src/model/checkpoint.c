/*
 * Checkpoints as files: a safetensors file whose planes are those of the
 * training (weights, moments, running average, best weights), whose `lane.*`
 * and `carry.*` tensors are what lanes carry, and whose metadata describes
 * the model (`musegen`, as model files have it) and the run
 * (`musegen-checkpoint`: one JSON text). Numbers that must come back bit for
 * bit are tensors, never text.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/conf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/model_json.h"
#include "model/training.h"
#include "num/blas.h"

#define FORMAT         1
#define FILE_SIZE_MAX  ((size_t)8 << 30)
#define MODEL_KEY      "musegen"
#define CHECKPOINT_KEY "musegen-checkpoint"
#define STAGE          "likelihood"
#define COUNT_MAX      1000000000000000 /* of steps, notes: no sum of them overflows */
#define TENSORS_MAX    (PLANES_MAX + 9)

#ifdef REAL_DOUBLE
#define TENSOR_REAL TENSOR_F64
#else
#define TENSOR_REAL TENSOR_F32
#endif

/* ---- the parts of a training --------------------------------------------- */

enum { PLANES_MAX = 3 + OPTIM_PLANES_MAX };

struct plane {
	const char *name;
	real *data;
};

/* The planes a training has; how many. */
static size_t list_planes(struct plane planes[PLANES_MAX], const struct training *t)
{
	const struct plane all[PLANES_MAX] = {
		{"weights", t->w},          {"average", t->average},    {"best", t->best},
		{"moment1", t->moments[0]}, {"moment2", t->moments[1]}, {"moment3", t->moments[2]},
	};
	size_t n = 0;

	for (size_t i = 0; i < PLANES_MAX; i++)
		if (all[i].data)
			planes[n++] = all[i];
	return n;
}

/* Of a training_state: whole numbers, then doubles as their bits, then the running sums. */
enum { WHOLE = 7, REALS = 4 + HEADS, NUMBERS = WHOLE + REALS };

static void numbers_from_state(int64_t out[NUMBERS], const struct training_state *s)
{
	const int64_t whole[WHOLE] = {s->step,         s->steps,        s->planned,    s->best_step,
	                              s->without_gain, s->recent.notes, s->recent.rows};
	const double reals[4] = {s->best_nats, s->train_nats, s->held_out_nats, s->seconds};

	memcpy(out, whole, sizeof whole);
	memcpy(out + WHOLE, reals, sizeof reals);
	memcpy(out + WHOLE + 4, s->recent.heads, sizeof s->recent.heads);
}

static int state_from_numbers(struct training_state *s, const int64_t in[NUMBERS])
{
	double reals[4];

	for (int i = 0; i < WHOLE; i++)
		if (in[i] < 0 || in[i] > (i == 1 ? (int64_t)LONG_MAX / 2 : COUNT_MAX))
			return error("a count in it is out of range");
	memcpy(reals, in + WHOLE, sizeof reals);
	*s = (struct training_state){
		.step = (long)in[0],
		.steps = (long)in[1],
		.planned = in[2] != 0,
		.best_step = (long)in[3],
		.without_gain = in[4] > INT_MAX ? INT_MAX : (int)in[4],
		.recent = {.notes = (long)in[5], .rows = (long)in[6]},
		.best_nats = reals[0],
		.train_nats = reals[1],
		.held_out_nats = reals[2],
		.seconds = reals[3],
	};
	memcpy(s->recent.heads, in + WHOLE + 4, sizeof s->recent.heads);
	if (s->step > s->steps || s->best_step > s->step || !(s->seconds >= 0 && s->seconds < 1e12))
		return error("its counts do not agree");
	return 0;
}

/*
 * The settings of the training as text: equal texts are equal settings. All
 * but how often to write one, on which nothing depends. NULL when out of memory.
 */
static char *config_text(const struct train_config *config)
{
	struct train_config copy = *config;
	const struct conf_room room = {"train", train_items, n_train_items, &copy, ""};
	char value[CONF_TEXT_MAX], *text = mem_string("");

	for (size_t i = 0; text && i < n_train_items; i++) {
		char *longer;

		if (train_items[i].offset == offsetof(struct train_config, checkpoint))
			continue;
		conf_value(&room, &train_items[i], value, sizeof value);
		longer = text_format("%s%s=%s\n", text, train_items[i].key, value);
		free(text);
		text = longer;
	}
	return text;
}

/* ---- writing ------------------------------------------------------------- */

static char *describe_run(const struct training *t)
{
	cJSON *o = cJSON_CreateObject();
	char *config = config_text(&t->config), text[24], *json;

	cJSON_AddNumberToObject(o, "format", FORMAT);
	cJSON_AddStringToObject(o, "version", MUSEGEN_VERSION);
	cJSON_AddStringToObject(o, "blas", blas_core());
	cJSON_AddStringToObject(o, "stage", STAGE);
	snprintf(text, sizeof text, "%" PRIu64, t->seed);
	cJSON_AddStringToObject(o, "seed", text);
	snprintf(text, sizeof text, "%" PRIu64, t->corpus->fingerprint);
	cJSON_AddStringToObject(o, "corpus", text);
	cJSON_AddNumberToObject(o, "pieces", (double)t->corpus->n);
	cJSON_AddStringToObject(o, "train", config ? config : "");
	cJSON_AddStringToObject(o, "note", t->keep->note ? t->keep->note : "");
	json = config ? cJSON_PrintUnformatted(o) : NULL;
	if (config && !json)
		error("out of memory");
	cJSON_Delete(o);
	free(config);
	return json;
}

struct outputs {
	struct tensorfile_output list[TENSORS_MAX];
	size_t n;
};

static void put(struct outputs *o, const char *name, enum tensor_type type, const void *bytes, size_t rows, size_t cols)
{
	o->list[o->n++] = (struct tensorfile_output){
		.name = name,
		.type = type,
		.dims = 2,
		.shape = {(int64_t)rows, (int64_t)cols},
		.bytes = bytes,
	};
}

static void put_lanes(struct outputs *o, const struct lanes_state *s, const struct training *t)
{
	const struct generator *g = t->g;
	const size_t width = (size_t)g->config.memory, streams = t->shards[0].carry.streams;

	put(o, "lane.place", TENSOR_I64, s->place, s->lanes, 4);
	put(o, "carry.trunk", TENSOR_REAL, s->trunk, 2 * s->lanes, lanes_states(t));
	put(o, "carry.streams", TENSOR_REAL, s->streams, 2 * s->lanes, streams);
	put(o, "carry.keys", TENSOR_REAL, s->keys, s->entries, width);
	put(o, "carry.values", TENSOR_REAL, s->values, s->entries, width);
	put(o, "carry.times", TENSOR_I64, s->times, s->entries, 1);
	put(o, "carry.parts", TENSOR_U8, s->parts, s->entries, 1);
}

static int write_all(const struct training *t, const struct lanes_state *lanes, const char *model, const char *run)
{
	const char *keys[2] = {MODEL_KEY, CHECKPOINT_KEY}, *values[2] = {model, run};
	struct plane planes[PLANES_MAX];
	int64_t numbers[NUMBERS];
	struct outputs o = {.n = 0};
	const size_t n = list_planes(planes, t);

	for (size_t i = 0; i < n; i++)
		put(&o, planes[i].name, TENSOR_REAL, planes[i].data, 1, t->g->params.size);
	numbers_from_state(numbers, &t->state);
	put(&o, "state", TENSOR_I64, numbers, 1, NUMBERS);
	put_lanes(&o, lanes, t);
	return tensorfile_write(t->keep->path, o.list, o.n, keys, values, 2);
}

int checkpoint_write(const struct training *t)
{
	char *model = model_to_json(t->model), *run = describe_run(t);
	struct lanes_state lanes;
	int result = lanes_state_init(&lanes, t, lanes_entries(t));

	if (result == 0 && model && run) {
		lanes_gather(&lanes, t);
		result = write_all(t, &lanes, model, run);
	} else {
		result = -1;
	}
	lanes_state_done(&lanes);
	free(model);
	free(run);
	return result;
}

/* ---- reading ------------------------------------------------------------- */

static const char *text_of(const cJSON *o, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

static int get_u64(uint64_t *out, const cJSON *o, const char *key)
{
	const char *text = text_of(o, key);
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end ? 0 : error("its \"%s\" is no number", key);
}

/* Before anything else is asked of it: another version's settings may be unknown here, its weights come out otherwise. */
static int check_version(const char *version)
{
	char *clean = strcmp(version, MUSEGEN_VERSION) != 0 ? text_clean(version, strlen(version)) : NULL;

	if (clean)
		error("written by musegen %s, this is %s", clean, MUSEGEN_VERSION);
	free(clean);
	return strcmp(version, MUSEGEN_VERSION) == 0 ? 0 : -1;
}

static int read_about(struct checkpoint *c)
{
	const cJSON *format = cJSON_GetObjectItemCaseSensitive(c->note, "format");
	struct training_state state;
	int64_t numbers[NUMBERS];

	if (!cJSON_IsNumber(format))
		return error("not a checkpoint of musegen");
	if (format->valuedouble != FORMAT)
		return error("a checkpoint of format %g; this program knows %d", format->valuedouble, FORMAT);
	if (check_version(text_of(c->note, "version")) < 0 ||
	    tensorfile_get_raw(c->file, "state", TENSOR_I64, numbers, NUMBERS) < 0 ||
	    state_from_numbers(&state, numbers) < 0 || get_u64(&c->about.seed, c->note, "seed") < 0)
		return -1;
	if (strcmp(text_of(c->note, "stage"), STAGE) != 0)
		return error("a checkpoint of a stage that this program does not know");
	c->about.note = text_of(c->note, "note");
	c->about.blas = text_of(c->note, "blas");
	c->about.step = state.step;
	c->about.steps = state.steps;
	c->about.planned = state.planned;
	return 0;
}

/* Takes the file over. */
static struct checkpoint *from_tensors(const char *name, struct tensorfile *file)
{
	struct checkpoint *c = file ? mem_new(1, sizeof *c) : NULL;
	const char *model, *run;
	int result = -1;

	if (!c) {
		tensorfile_free(file);
		return NULL;
	}
	c->file = file;
	c->name = mem_string(name);
	model = tensorfile_metadata(file, MODEL_KEY);
	run = tensorfile_metadata(file, CHECKPOINT_KEY);
	if (!model || !run) {
		error("not a checkpoint of musegen");
	} else if (c->name) {
		c->json = mem_string(model);
		c->note = cJSON_Parse(run);
		result = c->json && c->note ? read_about(c) : c->json ? error("its description is not JSON") : -1;
	}
	if (result < 0) {
		error_prefix("%s", name);
		checkpoint_free(c);
		return NULL;
	}
	return c;
}

struct checkpoint *checkpoint_open(const char *path)
{
	return from_tensors(path, tensorfile_read(path, FILE_SIZE_MAX));
}

struct checkpoint *checkpoint_parse(const char *name, const unsigned char *bytes, size_t size)
{
	return from_tensors(name, tensorfile_parse(name, bytes, size));
}

void checkpoint_free(struct checkpoint *c)
{
	if (!c)
		return;
	tensorfile_free(c->file);
	cJSON_Delete(c->note);
	free(c->json);
	free(c->name);
	free(c);
}

struct checkpoint_about checkpoint_about(const struct checkpoint *c)
{
	return c->about;
}

/* The weights' sizes against the bytes that are there, before any memory is taken for them. */
struct model *checkpoint_model(const struct checkpoint *c)
{
	struct model *m = model_described(c->json);
	const struct tensorfile_entry *w = tensorfile_find(c->file, "weights");

	if (m && (!w || tensorfile_count(w) != m->generator.params.size)) {
		error("its weights are not those of its model");
		model_free(m);
		m = NULL;
	}
	if (m) {
		m->w = params_plane(&m->generator.params);
		if (!m->w) {
			model_free(m);
			m = NULL;
		}
	}
	if (!m)
		error_prefix("%s", c->name);
	return m;
}

static int get_reals(real *out, const struct checkpoint *c, const char *name, size_t n)
{
	const struct tensorfile_entry *e = tensorfile_find(c->file, name);

	if (!e)
		return error("tensor %s is missing", name);
	if (e->type != TENSOR_REAL || tensorfile_count(e) != n)
		return error("tensor %s has another type or shape", name);
	return tensorfile_get_real(c->file, e, out);
}

/* Whose checkpoint is it? */
static int check_same(const struct training *t, const struct checkpoint *c)
{
	const cJSON *pieces = cJSON_GetObjectItemCaseSensitive(c->note, "pieces");
	char *config = config_text(&t->config);
	uint64_t fingerprint;
	int result = 0;

	if (!config || get_u64(&fingerprint, c->note, "corpus") < 0)
		result = -1;
	else if (fingerprint != t->corpus->fingerprint)
		result = error("the corpus is not what it was (%.0f pieces then, %zu now)",
		               cJSON_IsNumber(pieces) ? pieces->valuedouble : 0, t->corpus->n);
	else if (c->about.seed != t->seed || strcmp(config, text_of(c->note, "train")) != 0)
		result = error("its settings are others");
	free(config);
	return result;
}

static int restore_planes(struct training *t, const struct checkpoint *c)
{
	struct plane planes[PLANES_MAX];
	const size_t n = list_planes(planes, t), size = t->g->params.size;

	for (size_t i = 0; i < n; i++)
		if (get_reals(planes[i].data, c, planes[i].name, size) < 0)
			return -1;
	if (!model_weights_fit(&t->g->params, t->w) || !model_weights_fit(&t->g->params, t->best))
		return error("a weight is too large");
	return 0;
}

static int restore_lanes(struct training *t, const struct checkpoint *c)
{
	const struct generator *g = t->g;
	const struct tensorfile_entry *parts = tensorfile_find(c->file, "carry.parts");
	const size_t entries = parts ? tensorfile_count(parts) : 0, lanes = (size_t)t->config.lanes;
	const size_t width = (size_t)g->config.memory;
	struct lanes_state s;
	int result;

	/* before any memory is taken for them */
	if (entries > (width > 0 ? lanes * (size_t)t->shards[0].carry.memory.capacity : 0))
		return error("the memory holds more events than its lanes do");
	result = lanes_state_init(&s, t, entries);
	if (result == 0 && (tensorfile_get_raw(c->file, "lane.place", TENSOR_I64, s.place, lanes * 4) < 0 ||
	                    tensorfile_get_raw(c->file, "carry.times", TENSOR_I64, s.times, entries) < 0 ||
	                    tensorfile_get_raw(c->file, "carry.parts", TENSOR_U8, s.parts, entries) < 0 ||
	                    get_reals(s.trunk, c, "carry.trunk", 2 * lanes * lanes_states(t)) < 0 ||
	                    get_reals(s.streams, c, "carry.streams", 2 * lanes * t->shards[0].carry.streams) < 0 ||
	                    get_reals(s.keys, c, "carry.keys", entries * width) < 0 ||
	                    get_reals(s.values, c, "carry.values", entries * width) < 0))
		result = -1;
	if (result == 0)
		result = lanes_scatter(t, &s);
	lanes_state_done(&s);
	return result;
}

int checkpoint_restore(struct training *t, const struct checkpoint *c)
{
	int64_t numbers[NUMBERS];
	int result = check_same(t, c);

	if (result == 0)
		result = restore_planes(t, c);
	if (result == 0)
		result = tensorfile_get_raw(c->file, "state", TENSOR_I64, numbers, NUMBERS);
	if (result == 0)
		result = state_from_numbers(&t->state, numbers);
	if (result == 0)
		result = restore_lanes(t, c);
	return result < 0 ? error_prefix("%s", c->name) : 0;
}
