/*
 * The convolutional generator: noise to the roll of a window, whole at once
 * (the DCGAN of Radford, Metz and Chintala, Unsupervised representation
 * learning with deep convolutional generative adversarial networks, 2016, with
 * upsampling in place of strides, as Odena, Dumoulin and Olah, Deconvolution
 * and checkerboard artifacts, 2016, advise):
 *
 *	noise -dense-> (frames / 2^levels, pitches / 2^levels, channels 2^(levels - 1)), norm, activation
 *	levels times: upsampling by 2, convolution 3x3; norm, activation; after the last tanh
 */
#ifndef MODEL_CONV_GENERATOR_H
#define MODEL_CONV_GENERATOR_H

#include "model/conv_chain.h"
#include "model/conv_settings.h"
#include "model/roll_window.h"

struct conv_generator {
	struct roll_shape shape;
	int noise;
	struct conv_chain chain;
};

/* Adds its tensors. The shape's frames and pitches are multiples of 2^levels. */
struct conv_generator conv_generator_layers(struct params *p, const struct conv_config *config,
                                            const struct roll_shape *shape);

/* Noise for so many windows, standard normal times `scale`. z (n, noise). */
void conv_generator_noise(const struct conv_generator *g, real *z, int n, double scale, struct random random);

/*
 * The running statistics of batch norm anew, by the mean over `batches` batches as large as
 * the frame has room for (its z: batch x noise reals): those of an averaged network are none
 * that any of its passes had. Without batch norm nothing happens.
 */
void conv_generator_calibrate(const struct conv_generator *g, real *w, struct conv_chain_frame *f, real *z, int batches,
                              struct random random);

#endif
