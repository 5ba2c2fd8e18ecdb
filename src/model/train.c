/*
 * The training loop: steps (train_step.c), held-out figures, early stopping,
 * checkpoints. See train.h.
 */
#include "model/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/conv_train.h"
#include "model/training.h"
#include "model/transfer.h"
#include "model/work.h"

static double nats_per_note(const struct loss_sums *s)
{
	double sum = 0;

	for (int h = 0; h < HEADS; h++)
		sum += s->heads[h];
	return s->notes > 0 ? sum / (double)s->notes : NAN;
}

static int evaluate(struct training *t)
{
	struct training_state *s = &t->state;
	struct loss_sums sums;
	uint64_t begin = clock_now();
	double nats;

	if (score_split(&sums, t->g, t->average, t->corpus, SPLIT_VALID, t->pool) < 0)
		return -1;
	nats = nats_per_note(&sums);
	t->seconds_evaluation = (double)(clock_now() - begin) / 1e9;
	s->held_out_nats = nats;
	s->train_nats = nats_per_note(&s->recent);
	s->recent = (struct loss_sums){0};
	s->without_gain = training_keep_best(t, nats) ? 0 : s->without_gain + 1;
	return 0;
}

/* Of the step just done. */
static double multiply_adds(const struct training *t)
{
	struct work work = {0};

	for (int s = 0; s < t->config.shards; s++) {
		const struct shard *shard = &t->shards[s];

		work.rows += shard->batch.rows;
		work.packed += shard->batch.packed;
		if (t->g->config.memory > 0)
			work.pairs += (double)shard->frame.memory.pairs;
	}
	return 3 * work_forward(t->g, &work);
}

static void report(struct training *t, bool evaluated)
{
	const struct training_state *s = &t->state;
	const long left = s->steps - s->step, in_epoch = s->step % t->steps_per_epoch;
	const double events = (double)t->config.lanes * t->config.chunk;

	t->progress = (struct train_progress){
		.epoch = (int)((s->step + t->steps_per_epoch - 1) / t->steps_per_epoch),
		.step = s->step,
		.steps = s->steps,
		.epoch_share = in_epoch == 0 ? 1 : (double)in_epoch / (double)t->steps_per_epoch,
		.events_per_second = t->seconds_step > 0 ? events / t->seconds_step : 0,
		.multiply_adds = multiply_adds(t),
		.train_nats = !evaluated && s->recent.notes > 0 ? nats_per_note(&s->recent) : s->train_nats,
		.held_out_nats = s->held_out_nats,
		.best_nats = s->best_nats,
		.evaluated = evaluated,
		.seconds = s->seconds,
		.seconds_left =
			(double)left * t->seconds_step + (double)(left / t->evaluate_every) * t->seconds_evaluation,
	};
}

/* The disk may be full for a while: the training is worth more than its checkpoint. */
static int keep(struct training *t)
{
	int status = checkpoint_write(t);

	if (status < 0)
		log_warning("no checkpoint: %s", error_message());
	t->kept = clock_now();
	return status;
}

/* A step, what falls due after it, and how long all that took. */
static int run_step(struct training *t)
{
	const struct train_hooks *hooks = t->hooks;
	struct training_state *s = &t->state;
	uint64_t begin = clock_now();
	double seconds;
	bool due;

	if (training_step(t) < 0)
		return -1;
	seconds = (double)(clock_now() - begin) / 1e9;
	t->seconds_step =
		s->step > TIMED_FROM + 1 && t->seconds_step > 0 ? 0.9 * t->seconds_step + 0.1 * seconds : seconds;
	if (!s->planned && s->step == TIMED_TO && plan_minutes(t) < 0)
		return -1;
	due = s->step % t->evaluate_every == 0 || s->step == s->steps;
	if (due && evaluate(t) < 0)
		return -1;
	s->seconds += (double)(clock_now() - begin) / 1e9;
	report(t, due);
	return due && hooks && hooks->epoch ? hooks->epoch(hooks->context, &t->view, t->progress.epoch) : 0;
}

