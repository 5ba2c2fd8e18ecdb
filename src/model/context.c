/* The context machine: events in, categories out. See context.h. */
#include "model/context.h"

#include <string.h>
#include "base/error.h"
#include "model/context_harmony.h"

static int clamp(int x, int low, int high)
{
	return x < low ? low : x > high ? high : x;
}

static int interval_row(int pitch, int from)
{
	return from < 0 ? INTERVAL_ROWS - 1 : clamp(pitch - from, -24, 24) + 24;
}

/*
 * Time left or passed, in buckets: single ticks to a quarter (of 24), 16ths
 * to a bar of 4/4, then octaves. Other grids are scaled to 24.
 */
static int time_row(int ticks, int grid)
{
	long t = (long)ticks * 24 / grid;
	int row = 36;

	if (t < 1)
		t = 1;
	if (t <= 24)
		return (int)t - 1;
	if (t <= 96)
		return 24 + (int)(t - 25) / 6;
	for (long limit = 192; t > limit && row < LEFT_ROWS - 1; limit *= 2)
		row++;
	return row;
}

static int bars_left_row(int bars)
{
	return bars <= 1 ? 0 : bars == 2 ? 1 : bars <= 4 ? 2 : bars <= 8 ? 3 : 4;
}

void context_start(struct context *c, const struct generator *g, const struct start *start, unsigned unknown, int end)
{
	*c = (struct context){.g = g, .start = *start, .unknown = unknown, .end = end, .kind = ROW_START};
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		c->parts[k] = (struct context_part){-1, -1, 0, 0, -1};
	if (g->config.form)
		lookback_start(&c->lookback);
	position_start(&c->position, g->vocab->grid, start);
}

void context_arrive(struct context *c, int shift, enum row_kind kind, int part)
{
	int kept = 0;

	if (kind == ROW_NOTE && (part < 0 || part >= c->g->vocab->parts))
		BUG("part %d of %d", part, c->g->vocab->parts);
	position_shift(&c->position, shift);
	for (int i = 0; i < c->n_sounding; i++)
		if (c->sounding[i].end > c->position.now)
			c->sounding[kept++] = c->sounding[i];
	c->n_sounding = kept;
	c->shift = shift;
	c->kind = kind;
	c->part = part;
	if (c->g->config.form && kind == ROW_NOTE)
		lookback_arrive(&c->lookback, c->position.now, part, c->position.bar_length);
}

int context_bar(const struct context *c)
{
	return c->position.bar_length;
}

static int row_class(const struct context *c, enum row_kind kind, int part)
{
	int parts = c->g->vocab->parts;

	return kind == ROW_NOTE ? part : kind == ROW_METRE ? parts : parts + 1;
}

/* The latest note that sounds in a part; -1 when it is silent. */
static int latest_sounding(const struct context *c, int part)
{
	for (int i = c->n_sounding - 1; i >= 0; i--)
		if (c->sounding[i].part == part)
			return i;
	return -1;
}

static int query_before(const struct context *c, struct bag_item *items)
{
	const struct vocab *v = c->g->vocab;
	int n = 0;

	if (!c->has_before)
		return 0;
	items[n++] = bag_item_of(QUERY_BEFORE_KIND, row_class(c, c->before_kind, c->before.part));
	if (c->before_kind != ROW_NOTE)
		return n;
	items[n++] = bag_item_of(QUERY_BEFORE_PITCH, c->before.pitch);
	items[n++] = bag_item_of(QUERY_BEFORE_DURATION, symbols_find(&v->durations, c->before.duration));
	if (v->dynamics)
		items[n++] = bag_item_of(QUERY_BEFORE_VELOCITY, c->before.velocity / 8);
	return n;
}

static int pickup_row(const struct context *c)
{
	if (c->start.pickup == 0 || !c->g->config.form)
		return c->start.pickup > 0;
	return 1 + time_row(c->start.pickup, c->g->vocab->grid);
}

/* Bars until the end, the present one counted; a large number where it is not known. */
static int bars_left(const struct context *c)
{
	const struct position *p = &c->position;

	if (c->unknown & UNKNOWN_BARS_LEFT || c->end < 0)
		return SONG_TICK_MAX;
	return (c->end - p->bar_start + p->bar_length - 1) / p->bar_length;
}

/* In the last two bars: how much time is left. */
static int time_left(const struct context *c, int field, struct bag_item *items)
{
	if (bars_left(c) > 2)
		return 0;
	items[0] = bag_item_of(field, time_row(c->end - c->position.now, c->g->vocab->grid));
	return 1;
}

