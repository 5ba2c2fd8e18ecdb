/* Bars of a piece. See bars.h. */
#include "corpus/bars.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "music/position.h"

/* A bar that begins where the position is. */
static int begin_bar(struct bars *bars, const struct position *p)
{
	if (MEM_GROW(bars->list, bars->capacity, bars->n + 1) < 0)
		return -1;
	if (bars->n > 0)
		bars->list[bars->n - 1].end = p->now;
	bars->list[bars->n++] = (struct bar){
		.start = p->now,
		.end = p->bar_start + p->bar_length,
		.numerator = (uint8_t)p->numerator,
		.denominator_log2 = (uint8_t)p->denominator_log2,
	};
	bars->pickups += p->bar < 0;
	return 0;
}

static bool is_full(const struct bars *bars, const struct position *p)
{
	return bars->n >= BARS_MAX || p->now / p->grid >= BARS_QUARTERS_MAX;
}

/* To `tick` from bar line to bar line; a bar that would begin there at END is none. */
static int go_to(struct bars *bars, struct position *p, int tick, bool end)
{
	while (p->now < tick && !is_full(bars, p)) {
		const int line = p->bar_start + p->bar_length, to = line < tick ? line : tick;

		position_shift(p, to - p->now);
		if (p->now == line && !(end && line == tick) && begin_bar(bars, p) < 0)
			return -1;
	}
	return 0;
}

static int walk(struct bars *bars, const struct piece *piece)
{
	struct position p;
	int tick = 0;

	position_start(&p, piece->grid, &piece->start);
	if (begin_bar(bars, &p) < 0)
		return -1;
	for (size_t i = 0; i < piece->n && !is_full(bars, &p); i++) {
		const struct event *event = &piece->events[i];

		tick += event->shift;
		if (go_to(bars, &p, tick, event->kind == EVENT_END) < 0)
			return -1;
		if (event->kind != EVENT_METRE || p.now != tick)
			continue;
		position_event(&p, event);
		/* it begins a bar, or says of one that has just begun how long it is */
		if (bars->list[bars->n - 1].start == tick) {
			bars->pickups -= p.bar < 0;
			bars->n--;
		}
		if (begin_bar(bars, &p) < 0)
			return -1;
	}
	return 0;
}

int bars_make(struct bars *out, const struct piece *piece)
{
	*out = (struct bars){.n = 0};
	return walk(out, piece);
}

void bars_done(struct bars *bars)
{
	free(bars->list);
	*bars = (struct bars){.n = 0};
}

size_t bars_count(const struct bars *bars)
{
	return bars->n > bars->pickups ? bars->n - bars->pickups : 1;
}

size_t bars_at(const struct bars *bars, int tick)
{
	size_t from = 0, to = bars->n;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (bars->list[middle].end <= tick)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static int copy_until(struct piece *out, const struct piece *piece, int until)
{
	int now = 0, last = 0;

	for (size_t i = 0; i < piece->n; i++) {
		struct event event = piece->events[i];

		now += event.shift;
		if (now >= until || event.kind == EVENT_END)
			break;
		event.shift = now - last;
		if (event.kind == EVENT_NOTE && event.duration > until - now)
			event.duration = until - now;
		if (piece_add(out, event) < 0)
			return -1;
		last = now;
	}
	return piece_add(out, (struct event){.shift = until - last, .kind = EVENT_END});
}

struct piece *bars_cut(const struct piece *piece, const struct bars *bars, size_t n)
{
	struct piece *out = piece_new(piece->grid);
	const size_t last = n + bars->pickups;
	int end = 0, until;

	if (!out)
		return NULL;
	for (size_t i = 0; i < piece->n; i++)
		end += piece->events[i].shift;
	until = bars->list[(last < bars->n ? last : bars->n) - 1].end;
	out->start = piece->start;
	memcpy(out->programs, piece->programs, sizeof out->programs);
	out->us_per_quarter = piece->us_per_quarter;
	out->key = piece->key;
	if (copy_until(out, piece, last < bars->n || until < end ? until : end) < 0) {
		piece_free(out);
		return NULL;
	}
	return out;
}
