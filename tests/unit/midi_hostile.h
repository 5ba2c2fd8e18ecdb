/* Hostile MIDI files, built in memory. test_midi_hostile.c feeds them to the reader. */
#ifndef TESTS_UNIT_MIDI_HOSTILE_H
#define TESTS_UNIT_MIDI_HOSTILE_H

#include <stddef.h>
#include "midi/bytes.h"

enum outcome {
	READS,		/* a song, nothing to mend */
	MENDED,		/* a song, and `says` is among the mends */
	REFUSED		/* `says` is in the message */
};

/* A whole file made by a function, or from a track's bytes when make is NULL. */
struct hostile {
	const char *name;
	enum outcome outcome;
	const char *says;
	void (*make)(struct bytes *b);
	const char *track;	/* the one track's bytes of a format 1 file with 480 ticks to the quarter */
	size_t size;
};

#endif
