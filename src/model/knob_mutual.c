/* Knobs read back from what is made with them. See knob_mutual.h. */
#include "model/knob_mutual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/gan_choice.h"
#include "model/stage.h"
#include "num/vec.h"

/* What random numbers are for. */
enum { FOR_READER = 5001, FOR_WINDOWS, FOR_CODES };
/* Of the running error. */
#define KEEP 0.9

static const struct optim_options reader_optim = {
	.kind = OPTIM_ADAM,
	.beta1 = 0.9,
	.beta2 = 0.99,
	.epsilon = 1e-8,
};

static size_t most_classes(const struct generator *g)
{
	int most = 0;

	for (int h = 0; h < HEADS; h++)
		most = head_classes(g, (enum head)h) > most ? head_classes(g, (enum head)h) : most;
	return (size_t)most;
}

static void layout(struct knob_reading *s, const struct knob_mutual *m, int lanes)
{
	const int steps = m->config.window;
	const size_t n = (size_t)lanes, all = (size_t)steps * n * (size_t)m->reader.in;
	struct arena *a = &s->arena;

	recurrent_critic_frame_layout(&s->frame, a, &m->reader, steps, lanes);
	frame_layout(&s->network, a, m->g, steps, lanes, true);
	ARENA_TAKE(a, s->codes, n * KNOBS);
	ARENA_TAKE(a, s->x, all);
	ARENA_TAKE(a, s->dx, all);
	ARENA_TAKE(a, s->dscore, n);
	ARENA_TAKE(a, s->dread, n * KNOBS);
	ARENA_TAKE(a, s->length, n);
	ARENA_TAKE(a, s->y, 2 * most_classes(m->g));
	ARENA_TAKE(a, s->dw, m->reader.params.size);
}

static int reading_init(struct knob_reading *s, const struct knob_mutual *m, const struct stage_job *job,
                        const uint32_t *order, size_t n_order, int item)
{
	const struct train_config *tc = job->train;
	const int lanes = m->config.batch / m->n;
	const struct feed_options feed = {
		.seed = random_stream(job->seed, FOR_WINDOWS, 0, 0).key,
		.training = true,
		.split = SPLIT_TRAIN,
		.unknown = tc->unknown,
		.unknown_key = tc->unknown_key,
		.transpose = tc->transpose,
		.lanes_in_all = m->config.batch,
	};

	if (gan_windows_init(&s->windows, m->g, job->corpus, &feed, order, n_order, item * lanes, lanes,
	                     m->config.window) < 0)
		return -1;
	layout(s, m, lanes);
	if (arena_reserve(&s->arena) < 0)
		return -1;
	layout(s, m, lanes);
	s->windows.codes = s->codes;
	return 0;
}

int knob_mutual_init(struct knob_mutual *m, const struct knob_mutual_config *config, const struct generator *g,
                     const struct stage_job *job, const uint32_t *order, size_t n_order, int shards, long steps)
{
	const struct recurrent_critic_config reader = {
		.width = config->width, .layers = 1, .activation = ACTIVATION_LEAKY, .styles = KNOBS};

	*m = (struct knob_mutual){
		.config = *config, .g = g, .n = shards, .seed = job->seed, .steps = steps, .error = 1.0 / 3};
	if (config->batch % shards != 0)
		return error("knobs.mutual_batch (%d) must be a multiple of train.shards (%d)", config->batch, shards);
	if (recurrent_critic_init(&m->reader, &reader, g) < 0)
		return -1;
	m->w = params_plane(&m->reader.params);
	m->shards = mem_new((size_t)shards, sizeof *m->shards);
	if (!m->w || !m->shards)
		return -1;
	for (int i = 0; i < optim_planes(reader_optim.kind); i++) {
		m->moments[i] = params_plane(&m->reader.params);
		if (!m->moments[i])
			return -1;
	}
	params_init(&m->reader.params, m->w, random_stream(job->seed, FOR_READER, 0, 0).key);
	for (int i = 0; i < shards; i++)
		if (reading_init(&m->shards[i], m, job, order, n_order, i) < 0)
			return -1;
	return 0;
}

void knob_mutual_done(struct knob_mutual *m)
{
	for (int i = 0; m->shards && i < m->n; i++) {
		gan_windows_done(&m->shards[i].windows);
		arena_done(&m->shards[i].arena);
	}
	free(m->shards);
	free(m->w);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(m->moments[i]);
	recurrent_critic_done(&m->reader);
}

