/* The settings of convolutional GANs: names, ranges, presets, help. */
#include "model/conv_settings.h"

#include "model/conv_chain.h"

#define C(field) offsetof(struct conv_config, field)

const struct conf_item conv_items[] = {
	{"bars", CONF_INT, C(bars), 1, 16, NULL, "4", "bars of a window, which is made whole"},
	{"levels", CONF_INT, C(levels), 1, CONV_LEVELS_MAX, NULL, "3",
         "convolutions of either network, each of which halves or doubles frames and pitches"},
	{"channels", CONF_INT, C(channels), 1, 256, NULL, "16",
         "channels of the convolution next to the roll; each further in has twice as many"},
	{"noise", CONF_INT, C(noise), 1, 1024, NULL, "64", "numbers of noise that a window is made from"},
	{"activation", CONF_CHOICE, C(activation), 0, 0, ACTIVATION_NAMES, "relu", "of the generator"},
	{"norm", CONF_CHOICE, C(norm), 0, 0, CONV_NORM_NAMES, "batch", "of the generator's layers"},
	{"critic_activation", CONF_CHOICE, C(critic_activation), 0, 0, ACTIVATION_NAMES, "leaky",
         "of the discriminator"},
	{"critic_norm", CONF_CHOICE, C(critic_norm), 0, 0, CONV_NORM_NAMES, "layer",
         "of the discriminator's layers but the first; batch is not for wgan-gp"},
	{"critic_dropout", CONF_REAL, C(critic_dropout), 0, 0.95, NULL, "0",
         "share of the discriminator's states dropped while training"},
	{"spectral", CONF_BOOL, C(spectral), 0, 0, NULL, "no",
         "the discriminator's weights are divided by their largest singular value"},
	{"penalised", CONF_BOOL, C(penalised), 0, 0, NULL, "no",
         "bce, lsgan and hinge have wgan-gp's gradient penalty too (gan.penalty)"},
	{"score", CONF_REAL, C(score), 1e-3, 1e3, NULL, "1",
         "what the discriminator's scores are multiplied by: with spectral = yes a small number keeps every loss where "
         "it "
         "is nearly straight, and learns rare patterns sooner"},
	{"pack", CONF_INT, C(pack), 1, 16, NULL, "1",
         "windows that the discriminator judges together, so that it sees when they are all alike; divides gan.batch"},
};
const size_t n_conv_items = sizeof conv_items / sizeof *conv_items;
