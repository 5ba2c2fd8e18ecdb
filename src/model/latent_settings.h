/* Settings of the latent, of phrases or of every step, and of the critic of phrases': section [latent]. */
#ifndef MODEL_LATENT_SETTINGS_H
#define MODEL_LATENT_SETTINGS_H

#include "base/conf.h"

/*
 * phrase: a stage adds it to a network of events (model/latent_train.h). step:
 * the seed's (model/net_seed.h), which has it from the beginning. none: no
 * stage adds any, and the seed's z is its mean, of which nothing is drawn.
 */
enum latent_kind { LATENT_PHRASE, LATENT_STEP, LATENT_NONE };

struct latent_config {
	int kind;             /* enum latent_kind */
	int width, encoder;   /* of z; of each of the encoder's LSTMs */
	double beta;          /* weight of the KL */
	double free_bits;     /* a z may cost this without a price */
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

/* Does a network of this kind (enum generator_kind) have such a latent? Else -1 with a message. */
int latent_fits(const struct latent_config *config, int generator);

/* The weight of the KL in a step that comes after so many. */
double latent_beta(const struct latent_config *config, long done);
/* The nats that a z may say without a price. */
double latent_free_nats(const struct latent_config *config);

#endif
