/*
 * The stage `critic`: the encoder of a model with a latent learns on against a
 * critic (model/latent_critic.h), so that z of phrases are draws of the prior
 * whatever the style, and the decoder, which is told the style, learns on with
 * them. Then a piece can be made like another in another style.
 *
 * Kept only where a fresh classifier (model/style_probe.h) reads the style from
 * z no better than before and, on held-out music, z still matters and nothing is
 * lost without it (as model/latent_train.h says).
 */
#ifndef MODEL_CRITIC_TRAIN_H
#define MODEL_CRITIC_TRAIN_H

#include "model/latent_settings.h"
#include "model/stage.h"

int critic_train(struct model *m, const struct latent_config *config, const struct stage_job *job,
                 struct stage_result *out);

#endif
