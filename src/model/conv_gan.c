/* Adversarial training of convolutional networks. See conv_gan.h. */
#include "model/conv_gan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/model.h"
#include "num/vec.h"

/* What random numbers are for. */
enum { FOR_REAL = 501, FOR_NOISE, FOR_MASKS, FOR_BETWEEN, FOR_CALIBRATION, FOR_SAMPLES, FOR_WEIGHTS };
/* Of the running statistics while training. */
#define TRACK_SHARE 0.1
enum { CALIBRATION_BATCHES = 16 };

/* Other losses gain by the penalty as well (Fedus et al., Many paths to equilibrium, 2018); clipping stands in its place. */
static bool penalised(const struct conv_gan_job *job)
{
	const int loss = job->gan->loss;

	return (loss == GAN_WGAN_GP || (job->conv->penalised && loss != GAN_WGAN)) && job->gan->penalty > 0;
}

/* ---- memory ----------------------------------------------------------------------- */

static void layout(struct conv_gan *t)
{
	const size_t n = (size_t)t->batch, size = roll_size(&t->job.generator->shape);
	struct arena *a = &t->arena;

	conv_chain_frame_layout(&t->frame, a, &t->job.generator->chain, t->batch, true);
	conv_critic_frame_layout(&t->critic_frame, a, &t->critic, t->batch);
	if (penalised(&t->job))
		gradient_penalty_layout(&t->penalty, a, t->batch / t->critic.pack, (int)size * t->critic.pack);
	ARENA_TAKE(a, t->z, n * (size_t)t->job.generator->noise);
	ARENA_TAKE(a, t->made, n * size);
	ARENA_TAKE(a, t->real_x, n * size);
	ARENA_TAKE(a, t->dx, n * size);
	ARENA_TAKE(a, t->dscore, n);
	ARENA_TAKE(a, t->scores, n);
}

static int init_side(struct conv_gan_side *s, const struct params *params, const struct optim_options *optim,
                     uint64_t seed)
{
	s->params = params;
	s->w = params_plane(params);
	s->g = params_plane(params);
	if (!s->w || !s->g)
		return -1;
	for (int i = 0; i < optim_planes(optim->kind); i++)
		if (!(s->moments[i] = params_plane(params)))
			return -1;
	params_init(params, s->w, seed);
	return 0;
}

static int check(const struct conv_gan_job *job)
{
	if (job->gan->batch % job->conv->pack != 0)
		return error("gan.batch (%d) must be a multiple of conv.pack (%d)", job->gan->batch, job->conv->pack);
	if (penalised(job) && job->conv->critic_norm == CONV_NORM_BATCH)
		return error("conv.critic_norm = batch does not go with the gradient penalty, which is of each case by "
		             "itself: layer or none");
	return 0;
}

int conv_gan_init(struct conv_gan *t, const struct conv_gan_job *job)
{
	const struct optim_options *optim = job->optim;

	*t = (struct conv_gan){.job = *job, .batch = job->gan->batch};
	if (check(job) < 0 || conv_critic_init(&t->critic, job->conv, &job->generator->shape) < 0 ||
	    init_side(&t->maker, job->params, optim, job->seed) < 0 ||
	    init_side(&t->judge, &t->critic.params, optim, random_stream(job->seed, FOR_WEIGHTS, 0, 0).key) < 0)
		return -1;
	t->average = params_plane(job->params);
	t->normalised = conv_chain_is_spectral(&t->critic.body) ? params_plane(&t->critic.params) : NULL;
	if (!t->average || (!t->normalised && conv_chain_is_spectral(&t->critic.body)))
		return -1;
	memcpy(t->average, t->maker.w, job->params->size * sizeof(real));
	layout(t);
	if (arena_reserve(&t->arena) < 0)
		return -1;
	layout(t);
	t->penalty.weight = job->gan->penalty;
	return 0;
}

static void side_done(struct conv_gan_side *s)
{
	free(s->w);
	free(s->g);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(s->moments[i]);
}

void conv_gan_done(struct conv_gan *t)
{
	side_done(&t->maker);
	side_done(&t->judge);
	free(t->average);
	free(t->normalised);
	arena_done(&t->arena);
	conv_critic_done(&t->critic);
}

/* ---- a step ------------------------------------------------------------------------ */

/* The discriminator's weights as it is run. */
static const real *judging(const struct conv_gan *t)
{
	return t->normalised ? t->normalised : t->judge.w;
}

/* round: of the step, so that each pass has numbers of its own. */
static struct random stream(const struct conv_gan *t, int purpose, int round)
{
	return random_stream(t->job.seed, (uint64_t)purpose, (uint64_t)t->step, (uint64_t)round);
}

static void make(struct conv_gan *t, int round)
{
	const struct conv_generator *g = t->job.generator;
	const real *y;

	conv_generator_noise(g, t->z, t->batch, 1, stream(t, FOR_NOISE, round));
	y = conv_chain_forward(&g->chain, t->maker.w, &t->frame, t->z, t->batch, true, stream(t, FOR_MASKS, round));
	memcpy(t->made, y, (size_t)t->batch * roll_size(&g->shape) * sizeof *y);
}

static int descend(struct conv_gan *t, struct conv_gan_side *s, double rate)
{
	const double norm = sqrt(vec_norm2(s->g, s->params->size));

	if (!isfinite(norm))
		return error("training diverged at step %ld: the gradient is not finite; try a smaller "
		             "gan.learning_rate or gan.critic_learning_rate",
		             t->step + 1);
	optim_step(t->job.optim, s->params, s->w, s->moments, s->g, rate, ++s->steps, 0, s->params->size);
	if (!model_numbers_fit(s->w, s->params->size))
		return error("training diverged at step %ld: a weight is larger than a model can hold; try a smaller "
		             "gan.learning_rate or gan.critic_learning_rate",
		             t->step + 1);
	return 0;
}

