/*
 * Tensor files: the safetensors format (8-byte little-endian header length, a
 * JSON header, raw little-endian data). __metadata__ may only map strings to
 * strings. Every number in a header is checked against the bytes that are
 * there: lengths, overlaps, gaps, shapes, types; a file of 10 GB claimed in
 * 100 bytes costs 100 bytes.
 */
#ifndef NUM_TENSORFILE_H
#define NUM_TENSORFILE_H

#include <stddef.h>
#include <stdint.h>
#include "num/real.h"

#define TENSORFILE_HEADER_MAX (16u << 20)
#define TENSORFILE_NAME_MAX   128
#define TENSORFILE_DIMS_MAX   4

enum tensor_type { TENSOR_F32, TENSOR_F64, TENSOR_F16, TENSOR_BF16, TENSOR_U8, TENSOR_I64, TENSOR_U64 };

struct tensorfile_entry {
	char name[TENSORFILE_NAME_MAX];
	enum tensor_type type;
	int dims; /* 0-4 */
	int64_t shape[TENSORFILE_DIMS_MAX];
	size_t offset, size; /* bytes in data */
};

struct tensorfile {
	struct tensorfile_entry *entries; /* sorted by name */
	size_t n;
	unsigned char *data; /* of all entries */
	size_t data_size;
	char **keys, **values; /* __metadata__ */
	size_t n_metadata;
	unsigned char *file; /* what data points into */
};

/* NULL: missing, cut, oversized (over max bytes), hostile; the message says which. */
struct tensorfile *tensorfile_read(const char *path, size_t max);
struct tensorfile *tensorfile_parse(const char *name, const unsigned char *bytes, size_t size); /* copies bytes */
void tensorfile_free(struct tensorfile *t);

size_t tensorfile_count(const struct tensorfile_entry *e); /* elements */
const struct tensorfile_entry *tensorfile_find(const struct tensorfile *t, const char *name);
const char *tensorfile_metadata(const struct tensorfile *t, const char *key); /* NULL: not there */

/* Read an entry of any floating type as floats / doubles into out (entry's number of elements). -1: not floating, or a NaN or infinity in it. */
int tensorfile_get_float(const struct tensorfile *t, const struct tensorfile_entry *e, float *out);
int tensorfile_get_double(const struct tensorfile *t, const struct tensorfile_entry *e, double *out);
int tensorfile_get_real(const struct tensorfile *t, const struct tensorfile_entry *e, real *out);
/* Read an entry of type I64, U64 or U8 as it is: n elements into out. -1: another type or number of elements. */
int tensorfile_get_raw(const struct tensorfile *t, const char *name, enum tensor_type type, void *out, size_t n);

/* What to write: entries with name, type, dims, shape, and their bytes (offset and size are computed). */
struct tensorfile_output {
	const char *name;
	enum tensor_type type;
	int dims;
	int64_t shape[TENSORFILE_DIMS_MAX];
	const void *bytes;
};
/*
 * Written beside and renamed; deterministic bytes, whatever the order of the
 * outputs and of the metadata (n_metadata pairs of UTF-8 strings). 0 or -1.
 */
int tensorfile_write(const char *path, const struct tensorfile_output *outputs, size_t n, const char *const *keys,
                     const char *const *values, size_t n_metadata);

/* IEEE half precision, round to nearest even (beyond its range: infinity; NaN stays NaN); and back, exactly. */
uint16_t half_from_float(float x);
float float_from_half(uint16_t h);

#endif
