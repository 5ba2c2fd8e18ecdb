/*
 * A performance: how notes on a grid are played, note by note, without
 * randomness. Which notes there are, their order and their onsets on the grid
 * never change; velocities and lengths do, and at the end of a whole song the
 * tempo and how long the last chord is held.
 *
 * Velocity is the note's own with these added: the accent of its place in the
 * bar, a little for the top part's highest note, an arch over the phrase, less
 * for a note that a phrase ends with. Where velocities were learned all of it
 * is halved. A note lasts 92 % of its duration, 20 ms less at least, since
 * its pitch may be repeated, and half at least; the gap is an eighth at most.
 * A note that ends where a phrase does (music/position.h) gives up a 16th for
 * the breath, a quarter of itself at most.
 *
 * A performed song says in a text that it is one; grid_snap() takes the
 * performance off again, so that what musegen wrote is read as it was
 * composed. Only the held last chord stays, and a note that was cut short
 * because its part struck its pitch again.
 */
#ifndef MUSIC_PERFORM_H
#define MUSIC_PERFORM_H

#include "music/position.h"

#define PERFORM_PPQ 480 /* at least so many ticks a quarter in a performed song */

/* Ticks of a performed song to one of the grid's. */
int perform_fine(int grid);

struct performer {
	struct position position;
	int grid, fine;     /* ticks a quarter; finer ticks to one of them */
	int us_per_quarter; /* for the 20 ms */
	bool learned;       /* velocities come from the corpus and are only scaled */
	bool alone;         /* one part: nothing for it to stand out from */
	int top_struck;     /* tick of the top part's last onset, -1 before any */
};

struct performed {
	uint8_t velocity; /* 1-127 */
	int added;        /* to the velocity the note has, before the limits */
	int length;       /* finer ticks, 1 .. duration * fine */
};

/* us_per_quarter: above 0; it may be set anew at any event. */
void performer_start(struct performer *p, int grid, const struct start *start, int us_per_quarter, bool learned);

/* The next event; how it is played, when it is a note (else nothing). Constant time, no allocation. */
struct performed performer_event(struct performer *p, const struct event *event);

/* As many finer ticks of a note of so many as sound, by the rules above. */
int performer_length(const struct performer *p, int ticks, bool ends_phrase);

/*
 * The whole song performed: a new song of grid * perform_fine(grid) ticks a
 * quarter, in song_order(), marked as performed. plain: on a grid (its ppq),
 * ordered, pickup found; learned: as above. The last bar slows down to the last onset, and
 * what sounds then is held to the bar line. No note overlaps the next of its part and
 * pitch that begins later. round: the song is a loop; its end is no end, so
 * nothing slows down and nothing is held. NULL on error.
 */
struct song *song_perform(const struct song *plain, bool learned, bool round);

/*
 * Take the performance off a song that says it has one, and the text that
 * says so: durations and velocities as they were before. Notes that do not
 * look performed (the file was edited; a first bar with a metre of its own was
 * read as a pickup) keep their lengths. The song is in
 * order, pickup found. Another song is left alone, as is one whose grid is no part
 * of its ticks. 0, or -1 when out of memory.
 */
int song_unperform(struct song *song);

#endif
