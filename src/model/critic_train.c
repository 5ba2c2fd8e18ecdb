/* The stage of the latent's critic. See critic_train.h. */
#include "model/critic_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/latent_train.h"
#include "model/reconstruct.h"
#include "model/style_probe.h"
#include "model/training.h"

enum { EVALUATIONS = 6, PROBE_SEED = 1 };

struct critic_run {
	struct training t;
	struct latent_adversary adversary;
	struct model learned; /* shares all but weights and figures with the model it comes from */
	struct latent_figures before;
	const struct latent_config *config;
	const struct stage_job *job;
	const struct phrase_batch **batches; /* of the shards */
	double accuracy;                     /* of the critic, running */
};

static int measure(struct latent_figures *f, const struct critic_run *r, const struct model *m)
{
	if (latent_measure(f, m, r->job->corpus, PROBE_SEED, r->job->pool) < 0)
		return -1;
	return style_probe(&f->style, &f->chance, m, r->job->corpus, PROBE_SEED);
}

static int begin(struct critic_run *r, struct model *m)
{
	const struct latent_config *c = r->config;
	struct train_config train = *r->job->train;

	r->learned = *m;
	r->learned.w = params_plane(&m->generator.params);
	if (!r->learned.w)
		return -1;
	memcpy(r->learned.w, m->w, m->generator.params.size * sizeof *m->w);
	train.learning_rate = c->learning_rate;
	if (training_begin_stage(&r->t, &r->learned, r->job, &train,
	                         &(struct stage_told){.z = true, .unled = c->without}) < 0)
		return -1;
	training_grows(&r->t, m->generator.latent.input);
	r->t.old = c->old;
	r->t.z_weights = (struct posterior_weights){c->beta, c->free_bits * 0.69314718055994530942};
	r->batches = mem_new((size_t)train.shards, sizeof *r->batches);
	if (!r->batches ||
	    latent_adversary_init(&r->adversary, m->vocab->n_styles, m->generator.config.latent, c->critic_hidden,
	                          train.shards, train.chunk * (train.lanes / train.shards), r->job->seed) < 0)
		return -1;
	for (int s = 0; s < train.shards; s++)
		r->batches[s] = &r->t.shards[s].batch.phrases;
	r->adversary.weight = c->critic;
	r->adversary.learning_rate = c->critic_learning_rate;
	r->t.adversary = &r->adversary;
	r->accuracy = 0.5;
	return 0;
}

static int report(const struct critic_run *r, bool evaluated)
{
	const struct stage_job *job = r->job;
	struct stage_progress p = {
		.stage = "critic", .step = r->t.state.step, .steps = r->t.state.steps, .evaluated = evaluated};

	if (!job->progress)
		return 0;
	snprintf(p.figures, sizeof p.figures, "the critic is right in %.0f %% of phrases", 100 * r->accuracy);
	return job->progress(job->context, &p);
}

/* There is no figure to pick a best step by: two play against each other. The last averaged weights are it. */
static int run(struct critic_run *r)
{
	struct training *t = &r->t;

	while (t->state.step < t->state.steps) {
		if (training_step(t) < 0)
			return -1;
		latent_adversary_step(&r->adversary, t->posteriors, r->batches, (uint64_t)t->state.step);
		r->accuracy += 0.1 * (r->adversary.accuracy - r->accuracy);
		if (report(r, training_due(t, EVALUATIONS)))
			break;
	}
	memcpy(r->learned.w, t->average, t->g->params.size * sizeof(real));
	return 0;
}

/* NULL: nothing speaks against it. */
static const char *why_not(const struct critic_run *r)
{
	const struct latent_figures *f = &r->learned.latent, *before = &r->before;

	if (!(f->style <= before->style))
		return "style is read from z no worse than before";
	if (f->active < 1 || !(f->mean < f->without * (1 - LATENT_GAIN)) || !(f->mean < f->other * (1 - LATENT_GAIN)))
		return "z does not matter any more";
	if (!(f->without <= before->without * (1 + LATENT_LOSS)))
		return "it is worse without z";
	return NULL;
}

static int finish(struct critic_run *r, struct model *m, struct stage_result *out)
{
	struct model *learned = &r->learned;
	const struct latent_figures *f = &learned->latent;
	const char *why;

	if (model_round(learned) < 0 || measure(&learned->latent, r, learned) < 0 ||
	    reconstruct_measure(&learned->latent, learned, r->job->corpus, r->job->pool) < 0 ||
	    evaluate_model(&learned->figures, learned, r->job->corpus, SPLIT_VALID, r->job->pool) < 0)
		return -1;
	why = why_not(r);
	snprintf(out->words, sizeof out->words,
	         "%s%s%sstyle read from z in %.0f %% of phrases (%.0f %% before, the commonest %.0f %%); %.3f nats a "
	         "note "
	         "without z (%.3f before), %.3f with its own (%.3f), %.3f with another's",
	         why ? "not kept, as " : "", why ? why : "", why ? ": " : "", 100 * f->style, 100 * r->before.style,
	         100 * f->chance, f->without, r->before.without, f->mean, r->before.mean, f->other);
	out->kept = !why;
	if (why)
		return 0;
	free(m->w);
	m->w = learned->w;
	m->figures = learned->figures;
	m->latent = learned->latent;
	learned->w = NULL;
	return 0;
}

int critic_train(struct model *m, const struct latent_config *config, const struct stage_job *job,
                 struct stage_result *out)
{
	struct critic_run r = {.config = config, .job = job};
	int result;

	*out = (struct stage_result){.kept = false};
	if (m->generator.config.latent == 0)
		return error("the model has no latent for a critic: the stage latent comes first");
	if (measure(&r.before, &r, m) < 0)
		return -1;
	if (!isfinite(r.before.style)) {
		snprintf(out->words, sizeof out->words, "one style alone: there is none to be read from z");
		return 0;
	}
	result = begin(&r, m);
	if (result == 0)
		result = run(&r);
	if (result == 0)
		result = finish(&r, m, out);
	training_done(&r.t);
	latent_adversary_done(&r.adversary);
	free(r.batches);
	free(r.learned.w);
	return result;
}
