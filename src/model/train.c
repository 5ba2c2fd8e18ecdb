/*
 * The training loop: shards forward and backward in the pool, gradients
 * summed in shard order, optimiser, running average, held-out figures, early
 * stopping. See train.h.
 */
#include "model/train.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "model/shard.h"
#include "num/vec.h"

/* Evaluations come once an epoch, but no more often than this many steps. */
enum { EVALUATE_STEPS_MIN = 20 };
/* --minutes times these steps, after one that warms caches up. */
enum { TIMED_FROM = 1, TIMED_TO = 5 };
/* Epochs that minutes limit are at least this many steps. */
enum { TIMED_STEPS_MIN = 600 };
/* The reduction of gradients is cut in this many ranges, whatever the pool. */
enum { REDUCE_RANGES = 16 };

struct training {
	const struct corpus *corpus;
	struct train_config config;
	struct dropout_rates rates;
	struct model *model;
	struct generator *g; /* the model's */
	struct pool *pool;
	const struct train_hooks *hooks;
	uint64_t seed;
	struct shard *shards;
	uint32_t *order;
	size_t n_order;
	real *w, *m, *v, *average, *best;
	struct model view; /* the model with the averaged weights, for the epoch hook */
	long step, steps, steps_per_epoch, evaluate_every, best_step;
	double best_nats;
	int without_gain;
	uint64_t began;
	double seconds_step, seconds_evaluation;
	struct train_progress progress;
	struct loss_sums recent; /* since the last evaluation */
};

static double nats_per_note(const struct loss_sums *s)
{
	double sum = 0;

	for (int h = 0; h < HEADS; h++)
		sum += s->heads[h];
	return s->notes > 0 ? sum / (double)s->notes : NAN;
}

static int step_shard(void *context, int item)
{
	struct training *t = context;
	struct shard *s = &t->shards[item];
	struct random random = random_stream(t->seed, (uint64_t)t->step, (uint64_t)item, 0);
	double scale = 1.0 / ((double)t->config.lanes * t->config.chunk);

	memset(s->dw, 0, t->g->params.size * sizeof(real));
	if (!feed_chunk(&s->feed, &s->batch, t->config.chunk))
		return error("a shard has no music");
	network_forward(t->g, t->w, &s->frame, &s->batch, &s->carry, &t->rates, random, scale);
	network_backward(t->g, t->w, s->dw, &s->frame, &s->batch, &s->carry, &t->rates);
	s->sums = (struct loss_sums){0};
	shard_count(s);
	return 0;
}

/* Sum a range of all shards' gradients into the first's, in shard order. */
static int reduce_range(void *context, int item)
{
	struct training *t = context;
	size_t size = t->g->params.size;
	size_t from = size * (size_t)item / REDUCE_RANGES, to = size * ((size_t)item + 1) / REDUCE_RANGES;

	for (int s = 1; s < t->config.shards; s++)
		vec_add(t->shards[0].dw + from, t->shards[s].dw + from, to - from);
	return 0;
}

/*
 * Linear warm-up, then a cosine to a hundredth: of the step alone. The number
 * of steps plays no part in the first ones, which may be timed to find it.
 */
static double learning_rate(const struct training *t)
{
	const struct train_config *c = &t->config;
	double warmup = t->step < TIMED_TO || c->warmup < t->steps / 10 ? c->warmup : (double)t->steps / 10;
	double at = (double)t->step, share;

	if (at < warmup)
		return c->learning_rate * (at + 1) / (warmup + 1);
	share = (at - warmup) / fmax(1, (double)t->steps - warmup);
	return c->learning_rate * (0.01 + 0.99 * 0.5 * (1 + cos(3.14159265358979323846 * fmin(share, 1))));
}

static int training_step(struct training *t)
{
	real *dw = t->shards[0].dw;

	if (pool_run(t->pool, step_shard, t, t->config.shards) < 0 ||
	    pool_run(t->pool, reduce_range, t, REDUCE_RANGES) < 0)
		return -1;
	for (int s = 0; s < t->config.shards; s++)
		loss_sums_add(&t->recent, &t->shards[s].sums);
	if (!isfinite(optim_clip(&t->g->params, dw, t->config.clip)))
		return error("training diverged at step %ld: the gradient is not finite; "
		             "try a smaller train.learning_rate",
		             t->step + 1);
	optim_step(&t->config.optim, &t->g->params, t->w, dw, t->m, t->v, learning_rate(t), (uint64_t)t->step + 1);
	if (!model_weights_fit(&t->g->params, t->w))
		return error("training diverged at step %ld: a weight is larger than a model can hold; "
		             "try a smaller train.learning_rate",
		             t->step + 1);
	optim_average(&t->g->params, t->average, t->w, t->config.average, (uint64_t)t->step + 1);
	t->step++;
	return 0;
}

