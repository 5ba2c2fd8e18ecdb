/* Models: made, rounded, saved, loaded. See model.h. */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/model_json.h"
#include "num/tensorfile.h"

#define METADATA_KEY "musegen"
#define HALF_MAX     65504.0

static bool has_chords(const struct generator_config *config)
{
	return config->kind == KIND_COMPOSER || config->kind == KIND_COMPOSER_PLUS;
}

struct model *model_new(const struct corpus *corpus, const struct generator_config *config)
{
	struct model *m = mem_new(1, sizeof *m);

	if (!m)
		return NULL;
	m->sampling = (struct sampling){1, 1, 1, 1};
	m->vocab = vocab_new(corpus);
	if (!m->vocab || (has_chords(config) && chords_collect(&m->vocab->chords, corpus) < 0) ||
	    generator_init(&m->generator, config, m->vocab) < 0) {
		model_free(m);
		return NULL;
	}
	m->w = params_plane(&m->generator.params);
	if (!m->w) {
		model_free(m);
		return NULL;
	}
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	generator_done(&m->generator);
	vocab_free(m->vocab);
	free(m->name);
	free(m->w);
	free(m->provenance.corpus);
	free(m->provenance.command);
	free(m->provenance.base);
	for (int s = 0; s < STAGES; s++)
		free(m->provenance.stages[s]);
	for (int i = 0; i < m->n_companions; i++)
		companion_done(&m->companions[i]);
	free(m);
}

/* Tensors that both have, as they are. */
static void copy_tensors(struct model *to, const struct model *from)
{
	for (size_t i = 0; i < to->generator.params.n; i++) {
		const struct tensor *t = &to->generator.params.tensors[i];
		const struct tensor *old = params_find(&from->generator.params, t->name);

		if (old && old->rows == t->rows && old->cols == t->cols)
			memcpy(to->w + t->offset, from->w + old->offset,
			       (size_t)t->rows * (size_t)t->cols * sizeof *to->w);
	}
}

int model_grow(struct model *grown, const struct model *m, uint64_t seed)
{
	const struct generator_config config = grown->generator.config;

	grown->w = NULL;
	if (generator_init(&grown->generator, &config, m->vocab) < 0)
		return -1;
	grown->w = params_plane(&grown->generator.params);
	if (!grown->w)
		return -1;
	params_init(&grown->generator.params, grown->w, seed);
	copy_tensors(grown, m);
	return 0;
}

void model_take_over(struct model *m, struct model *grown)
{
	generator_done(&m->generator);
	free(m->w);
	m->generator = grown->generator;
	m->w = grown->w;
	grown->w = NULL;
	grown->generator = (struct generator){.vocab = NULL};
}

bool model_numbers_fit(const real *w, size_t n)
{
	int bad = 0;

	/* without a way out of the loop, so that it vectorises: it runs at every step of a training */
	for (size_t i = 0; i < n; i++)
		bad |= !(w[i] <= (real)HALF_MAX) | !(w[i] >= -(real)HALF_MAX);
	return !bad;
}

bool model_weights_fit(const struct params *p, const real *w)
{
	return model_numbers_fit(w, p->size);
}

void numbers_round(real *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w[i] = (real)float_from_half(half_from_float((float)w[i]));
}

int model_round(struct model *m)
{
	const struct params *p = &m->generator.params;

	if (!model_weights_fit(p, m->w))
		return error("a weight is too large for the model file");
	numbers_round(m->w, p->size);
	return 0;
}

/* What is to be written: the generator's tensors, then each companion's. */
struct saving {
	struct tensorfile_output *outputs;
	char (*names)[TENSORFILE_NAME_MAX];
	uint16_t *halves;
	size_t n, at; /* tensors so far, numbers so far */
};

static void saving_add(struct saving *s, const char *prefix, const struct params *p, const real *w)
{
	uint16_t *halves = s->halves + s->at;

	for (size_t i = 0; i < p->size; i++)
		halves[i] = half_from_float((float)w[i]);
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *t = &p->tensors[i];

		snprintf(s->names[s->n], sizeof s->names[s->n], "%s%s%s", prefix, *prefix ? "/" : "", t->name);
		s->outputs[s->n] = (struct tensorfile_output){
			.name = s->names[s->n],
			.type = TENSOR_F16,
			.dims = t->rows == 1 ? 1 : 2,
			.shape = {t->rows == 1 ? t->cols : t->rows, t->cols},
			.bytes = halves + t->offset,
		};
		s->n++;
	}
	s->at += p->size;
}

