/*
 * What was wrong with a MIDI file, a player would forgive, and was put
 * right: counted by kind, with the place of the first of each.
 */
#ifndef MIDI_MENDS_H
#define MIDI_MENDS_H

#include <stddef.h>

enum mend {
	MEND_BYTES_BEFORE,
	MEND_RIFF_LENGTH,
	MEND_HEADER_LENGTH,
	MEND_TRACK_COUNT,
	MEND_FORMAT,
	MEND_NO_CHUNK,
	MEND_SECOND_FILE,
	MEND_TRACK_LENGTH,
	MEND_TRACK_CUT,
	MEND_NO_END,
	MEND_AFTER_END,
	MEND_END_FAR,
	MEND_RUNNING_STATUS,
	MEND_SYSTEM,
	MEND_DATA,
	MEND_META,
	MEND_TEMPO,
	MEND_METRE,
	MEND_KEY,
	MEND_TEXT,
	MEND_HANGING,
	MEND_EMPTY_NOTE,
	MEND_LOST_OFF,
	MENDS
};

struct mends {
	struct {
		int n;
		int track;     /* of the first; 0: no track's */
		size_t offset; /* of the first; 0: not known */
	} kinds[MENDS];
};

void mend(struct mends *m, enum mend kind, int track, size_t offset);
int mends_count(const struct mends *m);

/* "track 2: no end of track (byte 812); ..."; a new string, NULL when out of memory. */
char *mends_text(const struct mends *m);

#endif
