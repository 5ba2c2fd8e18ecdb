/*
 * A control of musegen compare: the seed's network (model/net_seed.h, with
 * LSTMs of 128), trained on the spot on the highest lines of the training
 * pieces, for as many steps always. It makes lines as long as real pieces.
 */
#ifndef MODEL_SEED_CONTROL_H
#define MODEL_SEED_CONTROL_H

#include "corpus/corpus.h"

struct seed_control;

/*
 * music: with its events in memory; it is not needed any longer afterwards.
 * progress may be NULL. The same whatever the pool. NULL: there is nothing to
 * learn from, or it cannot be learned.
 */
struct seed_control *seed_control_new(const struct corpus *music, struct pool *pool,
                                      void (*progress)(void *context, size_t done, size_t total),
                                      void *progress_context);
void seed_control_free(struct seed_control *s);

/* A line of as many bars as `like` has; the same for the same number. From any thread. The caller frees; NULL on error. */
struct piece *seed_control_make(const struct seed_control *s, const struct piece *like, size_t number);

#endif
