/* What reading and writing tensor files share: the types, and the checks that a header must pass on both ways. */
#ifndef NUM_TENSORFILE_HEADER_H
#define NUM_TENSORFILE_HEADER_H

#include <stddef.h>
#include "num/tensorfile.h"

#define TENSOR_TYPES (TENSOR_U64 + 1)

struct tensor_type_info {
	const char *name; /* in headers */
	size_t size;      /* bytes an element */
};
extern const struct tensor_type_info tensor_types[TENSOR_TYPES];

/*
 * The header byte by byte: UTF-8, no control characters, no escaped zero
 * (which would end a C string early), not nested deep, not of so many values
 * that parsing it takes much memory. -1: the reason, which begins with name.
 */
int tensorfile_check_header(const char *name, const unsigned char *s, size_t size);

/* A tensor's name: not empty, not too long, fit to be shown in a message. */
int tensorfile_check_name(const char *name);

#endif
