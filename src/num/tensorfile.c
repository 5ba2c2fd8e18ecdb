/*
 * Reading safetensors files (tensorfile_write.c writes them). A file comes from anywhere, so a
 * header is looked at three times: byte by byte (sizes, depth, UTF-8, nothing
 * that would end a C string early), by cJSON, and field by field, where every
 * number must be an integer that fits what is there. Tensors must cover the
 * data exactly, without gaps or overlaps, as the format demands; a name or a
 * key that appears twice is refused. cJSON's numbers are doubles: integers
 * from 2^53 on are not exact in them and are refused as well.
 */
#include "num/tensorfile.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "num/tensorfile_header.h"

static int get_integer(const cJSON *j, uint64_t *value)
{
	const double x = cJSON_IsNumber(j) ? j->valuedouble : -1;

	if (!(x >= 0 && x < 9007199254740992.0) || floor(x) < x)
		return -1;
	*value = (uint64_t)x;
	return 0;
}

static int get_shape(const cJSON *shape, struct tensorfile_entry *e, size_t element)
{
	uint64_t bytes = element;
	bool empty = false;

	if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) > TENSORFILE_DIMS_MAX)
		return error("tensor %s: not a shape of at most %d dimensions", e->name, TENSORFILE_DIMS_MAX);
	for (const cJSON *d = shape->child; d; d = d->next) {
		uint64_t n;

		if (get_integer(d, &n) < 0)
			return error("tensor %s: bad dimension in its shape", e->name);
		e->shape[e->dims++] = (int64_t)n;
		empty |= n == 0;
		/* Overflow is one whatever the other dimensions are. */
		if (n > 0 && __builtin_mul_overflow(bytes, n, &bytes))
			return error("tensor %s: its shape overflows", e->name);
	}
	if ((empty ? 0 : bytes) != e->size)
		return error("tensor %s: its shape needs %" PRIu64 " bytes, it has %zu", e->name, empty ? 0 : bytes,
		             e->size);
	return 0;
}

static int get_entry(const cJSON *j, struct tensorfile_entry *e, size_t data_size)
{
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(j, "dtype");
	const cJSON *shape = cJSON_GetObjectItemCaseSensitive(j, "shape");
	const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(j, "data_offsets");
	uint64_t begin, end;
	size_t t;

	if (tensorfile_check_name(j->string) < 0)
		return -1;
	strcpy(e->name, j->string);
	/* Three fields of different names are each there once. */
	if (!cJSON_IsObject(j) || cJSON_GetArraySize(j) != 3 || !type || !shape || !offsets)
		return error("tensor %s: not just dtype, shape and data_offsets", e->name);
	for (t = 0; t < TENSOR_TYPES; t++)
		if (cJSON_IsString(type) && strcmp(type->valuestring, tensor_types[t].name) == 0)
			break;
	if (t == TENSOR_TYPES)
		return error("tensor %s: its type is none of those supported", e->name);
	e->type = (enum tensor_type)t;
	if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 || get_integer(offsets->child, &begin) < 0 ||
	    get_integer(offsets->child->next, &end) < 0)
		return error("tensor %s: bad data_offsets", e->name);
	if (begin > end || end > data_size)
		return error("tensor %s: its data would be bytes %" PRIu64 " to %" PRIu64 " of %zu", e->name, begin,
		             end, data_size);
	e->offset = (size_t)begin;
	e->size = (size_t)(end - begin);
	return get_shape(shape, e, tensor_types[t].size);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tensorfile_entry *)a)->name, ((const struct tensorfile_entry *)b)->name);
}

static int by_place(const void *a, const void *b)
{
	const struct tensorfile_entry *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (x->size > y->size) - (x->size < y->size);
}

static int get_entries(struct tensorfile *t, const cJSON *header)
{
	size_t count = 0, at = 0;

	for (const cJSON *j = header->child; j; j = j->next)
		count++;
	t->entries = mem_new(count, sizeof *t->entries);
	if (!t->entries)
		return -1;
	for (const cJSON *j = header->child; j; j = j->next)
		if (strcmp(j->string, "__metadata__") != 0 && get_entry(j, &t->entries[t->n++], t->data_size) < 0)
			return -1;
	qsort(t->entries, t->n, sizeof *t->entries, by_place);
	for (size_t i = 0; i < t->n; at += t->entries[i++].size)
		if (t->entries[i].offset != at)
			return error("tensor %s: %s before it, at byte %zu", t->entries[i].name,
			             t->entries[i].offset < at ? "overlaps the one" : "unused bytes", at);
	if (at != t->data_size)
		return error("tensors end at byte %zu of %zu", at, t->data_size);
	qsort(t->entries, t->n, sizeof *t->entries, by_name);
	for (size_t i = 1; i < t->n; i++)
		if (by_name(&t->entries[i - 1], &t->entries[i]) == 0)
			return error("tensor %s: there are two", t->entries[i].name);
	return 0;
}

