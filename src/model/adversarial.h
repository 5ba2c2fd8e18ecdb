/*
 * The stage `adversarial`: the note generator tuned against a discriminator
 * (model/recurrent_critic.h) on short windows, the likelihood of real music
 * on beside it.
 *
 * A window is drawn as gan_windows.h says; y = softmax((logits + G) / tau), G
 * the noise that it was drawn with, is what the draw was the limit of
 * (Gumbel-softmax: Jang et al. 2017, Maddison et al. 2017). The discriminator
 * reads what was drawn, one-hot, and its gradient goes on as if it had read y
 * (straight-through). What was drawn before a choice, and is fed back, counts
 * as given: no gradient flows through it. [gan] straight weighs that gradient;
 * reinforce adds the plain one of Williams (1992),
 *
 *	(L_i - mean of the other windows' L) d log p(choices of window i),
 *
 * which is noisy, but knows what a choice leads to; entropy adds that of -H.
 *
 * What the stage does, of its steps:
 *
 *	trial    a fresh discriminator against the generator as it is
 *	         -> how well it tells held-out windows from made ones: `before`
 *	the rest both against each other, it going on from there
 *	trial    a fresh one against the generator as it would be kept
 *	         -> `after`
 *
 * The generator is kept, as the running average of its weights and rounded as
 * its file will be, if held-out nats a note grew by no more than
 * [gan] tolerance, and `after` is below `before` by more than the standard
 * error of their difference (or [gan] keep is `always`). Otherwise the model is left as it was; as it is
 * when the stage is interrupted, or when the generator collapses: held-out
 * evaluations find, [gan] collapse times in a row, less than a quarter of the distinct shapes
 * of 4 notes that as much real music has, or one window more than half of the
 * time (and more than twice as often as the real one that comes most often).
 *
 * Windows and music are in fixed shards (train.shards), random numbers are
 * keyed by (seed, phase, step, shard): bytes do not depend on the pool.
 */
#ifndef MODEL_ADVERSARIAL_H
#define MODEL_ADVERSARIAL_H

#include "model/gan_settings.h"
#include "model/stage.h"

/* 0; or -1 with the model as it was: it reads tokens, there is too little held-out music, ... */
int adversarial_train(struct model *m, const struct gan_config *config, const struct stage_job *job,
                      struct stage_result *out);

#endif
