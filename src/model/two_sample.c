/*
 * A two-sample test: the splits of its pieces (two_sample_pieces.c), the
 * classifiers, and what comes of them. See two_sample.h.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"
#include "model/two_sample_testing.h"

/* Of the learners of a split so many are for validation: one in five. */
enum { VALID = 5 };

static int steps_of(const struct testing *t)
{
	return t->options->steps > 0 ? t->options->steps : TWO_SAMPLE_STEPS;
}

/* ---- splits -------------------------------------------------------------------- */

/* Pieces of one side of a split, by their numbers. */
struct side {
	uint32_t *learn, *test; /* in a random order */
	size_t n_learn, n_test;
};

static int side_new(struct side *s, size_t n)
{
	s->n_learn = s->n_test = 0;
	s->learn = mem_new(n, sizeof *s->learn);
	s->test = mem_new(n, sizeof *s->test);
	return s->learn && s->test ? 0 : -1;
}

static void side_done(struct side *s)
{
	free(s->learn);
	free(s->test);
}

/* A share of the tested pieces of a bunch is tested, a different one in each split; the others are to learn from. */
static void divide(struct side *s, const struct bunch *b, const uint32_t *order, int split)
{
	for (size_t i = 0; i < b->tested; i++)
		if ((int)(i % TWO_SAMPLE_SPLITS) == split)
			s->test[s->n_test++] = order[i];
		else
			s->learn[s->n_learn++] = order[i];
}

/* The pieces of real music that are not tested come after the others. */
static void add_learners(struct side *s, const struct bunch *b, int split)
{
	const size_t n = b->n - b->tested;

	two_sample_shuffled(s->learn + s->n_learn, n, FOR_LEARNING, (uint64_t)split, 0);
	for (size_t i = 0; i < n; i++)
		s->learn[s->n_learn + i] += (uint32_t)b->tested;
	s->n_learn += n;
}

/* Of all real pieces, in a random order that each split has of its own, one half against the other. */
static void halve(struct side sides[2], const struct bunch *b, const uint32_t *order)
{
	for (size_t i = 0; i < b->n / 2 * 2; i++) {
		struct side *s = &sides[i % 2];

		if (i / 2 % TWO_SAMPLE_SPLITS == 0)
			s->test[s->n_test++] = order[i];
		else
			s->learn[s->n_learn++] = order[i];
	}
}

static int split_sides(struct side sides[2], const struct testing *t, enum two_sample_set set, int split)
{
	const struct bunch *other = set == TWO_SAMPLE_MADE ? &t->made : set == TWO_SAMPLE_CHAIN ? &t->chains : &t->real;
	const size_t most = t->real.n > other->n ? t->real.n : other->n;
	uint32_t *order = mem_new(most, sizeof *order);

	if (!order || side_new(&sides[0], most) < 0 || side_new(&sides[1], most) < 0) {
		free(order);
		return -1;
	}
	if (set == TWO_SAMPLE_REAL) {
		two_sample_shuffled(order, t->real.n, FOR_TEST, TWO_SAMPLE_REAL, (uint64_t)split);
		halve(sides, &t->real, order);
	} else {
		two_sample_shuffled(order, t->real.tested, FOR_TEST, 0, 0);
		divide(&sides[0], &t->real, order, split);
		add_learners(&sides[0], &t->real, split);
		two_sample_shuffled(order, other->n, FOR_TEST, 1, 0);
		divide(&sides[1], other, order, split);
	}
	free(order);
	return 0;
}

