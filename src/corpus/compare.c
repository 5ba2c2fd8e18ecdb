/*
 * Making a comparison: which pieces, cut to what length, the controls, the
 * features of all. Copied runs are compare_copies.c's, the draws compare_draw.c's. See
 * compare.h.
 */
#include "corpus/comparing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"

#define REAL_LEAST 4 /* two halves of two */
#define MADE_LEAST 2

static void step(struct comparing *c)
{
	pthread_mutex_lock(&c->lock);
	c->done++;
	if (c->options->progress)
		c->options->progress(c->options->progress_context, c->done, c->total);
	pthread_mutex_unlock(&c->lock);
}

/* ---- which pieces -------------------------------------------------------- */

static size_t list_real(size_t *list, const struct comparing *c, bool everything)
{
	size_t n = 0;

	for (size_t i = 0; i < c->real->n; i++)
		if (everything || c->options->sides[c->real->pieces[i].split])
			list[n++] = i;
	return n;
}

static int compare_numbers(const void *a, const void *b)
{
	const size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

/* Keep `most` of n, drawn at random, in their order. 0 or -1. */
static int sample(size_t *list, size_t n, size_t most)
{
	uint32_t *order = mem_new(n, sizeof *order);
	size_t *kept = mem_new(most, sizeof *kept);
	int result = -1;

	if (order && kept) {
		compare_order(order, n, COMPARE_SAMPLE, 0);
		for (size_t i = 0; i < most; i++)
			kept[i] = list[order[i]];
		qsort(kept, most, sizeof *kept, compare_numbers);
		memcpy(list, kept, most * sizeof *kept);
		result = 0;
	}
	free(order);
	free(kept);
	return result;
}

static int choose_real(struct comparing *c)
{
	struct compare *out = c->out;

	out->real_pieces = mem_new(c->real->n, sizeof *out->real_pieces);
	if (!out->real_pieces)
		return -1;
	out->real = list_real(out->real_pieces, c, false);
	if (out->real == 0 && c->real->rule == SPLIT_BY_TAIL) {
		out->everything = true;
		out->real = list_real(out->real_pieces, c, true);
	}
	out->real_held = out->real;
	if (out->real < REAL_LEAST)
		return error("%zu real pieces to compare with, and %d are the fewest (%zu in all; %s)", out->real,
		             REAL_LEAST, c->real->n, split_rule_name(c->real->rule));
	if (c->made->n < MADE_LEAST)
		return error("%zu piece to compare, and %d are the fewest", c->made->n, MADE_LEAST);
	if (out->real > 2 * COMPARE_MOST) {
		if (sample(out->real_pieces, out->real, 2 * COMPARE_MOST) < 0)
			return -1;
		out->real = 2 * COMPARE_MOST;
	}
	out->m = out->real / 2;
	out->m = c->made->n < out->m ? c->made->n : out->m;
	if (c->options->most > 0 && c->options->most < out->m)
		out->m = c->options->most;
	return 0;
}

static bool is_control(int set)
{
	return set == SET_SHUFFLED || set == SET_MARKOV;
}

static bool is_line(int set)
{
	return set == SET_SEED || set == SET_LINES;
}

static bool with_lines(const struct comparing *c)
{
	return c->options->line && !c->options->alone;
}

static int fill_sets(struct comparing *c)
{
	for (int set = 0; set < COMPARE_ALL; set++) {
		const bool none = is_control(set) ? c->options->alone : is_line(set) && !with_lines(c);
		const size_t n = none ? 0 : set == SET_MADE ? c->made->n : c->out->real;

		c->members[set] = mem_new(n, sizeof *c->members[set]);
		c->values.values[set] = mem_new(n, sizeof *c->values.values[set]);
		if (!c->members[set] || !c->values.values[set])
			return -1;
		c->values.n[set] = n;
	}
	for (size_t i = 0; i < c->made->n; i++)
		c->members[SET_MADE][i].piece = c->made->pieces[i].piece;
	for (size_t i = 0; i < c->out->real; i++)
		c->members[SET_REAL][i].piece = c->real->pieces[c->out->real_pieces[i]].piece;
	return 0;
}

/* ---- lengths ------------------------------------------------------------- */

static int measure(struct member *m)
{
	struct bars bars;
	const int result = bars_make(&bars, m->piece);

	m->bars = m->kept = bars_count(&bars);
	bars_done(&bars);
	return result;
}

static int measure_real(void *context, int item)
{
	struct comparing *c = context;

	return measure(&c->members[SET_REAL][item]);
}

static int measure_made(void *context, int item)
{
	struct comparing *c = context;

	return measure(&c->members[SET_MADE][item]);
}

struct ranked {
	size_t bars, member;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->bars != y->bars)
		return x->bars < y->bars ? -1 : 1;
	return x->member < y->member ? -1 : x->member > y->member;
}

