/* The stage `adversarial`: its phases, evaluations, and what becomes of the model. See adversarial.h. */
#include "model/adversarial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/adversary.h"

/* Random numbers of a phase; the two trials have the same, so that only the generator differs. */
enum { PHASE_TRIAL = 1, PHASE_AGAINST = 2 };
/* Evaluations of the generator while both train. */
enum { EVALUATIONS = 5 };
/* Seed of a fresh discriminator's weights. */
enum { FOR_CRITIC = 4001 };

/* How the middle of the stage ended. */
enum ended { ENDED_DONE, ENDED_INTERRUPTED, ENDED_COLLAPSED };

struct course {
	struct adversarial a;
	struct figures before;
	real *kept;        /* the model's weights as they were */
	struct trial seen; /* of the last evaluation */
	double nats;
	int collapses;
	enum ended ended;
};

/* ---- Told to whoever waits --------------------------------------------------- */

/* Nonzero: stop. */
static int tell(const struct adversarial *a, long step, bool evaluated, const char *figures)
{
	struct stage_progress p = {
		.stage = "adversarial", .step = step, .steps = a->job->steps, .evaluated = evaluated};

	snprintf(p.figures, sizeof p.figures, "%s", figures);
	return a->job->progress ? a->job->progress(a->job->context, &p) : 0;
}

/* ---- Beginning and end --------------------------------------------------------- */

static int check(const struct model *m, const struct gan_config *config, const struct stage_job *job)
{
	const struct train_config *tc = job->train;

	if (m->generator.config.kind != KIND_EVENTS)
		return error("adversarial training is of networks of events; this one is of kind %s",
		             generator_kind_name(&m->generator));
	if (tc->lanes % tc->shards != 0)
		return error("train.lanes (%d) must be a multiple of train.shards (%d)", tc->lanes, tc->shards);
	if (config->batch % tc->shards != 0)
		return error("gan.batch (%d) must be a multiple of train.shards (%d)", config->batch, tc->shards);
	if (job->steps < 3)
		return error("adversarial training of %ld steps: 3 are the fewest", job->steps);
	return 0;
}

static int begin(struct course *c, struct model *m, const struct gan_config *config, const struct stage_job *job)
{
	const struct train_config *tc = job->train;
	const struct recurrent_critic_config critic = {
		.width = config->critic_width,
		.layers = config->critic_layers,
		.activation = config->activation,
		.styles = config->classifier > 0 && m->vocab->n_styles > 1 ? m->vocab->n_styles : 0,
		.spectral = config->spectral,
	};
	struct adversarial *a = &c->a;
	const struct params *p = &m->generator.params;

	*c = (struct course){.before = m->figures};
	*a = (struct adversarial){
		.m = m,
		.g = &m->generator,
		.config = config,
		.job = job,
		.shards = tc->shards,
		.trial = config->trial > 0 ? config->trial : (int)(job->steps / 5),
		.rates = {tc->dropout, tc->memory_dropout, tc->stream_dropout, tc->field_dropout},
	};
	/* something is left for what lies between */
	if (a->trial > (job->steps - 1) / 2)
		a->trial = (int)((job->steps - 1) / 2);
	if (recurrent_critic_init(&a->critic, &critic, a->g) < 0)
		return -1;
	a->order = feed_pieces(job->corpus, m->vocab, SPLIT_TRAIN, &a->n_order);
	a->shard = mem_new((size_t)a->shards, sizeof *a->shard);
	a->w = params_plane(p);
	a->average = params_plane(p);
	c->kept = params_plane(p);
	if (!a->order || !a->shard || !a->w || !a->average || !c->kept)
		return -1;
	if (a->n_order == 0)
		return error("the corpus has no music to train on");
	for (int i = 0; i < optim_planes(tc->optim.kind); i++) {
		a->moments[i] = params_plane(p);
		if (!a->moments[i])
			return -1;
	}
	memcpy(c->kept, m->w, p->size * sizeof(real));
	memcpy(a->w, m->w, p->size * sizeof(real));
	memcpy(a->average, m->w, p->size * sizeof(real));
	return 0;
}

