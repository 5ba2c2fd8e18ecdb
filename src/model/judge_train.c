/* Training a judge. See judge_train.h. */
#include "model/judge_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/companion.h"
#include "model/judge_data.h"
#include "model/judge_scores.h"
#include "num/optim.h"
#include "num/vec.h"

/* Workers of a step, whatever the pool; evaluations of a training. */
enum { SHARDS = 4, EVALUATIONS = 12 };
/* What random numbers are for. */
enum { FOR_WINDOWS = 721, FOR_DROPOUT, FOR_WEIGHTS };

#define CLIP    1.0
#define AVERAGE 0.99

struct judge_shard {
	struct judge_frame frame;
	struct judge_window *windows; /* (n) */
	real *labels, *bar_labels;
	real *dw;
	double loss;
	int from, n; /* its windows of a step's */
};

struct judge_training {
	const struct judge_config *config;
	const struct stage_job *job;
	struct judge_net net;
	struct judge_set sets[JUDGE_USES];
	struct judge_shard shards[SHARDS];
	struct optim_options optim;
	real *w, *average, *best, *moments[OPTIM_PLANES_MAX];
	long step, best_step;
	double recent, held_out, best_loss; /* losses */
	struct stage_progress progress;
};

/* ---- a step ------------------------------------------------------------------ */

/* Every other window is real; of the others the kind is drawn by its share. */
static int draw_kind(const struct judge_set *set, int number, struct random *random)
{
	double at = random_unit(random);
	int kind = JUDGE_REAL;

	if (number % 2 == 0)
		return kind;
	for (int k = 0; k < JUDGE_KINDS; k++) {
		if (set->n_places[k] == 0 || k == JUDGE_REAL)
			continue;
		kind = k;
		at -= judge_kind_share(k);
		if (at < 0)
			break;
	}
	return kind;
}

static void draw_windows(struct judge_training *t, struct judge_shard *s)
{
	const struct judge_set *set = &t->sets[JUDGE_TRAIN];
	real *bars = s->bar_labels;

	for (int i = 0; i < s->n; i++) {
		struct random random =
			random_stream(t->job->seed, (uint64_t)t->step, (uint64_t)(s->from + i), FOR_WINDOWS);
		const int kind = draw_kind(set, s->from + i, &random);
		const uint32_t at = random_below(&random, (uint32_t)set->n_places[kind]);

		s->windows[i] = judge_set_window(set, &t->net, set->places[kind][at], bars);
		s->labels[i] = kind == JUDGE_REAL ? 1 : 0;
		bars += s->windows[i].bars;
	}
}

static int step_shard(void *context, int item)
{
	struct judge_training *t = context;
	struct judge_shard *s = &t->shards[item];
	const struct random random = random_stream(t->job->seed, (uint64_t)t->step, (uint64_t)item, FOR_DROPOUT);

	memset(s->dw, 0, t->net.params.size * sizeof *s->dw);
	s->loss = 0;
	if (s->n == 0)
		return 0;
	draw_windows(t, s);
	if (judge_frame_fit(&s->frame, &t->net, s->windows, s->n, true) < 0)
		return -1;
	judge_forward(&t->net, t->w, &s->frame, s->windows, s->n, t->config->dropout, random);
	s->loss = judge_loss(&s->frame, s->labels, s->bar_labels, t->config->bar_weight, 1.0 / t->config->windows);
	judge_backward(&t->net, t->w, s->dw, &s->frame, t->config->dropout);
	return 0;
}

/* Linear warm-up over a tenth, then a cosine to a hundredth. */
static double learning_rate(const struct judge_training *t)
{
	const double warm = (double)t->job->steps / 10, at = (double)t->step;
	const double share =
		at < warm ? (at + 1) / (warm + 1)
			  : 0.01 + 0.99 * 0.5 * (1 + cos(M_PI * (at - warm) / ((double)t->job->steps - warm)));

	return t->config->learning_rate * share;
}

