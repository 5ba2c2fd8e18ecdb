/*
 * The checkpoint of a training from noise: weights and moments of both sides,
 * the generator's running average, and as it was when it was last various;
 * counts, and what the last evaluation found. All that is drawn comes from
 * (seed, step), so that there is no more to a step than its number.
 */
#include <limits.h>
#include <math.h>
#include <string.h>
#include "base/error.h"
#include "model/conv_training.h"

enum { PLANES_MAX = 4 + 2 * OPTIM_PLANES_MAX };

struct plane {
	const char *name;
	real *data;
	const struct params *params;
};

/* The planes a training has; how many. */
static size_t list_planes(struct plane planes[PLANES_MAX], const struct conv_training *t)
{
	const struct conv_gan_side *maker = &t->gan.maker, *judge = &t->gan.judge;
	const struct plane all[PLANES_MAX] = {
		{"weights", maker->w, maker->params},
		{"average", t->gan.average, maker->params},
		{"best", t->kept, maker->params},
		{"moment1", maker->moments[0], maker->params},
		{"moment2", maker->moments[1], maker->params},
		{"moment3", maker->moments[2], maker->params},
		{"critic.weights", judge->w, judge->params},
		{"critic.moment1", judge->moments[0], judge->params},
		{"critic.moment2", judge->moments[1], judge->params},
		{"critic.moment3", judge->moments[2], judge->params},
	};
	size_t n = 0;

	for (size_t i = 0; i < PLANES_MAX; i++)
		if (all[i].data)
			planes[n++] = all[i];
	return n;
}

/* What of it must be the same to go on; the settings of both networks are the model's. */
static struct checkpoint_run run_of(const struct conv_training *t, struct conf_room rooms[2])
{
	rooms[0] = (struct conf_room){"train", train_items, n_train_items, (void *)t->job->train, ""};
	rooms[1] = (struct conf_room){"gan", gan_items, n_gan_items, (void *)t->job->gan, ""};
	return (struct checkpoint_run){
		.stage = CHECKPOINT_NOISE,
		.model = t->model,
		.corpus = t->job->corpus,
		.seed = t->job->seed,
		.rooms = rooms,
		.n_rooms = 2,
		.keep = t->job->keep,
	};
}

static struct training_state state_of(const struct conv_training *t)
{
	return (struct training_state){
		.step = t->gan.step,
		.steps = t->steps,
		.planned = t->planned,
		.best_step = t->kept_step,
		.without_gain = t->collapses,
		.best_nats = NAN,
		.train_nats = NAN,
		.held_out_nats = NAN,
		.seconds = t->seconds,
	};
}

/* What the last evaluation found: whole numbers, then doubles as their bits. */
enum { FOUND_WHOLE = 4, FOUND = FOUND_WHOLE + 3 };

static void found_to_numbers(int64_t out[FOUND], const struct conv_training *t)
{
	const double reals[FOUND - FOUND_WHOLE] = {t->made.distance, t->real_ones.distance, t->accuracy};

	out[0] = t->made.n;
	out[1] = t->made.distinct;
	out[2] = t->real_ones.n;
	out[3] = t->real_ones.distinct;
	memcpy(out + FOUND_WHOLE, reals, sizeof reals);
}

static int found_from_numbers(struct conv_training *t, const int64_t in[FOUND])
{
	double reals[FOUND - FOUND_WHOLE];

	for (int i = 0; i < FOUND_WHOLE; i++)
		if (in[i] < 0 || in[i] > INT_MAX)
			return error("a count in it is out of range");
	memcpy(reals, in + FOUND_WHOLE, sizeof reals);
	t->made = (struct variety){.n = (int)in[0], .distinct = (int)in[1], .distance = reals[0]};
	t->real_ones = (struct variety){.n = (int)in[2], .distinct = (int)in[3], .distance = reals[1]};
	t->accuracy = reals[2];
	return 0;
}

int conv_checkpoint_write(const struct conv_training *t)
{
	const struct training_state state = state_of(t);
	struct checkpoint_outputs o = {.n = 0};
	struct plane planes[PLANES_MAX];
	struct conf_room rooms[2];
	const struct checkpoint_run run = run_of(t, rooms);
	const size_t n = list_planes(planes, t);
	int64_t found[FOUND];

	for (size_t i = 0; i < n; i++)
		checkpoint_put(&o, planes[i].name, CHECKPOINT_REAL, planes[i].data, 1, planes[i].params->size);
	checkpoint_put_state(&o, &state);
	found_to_numbers(found, t);
	checkpoint_put(&o, "found", TENSOR_I64, found, 1, FOUND);
	return checkpoint_save(&o, &run);
}

static int restore_planes(struct conv_training *t, const struct checkpoint *c)
{
	const struct conv_gan *gan = &t->gan;
	struct plane planes[PLANES_MAX];
	const size_t n = list_planes(planes, t);

	for (size_t i = 0; i < n; i++)
		if (checkpoint_reals(planes[i].data, c, planes[i].name, planes[i].params->size) < 0)
			return -1;
	if (!model_weights_fit(gan->maker.params, gan->maker.w) || !model_weights_fit(gan->maker.params, t->kept) ||
	    !model_weights_fit(gan->maker.params, gan->average) || !model_weights_fit(gan->judge.params, gan->judge.w))
		return error("a weight is too large");
	return 0;
}

static int restore(struct conv_training *t, const struct checkpoint *c)
{
	struct conf_room rooms[2];
	const struct checkpoint_run run = run_of(t, rooms);
	const long rounds = gan_critic_steps(t->job->gan);
	struct training_state s;
	int64_t found[FOUND];

	if (checkpoint_check(c, &run) < 0 || restore_planes(t, c) < 0 || checkpoint_state(&s, c) < 0 ||
	    tensorfile_get_raw(c->file, "found", TENSOR_I64, found, FOUND) < 0 || found_from_numbers(t, found) < 0)
		return -1;
	t->gan.step = s.step;
	t->gan.maker.steps = (uint64_t)s.step;
	t->gan.judge.steps = (uint64_t)s.step * (uint64_t)rounds;
	t->steps = s.steps;
	t->planned = s.planned;
	t->kept_step = s.best_step;
	t->collapses = s.without_gain;
	t->seconds = t->seconds_before = s.seconds;
	if (t->made.n > 0)
		conv_training_say(t);
	return 0;
}

int conv_checkpoint_restore(struct conv_training *t, const struct checkpoint *c)
{
	return restore(t, c) < 0 ? error_prefix("%s", c->name) : 0;
}
