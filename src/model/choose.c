/* Composing at each setting, and taking the nearest. See choose.h. */
#include "model/choose.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "corpus/notes.h"
#include "corpus/reread.h"
#include "model/compose.h"
#include "model/feed.h"

/* Seeds of the pieces made: from this one on. And what random numbers are for. */
enum { SEED = 1984, FOR_REAL = 0 };
/* Where real pieces have more notes than this, fewer are made, as many notes in all; but no fewer than those. */
enum { NOTES_MEAN = 400, PIECES_LEAST = 16 };
/* Values of a coordinate, and coordinates. */
enum { VALUES = 3, COORDINATES = 4 };

static const struct sampling ones = {1, 1, 1, 1};
static const double temperatures[VALUES] = {1, 0.9, 0.8}, top_ps[VALUES] = {1, 0.95, 0.9};

struct choosing {
	struct choice *out;
	const struct choose_options *options;
	struct pool *pool;
	struct model view;  /* the model, at the setting that is tried */
	size_t n;           /* pieces real, and of a batch made */
	size_t made_in_all; /* at a setting: some batches */
	struct corpus real, made;
	struct corpus_reader *readers; /* (n) of the real pieces */
	struct piece **pieces;         /* (made_in_all); NULL: one without notes */
	/* progress */
	pthread_mutex_t lock;
	size_t done;
	bool stopped;
};

/* ---- real pieces --------------------------------------------------------- */

/* Pieces that may be made at a setting, n real ones being as long as they are. */
static size_t how_many(const struct corpus *corpus, const uint32_t *order, size_t n, size_t most)
{
	size_t notes = 0, affordable = most;

	for (size_t i = 0; i < n; i++)
		notes += corpus->pieces[order[i]].notes;
	if (notes > 0)
		affordable = most * NOTES_MEAN * n / notes;
	affordable = affordable > PIECES_LEAST ? affordable : PIECES_LEAST;
	return affordable < most ? affordable : most;
}

/* Some of the pieces held out, with their events. 0 or -1. */
static int take_real(struct choosing *c, const struct corpus *corpus, const uint32_t *order)
{
	c->readers = mem_new(c->n, sizeof *c->readers);
	c->real.pieces = mem_new(c->n, sizeof *c->real.pieces);
	c->made.pieces = mem_new(c->n, sizeof *c->made.pieces);
	c->pieces = mem_new(c->made_in_all, sizeof *c->pieces);
	if (!c->readers || !c->real.pieces || !c->made.pieces || !c->pieces)
		return -1;
	for (size_t i = 0; i < c->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[order[i]];
		const struct piece *piece = corpus_read(&c->readers[i], corpus, cp);

		if (!piece)
			return -1;
		c->real.pieces[c->real.n] = *cp;
		if (piece != cp->piece)
			c->real.pieces[c->real.n].piece = &c->readers[i].piece;
		c->real.n++;
	}
	return 0;
}

static int find_real(struct choosing *c, const struct corpus *corpus)
{
	struct random random = random_stream(SEED, FOR_REAL, 0, 0);
	uint32_t *order = feed_pieces(corpus, c->view.vocab, SPLIT_VALID, &c->out->held_out);
	const size_t held = c->out->held_out;
	int result = order ? 0 : -1;
	size_t most;

	c->out->everything = corpus->rule == SPLIT_BY_TAIL;
	if (result == 0 && held >= CHOOSE_LEAST && c->options->pieces >= CHOOSE_LEAST) {
		random_shuffle(&random, order, held);
		most = how_many(corpus, order, held, (size_t)c->options->pieces);
		c->n = held < most ? held : most;
		c->made_in_all = (most + c->n / 2) / c->n * c->n;
		result = take_real(c, corpus, order);
	}
	free(order);
	return result;
}

/* ---- pieces made --------------------------------------------------------- */

static void step(struct choosing *c)
{
	pthread_mutex_lock(&c->lock);
	c->done++;
	if (!c->stopped && c->options->progress &&
	    c->options->progress(c->options->progress_context, c->done, CHOOSE_TRIES * c->made_in_all))
		c->stopped = true;
	pthread_mutex_unlock(&c->lock);
}

static bool is_stopped(struct choosing *c)
{
	bool stopped;

	pthread_mutex_lock(&c->lock);
	stopped = c->stopped;
	pthread_mutex_unlock(&c->lock);
	return stopped;
}

static int compose_item(void *context, int item)
{
	struct choosing *c = context;
	const struct reading reading = vocab_reading(c->view.vocab);
	struct compose_options o;
	struct piece *piece;

	if (is_stopped(c))
		return 0;
	compose_defaults(&o);
	o.seed = SEED + (uint64_t)item;
	/* last bars are not chosen: that helps every setting alike, and takes two thirds of the time */
	o.open_end = true;
	piece = compose_piece(&c->view, &o);
	if (!piece)
		return -1;
	if (notes_count(piece) > 0) {
		c->pieces[item] = piece_reread(piece, &reading);
		if (!c->pieces[item]) {
			piece_free(piece);
			return -1;
		}
	}
	piece_free(piece);
	step(c);
	return 0;
}

static void drop_made(struct choosing *c)
{
	for (size_t i = 0; c->pieces && i < c->made_in_all; i++) {
		piece_free(c->pieces[i]);
		c->pieces[i] = NULL;
	}
}

