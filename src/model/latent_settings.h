/* Settings of the latent and of its critic: section [latent]. */
#ifndef MODEL_LATENT_SETTINGS_H
#define MODEL_LATENT_SETTINGS_H

#include "base/conf.h"

enum latent_kind { LATENT_PHRASE, LATENT_NONE };

struct latent_config {
	int kind;             /* enum latent_kind */
	int width, encoder;   /* of z; of each of the encoder's LSTMs */
	double beta;          /* weight of the KL */
	double free_bits;     /* a phrase may cost this without a price */
	int warmup;           /* steps in which beta rises from 0 */
	double learning_rate; /* of what is new, at its highest */
	double old;           /* share of it at which the rest goes on */
	double without;       /* share of pieces that are learned with z = 0 */
	/* the critic */
	double critic;               /* weight of what it says in the encoder's gradient */
	int critic_hidden;           /* width of its layers */
	double critic_learning_rate; /* its own */
};

extern const struct conf_item latent_items[];
extern const size_t n_latent_items;

#endif
