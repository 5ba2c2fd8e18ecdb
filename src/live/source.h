/*
 * Where the notes of a stream come from: a song, or a composer. A source
 * turns musical time (ticks, tempo) into nanoseconds and parts into channels,
 * and hands out one note at a time; what it was made from must outlive it.
 *
 * Part k plays on channel k, past the percussion channel; parts beyond the
 * fifteenth share channels with the first ones. Tempo is kept to the
 * nanosecond however long the music: what a division leaves is carried on.
 *
 * With `clock` a source has MIDI clock among its notes (live/pulses.h): a
 * start at the line of the first note's bar, so that a pickup is preceded by
 * the rest of its bar; 24 pulses a quarter until the end, a pulse before the
 * notes of its moment; a stop where the music ends. Of several songs each has
 * a start and a stop of its own.
 */
#ifndef LIVE_SOURCE_H
#define LIVE_SOURCE_H

#include "live/player.h"
#include "model/compose.h"

#define SOURCE_TIME_MAX ((uint64_t)1 << 62) /* 146 years: no note is later */

struct stream_note {
	struct play_note note;
	/* for the status line: what holds where the note begins */
	int32_t bar; /* from 1; 0 is a pickup */
	int32_t us_per_quarter;
	int32_t parts;
};

struct source {
	/* 1: *note is set (ascending `on`; of what is no note nothing but `on` and `realtime`); 0: the end; -1: error() */
	int (*next)(struct source *s, struct stream_note *note);
	void (*free)(struct source *s);
};

void source_free(struct source *s); /* NULL is allowed */

/* Songs, one after the other. NULL on error. */
struct source *source_of_songs(struct song *const *songs, size_t n, bool clock);

/* How a composer's notes are played: as they are, or performed (music/perform.h) without or with learned velocities. */
enum playing { PLAY_PLAIN, PLAY_PERFORMED, PLAY_LEARNED };

/* programs: by part, -1 for none; copied. NULL on error. */
struct source *source_of_composer(struct composer *composer, int grid, const int programs[SONG_PARTS_MAX],
                                  enum playing playing, bool clock);

/* A message of one byte at a moment. */
struct stream_note source_realtime(uint8_t message, uint64_t at);

/* The channel of part k. */
int source_channel(size_t part);

#endif
