/*
 * Composers: pieces strung together without end, and keys. A key is met by
 * transposition: the piece is drawn whole, its key found, and then it is given
 * out, so a composer asked for a key looks ahead a piece; without one it gives
 * each event as it is drawn. In a stream without end the pieces after the
 * first are drawn twice, once for their key alone, so that they can begin in
 * one that is related to the last piece's, and nothing of them need be kept.
 * Where a judge is to choose, each is drawn some more times before, for its
 * opinion alone: takes, which have one beginning and random numbers of their own.
 * See compose.h.
 */
#include "model/compose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/begin.h"
#include "model/best.h"
#include "model/maker.h"

/* What random numbers are for. */
enum { FOR_START = 201, FOR_EVENTS, FOR_RELATION, FOR_TAKE };
/* Pieces drawn until one has the key asked for; and one related to the last piece's, within a range. */
enum { KEY_ATTEMPTS = 24, RELATED_ATTEMPTS = 4 };
/* Bars by which a piece's key is known well enough to go on from it. */
enum { KEY_BARS = 32 };

struct composer {
	const struct model *m;
	struct compose_options o;
	struct maker maker;
	uint64_t number; /* pieces begun before this one */
	uint64_t take;   /* of the present piece; 0 is what there is without a judge */
	struct start start;
	int us_per_quarter;
	int gap; /* ticks to add to the next event's shift, between pieces */
	bool begun, ended;
	struct piece *whole; /* the present piece, when a key is asked for */
	size_t whole_at;
	int whole_transposition;
	int guarded;             /* in pieces that are over */
	struct key_count key;    /* of the present piece, as it sounds, */
	int now;                 /* which has come to this tick */
	int transposition;       /* of the present piece, for a key related to the last one's */
	struct latent_plan plan; /* of the present piece, where there is one; its lists are the options' */
};

/* What random numbers of an endless stream's later plans are keyed by. */
enum { FOR_PLAN = 204 };

void compose_defaults(struct compose_options *o)
{
	*o = (struct compose_options){
		.bars_max = 64, .temperature = 1, .key = {-1, MODE_UNKNOWN}, .high = 127, .style = -1, .guard = true};
	for (int k = 0; k < KNOBS; k++)
		o->knobs[k] = NAN;
}

static void choose_start(struct composer *c)
{
	/* the z of a seed are the same theme again: it begins the same way */
	struct random random = random_stream(c->o.plan ? c->plan.seed : c->o.seed, FOR_START, c->number, 0);

	c->us_per_quarter = begin_choose(&c->start, c->m->vocab, &c->o, &random);
	/* chords are of no part */
	if (generator_reads_tokens(&c->m->generator) && !c->o.primer)
		c->start.parts = 1;
	if (generator_is_conv(&c->m->generator))
		maker_conv_start(&c->start, c->m, &c->o);
}

static void begin_piece(struct composer *c, uint64_t attempt, int transposition)
{
	struct random take = random_stream(c->o.seed, FOR_TAKE, c->number, c->take);
	const uint64_t seed = c->take > 0 ? random_bits(&take) : c->o.seed;

	maker_begin(&c->maker, &c->start, random_stream(seed, FOR_EVENTS, c->number, attempt), transposition);
}

/* ---- Keys ------------------------------------------------------------------------ */

/* The key its notes are in. 0 or -1. */
static int find_key(struct key *key, const struct piece *p)
{
	struct song *song = piece_to_song(p);

	if (!song)
		return -1;
	*key = key_find(song);
	song_free(song);
	return 0;
}

/* closed: its last bars are chosen (model/ending.h), unless that is not wanted at all. */
static int draw_whole(struct composer *c, uint64_t attempt, int transposition, bool closed, struct key *key)
{
	struct event event;

	piece_free(c->whole);
	c->whole = piece_new(c->m->vocab->grid);
	if (!c->whole)
		return -1;
	c->whole->start = c->start;
	if (c->start.tonic > 0 && c->o.key.tonic >= 0)
		c->start.tonic = (uint8_t)((c->o.key.tonic - transposition + 120) % 12 + 1);
	c->maker.closes = closed;
	begin_piece(c, attempt, transposition);
	do {
		maker_next(&c->maker, &event);
		if (piece_add(c->whole, event) < 0)
			return -1;
	} while (event.kind != EVENT_END);
	return find_key(key, c->whole);
}

