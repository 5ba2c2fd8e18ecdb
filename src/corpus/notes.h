/* The notes of a piece apart from everything else: what makes two pieces the same music. */
#ifndef CORPUS_NOTES_H
#define CORPUS_NOTES_H

#include <stdbool.h>
#include <stdint.h>
#include "music/events.h"

/*
 * Hash of the notes as seen from the first: times since the note before,
 * parts, intervals to the first pitch, durations. Equal for transposed
 * copies; blind to leading and trailing silence, metre, tempo, dynamics.
 */
uint64_t notes_fingerprint(const struct piece *piece);

/* The same notes at the same pitches, in what the fingerprint sees. */
bool notes_equal(const struct piece *a, const struct piece *b);

size_t notes_count(const struct piece *piece);

/* Hash of all there is in a piece but its style's index, chained on from `hash`. */
uint64_t notes_hash_piece(uint64_t hash, const struct piece *piece);

/* One more number into a running hash. */
uint64_t notes_hash(uint64_t hash, uint64_t value);

#endif
