/*
 * Walking the notes of a piece past its other events, to hash or compare
 * them. The hash is chained SplitMix64 mixing: not for enemies, good for
 * accidents.
 */
#include "corpus/notes.h"

#include "base/random.h"

/* A walk over the notes: `since` is the time since the note before, over METRE events too. */
struct walk_notes {
	const struct piece *piece;
	size_t at;
	int since;
};

/* The next note, NULL at the end. */
static const struct event *next_note(struct walk_notes *w)
{
	bool first = w->at == 0;

	w->since = 0;
	while (w->at < w->piece->n) {
		const struct event *event = &w->piece->events[w->at++];

		w->since += event->shift;
		if (event->kind == EVENT_NOTE) {
			if (first)
				w->since = 0;
			return event;
		}
	}
	return NULL;
}

uint64_t notes_hash(uint64_t hash, uint64_t value)
{
	return random_mix(hash ^ (value + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6)));
}

uint64_t notes_fingerprint(const struct piece *piece)
{
	struct walk_notes w = {.piece = piece};
	const struct event *note;
	uint64_t hash = (uint64_t)piece->grid;
	int first_pitch = -1;

	while ((note = next_note(&w))) {
		if (first_pitch < 0)
			first_pitch = note->pitch;
		hash = notes_hash(hash, (uint64_t)w.since << 32 | (uint64_t)note->duration);
		hash = notes_hash(hash, (uint64_t)note->part << 32 | (uint32_t)(note->pitch - first_pitch));
	}
	return hash;
}

bool notes_equal(const struct piece *a, const struct piece *b)
{
	struct walk_notes wa = {.piece = a}, wb = {.piece = b};

	for (;;) {
		const struct event *x = next_note(&wa), *y = next_note(&wb);

		if (!x || !y)
			return !x && !y;
		if (wa.since != wb.since || x->part != y->part || x->pitch != y->pitch || x->duration != y->duration)
			return false;
	}
}

size_t notes_count(const struct piece *piece)
{
	size_t n = 0;

	for (size_t i = 0; i < piece->n; i++)
		n += piece->events[i].kind == EVENT_NOTE;
	return n;
}

uint64_t notes_hash_piece(uint64_t hash, const struct piece *piece)
{
	const struct start *start = &piece->start;

	hash = notes_hash(hash, (uint64_t)piece->grid << 32 | (uint64_t)piece->n);
	hash = notes_hash(hash, (uint64_t)start->mode << 24 | (uint64_t)start->numerator << 16 |
	                                (uint64_t)start->denominator_log2 << 8 | (uint64_t)start->tempo);
	hash = notes_hash(hash, (uint64_t)start->pickup);
	hash = notes_hash(hash, start->parts);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];

		hash = notes_hash(hash, (uint64_t)e->shift << 32 | (uint64_t)e->duration);
		hash = notes_hash(hash, (uint64_t)e->kind << 56 | (uint64_t)e->part << 48 | (uint64_t)e->pitch << 40 |
		                                (uint64_t)e->velocity << 32 | (uint64_t)e->numerator << 24 |
		                                (uint64_t)e->denominator_log2 << 16 | (uint64_t)e->fermata);
	}
	return hash;
}
