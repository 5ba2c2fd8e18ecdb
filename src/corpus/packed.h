/*
 * Events as bytes, five or six each instead of sixteen: the form in which a
 * cache holds them (corpus/cache.h). Every number is in its shortest form, so
 * there is one way to write a piece.
 */
#ifndef CORPUS_PACKED_H
#define CORPUS_PACKED_H

#include "midi/bytes.h"
#include "music/events.h"

/* Appends; b->failed when out of memory. */
void packed_events(struct bytes *b, const struct event *events, size_t n);

/*
 * n events of a piece of so many parts out of all of `size` bytes, whoever
 * wrote them: in order, every part with a note, END last, nothing past
 * SONG_TICK_MAX. 0, or -1: not what a piece can be (events[] then holds anything).
 */
int packed_read(struct event *events, size_t n, const unsigned char *data, size_t size, int parts);

#endif