double knob_mutual_loss(real *d, const real *read, const double *codes, const int *length, int lanes)
{
	double sum = 0;
	int n = 0;

	for (int i = 0; i < lanes; i++)
		n += length[i] > 0;
	for (int i = 0; i < lanes * KNOBS; i++) {
		const double off = (double)read[i] - codes[i];
		const bool counts = length[i / KNOBS] > 0;

		d[i] = counts ? (real)(off / (n * KNOBS)) : 0;
		sum += counts ? off * off / 2 : 0;
	}
	return n > 0 ? sum / (n * KNOBS) : 0;
}

/* The gradient of all logits behind what was drawn, in their place. */
static void choices_gradient(struct knob_reading *s, const struct knob_mutual *m)
{
	const struct gan_windows *windows = &s->windows;
	const struct batch *b = &windows->made_batch;
	const struct gan_choice weights = {m->config.temperature, 1, 0, 0};

	for (int h = 0; h < HEADS; h++) {
		const int n = head_classes(m->g, (enum head)h);

		for (int r = 0; r < b->rows && n > 0; r++) {
			real *logits = s->network.logits[h] + (size_t)r * (size_t)n;
			const int k = b->targets[h].symbol[r];

			if (k < 0 || m->reader.classes[h] == 0) {
				memset(logits, 0, (size_t)n * sizeof *logits);
				continue;
			}
			gan_windows_noise(windows->noise, windows->random, r % b->lanes, r / b->lanes, (enum head)h, n);
			gan_choice_gradient(&weights, logits, s->y, windows->noise,
			                    s->dx + (size_t)r * (size_t)m->reader.in + m->reader.place[h], k, n);
		}
	}
}

static double present_weight(const struct knob_mutual *m)
{
	return m->config.weight * fmin(1, 2 * (double)m->step / (double)m->steps);
}

int knob_mutual_shard(struct knob_mutual *m, int item, const real *w, real *dw)
{
	struct knob_reading *s = &m->shards[item];
	const struct gan_windows *windows = &s->windows;
	const int lanes = windows->lanes, steps = windows->steps;
	struct random codes = random_stream(m->seed, FOR_CODES, (uint64_t)m->step, (uint64_t)item);
	const double weight = present_weight(m) / m->n;
	int made;

	for (int i = 0; i < lanes * KNOBS; i++)
		s->codes[i] = 2 * random_unit(&codes) - 1;
	memset(s->dw, 0, m->reader.params.size * sizeof(real));
	made = gan_windows_next(&s->windows, w, random_stream(m->seed, FOR_WINDOWS, (uint64_t)m->step, (uint64_t)item));
	if (made < 0)
		return -1;
	if (made == 0)
		return error("a shard has no music");
	recurrent_critic_read(&m->reader, s->x, &windows->made_batch);
	for (int i = 0; i < lanes; i++)
		s->length[i] = windows->made_length[i] > 0 ? windows->made_length[i] : 1;
	recurrent_critic_forward(&m->reader, m->w, &s->frame, s->x, s->length, steps);
	s->error = 2 * knob_mutual_loss(s->dread, s->frame.style, s->codes, windows->made_length, lanes);
	recurrent_critic_backward(&m->reader, m->w, s->dw, &s->frame, s->dx, s->dscore, s->dread, s->x, s->length,
	                          steps);
	if (weight <= 0)
		return 0;
	vec_scale(s->dx, (real)weight, (size_t)steps * (size_t)lanes * (size_t)m->reader.in);
	network_logits(m->g, w, &s->network, &windows->made_batch, &s->windows.before, NULL, (struct random){0, 0});
	choices_gradient(s, m);
	network_backward(m->g, w, dw, &s->network, &windows->made_batch, &s->windows.before, NULL);
	return 0;
}

int knob_mutual_step(struct knob_mutual *m)
{
	const struct params *p = &m->reader.params;
	real *g = m->shards[0].dw;
	double sum = m->shards[0].error;

	for (int i = 1; i < m->n; i++) {
		vec_add(g, m->shards[i].dw, p->size);
		sum += m->shards[i].error;
	}
	vec_scale(g, (real)(1.0 / m->n), p->size);
	m->step++;
	optim_step(&reader_optim, p, m->w, m->moments, g, m->config.learning_rate, (uint64_t)m->step, 0, p->size);
	m->error = KEEP * m->error + (1 - KEEP) * sum / m->n;
	if (!model_numbers_fit(m->w, p->size))
		return error("the reader of knobs diverged at step %ld", m->step);
	return 0;
}
