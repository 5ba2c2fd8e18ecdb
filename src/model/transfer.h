/*
 * Another model's weights for a new one: what both have names for (a
 * duration, a metre, a style) keeps what was learned of it, wherever it
 * stands in either vocabulary.
 */
#ifndef MODEL_TRANSFER_H
#define MODEL_TRANSFER_H

#include "model/model.h"

/* May a model of settings a begin with the weights of one of settings b? (The window and the slots may differ.) */
bool transfer_fits(const struct generator_config *a, const struct generator_config *b);

/*
 * Into the plane w of generator g, which holds first weights already. g has
 * base's settings (its slots may be fewer or more) and a vocabulary of its
 * own. What only g knows starts from what base does with values it has no
 * symbol for; a new style from the mean of base's; what base has not at all
 * (a velocity head, further slots) keeps its first weights. 0, or -1: other
 * settings or another grid; the message says which.
 */
int transfer_weights(real *w, const struct generator *g, const struct model *base);

#endif
