/*
 * A growing run of bytes in the order MIDI files want them (big-endian,
 * variable-length quantities). A failed allocation is remembered, later
 * calls do nothing: check `failed` once, at the end.
 */
#ifndef MIDI_BYTES_H
#define MIDI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BYTES_VLQ_MAX 0x0FFFFFFFu /* the longest delta time a MIDI file can hold */

struct bytes {
	unsigned char *data; /* the caller's to free */
	size_t size, capacity;
	bool failed; /* out of memory: error() has been called */
};

void bytes_put(struct bytes *b, const void *data, size_t size);
void bytes_byte(struct bytes *b, unsigned value);
void bytes_u16(struct bytes *b, unsigned value);
void bytes_u32(struct bytes *b, uint32_t value);
void bytes_vlq(struct bytes *b, uint32_t value); /* at most BYTES_VLQ_MAX */

/* A delta time of any length: what one cannot hold is bridged by empty sequencer-specific events. */
void bytes_delta(struct bytes *b, uint32_t ticks);

/* The header of a format 1 file. */
void bytes_header(struct bytes *b, unsigned tracks, unsigned ppq);

/* Open a track chunk; returns where, for bytes_end_track(), which states its length. */
size_t bytes_begin_track(struct bytes *b);
void bytes_end_track(struct bytes *b, size_t where);

#endif