static int evaluate(struct training *t)
{
	struct loss_sums sums;
	uint64_t begin = clock_now();
	double nats;

	if (score_split(&sums, t->g, t->average, t->corpus, SPLIT_VALID, t->pool) < 0)
		return -1;
	nats = nats_per_note(&sums);
	t->seconds_evaluation = (double)(clock_now() - begin) / 1e9;
	t->progress.held_out_nats = nats;
	t->progress.train_nats = nats_per_note(&t->recent);
	t->recent = (struct loss_sums){0};
	/* A corpus whose held-out part has no note keeps the last weights. */
	if (t->best_step == 0 || nats < t->best_nats || !isfinite(nats)) {
		t->best_nats = nats;
		t->best_step = t->step;
		t->without_gain = 0;
		memcpy(t->best, t->average, t->g->params.size * sizeof(real));
	} else {
		t->without_gain++;
	}
	t->progress.best_nats = t->best_nats;
	return 0;
}

static void report(struct training *t, bool evaluated)
{
	struct train_progress *p = &t->progress;
	long evaluations = (t->steps - t->step) / t->evaluate_every, in_epoch = t->step % t->steps_per_epoch;

	p->epoch = (int)((t->step + t->steps_per_epoch - 1) / t->steps_per_epoch);
	p->epoch_share = in_epoch == 0 ? 1 : (double)in_epoch / (double)t->steps_per_epoch;
	p->step = t->step;
	p->steps = t->steps;
	p->seconds = (double)(clock_now() - t->began) / 1e9;
	p->events_per_second = t->seconds_step > 0 ? (double)t->config.lanes * t->config.chunk / t->seconds_step : 0;
	p->seconds_left = (double)(t->steps - t->step) * t->seconds_step + (double)evaluations * t->seconds_evaluation;
	if (!evaluated && t->recent.notes > 0)
		p->train_nats = nats_per_note(&t->recent);
	p->evaluated = evaluated;
}

/*
 * How many steps fit in the minutes asked for, from the time of the first
 * ones and of an evaluation, which is not kept: a run of as many --steps is
 * the same. Epochs that were asked for too may end it sooner.
 */
static int plan_minutes(struct training *t)
{
	struct loss_sums sums;
	uint64_t begin = clock_now();
	double left, each;
	long more;

	if (score_split(&sums, t->g, t->average, t->corpus, SPLIT_VALID, t->pool) < 0)
		return -1;
	t->seconds_evaluation = (double)(clock_now() - begin) / 1e9;
	left = t->config.minutes * 60 - (double)(clock_now() - t->began) / 1e9;
	each = t->seconds_step + t->seconds_evaluation / (double)t->evaluate_every;
	more = left > 0 ? (long)(left / each) : 0;
	more = t->step + (more > 0 ? more : 1);
	if (more < t->steps)
		t->steps = more;
	return 0;
}

static int run(struct training *t, const char **stopped)
{
	bool timed = t->config.steps == 0 && t->config.minutes > 0;

	t->began = clock_now();
	*stopped = "all steps done";
	while (t->step < t->steps) {
		uint64_t begin = clock_now();
		bool due;
		double seconds;

		if (training_step(t) < 0)
			return -1;
		seconds = (double)(clock_now() - begin) / 1e9;
		t->seconds_step = t->step > TIMED_FROM + 1 ? 0.9 * t->seconds_step + 0.1 * seconds : seconds;
		if (timed && t->step == TIMED_TO && plan_minutes(t) < 0)
			return -1;
		due = t->step % t->evaluate_every == 0 || t->step == t->steps;
		if (due && evaluate(t) < 0)
			return -1;
		report(t, due);
		if (due && t->hooks && t->hooks->epoch &&
		    t->hooks->epoch(t->hooks->context, &t->view, t->progress.epoch) < 0)
			return -1;
		if (t->hooks && t->hooks->progress && t->hooks->progress(t->hooks->context, &t->progress)) {
			*stopped = "interrupted";
			return due || t->best_step > 0 ? 0 : evaluate(t);
		}
		if (t->config.patience > 0 && t->without_gain >= t->config.patience) {
			*stopped = "held-out music stopped improving";
			return 0;
		}
	}
	return 0;
}

static int init_shards(struct training *t)
{
	int lanes = t->config.lanes / t->config.shards;
	struct feed_options options = {
		.seed = t->seed,
		.training = true,
		.split = SPLIT_TRAIN,
		.unknown = t->config.unknown,
		.transpose = t->config.transpose,
		.lanes_in_all = t->config.lanes,
	};

	t->order = feed_pieces(t->corpus, t->g->vocab, SPLIT_TRAIN, &t->n_order);
	t->shards = mem_new((size_t)t->config.shards, sizeof *t->shards);
	if (!t->order || !t->shards)
		return -1;
	if (t->n_order == 0)
		return error("the corpus has no music to train on");
	for (int s = 0; s < t->config.shards; s++)
		if (shard_init(&t->shards[s], t->g, t->corpus, &options, t->order, t->n_order, s * lanes, lanes,
		               t->config.chunk, true) < 0)
			return -1;
	return 0;
}

