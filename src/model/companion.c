/* Networks beside the generator. See companion.h. */
#include "model/companion.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/model.h"
#include "num/tensorfile.h"

#define KEY_PREFIX "musegen."

/* Its place among the model's; -1: it has none. */
static int find(const struct model *m, const char *name)
{
	for (int i = 0; i < m->n_companions; i++)
		if (strcmp(m->companions[i].name, name) == 0)
			return i;
	return -1;
}

const struct companion *model_companion(const struct model *m, const char *name)
{
	const int i = find(m, name);

	return i < 0 ? NULL : &m->companions[i];
}

void companion_done(struct companion *c)
{
	free(c->about);
	params_done(&c->params);
	free(c->w);
	memset(c, 0, sizeof *c);
}

void model_drop_companion(struct model *m, const char *name)
{
	const int i = find(m, name);

	if (i < 0)
		return;
	companion_done(&m->companions[i]);
	m->companions[i] = m->companions[--m->n_companions];
	memset(&m->companions[m->n_companions], 0, sizeof m->companions[0]);
}

int model_set_companion(struct model *m, struct companion *c)
{
	int status = 0;

	if (!model_weights_fit(&c->params, c->w))
		status = error("the %s: a weight is too large for the model file", c->name);
	else if (find(m, c->name) < 0 && m->n_companions == COMPANIONS_MAX)
		status = error("the %s: a model has %d networks beside its generator at most", c->name, COMPANIONS_MAX);
	if (status < 0) {
		companion_done(c);
		return -1;
	}
	numbers_round(c->w, c->params.size);
	model_drop_companion(m, c->name);
	m->companions[m->n_companions++] = *c;
	memset(c, 0, sizeof *c);
	return 0;
}

int companion_fill(real *w, const struct params *p, const struct companion *c)
{
	if (c->params.n != p->n)
		return error("the %s has %zu tensors, its description says %zu", c->name, c->params.n, p->n);
	memset(w, 0, p->size * sizeof *w);
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *to = &p->tensors[i], *from = params_find(&c->params, to->name);

		if (!from)
			return error("the %s lacks the tensor %s", c->name, to->name);
		if (from->rows != to->rows || from->cols != to->cols)
			return error("the %s: tensor %s has another shape than its description says", c->name,
			             to->name);
		memcpy(w + to->offset, c->w + from->offset, (size_t)to->rows * (size_t)to->cols * sizeof *w);
	}
	return 0;
}

/* ---- Files ------------------------------------------------------------------- */

void companion_key(char key[COMPANION_KEY_MAX], const struct companion *c)
{
	snprintf(key, COMPANION_KEY_MAX, KEY_PREFIX "%s", c->name);
}

size_t companions_tensors(const struct model *m)
{
	size_t n = 0;

	for (int i = 0; i < m->n_companions; i++)
		n += m->companions[i].params.n;
	return n;
}

static bool is_name(const char *name)
{
	const size_t n = strlen(name);

	return n > 0 && n < COMPANION_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz-") == n;
}

/* What a tensor of a file is called within the companion; NULL: it is not one of its. */
static const char *own_name(const struct companion *c, const struct tensorfile_entry *e)
{
	const size_t n = strlen(c->name);

	return strncmp(e->name, c->name, n) == 0 && e->name[n] == '/' ? e->name + n + 1 : NULL;
}

static int add_tensor(struct companion *c, const struct tensorfile_entry *e, const char *name)
{
	const int64_t rows = e->dims == 2 ? e->shape[0] : 1, cols = e->dims == 2 ? e->shape[1] : e->shape[0];

	if (e->dims < 1 || e->dims > 2 || rows < 1 || cols < 1 || rows > INT_MAX || cols > INT_MAX / rows)
		return error("tensor %s: no shape for a network", e->name);
	if (!*name || strlen(name) >= PARAM_NAME_MAX)
		return error("tensor %s: no name for a network's", e->name);
	params_add(&c->params, name, (int)rows, (int)cols, INIT_ZERO, 0, false);
	return 0;
}

static int read_weights(struct companion *c, const struct tensorfile *file)
{
	for (size_t i = 0; i < file->n; i++) {
		const struct tensorfile_entry *e = &file->entries[i];
		const char *name = own_name(c, e);

		if (name && tensorfile_get_real(file, e, c->w + params_find(&c->params, name)->offset) < 0)
			return -1;
	}
	return model_weights_fit(&c->params, c->w) ? 0 : error("the %s: a weight is too large", c->name);
}

static int read_about(struct companion *c, const char *text)
{
	cJSON *json = cJSON_Parse(text);
	const bool fits = cJSON_IsObject(json);

	cJSON_Delete(json);
	if (!fits)
		return error("what it says of its %s is no JSON object", c->name);
	c->about = mem_string(text);
	return c->about ? 0 : -1;
}

static int read_companion(struct companion *c, const struct tensorfile *file, const char *about)
{
	if (read_about(c, about) < 0)
		return -1;
	for (size_t i = 0; i < file->n; i++) {
		const char *name = own_name(c, &file->entries[i]);

		if (name && add_tensor(c, &file->entries[i], name) < 0)
			return -1;
	}
	if (c->params.n == 0)
		return error("its %s has no tensors", c->name);
	c->w = c->params.failed ? NULL : params_plane(&c->params);
	return c->w ? read_weights(c, file) : -1;
}

int companions_read(struct model *m, const struct tensorfile *file)
{
	for (size_t i = 0; i < file->n_metadata; i++) {
		struct companion *c;
		const char *name;

		if (strncmp(file->keys[i], KEY_PREFIX, strlen(KEY_PREFIX)) != 0)
			continue;
		name = file->keys[i] + strlen(KEY_PREFIX);
		if (!is_name(name) || find(m, name) >= 0)
			return error("it has a network beside its generator without a proper name");
		if (m->n_companions == COMPANIONS_MAX)
			return error("it has more than %d networks beside its generator", COMPANIONS_MAX);
		c = &m->companions[m->n_companions++];
		snprintf(c->name, sizeof c->name, "%s", name);
		if (read_companion(c, file, file->values[i]) < 0)
			return -1;
	}
	return 0;
}
