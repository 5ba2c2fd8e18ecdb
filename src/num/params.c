/*
 * The list of a network's tensors and the planes that hold a number for each
 * of their elements. Tensors start at multiples of 16 reals, so that vector
 * loads do not straddle cache lines; the padding between them is 0 in every
 * plane and stays so under every optimiser.
 */
#include "num/params.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"

#define ALIGN 16

size_t params_add(struct params *p, const char *name, int rows, int cols, enum init init, double scale, bool decay)
{
	struct tensor *t;
	size_t count;

	if (rows <= 0 || cols <= 0 || rows > INT_MAX / cols)
		BUG("tensor %s: shape (%d,%d)", name, rows, cols);
	if (strlen(name) >= PARAM_NAME_MAX)
		BUG("tensor %s: name too long", name);
	if (init == INIT_LSTM_BIAS && (rows != 1 || cols % 4 != 0))
		BUG("tensor %s: an LSTM's bias of (%d,%d)", name, rows, cols);
	if (p->failed)
		return 0;
	if (params_find(p, name))
		BUG("tensor %s: there are two", name);
	if (MEM_GROW(p->tensors, p->capacity, p->n + 1) < 0) {
		p->failed = true;
		return 0;
	}
	t = &p->tensors[p->n++];
	memset(t, 0, sizeof *t);
	strcpy(t->name, name);
	t->rows = rows;
	t->cols = cols;
	t->offset = p->size;
	t->init = init;
	t->scale = scale;
	t->decay = decay;
	count = (size_t)rows * (size_t)cols;
	p->size += (count + ALIGN - 1) / ALIGN * ALIGN;
	return t->offset;
}

size_t params_add_part(struct params *p, const char *name, const char *part, int rows, int cols, enum init init,
                       double scale, bool decay)
{
	char whole[2 * PARAM_NAME_MAX];
	const int n = snprintf(whole, sizeof whole, "%s.%s", name, part);

	if (n < 0 || n >= PARAM_NAME_MAX)
		BUG("tensor %s.%s: name too long", name, part);
	return params_add(p, whole, rows, cols, init, scale, decay);
}

void params_done(struct params *p)
{
	free(p->tensors);
	memset(p, 0, sizeof *p);
}

const struct tensor *params_find(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->tensors[i].name, name) == 0)
			return &p->tensors[i];
	return NULL;
}

size_t params_count(const struct params *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->n; i++)
		count += (size_t)p->tensors[i].rows * (size_t)p->tensors[i].cols;
	return count;
}

real *params_plane(const struct params *p)
{
	return mem_new_aligned(p->size, sizeof(real));
}

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_name(const char *s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return h;
}

static void init_tensor(const struct tensor *t, real *w, uint64_t seed)
{
	struct random random = random_stream(seed, hash_name(t->name), 0, 0);
	const size_t n = (size_t)t->rows * (size_t)t->cols;

	for (size_t i = 0; i < n; i++) {
		double x = 0;

		switch (t->init) {
		case INIT_ZERO:
			break;
		case INIT_ONE:
			x = 1;
			break;
		case INIT_CONSTANT:
			x = t->scale;
			break;
		case INIT_UNIFORM:
			x = t->scale * (2 * random_unit(&random) - 1);
			break;
		case INIT_NORMAL:
			x = t->scale * random_normal(&random);
			break;
		case INIT_LSTM_BIAS:
			x = i / (n / 4) == 1;
			break;
		}
		w[i] = (real)x;
	}
}

void params_init(const struct params *p, real *w, uint64_t seed)
{
	memset(w, 0, p->size * sizeof *w);
	for (size_t i = 0; i < p->n; i++)
		init_tensor(&p->tensors[i], w + p->tensors[i].offset, seed);
}
