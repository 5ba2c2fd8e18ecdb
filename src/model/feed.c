/* Pieces onto lanes, lanes into chunks. See feed.h. */
#include "model/feed.h"

#include <math.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/net_tokens.h"

/* What random numbers of a visit are for. */
enum { FOR_ORDER = 101, FOR_VISIT, FOR_UNLED, FOR_KNOBS };

bool feed_fits(const struct piece *p, const struct vocab *v)
{
	return p->grid == v->grid && (v->parts == SONG_PARTS_MAX || p->start.parts >> v->parts == 0);
}

uint32_t *feed_pieces(const struct corpus *corpus, const struct vocab *v, enum split split, size_t *n)
{
	uint32_t *order = mem_new(corpus->n > 0 ? corpus->n : 1, sizeof *order);

	*n = 0;
	for (size_t i = 0; order && i < corpus->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];
		/* Where tails are held out, every piece that is not for testing is on both sides. */
		bool both = corpus->rule == SPLIT_BY_TAIL && cp->split != SPLIT_TEST && split != SPLIT_TEST;

		if ((both || cp->split == split) && feed_fits(cp->piece, v))
			order[(*n)++] = (uint32_t)i;
	}
	return order;
}

/* Of a piece's tokens, as long as it is not transposed: how it is spelled does not depend on that. */
static long count_tokens(const struct corpus *corpus, const struct generator *g, const uint32_t *order, size_t n)
{
	struct corpus_reader reader = {.bytes = NULL};
	struct tokens tokens = {NULL, 0, 0};
	long rows = 0;

	for (size_t i = 0; i < n && rows >= 0; i++) {
		const struct piece *p = corpus_read(&reader, corpus, &corpus->pieces[order[i]]);

		rows = p && tokens_spell(&tokens, g, p, 0) == 0 ? rows + (long)tokens.n : -1;
	}
	tokens_done(&tokens);
	corpus_reader_done(&reader);
	return rows;
}

long feed_rows(const struct corpus *corpus, const struct generator *g, const uint32_t *order, size_t n)
{
	long rows = 0;

	if (generator_reads_tokens(g))
		return count_tokens(corpus, g, order, n);
	for (size_t i = 0; i < n; i++)
		rows += (long)corpus->pieces[order[i]].piece->n;
	return rows;
}

/*
 * A Feistel network of four rounds over the smallest even number of bits that
 * holds n, walked until it lands below n (Black and Rogaway, Ciphers with
 * arbitrary finite domains, CT-RSA 2002): a shuffle without a table.
 */
uint32_t shuffled(uint64_t key, uint32_t index, uint32_t n)
{
	unsigned half = 1;
	uint32_t mask, x = index;

	while (half < 16 && (1ull << (2 * half)) < n)
		half++;
	mask = (1u << half) - 1;
	do {
		uint32_t left = x >> half, right = x & mask;

		for (uint64_t round = 0; round < 4; round++) {
			uint32_t next = left ^ ((uint32_t)random_mix(key ^ random_mix(round << 32 | right)) & mask);

			left = right;
			right = next;
		}
		x = left << half | right;
	} while (x >= n);
	return x;
}

/* A style is a number within its own corpus; between corpora it is a name. */
static int number_styles(struct feed *f)
{
	const struct corpus *c = f->corpus;

	f->styles = mem_new(c->n_styles, sizeof *f->styles);
	if (!f->styles)
		return -1;
	for (size_t i = 0; i < c->n_styles; i++)
		f->styles[i] = vocab_style(f->g->vocab, c->styles[i]);
	return 0;
}

int feed_init(struct feed *f, const struct generator *g, const struct corpus *corpus,
              const struct feed_options *options, const uint32_t *order, size_t n, int first_lane, int n_lanes)
{
	*f = (struct feed){.g = g,
	                   .corpus = corpus,
	                   .options = *options,
	                   .order = order,
	                   .n = n,
	                   .first_lane = first_lane,
	                   .n_lanes = n_lanes};
	f->lanes = mem_new((size_t)n_lanes, sizeof *f->lanes);
	return f->lanes ? number_styles(f) : -1;
}