static int query_place(const struct context *c, struct bag_item *items)
{
	const struct vocab *v = c->g->vocab;
	const struct position *p = &c->position;
	int in_bar = position_in_bar(p), n = 0;

	items[n++] = bag_item_of(QUERY_TICK, in_bar % v->grid);
	items[n++] = bag_item_of(QUERY_QUARTER, clamp(in_bar / v->grid, 0, QUARTER_ROWS - 1));
	items[n++] = bag_item_of(QUERY_METRE, vocab_metre(v, p->numerator, p->denominator_log2));
	if (!(c->unknown & UNKNOWN_PHRASE))
		items[n++] = bag_item_of(QUERY_PHRASE, clamp(position_phrase_bars(p), 0, PHRASE_ROWS - 1));
	if (bars_left(c) < SONG_TICK_MAX)
		items[n++] = bag_item_of(QUERY_BARS_LEFT, bars_left_row(bars_left(c)));
	if (!(c->unknown & UNKNOWN_STYLE) && c->start.style >= 0 && c->start.style < v->n_styles)
		items[n++] = bag_item_of(QUERY_STYLE, c->start.style);
	if (!(c->unknown & UNKNOWN_KEY))
		items[n++] = bag_item_of(QUERY_MODE, c->start.mode);
	if (!(c->unknown & UNKNOWN_TEMPO))
		items[n++] = bag_item_of(QUERY_TEMPO, c->start.tempo);
	items[n++] = bag_item_of(QUERY_PICKUP, pickup_row(c));
	items[n++] = bag_item_of(QUERY_PARTS, clamp(start_part_count(&c->start), 0, v->parts));
	return n;
}

/* ---- What was played some bars ago ----------------------------------------------- */

static int same_row(int notes)
{
	return notes < 3 ? notes : notes < 5 ? 3 : notes < 9 ? 4 : 5;
}

static int query_back(const struct context *c, int last, struct bag_item *items)
{
	int n = 0;

	for (int d = 0; d < LOOKBACKS; d++) {
		const struct lookback_note *then = lookback_at(&c->lookback, d);
		int field = c->g->query_back + QUERY_BACK_FIELDS * d;

		if (c->lookback.found[d] == LOOKBACK_BEFORE)
			continue;
		/* Nothing began there: as if there were nothing to measure from. */
		items[n++] = bag_item_of(field + QUERY_BACK_INTERVAL,
		                         then ? interval_row(then->pitch, last) : INTERVAL_ROWS - 1);
		items[n++] = bag_item_of(field + QUERY_BACK_SAME, same_row(c->lookback.same[c->part][d]));
	}
	return n;
}

static int given_back(const struct context *c, int pitch, struct bag_item *items)
{
	const struct vocab *v = c->g->vocab;
	int n = 0;

	for (int d = 0; d < LOOKBACKS; d++) {
		const struct lookback_note *then = lookback_at(&c->lookback, d);
		const struct lookback_note *after = lookback_after(&c->lookback, d);
		int field = c->g->given_back + GIVEN_BACK_FIELDS * d;

		if (!then)
			continue;
		items[n++] = bag_item_of(field + GIVEN_BACK_PITCH, then->pitch == pitch);
		items[n++] = bag_item_of(field + GIVEN_BACK_DURATION, symbols_find(&v->durations, then->duration));
		if (!after)
			continue;
		items[n++] = bag_item_of(field + GIVEN_BACK_SHIFT, symbols_find(&v->shifts, after->tick - then->tick));
		items[n++] = bag_item_of(field + GIVEN_BACK_PART, after->part);
	}
	return n;
}

static int back_references(const struct context *c, struct reference *items)
{
	int n = 0;

	for (int d = 0; d < LOOKBACKS; d++) {
		const struct lookback_note *then = lookback_at(&c->lookback, d);

		if (then)
			items[n++] = (struct reference){(uint8_t)(c->g->kinds_back + d), then->pitch};
	}
	return n;
}

/* ---- All of it ------------------------------------------------------------------- */

