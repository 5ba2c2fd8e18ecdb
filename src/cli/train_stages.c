/* Stages after likelihood. See train_stages.h. */
#include "cli/train_stages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/judge_report.h"
#include "model/adversarial.h"
#include "model/critic_train.h"
#include "model/judge_train.h"
#include "model/knob_train.h"
#include "model/latent_train.h"

struct running {
	const struct train_stages *t;
	bool stopped;
};

static int on_progress(void *context, const struct stage_progress *p)
{
	struct running *r = context;

	train_screen_stage(r->t->screen, p);
	r->stopped = r->t->stop && r->t->stop();
	return r->stopped;
}

/* The judge, and on stdout how good it is. */
static int train_judge(struct model *m, const struct settings *settings, const struct stage_job *job,
                       struct stage_result *result)
{
	const struct running *r = job->context;
	struct stage_job own = *job;
	struct judge_about about;

	if (settings->judge.steps > 0)
		own.steps = settings->judge.steps;
	if (judge_train_measured(m, &settings->judge, &own, result, &about) < 0)
		return -1;
	train_screen_clear(r->t->screen, true);
	if (about.steps > 0)
		judge_report(&about.figures);
	return 0;
}

/* What each stage is. */
static int run_stage(struct model *m, enum stage s, const struct stage_job *job, const struct settings *settings,
                     struct stage_result *result)
{
	switch (s) {
	case STAGE_LATENT:
		return latent_train(m, &settings->latent, job, result);
	case STAGE_CRITIC:
		return critic_train(m, &settings->latent, job, result);
	case STAGE_KNOBS:
		return knob_train(m, &settings->knobs, job, result);
	case STAGE_DISCRIMINATOR:
		return train_judge(m, settings, job, result);
	case STAGE_ADVERSARIAL:
		return adversarial_train(m, &settings->gan, job, result);
	default:
		BUG("stage %d", (int)s);
	}
}

void train_stages_announce(unsigned set)
{
	bool first = true;

	if (set == 1u << STAGE_LIKELIHOOD)
		return;
	fputs("stages: ", stdout);
	for (int s = 0; s < STAGES; s++) {
		if (!(set >> s & 1))
			continue;
		printf("%s%s %.0f %%", first ? "" : ", ", stage_names[s], 100 * stage_share(set, (enum stage)s));
		first = false;
	}
	puts(" of the time");
}

static int keep_words(struct model *m, enum stage s, const struct stage_result *result)
{
	char **words = &m->provenance.stages[s];

	free(*words);
	*words = text_clean(result->words, strlen(result->words));
	return *words ? 0 : -1;
}

int train_stages(struct model *m, bool *stopped, const struct train_stages *t)
{
	struct running running = {.t = t};
	char *failure = NULL;
	int status;

	for (int s = STAGE_LIKELIHOOD + 1; s < STAGES && !running.stopped && !failure; s++) {
		const struct stage_job job = {
			.corpus = t->corpus,
			.train = &t->settings->train,
			.seed = t->seed,
			.pool = t->pool,
			.steps = stage_steps(t->set, (enum stage)s, t->steps),
			.progress = on_progress,
			.context = &running,
		};
		struct stage_result result = {0};

		if (!(t->set >> s & 1))
			continue;
		/* one that was not kept is no failure of this command's */
		if (s == STAGE_CRITIC && t->set >> STAGE_LATENT & 1 && m->generator.config.latent == 0) {
			printf("%s: left out, as the model has no latent\n", stage_names[s]);
			continue;
		}
		if (run_stage(m, (enum stage)s, &job, t->settings, &result) < 0) {
			train_screen_clear(t->screen, false);
			failure = text_format("stage %s: %s", stage_names[s], error_message());
			if (!failure)
				return -1;
			continue;
		}
		train_screen_clear(t->screen, true);
		printf("%s: %s\n", stage_names[s], result.words);
		if (result.kept && keep_words(m, (enum stage)s, &result) < 0)
			return -1;
	}
	*stopped = running.stopped;
	status = evaluate_model(&m->figures, m, t->corpus, SPLIT_VALID, t->pool);
	if (failure && status == 0)
		status = error("%s", failure);
	free(failure);
	return status;
}

struct there {
	unsigned set;
	long steps;
	uint64_t seed;
	int (*stop)(void);
};

static int run_there(void *context, const struct train_there_room *room)
{
	const struct there *there = context;
	const struct train_stages t = {
		.set = there->set,
		.steps = there->steps > 0 ? there->steps : room->model->provenance.steps_planned,
		.corpus = room->corpus,
		.settings = room->settings,
		.seed = there->seed,
		.pool = room->pool,
		.screen = room->screen,
		.stop = there->stop,
	};
	bool stopped = false;
	char *failure;
	int status;

	if (room->model->generator.config.kind != KIND_EVENTS)
		return error("%s is of the kind \"%s\": only networks of events have stages after likelihood",
		             room->path, generator_kind_name(&room->model->generator));
	status = train_stages(room->model, &stopped, &t);
	if (stopped)
		return error("interrupted: %s is as it was", room->path);
	if (status < 0) {
		/* what the stages before it made is kept, and its message the last */
		failure = mem_string(error_message());
		if (model_save(room->model, room->path) == 0 && failure)
			error("%s", failure);
		free(failure);
		return -1;
	}
	return model_save(room->model, room->path);
}

int train_stages_run(const struct train_there *there, unsigned set, long steps, uint64_t seed, int (*stop)(void))
{
	struct there t = {set, steps, seed, stop};

	train_stages_announce(set);
	return train_there(there, run_there, &t);
}
