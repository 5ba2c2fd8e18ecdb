/*
 * The keys of pieces. A key is met by transposition: the piece is drawn whole,
 * its key found, and then it is given out, so a composer asked for a key looks
 * ahead a piece; without one it gives each event as it is drawn. In a stream
 * without end the pieces after the first are drawn twice, once for their key
 * alone, so that they can begin in one that is related to the last piece's,
 * and nothing of them need be kept. Live music is not kept waiting: there a
 * key that is asked for is met like that, too, by the first bars of a piece.
 */
#include <stdlib.h>

#include "model/composer.h"

/* What random numbers are for. */
enum { FOR_RELATION = 203 };
/* Pieces drawn until one has the key asked for; and one related to the last piece's, within a range. */
enum { KEY_ATTEMPTS = 24, RELATED_ATTEMPTS = 4 };
/* Bars by which a piece's key is known well enough to go on from it; and when there is no time. */
enum { KEY_BARS = 32, KEY_BARS_LIVE = 12 };

/* The key its notes are in. 0 or -1. */
int composer_find_key(struct key *key, const struct piece *p)
{
	struct song *song = piece_to_song(p);

	if (!song)
		return -1;
	*key = key_find(song);
	song_free(song);
	return 0;
}

/* closed: its last bars are chosen (model/ending.h), unless that is not wanted at all. */
static int draw_whole(struct composer *c, uint64_t attempt, int transposition, bool closed, struct key *key)
{
	struct event event;

	piece_free(c->whole);
	c->whole = piece_new(c->m->vocab->grid);
	if (!c->whole)
		return -1;
	c->whole->start = c->start;
	if (c->start.tonic > 0 && c->o.key.tonic >= 0)
		c->start.tonic = (uint8_t)((c->o.key.tonic - transposition + 120) % 12 + 1);
	c->maker.closes = closed;
	composer_begin_piece(c, attempt, transposition);
	do {
		maker_next(&c->maker, &event);
		if (piece_add(c->whole, event) < 0)
			return -1;
	} while (event.kind != EVENT_END);
	return composer_find_key(key, c->whole);
}

/* Events of the primer in the present piece; the range is for what is made. */
static size_t primed(const struct composer *c)
{
	const struct piece *p = c->o.primer;

	return !p ? 0 : p->n > 0 && p->events[p->n - 1].kind == EVENT_END ? p->n - 1 : p->n;
}

/* Do all notes stay where they may be when moved by t? */
static bool fits_range(const struct composer *c, int t)
{
	for (size_t i = 0; i < c->whole->n; i++) {
		const struct event *e = &c->whole->events[i];
		int pitch = e->pitch + t;

		if (e->kind != EVENT_NOTE)
			continue;
		if (pitch < 0 || pitch > 127 || (i >= primed(c) && (pitch < c->o.low || pitch > c->o.high)))
			return false;
	}
	return true;
}

/*
 * The smallest transposition from one tonic to another that fits what was
 * drawn; else the smallest that leaves pitches to draw anew.
 */
static int choose_transposition(const struct composer *c, int from, int to)
{
	int least = ((to - from) % 12 + 18) % 12 - 6;
	const int octaves[] = {0, 12, -12, 24, -24};
	const size_t n = sizeof octaves / sizeof *octaves;

	for (size_t i = 0; i < n; i++)
		if (fits_range(c, least + octaves[i]))
			return least + octaves[i];
	for (size_t i = 0; i < n; i++)
		if (c->o.low - least - octaves[i] <= 127 && c->o.high - least - octaves[i] >= 0)
			return least + octaves[i];
	return 0;
}

/*
 * The piece that was drawn, with its last bars chosen; as it was drawn, where
 * that takes it out of its key or the range.
 */
static int close_whole(struct composer *c, uint64_t attempt, int transposition, struct key met)
{
	struct key key;

	if (!c->maker.ending)
		return 0;
	if (draw_whole(c, attempt, transposition, true, &key) < 0)
		return -1;
	if (key.tonic == met.tonic && key.mode == met.mode && fits_range(c, c->whole_transposition))
		return 0;
	return draw_whole(c, attempt, transposition, false, &key);
}

/*
 * A piece drawn within the range as it will sound after a transposition may
 * need another one for its key, which may not fit; or it has not the mode
 * asked for. Then another is drawn, for the transposition that the last one
 * needed. In the end the range holds and the key may not.
 */