int context_query(const struct context *c, struct bag_item *items)
{
	const struct generator *g = c->g;
	const struct vocab *v = g->vocab;
	int last = -1, n = 0;

	items[n++] = bag_item_of(QUERY_SHIFT, symbols_find(&v->shifts, c->shift));
	items[n++] = bag_item_of(QUERY_PART, row_class(c, c->kind, c->part));
	n += query_before(c, items + n);
	n += query_place(c, items + n);
	if (c->kind == ROW_NOTE) {
		const struct context_part *own = &c->parts[c->part];

		last = own->last;
		if (last >= 0) {
			items[n++] = bag_item_of(QUERY_LAST_PITCH, last);
			items[n++] = bag_item_of(QUERY_LAST_INTERVAL, interval_row(last, own->before));
			items[n++] = bag_item_of(QUERY_LAST_DURATION, own->duration);
		}
	}
	for (int i = 0; i < c->n_sounding; i++) {
		const struct sounding *s = &c->sounding[i];

		items[n++] = bag_item_of(QUERY_SET_PITCH, s->pitch);
		items[n++] = bag_item_of(QUERY_SET_INTERVAL, interval_row(s->pitch, last));
		items[n++] = bag_item_of(QUERY_SET_LEFT, time_row(s->end - c->position.now, v->grid));
		items[n++] = bag_item_of(QUERY_SET_SAME, c->kind == ROW_NOTE && s->part == c->part);
	}
	if (g->config.harmony)
		n += harmony_query(c, last, items + n);
	if (g->config.form && c->kind == ROW_NOTE)
		n += query_back(c, last, items + n);
	if (g->config.form)
		n += time_left(c, g->query_left, items + n);
	for (int k = 0; k < g->config.slots; k++) {
		int i = latest_sounding(c, k), field = g->query_slots + 3 * k;

		items[n++] = bag_item_of(field, i < 0 ? 128 : c->sounding[i].pitch);
		if (i < 0)
			continue;
		items[n++] = bag_item_of(field + 1, interval_row(c->sounding[i].pitch, last));
		items[n++] = bag_item_of(field + 2, time_row(c->sounding[i].end - c->position.now, v->grid));
	}
	return n;
}

int context_references(const struct context *c, struct reference *items)
{
	int n = 0;

	if (c->kind != ROW_NOTE)
		return 0;
	if (c->parts[c->part].last >= 0)
		items[n++] = (struct reference){REFERENCE_LAST, (uint8_t)c->parts[c->part].last};
	if (c->parts[c->part].before >= 0)
		items[n++] = (struct reference){REFERENCE_BEFORE, (uint8_t)c->parts[c->part].before};
	for (int i = 0; i < c->n_sounding; i++) {
		const struct sounding *s = &c->sounding[i];
		int kind = s->part == c->part ? REFERENCE_SAME : REFERENCE_OTHER;

		if (s->part < c->g->config.slots && latest_sounding(c, s->part) == i)
			kind = c->g->kinds_slots + s->part;
		items[n++] = (struct reference){(uint8_t)kind, s->pitch};
	}
	if (c->g->config.harmony)
		n += harmony_references(c, bars_left(c), items + n);
	if (c->g->config.form)
		n += back_references(c, items + n);
	return n;
}

/* What a duration is measured against: the bar, and what sounds with the chosen pitch and for how long yet. */
static int given_nearby(const struct context *c, int pitch, struct bag_item *items)
{
	const struct generator *g = c->g;
	const struct position *p = &c->position;
	int in_bar = position_in_bar(p), grid = g->vocab->grid, n = 0;

	items[n++] = bag_item_of(GIVEN_TICK, in_bar % grid);
	items[n++] = bag_item_of(GIVEN_QUARTER, clamp(in_bar / grid, 0, QUARTER_ROWS - 1));
	items[n++] = bag_item_of(GIVEN_METRE, vocab_metre(g->vocab, p->numerator, p->denominator_log2));
	if (c->parts[c->part].last >= 0)
		items[n++] = bag_item_of(GIVEN_LAST_DURATION, c->parts[c->part].duration);
	for (int i = 0; i < c->n_sounding; i++) {
		items[n++] = bag_item_of(GIVEN_SET_INTERVAL, interval_row(pitch, c->sounding[i].pitch));
		items[n++] = bag_item_of(GIVEN_SET_LEFT, time_row(c->sounding[i].end - p->now, grid));
	}
	for (int k = 0; k < g->config.slots; k++) {
		int i = latest_sounding(c, k), field = g->given_slots + 2 * k;

		if (i < 0)
			continue;
		items[n++] = bag_item_of(field, interval_row(pitch, c->sounding[i].pitch));
		items[n++] = bag_item_of(field + 1, time_row(c->sounding[i].end - p->now, grid));
	}
	return n;
}

