/*
 * The lines of a piece: of each part the highest of the notes that are struck
 * together, one after the other. Melodic intervals, copied runs and the
 * Markov chain are of these.
 */
#ifndef CORPUS_LINES_H
#define CORPUS_LINES_H

#include "music/events.h"

struct line_note {
	int onset, duration; /* ticks */
	int pitch;
};

struct lines {
	struct line_note *notes;          /* part after part, each by onset */
	size_t first[SONG_PARTS_MAX + 1]; /* part k: notes[first[k]] .. notes[first[k + 1] - 1] */
	int parts;                        /* up to the lowest that has notes */
};

/* 0 or -1; lines_done() in either case. */
int lines_make(struct lines *out, const struct piece *piece);
void lines_done(struct lines *lines);

/* How many notes the part's line has. */
size_t lines_length(const struct lines *lines, int part);

#endif
