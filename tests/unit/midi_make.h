/* MIDI files put together byte by byte. */
#ifndef TESTS_UNIT_MIDI_MAKE_H
#define TESTS_UNIT_MIDI_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "midi/bytes.h"

/* Events of a track: middle C for 96 ticks, the end. */
#define NOTE "\x00\x90\x3C\x40\x60\x80\x3C\x40"
#define END  "\x00\xFF\x2F\x00"

/* Literals, zero bytes and all. */
static inline void put(struct bytes *b, const char *s, size_t n)
{
	bytes_put(b, s, n);
}
#define PUT(b, literal) put((b), (literal), sizeof(literal) - 1)

/* The header chunk as it stands: division is ticks a quarter, or SMPTE. */
static inline void header(struct bytes *b, unsigned format, unsigned tracks, unsigned division)
{
	PUT(b, "MThd\0\0\0\6");
	bytes_u16(b, format);
	bytes_u16(b, tracks);
	bytes_u16(b, division);
}

static inline void track(struct bytes *b, const char *body, size_t size)
{
	PUT(b, "MTrk");
	bytes_u32(b, (uint32_t)size);
	put(b, body, size);
}
#define TRACK(b, literal) track((b), (literal), sizeof(literal) - 1)

#endif
