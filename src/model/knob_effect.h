/*
 * What knobs change: pieces of the same seeds made with a knob at -1 and 1,
 * the others untold, and with none told; and what being told is worth on
 * held-out music.
 */
#ifndef MODEL_KNOB_EFFECT_H
#define MODEL_KNOB_EFFECT_H

#include "model/model.h"

#define KNOB_BARS 16 /* of such a piece */

/* Made pieces alone; those without enough notes to measure are left out. 0 or -1. */
int knob_effect(struct knob_figures *out, const struct model *m, int pieces, struct pool *pool);

/* Does a knob move what it says it does, beyond doubt: do the intervals at -1 and 1 not meet? */
bool knob_moves(const struct knob_figures *f, enum knob k);

/* Nats a note of held-out music, its phrases' knobs told but those of the mask. 0 or -1. */
int knob_nats(double *nats, const struct generator *g, const real *w, const struct knob_scale *scale,
              const struct corpus *corpus, unsigned untold, struct pool *pool);

#endif
