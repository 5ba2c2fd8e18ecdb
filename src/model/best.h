/*
 * What a judge makes of a piece that was composed, so that of several the one
 * that looks most real can be taken (compose.h's best_of). Re-ranking what a
 * generator proposes by a discriminator it was not trained against: Deng et
 * al., Residual energy-based models for text generation, 2020.
 */
#ifndef MODEL_BEST_H
#define MODEL_BEST_H

#include "model/judge.h"

#define BEST_MAX 256 /* pieces to choose from */

/* The piece as it would be read from its file; its key is found here. One without notes: -INFINITY. 0 or -1. */
int best_logit(double *logit, const struct judge *j, const struct piece *piece);

/* How real its last bar is, 0 to 1, in the same way; NaN without notes. 0 or -1. */
int best_last_bar(double *probability, const struct judge *j, const struct piece *piece);

#endif
