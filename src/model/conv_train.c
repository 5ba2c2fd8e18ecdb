/* Training of convolutional networks on a corpus. See conv_train.h. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/conv_training.h"
#include "model/feed.h"

/* What random numbers are for. */
enum { FOR_WINDOW = 601, FOR_HELD_OUT, FOR_BOUNDARY };
/* Evaluations come once an epoch, but no more often than this many steps. */
enum { EVALUATE_STEPS_MIN = 50 };
/* Steps that are timed, and by when the number of steps is fixed, where minutes say it. */
enum { TIMED_FROM_STEP = 2, TIMED_TO_STEP = 12 };
/* Evaluations in a row that collapse, before it is believed. */
enum { COLLAPSES_MAX = 3 };

static const struct roll_shape *shape_of(const struct conv_training *t)
{
	return &t->model->generator.conv.shape;
}

/* ---- the corpus's windows ------------------------------------------------------------ */

/* Tick where the held-out events of a piece begin. */
static int tail_tick(const struct piece *p, size_t train_events)
{
	int now = 0;

	for (size_t i = 0; i < p->n && i <= train_events; i++)
		now += p->events[i].shift;
	return now;
}

static int add_piece(struct conv_training *t, const struct corpus_piece *cp, const struct piece *p)
{
	const struct roll_shape *s = shape_of(t);
	const size_t before = t->train.n;
	int status = 0;

	if (!feed_fits(p, t->model->vocab) || cp->split == SPLIT_TEST)
		return 0;
	if (t->job->corpus->rule == SPLIT_BY_TAIL) {
		const int tail = tail_tick(p, cp->train_events);

		status = roll_windows_add(&t->train, p, s, 0, tail);
		if (status == 0)
			status = roll_windows_add(&t->held, p, s, tail, INT_MAX);
	} else {
		status = roll_windows_add(cp->split == SPLIT_TRAIN ? &t->train : &t->held, p, s, 0, INT_MAX);
	}
	t->pieces += t->train.n > before;
	return status;
}

static int gather_windows(struct conv_training *t)
{
	const struct corpus *c = t->job->corpus;
	struct corpus_reader reader = {.bytes = NULL};
	int status = 0;

	for (size_t i = 0; i < c->n && status == 0; i++) {
		const struct piece *p = corpus_read(&reader, c, &c->pieces[i]);

		status = p ? add_piece(t, &c->pieces[i], p) : -1;
	}
	corpus_reader_done(&reader);
	if (status < 0)
		return -1;
	if (t->train.n == 0)
		return error("the corpus has no %d bars of four quarters in a row to learn from", shape_of(t)->bars);
	return 0;
}

/* n of the windows, moved within their ranges by the limit. */
static void draw_windows(const struct conv_training *t, real *x, const struct roll_windows *w, int n,
                         struct random random, int limit)
{
	const struct roll_shape *s = shape_of(t);

	for (int i = 0; i < n; i++) {
		const size_t which = (size_t)(random_unit(&random) * (double)w->n);
		int down, up;

		roll_window_room(&down, &up, w, s, which, limit);
		roll_window_fill(x + (size_t)i * roll_size(s), w, s, which,
		                 down + (int)random_below(&random, (uint32_t)(up - down + 1)));
	}
}

static void real_windows(void *context, real *x, int n, struct random random)
{
	const struct conv_training *t = context;

	draw_windows(t, x, &t->train, n, random, t->job->train->transpose);
}

/* ---- evaluation ---------------------------------------------------------------------- */

static double mean(const real *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i];
	return n > 0 ? sum / n : 0;
}