static void done(struct course *c)
{
	struct adversarial *a = &c->a;

	recurrent_critic_done(&a->critic);
	free(a->order);
	free(a->shard);
	free(a->w);
	free(a->average);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(a->moments[i]);
	free(c->kept);
}

/* ---- A trial --------------------------------------------------------------------- */

/* A fresh discriminator against w, from step `first` of the stage on. 0; -1; 1: interrupted. */
static int run_trial(struct adversarial *a, struct adversary *d, const real *w, long first)
{
	a->phase = PHASE_TRIAL;
	a->against = d;
	a->made_by = w;
	if (gan_shards_init(a) < 0)
		return -1;
	for (int i = 0; i < a->trial; i++) {
		if (adversary_step(a) < 0)
			return -1;
		if (tell(a, first + i + 1, false, "a fresh discriminator learns"))
			return 1;
	}
	return 0;
}

/* The two trials' accuracies are of the same windows, by generators that differ. */
static double standard_error(const struct trial *a, const struct trial *b)
{
	const double p = a->accuracy, q = b->accuracy;

	return sqrt(p * (1 - p) / (2.0 * (double)a->windows) + q * (1 - q) / (2.0 * (double)b->windows));
}

/* ---- Both against each other ------------------------------------------------------ */

static int evaluate(struct course *c, long step)
{
	struct adversarial *a = &c->a;
	struct loss_sums sums;
	char figures[160];
	double nats = 0;

	if (adversary_try(&c->seen, a, a->average) < 0 ||
	    score_split(&sums, a->g, a->average, a->job->corpus, SPLIT_VALID, a->job->pool) < 0)
		return -1;
	for (int h = 0; h < HEADS; h++)
		nats += sums.heads[h];
	c->nats = sums.notes > 0 ? nats / (double)sums.notes : NAN;
	c->collapses = trial_collapsed(&c->seen) ? c->collapses + 1 : 0;
	snprintf(figures, sizeof figures,
	         "held-out %.4f nats a note, %.1f %% of %ld windows told apart, %ld shapes to %ld real ones", c->nats,
	         100 * c->seen.accuracy, 2 * c->seen.windows, c->seen.made_distinct, c->seen.real_distinct);
	if (a->config->collapse > 0 && c->collapses >= a->config->collapse)
		c->ended = ENDED_COLLAPSED;
	else if (tell(a, step, true, figures))
		c->ended = ENDED_INTERRUPTED;
	return 0;
}

static int run_against(struct course *c)
{
	struct adversarial *a = &c->a;
	const long steps = a->job->steps - 2 * (long)a->trial;
	const long every = steps < EVALUATIONS ? 1 : steps / EVALUATIONS;
	char figures[160];

	a->phase = PHASE_AGAINST;
	a->made_by = a->w;
	for (long i = 1; i <= steps && c->ended == ENDED_DONE; i++) {
		for (int k = 0; k < gan_critic_steps(a->config); k++)
			if (adversary_step(a) < 0)
				return -1;
		a->entropy = a->config->entropy *
		             (1 - (1 - a->config->anneal) * (double)(i - 1) / (double)(steps > 1 ? steps - 1 : 1));
		if (adversarial_step(a) < 0)
			return -1;
		if (i % every == 0 || i == steps) {
			if (evaluate(c, a->trial + i) < 0)
				return -1;
			continue;
		}
		snprintf(figures, sizeof figures, "scores: real %.3g, made %.3g", a->against->mean_real,
		         a->against->mean_made);
		if (tell(a, a->trial + i, false, figures))
			c->ended = ENDED_INTERRUPTED;
	}
	return 0;
}

/* ---- The verdict ------------------------------------------------------------------- */

static int install(struct course *c, const real *w)
{
	struct model *m = c->a.m;

	memcpy(m->w, w, m->generator.params.size * sizeof(real));
	if (w != c->kept)
		return model_round(m);
	m->figures = c->before;
	return 0;
}

