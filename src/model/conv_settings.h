/* Settings of a convolutional GAN: the section [conv], of models of the kind `conv`. */
#ifndef MODEL_CONV_SETTINGS_H
#define MODEL_CONV_SETTINGS_H

#include <stdbool.h>
#include "base/conf.h"

#define CONV_LEVELS_MAX 5

struct conv_config {
	int bars;              /* of a window */
	int levels;            /* halvings of the roll, each a block */
	int channels;          /* of the block next to the roll; each level further in has twice as many */
	int noise;             /* numbers of noise */
	int activation;        /* the generator's: enum activation_kind */
	int norm;              /* enum conv_norm */
	int critic_activation; /* the discriminator's */
	int critic_norm;
	double critic_dropout;
	bool spectral;  /* the discriminator's weights are normalised by their largest singular value */
	bool penalised; /* the gradient penalty, whatever the loss but wgan */
	double score;   /* what the discriminator's scores are multiplied by */
	int pack;       /* windows that the discriminator judges together */
};

extern const struct conf_item conv_items[];
extern const size_t n_conv_items;

#endif
