/*
 * The walk over a MIDI file's bytes: chunks, tracks and events, whatever the
 * bytes are. Nothing is read outside of them and nothing allocated; lengths
 * that the file states are believed only as far as there are bytes.
 *
 *	scan_open(&s, name, data, size, &mends)
 *	while (scan_track(&s) > 0)
 *		while (scan_event(&s, &e) > 0)
 *			...
 */
#ifndef MIDI_SMF_SCAN_H
#define MIDI_SMF_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "midi/mends.h"

struct scan {
	const char *name; /* for messages */
	const unsigned char *data;
	size_t size; /* bytes of the MIDI file itself: the end of a RIFF's data chunk */
	struct mends *mends;

	int format; /* 0, 1, 2 */
	int stated_tracks;
	int ppq;         /* SMPTE divisions are turned into one ... */
	int smpte_tempo; /* ... with this tempo (microseconds per quarter); 0: the file counts quarters */

	size_t at;        /* next chunk */
	int track;        /* present track, counted from 1; 0 before the first */
	size_t pos, end;  /* next event, end of the track's bytes */
	int tick;         /* of the last event */
	uint8_t running;  /* status, 0: none yet */
	bool interrupted; /* by a meta event or sysex, which ends running status */
};

struct scan_event {
	int tick;
	size_t offset;             /* of its first byte (its delta time) in the file */
	uint8_t status;            /* 0x80-0xEF: a channel message; 0xFF: meta */
	uint8_t data[2];           /* channel message */
	uint8_t meta;              /* meta type */
	const unsigned char *body; /* meta data */
	size_t length;
};

/* Find and read the header. 0, or -1: not a MIDI file that can be used. */
int scan_open(struct scan *s, const char *name, const unsigned char *data, size_t size, struct mends *mends);

/* Go to the next track. 1, 0: no more, -1: refused. */
int scan_track(struct scan *s);

/* The next channel message or meta event. 1, 0: the track is over (s->tick is its end), -1: refused. */
int scan_event(struct scan *s, struct scan_event *e);

#endif
