/*
 * Near twins: pieces that share half or more of the melodic shingles (seven
 * successive intervals) of a part's top line with a part of the other. They
 * must not stand on both sides of a split, or the held-out figure measures
 * memory. Parts of less than eight intervals, and shingles that hardly move
 * (drones, the basses of hymns), do not count.
 */
#ifndef CORPUS_TWINS_H
#define CORPUS_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include "corpus/corpus.h"

#define SHINGLE 7

/*
 * group[i] is the piece that stands for i's group: the one of the smallest
 * fingerprint among all that are twins, twins of twins, and so on; i itself
 * when it has none. Pieces of equal fingerprints are twins. Of the corpus only
 * its pieces count, and of these notes and fingerprint. 0 or -1.
 */
int twins_group(size_t *group, const struct corpus *corpus);

/*
 * The same, remembered in the corpus's twins_path: with tens of thousands of
 * pieces it takes seconds to find out again.
 */
int twins_recall(size_t *group, const struct corpus *corpus);

/* Which pieces have a twin other than themselves on the training side. 0 or -1. */
int twins_in_training(bool *twinned, const struct corpus *corpus);

#endif
