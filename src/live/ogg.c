/* Serial numbers of Ogg pages, see ogg.h. */
#include "live/ogg.h"

#include <string.h>

#include "base/error.h"

/* Within a page's header. */
enum { SERIAL = 14, CHECKSUM = 22, SEGMENTS = 26, TABLE = 27 };

static void put_32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

/* The polynomial 0x04c11db7, highest bit first, nothing added at either end. */
static uint32_t checksum(const unsigned char *data, size_t size)
{
	uint32_t table[256], sum = 0;

	for (uint32_t i = 0; i < 256; i++) {
		uint32_t r = i << 24;

		for (int bit = 0; bit < 8; bit++)
			r = r << 1 ^ (r >> 31 ? 0x04c11db7u : 0);
		table[i] = r;
	}
	for (size_t i = 0; i < size; i++)
		sum = sum << 8 ^ table[sum >> 24 ^ data[i]];
	return sum;
}

/* Bytes of the page at data; 0 when there is none that is whole. */
static size_t page_size(const unsigned char *data, size_t left)
{
	size_t size;

	if (left < TABLE || memcmp(data, "OggS", 4) != 0 || data[4] != 0)
		return 0;
	size = TABLE + (size_t)data[SEGMENTS];
	if (left < size)
		return 0;
	for (int i = 0; i < data[SEGMENTS]; i++)
		size += data[TABLE + i];
	return size <= left ? size : 0;
}

int ogg_set_serial(unsigned char *data, size_t size, uint32_t serial)
{
	for (size_t at = 0; at < size;) {
		unsigned char *page = data + at;
		const size_t length = page_size(page, size - at);

		if (length == 0)
			return error("byte %zu: no page of an Ogg stream", at);
		put_32(page + SERIAL, serial);
		put_32(page + CHECKSUM, 0);
		put_32(page + CHECKSUM, checksum(page, length));
		at += length;
	}
	return 0;
}
