/* What a hostile MIDI file is to test_midi_hostile.c, and what they are made of. */
#ifndef TESTS_UNIT_MIDI_HOSTILE_H
#define TESTS_UNIT_MIDI_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "midi_make.h"

enum outcome {
	READS,  /* a song, nothing to mend */
	MENDED, /* a song, and `says` is among the mends */
	REFUSED /* `says` is in the message */
};

/* A file made by a function, or from the bytes of its one track when make is NULL. */
struct hostile {
	const char *name;
	enum outcome outcome;
	const char *says;
	void (*make)(struct bytes *b);
	const char *track; /* of a format 1 file with 480 ticks to the quarter */
	size_t size;
};

#endif
