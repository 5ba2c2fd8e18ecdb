/*
 * What was played one, two, four and eight bars ago: music repeats itself at
 * such distances, and an LSTM or a memory over events has no way to point
 * there (the lookback inputs of E. Waite, "Generating Long-Term Structure in
 * Songs and Stories", 2016, for any number of parts). Remembers the last
 * LOOKBACK_NOTES notes, so it is of one size whatever the length of the music.
 */
#ifndef MODEL_LOOKBACK_H
#define MODEL_LOOKBACK_H

#include "music/events.h"

#define LOOKBACKS      4
#define LOOKBACK_NOTES 512

extern const int lookback_bars[LOOKBACKS];

struct lookback_note {
	int tick, duration;
	uint8_t part, pitch;
};

struct lookback {
	uint32_t
		n; /* notes so far, a multiple of LOOKBACK_NOTES less once they are many; number i is notes[i % LOOKBACK_NOTES] */
	struct lookback_note notes[LOOKBACK_NOTES];
	uint8_t same[SONG_PARTS_MAX]
		    [LOOKBACKS]; /* how many notes of a part in a row were what they were so many bars ago */
	int found[LOOKBACKS];    /* for the present row: a number, or one of these: */
};

enum { LOOKBACK_NOTHING = -1, LOOKBACK_BEFORE = -2 }; /* no note began there; that is before the piece, or forgotten */

void lookback_start(struct lookback *l);

/* The present row is of a part, at a tick, in bars of so many ticks. */
void lookback_arrive(struct lookback *l, int now, int part, int bar);

/* The present row's note. */
void lookback_take(struct lookback *l, int now, int part, int pitch, int duration);

/* NULL where nothing was found; and the note after it, of any part, NULL where there is none yet. */
const struct lookback_note *lookback_at(const struct lookback *l, int which);
const struct lookback_note *lookback_after(const struct lookback *l, int which);

#endif
