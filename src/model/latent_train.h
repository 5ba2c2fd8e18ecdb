/*
 * The stage `latent`: a likelihood model of events gets a latent of phrases
 * (model/latent.h, model/encoder.h) and is trained on with it, by
 *
 *	E_q(z|phrase) [-ln p(music | z)] + beta max(KL(q || N(0, 1)) - free bits, 0),
 *
 * beta rising from 0 (Bowman et al. 2016), and in a share of pieces with z = 0.
 * One that has a latent of the same width goes on with it.
 *
 * The result is kept only where, on held-out music, z matters and the model
 * without it is as good as before:
 *
 *	- with mu of its own phrases music costs at least LATENT_GAIN less than
 *	  with z = 0, and than with mu of other phrases;
 *	- at least one dimension is active (Burda et al. 2016);
 *	- with z = 0 it costs at most LATENT_LOSS more than before the stage.
 *
 * Else the posterior has collapsed, or has cost too much, and the words say so.
 */
#ifndef MODEL_LATENT_TRAIN_H
#define MODEL_LATENT_TRAIN_H

#include "model/latent_settings.h"
#include "model/stage.h"

#define LATENT_GAIN 0.01 /* shares of the nats a note that it is measured by */
#define LATENT_LOSS 0.01

int latent_train(struct model *m, const struct latent_config *config, const struct stage_job *job,
                 struct stage_result *out);

/*
 * Of a model with a latent: all figures but those of made pieces and of the
 * critic, on held-out music. 0 or -1.
 */
int latent_measure(struct latent_figures *out, const struct model *m, const struct corpus *corpus, uint64_t seed,
                   struct pool *pool);

#endif
