/*
 * Bars from a composer, see arranger_bars.h. The composer's state is saved
 * before every event, since only the event itself shows whether it crosses a
 * bar line; those that one did not are written over by the next. A state is
 * about a megabyte, and as quickly copied as an event is composed.
 */
#include "live/arranger_bars.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What random numbers are for. */
enum { FOR_LOCK = 501 };

static int bar_ticks(const struct place *p, int grid)
{
	struct metre m = {0, p->numerator, p->denominator_log2};

	return metre_bar(&m, grid);
}

void arrange_new_metre(struct arranger *a)
{
	a->place.length = bar_ticks(&a->place, a->o.model->vocab->grid);
	a->place.new_metre = true;
}

/* ---- a bar's events ------------------------------------------------------------- */

int bar_add(struct bar *b, int tick, const struct event *event)
{
	if (MEM_GROW(b->events, b->room, (size_t)b->n + 1) < 0)
		return -1;
	b->events[b->n++] = (struct bar_event){tick, *event};
	return 0;
}

int bar_copy(struct bar *to, const struct bar *from)
{
	struct bar copy = *from;

	copy.events = to->events;
	copy.room = to->room;
	copy.n = 0;
	*to = copy;
	for (int i = 0; i < from->n; i++)
		if (bar_add(to, from->events[i].tick, &from->events[i].event) < 0)
			return -1;
	return 0;
}

void bar_done(struct bar *b)
{
	free(b->events);
	*b = (struct bar){0};
}

/* ---- states of the composer ------------------------------------------------------ */

static struct saved *saved_at(struct arranger *a, uint64_t i)
{
	return &a->saved[i % STATES];
}

static uint64_t first_saved(const struct arranger *a)
{
	return a->n_saved > STATES ? a->n_saved - STATES : 0;
}

/* A slot that no bar line and no hand has: there is always one. */
int arrange_slot(struct arranger *a)
{
	for (int slot = 0; slot < STATES + 2; slot++) {
		bool used = a->hand.full && a->hand.slot == slot;

		for (uint64_t i = first_saved(a); i < a->n_saved && !used; i++)
			used = saved_at(a, i)->slot == slot;
		if (!used)
			return slot;
	}
	return -1;
}

static void save_line(struct arranger *a)
{
	struct place place = a->place;

	place.now = a->hand.before;
	a->n_saved++;
	*saved_at(a, a->n_saved - 1) = (struct saved){
		.line = place.line,
		.slot = a->hand.full ? a->hand.slot : -1,
		.place = place,
		.performer = a->performer,
		.performed = a->performed,
		.loop_at = a->loop_at,
		.n_themes = a->n_themes,
	};
}

const struct saved *arrange_find(const struct arranger *a, int64_t tick)
{
	for (uint64_t i = first_saved(a); i < a->n_saved; i++) {
		const struct saved *saved = &a->saved[i % STATES];

		if (saved->line >= tick && (saved->slot >= 0 || saved->place.resting))
			return saved;
	}
	return NULL;
}

/* From the state before the hand's event, after what has changed: nothing comes before the next bar. */
static void draw_from(struct arranger *a, int slot, int64_t now)
{
	composer_restore(a->composer, a->states[slot]);
	a->hand.full = a->hand.ended = false;
	a->place.now = now;
}

void arrange_go_back(struct arranger *a, const struct saved *to)
{
	const struct saved saved = *to;

	a->place = saved.place;
	a->performer = saved.performer;
	a->performed = saved.performed;
	a->loop_at = saved.loop_at;
	/* themes that had begun beyond were never heard */
	if (saved.n_themes < a->n_themes)
		a->n_themes = saved.n_themes;
	a->n_ready = a->ready_at = 0;
	a->hand.full = a->hand.ended = false;
	if (saved.slot >= 0)
		draw_from(a, saved.slot, saved.place.now);
	while (a->n_saved > first_saved(a) && saved_at(a, a->n_saved - 1)->line >= saved.line)
		a->n_saved--;
	while (a->n_history > 0 && a->history[(a->n_history - 1) % HISTORY].line >= saved.line)
		a->n_history--;
}

bool arrange_drop_hand(struct arranger *a)
{
	if (!a->hand.full)
		return true;
	if (a->hand.slot < 0)
		return false;
	draw_from(a, a->hand.slot, a->hand.before);
	return true;
}

/* ---- drawing ----------------------------------------------------------------------- */