void feed_done(struct feed *f)
{
	for (int i = 0; f->lanes && i < f->n_lanes; i++) {
		corpus_reader_done(&f->lanes[i].reader);
		tokens_done(&f->lanes[i].tokens);
		phrases_done(&f->lanes[i].phrases);
		free(f->lanes[i].knobs);
	}
	free(f->lanes);
	free(f->styles);
	f->lanes = NULL;
	f->styles = NULL;
}

/* A transposition that keeps every part within the range it has in the corpus. */
static int draw_transposition(const struct piece *p, const struct vocab *v, int most, struct random *random)
{
	int down = -most, up = most;

	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		if (e->kind != EVENT_NOTE)
			continue;
		/* A note outside the range (a held-out one) still stands where it is. */
		if (v->low[e->part] - e->pitch > down)
			down = v->low[e->part] - e->pitch;
		if (v->high[e->part] - e->pitch < up)
			up = v->high[e->part] - e->pitch;
	}
	down = down > 0 ? 0 : down;
	up = up < 0 ? 0 : up;
	return down + (int)random_below(random, (uint32_t)(up - down) + 1);
}

static unsigned draw_unknown(const struct feed_options *o, struct random *random)
{
	unsigned unknown = 0;

	for (unsigned bit = 1; bit <= UNKNOWN_TEMPO; bit <<= 1) {
		double rate = bit == UNKNOWN_KEY ? o->unknown_key : bit <= UNKNOWN_PHRASE ? o->unknown : o->unknown / 3;

		if (random_unit(random) < rate)
			unknown |= bit;
	}
	return unknown;
}

static int piece_end(const struct piece *p)
{
	int end = 0;

	for (size_t i = 0; i < p->n; i++)
		end += p->events[i].shift;
	return end;
}

/* Of its present piece: the start, and all events or tokens but END. */
static size_t lane_rows(const struct feed *f, const struct lane *l)
{
	return generator_reads_tokens(f->g) ? l->tokens.n : l->music->n;
}

/* The key is not the one that was found in the piece, but the lane's. */
static void tell_key(struct start *start, unsigned *unknown, int lane)
{
	start->tonic = (uint8_t)(1 + lane % 12);
	start->mode = lane < 12 ? MODE_MAJOR : MODE_MINOR;
	*unknown &= ~(unsigned)UNKNOWN_KEY;
}

/* Of a piece whose tail is held out what is to be learned from tells nothing of that. */
static int cut_phrases(struct feed *f, struct lane *l, uint64_t number)
{
	const bool headless = f->corpus->rule == SPLIT_BY_TAIL && f->options.training;
	struct random random = random_stream(f->options.seed, FOR_UNLED, number, 0);

	l->slot = -1;
	l->unled = f->options.training && random_unit(&random) < f->options.unled;
	return phrases_cut(&l->phrases, l->music, headless ? l->piece->train_events : l->music->n, f->g->vocab);
}

/* Of the phrases of the lane's piece, some of them left out. */
static int tell_knobs(struct feed *f, struct lane *l, uint64_t number)
{
	const struct feed_options *o = &f->options;
	struct random random = random_stream(o->seed, FOR_KNOBS, number, 0);
	const size_t n = l->phrases.n * KNOBS;

	if (MEM_GROW(l->knobs, l->knobs_capacity, n) < 0)
		return -1;
	knobs_of_phrases(l->knobs, &l->phrases, l->music, l->transpose, o->knobs);
	for (size_t i = 0; i < n; i++) {
		if (o->untold >> i % KNOBS & 1 || (o->untold_share > 0 && random_unit(&random) < o->untold_share))
			l->knobs[i] = NAN;
		if (o->knob_noise > 0)
			l->knobs[i] += o->knob_noise * random_normal(&random);
	}
	return 0;
}

