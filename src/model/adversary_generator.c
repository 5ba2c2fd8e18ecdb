/* Steps of the note generator against a discriminator. See adversarial.h. */
#include "model/adversary.h"

#include <math.h>
#include <string.h>
#include "base/error.h"
#include "model/gan_choice.h"
#include "num/vec.h"

/* The gradient of all logits; advantage: a lane's, weighted. */
static void choices_gradient(struct gan_shard *s, const struct adversarial *a, const double *advantage, double entropy)
{
	const struct gan_windows *windows = &s->windows;
	const struct batch *b = &windows->made_batch;
	struct gan_choice weights = {a->config->temperature, a->config->straight, 0, entropy};

	for (int h = 0; h < HEADS; h++) {
		const int n = head_classes(a->g, (enum head)h);

		for (int r = 0; r < b->rows && n > 0; r++) {
			real *logits = s->frame.logits[h] + (size_t)r * (size_t)n;
			const int k = b->targets[h].symbol[r], lane = r % b->lanes;

			if (k < 0 || a->critic.classes[h] == 0) {
				memset(logits, 0, (size_t)n * sizeof *logits);
				continue;
			}
			gan_windows_noise(windows->noise, windows->random, lane, r / b->lanes, (enum head)h, n);
			weights.reinforce = advantage[lane];
			gan_choice_gradient(&weights, logits, s->y, windows->noise,
			                    s->dx + (size_t)r * (size_t)a->critic.in + a->critic.place[h], k, n);
		}
	}
}

/* log p of everything that was drawn in each lane's window. */
static void path_costs(double *out, struct gan_shard *s, const struct adversarial *a)
{
	const struct batch *b = &s->windows.made_batch;

	for (int i = 0; i < s->windows.lanes; i++)
		out[i] = 0;
	for (int h = 0; h < HEADS; h++) {
		const int n = head_classes(a->g, (enum head)h);

		for (int r = 0; r < b->rows && n > 0; r++) {
			const int k = b->targets[h].symbol[r];
			const real *logits = s->frame.logits[h] + (size_t)r * (size_t)n;

			if (k < 0 || a->critic.classes[h] == 0)
				continue;
			memcpy(s->y, logits, (size_t)n * sizeof *s->y);
			out[r % b->lanes] += (double)logits[k] - (double)vec_softmax(s->y, (size_t)n);
		}
	}
}

/* What the verdict is multiplied by. */
static double verdict_unit(const struct adversarial *a)
{
	return a->config->even ? 1 / fmax(sqrt(a->against->variance), 1e-4) : 1;
}

/*
 * What each window's loss has over the mean of the others', times the weight
 * of a window; out has log p of its choices, which entropy counts in.
 */
static void advantages(double *out, struct gan_shard *s, const struct adversarial *a, int n)
{
	const double weight = 1 / ((double)n * a->shards), unit = verdict_unit(a);
	double sum = 0;

	for (int i = 0; i < s->windows.lanes; i++) {
		double loss = 0;

		if (s->windows.made_length[i] > 0)
			loss = unit * gan_window_loss(a, s->critic.score[i]);
		out[i] = a->config->reinforce * (loss + a->entropy * out[i]);
		sum += out[i];
	}
	for (int i = 0; i < s->windows.lanes; i++)
		if (s->windows.made_length[i] > 0)
			out[i] = n > 1 ? weight * (out[i] - (sum - out[i]) / (n - 1)) : 0;
}

/* The verdict on the made windows, into the generator's gradient. */
static void verdict(struct gan_shard *s, const struct adversarial *a)
{
	const struct recurrent_critic *c = &a->critic;
	struct gan_windows *windows = &s->windows;
	const int lanes = windows->lanes, steps = windows->steps;
	const double scale = 1.0 / a->shards;
	int n;

	/* another step of the critic has been since */
	gan_pass_lengths(s->length, windows->made_length, windows->made_length, lanes);
	recurrent_critic_forward(c, a->against->used, &s->critic, s->made_x, s->length, steps);
	n = gan_gather(s->made_score, s->critic.score, windows->made_length, lanes);
	if (n == 0)
		return;
	gan_loss_generator((enum gan_loss)a->config->loss, s->dmade, s->made_score, n);
	gan_scatter(s->dmade, windows->made_length, lanes, n, scale * verdict_unit(a));
	recurrent_critic_backward(c, a->against->used, NULL, &s->critic, s->dx, s->dmade,
	                          gan_style_gradient(s, a, windows->made_length, scale), s->made_x, s->length, steps);
	network_logits(a->g, a->w, &s->frame, &windows->made_batch, &windows->before, NULL, (struct random){0, 0});
	path_costs(s->advantage, s, a);
	advantages(s->advantage, s, a, n);
	choices_gradient(s, a, s->advantage, a->entropy / ((double)n * a->shards));
	network_backward(a->g, a->w, s->music.dw, &s->frame, &windows->made_batch, &windows->before, NULL);
}

/* An ordinary chunk of real music. */
static int likelihood(struct shard *s, const struct adversarial *a, int item)
{
	const struct train_config *tc = a->job->train;
	const double scale = a->config->likelihood / ((double)tc->lanes * tc->chunk);
	const struct random random =
		random_stream(a->job->seed, a->phase + GAN_FOR_MUSIC, (uint64_t)a->steps, (uint64_t)item);

	if (feed_chunk(&s->feed, &s->batch, tc->chunk) < 0)
		return -1;
	network_forward(a->g, a->w, &s->frame, &s->batch, &s->carry, &a->rates, random, scale);
	network_backward(a->g, a->w, s->dw, &s->frame, &s->batch, &s->carry, &a->rates);
	return 0;
}

static int generator_shard(void *context, int item)
{
	struct adversarial *a = context;
	struct gan_shard *s = &a->shard[item];

	memset(s->music.dw, 0, a->g->params.size * sizeof(real));
	verdict(s, a);
	return a->config->likelihood > 0 ? likelihood(&s->music, a, item) : 0;
}

int adversarial_step(struct adversarial *a)
{
	const struct params *p = &a->g->params;
	const struct train_config *tc = a->job->train;
	double norm;
	real *g;

	if (pool_run(a->job->pool, generator_shard, a, a->shards) < 0)
		return -1;
	g = a->shard[0].music.dw;
	for (int i = 1; i < a->shards; i++)
		vec_add(g, a->shard[i].music.dw, p->size);
	norm = sqrt(vec_norm2(g, p->size));
	if (!isfinite(norm))
		return error("adversarial training diverged at step %ld: the gradient is not finite; "
		             "try a smaller gan.learning_rate",
		             a->steps + 1);
	vec_scale(g, optim_clip(norm, tc->clip), p->size);
	a->steps++;
	optim_step(&tc->optim, p, a->w, a->moments, g, a->config->learning_rate, (uint64_t)a->steps, 0, p->size);
	optim_average(a->average, a->w, p->size, tc->average, (uint64_t)a->steps);
	if (!model_numbers_fit(a->w, p->size))
		return error("adversarial training diverged at step %ld: a weight is larger than a model can hold; "
		             "try a smaller gan.learning_rate",
		             a->steps);
	return 0;
}
