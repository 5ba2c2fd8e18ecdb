/*
 * Snap a song to a grid of `grid` ticks a quarter (24: 16ths and triplets
 * exact). What the grid cannot say is counted, not silently bent.
 */
#ifndef MUSIC_GRID_H
#define MUSIC_GRID_H

#include "music/song.h"

#define GRID_DEFAULT 24

struct grid_report {
	int notes;           /* seen */
	int onsets_moved;    /* onsets not on the grid */
	int ends_moved;      /* ends not on the grid */
	int graces;          /* shorter than half a tick, or both ends on one: held one tick, flagged */
	int chords_gathered; /* onsets of one part within 15 ms of a chord's first, on another tick, moved to it */
	int doubles_dropped; /* same part, onset, pitch and duration as another once snapped */
	int metres_bent; /* metre changes that fall between bar lines of the grid or whose bar is no whole number of ticks */
	double worst_ms; /* farthest any onset moved, milliseconds */
};

/*
 * A new song with ppq == grid, in song_order(); NULL on error. A song that
 * says it was performed by musegen is first as it was composed again
 * (music/perform.h). Onsets and
 * ends go to the nearest tick (halves up); a duration of less than half a
 * tick is a grace: one tick, flagged; every note of one tick on the grid is
 * flagged so. Notes of one part whose onsets are within 15 ms of the first
 * of them and that the grid would part are gathered on the grid point of the
 * first; not the same pitch again, nor two onsets that both stand exactly on
 * the grid (a grace before its note at a fast tempo): those the grid can say.
 * Of doubles the loudest stays.
 *
 * Tempo, metre, key maps, markers, texts, pickup and end are snapped too. The
 * result states a metre at tick 0 (4/4 when the song has none) and none at or
 * after its end. A metre change between bar lines stays where it is and cuts
 * its bar short; a bar that is no whole number of ticks is rounded.
 * report may be NULL.
 */
struct song *grid_snap(const struct song *song, int grid, struct grid_report *report);

#endif
