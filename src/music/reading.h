/*
 * Ways of reading a song before it becomes events: on which grid, all parts
 * or the highest alone, as it is or cut to frames. A corpus is read in one
 * way, and a model keeps the way of its corpus: it reads nothing else.
 */
#ifndef MUSIC_READING_H
#define MUSIC_READING_H

#include <stdbool.h>
#include "music/grid.h"
#include "music/roll.h"

enum take {
	TAKE_ALL, /* parts */
	TAKE_TOP, /* the highest part as a melody */
	TAKES
};

struct reading {
	int grid;  /* ticks a quarter */
	int take;  /* enum take */
	int frame; /* ticks of a frame of the roll (music/roll.h); 0: no frames */
	/* of no meaning without frames */
	int strike; /* ticks, a multiple of frame, after which keys that sound on are struck anew; 0: they are held */
	int frame_parts; /* enum frame_parts */
};

/* "all", "top"; "together", "apart" */
extern const char *const take_names[TAKES], *const frame_parts_names[FRAME_PARTS];

/*
 * The song as it is read, ready for piece_from_song(): on the grid, with its
 * pickup found, then song_take_top(), then roll_song(). NULL on error; report
 * may be NULL.
 */
struct song *reading_song(const struct song *song, const struct reading *reading, struct grid_report *report);

/*
 * Of a song in song_order() the first part alone, of notes struck together
 * the highest, each cut where the next begins. Metres, end and pickup stay
 * the whole song's.
 */
void song_take_top(struct song *song);

/* Can music be read so? 0, or -1 with the reason. */
int reading_check(const struct reading *reading);

bool reading_same(const struct reading *a, const struct reading *b);

/* What it does beside the grid, in words: "the highest part alone, frames of 24 ticks, struck every 24, parts apart"; "" for nothing. */
#define READING_TEXT_MAX 128
const char *reading_text(char text[READING_TEXT_MAX], const struct reading *reading);

#endif
