/* The guard against endless repetition. See guard.h. */
#include "model/guard.h"

#include <stddef.h>

/* A group that came this often in a row may not come again. */
enum { TIMES = 3 };

void guard_start(struct guard *g)
{
	*g = (struct guard){.expected = -1};
}

/* The bar `back` bars before the present one (1: the last whole bar). */
static int bar_before(const struct guard *g, int back)
{
	return (g->present - back + GUARD_BARS) % GUARD_BARS;
}

static bool same_bar(const struct guard *g, int i, int j)
{
	const struct guard_bar *a = &g->bars[i], *b = &g->bars[j];

	if (a->n != b->n)
		return false;
	for (int n = 0; n < a->n; n++)
		if (a->notes[n].tick != b->notes[n].tick || a->notes[n].part != b->notes[n].part ||
		    a->notes[n].pitch != b->notes[n].pitch || a->notes[n].duration != b->notes[n].duration)
			return false;
	return true;
}

/* Have the last TIMES * period bars been one group over and over? */
static bool periodic(const struct guard *g, int period)
{
	if (g->filled < TIMES * period)
		return false;
	for (int back = 1; back <= (TIMES - 1) * period; back++)
		if (!same_bar(g, bar_before(g, back), bar_before(g, back + period)))
			return false;
	return true;
}

/* Look at what has been, and decide which bar may not come now. */
static void expect(struct guard *g, struct random *random)
{
	static const int periods[] = {1, 2, 4, 8};

	g->expected = -1;
	g->follows = true;
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
		int bar = bar_before(g, periods[i]);

		if (!periodic(g, periods[i]) || g->bars[bar].n == 0)
			continue;
		g->expected = bar;
		g->turn = (int)random_below(random, (uint32_t)g->bars[bar].n);
		g->stepped_in++;
		return;
	}
}

void guard_bars(struct guard *g, int bars, struct random *random)
{
	for (int i = 0; i < bars && i < GUARD_BARS; i++) {
		g->present = (g->present + 1) % GUARD_BARS;
		g->bars[g->present].n = 0;
		if (g->filled < GUARD_BARS - 1)
			g->filled++;
	}
	if (bars > 0)
		expect(g, random);
}

int guard_forbidden(const struct guard *g, int tick, int part)
{
	const struct guard_bar *now = &g->bars[g->present];
	const struct guard_note *note;

	if (g->expected < 0 || !g->follows || now->n != g->turn)
		return -1;
	note = &g->bars[g->expected].notes[g->turn];
	return note->tick == tick && note->part == part ? note->pitch : -1;
}

void guard_note(struct guard *g, const struct guard_note *note)
{
	struct guard_bar *now = &g->bars[g->present];

	if (g->expected >= 0 && g->follows) {
		const struct guard_bar *old = &g->bars[g->expected];

		g->follows = now->n < old->n && old->notes[now->n].tick == note->tick &&
		             old->notes[now->n].part == note->part && old->notes[now->n].pitch == note->pitch;
	}
	if (now->n < GUARD_NOTES)
		now->notes[now->n++] = *note;
}