int context_given(const struct context *c, int pitch, struct bag_item *items)
{
	int n = 0;

	if (c->kind != ROW_NOTE)
		return 0;
	items[n++] = bag_item_of(GIVEN_PITCH, pitch);
	items[n++] = bag_item_of(GIVEN_INTERVAL, interval_row(pitch, c->parts[c->part].last));
	if (c->g->config.nearby)
		n += given_nearby(c, pitch, items + n);
	if (c->g->config.form) {
		n += given_back(c, pitch, items + n);
		n += time_left(c, c->g->given_left, items + n);
	}
	return n;
}

int context_chosen(const struct context *c, const struct event *event, struct bag_item *items)
{
	const struct vocab *v = c->g->vocab;
	const struct context_part *own;
	int in_bar = position_in_bar(&c->position), n = 0;

	items[n++] = bag_item_of(CHOSEN_KIND, row_class(c, c->kind, c->part));
	items[n++] = bag_item_of(CHOSEN_TICK, in_bar % v->grid);
	items[n++] = bag_item_of(CHOSEN_QUARTER, clamp(in_bar / v->grid, 0, QUARTER_ROWS - 1));
	if (c->kind != ROW_NOTE)
		return n;
	own = &c->parts[c->part];
	items[n++] = bag_item_of(CHOSEN_PITCH, event->pitch);
	items[n++] = bag_item_of(CHOSEN_INTERVAL, interval_row(event->pitch, own->last));
	items[n++] = bag_item_of(CHOSEN_DURATION, symbols_find(&v->durations, event->duration));
	if (v->dynamics)
		items[n++] = bag_item_of(CHOSEN_VELOCITY, event->velocity / 8);
	if (own->last >= 0)
		items[n++] = bag_item_of(CHOSEN_SINCE, time_row(c->position.now - own->onset, v->grid));
	return n;
}

int context_next(const struct context *c, int shift, struct bag_item *items)
{
	int n = 0, then = c->position.now + shift;

	items[n++] = bag_item_of(NEXT_SHIFT, symbols_find(&c->g->vocab->shifts, shift));
	if (c->g->config.form && bars_left(c) < SONG_TICK_MAX)
		items[n++] = bag_item_of(NEXT_END, then >= c->end);
	return n;
}

int context_highest(const struct context *c)
{
	if (c->shift == 0 && c->kind == ROW_NOTE && c->has_before && c->before_kind == ROW_NOTE &&
	    c->before.part == c->part)
		return c->before.pitch;
	return 127;
}

void context_classes(const struct context *c, int shift, uint8_t *allowed)
{
	int parts = c->g->vocab->parts;
	int first = shift == 0 && c->before_kind == ROW_NOTE ? c->before.part : 0;

	for (int k = 0; k < parts; k++)
		allowed[k] = k >= first && (c->start.parts >> k & 1);
	/* A metre comes before the notes of its tick, and one a tick; a piece has an event at least. */
	allowed[parts] = shift > 0 || c->before_kind == ROW_START;
	allowed[parts + 1] = c->before_kind != ROW_START;
}

static void sound(struct context *c, const struct event *event)
{
	int drop = 0;

	if (c->n_sounding == CONTEXT_SOUNDING_MAX) {
		for (int i = 1; i < c->n_sounding; i++)
			if (c->sounding[i].end < c->sounding[drop].end)
				drop = i;
		memmove(c->sounding + drop, c->sounding + drop + 1,
		        (size_t)(c->n_sounding - drop - 1) * sizeof *c->sounding);
		c->n_sounding--;
	}
	c->sounding[c->n_sounding++] = (struct sounding){c->position.now + event->duration, event->part, event->pitch};
}

void context_take(struct context *c, const struct event *event)
{
	if (c->kind == ROW_NOTE) {
		struct context_part *own = &c->parts[c->part];
		bool chord = own->last >= 0 && own->onset == c->position.now;

		own->from = chord ? -1 : own->last;
		own->before = own->last;
		own->last = event->pitch;
		own->duration = symbols_find(&c->g->vocab->durations, event->duration);
		own->onset = c->position.now;
		if (c->g->config.form)
			lookback_take(&c->lookback, c->position.now, c->part, event->pitch, event->duration);
		sound(c, event);
	}
	if (c->kind != ROW_START)
		position_event(&c->position, event);
	c->before = *event;
	c->before_kind = c->kind;
	c->has_before = true;
}