static int run(struct training *t, bool anew, const char **stopped)
{
	const struct train_hooks *hooks = t->hooks;
	struct training_state *s = &t->state;

	*stopped = "all steps done";
	/* another training's must not be there to be gone on with in this one's place */
	if (t->keep && keep(t) < 0 && anew)
		remove(t->keep->path);
	while (s->step < s->steps) {
		if (t->config.patience > 0 && s->without_gain >= t->config.patience) {
			*stopped = "held-out music stopped improving";
			return 0;
		}
		if (run_step(t) < 0)
			return -1;
		if (hooks && hooks->progress && hooks->progress(hooks->context, &t->progress)) {
			*stopped = "interrupted";
			/* the checkpoint first: an unbroken run does not evaluate here */
			if (t->keep)
				keep(t);
			return s->best_step > 0 ? 0 : evaluate(t);
		}
		if (t->keep && (double)(clock_now() - t->kept) / 1e9 >= t->config.checkpoint)
			keep(t);
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
		.unknown_key = t->config.unknown_key,
		.transpose = t->config.transpose,
		.phrases = t->posteriors != NULL,
		.unled = t->told.unled,
		.knobs = t->told.knobs,
		.untold_share = t->told.untold,
		.knob_noise = t->told.noise,
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
	/* of the seed alone; others have no such latent */
	for (int s = 0; s < t->config.shards; s++)
		t->shards[s].frame.seed.drawn = !t->latent || t->latent->kind == LATENT_STEP;
	return 0;
}

/* Of the z of phrases, a shard each. */
static int init_posteriors(struct training *t)
{
	t->posteriors = mem_new((size_t)t->config.shards, sizeof *t->posteriors);
	for (int s = 0; t->posteriors && s < t->config.shards; s++)
		if (posterior_init(&t->posteriors[s], t->g, t->config.chunk, t->config.lanes / t->config.shards, true) <
		    0)
			return -1;
	return t->posteriors ? 0 : -1;
}

/* Room to leave recurrent weights out, where that is asked for. */
static int init_drops(struct training *t)
{
	if (t->config.weight_dropout <= 0)
		return 0;
	t->drops = mem_new((size_t)t->config.shards, sizeof *t->drops);
	for (int s = 0; t->drops && s < t->config.shards; s++)
		if (weight_drop_init(&t->drops[s], &t->g->params, t->config.weight_dropout) < 0)
			return -1;
	return t->drops ? 0 : -1;
}

static int begin_with(struct training *t, const struct model *base)
{
	struct provenance *p = &t->model->provenance;

	p->base = text_format("%s (corpus %016" PRIx64 ", seed %" PRIu64 ", step %ld)", base->name,
	                      base->provenance.corpus_fingerprint, base->provenance.seed, base->provenance.steps);
	return p->base ? transfer_weights(t->w, t->g, base) : -1;
}

static int allocate_planes(struct training *t)
{
	const struct params *p = &t->g->params;

	t->w = params_plane(p);
	t->average = params_plane(p);
	t->best = params_plane(p);
	if (!t->w || !t->average || !t->best)
		return -1;
	for (int i = 0; i < optim_planes(t->config.optim.kind); i++) {
		t->moments[i] = params_plane(p);
		if (!t->moments[i])
			return -1;
	}
	return 0;
}

static int init_planes(struct training *t, const struct model *base)
{
	const struct params *p = &t->g->params;

	if (allocate_planes(t) < 0)
		return -1;
	params_init(p, t->w, t->seed);
	if (base && begin_with(t, base) < 0)
		return error_prefix("the base model %s", base->name);
	memcpy(t->average, t->w, p->size * sizeof(real));
	return 0;
}

long train_notes(const struct corpus *corpus)
{
	long notes = 0;

	for (size_t i = 0; i < corpus->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];

		if (cp->split != SPLIT_TRAIN && (corpus->rule != SPLIT_BY_TAIL || cp->split == SPLIT_TEST))
			continue;
		notes += (long)corpus_train_notes(cp);
	}
	return notes;
}

static void fill_provenance(struct training *t)
{
	struct provenance *p = &t->model->provenance;
	const struct corpus *c = t->corpus;

	snprintf(p->version, sizeof p->version, "%s", MUSEGEN_VERSION);
	snprintf(p->split, sizeof p->split, "%s", split_rule_name(c->rule));
	p->corpus_fingerprint = c->fingerprint;
	p->seed = t->seed;
	p->steps = t->state.best_step;
	p->steps_planned = t->state.planned ? t->state.steps : t->state.step; /* interrupted before it was known */
	p->train_pieces = (long)t->n_order;
	p->train_notes = train_notes(c);
}

static int finish(struct training *t)
{
	struct model *m = t->model;

	/* The best weights become the model's, rounded as the file will hold them; the figures are theirs. */
	memcpy(m->w, t->best, t->g->params.size * sizeof(real));
	if (model_round(m) < 0)
		return -1;
	fill_provenance(t);
	if (evaluate_model(&m->figures, m, t->corpus, SPLIT_VALID, t->pool) < 0 ||
	    (m->step_latent && evaluate_step_latent(&m->latent, m, t->corpus, SPLIT_VALID, t->pool) < 0))
		return -1;
	m->provenance.held_out_pieces = m->figures.pieces;
	return 0;
}

bool training_keep_best(struct training *t, double objective)
{
	struct training_state *s = &t->state;

	if (s->best_step > 0 && !(objective < s->best_nats) && isfinite(objective))
		return false;
	s->best_nats = objective;
	s->best_step = s->step;
	memcpy(t->best, t->average, t->g->params.size * sizeof(real));
	return true;
}

