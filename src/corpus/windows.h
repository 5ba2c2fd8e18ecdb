/*
 * Windows of eight bars of a piece as piano rolls, alike in all that is not
 * to tell two sets of music apart: velocities, tempo and programs are left
 * out, all parts are one roll, and the piece is transposed to C major or A
 * minor, the shorter way, by the key that all of its notes are in.
 *
 * A roll has frames of a 16th and six octaves of pitches; a note beyond them
 * is moved by octaves. Two planes: a note is struck in the frame of its
 * onset, and held in all frames from there to its end, so that repeated notes
 * stay repeated. A note has one frame at least. What lies between two frames
 * goes to the nearer one. Of longer bars than 4/4 a window has the first 128
 * frames; after eight shorter ones nothing sounds.
 */
#ifndef CORPUS_WINDOWS_H
#define CORPUS_WINDOWS_H

#include "music/events.h"

#define WINDOW_BARS    8
#define WINDOW_FRAMES  128 /* eight bars of 4/4 */
#define WINDOW_LOWEST  30  /* the pitch of the roll's first column */
#define WINDOW_PITCHES 72
#define WINDOW_PLANES  2 /* struck, held */
#define WINDOW_SIZE    (WINDOW_FRAMES * WINDOW_PITCHES * WINDOW_PLANES)

struct window_note {
	int onset, duration; /* ticks */
	uint8_t column;      /* of the roll */
};

/* Eight bars from one bar line to another. */
struct window {
	int start, end; /* ticks */
	size_t first;   /* note that sounds from its start on */
};

struct windows {
	int grid;
	struct window_note *notes; /* by onset */
	size_t n_notes;
	struct window *
		list; /* one from every bar on that has eight before it ends, in order, those without an onset left out */
	size_t n;
};

/* The windows of a piece; a piece of fewer bars has none. A pickup is no bar. 0 or -1; windows_done() in either case. */
int windows_make(struct windows *out, const struct piece *piece);
void windows_done(struct windows *w);

/* Window i as a roll of zeros and ones, (WINDOW_FRAMES, WINDOW_PITCHES, WINDOW_PLANES). */
void windows_roll(uint8_t roll[WINDOW_SIZE], const struct windows *w, size_t i);

#endif
