/*
 * Real music spoiled, for a judge to learn from: parts moved in time, wrong
 * notes, and as many notes anywhere. (Bars in another order are
 * corpus/controls.h's.) Each is a function of the piece and the random numbers,
 * a new piece as it would be read from a file. NULL on error.
 */
#ifndef MODEL_JUDGE_FAKES_H
#define MODEL_JUDGE_FAKES_H

#include "base/random.h"
#include "corpus/bars.h"

/* Some of the parts (not all, unless there is one), 1 to 7 16ths sooner or later; what falls out at either end is left out. */
struct piece *fake_shifted(const struct piece *piece, struct random *random);

/*
 * In a run of bars, half of them, each note with one probability at another
 * pitch of its part's range. spoiled (bars->n): which bars are; a run without
 * notes leaves the piece as it is.
 */
struct piece *fake_wrong_notes(const struct piece *piece, const struct bars *bars, uint8_t *spoiled,
                               struct random *random);

/* Every note at any 16th, at any pitch of its part's range, a 16th to a half note long. */
struct piece *fake_noise(const struct piece *piece, struct random *random);

#endif
