/* Dividing the pieces of a corpus into training and held-out music. */
#ifndef CORPUS_SPLIT_H
#define CORPUS_SPLIT_H

#include "corpus/corpus.h"

/*
 * Set split and train_events of every piece, and the corpus's rule,
 * twins_moved, twins_across and events. stated[i] is what folders say of
 * piece i (SPLIT_UNSTATED: nothing). 0 or -1.
 */
int split_pieces(struct corpus *corpus, const int *stated);

#endif
