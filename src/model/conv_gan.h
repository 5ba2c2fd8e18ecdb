/*
 * A convolutional generator and its discriminator under training against each
 * other, from noise and real windows alone. A step is some of the
 * discriminator's and one of the generator's; everything drawn in it comes
 * from (seed, step), and a batch is whole, so that there is one result.
 *
 * The generator that is kept is the running average of its weights, with the
 * statistics of its batch norms taken anew (conv_generator_calibrate()).
 */
#ifndef MODEL_CONV_GAN_H
#define MODEL_CONV_GAN_H

#include "model/collapse.h"
#include "model/conv_critic.h"
#include "model/conv_generator.h"
#include "model/gan_settings.h"
#include "nn/gradient_penalty.h"
#include "num/optim.h"

/* Real windows: n of them, drawn by `random`, into x (n, roll_size()). */
typedef void conv_gan_real(void *context, real *x, int n, struct random random);

struct conv_gan_job {
	const struct conv_generator *generator;
	const struct params *params; /* the generator's */
	const struct conv_config *conv;
	const struct gan_config *gan;
	const struct optim_options *optim; /* of both */
	double average;                    /* decay of the generator's running average */
	uint64_t seed;
	conv_gan_real *real_windows;
	void *context;
};

/* What an optimiser has of one network. */
struct conv_gan_side {
	const struct params *params;
	real *w, *g;
	real *moments[OPTIM_PLANES_MAX];
	uint64_t steps; /* taken */
};

struct conv_gan {
	struct conv_gan_job job;
	struct conv_critic critic;
	struct conv_gan_side maker, judge; /* generator, discriminator */
	real *average;                     /* the generator's */
	real *normalised; /* the discriminator's weights as it is run, where they are spectrally normalised */
	long step;        /* done */
	double maker_loss, judge_loss; /* of the last step; judge_loss with the penalty */
	int batch;
	/* memory */
	struct arena arena;
	struct conv_chain_frame frame;
	struct conv_critic_frame critic_frame;
	struct gradient_penalty penalty;
	struct random masks;          /* of the penalty's passes */
	real *z, *made, *real_x, *dx; /* (batch, ..) */
	real *dscore, *scores;        /* (batch) */
};

/* 0, or -1: settings that do not go together, or no memory; conv_gan_done() in either case. */
int conv_gan_init(struct conv_gan *t, const struct conv_gan_job *job);
void conv_gan_done(struct conv_gan *t);

/* 0, or -1: it diverged; the message says so. */
int conv_gan_step(struct conv_gan *t);

/* Running statistics of the averaged generator, from noise of (seed, step). */
void conv_gan_calibrate(struct conv_gan *t);

/* gan.batch windows of the averaged generator, into x. which: another number, other noise. conv_gan_calibrate() comes before. */
void conv_gan_make(struct conv_gan *t, real *x, uint64_t which);

/* Scores (batch / pack) of gan.batch windows by the discriminator as it is, without dropout. */
void conv_gan_scores(struct conv_gan *t, real *scores, const real *x);

#endif
