/* Of listen.c, for listen_song.c: the notes of a phrase. */
#ifndef LIVE_LISTEN_PARTS_H
#define LIVE_LISTEN_PARTS_H

#include "live/listen.h"

struct listen_note {
	uint64_t on, off;       /* ns */
	uint64_t on_at, off_at; /* moments */
	uint8_t channel, pitch, velocity;
	bool open;
};

struct listen {
	struct listen_music music;
	struct listen_note notes[LISTEN_NOTES];
	int n;
	int16_t open[16][128]; /* the note that holds a key; -1: none */
	int n_open;
	bool timed;    /* all of it by the moments of running music */
	uint64_t now;  /* the last that was said */
	uint64_t last; /* when the phrase's last note began or ended */
	bool pedal[16];
	uint64_t pressed; /* when the pedal was, with no key down and no note since; 0: not so */
	bool tapped;
	uint64_t sent[128]; /* when a pitch was last sent; 0: never */
	double quarter;     /* s: the tempo of the phrase, found when it had */
	int quarter_of;     /* so many notes; 0: not yet */
	struct held held;
	/* onsets, those of a chord as one */
	int n_onsets;
	int16_t onset_of[LISTEN_NOTES]; /* note i's */
	double times[LISTEN_NOTES];     /* from the first note: quarters of running music, else seconds */
	double quarters[LISTEN_NOTES];  /* where they are in the phrase's beats, or in the music's bars */
	int ticks[LISTEN_NOTES];        /* snapped */
};

/* Gather the onsets of the phrase. */
void listen_gather(struct listen *l);

/* Nanoseconds of a bar, as far as is known. */
double listen_bar(struct listen *l);

#endif
