/*
 * The pieces of a two-sample test, by their windows: real ones, those made,
 * and the chains that are made like real ones. See two_sample.h.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"
#include "model/two_sample_testing.h"

void two_sample_shuffled(uint32_t *order, size_t n, int purpose, uint64_t a, uint64_t b)
{
	struct random random = random_stream(TWO_SAMPLE_SEED, (uint64_t)purpose, a, b);

	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	random_shuffle(&random, order, n);
}

/* The windows of a piece at the end of a bunch, which has room, unless it has none. 0 or -1. */
static int add_piece(struct bunch *bunch, const struct piece *piece)
{
	struct windows *w = &bunch->windows[bunch->n];

	if (windows_make(w, piece) < 0) {
		windows_done(w);
		return -1;
	}
	if (w->n > 0)
		bunch->n++;
	else
		windows_done(w);
	return 0;
}

static void bunch_done(struct bunch *bunch)
{
	for (size_t i = 0; i < bunch->n; i++)
		windows_done(&bunch->windows[i]);
	free(bunch->windows);
}

static bool is_held(const struct testing *t, const struct corpus_piece *piece)
{
	return t->out->everything || t->options->sides[piece->split];
}

static bool is_training(const struct testing *t, const struct corpus_piece *piece)
{
	return !is_held(t, piece) && piece->split == SPLIT_TRAIN;
}

/* Add real pieces of a kind in a random order, up to TWO_SAMPLE_MOST. 0 or -1. */
static int add_real(struct testing *t, bool (*wanted)(const struct testing *, const struct corpus_piece *))
{
	const struct corpus *corpus = t->real_corpus;
	const size_t before = t->real.n;
	uint32_t *order = mem_new(corpus->n, sizeof *order);
	int result = order ? 0 : -1;

	if (order)
		two_sample_shuffled(order, corpus->n, FOR_SAMPLE, 0, 0);
	for (size_t i = 0; i < corpus->n && result == 0 && t->real.n - before < TWO_SAMPLE_MOST; i++) {
		const struct corpus_piece *piece = &corpus->pieces[order[i]];

		if (!wanted(t, piece))
			continue;
		t->like[t->real.n] = piece->piece;
		result = add_piece(&t->real, piece->piece);
	}
	free(order);
	return result;
}

static int collect_real(struct testing *t)
{
	size_t held = 0;

	for (size_t i = 0; i < t->real_corpus->n; i++)
		held += is_held(t, &t->real_corpus->pieces[i]);
	t->out->everything = held == 0 && t->real_corpus->rule == SPLIT_BY_TAIL;
	t->real.windows = mem_new(t->real_corpus->n, sizeof *t->real.windows);
	t->like = mem_new(t->real_corpus->n, sizeof(const struct piece *));
	if (!t->real.windows || !t->like || add_real(t, is_held) < 0)
		return -1;
	t->real.tested = t->out->real = t->real.n;
	if (add_real(t, is_training) < 0)
		return -1;
	t->out->train = t->real.n - t->real.tested;
	if (t->real.tested < TWO_SAMPLE_LEAST)
		return error("%zu real pieces of %d bars or more to test with, and %d are the fewest", t->real.tested,
		             WINDOW_BARS, TWO_SAMPLE_LEAST);
	return 0;
}

static int collect_made(struct testing *t)
{
	const struct corpus *corpus = t->made_corpus;
	uint32_t *order = mem_new(corpus->n, sizeof *order);
	int result = 0;

	t->made.windows = mem_new(corpus->n, sizeof *t->made.windows);
	if (!order || !t->made.windows) {
		free(order);
		return -1;
	}
	two_sample_shuffled(order, corpus->n, FOR_SAMPLE, 1, 0);
	for (size_t i = 0; i < corpus->n && result == 0 && t->made.n < TWO_SAMPLE_MOST; i++) {
		const size_t before = t->made.n;

		result = add_piece(&t->made, corpus->pieces[order[i]].piece);
		t->out->made_short += t->made.n == before;
	}
	free(order);
	t->made.tested = t->out->made = t->made.n;
	if (result == 0 && t->made.n < TWO_SAMPLE_LEAST)
		return error("%zu pieces of %d bars or more were made, and %d are the fewest for a two-sample test",
		             t->made.n, WINDOW_BARS, TWO_SAMPLE_LEAST);
	return result;
}

/* ---- the chains ------------------------------------------------------------- */

static int learn_chain(struct testing *t)
{
	t->chain = markov_new();
	for (size_t i = 0; t->chain && i < t->real_corpus->n; i++) {
		const struct corpus_piece *p = &t->real_corpus->pieces[i];

		if (p->split == SPLIT_TRAIN && markov_add(t->chain, p->piece, p->train_events) < 0)
			return -1;
	}
	return t->chain ? markov_ready(t->chain) : -1;
}

/* Item i: of the order-3 chain, like a real piece that has windows. */
static int make_chain(void *context, int item)
{
	struct testing *t = context;
	struct random order = random_stream(TWO_SAMPLE_SEED, FOR_LIKE, (uint64_t)item, 0);
	struct random random = random_stream(TWO_SAMPLE_SEED, FOR_CHAIN, (uint64_t)item, 0);
	const struct piece *like = t->like[random_below(&order, (uint32_t)t->real.n)];
	struct piece *piece = control_markov(t->chain, like, &random);
	int result = piece ? windows_make(&t->chains.windows[item], piece) : -1;

	piece_free(piece);
	return result;
}

/* As many as there are pieces made. A chain that comes to be without a window is left out. */
static int collect_chains(struct testing *t)
{
	struct bunch *b = &t->chains;
	const size_t n = t->made.n;
	int result;

	b->windows = mem_new(n, sizeof *b->windows);
	if (!b->windows || learn_chain(t) < 0)
		return -1;
	result = pool_run(t->pool, make_chain, t, (int)n);
	for (size_t i = 0; i < n; i++) {
		const struct windows w = b->windows[i];

		if (result == 0 && w.n > 0)
			b->windows[b->n++] = w;
		else
			windows_done(&b->windows[i]);
	}
	b->tested = b->n;
	if (result == 0 && b->n < TWO_SAMPLE_LEAST)
		return error("%zu Markov chains of %d bars or more, and %d are the fewest for a two-sample test", b->n,
		             WINDOW_BARS, TWO_SAMPLE_LEAST);
	return result;
}

int two_sample_collect(struct testing *t)
{
	return collect_real(t) < 0 || collect_made(t) < 0 || collect_chains(t) < 0 ? -1 : 0;
}

void two_sample_collected_done(struct testing *t)
{
	bunch_done(&t->real);
	bunch_done(&t->made);
	bunch_done(&t->chains);
	free(t->like);
	markov_free(t->chain);
}
