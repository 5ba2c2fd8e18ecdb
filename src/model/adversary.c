/* Steps of a discriminator against the note generator. See adversarial.h; the generator's are adversary_generator.c's. */
#include "model/adversary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "nn/loss.h"
#include "num/vec.h"

/* Adam with little momentum, as the adversary moves (Radford et al. 2016; Gulrajani et al. 2017). */
static const struct optim_options critic_optim = {
	.kind = OPTIM_ADAM,
	.beta1 = 0.5,
	.beta2 = 0.99,
	.epsilon = 1e-8,
};

/* What random numbers are for, beside a window's noise. */
enum { FOR_BETWEEN = 3001 };
/* Of the running means of scores. */
#define KEEP 0.9

/* ---- The discriminator ------------------------------------------------------ */

int adversary_init(struct adversary *d, const struct recurrent_critic *critic, uint64_t seed)
{
	*d = (struct adversary){.critic = critic, .w = params_plane(&critic->params)};
	if (!d->w)
		return -1;
	for (int i = 0; i < optim_planes(critic_optim.kind); i++) {
		d->moments[i] = params_plane(&critic->params);
		if (!d->moments[i])
			return -1;
	}
	params_init(&critic->params, d->w, seed);
	if (recurrent_critic_norm_init(&d->norm, critic) < 0)
		return -1;
	d->used = recurrent_critic_norm_forward(&d->norm, critic, d->w);
	return 0;
}

void adversary_done(struct adversary *d)
{
	free(d->w);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(d->moments[i]);
	recurrent_critic_norm_done(&d->norm);
}

/* ---- Shards ----------------------------------------------------------------- */

static size_t most_classes(const struct generator *g)
{
	int most = 0;

	for (int h = 0; h < HEADS; h++)
		most = head_classes(g, (enum head)h) > most ? head_classes(g, (enum head)h) : most;
	return (size_t)most;
}

static void layout(struct gan_shard *s, const struct adversarial *a, int lanes)
{
	const int steps = a->config->window;
	const size_t n = (size_t)lanes, all = (size_t)steps * n * (size_t)a->critic.in;
	const size_t styles = (size_t)a->critic.config.styles;

	recurrent_critic_frame_layout(&s->critic, &s->arena, &a->critic, steps, lanes);
	gradient_penalty_layout(&s->penalty, &s->arena, lanes, steps * a->critic.in);
	frame_layout(&s->frame, &s->arena, a->g, steps, lanes, true);
	ARENA_TAKE(&s->arena, s->real_x, all);
	ARENA_TAKE(&s->arena, s->made_x, all);
	ARENA_TAKE(&s->arena, s->dx, all);
	ARENA_TAKE(&s->arena, s->case_x, all);
	ARENA_TAKE(&s->arena, s->dcritic, a->critic.params.size);
	ARENA_TAKE(&s->arena, s->score, n);
	ARENA_TAKE(&s->arena, s->made_score, n);
	ARENA_TAKE(&s->arena, s->dscore, n);
	ARENA_TAKE(&s->arena, s->dmade, n);
	ARENA_TAKE(&s->arena, s->dstyle, n * styles);
	ARENA_TAKE(&s->arena, s->style_weight, n);
	ARENA_TAKE(&s->arena, s->style_loss, n);
	ARENA_TAKE(&s->arena, s->style_target, n);
	ARENA_TAKE(&s->arena, s->length, n);
	ARENA_TAKE(&s->arena, s->advantage, n);
	ARENA_TAKE(&s->arena, s->y, 2 * most_classes(a->g));
}

static int shard_begin(struct gan_shard *s, const struct adversarial *a, int item)
{
	const struct train_config *tc = a->job->train;
	const int lanes = a->config->batch / a->shards, music = tc->lanes / a->shards;
	struct feed_options feed = {
		.seed = a->job->seed,
		.training = true,
		.split = SPLIT_TRAIN,
		.unknown = tc->unknown,
		.unknown_key = tc->unknown_key,
		.transpose = tc->transpose,
		.lanes_in_all = a->config->batch,
	};

	if (gan_windows_init(&s->windows, a->g, a->job->corpus, &feed, a->order, a->n_order, item * lanes, lanes,
	                     a->config->window) < 0)
		return -1;
	layout(s, a, lanes);
	if (arena_reserve(&s->arena) < 0)
		return -1;
	layout(s, a, lanes);
	s->penalty.weight = a->config->penalty;
	/* other music than that of the windows */
	feed.seed = random_stream(a->job->seed, GAN_FOR_MUSIC, 0, 0).key;
	feed.lanes_in_all = tc->lanes;
	return shard_init(&s->music, a->g, a->job->corpus, &feed, a->order, a->n_order, item * music, music, tc->chunk,
	                  true);
}

