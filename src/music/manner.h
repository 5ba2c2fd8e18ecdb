/*
 * What music of a kind is played at and on when nothing says so: tempo and
 * programs by the name of its style, the metre, and the number of parts. The one table
 * of both is in manner.c.
 */
#ifndef MUSIC_MANNER_H
#define MUSIC_MANNER_H

#include <stdbool.h>
#include "music/song.h"

/*
 * Microseconds a quarter. style: the name of a folder ("bach-chorales",
 * "Jigs"), in which the words of the table are looked for, or NULL; where it
 * has none of them the metre decides.
 */
int manner_tempo(const char *style, const struct metre *metre);

/* Is the tempo in the style's name? */
bool manner_knows_tempo(const char *style);

/* General MIDI program, 0-127, of a part (0: the highest) of a piece of so many. */
int manner_program(const char *style, int part, int n_parts);

#endif