static void rank(struct ranked *list, const struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i] = (struct ranked){members[i].bars, i};
	qsort(list, n, sizeof *list, compare_ranked);
}

/* Cut the members of one side to the lengths of the other's at the same places in its order. */
static void match(struct member *members, const struct ranked *list, size_t n, const struct ranked *other,
                  size_t n_other)
{
	for (size_t i = 0; i < n; i++) {
		const size_t bars = other[(2 * i + 1) * n_other / (2 * n)].bars;
		struct member *m = &members[list[i].member];

		m->kept = bars < m->bars ? bars : m->bars;
	}
}

static int match_lengths(struct comparing *c)
{
	const size_t n_real = c->values.n[SET_REAL], n_made = c->values.n[SET_MADE];
	struct ranked *real = mem_new(n_real, sizeof *real), *made = mem_new(n_made, sizeof *made);

	if (!real || !made) {
		free(real);
		free(made);
		return -1;
	}
	rank(real, c->members[SET_REAL], n_real);
	rank(made, c->members[SET_MADE], n_made);
	match(c->members[SET_REAL], real, n_real, made, n_made);
	match(c->members[SET_MADE], made, n_made, real, n_real);
	free(real);
	free(made);
	return 0;
}

/* What each piece was cut to, for whoever shows it. */
static int keep_lengths(struct comparing *c)
{
	struct compare *out = c->out;

	out->real_bars = mem_new(out->real, sizeof *out->real_bars);
	out->made_bars = mem_new(c->made->n, sizeof *out->made_bars);
	if (!out->real_bars || !out->made_bars)
		return -1;
	for (size_t i = 0; i < out->real; i++) {
		out->real_bars[i] = (int)c->members[SET_REAL][i].kept;
		out->bars[0] += out->real_bars[i];
	}
	for (size_t i = 0; i < c->made->n; i++) {
		out->made_bars[i] = (int)c->members[SET_MADE][i].kept;
		out->bars[1] += out->made_bars[i];
	}
	out->bars[0] /= (double)out->real;
	out->bars[1] /= (double)c->made->n;
	return 0;
}

/* ---- features ------------------------------------------------------------ */

/* A cut may have no notes: of silence there is nothing to say. */
static void set_nothing(double values[FEATURE_VALUES])
{
	for (int i = 0; i < FEATURE_VALUES; i++)
		values[i] = NAN;
}

static bool has_notes(const struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		if (piece->events[i].kind == EVENT_NOTE)
			return true;
	return false;
}

static int make_features(struct comparing *c, int set, size_t i)
{
	struct member *m = &c->members[set][i];
	double *values = c->values.values[set][i];
	struct bars bars;
	int result = bars_make(&bars, m->piece);

	if (result == 0)
		m->cut = bars_cut(m->piece, &bars, m->kept);
	bars_done(&bars);
	if (!m->cut)
		return -1;
	if (has_notes(m->cut))
		result = features_make(values, m->cut);
	else
		set_nothing(values);
	features_end(values, m->piece);
	return result;
}