/* One side of a contest. */
static int fill_side(struct contest *c, int side, const struct side *from, const struct bunch *bunch, uint64_t key)
{
	const size_t learners = from->n_learn, valid = learners / VALID > 0 ? learners / VALID : 1;
	const size_t learn = learners - valid;
	struct random random = random_stream(TWO_SAMPLE_SEED, FOR_LEARNING, key, (uint64_t)side + 1);
	const struct windows **pieces = mem_new(learners + from->n_test, sizeof(const struct windows *));

	c->pieces[side] = pieces;
	c->numbers[side] = mem_new(from->n_test, sizeof *c->numbers[side]);
	c->tallies[side] = mem_new(from->n_test, sizeof *c->tallies[side]);
	if (!pieces || !c->numbers[side] || !c->tallies[side])
		return -1;
	random_shuffle(&random, from->learn, learners);
	for (size_t i = 0; i < learners; i++)
		pieces[i] = &bunch->windows[from->learn[i]];
	for (size_t i = 0; i < from->n_test; i++) {
		pieces[learners + i] = &bunch->windows[from->test[i]];
		c->numbers[side][i] = from->test[i];
	}
	c->classifier.sets[ROLL_LEARN][side] = (struct roll_set){pieces, learn};
	c->classifier.sets[ROLL_VALID][side] = (struct roll_set){pieces + learn, valid};
	c->classifier.sets[ROLL_TEST][side] = (struct roll_set){pieces + learners, from->n_test};
	return 0;
}

static void step(void *context)
{
	struct testing *t = context;

	pthread_mutex_lock(&t->lock);
	t->done++;
	if (t->options->progress)
		t->options->progress(t->options->progress_context, t->done, t->total);
	pthread_mutex_unlock(&t->lock);
}

static int prepare_contest(struct testing *t, enum two_sample_set set, int split)
{
	struct contest *c = &t->contests[set][split];
	const struct bunch *other = set == TWO_SAMPLE_MADE ? &t->made : set == TWO_SAMPLE_CHAIN ? &t->chains : &t->real;
	const uint64_t key = (uint64_t)set * TWO_SAMPLE_SPLITS + (uint64_t)split;
	struct side sides[2] = {{.learn = NULL}, {.learn = NULL}};
	int result = split_sides(sides, t, set, split);

	if (result == 0) {
		if (fill_side(c, 0, &sides[0], &t->real, key) < 0 || fill_side(c, 1, &sides[1], other, key) < 0)
			result = -1;
		c->classifier.seed = random_mix(TWO_SAMPLE_SEED + FOR_CLASSIFIER + key);
		c->classifier.steps = steps_of(t);
		c->classifier.progress = step;
		c->classifier.progress_context = t;
		for (int side = 0; side < 2 && split == 0; side++)
			t->out->figures[set].learned[side] = sides[side].n_learn;
	}
	side_done(&sides[0]);
	side_done(&sides[1]);
	return result;
}

static void contest_done(struct contest *c)
{
	for (int side = 0; side < 2; side++) {
		free(c->pieces[side]);
		free(c->numbers[side]);
		free(c->tallies[side]);
	}
}

/* ---- figures --------------------------------------------------------------------- */

static size_t windows_of(const struct contest *c, int side)
{
	size_t n = 0;

	for (size_t i = 0; i < c->classifier.sets[ROLL_TEST][side].n; i++)
		n += (size_t)c->tallies[side][i].windows;
	return n;
}

static double accuracy_of(const struct contest *c)
{
	double sum = 0;

	for (int side = 0; side < 2; side++) {
		double right = 0;

		for (size_t i = 0; i < c->classifier.sets[ROLL_TEST][side].n; i++)
			right += c->tallies[side][i].right;
		sum += right / (double)windows_of(c, side) / 2;
	}
	return sum;
}

/*
 * What a piece of either side adds to the figure: above, below (two lists of
 * places, those of side 1 after all of side 0). A window of side s counts 1 /
 * the windows of its side in all splits.
 */
static void add_contest(double *above, double *below, const struct contest *c, const size_t first[2],
                        const double windows[2])
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < c->classifier.sets[ROLL_TEST][side].n; i++) {
			const size_t at = first[side] + c->numbers[side][i];

			above[at] += c->tallies[side][i].right / windows[side];
			below[at] += c->tallies[side][i].windows / windows[side];
		}
}

/* Pieces that were tested, without gaps; returns how many. */
static size_t drop_untested(double *above, double *below, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (below[i] > 0) {
			above[kept] = above[i];
			below[kept++] = below[i];
		}
	return kept;
}