bool training_due(const struct training *t, int evaluations)
{
	const long every = t->state.steps / evaluations;

	return t->state.step == t->state.steps || every == 0 || t->state.step % every == 0;
}

void training_done(struct training *t)
{
	for (int s = 0; t->shards && s < t->config.shards; s++)
		shard_done(&t->shards[s]);
	for (int s = 0; t->drops && s < t->config.shards; s++)
		weight_drop_done(&t->drops[s]);
	for (int s = 0; t->posteriors && s < t->config.shards; s++)
		posterior_done(&t->posteriors[s]);
	free(t->posteriors);
	free(t->drops);
	free(t->shards);
	free(t->order);
	free(t->w);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(t->moments[i]);
	free(t->average);
	free(t->best);
}

int training_begin(struct training *t, const struct train_job *job)
{
	const struct train_config *tc = job->train;

	*t = (struct training){
		.corpus = job->corpus,
		.config = *tc,
		.pool = job->pool,
		.hooks = job->hooks,
		.keep = job->keep,
		.latent = job->latent,
		.seed = job->seed,
		.rates = {tc->dropout, tc->memory_dropout, tc->stream_dropout, tc->field_dropout},
		.state = {.held_out_nats = NAN, .best_nats = NAN, .train_nats = NAN},
		.began = clock_now(),
	};
	if (tc->lanes % tc->shards != 0)
		return error("train.lanes (%d) must be a multiple of train.shards (%d)", tc->lanes, tc->shards);
	t->model = job->resume ? checkpoint_model(job->resume) : model_new(job->corpus, job->generator);
	if (!t->model)
		return -1;
	t->g = &t->model->generator;
	if (generator_is_conv(t->g))
		return error("a network from noise has no likelihood to be trained by");
	if (t->latent && latent_fits(t->latent, t->g->config.kind) < 0)
		return -1;
	t->model->step_latent = t->latent && t->latent->kind == LATENT_STEP;
	/* What it never sees it is not to be told. */
	if (tc->unknown_key >= 1)
		memset(t->model->vocab->tonics, 0, sizeof t->model->vocab->tonics);
	if (init_planes(t, job->base) < 0 || init_shards(t) < 0 || init_drops(t) < 0)
		return -1;
	t->view = *t->model;
	t->view.w = t->average;
	if (plan_steps(t) < 0)
		return -1;
	return job->resume ? checkpoint_restore(t, job->resume) : 0;
}

int training_begin_stage(struct training *t, struct model *m, const struct stage_job *job,
                         const struct train_config *config, const struct stage_told *told)
{
	*t = (struct training){
		.corpus = job->corpus,
		.config = *config,
		.pool = job->pool,
		.seed = job->seed,
		.rates = {config->dropout, config->memory_dropout, config->stream_dropout, config->field_dropout},
		.model = m,
		.g = &m->generator,
		.told = *told,
		.state = {.steps = job->steps,
	                  .planned = true,
	                  .held_out_nats = NAN,
	                  .best_nats = NAN,
	                  .train_nats = NAN},
	};
	if (config->lanes % config->shards != 0)
		return error("train.lanes (%d) must be a multiple of train.shards (%d)", config->lanes, config->shards);
	if (allocate_planes(t) < 0 || (told->z && init_posteriors(t) < 0) || init_shards(t) < 0 || init_drops(t) < 0)
		return -1;
	for (real *const *to = (real *const[]){t->w, t->average, t->best, NULL}; *to; to++)
		memcpy(*to, m->w, m->generator.params.size * sizeof **to);
	return 0;
}

void training_grows(struct training *t, size_t from)
{
	const struct knob_layer *knobs = &t->g->knobs;

	t->grown = from;
	t->grown_end = t->g->config.knobs > 0 && from < knobs->code ? knobs->code : t->g->params.size;
}

int train_model(struct model **out, const char **stopped, const struct train_job *job)
{
	struct training t;
	int result;

	if (job->resume ? checkpoint_is_from_noise(job->resume) : job->generator->kind == KIND_CONV)
		return conv_train(out, stopped, job);
	result = training_begin(&t, job);
	*out = NULL;
	if (result == 0)
		result = run(&t, !job->resume, stopped);
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

int evaluate_step_latent(struct latent_figures *out, const struct model *m, const struct corpus *corpus,
                         enum split split, struct pool *pool)
{
	struct loss_sums sums;

	if (score_split_drawn(&sums, &m->generator, m->w, corpus, split, pool) < 0)
		return -1;
	*out = (struct latent_figures){
		.without = NAN,
		.mean = m->figures.nats_per_note,
		.other = NAN,
		.drawn = nats_per_note(&sums),
		.kl = sums.notes > 0 ? sums.kl / (double)sums.notes : NAN,
		.pitches = NAN,
		.pitches_without = NAN,
		.style = NAN,
		.chance = NAN,
	};
	return 0;
}
