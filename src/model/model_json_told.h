/*
 * What a model file says of what its network is told beside music: a latent of
 * phrases, one at every step, knobs. Only models that have one say anything of it;
 * all return 0 then too, or -1 with the reason. See model_json.h.
 */
#ifndef MODEL_MODEL_JSON_TOLD_H
#define MODEL_MODEL_JSON_TOLD_H

#include <cjson/cJSON.h>

#include "model/model.h"

/* Of phrases: its widths into *config, its figures into *f. */
int model_latent_from_json(struct generator_config *config, struct latent_figures *f, const cJSON *root);

/* At every step. */
int model_step_latent_from_json(struct model *m, const struct generator_config *config, const cJSON *root);

/* After the vocabulary: there is a mean a part. */
int model_knobs_from_json(struct model *m, struct generator_config *config, const cJSON *root);

#endif