static int sum_up(struct two_sample_figure *out, const struct testing *t, enum two_sample_set set)
{
	const struct bunch *other = set == TWO_SAMPLE_MADE ? &t->made : set == TWO_SAMPLE_CHAIN ? &t->chains : &t->real;
	/* halves of one bunch: a piece is one piece, on whichever side it was */
	const size_t first[2] = {0, set == TWO_SAMPLE_REAL ? 0 : t->real.n}, n = first[1] + other->n;
	double *above = mem_new(n, sizeof *above), *below = mem_new(n, sizeof *below), windows[2] = {0, 0};
	int result = -1;

	for (int s = 0; s < TWO_SAMPLE_SPLITS; s++) {
		const struct contest *c = &t->contests[set][s];

		out->splits[s] = accuracy_of(c);
		out->steps[s] = c->steps;
		for (int side = 0; side < 2; side++) {
			out->pieces[side] += c->classifier.sets[ROLL_TEST][side].n;
			out->windows[side] += windows_of(c, side);
			windows[side] = (double)out->windows[side];
		}
	}
	if (above && below) {
		for (int s = 0; s < TWO_SAMPLE_SPLITS; s++)
			add_contest(above, below, &t->contests[set][s], first, windows);
		result = bootstrap(&out->accuracy, above, below, drop_untested(above, below, n));
	}
	free(above);
	free(below);
	return result;
}

/* ---- all of it --------------------------------------------------------------------- */

static int run_contest(void *context, int item)
{
	struct testing *t = context;
	struct contest *c = &t->contests[item / TWO_SAMPLE_SPLITS][item % TWO_SAMPLE_SPLITS];
	const int result = roll_classify(c->tallies, &c->steps, &c->classifier);

	/* one that was stopped early is done all the same */
	for (int i = c->steps; i < c->classifier.steps; i++)
		step(t);
	return result;
}

static int test_all(struct testing *t)
{
	if (two_sample_collect(t) < 0)
		return -1;
	for (int set = 0; set < TWO_SAMPLE_SETS; set++)
		for (int split = 0; split < TWO_SAMPLE_SPLITS; split++)
			if (prepare_contest(t, (enum two_sample_set)set, split) < 0)
				return -1;
	t->total = (size_t)TWO_SAMPLE_SETS * TWO_SAMPLE_SPLITS * (size_t)steps_of(t);
	if (pool_run(t->pool, run_contest, t, TWO_SAMPLE_SETS * TWO_SAMPLE_SPLITS) < 0)
		return -1;
	for (int set = 0; set < TWO_SAMPLE_SETS; set++)
		if (sum_up(&t->out->figures[set], t, (enum two_sample_set)set) < 0)
			return -1;
	t->out->hears = t->out->figures[TWO_SAMPLE_CHAIN].accuracy.value >= TWO_SAMPLE_CHAIN_LEAST;
	t->out->fair = t->out->figures[TWO_SAMPLE_REAL].accuracy.value <= TWO_SAMPLE_REAL_MOST;
	return 0;
}

int two_sample_make(struct two_sample *out, const struct corpus *made, const struct corpus *real,
                    const struct two_sample_options *options, struct pool *pool)
{
	struct testing *t = mem_new(1, sizeof *t);
	int result;

	*out = (struct two_sample){.made = 0};
	if (!t)
		return -1;
	t->out = out;
	t->made_corpus = made;
	t->real_corpus = real;
	t->options = options;
	t->pool = pool;
	pthread_mutex_init(&t->lock, NULL);
	result = test_all(t);
	pthread_mutex_destroy(&t->lock);
	for (int set = 0; set < TWO_SAMPLE_SETS; set++)
		for (int split = 0; split < TWO_SAMPLE_SPLITS; split++)
			contest_done(&t->contests[set][split]);
	two_sample_collected_done(t);
	free(t);
	return result;
}

bool two_sample_holds(const struct two_sample *t)
{
	return t->hears && t->fair;
}