/* Put the lane's next piece on; NULL when scoring has no more. 0, or -1: its events cannot be read. */
static int next_piece(struct feed *f, int lane)
{
	struct lane *l = &f->lanes[lane];
	uint64_t place = (uint64_t)(f->first_lane + (f->options.keys ? 0 : lane));
	uint64_t number = place + l->visit * (uint64_t)f->options.lanes_in_all;
	unsigned unknown = UNKNOWN_BARS_LEFT | UNKNOWN_KEY;
	struct start start;

	l->row = 0;
	l->transpose = 0;
	l->piece = NULL;
	if (f->n == 0 || (!f->options.training && number >= f->n))
		return 0;
	if (f->options.training) {
		uint64_t epoch = number / f->n;
		struct random key = random_stream(f->options.seed, FOR_ORDER, epoch, 0);

		l->piece = &f->corpus->pieces[f->order[shuffled(key.key, (uint32_t)(number % f->n), (uint32_t)f->n)]];
	} else {
		l->piece = &f->corpus->pieces[f->order[number]];
	}
	l->music = corpus_read(&l->reader, f->corpus, l->piece);
	if (!l->music)
		return -1;
	if (f->options.training) {
		struct random visit = random_stream(f->options.seed, FOR_VISIT, number, 0);

		l->transpose = draw_transposition(l->music, f->g->vocab, f->options.transpose, &visit);
		unknown = draw_unknown(&f->options, &visit);
	}
	if ((f->options.phrases || f->options.knobs) && cut_phrases(f, l, number) < 0)
		return -1;
	if (f->options.knobs && tell_knobs(f, l, number) < 0)
		return -1;
	l->visit++;
	start = l->music->start;
	start.style = start.style >= 0 && (size_t)start.style < f->corpus->n_styles ? f->styles[start.style] : -1;
	if (start.tonic > 0)
		start.tonic = (uint8_t)((start.tonic - 1 + l->transpose + 120) % 12 + 1);
	if (f->options.keys)
		tell_key(&start, &unknown, lane);
	context_start(&l->context, f->g, &start, unknown, piece_end(l->music));
	return generator_reads_tokens(f->g) ? tokens_spell(&l->tokens, f->g, l->music, l->transpose) : 0;
}

/*
 * Weights of event `index` in this feed. Where the tails of pieces are held
 * out, END would never be learned; so it alone is for training, and is not
 * charged when the tails are scored.
 */
static double event_weight(const struct feed *f, const struct corpus_piece *cp, size_t index)
{
	bool training = index < cp->train_events;

	if (f->options.whole || f->corpus->rule != SPLIT_BY_TAIL)
		return 1;
	if (index + 1 == cp->piece->n)
		training = true;
	return training == (f->options.split == SPLIT_TRAIN);
}

int feed_next(struct feed *f, int lane, size_t *rows)
{
	struct lane *l = &f->lanes[lane];

	if (next_piece(f, lane) < 0)
		return -1;
	if (!l->piece)
		return error("there is no further piece to score");
	*rows = lane_rows(f, l);
	return 0;
}

bool feed_charges(const struct feed *f, int lane, size_t event)
{
	return event_weight(f, f->lanes[lane].piece, event) > 0;
}

size_t feed_event(const struct feed *f, int lane, size_t row)
{
	return generator_reads_tokens(f->g) ? f->lanes[lane].tokens.list[row].event : row;
}

static struct event transposed(struct event e, int semitones, bool training)
{
	if (e.kind == EVENT_NOTE)
		e.pitch = (uint8_t)(e.pitch + semitones);
	/* Fermatas are nobody's prediction: what is scored, or generated, does without. */
	if (!training)
		e.fermata = false;
	return e;
}

/* A composer's windows begin with zeros, wherever chunks do. */
static void feed_token(struct feed *f, struct batch *b, int row, struct lane *l)
{
	const struct token *next = &l->tokens.list[l->row];

	batch_token(b, row, l->row > 0 ? next - 1 : NULL, next, net_tokens_resets(f->g, l->row),
	            event_weight(f, l->piece, next->event));
	l->row++;
}

/* Where in a phrase the lane's present row is. */
static void row_place(struct bag_item place[PLACE_FIELDS], const struct lane *l, size_t which)
{
	const struct context *c = &l->context;
	const int parts = c->g->vocab->parts;

	latent_place(place, c->position.bar - l->phrases.list[which].bar, position_in_bar(&c->position),
	             c->g->vocab->grid,
	             c->kind == ROW_NOTE    ? c->part
	             : c->kind == ROW_METRE ? parts
	                                    : parts + 1);
}

/* The phrase of the lane's present row: that of its event; the start's is the first. false: it is of none. */
static bool row_phrase(size_t *which, const struct lane *l)
{
	if (l->phrases.events == 0 || l->row > l->phrases.events)
		return false;
	*which = l->row > 0 ? l->phrases.of[l->row - 1] : 0;
	return true;
}

