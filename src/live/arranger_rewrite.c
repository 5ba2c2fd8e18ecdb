/*
 * A part written anew against the others: these are given, event by event, and
 * the network draws the one part between them, hearing all that came before.
 * Of a locked loop it is the loop's bars that change; else the next bars are
 * composed as they would have been, and the part is drawn over them.
 */
#include <string.h>

#include "live/arranger_bars.h"

/* The next bars as they would be, to the end of the piece or its metre at most. How many; -1. */
static int compose_ahead(struct arranger *a, struct bar bars[PHRASE_TAKE])
{
	const uint64_t piece = composer_theme(a->composer).number;
	int64_t tick = a->place.now, line = a->place.line;
	struct event e;
	int n = 0, got;

	for (int i = 0; i < PHRASE_TAKE; i++)
		bars[i].n = 0;
	while ((got = composer_next(a->composer, &e)) == 1) {
		tick += e.shift;
		while (tick < a->place.line)
			tick += a->place.length;
		n = (int)((tick - line) / a->place.length);
		if (e.kind != EVENT_NOTE || composer_theme(a->composer).number != piece)
			break;
		if (n >= PHRASE_TAKE)
			return PHRASE_TAKE;
		if (bar_add(&bars[n], (int)((tick - line) % a->place.length), &e) < 0)
			return -1;
	}
	/* the bar in which it breaks off is left to be composed */
	return got < 0 ? -1 : n < PHRASE_TAKE ? n : PHRASE_TAKE;
}

struct given { /* walks the events of the other parts */
	const struct bar *bars;
	int n, bar, at, part;
	int64_t line; /* of the present bar */
};

/* The next, with its tick; at the end END. */
static struct event next_given(struct given *g, int64_t *tick)
{
	for (; g->bar < g->n; g->line += g->bars[g->bar++].length, g->at = 0) {
		const struct bar *b = &g->bars[g->bar];

		for (; g->at < b->n; g->at++) {
			const struct bar_event *be = &b->events[g->at];

			if (be->event.kind != EVENT_NOTE || be->event.part == g->part)
				continue;
			g->at++;
			*tick = g->line + be->tick;
			return be->event;
		}
	}
	*tick = g->line;
	return (struct event){.kind = EVENT_END};
}

static int put(struct bar *bars, int n, int64_t from, int64_t tick, const struct event *e)
{
	int bar = 0;

	for (; bar < n && tick >= from + bars[bar].length; bar++)
		from += bars[bar].length;
	return bar < n ? bar_add(&bars[bar], (int)(tick - from), e) : 0;
}

/* Draw `part` anew over bars that begin at the place's line. 0 or -1. */
static int draw_part(struct arranger *a, struct bar *bars, int n, int part)
{
	struct bar old[LOOP_BARS] = {{0}};
	struct given given = {old, n, 0, 0, part, a->place.line};
	int64_t tick, now = a->place.now;
	struct event next, e;
	int status = 0;

	_Static_assert(PHRASE_TAKE <= LOOP_BARS, "either is drawn over");
	for (int i = 0; i < n && status == 0; i++) {
		status = bar_copy(&old[i], &bars[i]);
		bars[i].n = 0;
	}
	next = next_given(&given, &tick);
	while (status == 0) {
		next.shift = (int)(tick - now);
		if (composer_next_of_part(a->composer, part, &next, &e)) {
			now += e.shift;
			status = put(bars, n, a->place.line, now, &e);
			continue;
		}
		if (next.kind == EVENT_END)
			break;
		now = tick;
		status = put(bars, n, a->place.line, now, &e);
		next = next_given(&given, &tick);
	}
	for (int i = 0; i < n; i++)
		bar_done(&old[i]);
	a->place.now = now;
	return status;
}

static int rewrite_loop(struct arranger *a, int part)
{
	const struct place place = a->place;
	const int slot = arrange_slot(a);
	int status;

	composer_not_before(a->composer, (int)(a->place.line - a->place.now));
	composer_save(a->composer, a->states[slot]);
	composer_redraw(a->composer, ++a->takes);
	status = draw_part(a, a->loop, a->n_loop, part);
	composer_restore(a->composer, a->states[slot]);
	a->place = place;
	return status;
}

static int rewrite_coming(struct arranger *a, int part)
{
	const int slot = arrange_slot(a);
	int n;

	composer_not_before(a->composer, (int)(a->place.line - a->place.now));
	composer_save(a->composer, a->states[slot]);
	n = compose_ahead(a, a->ready);
	composer_restore(a->composer, a->states[slot]);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		a->ready[i].length = a->place.length;
		a->ready[i].numerator = a->place.numerator;
		a->ready[i].denominator_log2 = a->place.denominator_log2;
		a->ready[i].us_per_quarter = a->place.us_per_quarter;
		a->ready[i].tempo_tick = -1;
		a->ready[i].piece = composer_theme(a->composer).number;
		a->ready[i].key = composer_key(a->composer);
		a->ready[i].locked = a->ready[i].last = false;
	}
	composer_redraw(a->composer, ++a->takes);
	if (n > 0 && draw_part(a, a->ready, n, part) < 0)
		return -1;
	a->ready_at = 0;
	a->n_ready = n;
	return 0;
}

int arrange_rewrite(struct arranger *a, int part)
{
	/* of what is not begun there is nothing to write anew */
	if (!a->goes_back || !composer_begun(a->composer) || part < 0 || part >= a->o.model->vocab->parts ||
	    !(composer_start(a->composer)->parts >> part & 1))
		return 0;
	return a->looping && a->n_loop > 0 ? rewrite_loop(a, part) : rewrite_coming(a, part);
}
