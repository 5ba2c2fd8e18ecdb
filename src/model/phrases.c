/* Pieces cut into phrases. See phrases.h. */
#include "model/phrases.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/generator.h"
#include "music/position.h"

static int clamp(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

static int begin_phrase(struct phrases *p, size_t first, int number, int tick, double bar)
{
	if (MEM_GROW(p->list, p->capacity, p->n + 1) < 0)
		return -1;
	p->list[p->n++] = (struct phrase){.first = first, .bar = number, .tick = tick, .bars = tick / bar};
	return 0;
}

/* Events from `from` on that stand at one tick; up to where. */
static size_t same_tick(const struct piece *piece, size_t from, size_t events)
{
	size_t to = from + 1;

	while (to < events && piece->events[to].shift == 0)
		to++;
	return to;
}

/* Which phrase every event is of. */
static int cut(struct phrases *p, const struct piece *piece, size_t events)
{
	struct position at;
	double bar;
	int start;

	position_start(&at, piece->grid, &piece->start);
	bar = at.bar_length;
	start = at.phrase_start;
	p->n = 0;
	if (begin_phrase(p, 0, at.bar, 0, bar) < 0)
		return -1;
	for (size_t from = 0, to; from < events; from = to) {
		struct phrase *last = &p->list[p->n - 1];
		bool only_end = true;
		int number = 0;

		to = same_tick(piece, from, events);
		for (size_t i = from; i < to; i++) {
			struct event e = piece->events[i];

			e.fermata = false;
			position_shift(&at, e.shift);
			if (i == from)
				number = at.bar;
			position_event(&at, &e);
			only_end = only_end && e.kind == EVENT_END;
		}
		/* the end is of the phrase that it ends */
		if (from > 0 && !only_end && (at.phrase_start != start || last->n + (to - from) > PHRASE_EVENTS_MAX)) {
			if (begin_phrase(p, from, number, at.now, bar) < 0)
				return -1;
			last = &p->list[p->n - 1];
		}
		start = at.phrase_start;
		last->n += to - from;
		for (size_t i = from; i < to; i++) {
			p->of[i] = (uint32_t)(p->n - 1);
			last->rows += piece->events[i].kind != EVENT_END;
		}
	}
	p->list[0].rows++;
	return 0;
}

/* The mean of its pitches, which moves with them. */
static int mean_pitch(const struct piece *piece, const struct phrase *f)
{
	long sum = 0, n = 0;

	for (size_t i = f->first; i < f->first + f->n; i++) {
		if (piece->events[i].kind != EVENT_NOTE)
			continue;
		sum += piece->events[i].pitch;
		n++;
	}
	return n > 0 ? (int)(sum / n) : 0;
}

static void add_item(struct phrase_event *to, int field, int row)
{
	to->items[to->n++] = bag_item_of(field, row);
}

static int class_of(const struct event *e, const struct vocab *v)
{
	return e->kind == EVENT_NOTE ? e->part : e->kind == EVENT_METRE ? v->parts : v->parts + 1;
}

/* at: where the event stands. last: the pitches that parts had before, -1 none. */
static void describe(struct phrase_event *to, const struct event *e, const struct position *at, const int *last,
                     int mean, int bars, const struct vocab *v)
{
	const int in_bar = position_in_bar(at);

	to->n = 0;
	add_item(to, ENCODER_PART, class_of(e, v));
	add_item(to, ENCODER_SHIFT, symbols_find(&v->shifts, e->shift));
	add_item(to, ENCODER_TICK, in_bar % v->grid);
	add_item(to, ENCODER_QUARTER, clamp(in_bar / v->grid, 0, QUARTER_ROWS - 1));
	add_item(to, ENCODER_BAR, clamp(bars, 0, LATENT_BARS - 1));
	latent_place(to->place, bars, in_bar, v->grid, class_of(e, v));
	if (e->kind != EVENT_NOTE)
		return;
	add_item(to, ENCODER_PITCH, clamp(e->pitch - mean, -48, 48) + 48);
	add_item(to, ENCODER_INTERVAL,
	         last[e->part] < 0 ? INTERVAL_ROWS - 1 : clamp(e->pitch - last[e->part], -24, 24) + 24);
	add_item(to, ENCODER_DURATION, symbols_find(&v->durations, e->duration));
}

static void describe_all(struct phrases *p, const struct piece *piece, const struct vocab *v)
{
	int last[SONG_PARTS_MAX], mean = 0;
	struct position at;

	for (int k = 0; k < SONG_PARTS_MAX; k++)
		last[k] = -1;
	position_start(&at, piece->grid, &piece->start);
	for (size_t i = 0; i < p->events; i++) {
		struct event e = piece->events[i];
		const struct phrase *f = &p->list[p->of[i]];

		e.fermata = false;
		position_shift(&at, e.shift);
		if (i == f->first)
			mean = mean_pitch(piece, f);
		describe(&p->read[i], &e, &at, last, mean, at.bar - f->bar, v);
		position_event(&at, &e);
		if (e.kind == EVENT_NOTE)
			last[e.part] = e.pitch;
	}
}

int phrases_cut(struct phrases *p, const struct piece *piece, size_t events, const struct vocab *v)
{
	p->events = events < piece->n ? events : piece->n;
	if (MEM_GROW(p->of, p->of_capacity, p->events + 1) < 0 ||
	    MEM_GROW(p->read, p->read_capacity, p->events + 1) < 0 || cut(p, piece, p->events) < 0)
		return -1;
	describe_all(p, piece, v);
	return 0;
}

void phrases_done(struct phrases *p)
{
	free(p->list);
	free(p->of);
	free(p->read);
	*p = (struct phrases){0};
}

/* ---- Batches ----------------------------------------------------------------- */

void phrase_batch_layout(struct phrase_batch *b, struct arena *a, int phrases, int events)
{
	b->room = phrases;
	b->events_room = events;
	b->n = 0;
	ARENA_TAKE(a, b->first, (size_t)phrases + 1);
	ARENA_TAKE(a, b->item_first, (size_t)events + 1);
	ARENA_TAKE(a, b->items, (size_t)events * ENCODER_FIELDS);
	ARENA_TAKE(a, b->place_first, (size_t)events + 1);
	ARENA_TAKE(a, b->place, (size_t)events * PLACE_FIELDS);
	ARENA_TAKE(a, b->share, (size_t)phrases);
	ARENA_TAKE(a, b->style, (size_t)phrases);
}

void phrase_batch_begin(struct phrase_batch *b)
{
	b->n = 0;
	b->first[0] = 0;
	b->item_first[0] = 0;
	b->place_first[0] = 0;
}

int phrase_batch_add(struct phrase_batch *b, const struct phrases *p, size_t which, int style)
{
	const struct phrase *f = &p->list[which];
	const int n = f->n < PHRASE_EVENTS_MAX ? (int)f->n : PHRASE_EVENTS_MAX, first = b->first[b->n];

	if (b->n == b->room || first + n > b->events_room)
		BUG("%d phrases of %d events, and no room for %d more", b->n, first, n);
	for (int i = 0; i < n; i++) {
		const struct phrase_event *e = &p->read[f->first + (size_t)i];
		const uint32_t to = b->item_first[first + i];

		memcpy(b->items + to, e->items, e->n * sizeof *e->items);
		b->item_first[first + i + 1] = to + e->n;
		memcpy(b->place + (first + i) * PLACE_FIELDS, e->place, sizeof e->place);
		b->place_first[first + i + 1] = (uint32_t)(first + i + 1) * PLACE_FIELDS;
	}
	b->share[b->n] = 0;
	b->style[b->n] = style;
	b->first[++b->n] = first + n;
	return b->n - 1;
}