/* The next event into the hand. 0 or -1. */
static int draw(struct arranger *a)
{
	struct hand *h = &a->hand;
	const int slot = a->goes_back ? arrange_slot(a) : -1;
	int got;

	if (slot >= 0)
		composer_save(a->composer, a->states[slot]);
	got = composer_next(a->composer, &h->event);
	if (got < 0)
		return -1;
	h->full = got == 1;
	h->ended = !h->full;
	if (!h->full)
		return 0;
	h->slot = slot;
	h->before = a->place.now;
	h->tick = a->place.now + h->event.shift;
	/* what would come before a bar that is to be new comes whole bars later: a piece's end may have been near */
	while (h->tick < a->place.line)
		h->tick += bar_ticks(&a->place, a->o.model->vocab->grid);
	a->place.now = h->tick;
	h->us_per_quarter = composer_us_per_quarter(a->composer);
	h->piece = composer_theme(a->composer).number;
	return 0;
}

/* A new theme is the last of the list; the oldest is forgotten. */
static void note_theme(struct arranger *a)
{
	const struct composer_theme theme = composer_theme(a->composer);
	const int most = sizeof a->themes / sizeof *a->themes;

	if (a->n_themes > 0 && a->themes[a->n_themes - 1].number == theme.number)
		return;
	if (a->n_themes == most)
		memmove(a->themes, a->themes + 1, (size_t)--a->n_themes * sizeof *a->themes);
	a->themes[a->n_themes++] = theme;
	a->newest = theme.number > a->newest ? theme.number : a->newest;
}

/* The hand's event into the bar. False: it belongs to a later one. */
static bool fits(struct arranger *a)
{
	struct bar *b = &a->bar;
	const struct hand *h = &a->hand;

	if (!h->full || h->event.kind == EVENT_END || h->tick >= b->line + b->length)
		return false;
	if (h->event.kind != EVENT_METRE)
		return true;
	/* a metre makes a line: the bar that it interrupts is as long as it came */
	if (h->tick > b->line) {
		b->length = (int)(h->tick - b->line);
		return false;
	}
	a->place.numerator = b->numerator = h->event.numerator;
	a->place.denominator_log2 = b->denominator_log2 = h->event.denominator_log2;
	a->place.length = b->length = bar_ticks(&a->place, a->o.model->vocab->grid);
	return true;
}

static int fill_bar(struct arranger *a)
{
	struct bar *b = &a->bar;

	if (!a->hand.full && !a->hand.ended && draw(a) < 0)
		return -1;
	save_line(a);
	if (a->place.new_metre) {
		const struct event metre = {
			.kind = EVENT_METRE, .numerator = b->numerator, .denominator_log2 = b->denominator_log2};

		a->place.new_metre = false;
		if (bar_add(b, 0, &metre) < 0)
			return -1;
	}
	while (fits(a)) {
		const struct hand h = a->hand;

		if (h.us_per_quarter != b->us_per_quarter) {
			/* the first tempo holds from the first bar's line */
			b->tempo_tick = b->us_per_quarter ? (int)(h.tick - b->line) : 0;
			b->us_per_quarter = h.us_per_quarter;
		}
		b->piece = h.piece;
		note_theme(a);
		if (bar_add(b, (int)(h.tick - b->line), &h.event) < 0 || draw(a) < 0)
			return -1;
	}
	b->last = a->hand.ended ||
	          (a->hand.full && a->hand.event.kind == EVENT_END && a->hand.tick <= b->line + b->length);
	b->key = composer_key(a->composer);
	a->place.us_per_quarter = b->us_per_quarter;
	return 0;
}

/* ---- the loop ------------------------------------------------------------------------ */

static int begin_loop(struct arranger *a)
{
	const uint64_t there = a->n_history < HISTORY ? a->n_history : HISTORY;
	const int n = there < LOOP_BARS ? (int)there : LOOP_BARS;

	a->n_loop = 0;
	a->loop_at = 0;
	for (int i = 0; i < n; i++) {
		if (bar_copy(&a->loop[i], &a->history[(a->n_history - (uint64_t)(n - i)) % HISTORY]) < 0)
			return -1;
		a->n_loop++;
	}
	return 0;
}

/* The loop's bar once more, if it is locked: time is put in before the hand. 1: done; 0: a new bar is wanted; -1. */
static int loop_bar(struct arranger *a)
{
	const double lock = a->values[CONTROL_LOCK];
	struct random random = random_stream(a->o.compose.seed, FOR_LOCK, a->drawn++, 0);
	const int number = a->bar.number;
	const int64_t line = a->bar.line;

	if (lock > 0 && !a->looping && begin_loop(a) < 0)
		return -1;
	a->looping = lock > 0;
	if (!a->looping || a->n_loop == 0 || random_unit(&random) >= lock)
		return 0;
	if (!a->hand.full && !a->hand.ended && draw(a) < 0)
		return -1;
	save_line(a);
	if (bar_copy(&a->bar, &a->loop[a->loop_at]) < 0)
		return -1;
	a->bar.number = number;
	a->bar.line = line;
	a->bar.locked = true;
	a->bar.last = false;
	a->bar.us_per_quarter = a->place.us_per_quarter;
	a->bar.tempo_tick = -1;
	a->hand.tick += a->bar.length;
	a->hand.before += a->bar.length;
	a->place.now += a->bar.length;
	return 1;
}