/* Events of the primer in the present piece; the range is for what is made. */
static size_t primed(const struct composer *c)
{
	const struct piece *p = c->o.primer;

	return !p ? 0 : p->n > 0 && p->events[p->n - 1].kind == EVENT_END ? p->n - 1 : p->n;
}

/* Do all notes stay where they may be when moved by t? */
static bool fits_range(const struct composer *c, int t)
{
	for (size_t i = 0; i < c->whole->n; i++) {
		const struct event *e = &c->whole->events[i];
		int pitch = e->pitch + t;

		if (e->kind != EVENT_NOTE)
			continue;
		if (pitch < 0 || pitch > 127 || (i >= primed(c) && (pitch < c->o.low || pitch > c->o.high)))
			return false;
	}
	return true;
}

/*
 * The smallest transposition from one tonic to another that fits what was
 * drawn; else the smallest that leaves pitches to draw anew.
 */
static int choose_transposition(const struct composer *c, int from, int to)
{
	int least = ((to - from) % 12 + 18) % 12 - 6;
	const int octaves[] = {0, 12, -12, 24, -24};
	const size_t n = sizeof octaves / sizeof *octaves;

	for (size_t i = 0; i < n; i++)
		if (fits_range(c, least + octaves[i]))
			return least + octaves[i];
	for (size_t i = 0; i < n; i++)
		if (c->o.low - least - octaves[i] <= 127 && c->o.high - least - octaves[i] >= 0)
			return least + octaves[i];
	return 0;
}

/*
 * The piece that was drawn, with its last bars chosen; as it was drawn, where
 * that takes it out of its key or the range.
 */
static int close_whole(struct composer *c, uint64_t attempt, int transposition, struct key met)
{
	struct key key;

	if (!c->maker.ending)
		return 0;
	if (draw_whole(c, attempt, transposition, true, &key) < 0)
		return -1;
	if (key.tonic == met.tonic && key.mode == met.mode && fits_range(c, c->whole_transposition))
		return 0;
	return draw_whole(c, attempt, transposition, false, &key);
}

/*
 * A piece drawn within the range as it will sound after a transposition may
 * need another one for its key, which may not fit; or it has not the mode
 * asked for. Then another is drawn, for the transposition that the last one
 * needed. In the end the range holds and the key may not.
 */
static int compose_whole(struct composer *c)
{
	int transposition = 0, drawn_at = 0;
	uint64_t attempt;
	struct key key = {-1, MODE_UNKNOWN};

	for (attempt = 0; attempt < KEY_ATTEMPTS; attempt++) {
		c->whole_transposition = drawn_at = transposition;
		if (draw_whole(c, attempt, drawn_at, false, &key) < 0)
			return -1;
		if (key.tonic >= 0 && c->o.key.tonic >= 0)
			transposition = choose_transposition(c, key.tonic, c->o.key.tonic);
		if (!fits_range(c, transposition))
			continue;
		c->whole_transposition = transposition;
		if (c->o.key.mode == MODE_UNKNOWN || key.mode == c->o.key.mode)
			break;
	}
	c->whole_at = 0;
	return close_whole(c, attempt < KEY_ATTEMPTS ? attempt : attempt - 1, drawn_at, key);
}

/* Is the key of a piece found before it is given out? A scale names its own tones, and is met by choosing among them. */
static bool looks_ahead(const struct composer *c)
{
	return (c->o.key.tonic >= 0 || c->o.key.mode != MODE_UNKNOWN) && c->o.scale == 0;
}

/* A primer's notes at the ends of the keyboard may not move as far: they go by octaves. */
static int sounding(int pitch)
{
	return pitch < 0 ? pitch + 36 : pitch > 127 ? pitch - 36 : pitch;
}

static void next_of_whole(struct composer *c, struct event *event)
{
	*event = c->whole->events[c->whole_at++];
	if (event->kind == EVENT_NOTE)
		event->pitch = (uint8_t)sounding(event->pitch + c->whole_transposition);
}

static bool ranged(const struct composer *c)
{
	return c->o.low > 0 || c->o.high < 127;
}

/* ---- Related keys --------------------------------------------------------------- */

