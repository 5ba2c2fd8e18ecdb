/* The last bars once more, see echo.h. */
#include "live/echo.h"

enum { SOFTER_A_ROUND = 8, SOFTER_MOST = 32, SOFTEST = 16 };

void echo_start(struct echo *e)
{
	e->newest = e->filled = 0;
	e->round = e->turn = e->note = e->played = 0;
	e->from = e->length = 0;
}

void echo_bar(struct echo *e, uint64_t at, uint64_t length)
{
	struct echo_bar *bar;

	e->newest = (e->newest + 1) % ECHO_BARS;
	e->filled += e->filled < ECHO_BARS;
	bar = &e->bars[e->newest];
	bar->at = at;
	bar->length = length;
	bar->n = 0;
}

void echo_note(struct echo *e, const struct play_item *note)
{
	struct echo_bar *bar = &e->bars[e->newest];

	if (!e->filled || bar->n > ECHO_NOTES)
		return;
	if (bar->n < ECHO_NOTES)
		bar->notes[bar->n] = *note;
	bar->n++;
}

uint64_t echo_end(const struct echo *e)
{
	return e->filled ? e->bars[e->newest].at + e->bars[e->newest].length : 0;
}

/* The i-th of the bars that are there, the oldest first. */
static const struct echo_bar *bar_of(const struct echo *e, int i)
{
	return &e->bars[(e->newest + ECHO_BARS + 1 - e->filled + i) % ECHO_BARS];
}

bool echo_ready(const struct echo *e)
{
	for (int i = 0; i < e->filled; i++)
		if (bar_of(e, i)->n > 0 && bar_of(e, i)->n <= ECHO_NOTES && bar_of(e, i)->length > 0)
			return true;
	return false;
}

/* Which bar a turn plays: every other round begins with the later half. */
static const struct echo_bar *turned(const struct echo *e)
{
	const int half = e->round % 2 == 0 ? e->filled - e->filled / 2 : 0;

	return bar_of(e, (e->turn + half) % e->filled);
}

uint64_t echo_turn(struct echo *e, uint64_t from, bool again)
{
	if (!again) {
		e->round = e->turn = e->played = 0;
	} else if (++e->turn == e->filled) {
		e->turn = 0;
		e->round++;
	}
	e->played++;
	e->note = 0;
	e->from = from;
	/* an empty bar of the music is played as one; so is a bar with more notes than there is room for */
	e->length = turned(e)->length;
	return e->length;
}

/* Never to silence, and never louder. */
static uint8_t softened(uint8_t velocity, int by)
{
	const int softest = velocity < SOFTEST ? velocity : SOFTEST;

	return (uint8_t)(velocity - by > softest ? velocity - by : softest);
}

bool echo_peek(const struct echo *e, struct play_item *note)
{
	const struct echo_bar *bar = turned(e);
	const int softer =
		SOFTER_A_ROUND * (e->round + 1) < SOFTER_MOST ? SOFTER_A_ROUND * (e->round + 1) : SOFTER_MOST;

	if (bar->n > ECHO_NOTES || e->note >= bar->n)
		return false;
	*note = bar->notes[e->note];
	note->note.off = note->note.off - note->at + e->from + (note->at - bar->at);
	note->at = e->from + (note->at - bar->at);
	note->note.velocity = softened(note->note.velocity, softer);
	return true;
}

void echo_pass(struct echo *e)
{
	e->note++;
}
