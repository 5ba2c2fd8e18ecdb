/* What was played some bars ago. See lookback.h. */
#include "model/lookback.h"

#include <stddef.h>

const int lookback_bars[LOOKBACKS] = {1, 2, 4, 8};

/* n stays below this, and what is remembered keeps its place. */
#define COUNT_MAX (1u << 20)

void lookback_start(struct lookback *l)
{
	*l = (struct lookback){0};
	for (int d = 0; d < LOOKBACKS; d++)
		l->found[d] = LOOKBACK_BEFORE;
}

static const struct lookback_note *note(const struct lookback *l, uint32_t i)
{
	return &l->notes[i % LOOKBACK_NOTES];
}

static uint32_t oldest(const struct lookback *l)
{
	return l->n > LOOKBACK_NOTES ? l->n - LOOKBACK_NOTES : 0;
}

/* Number of the first note remembered at `tick` or later. */
static uint32_t first_at(const struct lookback *l, int tick)
{
	uint32_t low = oldest(l), high = l->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (note(l, middle)->tick < tick)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Of the part's notes at a tick, the one that has `above` others before it. */
static int find(const struct lookback *l, int tick, int part, int above)
{
	uint32_t i = first_at(l, tick);

	/* Of the oldest tick remembered some notes may be forgotten. */
	if (tick < 0 || (i == oldest(l) && i > 0))
		return LOOKBACK_BEFORE;
	for (; i < l->n && note(l, i)->tick == tick; i++)
		if (note(l, i)->part == part && above-- == 0)
			return (int)i;
	return LOOKBACK_NOTHING;
}

void lookback_arrive(struct lookback *l, int now, int part, int bar)
{
	int above = 0;

	for (uint32_t i = first_at(l, now); i < l->n; i++)
		above += note(l, i)->part == part;
	for (int d = 0; d < LOOKBACKS; d++) {
		long long tick = now - (long long)lookback_bars[d] * bar;

		l->found[d] = tick < 0 ? LOOKBACK_BEFORE : find(l, (int)tick, part, above);
	}
}

const struct lookback_note *lookback_at(const struct lookback *l, int which)
{
	return l->found[which] < 0 ? NULL : note(l, (uint32_t)l->found[which]);
}

const struct lookback_note *lookback_after(const struct lookback *l, int which)
{
	return l->found[which] < 0 || (uint32_t)l->found[which] + 1 >= l->n ? NULL
	                                                                    : note(l, (uint32_t)l->found[which] + 1);
}

void lookback_take(struct lookback *l, int now, int part, int pitch, int duration)
{
	for (int d = 0; d < LOOKBACKS; d++) {
		const struct lookback_note *then = lookback_at(l, d);
		uint8_t *same = &l->same[part][d];

		if (!then || then->pitch != pitch || then->duration != duration)
			*same = 0;
		else if (*same < UINT8_MAX)
			++*same;
	}
	l->notes[l->n % LOOKBACK_NOTES] = (struct lookback_note){now, duration, (uint8_t)part, (uint8_t)pitch};
	if (++l->n == COUNT_MAX)
		l->n -= COUNT_MAX / 2; /* a multiple of LOOKBACK_NOTES: endless music counts on */
}
