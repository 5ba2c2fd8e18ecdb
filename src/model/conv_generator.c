/* The convolutional generator. See conv_generator.h. */
#include "model/conv_generator.h"

#include <math.h>
#include <stdio.h>

/* Of weights before a corner at zero (He et al., Delving deep into rectifiers, 2015): uniform +-sqrt(6 / what is read). */
#define GAIN 2.449489742783178

struct conv_generator conv_generator_layers(struct params *p, const struct conv_config *config,
                                            const struct roll_shape *shape)
{
	struct conv_generator g = {.shape = *shape, .noise = config->noise};
	const int parts = 1 << config->levels;
	int height = shape->frames / parts, width = shape->pitches / parts;
	int channels = config->channels << (config->levels - 1), in;
	struct conv_plan plan = {
		.up = 1,
		.shape = {1, 1, config->noise, height * width * channels, {1, 1}, {1, 1}, {0, 0}},
		.channels = channels,
		.norm = config->norm,
		.activation = config->activation,
		.gain = GAIN,
	};

	conv_chain_add(&g.chain, p, "dense", &plan);
	in = g.chain.blocks[0].activation.out;
	for (int l = 0; l < config->levels; l++) {
		const bool last = l == config->levels - 1;
		char name[PARAM_NAME_MAX];

		height *= 2;
		width *= 2;
		channels = last ? 2 * shape->parts : channels / 2;
		plan = (struct conv_plan){
			.up = 2,
			.shape = {height, width, in, channels, {3, 3}, {1, 1}, {1, 1}},
			.channels = channels,
			.norm = last ? CONV_NORM_NONE : config->norm,
			.activation = last ? ACTIVATION_TANH : config->activation,
			.gain = last ? 1 : GAIN,
		};
		snprintf(name, sizeof name, "up%d", l);
		conv_chain_add(&g.chain, p, name, &plan);
		in = g.chain.blocks[l + 1].activation.out;
	}
	return g;
}

void conv_generator_noise(const struct conv_generator *g, real *z, int n, double scale, struct random random)
{
	for (size_t i = 0; i < (size_t)n * (size_t)g->noise; i++)
		z[i] = (real)(scale * random_normal(&random));
}

void conv_generator_calibrate(const struct conv_generator *g, real *w, struct conv_chain_frame *f, real *z, int batches,
                              struct random random)
{
	for (int i = 0; i < batches; i++) {
		const struct random noise = random_stream(random.key, (uint64_t)i, 0, 0);

		conv_generator_noise(g, z, f->batch, 1, noise);
		conv_chain_forward(&g->chain, w, f, z, f->batch, true, noise);
		/* 1, 1/2, 1/3, ...: the mean of all */
		conv_chain_track(&g->chain, w, f, 1.0 / (i + 1));
	}
}
