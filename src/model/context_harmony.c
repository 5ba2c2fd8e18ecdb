/* The key and parallel motion as a row sees them. See context_harmony.h. */
#include "model/context_harmony.h"

/* Pitch class of the tonic; -1 unknown. */
static int tonic(const struct context *c)
{
	return c->unknown & UNKNOWN_KEY ? -1 : (int)c->start.tonic - 1;
}

int harmony_query(const struct context *c, int last, struct bag_item *items)
{
	const int field = c->g->query_harmony, from = 12 - tonic(c);
	int n = 0;

	if (tonic(c) < 0)
		return 0;
	items[n++] = bag_item_of(field + HARMONY_TONIC, tonic(c));
	if (last >= 0)
		items[n++] = bag_item_of(field + HARMONY_LAST_DEGREE, (last + from) % 12);
	for (int i = 0; i < c->n_sounding; i++)
		items[n++] = bag_item_of(field + HARMONY_SET_DEGREE, (c->sounding[i].pitch + from) % 12);
	return n;
}

/* The pitch of a class next to another pitch, within the keyboard. */
static int nearest(int class, int pitch)
{
	int near = pitch + (class - pitch % 12 + 18) % 12 - 6;

	return near < 0 ? near + 12 : near > 127 ? near - 12 : near;
}

/*
 * Where a part would go in parallel with another one that has just moved: as
 * far as that one went. What it keeps decides the kind: an octave (or
 * unison), a fifth, another interval.
 */
static int parallel_references(const struct context *c, struct reference *items)
{
	const struct context_part *own = &c->parts[c->part];
	int n = 0;

	for (int i = 0; own->last >= 0 && i < c->n_sounding; i++) {
		const struct sounding *s = &c->sounding[i];
		const struct context_part *other = &c->parts[s->part];
		int kept, to, kind = HARMONY_PARALLEL;

		if (s->part == c->part || other->last != s->pitch || other->onset != c->position.now ||
		    other->from < 0 || other->from == other->last)
			continue;
		to = own->last + other->last - other->from;
		kept = s->part < c->part ? other->from - own->last : own->last - other->from;
		if (to < 0 || to > 127)
			continue;
		if (kept % 12 == 0)
			kind = HARMONY_OCTAVE;
		else if ((kept + 132) % 12 == 7)
			kind = HARMONY_FIFTH;
		items[n++] = (struct reference){(uint8_t)(c->g->kinds_harmony + kind), (uint8_t)to};
	}
	return n;
}

int harmony_references(const struct context *c, int bars_left, struct reference *items)
{
	const struct context_part *own = &c->parts[c->part];
	const struct vocab *v = c->g->vocab;
	int from = own->last >= 0 ? own->last : (v->low[c->part] + v->high[c->part]) / 2, n = 0;

	if (tonic(c) >= 0) {
		const int kind = c->g->kinds_harmony;
		const uint8_t pitch = (uint8_t)nearest(tonic(c), from);

		items[n++] = (struct reference){(uint8_t)(kind + HARMONY_AT_TONIC), pitch};
		if (bars_left <= 2)
			items[n++] = (struct reference){(uint8_t)(kind + HARMONY_AT_TONIC_LATE), pitch};
		if (bars_left <= 1)
			items[n++] = (struct reference){(uint8_t)(kind + HARMONY_AT_TONIC_LAST), pitch};
	}
	return n + parallel_references(c, items + n);
}
