/*
 * Checkpoints as files: a safetensors file whose metadata describes the model
 * (`musegen`, as model files have it) and the run (`musegen-checkpoint`: one
 * JSON text). Numbers that must come back bit for bit are tensors, never text.
 * Which tensors there are is for each kind of training to say.
 */
#include "model/checkpoint.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/model_json.h"
#include "num/blas.h"

#define FORMAT         1
#define FILE_SIZE_MAX  ((size_t)8 << 30)
#define MODEL_KEY      "musegen"
#define CHECKPOINT_KEY "musegen-checkpoint"
#define COUNT_MAX      1000000000000000 /* of steps, notes: no sum of them overflows */

/* ---- numbers and settings -------------------------------------------------- */

/* Of a training_state: whole numbers, then doubles as their bits, then the running sums. */
enum { WHOLE = 7, NUMBERS = CHECKPOINT_NUMBERS };

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
 * The settings of a training as text: equal texts are equal settings. All but
 * how often to write one, on which nothing depends. NULL when out of memory.
 */
static char *settings_text(const struct checkpoint_run *run)
{
	char value[CONF_TEXT_MAX], *text = mem_string("");

	for (size_t r = 0; r < run->n_rooms; r++) {
		const struct conf_room *room = &run->rooms[r];

		for (size_t i = 0; text && i < room->n; i++) {
			const char *key = room->items[i].key;
			char *longer;

			if (room->items == train_items && strcmp(key, "checkpoint") == 0)
				continue;
			conf_value(room, &room->items[i], value, sizeof value);
			/* those of [train] have no section's name before them, as in the first files */
			longer = text_format("%s%s%s%s=%s\n", text, room->items == train_items ? "" : room->section,
			                     room->items == train_items ? "" : ".", key, value);
			free(text);
			text = longer;
		}
	}
	return text;
}

/* ---- writing ------------------------------------------------------------- */

static char *describe_run(const struct checkpoint_run *run)
{
	cJSON *o = cJSON_CreateObject();
	char *settings = settings_text(run), text[24], *json;

	cJSON_AddNumberToObject(o, "format", FORMAT);
	cJSON_AddStringToObject(o, "version", MUSEGEN_VERSION);
	cJSON_AddStringToObject(o, "blas", blas_core());
	cJSON_AddStringToObject(o, "stage", run->stage);
	snprintf(text, sizeof text, "%" PRIu64, run->seed);
	cJSON_AddStringToObject(o, "seed", text);
	snprintf(text, sizeof text, "%" PRIu64, run->corpus->fingerprint);
	cJSON_AddStringToObject(o, "corpus", text);
	cJSON_AddNumberToObject(o, "pieces", (double)run->corpus->n);
	cJSON_AddStringToObject(o, "train", settings ? settings : "");
	cJSON_AddStringToObject(o, "note", run->keep->note ? run->keep->note : "");
	json = settings ? cJSON_PrintUnformatted(o) : NULL;
	if (settings && !json)
		error("out of memory");
	cJSON_Delete(o);
	free(settings);
	return json;
}

void checkpoint_put(struct checkpoint_outputs *o, const char *name, enum tensor_type type, const void *bytes,
                    size_t rows, size_t cols)
{
	if (o->n == CHECKPOINT_TENSORS_MAX)
		BUG("more tensors than a checkpoint has");
	o->list[o->n++] = (struct tensorfile_output){
		.name = name,
		.type = type,
		.dims = 2,
		.shape = {(int64_t)rows, (int64_t)cols},
		.bytes = bytes,
	};
}

void checkpoint_put_state(struct checkpoint_outputs *o, const struct training_state *s)
{
	numbers_from_state(o->numbers, s);
	checkpoint_put(o, "state", TENSOR_I64, o->numbers, 1, NUMBERS);
}

int checkpoint_save(const struct checkpoint_outputs *o, const struct checkpoint_run *run)
{
	const char *keys[2] = {MODEL_KEY, CHECKPOINT_KEY};
	char *model = model_to_json(run->model), *about = describe_run(run);
	const char *values[2] = {model, about};
	const int result = model && about ? tensorfile_write(run->keep->path, o->list, o->n, keys, values, 2) : -1;

	free(model);
	free(about);
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

bool checkpoint_is_from_noise(const struct checkpoint *c)
{
	return strcmp(text_of(c->note, "stage"), CHECKPOINT_NOISE) == 0;
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
	if (strcmp(text_of(c->note, "stage"), CHECKPOINT_LIKELIHOOD) != 0 && !checkpoint_is_from_noise(c))
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

int checkpoint_reals(real *out, const struct checkpoint *c, const char *name, size_t n)
{
	const struct tensorfile_entry *e = tensorfile_find(c->file, name);

	if (!e)
		return error("tensor %s is missing", name);
	if (e->type != CHECKPOINT_REAL || tensorfile_count(e) != n)
		return error("tensor %s has another type or shape", name);
	return tensorfile_get_real(c->file, e, out);
}

int checkpoint_state(struct training_state *s, const struct checkpoint *c)
{
	int64_t numbers[NUMBERS];

	if (tensorfile_get_raw(c->file, "state", TENSOR_I64, numbers, NUMBERS) < 0)
		return -1;
	return state_from_numbers(s, numbers);
}

int checkpoint_check(const struct checkpoint *c, const struct checkpoint_run *run)
{
	const cJSON *pieces = cJSON_GetObjectItemCaseSensitive(c->note, "pieces");
	char *settings = settings_text(run);
	uint64_t fingerprint;
	int result = 0;

	if (!settings || get_u64(&fingerprint, c->note, "corpus") < 0)
		result = -1;
	else if (strcmp(text_of(c->note, "stage"), run->stage) != 0)
		result = error("it is of another kind of training");
	else if (fingerprint != run->corpus->fingerprint)
		result = error("the corpus is not what it was (%.0f pieces then, %zu now)",
		               cJSON_IsNumber(pieces) ? pieces->valuedouble : 0, run->corpus->n);
	else if (c->about.seed != run->seed || strcmp(settings, text_of(c->note, "train")) != 0)
		result = error("its settings are others");
	free(settings);
	return result;
}
