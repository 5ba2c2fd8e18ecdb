/*
 * A piece that was made, as it would be read from the plain file that is
 * written of it: its parts by mean pitch and without silent ones, its end at a
 * bar line, its pickup found again. So pieces in memory and pieces in files
 * are compared alike.
 */
#ifndef CORPUS_REREAD_H
#define CORPUS_REREAD_H

#include "music/events.h"
#include "music/reading.h"

/* The piece has notes. A new piece, read in this way. NULL on error. */
struct piece *piece_reread(const struct piece *piece, const struct reading *reading);

#endif
