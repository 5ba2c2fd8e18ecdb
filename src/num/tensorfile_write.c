/*
 * Writing safetensors files. The larger element types come first and names
 * are in order within a size, so that every tensor lies at a multiple of its
 * element's size behind a header padded with spaces to a multiple of 8. The
 * same tensors and metadata give the same bytes, in whatever order they come.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "num/tensorfile_header.h"

struct output {
	const struct tensorfile_output *from;
	size_t offset, size;
};

struct pair {
	const char *key, *value;
};

static int by_place(const void *a, const void *b)
{
	const struct tensorfile_output *x = ((const struct output *)a)->from, *y = ((const struct output *)b)->from;
	const size_t p = tensor_types[x->type].size, q = tensor_types[y->type].size;

	return p != q ? (p < q) - (p > q) : strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

/* Sizes and places; the caller's mistakes are BUGs. */
static int place(struct output *out, const struct tensorfile_output *outputs, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		const struct tensorfile_output *o = &outputs[i];
		size_t size;

		if ((unsigned)o->type >= TENSOR_TYPES || o->dims < 0 || o->dims > TENSORFILE_DIMS_MAX)
			BUG("tensor %s: type %d, %d dimensions", o->name, (int)o->type, o->dims);
		if (tensorfile_check_name(o->name) < 0 || strcmp(o->name, "__metadata__") == 0)
			return error("tensor %s: not a name for a tensor", o->name);
		size = tensor_types[o->type].size;
		for (int d = 0; d < o->dims; d++)
			if (o->shape[d] < 0 || __builtin_mul_overflow(size, (uint64_t)o->shape[d], &size))
				BUG("tensor %s: dimension %d is %" PRId64, o->name, d, o->shape[d]);
		out[i] = (struct output){.from = o, .size = size};
	}
	qsort(out, n, sizeof *out, by_place);
	for (size_t i = 0; i < n; i++) {
		out[i].offset = at;
		if (__builtin_add_overflow(at, out[i].size, &at))
			BUG("tensor %s: ends beyond any file", out[i].from->name);
	}
	return 0;
}

/* Names across types are not in order by place: every pair is compared through a sorted copy. */
static int by_output_name(const void *a, const void *b)
{
	return strcmp((*(const struct tensorfile_output *const *)a)->name,
	              (*(const struct tensorfile_output *const *)b)->name);
}

static int check_unique(const struct tensorfile_output *outputs, size_t n)
{
	const struct tensorfile_output **sorted = mem_new(n, sizeof *sorted);
	int result = sorted ? 0 : -1;

	for (size_t i = 0; sorted && i < n; i++)
		sorted[i] = &outputs[i];
	if (sorted)
		qsort(sorted, n, sizeof *sorted, by_output_name);
	for (size_t i = 1; sorted && i < n; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			result = error("tensor %s: there are two", sorted[i]->name);
	free(sorted);
	return result;
}

/* Integers go in as text: cJSON would write large ones with an exponent. False when out of memory. */
static cJSON_bool add_integers(cJSON *to, const char *key, const uint64_t *values, int n)
{
	char text[TENSORFILE_DIMS_MAX * 24 + 3] = "[";
	size_t used = 1;

	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, i > 0 ? ",%" PRIu64 : "%" PRIu64, values[i]);
	snprintf(text + used, sizeof text - used, "]");
	return cJSON_AddRawToObject(to, key, text) != NULL;
}

static cJSON_bool add_tensor(cJSON *header, const struct output *o)
{
	const uint64_t offsets[2] = {o->offset, o->offset + o->size};
	uint64_t shape[TENSORFILE_DIMS_MAX];
	cJSON *j = cJSON_AddObjectToObject(header, o->from->name);

	for (int d = 0; d < o->from->dims; d++)
		shape[d] = (uint64_t)o->from->shape[d];
	return j && cJSON_AddStringToObject(j, "dtype", tensor_types[o->from->type].name) &&
	       add_integers(j, "shape", shape, o->from->dims) && add_integers(j, "data_offsets", offsets, 2);
}

static cJSON_bool add_metadata(cJSON *header, const struct pair *pairs, size_t n)
{
	cJSON *j = n > 0 ? cJSON_AddObjectToObject(header, "__metadata__") : NULL;

	for (size_t i = 0; j && i < n; i++)
		if (!cJSON_AddStringToObject(j, pairs[i].key, pairs[i].value))
			return 0;
	return j || n == 0;
}

/* The header as text, free() it; NULL and error() when out of memory. */
static char *header_text(const struct output *out, size_t n, const struct pair *pairs, size_t n_pairs)
{
	cJSON *header = cJSON_CreateObject();
	cJSON_bool ok = header && add_metadata(header, pairs, n_pairs);
	char *text = NULL;

	for (size_t i = 0; ok && i < n; i++)
		ok = add_tensor(header, &out[i]);
	if (ok)
		text = cJSON_PrintUnformatted(header);
	cJSON_Delete(header);
	if (!text)
		error("out of memory");
	return text;
}

static int write_parts(FILE *f, const char *text, const struct output *out, size_t n)
{
	const size_t length = strlen(text), padding = (8 - length % 8) % 8;
	const uint64_t header = length + padding;

	if (fwrite(&header, sizeof header, 1, f) != 1 || fwrite(text, 1, length, f) != length ||
	    fwrite("        ", 1, padding, f) != padding)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (out[i].size > 0 && fwrite(out[i].from->bytes, 1, out[i].size, f) != out[i].size)
			return -1;
	return 0;
}

static int write_file(const char *path, const char *text, const struct output *out, size_t n)
{
	struct file_beside f;

	if (strlen(text) > TENSORFILE_HEADER_MAX - 8)
		return error("%s: a header of %zu bytes is too long", path, strlen(text));
	if (tensorfile_check_header(path, (const unsigned char *)text, strlen(text)) < 0)
		return -1;
	if (file_beside_begin(&f, path) < 0)
		return -1;
	errno = 0;
	if (write_parts(f.stream, text, out, n) < 0) {
		error("%s: cannot write: %s", path, strerror(errno ? errno : EIO));
		file_beside_abort(&f);
		return -1;
	}
	return file_beside_commit(&f);
}

int tensorfile_write(const char *path, const struct tensorfile_output *outputs, size_t n, const char *const *keys,
                     const char *const *values, size_t n_metadata)
{
	struct output *out = mem_new(n, sizeof *out);
	struct pair *pairs = mem_new(n_metadata, sizeof *pairs);
	char *text = NULL;
	int result = -1;

	if (!out || !pairs)
		goto done;
	for (size_t i = 0; i < n_metadata; i++)
		pairs[i] = (struct pair){keys[i], values[i]};
	qsort(pairs, n_metadata, sizeof *pairs, by_key);
	for (size_t i = 1; i < n_metadata; i++)
		if (by_key(&pairs[i - 1], &pairs[i]) == 0)
			BUG("metadata: two of %s", pairs[i].key);
	if (place(out, outputs, n) < 0 || check_unique(outputs, n) < 0) {
		error_prefix("%s", path);
		goto done;
	}
	text = header_text(out, n, pairs, n_metadata);
	if (text)
		result = write_file(path, text, out, n);
done:
	cJSON_free(text);
	free(pairs);
	free(out);
	return result;
}
