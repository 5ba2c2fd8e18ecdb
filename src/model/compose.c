/*
 * Composers: how a piece begins, pieces strung together without end, and
 * keys. A key is met by transposition: the piece is drawn whole, its key
 * found, and then it is given out, so a composer asked for a key looks ahead
 * a piece; without one it gives each event as it is drawn. See compose.h.
 */
#include "model/compose.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/maker.h"

/* What random numbers are for. */
enum { FOR_START = 201, FOR_EVENTS };
/* Pieces drawn until one has the key asked for. */
enum { KEY_ATTEMPTS = 24 };

struct composer {
	const struct model *m;
	struct compose_options o;
	struct maker maker;
	uint64_t number; /* pieces begun before this one */
	struct start start;
	int us_per_quarter;
	int gap; /* ticks to add to the next event's shift, between pieces */
	bool begun, ended;
	struct piece *whole; /* the present piece, when a key is asked for */
	size_t whole_at;
	int whole_transposition;
	int guarded; /* in pieces that are over */
};

void compose_defaults(struct compose_options *o)
{
	*o = (struct compose_options){
		.bars_max = 64, .temperature = 1, .key = {-1, MODE_UNKNOWN}, .high = 127, .style = -1, .guard = true};
}

/* ---- How a piece begins ------------------------------------------------------- */

/* What may be wished of a beginning; the higher bits are given up last. */
enum wish { WISH_DOWNBEAT = 1, WISH_MODE = 2, WISH_PARTS = 4, WISH_STYLE = 8, WISHES = 16 };

/* Who asks for so many bars wants those, and no pickup before them. */
static bool start_fits(const struct vocab_start *s, const struct compose_options *o, unsigned wishes)
{
	return !(wishes & WISH_STYLE && o->style >= 0 && s->start.style != o->style) &&
	       !(wishes & WISH_PARTS && o->parts > 0 && start_part_count(&s->start) != o->parts) &&
	       !(wishes & WISH_MODE && o->key.mode != MODE_UNKNOWN && s->start.mode != o->key.mode) &&
	       !(wishes & WISH_DOWNBEAT && o->bars > 0 && s->start.pickup > 0);
}

/* One of the model's own beginnings, as often as it was seen; wishes that none meets are given up. */
static const struct vocab_start *draw_start(const struct vocab *v, const struct compose_options *o,
                                            struct random *random)
{
	for (unsigned wishes = WISHES; wishes-- > 0;) {
		uint32_t total = 0, at;

		for (int i = 0; i < v->n_starts; i++)
			if (start_fits(&v->starts[i], o, wishes))
				total += (uint32_t)v->starts[i].count;
		if (total == 0)
			continue;
		at = random_below(random, total);
		for (int i = 0; i < v->n_starts; i++) {
			if (!start_fits(&v->starts[i], o, wishes))
				continue;
			if (at < (uint32_t)v->starts[i].count)
				return &v->starts[i];
			at -= (uint32_t)v->starts[i].count;
		}
	}
	return &v->starts[0];
}

