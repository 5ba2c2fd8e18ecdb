/*
 * Windows of some bars of music as rolls, for convolutional networks, and
 * back. A window begins at a bar line and has bars of one length, four
 * quarters (4/4, 2/2, ...); it is frames of a 16th by pitches, with two
 * planes a part:
 *
 *	x (frames, pitches, 2 x parts):  plane 2k     a note of part k begins in this frame
 *	                                 plane 2k + 1 one sounds in it
 *
 * with +1 for yes and -1 for no, as tanh says it. With the beginnings apart
 * from the sound notes that are repeated stay repeated. Onsets and ends go to
 * the nearest frame, a note has one frame at least; a note that is held over
 * into the window is struck at its beginning (from no longer ago than a window),
 * and one that would sound past its end is cut there.
 */
#ifndef MODEL_ROLL_WINDOW_H
#define MODEL_ROLL_WINDOW_H

#include "model/vocab.h"
#include "num/real.h"

#define ROLL_WINDOW_PARTS 4

struct roll_shape {
	int frame;                                                         /* ticks: a 16th */
	int frames;                                                        /* of a window */
	int bars;                                                          /* of a window; frames / bars in each */
	int low, pitches;                                                  /* the lowest pitch, and how many */
	int parts;                                                         /* 1-ROLL_WINDOW_PARTS */
	uint8_t part_low[ROLL_WINDOW_PARTS], part_high[ROLL_WINDOW_PARTS]; /* where parts may be transposed to */
};

/*
 * The shape of windows of a vocabulary's music: all of its pitches, and as many
 * more as make a multiple of `multiple`. -1: it has too many parts, or no 16ths
 * on its grid; the message says which.
 */
int roll_shape_of(struct roll_shape *shape, const struct vocab *v, int bars, int multiple);

/* Reals of a window. */
size_t roll_size(const struct roll_shape *s);

struct roll_note {
	int onset, duration; /* ticks of its piece */
	uint8_t part, pitch;
};

struct roll_window {
	size_t first, n; /* the notes among which those are that sound in it */
	int start;       /* tick of its bar line */
};

/* The windows of many pieces; all zero at first. */
struct roll_windows {
	struct roll_note *notes; /* of one piece after the other, by onset */
	size_t n_notes, notes_capacity;
	struct roll_window *list;
	size_t n, capacity;
};

/*
 * Every window of a piece that lies between the ticks from and to, of which
 * each bar has an onset. The music's last one may be cut short by the end. A
 * piece of more parts has none. 0 or -1.
 */
int roll_windows_add(struct roll_windows *w, const struct piece *piece, const struct roll_shape *s, int from, int to);
void roll_windows_done(struct roll_windows *w);

/* By how many semitones window i may be moved, at most by `limit`, within the ranges of its parts: *down <= 0 <= *up. */
void roll_window_room(int *down, int *up, const struct roll_windows *w, const struct roll_shape *s, size_t i,
                      int limit);

/* Window i, moved by `transpose` semitones, into x (roll_size()). Pitches out of the shape are left out. */
void roll_window_fill(real *x, const struct roll_windows *w, const struct roll_shape *s, size_t i, int transpose);

/*
 * The notes that a roll says, of any reals: one begins where its plane of
 * beginnings is above 0, and lasts as long as that of sound is, to the next
 * beginning. Events are in their order, onset from tick 0 on in `shift` of
 * each, the last an END at the window's end. 0 or -1.
 */
int roll_to_events(struct piece *out, const real *x, const struct roll_shape *s, int velocity);

/* The piece that a roll says, of 4/4. NULL on error. */
struct piece *roll_to_piece(const real *x, const struct roll_shape *s, int grid);

#endif