int composer_compose_whole(struct composer *c)
{
	int transposition = 0, drawn_at = 0;
	uint64_t attempt;
	struct key key = {-1, MODE_UNKNOWN};

	for (attempt = 0; attempt < KEY_ATTEMPTS; attempt++) {
		c->whole_transposition = drawn_at = transposition;
		if (draw_whole(c, attempt, drawn_at, false, &key) < 0)
			return -1;
		if (key.tonic >= 0 && c->o.key.tonic >= 0)
			transposition = choose_transposition(c, key.tonic, c->o.key.tonic);
		if (!fits_range(c, transposition))
			continue;
		c->whole_transposition = transposition;
		if (c->o.key.mode == MODE_UNKNOWN || key.mode == c->o.key.mode)
			break;
	}
	c->whole_at = 0;
	return close_whole(c, attempt < KEY_ATTEMPTS ? attempt : attempt - 1, drawn_at, key);
}

/* Is the key of a piece found before it is given out? A scale names its own tones, and is met by choosing among them. */
bool composer_looks_ahead(const struct composer *c)
{
	return !c->o.live && (c->o.key.tonic >= 0 || c->o.key.mode != MODE_UNKNOWN) && c->o.scale == 0;
}

/* A primer's notes at the ends of the keyboard may not move as far: they go by octaves. */
int composer_sounding(int pitch)
{
	return pitch < 0 ? pitch + 36 : pitch > 127 ? pitch - 36 : pitch;
}

static bool ranged(const struct composer *c)
{
	return c->o.low > 0 || c->o.high < 127;
}

/* Draw the beginning of the present piece for its key. */
static struct key preview_key(struct composer *c, int transposition)
{
	const int bars = c->o.live ? KEY_BARS_LIVE : KEY_BARS;
	struct event event;

	composer_count_key_anew(c);
	/* to choose its end takes longer than all the rest of a piece, and is not waited for */
	c->maker.closes = !c->o.live;
	composer_begin_piece(c, 0, transposition);
	c->maker.closes = true;
	do {
		maker_next(&c->maker, &event);
		composer_count_key(c, &event);
	} while (event.kind != EVENT_END && c->maker.step->context.position.bar < bars);
	return key_count_find(&c->key);
}

/* The key that a piece of this mode is to begin in. */
static struct key wanted_key(const struct composer *c, struct key before, enum mode mode, unsigned which)
{
	if (c->o.key.tonic >= 0)
		return (struct key){c->o.key.tonic, c->o.key.mode != MODE_UNKNOWN ? c->o.key.mode : mode};
	return key_related(before, mode, which);
}

/*
 * Begin a piece in a key related to the one before, or asked for: transposed by what its
 * preview needs. Without a range to keep to, the same events come again; a
 * range lets others be drawn at another transposition, whose key is found anew.
 */
void composer_begin_in_key(struct composer *c, struct key before)
{
	struct random random = random_stream(c->o.seed, FOR_RELATION, c->number, 0);
	unsigned which = random_below(&random, 2);
	struct key told = wanted_key(c, before, c->start.mode, which);

	c->transposition = 0;
	/* So that the piece is the same whatever it is transposed by, half an octave at most. */
	c->maker.margin = ranged(c) ? 0 : 6;
	if (c->start.tonic > 0 && told.tonic >= 0)
		c->start.tonic = (uint8_t)(told.tonic + 1);
	for (int attempt = 0; attempt < RELATED_ATTEMPTS; attempt++) {
		struct key key = preview_key(c, c->transposition);
		struct key wanted = wanted_key(c, before, key.mode, which);
		int needed;

		if (key.tonic < 0 || wanted.tonic < 0)
			break;
		needed = (wanted.tonic - key.tonic + 18) % 12 - 6;
		if (needed == c->transposition)
			break;
		c->transposition = needed;
		if (!ranged(c))
			break;
	}
	composer_begin_piece(c, 0, c->transposition);
	c->maker.guard.stepped_in = 0;
}

/* Who asked for a key or a scale has it in every piece. */
bool composer_wanders(const struct composer *c)
{
	if (c->o.live && c->o.key.tonic >= 0)
		return c->o.scale == 0;
	return c->number > 0 && c->o.endless && c->o.key.tonic < 0 && c->o.scale == 0;
}