static int take_step(struct judge_training *t)
{
	const size_t size = t->net.params.size;
	real *dw = t->shards[0].dw;
	double loss = 0, norm;

	if (pool_run(t->job->pool, step_shard, t, SHARDS) < 0)
		return -1;
	for (int i = 0; i < SHARDS; i++) {
		if (i > 0)
			vec_add(dw, t->shards[i].dw, size);
		loss += t->shards[i].loss;
	}
	norm = sqrt(vec_norm2(dw, size));
	if (!isfinite(norm))
		return error("training the judge diverged at step %ld: try a smaller judge.learning_rate", t->step + 1);
	vec_scale(dw, optim_clip(norm, CLIP), size);
	optim_step(&t->optim, &t->net.params, t->w, t->moments, dw, learning_rate(t), (uint64_t)t->step + 1, 0, size);
	optim_average(t->average, t->w, size, AVERAGE, (uint64_t)t->step + 1);
	t->step++;
	t->recent = t->step == 1 ? loss : 0.95 * t->recent + 0.05 * loss;
	return 0;
}

/* ---- evaluations --------------------------------------------------------------- */

static int evaluate_now(struct judge_training *t)
{
	struct judge_scores scores;
	int result = judge_scores_make(&scores, &t->sets[JUDGE_CALIBRATE], &t->net, t->average, t->job->pool);

	if (result == 0) {
		t->held_out = judge_scores_loss(&scores);
		if (t->best_step == 0 || t->held_out < t->best_loss) {
			t->best_loss = t->held_out;
			t->best_step = t->step;
			memcpy(t->best, t->average, t->net.params.size * sizeof *t->best);
		}
	}
	judge_scores_done(&scores);
	return result;
}

/* Nonzero: stop. */
static int tell(struct judge_training *t, bool evaluated)
{
	struct stage_progress *p = &t->progress;

	p->stage = "discriminator";
	p->step = t->step;
	p->steps = t->job->steps;
	p->evaluated = evaluated;
	if (t->best_step > 0)
		snprintf(p->figures, sizeof p->figures,
		         "loss %.3f, of held-out windows %.3f nats, best %.3f at step %ld", t->recent, t->held_out,
		         t->best_loss, t->best_step);
	else if (t->step > 0)
		snprintf(p->figures, sizeof p->figures, "loss %.3f", t->recent);
	return t->job->progress ? t->job->progress(t->job->context, p) : 0;
}

static int on_piece(void *context, long done, long total)
{
	struct judge_training *t = context;

	snprintf(t->progress.figures, sizeof t->progress.figures, "making pieces: %ld of %ld", done, total);
	return tell(t, false);
}

/* All steps, or until it is stopped. 0 or -1. */
static int take_steps(struct judge_training *t)
{
	const long every = t->job->steps > EVALUATIONS ? t->job->steps / EVALUATIONS : 1;
	bool stopped = false;

	while (t->step < t->job->steps && !stopped) {
		bool evaluates;

		if (take_step(t) < 0)
			return -1;
		evaluates = t->step % every == 0 || t->step == t->job->steps;
		if (evaluates && evaluate_now(t) < 0)
			return -1;
		stopped = tell(t, evaluates) != 0;
	}
	return 0;
}

/* ---- the beginning and the end --------------------------------------------------- */

static int allocate(struct judge_training *t)
{
	const struct params *p = &t->net.params;
	const int planes = optim_planes(t->optim.kind);

	t->w = params_plane(p);
	t->average = params_plane(p);
	t->best = params_plane(p);
	if (!t->w || !t->average || !t->best)
		return -1;
	for (int i = 0; i < planes; i++) {
		t->moments[i] = params_plane(p);
		if (!t->moments[i])
			return -1;
	}
	for (int i = 0; i < SHARDS; i++) {
		struct judge_shard *s = &t->shards[i];

		s->from = t->config->windows * i / SHARDS;
		s->n = t->config->windows * (i + 1) / SHARDS - s->from;
		s->windows = mem_new((size_t)s->n, sizeof *s->windows);
		s->labels = mem_new((size_t)s->n, sizeof *s->labels);
		s->bar_labels = mem_new((size_t)s->n * (size_t)t->net.shape.bars, sizeof *s->bar_labels);
		s->dw = params_plane(p);
		if (!s->windows || !s->labels || !s->bar_labels || !s->dw)
			return -1;
	}
	return 0;
}

static void training_done(struct judge_training *t)
{
	for (int i = 0; i < SHARDS; i++) {
		judge_frame_done(&t->shards[i].frame);
		free(t->shards[i].windows);
		free(t->shards[i].labels);
		free(t->shards[i].bar_labels);
		free(t->shards[i].dw);
	}
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(t->moments[i]);
	free(t->w);
	free(t->average);
	free(t->best);
	judge_data_done(t->sets);
	judge_net_done(&t->net);
}

