/* Pieces to the judge's rows. See judge_rows.h. */
#include "model/judge_rows.h"

#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "corpus/bars.h"

#define ITEMS_MAX (JUDGE_FIELDS + JUDGE_SOUNDING)

enum { TICKS = 24, QUARTERS = 16 };
enum join { JOIN_NONE, JOIN_OVER, JOIN_NEXT, JOIN_REST, JOINS };

int judge_field_rows(const struct vocab *v, enum judge_field field)
{
	switch (field) {
	case JUDGE_METRE:
		return v->n_metres + 1;
	case JUDGE_BEGUN:
	case JUDGE_LEFT:
		return JUDGE_ENDS;
	case JUDGE_TICK:
		return TICKS;
	case JUDGE_QUARTER:
		return QUARTERS;
	case JUDGE_PART:
	case JUDGE_BELOW:
		return JUDGE_PARTS;
	case JUDGE_SHIFT:
		return v->shifts.n + 1;
	case JUDGE_DURATION:
		return v->durations.n + 1;
	case JUDGE_JOIN:
		return JOINS;
	case JUDGE_DEGREE:
		return 2 * 12;
	case JUDGE_INTERVAL:
	case JUDGE_BEFORE:
	case JUDGE_SAME:
	case JUDGE_OTHER:
		return JUDGE_INTERVALS;
	default:
		BUG("field %d of the judge's", (int)field);
	}
}

struct part_state {
	int pitch, interval; /* the last; -1, INTERVAL_NONE: none */
	int onset, end;
};

struct sounding_note {
	int end;
	uint8_t part, pitch;
};

struct reading_rows {
	struct judge_rows *out;
	const struct vocab *v;
	const struct piece *piece;
	struct bars bars;
	int parts;     /* from the highest to the lowest that plays */
	int now, last; /* ticks: of the event, of the note before */
	size_t in_bar; /* notes of the present bar */
	struct part_state state[SONG_PARTS_MAX];
	struct sounding_note sounding[JUDGE_SOUNDING];
	int n_sounding;
};

#define INTERVAL_NONE 1000

static int interval_row(int interval)
{
	const int most = JUDGE_INTERVALS / 2;

	return (interval < -most ? -most : interval > most ? most : interval) + most;
}

/* ---- rows ---------------------------------------------------------------- */