/* The share that the discriminator tells right of held-out and of made windows; its boundary is of others. x: made windows. */
static double accuracy(struct conv_training *t, const real *x)
{
	const int batch = t->gan.batch, n = batch / t->gan.critic.pack;
	real *real_scores = t->scores, *made_scores = t->scores + n,
	     *others = t->x + (size_t)batch * roll_size(shape_of(t));
	const struct random held = random_stream(t->job->seed, FOR_HELD_OUT, (uint64_t)t->gan.step, 0);
	const struct random learned = random_stream(t->job->seed, FOR_BOUNDARY, (uint64_t)t->gan.step, 0);
	double boundary, high;

	if (t->held.n == 0)
		return NAN;
	draw_windows(t, others, &t->train, batch, learned, 0);
	conv_gan_scores(&t->gan, real_scores, others);
	high = mean(real_scores, n);
	conv_gan_make(&t->gan, others, 1);
	conv_gan_scores(&t->gan, made_scores, others);
	boundary = gan_loss_boundary((enum gan_loss)t->job->gan->loss, high, mean(made_scores, n));
	draw_windows(t, others, &t->held, batch, held, 0);
	conv_gan_scores(&t->gan, real_scores, others);
	conv_gan_scores(&t->gan, made_scores, x);
	return gan_accuracy(real_scores, n, made_scores, n, boundary);
}

void conv_training_say(struct conv_training *t)
{
	char right[32] = "-";

	if (isfinite(t->accuracy))
		snprintf(right, sizeof right, "%.0f %%", 100 * t->accuracy);
	snprintf(t->words, sizeof t->words, "told apart %s  different %d of %d (real %d), %.0f apart (real %.0f)",
	         right, t->made.distinct, t->made.n, t->real_ones.distinct, t->made.distance, t->real_ones.distance);
}

/* Has it collapsed for good? */
static bool watch(struct conv_training *t)
{
	const bool collapsed = variety_collapsed(&t->made, &t->real_ones);

	if (!collapsed) {
		t->collapses = 0;
		memcpy(t->kept, t->gan.average, t->model->generator.params.size * sizeof(real));
		t->kept_step = t->gan.step;
	} else if (t->kept_step > 0 || 2 * t->gan.step >= t->steps) {
		t->collapses++;
	}
	return t->collapses >= COLLAPSES_MAX;
}

/* 1: it has collapsed; 0 or -1 else. */
static int evaluate_gan(struct conv_training *t)
{
	const size_t size = roll_size(shape_of(t));
	const struct roll_windows *w = t->held.n > 0 ? &t->held : &t->train;
	const uint64_t begin = clock_now();

	conv_gan_calibrate(&t->gan);
	draw_windows(t, t->x, w, t->gan.batch, random_stream(t->job->seed, FOR_HELD_OUT, (uint64_t)t->gan.step, 1), 0);
	if (variety_of(&t->real_ones, t->x, t->gan.batch, size) < 0)
		return -1;
	conv_gan_make(&t->gan, t->x, 0);
	if (variety_of(&t->made, t->x, t->gan.batch, size) < 0)
		return -1;
	t->accuracy = accuracy(t, t->x);
	conv_training_say(t);
	t->seconds_evaluation = (double)(clock_now() - begin) / 1e9;
	return watch(t);
}

/* ---- the loop ------------------------------------------------------------------------ */

static void plan(struct conv_training *t)
{
	const struct train_config *c = t->job->train;

	t->steps_per_epoch = (long)(t->train.n / (size_t)t->gan.batch) + 1;
	t->evaluate_every = t->steps_per_epoch;
	while (t->evaluate_every < EVALUATE_STEPS_MIN)
		t->evaluate_every += t->steps_per_epoch;
	t->steps = c->steps > 0 ? c->steps : c->epochs > 0 ? c->epochs * t->steps_per_epoch : LONG_MAX / 2;
	t->planned = c->steps > 0 || c->minutes <= 0;
}

/* By the time of the first steps. */
static void plan_by_minutes(struct conv_training *t)
{
	const double spent = t->seconds_before + (double)(clock_now() - t->began) / 1e9;
	const double left = t->job->train->minutes * 60 - spent;
	const double each = t->seconds_step + 2 * t->seconds_step / (double)t->evaluate_every;
	const long more = left > each ? (long)(left / each) : 1;

	if (t->gan.step + more < t->steps)
		t->steps = t->gan.step + more;
	t->planned = true;
}