int model_save(const struct model *m, const char *path)
{
	const struct params *p = &m->generator.params;
	const size_t tensors = p->n + companions_tensors(m);
	char keys[1 + COMPANIONS_MAX][COMPANION_KEY_MAX] = {METADATA_KEY};
	const char *key[1 + COMPANIONS_MAX] = {keys[0]}, *text[1 + COMPANIONS_MAX];
	struct saving s = {0};
	size_t numbers = p->size;
	char *json = model_to_json(m);
	int result = -1;

	text[0] = json;
	for (int i = 0; i < m->n_companions; i++) {
		numbers += m->companions[i].params.size;
		companion_key(keys[i + 1], &m->companions[i]);
		key[i + 1] = keys[i + 1];
		text[i + 1] = m->companions[i].about;
	}
	s.outputs = mem_new(tensors, sizeof *s.outputs);
	s.names = mem_new(tensors, sizeof *s.names);
	s.halves = mem_new(numbers, sizeof *s.halves);
	if (s.outputs && s.names && s.halves && json) {
		saving_add(&s, "", p, m->w);
		for (int i = 0; i < m->n_companions; i++)
			saving_add(&s, m->companions[i].name, &m->companions[i].params, m->companions[i].w);
		result = tensorfile_write(path, s.outputs, s.n, key, text, 1 + (size_t)m->n_companions);
	}
	free(s.outputs);
	free(s.names);
	free(s.halves);
	free(json);
	return result;
}

static int fill_tensor(real *w, const struct tensor *t, const struct tensorfile *file)
{
	const struct tensorfile_entry *e = tensorfile_find(file, t->name);
	bool fits;

	if (!e)
		return error("tensor %s is missing", t->name);
	fits = t->rows == 1 ? e->dims == 1 && e->shape[0] == t->cols
	                    : e->dims == 2 && e->shape[0] == t->rows && e->shape[1] == t->cols;
	if (!fits)
		return error("tensor %s has another shape than its configuration says", t->name);
	return tensorfile_get_real(file, e, w + t->offset);
}

static int describe(struct model *m, const char *json)
{
	struct generator_config config = {0};

	return model_from_json(m, &config, json) < 0 ? -1 : generator_init(&m->generator, &config, m->vocab);
}

struct model *model_described(const char *json)
{
	struct model *m = mem_new(1, sizeof *m);

	if (m && describe(m, json) < 0) {
		model_free(m);
		return NULL;
	}
	return m;
}

static int fill(struct model *m, const struct tensorfile *file)
{
	const char *json = tensorfile_metadata(file, METADATA_KEY);
	const struct params *p = &m->generator.params;

	if (!json)
		return error("not a musegen model (no description in it)");
	if (describe(m, json) < 0 || companions_read(m, file) < 0)
		return -1;
	/* As many weights as there are bytes, before any memory is taken for them. */
	if (file->n != p->n + companions_tensors(m))
		return error("it has %zu tensors, its configuration says %zu", file->n - companions_tensors(m), p->n);
	if (params_count(p) > file->data_size)
		return error("its configuration says %zu weights, it has %zu bytes of them", params_count(p),
		             file->data_size);
	m->w = params_plane(p);
	if (!m->w)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (fill_tensor(m->w, &p->tensors[i], file) < 0)
			return -1;
	if (!model_weights_fit(p, m->w))
		return error("a weight is too large");
	return 0;
}

/* "models/bach.safetensors" -> "bach" */
static char *name_of(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t n, suffix = strlen(MODEL_SUFFIX);

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > suffix && strcmp(base + n - suffix, MODEL_SUFFIX) == 0)
		n -= suffix;
	return mem_string_n(base, n);
}

/* Takes the file over. */
static struct model *from_tensors(const char *path, struct tensorfile *file)
{
	struct model *m = file ? mem_new(1, sizeof *m) : NULL;

	if (m) {
		m->name = name_of(path);
		if (!m->name || fill(m, file) < 0) {
			error_prefix("%s", path);
			model_free(m);
			m = NULL;
		}
	}
	tensorfile_free(file);
	return m;
}

struct model *model_load(const char *path)
{
	return from_tensors(path, tensorfile_read(path, MODEL_FILE_MAX));
}

struct model *model_parse(const char *name, const unsigned char *bytes, size_t size)
{
	return from_tensors(name, tensorfile_parse(name, bytes, size));
}