/* Its number in the batch; -1: the row is told none. */
static int feed_phrase(struct phrase_batch *b, struct bag_item place[PLACE_FIELDS], struct lane *l)
{
	size_t which;

	if (l->unled || !row_phrase(&which, l))
		return -1;
	if (l->slot < 0 || l->slot_phrase != which) {
		l->slot = phrase_batch_add(b, &l->phrases, which, l->context.start.style);
		l->slot_phrase = which;
	}
	row_place(place, l, which);
	b->share[l->slot] += 1.0 / (double)l->phrases.list[which].rows;
	return l->slot;
}

static void feed_row(struct feed *f, struct batch *b, int row, struct lane *l)
{
	static const struct event nothing;
	const struct piece *p = l->music;
	struct event event = nothing, next = transposed(p->events[l->row], l->transpose, f->options.training);
	double weight = 0, next_weight = event_weight(f, l->piece, l->row);
	struct bag_item place[PLACE_FIELDS];
	const double *code = NULL;
	int phrase = -1;
	size_t which;

	if (l->row == 0) {
		context_arrive(&l->context, 0, ROW_START, 0);
	} else {
		event = transposed(p->events[l->row - 1], l->transpose, f->options.training);
		weight = event_weight(f, l->piece, l->row - 1);
		context_arrive(&l->context, event.shift, event.kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, event.part);
	}
	if (f->options.phrases)
		phrase = feed_phrase(&b->phrases, place, l);
	if (f->options.knobs && row_phrase(&which, l))
		code = l->knobs + which * KNOBS;
	batch_row(b, row, &l->context, &event, &next, weight, next_weight);
	if (phrase >= 0)
		batch_phrase(b, row, phrase, place);
	if (code)
		batch_knobs(b, row, code);
	l->row++;
}

int feed_turn(struct feed *f)
{
	for (int i = 0; i < f->n_lanes; i++) {
		struct lane *l = &f->lanes[i];

		if (l->visit > 0 && (!l->piece || l->row < lane_rows(f, l)))
			continue;
		if (next_piece(f, i) < 0)
			return -1;
	}
	return 0;
}

int feed_chunk(struct feed *f, struct batch *b, int steps)
{
	bool any = false;

	if (f->options.apart && feed_turn(f) < 0)
		return -1;
	for (int i = 0; i < f->n_lanes; i++) {
		if (!f->lanes[i].piece && f->lanes[i].visit == 0 && next_piece(f, i) < 0)
			return -1;
		any = any || f->lanes[i].piece;
	}
	if (!any)
		return 0;
	batch_begin(b, steps);
	for (int i = 0; i < f->n_lanes; i++)
		f->lanes[i].slot = -1;
	for (int t = 0; t < steps; t++) {
		for (int i = 0; i < f->n_lanes; i++) {
			struct lane *l = &f->lanes[i];

			const bool over = l->piece && l->row == lane_rows(f, l);

			if (over && !f->options.apart && next_piece(f, i) < 0)
				return -1;
			if (over && f->options.apart)
				batch_idle_row(b, t * f->n_lanes + i);
			else if (l->piece && b->tokens)
				feed_token(f, b, t * f->n_lanes + i, l);
			else if (l->piece)
				feed_row(f, b, t * f->n_lanes + i, l);
			else
				batch_idle_row(b, t * f->n_lanes + i);
		}
	}
	batch_end(b, f->g);
	return 1;
}

int feed_restore(struct feed *f, int lane, uint64_t visit, size_t row, struct batch *scratch, int *time)
{
	struct lane *l = &f->lanes[lane];

	*time = 0;
	if (visit == 0)
		return row == 0 ? 0 : error("a lane is in no piece, at row %zu", row);
	l->visit = visit - 1;
	if (next_piece(f, lane) < 0)
		return -1;
	if (!l->piece || row < 1 || row > lane_rows(f, l))
		return error("a lane is at row %zu of a piece that has not as many", row);
	if (scratch->tokens)
		l->row = row;
	while (l->row < row) {
		batch_begin(scratch, 1);
		feed_row(f, scratch, 0, l);
		*time = scratch->time[0];
	}
	return 0;
}
