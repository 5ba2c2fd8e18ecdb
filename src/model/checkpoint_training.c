/*
 * A likelihood training's checkpoint: its planes (weights, moments, running
 * average, best weights), and `lane.*` and `carry.*`, what lanes carry.
 */
#include "base/error.h"
#include "model/training.h"

/* ---- the parts of a training --------------------------------------------- */

enum { PLANES_MAX = 3 + OPTIM_PLANES_MAX };

struct plane {
	const char *name;
	real *data;
};

/* The planes a training has; how many. */
static size_t list_planes(struct plane planes[PLANES_MAX], const struct training *t)
{
	const struct plane all[PLANES_MAX] = {
		{"weights", t->w},          {"average", t->average},    {"best", t->best},
		{"moment1", t->moments[0]}, {"moment2", t->moments[1]}, {"moment3", t->moments[2]},
	};
	size_t n = 0;

	for (size_t i = 0; i < PLANES_MAX; i++)
		if (all[i].data)
			planes[n++] = all[i];
	return n;
}

/* What of it must be the same to go on. */
static struct checkpoint_run run_of(const struct training *t, struct conf_room rooms[2])
{
	rooms[0] = (struct conf_room){"train", train_items, n_train_items, (void *)&t->config, ""};
	if (t->latent)
		rooms[1] = (struct conf_room){"latent", latent_items, n_latent_items, (void *)t->latent, ""};
	return (struct checkpoint_run){
		.stage = CHECKPOINT_LIKELIHOOD,
		.model = t->model,
		.corpus = t->corpus,
		.seed = t->seed,
		.rooms = rooms,
		.n_rooms = t->latent && t->g->config.kind == KIND_SEED ? 2 : 1,
		.keep = t->keep,
	};
}

static void put_lanes(struct checkpoint_outputs *o, const struct lanes_state *s, const struct training *t)
{
	const struct generator *g = t->g;
	const size_t width = (size_t)g->config.memory, streams = t->shards[0].carry.streams;

	checkpoint_put(o, "lane.place", TENSOR_I64, s->place, s->lanes, 4);
	checkpoint_put(o, "carry.trunk", CHECKPOINT_REAL, s->trunk, 2 * s->lanes, lanes_states(t));
	checkpoint_put(o, "carry.streams", CHECKPOINT_REAL, s->streams, 2 * s->lanes, streams);
	checkpoint_put(o, "carry.keys", CHECKPOINT_REAL, s->keys, s->entries, width);
	checkpoint_put(o, "carry.values", CHECKPOINT_REAL, s->values, s->entries, width);
	checkpoint_put(o, "carry.times", TENSOR_I64, s->times, s->entries, 1);
	checkpoint_put(o, "carry.parts", TENSOR_U8, s->parts, s->entries, 1);
}

int checkpoint_write(const struct training *t)
{
	struct checkpoint_outputs o = {.n = 0};
	struct plane planes[PLANES_MAX];
	struct conf_room rooms[2];
	const struct checkpoint_run run = run_of(t, rooms);
	const size_t n = list_planes(planes, t);
	struct lanes_state lanes;
	int result = lanes_state_init(&lanes, t, lanes_entries(t));

	if (result == 0) {
		lanes_gather(&lanes, t);
		for (size_t i = 0; i < n; i++)
			checkpoint_put(&o, planes[i].name, CHECKPOINT_REAL, planes[i].data, 1, t->g->params.size);
		checkpoint_put_state(&o, &t->state);
		put_lanes(&o, &lanes, t);
		result = checkpoint_save(&o, &run);
	}
	lanes_state_done(&lanes);
	return result;
}

static int restore_planes(struct training *t, const struct checkpoint *c)
{
	struct plane planes[PLANES_MAX];
	const size_t n = list_planes(planes, t), size = t->g->params.size;

	for (size_t i = 0; i < n; i++)
		if (checkpoint_reals(planes[i].data, c, planes[i].name, size) < 0)
			return -1;
	if (!model_weights_fit(&t->g->params, t->w) || !model_weights_fit(&t->g->params, t->best))
		return error("a weight is too large");
	return 0;
}

static int restore_lanes(struct training *t, const struct checkpoint *c)
{
	const struct generator *g = t->g;
	const struct tensorfile_entry *parts = tensorfile_find(c->file, "carry.parts");
	const size_t entries = parts ? tensorfile_count(parts) : 0, lanes = (size_t)t->config.lanes;
	const size_t width = (size_t)g->config.memory;
	struct lanes_state s;
	int result;

	/* before any memory is taken for them */
	if (entries > (width > 0 ? lanes * (size_t)t->shards[0].carry.memory.capacity : 0))
		return error("the memory holds more events than its lanes do");
	result = lanes_state_init(&s, t, entries);
	if (result == 0 &&
	    (tensorfile_get_raw(c->file, "lane.place", TENSOR_I64, s.place, lanes * 4) < 0 ||
	     tensorfile_get_raw(c->file, "carry.times", TENSOR_I64, s.times, entries) < 0 ||
	     tensorfile_get_raw(c->file, "carry.parts", TENSOR_U8, s.parts, entries) < 0 ||
	     checkpoint_reals(s.trunk, c, "carry.trunk", 2 * lanes * lanes_states(t)) < 0 ||
	     checkpoint_reals(s.streams, c, "carry.streams", 2 * lanes * t->shards[0].carry.streams) < 0 ||
	     checkpoint_reals(s.keys, c, "carry.keys", entries * width) < 0 ||
	     checkpoint_reals(s.values, c, "carry.values", entries * width) < 0))
		result = -1;
	if (result == 0)
		result = lanes_scatter(t, &s);
	lanes_state_done(&s);
	return result;
}

int checkpoint_restore(struct training *t, const struct checkpoint *c)
{
	struct conf_room rooms[2];
	const struct checkpoint_run run = run_of(t, rooms);
	int result = checkpoint_check(c, &run);

	if (result == 0)
		result = restore_planes(t, c);
	if (result == 0)
		result = checkpoint_state(&t->state, c);
	if (result == 0)
		result = restore_lanes(t, c);
	return result < 0 ? error_prefix("%s", c->name) : 0;
}
