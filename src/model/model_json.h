/* What a model file says about itself, as one JSON text. */
#ifndef MODEL_MODEL_JSON_H
#define MODEL_MODEL_JSON_H

#include "model/model.h"

/* Everything but name and weights. A new string, NULL when out of memory. The caller frees. */
char *model_to_json(const struct model *m);

/*
 * The other way: fills vocab (allocated), sampling, figures, provenance and
 * *config. Every number is checked. -1 with the reason; m may then be half
 * filled and is model_free's.
 */
int model_from_json(struct model *m, struct generator_config *config, const char *json);

#endif
