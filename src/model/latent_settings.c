/* Settings of the latent. See latent_settings.h. */
#include "model/latent_settings.h"

#include <math.h>
#include "base/error.h"
#include "model/generator.h"

#define L(field) offsetof(struct latent_config, field)

const struct conf_item latent_items[] = {
	{"kind", CONF_CHOICE, L(kind), 0, 0, "phrase|step|none", "phrase",
         "what has a latent: every phrase, by a stage of training for networks of events; every step, for the seed; "
         "nothing"},
	{"width", CONF_INT, L(width), 1, LATENT_MAX, NULL, "64", "width of a phrase's z"},
	{"encoder", CONF_INT, L(encoder), 8, LATENT_MAX, NULL, "128",
         "width of the two LSTMs that read a phrase from either end"},
	{"beta", CONF_REAL, L(beta), 0, 10, NULL, "0.02", "weight of the KL divergence from the prior"},
	{"free_bits", CONF_REAL, L(free_bits), 0, 10000, NULL, "48",
         "bits that a phrase's z, or a step's, may say without a price"},
	{"warmup", CONF_INT, L(warmup), 0, 1000000, NULL, "300", "steps until beta is at its highest"},
	{"learning_rate", CONF_REAL, L(learning_rate), 1e-8, 10, NULL, "0.004",
         "of the encoder and what z adds, at its highest, as train.learning_rate"},
	{"old", CONF_REAL, L(old), 0, 1, NULL, "0",
         "share of it at which the rest of the network goes on learning; 0: it stays as it is"},
	{"without", CONF_REAL, L(without), 0, 1, NULL, "0",
         "share of pieces that are learned with z = 0; of use where latent.old is above 0, so that the model stays as "
         "good without"},
	{"critic", CONF_REAL, L(critic), 0, 1000, NULL, "4", "weight of the critic in the encoder's gradient"},
	{"critic_hidden", CONF_INT, L(critic_hidden), 1, 1024, NULL, "128", "width of the critic's two hidden layers"},
	{"critic_learning_rate", CONF_REAL, L(critic_learning_rate), 1e-8, 10, NULL, "0.002", "the critic's own"},
};
const size_t n_latent_items = sizeof latent_items / sizeof *latent_items;

int latent_fits(const struct latent_config *config, int generator)
{
	if (generator == KIND_SEED && config->kind == LATENT_PHRASE)
		return error("latent.kind = phrase is for networks of events: the seed's latent is one of every step "
		             "(latent.kind = step), or none (as the preset seed has it)");
	if (generator != KIND_SEED && config->kind == LATENT_STEP)
		return error("latent.kind = step is the seed's (generator.kind = seed): other networks have no latent "
		             "at every step");
	return 0;
}

double latent_beta(const struct latent_config *config, long done)
{
	return config->beta * fmin(1, ((double)done + 1) / ((double)config->warmup + 1));
}

double latent_free_nats(const struct latent_config *config)
{
	return config->free_bits * 0.69314718055994530942;
}
