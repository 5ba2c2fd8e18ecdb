/* Pieces and windows for a judge. See judge_data.h. */
#include "model/judge_data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "corpus/controls.h"
#include "corpus/notes.h"
#include "corpus/reread.h"
#include "model/compose.h"
#include "model/feed.h"
#include "model/judge_fakes.h"

/* What random numbers are for. */
enum { FOR_PIECES = 701, FOR_SPOILING, FOR_SAMPLES };
/* A real piece, and those that are made of it: once where they are held out, some more often to learn from. */
enum { OF_A_PIECE = 12, OF_A_HELD_OUT_PIECE = 5 };

static const double shares[JUDGE_KINDS] = {
	[JUDGE_TAME] = 0.12,   [JUDGE_OWN] = 0.23,   [JUDGE_WILD] = 0.08,  [JUDGE_SHUFFLED] = 0.35,
	[JUDGE_SHIFTED] = 0.1, [JUDGE_WRONG] = 0.07, [JUDGE_NOISE] = 0.05,
};
static const int of_a_piece[OF_A_PIECE] = {
	JUDGE_REAL,     JUDGE_SHUFFLED, JUDGE_SHIFTED,  JUDGE_WRONG,    JUDGE_NOISE,   JUDGE_SHUFFLED,
	JUDGE_SHUFFLED, JUDGE_SHUFFLED, JUDGE_SHUFFLED, JUDGE_SHUFFLED, JUDGE_SHIFTED, JUDGE_WRONG,
};

double judge_kind_share(int kind)
{
	return shares[kind];
}

/* A piece to be made into sources. */
struct judge_item {
	enum judge_use use;
	uint32_t piece;               /* of the corpus; of a sample its number */
	double temperature;           /* 0: a piece of the corpus */
	int kind;                     /* of a sample */
	struct judge_source *sources; /* (sources_of()); those that could not be made have no rows */
};

static int sources_of(const struct judge_item *item)
{
	return item->temperature > 0 ? 1 : item->use == JUDGE_TRAIN ? OF_A_PIECE : OF_A_HELD_OUT_PIECE;
}

struct gathering {
	const struct model *m;
	const struct judge_net *net;
	const struct judge_config *config;
	const struct stage_job *job;
	struct judge_set *sets;
	struct judge_item *items;
	size_t n_items;
	/* progress */
	int (*step)(void *context, long done, long total);
	void *context;
	pthread_mutex_t lock;
	long done, total;
	bool stopped;
};

/* ---- pieces into sources --------------------------------------------------- */

/* Of a piece whose tail is held out: bars before it, or from its first whole one on. */
static void limit(struct judge_source *s, const struct corpus_piece *cp, enum judge_use use)
{
	uint32_t b = 0;

	while (b < s->rows.bars && s->rows.event[b] < cp->train_events)
		b++;
	if (use != JUDGE_TRAIN)
		s->from = b;
	else
		s->to = b > 0 ? b - 1 : 0;
}

static int add_source(const struct gathering *g, struct judge_source *s, int kind, const struct piece *piece)
{
	s->kind = kind;
	if (judge_rows_make(&s->rows, g->net->vocab, piece) < 0)
		return -1;
	s->to = (uint32_t)s->rows.bars;
	return 0;
}

static struct piece *spoil(const struct piece *piece, int kind, const struct bars *bars, uint8_t *spoiled,
                           struct random *random)
{
	switch (kind) {
	case JUDGE_SHUFFLED:
		return control_shuffled(piece, random);
	case JUDGE_SHIFTED:
		return fake_shifted(piece, random);
	case JUDGE_WRONG:
		return fake_wrong_notes(piece, bars, spoiled, random);
	default:
		return fake_noise(piece, random);
	}
}

static int add_spoiled(const struct gathering *g, const struct judge_item *item, int number, const struct piece *piece)
{
	struct judge_source *s = &item->sources[number];
	const int kind = of_a_piece[number];
	struct random random = random_stream(g->job->seed, FOR_SPOILING, item->piece, (uint64_t)number);
	struct piece *made = NULL;
	struct bars bars;
	int result = -1;

	if (bars_make(&bars, piece) == 0) {
		s->spoiled = kind == JUDGE_WRONG ? mem_new(bars.n, sizeof *s->spoiled) : NULL;
		if (kind != JUDGE_WRONG || s->spoiled)
			made = spoil(piece, kind, &bars, s->spoiled, &random);
	}
	if (made)
		result = add_source(g, s, kind, made);
	/* wrong notes leave bar lines where they are */
	if (result == 0 && kind == JUDGE_WRONG && s->rows.bars != bars.n)
		BUG("%zu bars of %zu", s->rows.bars, bars.n);
	piece_free(made);
	bars_done(&bars);
	return result;
}

