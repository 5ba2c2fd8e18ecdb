/*
 * Note-ons and note-offs of one track made into notes. The first note-off of
 * a pitch ends the first of its notes that still sounds (first in, first
 * out), per channel.
 */
#ifndef MIDI_SMF_NOTES_H
#define MIDI_SMF_NOTES_H

#include <stddef.h>
#include <stdint.h>
#include "midi/mends.h"
#include "music/song.h"

struct open_note {
	size_t note; /* index in its part */
	int next;    /* in the queue of its channel and pitch, or of those free; -1: last */
};

struct notes {
	struct song *song;
	struct mends *mends;
	int track;                         /* for mends */
	int part[16];                      /* the song's part of each channel, -1: none yet */
	int first[16][128], last[16][128]; /* queues in open, -1: empty */
	struct open_note *open;
	size_t n_open, open_capacity;
	int free; /* list in open, -1: empty */
};

/* Between notes_init and notes_done comes one track after another. */
void notes_init(struct notes *n, struct song *song, struct mends *mends);
void notes_begin_track(struct notes *n, int track);

/* part[channel] must be set. 0, or -1: out of memory. */
int notes_on(struct notes *n, int channel, int tick, int pitch, int velocity);
void notes_off(struct notes *n, int channel, int tick, int pitch);

/* What still sounds ends at the end of the track; where that is no length, the duration is 0 until notes_done. */
void notes_end_track(struct notes *n, int tick);

/* Notes of duration 0 end at the end of the song, after a tick at least. */
void notes_done(struct notes *n, int end);

#endif