static void count_key(struct composer *c, const struct event *e)
{
	c->now += e->shift;
	if (e->kind == EVENT_NOTE)
		key_count_note(&c->key, c->now, e->pitch, e->duration);
}

static void count_key_anew(struct composer *c)
{
	c->now = 0;
	key_count_start(&c->key);
}

/* Draw the beginning of the present piece for its key. */
static struct key preview_key(struct composer *c, int transposition)
{
	struct event event;

	count_key_anew(c);
	begin_piece(c, 0, transposition);
	do {
		maker_next(&c->maker, &event);
		count_key(c, &event);
	} while (event.kind != EVENT_END && c->maker.step->context.position.bar < KEY_BARS);
	return key_count_find(&c->key);
}

/*
 * Begin a piece in a key related to the one before: transposed by what its
 * preview needs. Without a range to keep to, the same events come again; a
 * range lets others be drawn at another transposition, whose key is found anew.
 */
static void begin_related(struct composer *c, struct key before)
{
	struct random random = random_stream(c->o.seed, FOR_RELATION, c->number, 0);
	unsigned which = random_below(&random, 2);
	struct key told = key_related(before, c->start.mode, which);

	c->transposition = 0;
	/* So that the piece is the same whatever it is transposed by, half an octave at most. */
	c->maker.margin = ranged(c) ? 0 : 6;
	if (c->start.tonic > 0 && told.tonic >= 0)
		c->start.tonic = (uint8_t)(told.tonic + 1);
	for (int attempt = 0; attempt < RELATED_ATTEMPTS; attempt++) {
		struct key key = preview_key(c, c->transposition);
		struct key wanted = key_related(before, key.mode, which);
		int needed;

		if (key.tonic < 0 || wanted.tonic < 0)
			break;
		needed = (wanted.tonic - key.tonic + 18) % 12 - 6;
		if (needed == c->transposition)
			break;
		c->transposition = needed;
		if (!ranged(c))
			break;
	}
	begin_piece(c, 0, c->transposition);
	c->maker.guard.stepped_in = 0;
}

/* Who asked for a key or a scale has it in every piece. */
static bool wanders(const struct composer *c)
{
	return c->o.endless && c->o.key.tonic < 0 && c->o.scale == 0;
}

/* ---- Takes ------------------------------------------------------------------------ */

/* The present piece as it will be given out but for its transposition, into c->whole. */
static int draw_take(struct composer *c, struct key before)
{
	struct event event;

	if (looks_ahead(c))
		return compose_whole(c);
	if (c->number > 0 && wanders(c))
		begin_related(c, before);
	else
		begin_piece(c, 0, 0);
	piece_free(c->whole);
	c->whole = piece_new(c->m->vocab->grid);
	if (!c->whole)
		return -1;
	do {
		maker_next(&c->maker, &event);
		if (piece_add(c->whole, event) < 0)
			return -1;
	} while (event.kind != EVENT_END);
	return 0;
}

/* The judge's favourite; of equals the first. */
static int choose_take(struct composer *c, struct key before)
{
	const struct start start = c->start;
	uint64_t best = 0;
	double highest = 0;

	for (uint64_t take = 0; take < (uint64_t)c->o.best_of; take++) {
		double logit;

		c->take = take;
		c->start = start;
		if (draw_take(c, before) < 0)
			return -1;
		c->whole->start = c->start;
		if (best_logit(&logit, c->o.judge, c->whole) < 0)
			return -1;
		if (take == 0 || logit > highest) {
			highest = logit;
			best = take;
		}
	}
	c->take = best;
	c->start = start;
	c->maker.guard.stepped_in = 0;
	return 0;
}

/* ---- Streams ------------------------------------------------------------------- */

struct composer *composer_new(const struct model *m, const struct compose_options *o)
{
	struct composer *c;

	if (compose_check(m, o) < 0)
		return NULL;
	c = mem_new(1, sizeof *c);
	if (!c)
		return NULL;
	c->m = m;
	c->o = *o;
	if (o->plan) {
		c->plan = *o->plan;
		c->o.plan = &c->plan;
	}
	if (maker_init(&c->maker, m, &c->o) < 0) {
		free(c);
		return NULL;
	}
	choose_start(c);
	return c;
}