static int make_real(const struct gathering *g, struct judge_item *item)
{
	const struct corpus *corpus = g->job->corpus;
	const struct corpus_piece *cp = &corpus->pieces[item->piece];
	struct corpus_reader reader = {.bytes = NULL};
	const struct piece *piece = corpus_read(&reader, corpus, cp);
	int result = piece ? 0 : -1;

	for (int i = 0; i < sources_of(item) && result == 0; i++) {
		struct judge_source *s = &item->sources[i];

		result = of_a_piece[i] == JUDGE_REAL ? add_source(g, s, JUDGE_REAL, piece)
		                                     : add_spoiled(g, item, i, piece);
		if (result == 0 && corpus->rule == SPLIT_BY_TAIL)
			limit(s, cp, item->use);
	}
	corpus_reader_done(&reader);
	return result;
}

static int make_sample(const struct gathering *g, struct judge_item *item)
{
	const struct reading reading = vocab_reading(g->m->vocab);
	struct random random = random_stream(g->job->seed, FOR_SAMPLES, (uint64_t)item->kind, item->piece);
	struct compose_options o;
	struct piece *piece, *read = NULL;
	int result = 0;

	compose_defaults(&o);
	/* beyond the seeds that people type */
	o.seed = random_bits(&random) >> 1;
	o.temperature = item->temperature;
	o.bars_max = g->config->sample_bars;
	/* last bars are not chosen, which takes two thirds of the time */
	o.open_end = true;
	piece = compose_piece(g->m, &o);
	if (!piece)
		return -1;
	if (notes_count(piece) > 0) {
		read = piece_reread(piece, &reading);
		result = read ? add_source(g, item->sources, item->kind, read) : -1;
	}
	piece_free(read);
	piece_free(piece);
	return result;
}

static int make_item(void *context, int number)
{
	struct gathering *g = context;
	struct judge_item *item = &g->items[number];
	bool stopped;
	int result;

	pthread_mutex_lock(&g->lock);
	stopped = g->stopped;
	pthread_mutex_unlock(&g->lock);
	if (stopped)
		return 0;
	result = item->temperature > 0 ? make_sample(g, item) : make_real(g, item);
	pthread_mutex_lock(&g->lock);
	g->done++;
	if (result == 0 && !g->stopped && g->step && g->step(g->context, g->done, g->total))
		g->stopped = true;
	pthread_mutex_unlock(&g->lock);
	return result;
}

/* ---- which pieces ------------------------------------------------------------ */

static int add_item(struct gathering *g, struct judge_item item)
{
	item.sources = mem_new((size_t)sources_of(&item), sizeof *item.sources);
	if (!item.sources)
		return -1;
	g->items[g->n_items++] = item;
	if (item.temperature > 0)
		g->sets[item.use].samples++;
	else
		g->sets[item.use].real++;
	return 0;
}

/* Training pieces, some of them where there are many; held-out ones, in turn for the one and the other. */
static int choose_real(struct gathering *g, enum split split, size_t most)
{
	struct random random = random_stream(g->job->seed, FOR_PIECES, (uint64_t)split, 0);
	size_t n;
	uint32_t *order = feed_pieces(g->job->corpus, g->m->vocab, split, &n);
	int result = order ? 0 : -1;

	if (result == 0) {
		random_shuffle(&random, order, n);
		n = n < most ? n : most;
		if (split == SPLIT_VALID && n < 2)
			result = error("a judge needs two held-out pieces at least, and there %s %zu",
			               n == 1 ? "is" : "are", n);
	}
	for (size_t i = 0; i < n && result == 0; i++) {
		const enum judge_use held = i % 2 ? JUDGE_MEASURE : JUDGE_CALIBRATE;

		result = add_item(
			g, (struct judge_item){.use = split == SPLIT_TRAIN ? JUDGE_TRAIN : held, .piece = order[i]});
	}
	free(order);
	return result;
}

static int choose_samples(struct gathering *g)
{
	const double temperatures[] = {JUDGE_TAME_TEMPERATURE, 1, JUDGE_WILD_TEMPERATURE};
	const int train = g->config->samples, held = (train + 3) / 4;

	for (int t = 0; t < 3; t++)
		for (int i = 0; i < train + 2 * held; i++) {
			const enum judge_use use = i < train          ? JUDGE_TRAIN
			                           : i < train + held ? JUDGE_CALIBRATE
			                                              : JUDGE_MEASURE;

			if (add_item(g, (struct judge_item){.use = use,
			                                    .piece = (uint32_t)i,
			                                    .temperature = temperatures[t],
			                                    .kind = JUDGE_TAME + t}) < 0)
				return -1;
		}
	return 0;
}

static int choose_items(struct gathering *g)
{
	const size_t pieces = (size_t)g->config->pieces;
	const size_t room = 2 * g->job->corpus->n + 3 * (2 * (size_t)g->config->samples + 8);

	g->items = mem_new(room, sizeof *g->items);
	if (!g->items || choose_real(g, SPLIT_TRAIN, pieces) < 0 ||
	    choose_real(g, SPLIT_VALID, pieces > 1 ? pieces : 2) < 0 || choose_samples(g) < 0)
		return -1;
	if (g->n_items > INT32_MAX)
		return error("too many pieces for a judge");
	g->total = (long)g->n_items;
	return 0;
}

/* ---- windows ------------------------------------------------------------------ */

static bool has_notes(const struct judge_window *x)
{
	return judge_window_rows(x) > x->bars;
}