static struct train_progress progress_of(const struct conv_training *t, bool evaluated)
{
	const long step = t->gan.step, in_epoch = step % t->steps_per_epoch;

	return (struct train_progress){
		.epoch = (int)((step + t->steps_per_epoch - 1) / t->steps_per_epoch),
		.step = step,
		.steps = t->steps,
		.epoch_share = in_epoch == 0 ? 1 : (double)in_epoch / (double)t->steps_per_epoch,
		.train_nats = NAN,
		.held_out_nats = NAN,
		.best_nats = NAN,
		.evaluated = evaluated,
		.seconds = t->seconds,
		.seconds_left = (double)(t->steps - step) * t->seconds_step +
	                        (double)((t->steps - step) / t->evaluate_every) * t->seconds_evaluation,
		.words = t->words,
	};
}

/* To whoever wants to hear the averaged generator. */
static int hear(struct conv_training *t, int epoch)
{
	struct model view = *t->model;

	view.w = t->gan.average;
	return t->job->hooks->epoch(t->job->hooks->context, &view, epoch);
}

/* A step and what falls due after it. 1: it has collapsed, or (*broken_off) was told to stop; 0 or -1 else. */
static int run_step(struct conv_training *t, bool *broken_off)
{
	const struct train_hooks *hooks = t->job->hooks;
	const uint64_t begin = clock_now();
	struct train_progress progress;
	int status = 0;
	bool due;

	if (conv_gan_step(&t->gan) < 0)
		return -1;
	if (t->gan.step > TIMED_FROM_STEP) {
		const double took = (double)(clock_now() - begin) / 1e9;

		t->seconds_step = t->seconds_step > 0 ? 0.9 * t->seconds_step + 0.1 * took : took;
	}
	if (!t->planned && t->gan.step == TIMED_TO_STEP)
		plan_by_minutes(t);
	due = t->gan.step % t->evaluate_every == 0 || t->gan.step == t->steps;
	if (due)
		status = evaluate_gan(t);
	t->seconds += (double)(clock_now() - begin) / 1e9;
	if (status < 0 || !hooks)
		return status;
	progress = progress_of(t, due);
	if (due && hooks->epoch && hear(t, progress.epoch) < 0)
		return -1;
	*broken_off = hooks->progress && hooks->progress(hooks->context, &progress);
	return status || *broken_off;
}

/* The disk may be full for a while: the training is worth more than its checkpoint. */
static int keep(struct conv_training *t)
{
	const int status = conv_checkpoint_write(t);

	if (status < 0)
		log_warning("no checkpoint: %s", error_message());
	t->checkpointed = clock_now();
	return status;
}

/* As run_step(); and the checkpoint, where it is time. */
static int run_step_kept(struct conv_training *t, bool *broken_off)
{
	const int status = run_step(t, broken_off);
	const double since = (double)(clock_now() - t->checkpointed) / 1e9;

	/* what follows the last step is no part of an unbroken run's */
	if (t->job->keep && status >= 0 && (*broken_off || (status == 0 && since >= t->job->train->checkpoint)))
		keep(t);
	return status;
}

static int run(struct conv_training *t, const char **stopped)
{
	bool broken_off = false;
	int status = 0;

	*stopped = "all steps done";
	/* another training's must not be there to be gone on with in this one's place */
	if (t->job->keep && keep(t) < 0 && !t->job->resume)
		remove(t->job->keep->path);
	while (t->gan.step < t->steps && status == 0)
		status = run_step_kept(t, &broken_off);
	if (status < 0)
		return -1;
	if (broken_off)
		*stopped = "interrupted";
	if (t->collapses == 0 || broken_off) {
		conv_gan_calibrate(&t->gan);
		memcpy(t->kept, t->gan.average, t->model->generator.params.size * sizeof(real));
		t->kept_step = t->gan.step;
		return 0;
	}
	if (t->kept_step == 0)
		return error(
			"mode collapse: by step %ld %d windows made are %d different ones (real ones: %d), %.0f apart "
			"(real: %.0f); try another seed, or a smaller gan.learning_rate",
			t->gan.step, t->made.n, t->made.distinct, t->real_ones.distinct, t->made.distance,
			t->real_ones.distance);
	*stopped = "mode collapse: it makes all but the same whatever the noise; kept as it was before that";
	return 0;
}

