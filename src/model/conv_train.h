/*
 * Training of a convolutional generator against its discriminator, on the
 * windows of a corpus, from noise alone: what train_model() does for the kind
 * `conv`. One worker, whole batches; everything drawn comes from (seed, step).
 * Checkpoints are kept as those of likelihood are.
 *
 * Every evaluation says what share of held-out and of made windows the
 * discriminator tells right, half being the goal, and how various what is made
 * is. Where that collapses (model/collapse.h), three evaluations in a row,
 * once it has been various or half of the steps are done, training stops, with
 * the generator as it was when it was last various.
 */
#ifndef MODEL_CONV_TRAIN_H
#define MODEL_CONV_TRAIN_H

#include "model/train.h"

/* As train_model(). */
int conv_train(struct model **out, const char **stopped, const struct train_job *job);

#endif