/* The controls of a real piece, as long as it is and cut as it is. */
static int make_controls(struct comparing *c, size_t i)
{
	const struct member *like = &c->members[SET_REAL][i];
	struct random shuffle = random_stream(COMPARE_SEED, COMPARE_SHUFFLE, i, 0);
	struct random chain = random_stream(COMPARE_SEED, COMPARE_CHAIN, i, 0);
	struct member *shuffled = &c->members[SET_SHUFFLED][i], *markov = &c->members[SET_MARKOV][i];

	shuffled->piece = shuffled->own = control_shuffled(like->piece, &shuffle);
	markov->piece = markov->own = control_markov(c->chain, like->piece, &chain);
	shuffled->kept = markov->kept = like->kept;
	return shuffled->piece && markov->piece ? 0 : -1;
}

/* The control of lines, and the line that it is compared with; cut as the real piece is. */
static int make_lines(struct comparing *c, size_t i)
{
	const struct member *like = &c->members[SET_REAL][i];
	struct member *line = &c->members[SET_LINES][i], *seed = &c->members[SET_SEED][i];

	line->piece = line->own = control_line(like->piece);
	seed->piece = seed->own = c->options->line(c->options->line_context, like->piece, i);
	if (!line->piece || !seed->piece || measure(line) < 0 || measure(seed) < 0)
		return -1;
	line->kept = like->kept < line->bars ? like->kept : line->bars;
	seed->kept = like->kept < seed->bars ? like->kept : seed->bars;
	return 0;
}

static int features_real(void *context, int item)
{
	struct comparing *c = context;
	int result = c->options->alone ? 0 : make_controls(c, (size_t)item);

	if (result == 0 && with_lines(c))
		result = make_lines(c, (size_t)item);
	for (int set = 0; set < COMPARE_ALL && result == 0; set++)
		if (set != SET_MADE && c->values.n[set] > 0)
			result = make_features(c, set, (size_t)item);
	step(c);
	return result;
}

static int features_made(void *context, int item)
{
	struct comparing *c = context;
	const int result = make_features(c, SET_MADE, (size_t)item);

	step(c);
	return result;
}

static int learn_chain(struct comparing *c)
{
	c->chain = markov_new();
	for (size_t i = 0; c->chain && i < c->real->n; i++) {
		const struct corpus_piece *p = &c->real->pieces[i];

		if (p->split == SPLIT_TRAIN && markov_add(c->chain, p->piece, p->train_events) < 0)
			return -1;
	}
	return c->chain ? markov_ready(c->chain) : -1;
}

/* ---- all of it ----------------------------------------------------------- */

static void comparing_done(struct comparing *c)
{
	for (int set = 0; set < COMPARE_ALL; set++) {
		for (size_t i = 0; c->members[set] && i < c->values.n[set]; i++) {
			piece_free(c->members[set][i].own);
			piece_free(c->members[set][i].cut);
		}
		free(c->members[set]);
		free(c->values.values[set]);
	}
	markov_free(c->chain);
	free(c->twinned);
}

static int compare_all(struct comparing *c)
{
	if (choose_real(c) < 0 || fill_sets(c) < 0 || (!c->options->alone && learn_chain(c) < 0))
		return -1;
	c->total = c->out->real + c->made->n;
	if (pool_run(c->pool, measure_real, c, (int)c->out->real) < 0 ||
	    pool_run(c->pool, measure_made, c, (int)c->made->n) < 0)
		return -1;
	if (match_lengths(c) < 0 || keep_lengths(c) < 0)
		return -1;
	if (pool_run(c->pool, features_real, c, (int)c->out->real) < 0 ||
	    pool_run(c->pool, features_made, c, (int)c->made->n) < 0)
		return -1;
	if (!c->options->alone && comparing_copies(c) < 0)
		return -1;
	return compare_draw(c->out, &c->values, c->pool);
}

int compare_make(struct compare *out, const struct corpus *made, const struct corpus *real,
                 const struct compare_options *options, struct pool *pool)
{
	struct comparing c = {.out = out, .made = made, .real = real, .options = options, .pool = pool};
	int result;

	*out = (struct compare){.m = 0};
	pthread_mutex_init(&c.lock, NULL);
	result = compare_all(&c);
	pthread_mutex_destroy(&c.lock);
	comparing_done(&c);
	return result;
}

void compare_done(struct compare *c)
{
	free(c->copies);
	free(c->real_pieces);
	free(c->real_bars);
	free(c->made_bars);
	*c = (struct compare){.m = 0};
}
