/* Any bytes as a tensor file: parsed or refused; what is parsed covers its data and can be read. */
#include <stdint.h>
#include <stdlib.h>
#include "num/tensorfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tensorfile *t = tensorfile_parse("fuzz", data, size);
	size_t covered = 0;

	if (!t)
		return 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct tensorfile_entry *e = &t->entries[i];
		double *out = malloc(tensorfile_count(e) * sizeof *out + 1);
		float *floats = malloc(tensorfile_count(e) * sizeof *floats + 1);

		if (!out || !floats || tensorfile_find(t, e->name) != e || e->offset + e->size > t->data_size)
			abort();
		tensorfile_get_double(t, e, out);
		tensorfile_get_float(t, e, floats);
		covered += e->size;
		free(out);
		free(floats);
	}
	if (covered != t->data_size)
		abort();
	for (size_t i = 0; i < t->n_metadata; i++)
		if (tensorfile_metadata(t, t->keys[i]) != t->values[i])
			abort();
	tensorfile_free(t);
	return 0;
}
