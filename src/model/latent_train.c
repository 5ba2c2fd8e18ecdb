/* The stage that adds a latent. See latent_train.h. */
#include "model/latent_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/latent_score.h"
#include "model/reconstruct.h"
#include "model/style_probe.h"
#include "model/training.h"

/* Evaluations of a stage. */
enum { EVALUATIONS = 6 };
/* Random numbers of drawn z when held-out music is scored: the same every time. */
enum { SCORE_SEED = 1 };

struct latent_run {
	struct training t;
	struct model grown; /* shares all but generator, weights and figures with the model it comes from */
	const struct latent_config *config;
	const struct stage_job *job;
	double before;            /* nats a note with z = 0, of the model as it came */
	double without, nats, kl; /* at the last evaluation; the last two with z drawn */
};

/* ---- the model with a latent ------------------------------------------------- */

static int grow(struct latent_run *r, const struct model *m)
{
	r->grown = *m;
	r->grown.generator.config.latent = r->config->width;
	r->grown.generator.config.encoder = r->config->encoder;
	return model_grow(&r->grown, m, r->job->seed);
}

/* ---- the loop ---------------------------------------------------------------- */

static int nats_without(double *nats, const struct generator *g, const real *w, const struct stage_job *job)
{
	struct loss_sums sums;

	if (score_split(&sums, g, w, job->corpus, SPLIT_VALID, job->pool) < 0)
		return -1;
	*nats = loss_sums_nats(&sums);
	return 0;
}

/* What the stage minimises, of held-out music; the free bits apart. */
static int evaluate(struct latent_run *r)
{
	struct training *t = &r->t;
	struct latent_score s;
	double objective;

	if (nats_without(&r->without, t->g, t->average, r->job) < 0 ||
	    latent_score(&s, t->g, t->average, r->job->corpus, SPLIT_VALID, Z_DRAWN, SCORE_SEED, r->job->pool) < 0)
		return -1;
	r->nats = s.nats;
	r->kl = s.kl;
	objective = r->config->without * r->without + (1 - r->config->without) * (s.nats + r->config->beta * s.kl);
	training_keep_best(t, objective);
	return 0;
}

static int report(const struct latent_run *r, bool evaluated)
{
	const struct stage_job *job = r->job;
	struct stage_progress p = {
		.stage = "latent", .step = r->t.state.step, .steps = r->t.state.steps, .evaluated = evaluated};

	if (!job->progress)
		return 0;
	if (r->t.state.best_step > 0)
		snprintf(p.figures, sizeof p.figures, "%.3f nats a note without z, %.3f with, KL %.3f", r->without,
		         r->nats, r->kl);
	return job->progress(job->context, &p);
}

static int run(struct latent_run *r)
{
	struct training *t = &r->t;

	t->z_weights.free_nats = latent_free_nats(r->config);
	while (t->state.step < t->state.steps) {
		bool due;

		t->z_weights.beta = latent_beta(r->config, t->state.step);
		if (training_step(t) < 0)
			return -1;
		due = training_due(t, EVALUATIONS);
		if (due && evaluate(r) < 0)
			return -1;
		if (report(r, due))
			break;
	}
	return t->state.best_step > 0 ? 0 : evaluate(r);
}

/* ---- is it worth keeping? ---------------------------------------------------- */

int latent_measure(struct latent_figures *out, const struct model *m, const struct corpus *corpus, uint64_t seed,
                   struct pool *pool)
{
	const struct generator *g = &m->generator;
	struct latent_score mean, other, drawn;
	struct loss_sums sums;

	if (score_split(&sums, g, m->w, corpus, SPLIT_VALID, pool) < 0 ||
	    latent_score(&mean, g, m->w, corpus, SPLIT_VALID, Z_MEAN, seed, pool) < 0 ||
	    latent_score(&other, g, m->w, corpus, SPLIT_VALID, Z_OTHER, seed, pool) < 0 ||
	    latent_score(&drawn, g, m->w, corpus, SPLIT_VALID, Z_DRAWN, seed, pool) < 0)
		return -1;
	out->without = loss_sums_nats(&sums);
	out->mean = mean.nats;
	out->other = other.nats;
	out->drawn = drawn.nats;
	out->kl = drawn.kl;
	out->active = mean.active;
	return 0;
}