static void plan_steps(struct training *t)
{
	const struct train_config *c = &t->config;
	size_t rows = 0;

	for (size_t i = 0; i < t->n_order; i++)
		rows += t->corpus->pieces[t->order[i]].piece->n;
	t->steps_per_epoch = (long)(rows / ((size_t)c->lanes * (size_t)c->chunk)) + 1;
	t->evaluate_every = t->steps_per_epoch;
	while (t->evaluate_every < EVALUATE_STEPS_MIN)
		t->evaluate_every += t->steps_per_epoch;
	if (c->steps > 0)
		t->steps = c->steps;
	else if (c->epochs > 0)
		t->steps = c->epochs * t->steps_per_epoch;
	else
		t->steps = LONG_MAX / 2; /* until the first steps are timed */
	/* Epochs of a small corpus are few steps; where there is time they are more. */
	if (c->steps == 0 && c->epochs > 0 && c->minutes > 0 && t->steps < TIMED_STEPS_MIN)
		t->steps = TIMED_STEPS_MIN;
}

static int init_planes(struct training *t)
{
	const struct params *p = &t->g->params;
	int planes = optim_planes(t->config.optim.kind);

	t->w = params_plane(p);
	t->average = params_plane(p);
	t->best = params_plane(p);
	t->m = planes > 0 ? params_plane(p) : NULL;
	t->v = planes > 1 ? params_plane(p) : NULL;
	if (!t->w || !t->average || !t->best || (planes > 0 && !t->m) || (planes > 1 && !t->v))
		return -1;
	params_init(p, t->w, t->seed);
	memcpy(t->average, t->w, p->size * sizeof(real));
	return 0;
}

static int check_config(const struct train_config *c)
{
	if (c->lanes % c->shards != 0)
		return error("train.lanes (%d) must be a multiple of train.shards (%d)", c->lanes, c->shards);
	return 0;
}

static void fill_provenance(struct training *t)
{
	struct provenance *p = &t->model->provenance;
	const struct corpus *c = t->corpus;

	snprintf(p->version, sizeof p->version, "%s", MUSEGEN_VERSION);
	snprintf(p->split, sizeof p->split, "%s", split_rule_name(c->rule));
	p->corpus_fingerprint = c->fingerprint;
	p->seed = t->seed;
	p->steps = t->best_step;
	p->steps_planned = t->steps;
	p->train_pieces = (long)t->n_order;
	for (size_t i = 0; i < t->n_order; i++) {
		const struct corpus_piece *cp = &c->pieces[t->order[i]];

		for (size_t e = 0; e < cp->train_events && e < cp->piece->n; e++)
			p->train_notes += cp->piece->events[e].kind == EVENT_NOTE;
	}
}

static int finish(struct training *t)
{
	struct model *m = t->model;

	/* The best weights become the model's, rounded as the file will hold them; the figures are theirs. */
	memcpy(m->w, t->best, t->g->params.size * sizeof(real));
	if (model_round(m) < 0)
		return -1;
	fill_provenance(t);
	if (evaluate_model(&m->figures, m, t->corpus, SPLIT_VALID, t->pool) < 0)
		return -1;
	m->provenance.held_out_pieces = m->figures.pieces;
	return 0;
}

static void training_done(struct training *t)
{
	for (int s = 0; t->shards && s < t->config.shards; s++)
		shard_done(&t->shards[s]);
	free(t->shards);
	free(t->order);
	free(t->w);
	free(t->m);
	free(t->v);
	free(t->average);
	free(t->best);
}

int train_model(struct model **out, const char **stopped, const struct corpus *corpus,
                const struct generator_config *gc, const struct train_config *tc, uint64_t seed, struct pool *pool,
                const struct train_hooks *hooks)
{
	struct training t = {
		.corpus = corpus,
		.config = *tc,
		.pool = pool,
		.hooks = hooks,
		.seed = seed,
		.rates = {tc->dropout, tc->memory_dropout, tc->stream_dropout, tc->field_dropout},
		.progress = {.held_out_nats = NAN, .best_nats = NAN, .train_nats = NAN},
	};
	int result;

	*out = NULL;
	if (check_config(tc) < 0)
		return -1;
	t.model = model_new(corpus, gc);
	if (!t.model)
		return -1;
	t.g = &t.model->generator;
	result = init_planes(&t);
	if (result == 0)
		result = init_shards(&t);
	if (result == 0) {
		t.view = *t.model;
		t.view.w = t.average;
		plan_steps(&t);
		result = run(&t, stopped);
	}
	if (result == 0)
		result = finish(&t);
	training_done(&t);
	if (result < 0) {
		model_free(t.model);
		return -1;
	}
	*out = t.model;
	return 0;
}

int evaluate_model(struct figures *out, const struct model *m, const struct corpus *corpus, enum split split,
                   struct pool *pool)
{
	struct loss_sums sums;
	uint32_t *order;
	size_t n;

	order = feed_pieces(corpus, m->vocab, split, &n);
	if (!order)
		return -1;
	free(order);
	if (score_split(&sums, &m->generator, m->w, corpus, split, pool) < 0)
		return -1;
	*out = (struct figures){.nats_per_note = nats_per_note(&sums), .notes = sums.notes, .pieces = (long)n};
	for (int h = 0; h < HEADS; h++)
		out->heads[h] = sums.notes > 0 ? sums.heads[h] / (double)sums.notes : NAN;
	return 0;
}
