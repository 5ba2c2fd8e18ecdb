/* Settings of adversarial training: the section [gan]. */
#ifndef MODEL_GAN_SETTINGS_H
#define MODEL_GAN_SETTINGS_H

#include <stdbool.h>
#include "base/conf.h"
#include "nn/gan_loss.h"

/* Whether a stage's result replaces the model. */
enum gan_keep { GAN_KEEP_BETTER, GAN_KEEP_ALWAYS };

struct gan_config {
	int loss;                    /* enum gan_loss */
	int critic_steps;            /* of the discriminator, to one of the generator; 0: as suits the loss */
	double clip;                 /* wgan: weights of the discriminator stay within +- this */
	double penalty;              /* wgan-gp: weight of the gradient penalty */
	bool smooth;                 /* the penalty with every loss (Fedus et al. 2018) */
	double likelihood;           /* weight of the likelihood term of the note generator */
	double temperature;          /* of the Gumbel-softmax */
	double learning_rate;        /* of the generator */
	double critic_learning_rate; /* of the discriminator */
	int window;                  /* events that the discriminator sees */
	int batch;                   /* windows of a step */
	/* of the discriminator of note events */
	int critic_width, critic_layers;
	int activation; /* enum activation_kind */
	bool spectral;
	double classifier; /* weight of the styles' classifier; 0: none */
	/* of the note generator */
	double straight, reinforce, entropy; /* weights: how the verdict reaches it */
	double anneal;                       /* share of entropy's weight that is left at the end */
	bool even;                           /* the verdict in units of its spread */
	int trial;                           /* steps of a fresh discriminator; 0: a fifth of the stage */
	int held_out;                        /* windows that it is tried on, at most */
	int keep;                            /* enum gan_keep */
	double tolerance;                    /* nats a note */
	int collapse; /* evaluations in a row that find a collapse, before the stage stops; 0: never */
};

extern const struct conf_item gan_items[];
extern const size_t n_gan_items;

/* Steps of the discriminator to one of the generator. */
int gan_critic_steps(const struct gan_config *config);

#endif