struct pair {
	const char *key, *value;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->key, ((const struct pair *)b)->key);
}

static int keep_pairs(struct tensorfile *t, struct pair *pairs, size_t n)
{
	qsort(pairs, n, sizeof *pairs, by_key);
	for (size_t i = 1; i < n; i++)
		if (by_key(&pairs[i - 1], &pairs[i]) == 0)
			return error("a key of __metadata__ appears twice");
	t->keys = mem_new(n, sizeof *t->keys);
	t->values = mem_new(n, sizeof *t->values);
	if (!t->keys || !t->values)
		return -1;
	for (t->n_metadata = 0; t->n_metadata < n; t->n_metadata++) {
		const size_t i = t->n_metadata;

		t->keys[i] = mem_string(pairs[i].key);
		t->values[i] = t->keys[i] ? mem_string(pairs[i].value) : NULL;
		if (!t->values[i]) {
			free(t->keys[i]);
			return -1;
		}
	}
	return 0;
}

static int get_metadata(struct tensorfile *t, const cJSON *header)
{
	const cJSON *metadata = NULL;
	struct pair *pairs;
	size_t count = 0;
	int result;

	for (const cJSON *j = header->child; j; j = j->next) {
		if (strcmp(j->string, "__metadata__") != 0)
			continue;
		if (metadata)
			return error("there are two __metadata__");
		if (!cJSON_IsObject(j))
			return error("__metadata__ is not a map");
		metadata = j;
	}
	for (const cJSON *j = metadata ? metadata->child : NULL; j; j = j->next) {
		if (!cJSON_IsString(j))
			return error("__metadata__ maps to something that is not a string");
		count++;
	}
	pairs = mem_new(count, sizeof *pairs);
	if (!pairs)
		return -1;
	count = 0;
	for (const cJSON *j = metadata ? metadata->child : NULL; j; j = j->next)
		pairs[count++] = (struct pair){j->string, j->valuestring};
	result = keep_pairs(t, pairs, count);
	free(pairs);
	return result;
}

/* ---- reading ------------------------------------------------------------- */

static cJSON *parse_header(const char *name, const unsigned char *s, size_t size)
{
	const char *end;
	cJSON *header;

	if (size == 0 || s[0] != '{') {
		error("%s: the header does not begin with '{': not a safetensors file", name);
		return NULL;
	}
	if (tensorfile_check_header(name, s, size) < 0)
		return NULL;
	header = cJSON_ParseWithLengthOpts((const char *)s, size, &end, 0);
	if (!header) {
		error("%s: the header is not JSON", name);
		return NULL;
	}
	for (; end < (const char *)s + size; end++) {
		if (*end != ' ') {
			error("%s: something behind the header", name);
			cJSON_Delete(header);
			return NULL;
		}
	}
	return header;
}

/* Takes over bytes, which it frees in any case of failure. */
static struct tensorfile *open_bytes(const char *name, unsigned char *bytes, size_t size)
{
	struct tensorfile *t = mem_new(1, sizeof *t);
	cJSON *header = NULL;
	uint64_t length = 0;
	int result = -1;

	if (!t) {
		free(bytes);
		return NULL;
	}
	t->file = bytes;
	if (size >= 8)
		memcpy(&length, bytes, 8);
	if (size < 8)
		error("%s: %zu bytes: not a safetensors file", name, size);
	else if (length > TENSORFILE_HEADER_MAX)
		error("%s: a header of %" PRIu64 " bytes is too long: not a safetensors file?", name, length);
	else if (length > size - 8)
		error("%s: cut: the header has %" PRIu64 " bytes, the file %zu", name, length, size);
	else
		header = parse_header(name, bytes + 8, (size_t)length);
	if (header) {
		t->data = bytes + 8 + length;
		t->data_size = size - 8 - (size_t)length;
		result = get_metadata(t, header);
		if (result == 0)
			result = get_entries(t, header);
		if (result < 0)
			error_prefix("%s", name);
		cJSON_Delete(header);
	}
	if (result < 0) {
		tensorfile_free(t);
		return NULL;
	}
	return t;
}

