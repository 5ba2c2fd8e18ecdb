/* The schedule of a training: how many steps, when to evaluate, how fast to learn. See training.h. */
#include <limits.h>
#include <math.h>
#include "base/clock.h"
#include "model/training.h"

/* Evaluations come once an epoch, but no more often than this many steps. */
enum { EVALUATE_STEPS_MIN = 20 };
/* Epochs that minutes limit are at least this many steps. */
enum { TIMED_STEPS_MIN = 600 };

int plan_steps(struct training *t)
{
	const struct train_config *c = &t->config;
	struct training_state *s = &t->state;
	const long rows = feed_rows(t->corpus, t->g, t->order, t->n_order);

	if (rows < 0)
		return -1;
	t->steps_per_epoch = rows / ((long)c->lanes * c->chunk) + 1;
	t->evaluate_every = t->steps_per_epoch;
	while (t->evaluate_every < EVALUATE_STEPS_MIN)
		t->evaluate_every += t->steps_per_epoch;
	if (c->steps > 0)
		s->steps = c->steps;
	else if (c->epochs > 0)
		s->steps = c->epochs * t->steps_per_epoch;
	else
		s->steps = LONG_MAX / 2; /* until the first steps are timed */
	/* Epochs of a small corpus are few steps; where there is time they are more. */
	if (c->steps == 0 && c->epochs > 0 && c->minutes > 0 && s->steps < TIMED_STEPS_MIN)
		s->steps = TIMED_STEPS_MIN;
	s->planned = c->steps > 0 || c->minutes <= 0;
	return 0;
}

/*
 * From the time of the first steps and of an evaluation, which is not kept: a
 * run of as many --steps is the same. Epochs that were asked for too may end
 * it sooner.
 */
int plan_minutes(struct training *t)
{
	struct training_state *s = &t->state;
	struct loss_sums sums;
	uint64_t begin = clock_now();
	double left, each;
	long more;

	if (score_split(&sums, t->g, t->average, t->corpus, SPLIT_VALID, t->pool) < 0)
		return -1;
	t->seconds_evaluation = (double)(clock_now() - begin) / 1e9;
	left = t->config.minutes * 60 - (double)(clock_now() - t->began) / 1e9;
	each = t->seconds_step + t->seconds_evaluation / (double)t->evaluate_every;
	more = left > 0 ? (long)(left / each) : 0;
	more = s->step + (more > 0 ? more : 1);
	if (more < s->steps)
		s->steps = more;
	s->planned = true;
	return 0;
}

/*
 * Linear warm-up, then a cosine to a hundredth: of the step alone. The number
 * of steps plays no part in the first ones, which may be timed to find it.
 */
double planned_learning_rate(const struct training *t)
{
	const struct train_config *c = &t->config;
	const double steps = (double)t->state.steps, at = (double)t->state.step;
	const double warmup = t->state.step < TIMED_TO || c->warmup < t->state.steps / 10 ? c->warmup : steps / 10;
	double share;

	if (at < warmup)
		return c->learning_rate * (at + 1) / (warmup + 1);
	share = (at - warmup) / fmax(1, steps - warmup);
	return c->learning_rate * (0.01 + 0.99 * 0.5 * (1 + cos(3.14159265358979323846 * fmin(share, 1))));
}
