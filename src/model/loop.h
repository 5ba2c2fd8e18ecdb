/*
 * Loops: pieces of an exact number of bars that go round. Of some candidates
 * the one is taken whose first bar, coming once more after its last, is the
 * least surprise to the model itself.
 */
#ifndef MODEL_LOOP_H
#define MODEL_LOOP_H

#include "base/pool.h"
#include "model/compose.h"

#define LOOP_TRIES 16

/*
 * A piece of options->bars (> 0) whole bars, without a pickup, that no note
 * outlasts. pool may be NULL; its size does not change the result. *nats, if
 * not NULL: what a note of the first bar costs where it comes round. NULL on
 * error. The caller frees.
 */
struct piece *compose_loop(const struct model *m, const struct compose_options *options, struct pool *pool,
                           double *nats);

/* Cut a piece to `end` ticks: notes that would sound on end there, events beyond are dropped, END comes then. */
void loop_cut(struct piece *p, int end);

#endif