/* ---- a setting ----------------------------------------------------------- */

static void sum_up(struct choose_try *t, const struct choose_try *first)
{
	double squares = 0;

	for (size_t i = 0; i < COMPARE_DRAWS; i++) {
		t->nearness += t->draws[i] / COMPARE_DRAWS;
		t->gain += (t->draws[i] - first->draws[i]) / COMPARE_DRAWS;
	}
	for (size_t i = 0; i < COMPARE_DRAWS; i++)
		squares += pow(t->draws[i] - first->draws[i] - t->gain, 2);
	t->error = sqrt(squares / (COMPARE_DRAWS - 1));
}

/* Add the draws of a batch; one that has nothing to say is as far from music as can be. 0 or -1. */
static int compare_batch(struct choose_try *t, struct choosing *c, size_t first)
{
	const struct compare_options options = {
		.sides = {[SPLIT_TRAIN] = true, [SPLIT_VALID] = true},
		.alone = true,
		.most = c->n / 2,
	};
	struct compare compare;
	int result;

	c->made.n = 0;
	for (size_t i = first; i < first + c->n; i++)
		if (c->pieces[i])
			c->made.pieces[c->made.n++].piece = c->pieces[i];
	if (c->made.n < 2)
		return 0;
	result = compare_make(&compare, &c->made, &c->real, &options, c->pool);
	for (size_t i = 0; i < COMPARE_DRAWS && result == 0; i++)
		t->draws[i] += compare.nearness[i];
	compare_done(&compare);
	return result;
}

static int compare_batches(struct choose_try *t, struct choosing *c)
{
	const size_t batches = c->made_in_all / c->n;

	for (size_t b = 0; b < batches; b++)
		if (compare_batch(t, c, b * c->n) < 0)
			return -1;
	for (size_t i = 0; i < COMPARE_DRAWS; i++)
		t->draws[i] /= (double)batches;
	return 0;
}

/* Try one more setting. Its number, or -1. */
static int try_setting(struct choosing *c, const struct sampling *sampling)
{
	struct choice *out = c->out;
	struct choose_try *t = &out->tries[out->n_tries];
	int result;

	*t = (struct choose_try){.sampling = *sampling};
	c->view.sampling = *sampling;
	result = pool_run(c->pool, compose_item, c, (int)c->made_in_all);
	if (result == 0 && !c->stopped)
		result = compare_batches(t, c);
	drop_made(c);
	if (result < 0)
		return -1;
	sum_up(t, &out->tries[0]);
	return (int)out->n_tries++;
}

/* ---- the choice ---------------------------------------------------------- */

static void set_coordinate(struct sampling *s, int coordinate, int value)
{
	switch (coordinate) {
	case 0:
		s->pitch_temperature = temperatures[value];
		break;
	case 1:
		s->pitch_top_p = top_ps[value];
		break;
	case 2:
		s->duration_temperature = temperatures[value];
		break;
	default:
		s->duration_top_p = top_ps[value];
	}
}

/* May a be as near as b, the nearest, by a standard error of their difference? */
static bool as_near(const struct choose_try *a, const struct choose_try *b)
{
	struct choose_try difference = *b;

	difference.nearness = difference.gain = 0;
	sum_up(&difference, a);
	return difference.gain <= difference.error;
}

/* Of tries in order from 1 on: the first that is as near as the nearest. */
static int pick(const struct choice *out, const int tries[VALUES])
{
	int best = 0, chosen = 0;

	for (int v = 1; v < VALUES; v++)
		if (out->tries[tries[v]].nearness > out->tries[tries[best]].nearness)
			best = v;
	while (chosen < best && !as_near(&out->tries[tries[chosen]], &out->tries[tries[best]]))
		chosen++;
	return tries[chosen];
}

static int choose(struct choosing *c)
{
	int at = try_setting(c, &ones);

	for (int coordinate = 0; coordinate < COORDINATES && at >= 0 && !c->stopped; coordinate++) {
		int tries[VALUES] = {at};

		for (int v = 1; v < VALUES && !c->stopped; v++) {
			struct sampling s = c->out->tries[at].sampling;

			set_coordinate(&s, coordinate, v);
			tries[v] = try_setting(c, &s);
			if (tries[v] < 0)
				return -1;
		}
		if (!c->stopped)
			at = pick(c->out, tries);
	}
	c->out->stopped = c->stopped;
	if (at >= 0 && !c->stopped)
		c->out->sampling = c->out->tries[at].sampling;
	return at < 0 ? -1 : 0;
}

static void choosing_done(struct choosing *c)
{
	for (size_t i = 0; c->readers && i < c->n; i++)
		corpus_reader_done(&c->readers[i]);
	free(c->readers);
	free(c->real.pieces);
	free(c->made.pieces);
	free(c->pieces);
}

int choose_sampling(struct choice *out, const struct model *m, const struct corpus *corpus,
                    const struct choose_options *options, struct pool *pool)
{
	struct choosing c = {.out = out, .options = options, .pool = pool, .view = *m};
	int result;

	*out = (struct choice){.sampling = ones};
	pthread_mutex_init(&c.lock, NULL);
	result = find_real(&c, corpus);
	out->pieces = c.n;
	out->made = c.made_in_all;
	if (result == 0 && c.n > 0)
		result = choose(&c);
	pthread_mutex_destroy(&c.lock);
	choosing_done(&c);
	return result;
}