/* Windows within the bars that may be looked at, the last up to their end; one of fewer bars where there are no more. */
static int add_places(struct judge_set *set, const struct judge_net *net, uint32_t source, uint32_t hop,
                      size_t capacity[JUDGE_KINDS])
{
	const struct judge_source *s = &set->sources[source];
	const uint32_t most = (uint32_t)net->shape.bars;
	const int kind = s->kind;
	uint32_t last;

	if (s->from >= s->to)
		return 0;
	last = s->to - s->from > most ? s->to - most : s->from;
	for (uint32_t bar = s->from;; bar = bar + hop < last ? bar + hop : last) {
		const struct judge_place place = {source, bar};
		const struct judge_window x = judge_set_window(set, net, place, NULL);

		if (has_notes(&x)) {
			if (MEM_GROW(set->places[kind], capacity[kind], set->n_places[kind] + 1) < 0)
				return -1;
			set->places[kind][set->n_places[kind]++] = place;
		}
		if (bar == last)
			return 0;
	}
}

static int find_places(struct judge_set *set, const struct judge_net *net, uint32_t hop)
{
	size_t capacity[JUDGE_KINDS] = {0};

	for (size_t i = 0; i < set->n; i++)
		if (add_places(set, net, (uint32_t)i, hop, capacity) < 0)
			return -1;
	return 0;
}

struct judge_window judge_set_window(const struct judge_set *set, const struct judge_net *net, struct judge_place place,
                                     real *bar_labels)
{
	const struct judge_source *s = &set->sources[place.source];
	const uint32_t most = (uint32_t)net->shape.bars, left = s->to - place.bar;
	const struct judge_window x = {&s->rows, place.bar, left < most ? left : most};

	for (uint32_t b = 0; bar_labels && b < x.bars; b++)
		bar_labels[b] = s->kind == JUDGE_REAL || (s->spoiled && !s->spoiled[x.bar + b]) ? 1 : 0;
	return x;
}

/* ---- all of it ---------------------------------------------------------------- */

static void source_done(struct judge_source *s)
{
	judge_rows_done(&s->rows);
	free(s->spoiled);
}

/* The items' sources into the sets, in the items' order. */
static int hand_over(struct gathering *g)
{
	size_t room[JUDGE_USES] = {0};

	for (size_t i = 0; i < g->n_items; i++)
		room[g->items[i].use] += (size_t)sources_of(&g->items[i]);
	for (int u = 0; u < JUDGE_USES; u++) {
		g->sets[u].sources = mem_new(room[u], sizeof *g->sets[u].sources);
		if (!g->sets[u].sources)
			return -1;
	}
	for (size_t i = 0; i < g->n_items; i++) {
		const struct judge_item *item = &g->items[i];
		struct judge_set *set = &g->sets[item->use];

		for (int k = 0; k < sources_of(item); k++) {
			/* one that is a twin of silence has no rows */
			if (item->sources[k].rows.bars > 0)
				set->sources[set->n++] = item->sources[k];
			else
				source_done(&item->sources[k]);
			item->sources[k] = (struct judge_source){0};
		}
	}
	for (int u = 0; u < JUDGE_USES; u++) {
		const uint32_t half = (uint32_t)(g->net->shape.bars > 1 ? g->net->shape.bars / 2 : 1);

		if (find_places(&g->sets[u], g->net, u == JUDGE_TRAIN ? 1 : half) < 0)
			return -1;
		if (g->sets[u].n_places[JUDGE_REAL] == 0)
			return error("there is no real music %s",
			             u == JUDGE_TRAIN ? "to learn from" : "held out that a judge can be tried on");
	}
	return 0;
}

int judge_data_make(struct judge_set sets[JUDGE_USES], const struct model *m, const struct judge_net *net,
                    const struct judge_config *config, const struct stage_job *job,
                    int (*step)(void *context, long done, long total), void *context)
{
	struct gathering g = {
		.m = m, .net = net, .config = config, .job = job, .sets = sets, .step = step, .context = context};
	int result;

	memset(sets, 0, JUDGE_USES * sizeof *sets);
	pthread_mutex_init(&g.lock, NULL);
	result = choose_items(&g);
	if (result == 0)
		result = pool_run(job->pool, make_item, &g, (int)g.n_items);
	if (result == 0)
		result = g.stopped ? 1 : hand_over(&g);
	for (size_t i = 0; i < g.n_items; i++) {
		for (int k = 0; k < sources_of(&g.items[i]); k++)
			source_done(&g.items[i].sources[k]);
		free(g.items[i].sources);
	}
	free(g.items);
	pthread_mutex_destroy(&g.lock);
	return result;
}

void judge_data_done(struct judge_set sets[JUDGE_USES])
{
	for (int u = 0; u < JUDGE_USES; u++) {
		for (size_t i = 0; i < sets[u].n; i++)
			source_done(&sets[u].sources[i]);
		free(sets[u].sources);
		for (int k = 0; k < JUDGE_KINDS; k++)
			free(sets[u].places[k]);
	}
	memset(sets, 0, JUDGE_USES * sizeof *sets);
}