/* One side of the discriminator's loss, forward and backward. */
static double judge(struct conv_gan *t, const real *x, bool is_real, struct random masks)
{
	const enum gan_loss loss = (enum gan_loss)t->job.gan->loss;
	const int n = t->batch / t->critic.pack;
	const real *scores = conv_critic_forward(&t->critic, judging(t), &t->critic_frame, x, t->batch, true, masks);
	const double value =
		gan_loss_discriminator(loss, t->dscore, t->dscore, scores, is_real ? n : 0, scores, is_real ? 0 : n);

	conv_critic_backward(&t->critic, judging(t), t->judge.g, &t->critic_frame, NULL, t->dscore);
	conv_critic_track(&t->critic, t->judge.w, &t->critic_frame, TRACK_SHARE / 2);
	return value;
}

static void penalty_pass(void *context, real *dx, real *dw, const real *x, const real *dscore)
{
	struct conv_gan *t = context;

	conv_critic_forward(&t->critic, judging(t), &t->critic_frame, x, t->batch, true, t->masks);
	conv_critic_backward(&t->critic, judging(t), dw, &t->critic_frame, dx, dscore);
}

static int judge_step(struct conv_gan *t, int round)
{
	const struct gan_config *gan = t->job.gan;

	memset(t->judge.g, 0, t->judge.params->size * sizeof(real));
	if (t->normalised)
		conv_critic_weights(&t->critic, t->normalised, t->judge.w, &t->critic_frame);
	t->job.real_windows(t->job.context, t->real_x, t->batch, stream(t, FOR_REAL, round));
	make(t, round);
	t->judge_loss = judge(t, t->real_x, true, stream(t, FOR_MASKS, 1000 + round));
	t->judge_loss += judge(t, t->made, false, stream(t, FOR_MASKS, 2000 + round));
	if (penalised(&t->job)) {
		t->masks = stream(t, FOR_MASKS, 3000 + round);
		gradient_penalty_between(&t->penalty, t->real_x, t->made, stream(t, FOR_BETWEEN, round));
		t->judge_loss += gradient_penalty(&t->penalty, penalty_pass, t, t->judge.g);
	}
	if (t->normalised)
		conv_critic_gradient(&t->critic, t->judge.g, t->normalised, &t->critic_frame);
	if (descend(t, &t->judge, gan->critic_learning_rate) < 0)
		return -1;
	if (gan->loss == GAN_WGAN)
		conv_critic_clip(&t->critic, t->judge.w, gan->clip);
	return 0;
}

static int maker_step(struct conv_gan *t, int round)
{
	const struct conv_generator *g = t->job.generator;
	const real *scores;

	memset(t->maker.g, 0, t->maker.params->size * sizeof(real));
	if (t->normalised)
		conv_critic_weights(&t->critic, t->normalised, t->judge.w, &t->critic_frame);
	make(t, round);
	scores = conv_critic_forward(&t->critic, judging(t), &t->critic_frame, t->made, t->batch, true,
	                             stream(t, FOR_MASKS, 2000 + round));
	t->maker_loss =
		gan_loss_generator((enum gan_loss)t->job.gan->loss, t->dscore, scores, t->batch / t->critic.pack);
	conv_critic_backward(&t->critic, judging(t), NULL, &t->critic_frame, t->dx, t->dscore);
	conv_chain_backward(&g->chain, t->maker.w, t->maker.g, &t->frame, NULL, t->dx);
	conv_chain_track(&g->chain, t->maker.w, &t->frame, TRACK_SHARE);
	return descend(t, &t->maker, t->job.gan->learning_rate);
}

int conv_gan_step(struct conv_gan *t)
{
	const int rounds = gan_critic_steps(t->job.gan);

	for (int i = 0; i < rounds; i++)
		if (judge_step(t, i) < 0)
			return -1;
	if (maker_step(t, rounds) < 0)
		return -1;
	t->step++;
	optim_average(t->average, t->maker.w, t->maker.params->size, t->job.average, (uint64_t)t->step);
	return 0;
}

/* ---- what it has come to -------------------------------------------------------------- */

void conv_gan_calibrate(struct conv_gan *t)
{
	conv_generator_calibrate(t->job.generator, t->average, &t->frame, t->z, CALIBRATION_BATCHES,
	                         stream(t, FOR_CALIBRATION, 0));
}

void conv_gan_make(struct conv_gan *t, real *x, uint64_t which)
{
	const struct conv_generator *g = t->job.generator;
	const struct random noise = random_stream(t->job.seed, FOR_SAMPLES, (uint64_t)t->step, which);
	const real *y;

	conv_generator_noise(g, t->z, t->batch, 1, noise);
	y = conv_chain_forward(&g->chain, t->average, &t->frame, t->z, t->batch, false, noise);
	memcpy(x, y, (size_t)t->batch * roll_size(&g->shape) * sizeof *y);
}

void conv_gan_scores(struct conv_gan *t, real *scores, const real *x)
{
	const real *y;

	/* normalised weights are still those of the step's last pass */
	y = conv_critic_forward(&t->critic, judging(t), &t->critic_frame, x, t->batch, false, t->masks);
	memcpy(scores, y, (size_t)(t->batch / t->critic.pack) * sizeof *y);
}
