/* A classifier is trained and tested. See roll_classifier.h. */
#include "model/roll_classifier.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/random.h"
#include "model/roll_net.h"
#include "nn/loss.h"
#include "num/optim.h"
#include "num/vec.h"

/* Windows of either side in a step; together. */
enum { SIDE = 16, BATCH = 2 * SIDE };
/* Steps from one look at validation to the next; looks without a gain until it ends. */
enum { LOOK = 20, PATIENCE = 8 };
/* What random numbers are for. */
enum { FOR_WEIGHTS = 401, FOR_WINDOWS, FOR_DROPOUT };

static const int channels[ROLL_NET_LAYERS] = {24, 48, 48, 64};
static const double learning_rate = 1e-3, dropout = 0.4, averaging = 0.97;
static const struct optim_options adamw = {
	.kind = OPTIM_ADAMW, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.02};

struct classifying {
	const struct roll_classifier *c;
	struct params params;
	struct roll_net net;
	struct arena arena;
	struct roll_net_frame frame;
	real *w, *g, *moments[OPTIM_PLANES_MAX];
	real *average, *best; /* running average of the weights; that of the best look */
	uint8_t roll[WINDOW_SIZE];
};

/* ---- windows ---------------------------------------------------------------- */

static void put_window(struct classifying *k, int row, const struct windows *piece, size_t window)
{
	real *x = k->frame.x + (size_t)row * WINDOW_SIZE;

	windows_roll(k->roll, piece, window);
	for (size_t i = 0; i < WINDOW_SIZE; i++)
		x[i] = k->roll[i];
}

/* The step's windows: SIDE of side 0, then SIDE of side 1. */
static void draw_windows(struct classifying *k, int step)
{
	struct random random = random_stream(k->c->seed, FOR_WINDOWS, (uint64_t)step, 0);

	for (int row = 0; row < BATCH; row++) {
		const struct roll_set *set = &k->c->sets[ROLL_LEARN][row / SIDE];
		const struct windows *piece = set->pieces[random_below(&random, (uint32_t)set->n)];

		put_window(k, row, piece, random_below(&random, (uint32_t)piece->n));
	}
}

static size_t tested_of(const struct windows *piece)
{
	return piece->n < ROLL_TESTED ? piece->n : ROLL_TESTED;
}

/* -log of the probability that a logit gives to side 0 or 1 (the logistic function of it is that of side 1). */
static double loss_of(real logit, int side)
{
	double p;

	return softplus(side ? -(double)logit : (double)logit, &p);
}

/* ---- training --------------------------------------------------------------- */

/* The gradient of the mean loss of a batch to its logits. */
static void differentiate(real dlogits[BATCH], const real *logits)
{
	for (int row = 0; row < BATCH; row++) {
		double p;

		softplus((double)logits[row], &p);
		dlogits[row] = (real)((p - row / SIDE) / BATCH);
	}
}

static void take_step(struct classifying *k, int step)
{
	real dlogits[BATCH];

	draw_windows(k, step);
	memset(k->g, 0, k->params.size * sizeof *k->g);
	roll_net_forward(&k->net, k->w, &k->frame, BATCH, dropout,
	                 random_stream(k->c->seed, FOR_DROPOUT, (uint64_t)step, 0));
	differentiate(dlogits, k->frame.logits);
	roll_net_backward(&k->net, k->w, k->g, &k->frame, NULL, dlogits, BATCH, dropout);
	vec_scale(k->g, optim_clip(sqrt(vec_norm2(k->g, k->params.size)), 1), k->params.size);
	optim_step(&adamw, &k->params, k->w, k->moments, k->g, learning_rate, (uint64_t)step + 1, 0, k->params.size);
	optim_average(k->average, k->w, k->params.size, averaging, (uint64_t)step + 1);
}

/* ---- validation and test ----------------------------------------------------- */

/* What becomes of the windows of a set, a batch after the other. */
struct looking {
	const struct roll_set *set;
	int side;
	size_t pieces[BATCH]; /* of which piece a row is */
	int rows;
	double cost;
	struct roll_tally *tallies; /* (set->n), or NULL */
	size_t windows;
};

