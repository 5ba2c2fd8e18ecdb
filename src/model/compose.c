/*
 * Composers: pieces strung together without end. Their keys are
 * compose_key.c's.
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
#include "model/composer.h"

/* What random numbers are for; 203 is compose_key.c's. */
enum { FOR_START = 201, FOR_EVENTS = 202, FOR_TAKE = 204, FOR_PLAN = 204 };

void compose_defaults(struct compose_options *o)
{
	*o = (struct compose_options){
		.bars_max = 64, .temperature = 1, .key = {-1, MODE_UNKNOWN}, .high = 127, .style = -1, .guard = true};
	for (int k = 0; k < KNOBS; k++)
		o->knobs[k] = NAN;
}

void composer_choose_start(struct composer *c)
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

void composer_begin_piece(struct composer *c, uint64_t attempt, int transposition)
{
	struct random take = random_stream(c->o.seed, FOR_TAKE, c->number, c->take);
	const uint64_t seed = c->take > 0 ? random_bits(&take) : c->o.seed;

	maker_begin(&c->maker, &c->start, random_stream(seed, FOR_EVENTS, c->number, attempt), transposition);
}

void composer_count_key(struct composer *c, const struct event *e)
{
	c->now += e->shift;
	if (e->kind == EVENT_NOTE)
		key_count_note(&c->key, c->now, e->pitch, e->duration);
}

void composer_count_key_anew(struct composer *c)
{
	c->now = 0;
	key_count_start(&c->key);
}

static void next_of_whole(struct composer *c, struct event *event)
{
	*event = c->whole->events[c->whole_at++];
	if (event->kind == EVENT_NOTE)
		event->pitch = (uint8_t)composer_sounding(event->pitch + c->whole_transposition);
}

/* ---- Takes ------------------------------------------------------------------------ */

/* The present piece as it will be given out but for its transposition, into c->whole. */
static int draw_take(struct composer *c, struct key before)
{
	struct event event;

	if (composer_looks_ahead(c))
		return composer_compose_whole(c);
	if (composer_wanders(c))
		composer_begin_in_key(c, before);
	else
		composer_begin_piece(c, 0, 0);
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
	c->moved.tonic = -1;
	if (o->plan) {
		c->plan = *o->plan;
		c->o.plan = &c->plan;
	}
	if (maker_init(&c->maker, m, &c->o) < 0) {
		free(c);
		return NULL;
	}
	composer_choose_start(c);
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

int composer_guarded(const struct composer *c)
{
	return c->guarded + c->maker.guard.stepped_in;
}

void composer_next_piece(struct composer *c, uint64_t number)
{
	c->guarded = composer_guarded(c);
	c->maker.guard.stepped_in = 0;
	c->number = number;
	c->o.primer = NULL; /* it was the beginning of the first piece */
	c->begun = false;
	c->moved.tonic = -1;
	if (c->o.plan)
		c->plan.seed = random_stream(c->plan.seed, FOR_PLAN, c->number, 0).key;
	composer_choose_start(c);
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

	composer_next_piece(c, c->number + 1);
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

/* The present piece, of which the start is chosen. */
static int begin(struct composer *c)
{
	const struct key before = key_count_find(&c->key);

	c->begun = true;
	if (c->o.best_of > 1 && choose_take(c, before) < 0)
		return -1;
	if (composer_looks_ahead(c)) {
		if (composer_compose_whole(c) < 0)
			return -1;
	} else if (c->replayed) {
		composer_begin_piece(c, 0, c->transposition);
	} else if (composer_wanders(c)) {
		composer_begin_in_key(c, before);
	} else {
		/* what the piece before was moved by is no matter of this one's */
		c->transposition = 0;
		c->maker.margin = 0;
		composer_begin_piece(c, 0, 0);
	}
	c->replayed = false;
	composer_count_key_anew(c);
	return 0;
}

int composer_next(struct composer *c, struct event *event)
{
	for (;;) {
		if (c->ended)
			return 0;
		if (!c->begun && begin(c) < 0)
			return -1;
		if (composer_looks_ahead(c))
			next_of_whole(c, event);
		else
			maker_next(&c->maker, event);
		if (event->kind == EVENT_NOTE && !composer_looks_ahead(c))
			event->pitch = (uint8_t)composer_sounding(event->pitch + c->transposition);
		composer_count_key(c, event);
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
		more = composer_find_key(&p->key, p);
	}
	composer_free(c);
	if (more < 0) {
		piece_free(p);
		return NULL;
	}
	return p;
}