void composer_free(struct composer *c)
{
	if (!c)
		return;
	maker_done(&c->maker);
	piece_free(c->whole);
	free(c);
}

const struct start *composer_start(const struct composer *c)
{
	return &c->start;
}

int composer_us_per_quarter(const struct composer *c)
{
	return c->us_per_quarter;
}

void composer_turn(struct composer *c, const double knobs[KNOBS])
{
	memcpy(c->o.knobs, knobs, sizeof c->o.knobs);
}

int composer_guarded(const struct composer *c)
{
	return c->guarded + c->maker.guard.stepped_in;
}

/*
 * After the END of one piece in an endless stream: a bar of rest, and the next
 * begins so that its first full bar falls on a bar line. Returns 1 when *event is the metre
 * change between them.
 */
static int turn_over(struct composer *c, struct event *event)
{
	const struct position *p = &c->maker.step->context.position;
	int old_numerator = p->numerator, old_denominator = p->denominator_log2;
	int rest = maker_bar_line(&c->maker, maker_now(&c->maker) + event->shift) - maker_now(&c->maker);
	struct metre metre;
	int bar;

	c->guarded = composer_guarded(c);
	c->maker.guard.stepped_in = 0;
	c->number++;
	c->o.primer = NULL; /* it was the beginning of the first piece */
	c->begun = false;
	if (c->o.plan)
		c->plan.seed = random_stream(c->plan.seed, FOR_PLAN, c->number, 0).key;
	choose_start(c);
	metre = (struct metre){0, c->start.numerator, c->start.denominator_log2};
	bar = metre_bar(&metre, c->m->vocab->grid);
	c->gap = bar + (bar - c->start.pickup % bar) % bar;
	if (old_numerator == c->start.numerator && old_denominator == c->start.denominator_log2) {
		c->gap += rest;
		return 0;
	}
	*event = (struct event){.shift = rest,
	                        .kind = EVENT_METRE,
	                        .numerator = c->start.numerator,
	                        .denominator_log2 = c->start.denominator_log2};
	return 1;
}

int composer_next(struct composer *c, struct event *event)
{
	for (;;) {
		if (c->ended)
			return 0;
		if (!c->begun) {
			const struct key before = key_count_find(&c->key);

			c->begun = true;
			if (c->o.best_of > 1 && choose_take(c, before) < 0)
				return -1;
			if (looks_ahead(c) && compose_whole(c) < 0)
				return -1;
			if (!looks_ahead(c) && c->number > 0 && wanders(c))
				begin_related(c, before);
			else if (!looks_ahead(c))
				begin_piece(c, 0, 0);
			count_key_anew(c);
		}
		if (looks_ahead(c))
			next_of_whole(c, event);
		else
			maker_next(&c->maker, event);
		if (event->kind == EVENT_NOTE && !looks_ahead(c))
			event->pitch = (uint8_t)sounding(event->pitch + c->transposition);
		count_key(c, event);
		if (event->kind != EVENT_END || !c->o.endless)
			break;
		if (turn_over(c, event))
			return 1;
	}
	event->shift += c->gap;
	c->gap = 0;
	c->ended = event->kind == EVENT_END;
	return 1;
}

struct piece *compose_piece(const struct model *m, const struct compose_options *o)
{
	struct compose_options bounded = *o;
	struct composer *c;
	struct piece *p;
	struct event event;
	int more;

	bounded.endless = false;
	c = composer_new(m, &bounded);
	if (!c)
		return NULL;
	p = piece_new(m->vocab->grid);
	for (more = p ? 1 : -1; more > 0;) {
		more = composer_next(c, &event);
		if (more > 0 && piece_add(p, event) < 0)
			more = -1;
	}
	if (more == 0) {
		p->start = *composer_start(c);
		p->us_per_quarter = composer_us_per_quarter(c);
		for (int k = 0; k < SONG_PARTS_MAX; k++)
			p->programs[k] = m->vocab->programs[k];
		if (o->primer)
			for (int k = 0; k < SONG_PARTS_MAX; k++)
				if (o->primer->programs[k] >= 0)
					p->programs[k] = o->primer->programs[k];
		more = find_key(&p->key, p);
	}
	composer_free(c);
	if (more < 0) {
		piece_free(p);
		return NULL;
	}
	return p;
}