static void look_at_batch(struct classifying *k, struct looking *l, const real *w)
{
	roll_net_forward(&k->net, w, &k->frame, l->rows, 0, (struct random){0, 0});
	for (int row = 0; row < l->rows; row++) {
		const real logit = k->frame.logits[row];

		l->cost += (l->side ? logit <= 0 : logit > 0) + loss_of(logit, l->side) / 1000;
		l->windows++;
		if (!l->tallies)
			continue;
		l->tallies[l->pieces[row]].windows++;
		l->tallies[l->pieces[row]].right += l->side ? logit > 0 : logit <= 0;
	}
	l->rows = 0;
}

/*
 * The share of the windows of a set that is wrong, and a thousandth of their
 * mean loss, which decides between equals. By the loss alone the best look
 * may be one at which nothing is learned yet: a classifier that gets better at
 * telling is the surer of its mistakes, and loses by that.
 */
static double look_at(struct classifying *k, enum roll_use use, int side, const real *w, struct roll_tally *tallies)
{
	struct looking l = {.set = &k->c->sets[use][side], .side = side, .tallies = tallies};

	for (size_t i = 0; i < l.set->n; i++) {
		const struct windows *piece = l.set->pieces[i];
		const size_t tested = tested_of(piece);

		if (tallies)
			tallies[i] = (struct roll_tally){0, 0};
		for (size_t j = 0; j < tested; j++) {
			l.pieces[l.rows] = i;
			put_window(k, l.rows++, piece, (2 * j + 1) * piece->n / (2 * tested));
			if (l.rows == BATCH)
				look_at_batch(k, &l, w);
		}
	}
	if (l.rows > 0)
		look_at_batch(k, &l, w);
	return l.cost / (double)l.windows;
}

/* ---- all of it ---------------------------------------------------------------- */

static int prepare(struct classifying *k)
{
	k->net = roll_net_layers(&k->params, WINDOW_FRAMES, WINDOW_PITCHES, WINDOW_PLANES, channels);
	if (k->params.failed)
		return -1;
	roll_net_frame_layout(&k->frame, &k->arena, &k->net, BATCH, 1);
	if (arena_reserve(&k->arena) < 0)
		return -1;
	roll_net_frame_layout(&k->frame, &k->arena, &k->net, BATCH, 1);
	k->w = params_plane(&k->params);
	k->g = params_plane(&k->params);
	k->average = params_plane(&k->params);
	k->best = params_plane(&k->params);
	if (!k->w || !k->g || !k->average || !k->best)
		return -1;
	for (int i = 0; i < optim_planes(adamw.kind); i++) {
		k->moments[i] = params_plane(&k->params);
		if (!k->moments[i])
			return -1;
	}
	params_init(&k->params, k->w, random_mix(k->c->seed + FOR_WEIGHTS));
	memcpy(k->average, k->w, k->params.size * sizeof *k->w);
	return 0;
}

/* Returns the steps taken. */
static int train(struct classifying *k)
{
	double least = INFINITY;
	int step = 0, best = 0;

	while (step < k->c->steps && step - best < PATIENCE * LOOK) {
		take_step(k, step++);
		if (k->c->progress)
			k->c->progress(k->c->progress_context);
		if (step % LOOK == 0 || step == k->c->steps) {
			const double cost = (look_at(k, ROLL_VALID, 0, k->average, NULL) +
			                     look_at(k, ROLL_VALID, 1, k->average, NULL)) /
			                    2;

			if (cost < least) {
				least = cost;
				best = step;
				memcpy(k->best, k->average, k->params.size * sizeof *k->w);
			}
		}
	}
	return step;
}

int roll_classify(struct roll_tally *const out[2], int *steps, const struct roll_classifier *c)
{
	struct classifying *k = mem_new(1, sizeof *k);
	int result;

	if (!k)
		return -1;
	k->c = c;
	result = prepare(k);
	if (result == 0) {
		*steps = train(k);
		for (int side = 0; side < 2; side++)
			look_at(k, ROLL_TEST, side, k->best, out[side]);
	}
	free(k->w);
	free(k->g);
	free(k->average);
	free(k->best);
	for (int i = 0; i < OPTIM_PLANES_MAX; i++)
		free(k->moments[i]);
	arena_done(&k->arena);
	params_done(&k->params);
	free(k);
	return result;
}
