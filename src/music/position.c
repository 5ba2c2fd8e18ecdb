/*
 * Place in the bar and in the phrase, event by event. Bars are counted by
 * division, not one by one, so that a hundred bars of silence, or a wild
 * shift, cost what a quarter costs.
 */
#include "music/position.h"

/* Half a bar or more is long. */
static bool long_in(const struct position *p, int ticks)
{
	return ticks >= p->bar_length - p->bar_length / 2;
}

static void set_metre(struct position *p, int numerator, int denominator_log2)
{
	struct metre m = {0, (uint8_t)numerator, (uint8_t)denominator_log2};

	p->numerator = numerator;
	p->denominator_log2 = denominator_log2;
	p->bar_length = metre_bar(&m, p->grid);
}

int position_in_bar(const struct position *p)
{
	return p->now - p->bar_start;
}

/*
 * A phrase that begins within a bar begins with an upbeat: its bars count
 * from the next bar line.
 */
static void begin_phrase(struct position *p)
{
	p->phrase_start = p->now;
	p->phrase_bar = p->now == p->bar_start ? p->bar : p->bar + 1;
}

int position_phrase_bars(const struct position *p)
{
	return p->bar > p->phrase_bar ? p->bar - p->phrase_bar : 0;
}

void position_start(struct position *p, int grid, const struct start *start)
{
	*p = (struct position){.grid = grid, .pending_end = -1};
	set_metre(p, start->numerator, start->denominator_log2);
	if (start->pickup > 0) {
		p->bar = -1 - (start->pickup - 1) / p->bar_length;
		p->bar_start = (start->pickup - 1) % p->bar_length + 1 - p->bar_length;
	}
	/* The first phrase counts from bar 0 whatever stands before it. */
}

/* Go to `tick`, across bar lines only. */
static void cross_bars(struct position *p, int tick)
{
	int lines = (tick - p->bar_start) / p->bar_length;
	int line, rest, phrase_bars;

	p->now = tick;
	if (lines == 0)
		return;
	/*
	 * The first of these lines at which the top part has been silent for
	 * half a bar ends a phrase: once a rest, however long it lasts.
	 */
	rest = p->top_end + p->bar_length - p->bar_length / 2;
	line = 1;
	if (rest > p->bar_start + p->bar_length)
		line = (rest - p->bar_start + p->bar_length - 1) / p->bar_length;
	if (line <= lines && rest > p->bar_start) {
		p->phrase_bar = p->bar + line;
		p->phrase_start = p->bar_start + line * p->bar_length;
	}
	p->bar += lines;
	p->bar_start += lines * p->bar_length;
	phrase_bars = p->bar - p->phrase_bar;
	if (phrase_bars >= PHRASE_BARS) {
		p->phrase_bar += phrase_bars / PHRASE_BARS * PHRASE_BARS;
		p->phrase_start = p->bar_start - phrase_bars % PHRASE_BARS * p->bar_length;
	}
}

void position_shift(struct position *p, int shift)
{
	int tick = shift < POSITION_TICK_MAX - p->now ? p->now + shift : POSITION_TICK_MAX;

	if (p->pending_end >= 0 && p->pending_end <= tick) {
		cross_bars(p, p->pending_end);
		begin_phrase(p);
		p->pending_end = -1;
	}
	cross_bars(p, tick);
}

static void take_note(struct position *p, const struct event *event)
{
	int room = POSITION_TICK_MAX - p->now;
	int end = p->now + (event->duration < room ? event->duration : room);
	bool on_line = (end - p->bar_start) % p->bar_length == 0;

	if (event->part == 0) {
		/* It ends a rest that reached up to this bar line. */
		if (p->now == p->bar_start && long_in(p, p->now - p->top_end))
			begin_phrase(p);
		if (end > p->top_end)
			p->top_end = end;
	}
	if (event->fermata || (event->part == 0 && on_line && long_in(p, event->duration)))
		if (end > p->pending_end)
			p->pending_end = end;
}

void position_event(struct position *p, const struct event *event)
{
	if (event->kind == EVENT_NOTE)
		take_note(p, event);
	if (event->kind == EVENT_METRE) {
		/* It cuts a bar short that it does not find at its line. */
		if (p->now != p->bar_start) {
			p->bar++;
			p->bar_start = p->now;
			if (position_phrase_bars(p) >= PHRASE_BARS)
				begin_phrase(p);
		}
		set_metre(p, event->numerator, event->denominator_log2);
	}
}
