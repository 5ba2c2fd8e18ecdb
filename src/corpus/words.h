/* Numbers of the cache's files: little-endian, and whole numbers in groups of seven bits, lowest first. */
#ifndef CORPUS_WORDS_H
#define CORPUS_WORDS_H

#include <stdint.h>
#include <string.h>
#include "base/random.h"
#include "midi/bytes.h"

static inline void words_put(struct bytes *b, uint64_t value, int size)
{
	unsigned char out[8];

	for (int i = 0; i < size; i++)
		out[i] = (unsigned char)(value >> 8 * i);
	bytes_put(b, out, (size_t)size);
}

static inline uint64_t words_get(const unsigned char *p, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

/* Five groups hold any. */
#define WORDS_NUMBER_BITS 35

static inline void words_put_number(struct bytes *b, uint64_t value)
{
	unsigned char out[5];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		out[n++] = (unsigned char)(value | 0x80);
	out[n++] = (unsigned char)value;
	bytes_put(b, out, n);
}

/* Moves *p past a number in its shortest form; false (and *p anywhere) when there is none before `end`. */
static inline bool words_get_number(uint64_t *value, const unsigned char **p, const unsigned char *end)
{
	uint64_t sum = 0;

	for (int shift = 0; shift < WORDS_NUMBER_BITS && *p < end; shift += 7) {
		const unsigned char byte = *(*p)++;

		sum |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		*value = sum;
		return byte != 0 || shift == 0;
	}
	return false;
}

/* For accidents, not for enemies: what is read is looked through in any case. */
static inline uint64_t words_check(const unsigned char *data, size_t size)
{
	uint64_t hash = size, word;
	size_t at = 0;

	for (; at + sizeof word <= size; at += sizeof word) {
		memcpy(&word, data + at, sizeof word);
		hash = random_mix(hash ^ word);
	}
	for (word = 0; at < size; at++)
		word = word << 8 | data[at];
	return random_mix(hash ^ word);
}

#endif