/* ---- bars ------------------------------------------------------------------------------- */

static int remember(struct arranger *a)
{
	return bar_copy(&a->history[a->n_history++ % HISTORY], &a->bar);
}

/* A bar that is there already. 1, 0: there is none, -1. */
static int ready_bar(struct arranger *a)
{
	const struct bar to_be = a->bar;

	if (a->ready_at == a->n_ready) {
		a->n_ready = a->ready_at = 0;
		return 0;
	}
	/* it cannot be gone back to: the composer is past it */
	a->n_saved++;
	*saved_at(a, a->n_saved - 1) = (struct saved){.line = a->place.line, .slot = -1};
	if (bar_copy(&a->bar, &a->ready[a->ready_at++]) < 0)
		return -1;
	a->bar.number = to_be.number;
	a->bar.line = to_be.line;
	return 1;
}

/* Nothing, for as long as a bar takes. */
static void rest_bar(struct arranger *a)
{
	a->hand.full = a->hand.ended = false;
	save_line(a);
	a->place.us_per_quarter = a->bar.us_per_quarter =
		a->place.us_per_quarter ? a->place.us_per_quarter : TRANSPORT_US;
	if (a->n_saved == 1)
		a->bar.tempo_tick = 0;
}

int arrange_bar(struct arranger *a)
{
	struct bar *b = &a->bar;
	int looped;

	b->line = a->place.line;
	b->length = a->place.length;
	b->number = a->place.number;
	b->numerator = a->place.numerator;
	b->denominator_log2 = a->place.denominator_log2;
	b->us_per_quarter = a->place.us_per_quarter;
	b->tempo_tick = -1;
	b->locked = b->last = false;
	b->n = 0;
	if (a->place.resting) {
		rest_bar(a);
		a->place.line += b->length;
		a->place.number++;
		return remember(a);
	}
	looped = ready_bar(a);
	if (looped == 0)
		looped = loop_bar(a);
	if (looped < 0)
		return -1;
	if (!looped) {
		if ((a->choose || a->place.number % PHRASE_TAKE == 1) && arrange_choose(a) < 0)
			return -1;
		if (fill_bar(a) < 0)
			return -1;
		if (a->looping && a->n_loop > 0 && bar_copy(&a->loop[a->loop_at], b) < 0)
			return -1;
	}
	if (a->looping && a->n_loop > 0 && a->n_ready == 0)
		a->loop_at = (a->loop_at + 1) % a->n_loop;
	a->place.line += b->length;
	a->place.number++;
	if (a->place.left > 0 && --a->place.left == 0)
		a->place.resting = true;
	return remember(a);
}

int arrange_start(struct arranger *a)
{
	const struct start *start = composer_start(a->composer);
	const int grid = a->o.model->vocab->grid;
	bool cannot = false;

	a->place = (struct place){.numerator = start->numerator,
	                          .denominator_log2 = start->denominator_log2,
	                          .number = start->pickup > 0 ? 0 : 1};
	a->place.length = bar_ticks(&a->place, grid);
	if (start->pickup > 0)
		a->place.now = a->place.length - start->pickup % a->place.length;
	a->performed = a->place.now;
	a->parts = start->parts;
	a->place.resting = a->o.answers;
	a->goes_back = a->o.compose.live;
	for (int i = 0; i < STATES + 2 && a->goes_back; i++) {
		a->states[i] = composer_state_new(a->composer, &cannot);
		if (!a->states[i] && !cannot)
			return -1;
		a->goes_back = !cannot;
	}
	return 0;
}

void arrange_done(struct arranger *a)
{
	for (int i = 0; i < STATES + 2; i++)
		composer_state_free(a->states[i]);
	for (int i = 0; i < HISTORY; i++)
		bar_done(&a->history[i]);
	for (int i = 0; i < LOOP_BARS; i++)
		bar_done(&a->loop[i]);
	for (int i = 0; i < PHRASE_TAKE; i++)
		bar_done(&a->ready[i]);
	bar_done(&a->bar);
}
