/* Bringing the events of a piece into memory, those of one piece at a time. */
#include "corpus/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/packed.h"
#include "corpus/store.h"
#include "corpus/words.h"

static int read_events(struct corpus_reader *r, const struct store *store, const struct corpus_piece *cp)
{
	const struct corpus_place *place = &cp->place;
	const struct piece *piece = cp->piece;

	if (MEM_GROW(r->bytes, r->capacity, place->size) < 0 ||
	    MEM_GROW(r->piece.events, r->piece.capacity, piece->n) < 0)
		return -1;
	if (store_read(store, r->bytes, place->at, place->size) < 0)
		return -1;
	if (words_check(r->bytes, place->size) != place->check)
		return error("damaged");
	return packed_read(r->piece.events, piece->n, r->bytes, place->size, start_part_count(&piece->start));
}

/* Which piece it was is worth a word. */
static void name_piece(const struct corpus_piece *cp)
{
	char *clean = text_clean(cp->path, strlen(cp->path));

	if (clean)
		error_prefix("%s: its notes cannot be read from the cache any more", clean);
	free(clean);
}

const struct piece *corpus_read(struct corpus_reader *r, const struct corpus *corpus, const struct corpus_piece *cp)
{
	struct event *events;
	size_t capacity;

	if (cp->piece->events)
		return cp->piece;
	if (!corpus->store)
		BUG("a piece without events, and nowhere to read them");
	if (read_events(r, corpus->store, cp) < 0) {
		name_piece(cp);
		return NULL;
	}
	events = r->piece.events;
	capacity = r->piece.capacity;
	r->piece = *cp->piece;
	r->piece.events = events;
	r->piece.capacity = capacity;
	return &r->piece;
}

size_t corpus_train_notes(const struct corpus_piece *cp)
{
	size_t notes = 0;

	if (!cp->piece->events)
		return cp->train_notes;
	for (size_t i = 0; i < cp->train_events && i < cp->piece->n; i++)
		notes += cp->piece->events[i].kind == EVENT_NOTE;
	return notes;
}

void corpus_reader_done(struct corpus_reader *r)
{
	free(r->piece.events);
	free(r->bytes);
	*r = (struct corpus_reader){.bytes = NULL};
}