static uint64_t first_parts(int n)
{
	return n >= 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

static void choose_start(struct composer *c)
{
	const struct compose_options *o = &c->o;
	struct random random = random_stream(o->seed, FOR_START, c->number, 0);
	const struct vocab_start *s = draw_start(c->m->vocab, o, &random);

	c->start = s->start;
	c->us_per_quarter = s->us_per_quarter;
	if (o->primer) {
		c->start = o->primer->start;
		c->start.style = o->style;
		c->us_per_quarter = o->primer->us_per_quarter;
	}
	if (o->style >= 0)
		c->start.style = o->style;
	if (o->key.mode != MODE_UNKNOWN)
		c->start.mode = o->key.mode;
	if (o->parts > 0)
		c->start.parts = first_parts(o->parts);
	if (o->bars > 0 && !o->primer)
		c->start.pickup = 0;
	if (o->us_per_quarter > 0) {
		c->us_per_quarter = o->us_per_quarter;
		c->start.tempo = tempo_class(o->us_per_quarter);
	}
	if (c->us_per_quarter <= 0)
		c->us_per_quarter = tempo_of_class(c->start.tempo);
}

static void begin_piece(struct composer *c, uint64_t attempt, int transposition)
{
	maker_begin(&c->maker, &c->start, random_stream(c->o.seed, FOR_EVENTS, c->number, attempt), transposition);
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

static int draw_whole(struct composer *c, uint64_t attempt, int transposition, struct key *key)
{
	struct event event;

	piece_free(c->whole);
	c->whole = piece_new(c->m->vocab->grid);
	if (!c->whole)
		return -1;
	c->whole->start = c->start;
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
 * A piece drawn within the range as it will sound after a transposition may
 * need another one for its key, which may not fit; or it has not the mode
 * asked for. Then another is drawn, for the transposition that the last one
 * needed. In the end the range holds and the key may not.
 */
static int compose_whole(struct composer *c)
{
	int transposition = 0;

	for (uint64_t attempt = 0; attempt < KEY_ATTEMPTS; attempt++) {
		struct key key;

		c->whole_transposition = transposition;
		if (draw_whole(c, attempt, transposition, &key) < 0)
			return -1;
		if (key.tonic >= 0)
			transposition = choose_transposition(c, key.tonic, c->o.key.tonic);
		if (!fits_range(c, transposition))
			continue;
		c->whole_transposition = transposition;
		if (c->o.key.mode == MODE_UNKNOWN || key.mode == c->o.key.mode)
			break;
	}
	c->whole_at = 0;
	return 0;
}

/* A scale names its own tones, so it is met by choosing among them, not by transposition. */
static bool looks_ahead(const struct composer *c)
{
	return c->o.key.tonic >= 0 && c->o.scale == 0;
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

/* ---- Streams ------------------------------------------------------------------- */

static int check_options(const struct model *m, const struct compose_options *o)
{
	bool any = false;

	for (int p = 0; p < 128; p++)
		any = any || pitch_wanted(o, p);
	if (!any)
		return error("no pitch of the scale lies in the range");
	if (!(o->temperature > 0))
		return error("the temperature must be above 0");
	if (o->parts > m->vocab->parts)
		return error("model %s has at most %d part%s; %d were asked for", m->name ? m->name : "",
		             m->vocab->parts, m->vocab->parts == 1 ? "" : "s", o->parts);
	if (o->style >= m->vocab->n_styles)
		return error("no style number %d", o->style);
	return 0;
}

/* Bars of a piece, its pickup not counted, up to where all of its notes have ended. */
static int count_bars(const struct piece *piece)
{
	struct position p;
	int end = 0, bars;

	position_start(&p, piece->grid, &piece->start);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];

		position_shift(&p, e->shift);
		position_event(&p, e);
		if (e->kind == EVENT_NOTE && p.now + e->duration > end)
			end = p.now + e->duration;
	}
	end = end > p.now ? end : p.now;
	bars = p.bar + (end - p.bar_start + p.bar_length - 1) / p.bar_length;
	return bars > 0 ? bars : 0;
}

static int check_primer(const struct model *m, const struct compose_options *o)
{
	const struct piece *p = o->primer;
	int parts = 0, bars;

	if (!p)
		return 0;
	while (parts < SONG_PARTS_MAX && p->start.parts >> parts != 0)
		parts++;
	if (p->grid != m->vocab->grid)
		return error("the primer's grid is %d ticks a quarter, the model's %d", p->grid, m->vocab->grid);
	if (parts > m->vocab->parts)
		return error("the primer has %d parts, the model at most %d", parts, m->vocab->parts);
	if (o->parts > 0 && o->parts < parts)
		return error("the primer has %d parts, more than the %d asked for", parts, o->parts);
	bars = count_bars(p);
	if (o->bars > 0 && o->bars <= bars)
		return error("the primer has %d bars already; --bars counts them too, so it must be more", bars);
	return 0;
}

struct composer *composer_new(const struct model *m, const struct compose_options *o)
{
	struct composer *c;

	if (check_options(m, o) < 0 || check_primer(m, o) < 0)
		return NULL;
	c = mem_new(1, sizeof *c);
	if (!c)
		return NULL;
	c->m = m;
	c->o = *o;
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

int composer_guarded(const struct composer *c)
{
	return c->guarded + c->maker.guard.stepped_in;
}

/*
 * After the END of one piece in an endless stream: the next begins so that
 * its first full bar falls on a bar line. Returns 1 when *event is the metre
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
	choose_start(c);
	metre = (struct metre){0, c->start.numerator, c->start.denominator_log2};
	bar = metre_bar(&metre, c->m->vocab->grid);
	c->gap = (bar - c->start.pickup % bar) % bar;
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
			c->begun = true;
			if (!looks_ahead(c))
				begin_piece(c, 0, 0);
			else if (compose_whole(c) < 0)
				return -1;
		}
		if (looks_ahead(c))
			next_of_whole(c, event);
		else
			maker_next(&c->maker, event);
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