/* Is what stands in the model now better than what it was? */
static int judge(struct course *c, const struct trial *before, struct stage_result *out)
{
	struct adversarial *a = &c->a;
	const struct stage_job *job = a->job;
	const char *name = gan_loss_name((enum gan_loss)a->config->loss);
	struct figures was, is;
	struct adversary fresh;
	struct trial after;
	double error_of;
	int status = adversary_init(&fresh, &a->critic, random_stream(job->seed, FOR_CRITIC, 0, 0).key);

	if (status == 0)
		status = run_trial(a, &fresh, a->m->w, job->steps - a->trial);
	if (status == 0)
		status = adversary_try(&after, a, a->m->w);
	gan_shards_done(a);
	adversary_done(&fresh);
	if (status > 0)
		c->ended = ENDED_INTERRUPTED;
	if (status != 0)
		return status < 0 ? -1 : 0;
	if (evaluate_model(&is, a->m, job->corpus, SPLIT_VALID, job->pool) < 0)
		return -1;
	memcpy(a->w, a->m->w, a->g->params.size * sizeof(real));
	memcpy(a->m->w, c->kept, a->g->params.size * sizeof(real));
	status = evaluate_model(&was, a->m, job->corpus, SPLIT_VALID, job->pool);
	memcpy(a->m->w, a->w, a->g->params.size * sizeof(real));
	if (status < 0)
		return -1;
	error_of = standard_error(before, &after);
	out->kept =
		a->config->keep == GAN_KEEP_ALWAYS || (is.nats_per_note <= was.nats_per_note + a->config->tolerance &&
	                                               after.accuracy < before->accuracy - error_of);
	if (out->kept)
		a->m->figures = is;
	snprintf(out->words, sizeof out->words,
	         "%s: a fresh discriminator tells %.1f %% of %ld windows, %.1f %% before (standard error of the "
	         "difference %.1f); held-out %.4f nats a note, %.4f before: %s",
	         name, 100 * after.accuracy, 2 * after.windows, 100 * before->accuracy, 100 * error_of,
	         is.nats_per_note, was.nats_per_note, out->kept ? "kept" : "not kept");
	return 0;
}

static void say_why(struct course *c, struct stage_result *out)
{
	const char *name = gan_loss_name((enum gan_loss)c->a.config->loss);

	if (c->ended == ENDED_COLLAPSED)
		snprintf(out->words, sizeof out->words,
		         "%s: stopped at step %ld, the generator has collapsed: %ld distinct shapes of 4 notes where "
		         "real music "
		         "has %ld, one window %.0f %% of the time: not kept",
		         name, c->a.steps, c->seen.made_distinct, c->seen.real_distinct, 100 * c->seen.made_share);
	else
		snprintf(out->words, sizeof out->words, "%s: interrupted before it was judged: not kept", name);
}

static int run(struct course *c, struct stage_result *out)
{
	struct adversarial *a = &c->a;
	struct adversary first;
	struct trial before;
	char figures[160];
	int status = adversary_init(&first, &a->critic, random_stream(a->job->seed, FOR_CRITIC, 0, 0).key);

	if (status == 0)
		status = run_trial(a, &first, c->kept, 0);
	if (status == 0)
		status = adversary_try(&before, a, c->kept);
	if (status == 0 && before.windows == 0)
		status = error("there is no held-out window of up to %d events; gan.window may be smaller",
		               a->config->window);
	if (status == 0) {
		snprintf(figures, sizeof figures, "%.1f %% of %ld windows told apart before", 100 * before.accuracy,
		         2 * before.windows);
		status = tell(a, a->trial, true, figures) ? 1 : 0;
	}
	if (status == 0)
		status = run_against(c);
	else if (status > 0)
		c->ended = ENDED_INTERRUPTED;
	gan_shards_done(a);
	adversary_done(&first);
	if (status < 0)
		return -1;
	if (c->ended == ENDED_DONE && (install(c, a->average) < 0 || judge(c, &before, out) < 0))
		return -1;
	if (c->ended != ENDED_DONE)
		say_why(c, out);
	return 0;
}

int adversarial_train(struct model *m, const struct gan_config *config, const struct stage_job *job,
                      struct stage_result *out)
{
	struct course *c = mem_new(1, sizeof *c);
	int status = -1;

	*out = (struct stage_result){.kept = false};
	if (!c)
		return -1;
	if (check(m, config, job) < 0) {
		free(c);
		return -1;
	}
	if (begin(c, m, config, job) == 0) {
		status = run(c, out);
		if (!out->kept)
			install(c, c->kept);
	}
	done(c);
	free(c);
	return status;
}