struct tensorfile *tensorfile_read(const char *path, size_t max)
{
	unsigned char *bytes;
	size_t size;

	if (file_read(path, max, &bytes, &size) < 0)
		return NULL;
	return open_bytes(path, bytes, size);
}

struct tensorfile *tensorfile_parse(const char *name, const unsigned char *bytes, size_t size)
{
	unsigned char *copy = mem_new(size, 1);

	if (!copy)
		return NULL;
	if (size > 0)
		memcpy(copy, bytes, size);
	return open_bytes(name, copy, size);
}

void tensorfile_free(struct tensorfile *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_metadata; i++) {
		free(t->keys[i]);
		free(t->values[i]);
	}
	free(t->keys);
	free(t->values);
	free(t->entries);
	free(t->file);
	free(t);
}

size_t tensorfile_count(const struct tensorfile_entry *e)
{
	return e->size / tensor_types[e->type].size;
}

const struct tensorfile_entry *tensorfile_find(const struct tensorfile *t, const char *name)
{
	struct tensorfile_entry key = {.dims = 0};

	if (strlen(name) >= sizeof key.name)
		return NULL;
	strcpy(key.name, name);
	return bsearch(&key, t->entries, t->n, sizeof key, by_name);
}

const char *tensorfile_metadata(const struct tensorfile *t, const char *key)
{
	for (size_t i = 0; i < t->n_metadata; i++)
		if (strcmp(t->keys[i], key) == 0)
			return t->values[i];
	return NULL;
}

static double get_element(enum tensor_type type, const unsigned char *p)
{
	uint16_t half;
	uint32_t bits;
	float f;
	double d;

	switch (type) {
	case TENSOR_F64:
		memcpy(&d, p, sizeof d);
		return d;
	case TENSOR_F16:
		memcpy(&half, p, sizeof half);
		return (double)float_from_half(half);
	case TENSOR_BF16: /* the upper half of a float */
		memcpy(&half, p, sizeof half);
		bits = (uint32_t)half << 16;
		memcpy(&f, &bits, sizeof f);
		return (double)f;
	case TENSOR_F32:
		memcpy(&f, p, sizeof f);
		return (double)f;
	default:
		BUG("tensor type %d", (int)type);
	}
}

static int check_floating(const struct tensorfile_entry *e)
{
	if (e->type != TENSOR_F32 && e->type != TENSOR_F64 && e->type != TENSOR_F16 && e->type != TENSOR_BF16)
		return error("tensor %s: has type %s, not numbers", e->name, tensor_types[e->type].name);
	return 0;
}

int tensorfile_get_float(const struct tensorfile *t, const struct tensorfile_entry *e, float *out)
{
	const size_t n = tensorfile_count(e), step = tensor_types[e->type].size;

	if (check_floating(e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		out[i] = (float)get_element(e->type, t->data + e->offset + i * step);
		if (!isfinite(out[i]))
			return error("tensor %s: element %zu is not a number in range", e->name, i);
	}
	return 0;
}

int tensorfile_get_double(const struct tensorfile *t, const struct tensorfile_entry *e, double *out)
{
	const size_t n = tensorfile_count(e), step = tensor_types[e->type].size;

	if (check_floating(e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		out[i] = get_element(e->type, t->data + e->offset + i * step);
		if (!isfinite(out[i]))
			return error("tensor %s: element %zu is not a number in range", e->name, i);
	}
	return 0;
}

int tensorfile_get_real(const struct tensorfile *t, const struct tensorfile_entry *e, real *out)
{
#ifdef REAL_DOUBLE
	return tensorfile_get_double(t, e, out);
#else
	return tensorfile_get_float(t, e, out);
#endif
}

int tensorfile_get_raw(const struct tensorfile *t, const char *name, enum tensor_type type, void *out, size_t n)
{
	const struct tensorfile_entry *e = tensorfile_find(t, name);

	if (!e)
		return error("tensor %s is missing", name);
	if (e->type != type || tensorfile_count(e) != n)
		return error("tensor %s: not %zu numbers of type %s", name, n, tensor_types[type].name);
	if (e->size > 0)
		memcpy(out, t->data + e->offset, e->size);
	return 0;
}
