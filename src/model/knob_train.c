/* The stage that adds knobs. See knob_train.h. */
#include "model/knob_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "model/knob_effect.h"
#include "model/training.h"

/* Evaluations of a stage. */
enum { EVALUATIONS = 6 };

struct knob_run {
	struct training t;
	struct model grown; /* shares all but generator, weights, scale and figures with the model it comes from */
	const struct knob_config *config;
	const struct stage_job *job;
	struct knob_mutual mutual; /* where it has a weight */
	double told;               /* nats a note of held-out music at the last evaluation */
};

static int grow(struct knob_run *r, const struct model *m)
{
	r->grown = *m;
	r->grown.w = NULL;
	r->grown.generator.config.knobs = r->config->width;
	if (model_grow(&r->grown, m, r->job->seed) < 0)
		return -1;
	return knob_scale_measure(&r->grown.knob_scale, r->job->corpus, m->vocab);
}

static int begin_mutual(struct knob_run *r)
{
	const struct knob_config *c = r->config;
	const struct knob_mutual_config mutual = {
		.weight = c->mutual,
		.learning_rate = c->mutual_learning_rate,
		.temperature = 1,
		.window = c->mutual_window,
		.batch = c->mutual_batch,
		.width = c->mutual_width,
	};
	struct training *t = &r->t;

	t->mutual = &r->mutual;
	return knob_mutual_init(&r->mutual, &mutual, t->g, r->job, t->order, t->n_order, t->config.shards,
	                        t->state.steps);
}

/* ---- the loop ---------------------------------------------------------------- */

/* What the stage minimises, of held-out music; what the reader is wrong by, of made music. */
static int evaluate(struct knob_run *r)
{
	struct training *t = &r->t;
	double objective;

	if (knob_nats(&r->told, t->g, t->average, &r->grown.knob_scale, r->job->corpus, 0, r->job->pool) < 0)
		return -1;
	objective = r->told + (t->mutual ? r->config->mutual * r->mutual.error / 2 : 0);
	training_keep_best(t, objective);
	return 0;
}

static int report(const struct knob_run *r, bool evaluated)
{
	const struct stage_job *job = r->job;
	struct stage_progress p = {
		.stage = "knobs", .step = r->t.state.step, .steps = r->t.state.steps, .evaluated = evaluated};

	if (!job->progress)
		return 0;
	if (r->t.state.best_step > 0)
		snprintf(p.figures, sizeof p.figures, "%.3f nats a note with knobs told", r->told);
	if (r->t.state.best_step > 0 && r->t.mutual)
		snprintf(p.figures, sizeof p.figures,
		         "%.3f nats a note with knobs told; read back with an error of %.3f", r->told, r->mutual.error);
	return job->progress(job->context, &p);
}

static int run(struct knob_run *r)
{
	struct training *t = &r->t;

	while (t->state.step < t->state.steps) {
		bool due;

		if (training_step(t) < 0 || (t->mutual && knob_mutual_step(t->mutual) < 0))
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

static int measure(struct knob_run *r)
{
	struct model *m = &r->grown;
	struct knob_figures *f = &m->knobs;
	const struct stage_job *job = r->job;
	const unsigned all = (1u << KNOBS) - 1;

	if (model_round(m) < 0 || evaluate_model(&m->figures, m, job->corpus, SPLIT_VALID, job->pool) < 0 ||
	    knob_nats(&f->nats, &m->generator, m->w, &m->knob_scale, job->corpus, 0, job->pool) < 0)
		return -1;
	for (unsigned k = 0; k < KNOBS; k++)
		if (knob_nats(&f->nats_alone[k], &m->generator, m->w, &m->knob_scale, job->corpus, all & ~(1u << k),
		              job->pool) < 0)
			return -1;
	if (knob_effect(f, m, r->config->pieces, job->pool) < 0)
		return -1;
	for (int k = 0; k < KNOBS; k++)
		if (!knob_moves(f, (enum knob)k))
			m->knob_scale.spread[k] = 0;
	return 0;
}

/* NULL: nothing speaks against it. */
static const char *why_not(const struct knob_run *r)
{
	const struct model *m = &r->grown;
	bool any = false;

	for (int k = 0; k < KNOBS; k++)
		any = any || m->knob_scale.spread[k] > 0;
	if (!isfinite(m->knobs.nats))
		return "no music is held out to measure it by";
	if (!(m->knobs.nats <= m->figures.nats_per_note * (1 + KNOB_LOSS)))
		return "music costs more with its knobs told";
	return any ? NULL : "no knob moves the music";
}

static void say(struct stage_result *out, const struct knob_run *r, const char *why)
{
	const struct knob_figures *f = &r->grown.knobs;
	size_t n;

	snprintf(out->words, sizeof out->words, "%s%s%s%.3f nats a note untold, %.3f told", why ? "not kept, as " : "",
	         why ? why : "", why ? ": " : "", r->grown.figures.nats_per_note, f->nats);
	for (int k = 0; k < KNOBS; k++) {
		n = strlen(out->words);
		snprintf(out->words + n, sizeof out->words - n, "; %s %.2f, %.2f, %.2f%s", knob_names[k],
		         f->turned[k][0][k], f->untold[k], f->turned[k][1][k],
		         r->grown.knob_scale.spread[k] > 0 ? "" : " (taken out)");
	}
}

static int finish(struct knob_run *r, struct model *m, struct stage_result *out)
{
	struct model *grown = &r->grown;
	const size_t from = grown->generator.knobs.code;
	const char *why;

	/* of the others the average has lost the signs of zeros */
	memcpy(grown->w + from, r->t.best + from, (grown->generator.params.size - from) * sizeof(real));
	if (measure(r) < 0)
		return -1;
	why = why_not(r);
	say(out, r, why);
	out->kept = !why;
	if (why)
		return 0;
	model_take_over(m, grown);
	m->figures = grown->figures;
	m->knob_scale = grown->knob_scale;
	m->knobs = grown->knobs;
	return 0;
}

int knob_train(struct model *m, const struct knob_config *config, const struct stage_job *job, struct stage_result *out)
{
	struct knob_run r = {.config = config, .job = job};
	struct stage_job own = *job;
	struct train_config train = *job->train;
	int result;

	*out = (struct stage_result){.kept = false};
	if (m->generator.config.kind != KIND_EVENTS)
		return error("knobs are for networks of events; this one is of the kind \"%s\"",
		             generator_kind_name(&m->generator));
	train.learning_rate = config->learning_rate;
	own.steps = config->steps > 0 ? config->steps : job->steps;
	result = grow(&r, m);
	if (result == 0)
		result = training_begin_stage(&r.t, &r.grown, &own, &train,
		                              &(struct stage_told){.knobs = &r.grown.knob_scale,
		                                                   .untold = config->untold,
		                                                   .noise = config->noise});
	if (result == 0 && config->mutual > 0)
		result = begin_mutual(&r);
	if (result == 0) {
		training_grows(&r.t, r.grown.generator.knobs.code);
		result = run(&r);
	}
	if (result == 0)
		result = finish(&r, m, out);
	training_done(&r.t);
	knob_mutual_done(&r.mutual);
	/* what the model has not taken over */
	free(r.grown.w);
	generator_done(&r.grown.generator);
	return result;
}