/* NULL: nothing speaks against it. */
static const char *why_not(const struct latent_run *r)
{
	const struct latent_figures *f = &r->grown.latent;

	if (!isfinite(f->without) || !isfinite(f->mean))
		return "no music is held out to measure it by";
	if (f->active < 1 || !(f->mean < f->without * (1 - LATENT_GAIN)) || !(f->mean < f->other * (1 - LATENT_GAIN)))
		return "z does not matter (collapsed)";
	if (!(f->without <= r->before * (1 + LATENT_LOSS)))
		return "it is worse without z";
	return NULL;
}

static void say(struct stage_result *out, const struct latent_run *r, const char *why)
{
	const struct latent_figures *f = &r->grown.latent;

	snprintf(
		out->words, sizeof out->words,
		"%s%s%s%.3f nats a note without z (%.3f before), %.3f with its own, %.3f with another's, ELBO %.3f (KL "
		"%.3f); %d of %d units active; %.0f %% of pitches come back from z, %.0f %% without",
		why ? "not kept, as " : "", why ? why : "", why ? ": " : "", f->without, r->before, f->mean, f->other,
		f->drawn + f->kl, f->kl, f->active, r->grown.generator.config.latent, 100 * f->pitches,
		100 * f->pitches_without);
}

static int finish(struct latent_run *r, struct model *m, struct stage_result *out)
{
	struct training *t = &r->t;
	struct model *grown = &r->grown;
	const char *why;

	memcpy(grown->w, t->best, t->g->params.size * sizeof(real));
	if (model_round(grown) < 0 ||
	    evaluate_model(&grown->figures, grown, r->job->corpus, SPLIT_VALID, r->job->pool) < 0 ||
	    latent_measure(&grown->latent, grown, r->job->corpus, SCORE_SEED, r->job->pool) < 0 ||
	    reconstruct_measure(&grown->latent, grown, r->job->corpus, r->job->pool) < 0 ||
	    style_probe(&grown->latent.style, &grown->latent.chance, grown, r->job->corpus, SCORE_SEED) < 0)
		return -1;
	why = why_not(r);
	say(out, r, why);
	out->kept = !why;
	if (why)
		return 0;
	model_take_over(m, grown);
	m->figures = grown->figures;
	m->latent = grown->latent;
	return 0;
}

static int train_phrases(struct latent_run *r, struct model *m, struct stage_result *out)
{
	const struct latent_config *c = r->config;
	struct train_config train = *r->job->train;
	int result;

	if (m->generator.config.kind != KIND_EVENTS)
		return error("a latent of phrases is for networks of events; this one is of the kind \"%s\"",
		             generator_kind_name(&m->generator));
	train.learning_rate = c->learning_rate;
	if (nats_without(&r->before, &m->generator, m->w, r->job) < 0 || grow(r, m) < 0)
		return -1;
	result = training_begin_stage(&r->t, &r->grown, r->job, &train,
	                              &(struct stage_told){.z = true, .unled = c->without});
	training_grows(&r->t, r->grown.generator.latent.input);
	r->t.old = c->old;
	if (result == 0)
		result = run(r);
	if (result == 0)
		result = finish(r, m, out);
	training_done(&r->t);
	return result;
}

int latent_train(struct model *m, const struct latent_config *config, const struct stage_job *job,
                 struct stage_result *out)
{
	struct latent_run r = {.config = config, .job = job};
	int result;

	*out = (struct stage_result){.kept = false};
	if (config->kind == LATENT_NONE) {
		snprintf(out->words, sizeof out->words, "no latent is asked for (latent.kind = none)");
		return 0;
	}
	result = train_phrases(&r, m, out);
	/* what the model has not taken over */
	free(r.grown.w);
	generator_done(&r.grown.generator);
	return result;
}