int gan_shards_init(struct adversarial *a)
{
	for (int i = 0; i < a->shards; i++) {
		a->shard[i] = (struct gan_shard){0};
		if (shard_begin(&a->shard[i], a, i) < 0)
			return -1;
	}
	return 0;
}

void gan_shards_done(struct adversarial *a)
{
	for (int i = 0; a->shard && i < a->shards; i++) {
		gan_windows_done(&a->shard[i].windows);
		arena_done(&a->shard[i].arena);
		shard_done(&a->shard[i].music);
		a->shard[i] = (struct gan_shard){0};
	}
}

/* ---- A step of the discriminator --------------------------------------------- */

int gan_gather(real *out, const real *score, const int *length, int lanes)
{
	int n = 0;

	for (int i = 0; i < lanes; i++)
		if (length[i] > 0)
			out[n++] = score[i];
	return n;
}

void gan_scatter(real *d, const int *length, int lanes, int n, double scale)
{
	for (int i = lanes - 1; i >= 0; i--)
		d[i] = length[i] > 0 ? (real)scale * d[--n] : 0;
}

void gan_pass_lengths(int *out, const int *a, const int *b, int lanes)
{
	for (int i = 0; i < lanes; i++) {
		out[i] = a[i] > b[i] ? a[i] : b[i];
		out[i] = out[i] > 1 ? out[i] : 1;
	}
}

const real *gan_style_gradient(struct gan_shard *s, const struct adversarial *a, const int *length, double scale)
{
	const int styles = a->critic.config.styles, lanes = s->windows.lanes;

	if (styles == 0)
		return NULL;
	for (int i = 0; i < lanes; i++) {
		const int style = s->windows.style[i];

		s->style_target[i] = length[i] > 0 && style >= 0 && style < styles ? style : -1;
		s->style_weight[i] = (real)(scale * a->config->classifier / lanes);
	}
	memcpy(s->dstyle, s->critic.style, (size_t)lanes * (size_t)styles * sizeof(real));
	softmax_loss(s->dstyle, styles, s->style_loss, s->style_target, s->style_weight, lanes, styles);
	return s->dstyle;
}

/* Cases of the penalty have their rows together, passes of the critic the lanes of a row. */
static void by_case(real *to, const real *from, const struct gan_shard *s, size_t in)
{
	const size_t lanes = (size_t)s->windows.lanes, steps = (size_t)s->windows.steps;

	for (size_t t = 0; t < steps; t++)
		for (size_t i = 0; i < lanes; i++)
			memcpy(to + (i * steps + t) * in, from + (t * lanes + i) * in, in * sizeof *to);
}

static void by_row(real *to, const real *from, const struct gan_shard *s, size_t in)
{
	const size_t lanes = (size_t)s->windows.lanes, steps = (size_t)s->windows.steps;

	for (size_t t = 0; t < steps; t++)
		for (size_t i = 0; i < lanes; i++)
			memcpy(to + (t * lanes + i) * in, from + (i * steps + t) * in, in * sizeof *to);
}

struct penalty_context {
	const struct adversarial *a;
	struct gan_shard *s;
};

static void penalty_pass(void *context, real *dx, real *dw, const real *x, const real *dscore)
{
	const struct penalty_context *p = context;
	const struct recurrent_critic *c = &p->a->critic;
	struct gan_shard *s = p->s;

	by_row(s->case_x, x, s, (size_t)c->in);
	recurrent_critic_forward(c, p->a->against->used, &s->critic, s->case_x, s->length, s->windows.steps);
	recurrent_critic_backward(c, p->a->against->used, dw, &s->critic, dx ? s->dx : NULL, dscore, NULL, s->case_x,
	                          s->length, s->windows.steps);
	if (dx)
		by_case(dx, s->dx, s, (size_t)c->in);
}

static void add_penalty(struct gan_shard *s, const struct adversarial *a, struct random random)
{
	struct penalty_context context = {a, s};
	const size_t in = (size_t)a->critic.in;

	s->penalty.weight = a->config->penalty / a->shards;
	gan_pass_lengths(s->length, s->windows.real_length, s->windows.made_length, s->windows.lanes);
	by_case(s->case_x, s->real_x, s, in);
	by_case(s->dx, s->made_x, s, in);
	gradient_penalty_between(&s->penalty, s->case_x, s->dx, random_stream(random.key, FOR_BETWEEN, 0, 0));
	gradient_penalty(&s->penalty, penalty_pass, &context, s->dcritic);
}