static int add_row(struct judge_rows *r, const struct bag_item *items, int n)
{
	const size_t had = r->n > 0 ? r->first[r->n] : 0;

	if (had + (size_t)n > UINT32_MAX || MEM_GROW(r->first, r->first_capacity, r->n + 2) < 0 ||
	    MEM_GROW(r->items, r->items_capacity, had + (size_t)n) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		r->items[had + (size_t)i] = items[i];
	r->first[r->n] = (uint32_t)had;
	r->first[++r->n] = (uint32_t)(had + (size_t)n);
	return 0;
}

static int at_end(size_t bars)
{
	return bars < JUDGE_ENDS ? (int)bars : JUDGE_ENDS - 1;
}

/* The next bar begins, with the event of that number. */
static int begin_bar(struct reading_rows *k, size_t event)
{
	struct judge_rows *r = k->out;
	const struct bar *bar = &k->bars.list[r->bars];
	struct bag_item items[3];
	int n = 0;

	items[n++] = bag_item_of(JUDGE_METRE, vocab_metre(k->v, bar->numerator, bar->denominator_log2));
	items[n++] = bag_item_of(JUDGE_BEGUN, at_end(r->bars));
	if (k->piece->n > 0 && k->piece->events[k->piece->n - 1].kind == EVENT_END)
		items[n++] = bag_item_of(JUDGE_LEFT, at_end(k->bars.n - 1 - r->bars));
	if (MEM_GROW(r->bar, r->bar_capacity, r->bars + 2) < 0 ||
	    MEM_GROW(r->event, r->event_capacity, r->bars + 2) < 0)
		return -1;
	r->bar[r->bars] = (uint32_t)r->n;
	r->event[r->bars++] = (uint32_t)event;
	k->in_bar = 0;
	return add_row(r, items, n);
}

/* A bar that is cut short at its start ends as a full one would. */
static int place_in_bar(const struct reading_rows *k)
{
	const struct bar *bar = &k->bars.list[k->out->bars - 1];
	const struct metre metre = {0, bar->numerator, bar->denominator_log2};
	const int place = k->now - bar->start;

	return k->out->bars <= k->bars.pickups ? metre_bar(&metre, k->piece->grid) - (bar->end - bar->start) + place
	                                       : place;
}

static int describe_place(const struct reading_rows *k, struct bag_item *items)
{
	const int grid = k->piece->grid, place = place_in_bar(k), quarter = place > 0 ? place / grid : 0;
	const int tick = place > 0 ? place % grid * TICKS / grid : 0;

	items[0] = bag_item_of(JUDGE_TICK, tick);
	items[1] = bag_item_of(JUDGE_QUARTER, quarter < QUARTERS ? quarter : QUARTERS - 1);
	return 2;
}

static enum join join_of(const struct part_state *s, int now)
{
	return s->pitch < 0 ? JOIN_NONE : s->end > now ? JOIN_OVER : s->end == now ? JOIN_NEXT : JOIN_REST;
}

static int describe_line(const struct reading_rows *k, const struct event *e, struct bag_item *items)
{
	const struct part_state *s = &k->state[e->part];
	const struct key key = k->piece->key;
	int n = 0;

	items[n++] = bag_item_of(JUDGE_JOIN, (int)join_of(s, k->now));
	if (s->pitch >= 0)
		items[n++] = bag_item_of(JUDGE_INTERVAL, interval_row(e->pitch - s->pitch));
	if (s->interval != INTERVAL_NONE)
		items[n++] = bag_item_of(JUDGE_BEFORE, interval_row(s->interval));
	if (key.tonic >= 0)
		items[n++] =
			bag_item_of(JUDGE_DEGREE, (e->pitch - key.tonic + 12) % 12 + (key.mode == MODE_MINOR ? 12 : 0));
	return n;
}

static int describe_chord(const struct reading_rows *k, const struct event *e, struct bag_item *items)
{
	for (int i = 0; i < k->n_sounding; i++) {
		const struct sounding_note *s = &k->sounding[i];

		items[i] =
			bag_item_of(s->part == e->part ? JUDGE_SAME : JUDGE_OTHER, interval_row(e->pitch - s->pitch));
	}
	return k->n_sounding;
}

static int add_note(struct reading_rows *k, const struct event *e)
{
	struct bag_item items[ITEMS_MAX];
	const int below = k->parts - 1 - e->part;
	int n = describe_place(k, items);

	items[n++] = bag_item_of(JUDGE_PART, e->part < JUDGE_PARTS ? e->part : JUDGE_PARTS - 1);
	items[n++] = bag_item_of(JUDGE_BELOW, below < 0 ? 0 : below < JUDGE_PARTS ? below : JUDGE_PARTS - 1);
	items[n++] = bag_item_of(JUDGE_SHIFT, symbols_find(&k->v->shifts, k->now - k->last));
	items[n++] = bag_item_of(JUDGE_DURATION, symbols_find(&k->v->durations, e->duration));
	n += describe_line(k, e, items + n);
	n += describe_chord(k, e, items + n);
	return add_row(k->out, items, n);
}

/* ---- what is known of the music so far ------------------------------------- */

static void let_end(struct reading_rows *k)
{
	int kept = 0;

	for (int i = 0; i < k->n_sounding; i++)
		if (k->sounding[i].end > k->now)
			k->sounding[kept++] = k->sounding[i];
	k->n_sounding = kept;
}

static void take_note(struct reading_rows *k, const struct event *e)
{
	struct part_state *s = &k->state[e->part];
	const int end = k->now + e->duration;
	int at = k->n_sounding;

	/* of a chord the first note, its highest, is the line */
	if (s->pitch < 0 || s->onset < k->now) {
		s->interval = s->pitch < 0 ? INTERVAL_NONE : e->pitch - s->pitch;
		s->pitch = e->pitch;
		s->onset = k->now;
		s->end = end;
	}
	if (at == JUDGE_SOUNDING) {
		at = 0;
		for (int i = 1; i < JUDGE_SOUNDING; i++)
			if (k->sounding[i].end < k->sounding[at].end)
				at = i;
	} else {
		k->n_sounding++;
	}
	k->sounding[at] = (struct sounding_note){end, e->part, e->pitch};
	k->last = k->now;
}

static int read_events(struct reading_rows *k)
{
	const struct piece *p = k->piece;

	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		k->now = e->shift < SONG_TICK_MAX - k->now ? k->now + e->shift : SONG_TICK_MAX;
		if (bars_at(&k->bars, k->now) >= k->bars.n)
			break;
		while (k->out->bars < k->bars.n && k->bars.list[k->out->bars].start <= k->now)
			if (begin_bar(k, i) < 0)
				return -1;
		if (e->kind != EVENT_NOTE)
			continue;
		let_end(k);
		if (k->in_bar++ < JUDGE_BAR_NOTES && add_note(k, e) < 0)
			return -1;
		take_note(k, e);
	}
	while (k->out->bars < k->bars.n)
		if (begin_bar(k, p->n) < 0)
			return -1;
	return 0;
}

static int parts_of(const struct piece *p)
{
	int parts = 0;

	while (parts < SONG_PARTS_MAX && p->start.parts >> parts != 0)
		parts++;
	return parts;
}

int judge_rows_make(struct judge_rows *out, const struct vocab *v, const struct piece *piece)
{
	struct reading_rows *k = mem_new(1, sizeof *k);
	int result = -1;

	*out = (struct judge_rows){0};
	if (!k)
		return -1;
	if (piece->grid != v->grid)
		BUG("a piece on %d ticks a quarter for a judge of %d", piece->grid, v->grid);
	*k = (struct reading_rows){.out = out, .v = v, .piece = piece, .parts = parts_of(piece)};
	for (int i = 0; i < SONG_PARTS_MAX; i++)
		k->state[i] = (struct part_state){-1, INTERVAL_NONE, 0, 0};
	if (bars_make(&k->bars, piece) == 0)
		result = read_events(k);
	if (result == 0) {
		out->bar[out->bars] = (uint32_t)out->n;
		out->event[out->bars] = (uint32_t)piece->n;
		out->pickups = k->bars.pickups < out->bars ? k->bars.pickups : out->bars;
	}
	bars_done(&k->bars);
	free(k);
	return result;
}

void judge_rows_done(struct judge_rows *rows)
{
	free(rows->first);
	free(rows->items);
	free(rows->bar);
	free(rows->event);
	*rows = (struct judge_rows){0};
}

size_t judge_rows_most(const struct judge_rows *rows, size_t bars)
{
	size_t most = 0;

	for (size_t b = 0; b < rows->bars; b++) {
		const size_t end = b + bars < rows->bars ? b + bars : rows->bars;

		if (rows->bar[end] - rows->bar[b] > most)
			most = rows->bar[end] - rows->bar[b];
	}
	return most;
}