/* ---- all of it ----------------------------------------------------------------------- */

static int begin(struct conv_training *t)
{
	const struct train_job *job = t->job;
	const struct conv_gan_job gan = {
		.generator = &t->model->generator.conv,
		.params = &t->model->generator.params,
		.conv = &t->model->generator.config.conv,
		.gan = job->gan,
		.optim = &job->train->optim,
		.average = job->train->average,
		.seed = job->seed,
		.real_windows = real_windows,
		.context = t,
	};
	const size_t batch = (size_t)job->gan->batch;

	t->accuracy = NAN;
	t->began = clock_now();
	if (gather_windows(t) < 0)
		return -1;
	t->begun = true;
	if (conv_gan_init(&t->gan, &gan) < 0)
		return -1;
	t->x = mem_new(2 * batch * roll_size(shape_of(t)), sizeof *t->x);
	t->scores = mem_new(2 * batch, sizeof *t->scores);
	t->kept = params_plane(&t->model->generator.params);
	plan(t);
	snprintf(t->words, sizeof t->words, "%zu windows", t->train.n);
	if (!t->x || !t->scores || !t->kept)
		return -1;
	return job->resume ? conv_checkpoint_restore(t, job->resume) : 0;
}

/* A new one, or that of the checkpoint. */
static int begin_model(struct conv_training *t)
{
	const struct train_job *job = t->job;

	if (!job->gan)
		return error("a network from noise is trained by [gan]");
	t->model = job->resume ? checkpoint_model(job->resume) : model_new(job->corpus, job->generator);
	if (t->model && !generator_is_conv(&t->model->generator))
		return error("%s: its model is not one from noise", job->resume ? job->resume->name : "");
	return t->model ? 0 : -1;
}

/* The generator becomes the model's, rounded as the file will hold it. It has no figures. */
static int finish(struct conv_training *t)
{
	struct model *m = t->model;
	struct provenance *p = &m->provenance;

	memcpy(m->w, t->kept, m->generator.params.size * sizeof(real));
	if (model_round(m) < 0)
		return -1;
	m->figures = (struct figures){.nats_per_note = NAN};
	for (int h = 0; h < HEADS; h++)
		m->figures.heads[h] = NAN;
	snprintf(p->version, sizeof p->version, "%s", MUSEGEN_VERSION);
	snprintf(p->split, sizeof p->split, "%s", split_rule_name(t->job->corpus->rule));
	p->corpus_fingerprint = t->job->corpus->fingerprint;
	p->seed = t->job->seed;
	p->steps = t->kept_step;
	p->steps_planned = t->planned ? t->steps : t->gan.step;
	p->train_pieces = t->pieces;
	p->train_notes = train_notes(t->job->corpus);
	return 0;
}

int conv_train(struct model **out, const char **stopped, const struct train_job *job)
{
	struct conv_training t = {.job = job};
	int status = -1;

	*out = NULL;
	if (begin_model(&t) == 0 && begin(&t) == 0 && run(&t, stopped) == 0)
		status = finish(&t);
	if (t.begun)
		conv_gan_done(&t.gan);
	roll_windows_done(&t.train);
	roll_windows_done(&t.held);
	free(t.x);
	free(t.scores);
	free(t.kept);
	if (status < 0) {
		model_free(t.model);
		return -1;
	}
	*out = t.model;
	return 0;
}