/* Windows of one kind through the critic, there and back. scores: gathered. */
static int pass_windows(struct gan_shard *s, const struct adversarial *a, real *x, const struct batch *b,
                        const int *length, real *scores, bool are_real)
{
	const struct recurrent_critic *c = &a->critic;
	const int lanes = s->windows.lanes, steps = s->windows.steps;
	const double scale = 1.0 / a->shards;
	real *d = are_real ? s->dscore : s->dmade;
	int n;

	recurrent_critic_read(c, x, b);
	gan_pass_lengths(s->length, length, length, lanes);
	recurrent_critic_forward(c, a->against->used, &s->critic, x, s->length, steps);
	n = gan_gather(scores, s->critic.score, length, lanes);
	gan_loss_discriminator((enum gan_loss)a->config->loss, d, d, scores, are_real ? n : 0, scores,
	                       are_real ? 0 : n);
	gan_scatter(d, length, lanes, n, scale);
	recurrent_critic_backward(c, a->against->used, s->dcritic, &s->critic, NULL, d,
	                          are_real ? gan_style_gradient(s, a, length, scale) : NULL, x, s->length, steps);
	return n;
}

static double sum_of(const real *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i];
	return sum;
}

double gan_window_loss(const struct adversarial *a, real score)
{
	real unused;

	return gan_loss_generator((enum gan_loss)a->config->loss, &unused, &score, 1);
}

static void sum_losses(struct gan_shard *s, const struct adversarial *a)
{
	s->loss = s->loss2 = 0;
	for (int i = 0; i < s->n_made; i++) {
		const double loss = gan_window_loss(a, s->made_score[i]);

		s->loss += loss;
		s->loss2 += loss * loss;
	}
}

static int critic_shard(void *context, int item)
{
	struct adversarial *a = context;
	struct gan_shard *s = &a->shard[item];
	struct gan_windows *windows = &s->windows;
	const struct random random = random_stream(a->job->seed, a->phase, (uint64_t)a->against->step, (uint64_t)item);

	if (gan_windows_next(windows, a->made_by, random) < 0)
		return -1;
	memset(s->dcritic, 0, a->critic.params.size * sizeof(real));
	s->n_real = pass_windows(s, a, s->real_x, &windows->real_batch, windows->real_length, s->score, true);
	s->sum_real = sum_of(s->score, s->n_real);
	s->n_made = pass_windows(s, a, s->made_x, &windows->made_batch, windows->made_length, s->made_score, false);
	s->sum_made = sum_of(s->made_score, s->n_made);
	sum_losses(s, a);
	if (a->config->loss == GAN_WGAN_GP || a->config->smooth)
		add_penalty(s, a, random);
	return 0;
}

/* wgan: all but what power iteration goes on from. */
static void clip_weights(struct adversary *d, double clip)
{
	const struct params *p = &d->critic->params;

	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *t = &p->tensors[i];
		real *w = d->w + t->offset;
		const char *dot = strrchr(t->name, '.');

		if (dot && strcmp(dot, ".u") == 0)
			continue;
		for (size_t k = 0; k < (size_t)t->rows * (size_t)t->cols; k++)
			w[k] = w[k] > (real)clip ? (real)clip : w[k] < -(real)clip ? -(real)clip : w[k];
	}
}

static void follow_means(struct adversarial *a)
{
	struct adversary *d = a->against;
	double real_sum = 0, made_sum = 0, loss = 0, loss2 = 0, variance;
	int n_real = 0, n_made = 0;

	for (int i = 0; i < a->shards; i++) {
		real_sum += a->shard[i].sum_real;
		made_sum += a->shard[i].sum_made;
		loss += a->shard[i].loss;
		loss2 += a->shard[i].loss2;
		n_real += a->shard[i].n_real;
		n_made += a->shard[i].n_made;
	}
	if (n_real == 0 || n_made == 0)
		return;
	variance = fmax(loss2 / n_made - loss / n_made * (loss / n_made), 0);
	d->variance = d->step == 1 ? variance : KEEP * d->variance + (1 - KEEP) * variance;
	d->mean_real = d->step == 1 ? real_sum / n_real : KEEP * d->mean_real + (1 - KEEP) * real_sum / n_real;
	d->mean_made = d->step == 1 ? made_sum / n_made : KEEP * d->mean_made + (1 - KEEP) * made_sum / n_made;
}

int adversary_step(struct adversarial *a)
{
	struct adversary *d = a->against;
	const struct params *p = &a->critic.params;
	real *g;

	if (pool_run(a->job->pool, critic_shard, a, a->shards) < 0)
		return -1;
	g = a->shard[0].dcritic;
	for (int i = 1; i < a->shards; i++)
		vec_add(g, a->shard[i].dcritic, p->size);
	recurrent_critic_norm_backward(&d->norm, d->critic, g);
	d->step++;
	optim_step(&critic_optim, p, d->w, d->moments, g, a->config->critic_learning_rate, (uint64_t)d->step, 0,
	           p->size);
	if (a->config->loss == GAN_WGAN)
		clip_weights(d, a->config->clip);
	if (!model_numbers_fit(d->w, p->size))
		return error("the discriminator diverged at its step %ld; try a smaller gan.critic_learning_rate",
		             d->step);
	d->used = recurrent_critic_norm_forward(&d->norm, d->critic, d->w);
	follow_means(a);
	return 0;
}
