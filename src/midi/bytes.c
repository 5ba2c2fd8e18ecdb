/*
 * The byte buffer that clean MIDI files are built in, both those that libsmf
 * is given to read and those that musegen writes.
 */
#include "midi/bytes.h"
#include <string.h>
#include "base/error.h"
#include "base/mem.h"

void bytes_put(struct bytes *b, const void *data, size_t size)
{
	if (b->failed || !size)
		return;
	if (MEM_GROW(b->data, b->capacity, b->size + size) < 0) {
		b->failed = true;
		return;
	}
	memcpy(b->data + b->size, data, size);
	b->size += size;
}

void bytes_byte(struct bytes *b, unsigned value)
{
	unsigned char byte = (unsigned char)value;

	bytes_put(b, &byte, 1);
}

void bytes_u16(struct bytes *b, unsigned value)
{
	unsigned char two[2] = {(unsigned char)(value >> 8), (unsigned char)value};

	bytes_put(b, two, 2);
}

void bytes_u32(struct bytes *b, uint32_t value)
{
	bytes_u16(b, value >> 16);
	bytes_u16(b, value & 0xFFFF);
}

void bytes_vlq(struct bytes *b, uint32_t value)
{
	unsigned char out[4];
	size_t at = 3;

	if (value > BYTES_VLQ_MAX)
		BUG("%u does not fit a variable-length quantity", value);
	out[at] = value & 0x7F;
	while (value >>= 7)
		out[--at] = (unsigned char)(0x80 | (value & 0x7F));
	bytes_put(b, out + at, 4 - at);
}

void bytes_delta(struct bytes *b, uint32_t ticks)
{
	while (ticks > BYTES_VLQ_MAX) {
		bytes_vlq(b, BYTES_VLQ_MAX);
		bytes_put(b, "\xFF\x7F\x00", 3);
		ticks -= BYTES_VLQ_MAX;
	}
	bytes_vlq(b, ticks);
}

void bytes_header(struct bytes *b, unsigned tracks, unsigned ppq)
{
	bytes_put(b, "MThd\0\0\0\6\0\1", 10);
	bytes_u16(b, tracks);
	bytes_u16(b, ppq);
}

size_t bytes_begin_track(struct bytes *b)
{
	size_t where = b->size;

	bytes_put(b, "MTrk\0\0\0\0", 8);
	return where;
}

void bytes_end_track(struct bytes *b, size_t where)
{
	size_t length;

	if (b->failed)
		return;
	length = b->size - where - 8;
	for (int i = 0; i < 4; i++)
		b->data[where + 4 + (size_t)i] = (unsigned char)(length >> (24 - 8 * i));
}