static int train(struct judge_training *t, const struct model *m)
{
	int result = judge_data_make(t->sets, m, &t->net, t->config, t->job, on_piece, t);

	if (result != 0)
		return result < 0 ? -1 : 0;
	t->progress.figures[0] = '\0';
	if (allocate(t) < 0)
		return -1;
	params_init(&t->net.params, t->w, random_mix(t->job->seed + FOR_WEIGHTS));
	memcpy(t->average, t->w, t->net.params.size * sizeof *t->w);
	return take_steps(t);
}

/* Calibration and figures of the best weights, as a file will hold them. */
static int measure(struct judge_training *t, struct judge_about *about)
{
	struct judge_scores scores;
	int result;

	if (!model_weights_fit(&t->net.params, t->best))
		return error("a weight of the judge is too large for the model file");
	numbers_round(t->best, t->net.params.size);
	result = judge_scores_make(&scores, &t->sets[JUDGE_CALIBRATE], &t->net, t->best, t->job->pool);
	if (result == 0)
		result = judge_scores_calibrate(&about->window, &about->bar, &scores);
	judge_scores_done(&scores);
	if (result < 0)
		return -1;
	result = judge_scores_make(&scores, &t->sets[JUDGE_MEASURE], &t->net, t->best, t->job->pool);
	if (result == 0)
		result = judge_scores_figures(&about->figures, &scores, &t->sets[JUDGE_MEASURE], &about->window);
	judge_scores_done(&scores);
	about->shape = t->net.shape;
	about->steps = t->step;
	about->best_step = t->best_step;
	about->seed = t->job->seed;
	about->train_pieces = t->sets[JUDGE_TRAIN].real;
	about->train_samples = t->sets[JUDGE_TRAIN].samples;
	about->held_out_pieces = t->sets[JUDGE_CALIBRATE].real + t->sets[JUDGE_MEASURE].real;
	return result;
}

/* Hands the weights and the layout over to the model. */
static int keep(struct judge_training *t, struct model *m, const struct judge_about *about)
{
	struct companion c = {.name = JUDGE_NAME, .about = judge_about_write(about)};

	if (!c.about)
		return -1;
	c.params = t->net.params;
	c.w = t->best;
	t->net.params = (struct params){0};
	t->best = NULL;
	return model_set_companion(m, &c);
}

static void put_words(struct stage_result *out, const struct judge_about *about)
{
	const struct judge_figures *f = &about->figures;

	snprintf(out->words, sizeof out->words,
	         "tells %.1f %% of held-out windows right (real %.1f %%, its own at temperature 1 %.1f %%, bars "
	         "shuffled "
	         "%.1f %%); calibration error %.1f %%%s",
	         100 * f->accuracy, 100 * f->kinds[JUDGE_REAL].accuracy, 100 * f->kinds[JUDGE_OWN].accuracy,
	         100 * f->kinds[JUDGE_SHUFFLED].accuracy, 100 * f->calibration_error,
	         out->kept ? "" : "; not kept, as that is hardly better than guessing");
}

int judge_train_measured(struct model *m, const struct judge_config *config, const struct stage_job *job,
                         struct stage_result *out, struct judge_about *about)
{
	const struct judge_shape shape = {config->hidden, config->dense, config->bars};
	struct judge_training *t = mem_new(1, sizeof *t);
	int result = -1;

	*out = (struct stage_result){.kept = false};
	*about = (struct judge_about){.steps = 0};
	if (!t)
		return -1;
	t->config = config;
	t->job = job;
	t->optim = (struct optim_options){.kind = OPTIM_ADAMW,
	                                  .beta1 = 0.9,
	                                  .beta2 = 0.99,
	                                  .epsilon = 1e-8,
	                                  .weight_decay = config->weight_decay};
	if (judge_net_init(&t->net, &shape, m->vocab) == 0)
		result = train(t, m);
	if (result == 0 && t->best_step > 0)
		result = measure(t, about);
	if (result == 0 && t->best_step > 0) {
		out->kept = about->figures.accuracy > JUDGE_LEAST;
		put_words(out, about);
		if (out->kept)
			result = keep(t, m, about);
	} else if (result == 0) {
		snprintf(out->words, sizeof out->words, "stopped before there was one");
	}
	training_done(t);
	free(t);
	return result;
}

int judge_train(struct model *m, const struct judge_config *config, const struct stage_job *job,
                struct stage_result *out)
{
	struct judge_about about;

	return judge_train_measured(m, config, job, out, &about);
}
