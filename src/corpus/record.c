/*
 * Records: for each song of the file a number and either the reason why it is
 * none or a piece: 60 bytes or so, its programs, its events. What can be found from
 * the events again (fingerprints, how many notes) is not in it.
 */
#include "corpus/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/notes.h"
#include "corpus/packed.h"
#include "corpus/words.h"

#define REASON_MAX (4 * ERROR_MAX) /* a message, made clean */

enum { IS_REFUSED, IS_PIECE };

static void put_real(struct bytes *b, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	words_put(b, bits, 8);
}

static void put_key(struct bytes *b, struct key key)
{
	bytes_byte(b, (unsigned)(key.tonic + 1));
	bytes_byte(b, (unsigned)key.mode);
}

static void put_grid(struct bytes *b, const struct grid_report *g)
{
	words_put_number(b, (uint32_t)g->notes);
	words_put_number(b, (uint32_t)g->onsets_moved);
	words_put_number(b, (uint32_t)g->ends_moved);
	words_put_number(b, (uint32_t)g->graces);
	words_put_number(b, (uint32_t)g->chords_gathered);
	words_put_number(b, (uint32_t)g->doubles_dropped);
	words_put_number(b, (uint32_t)g->metres_bent);
	put_real(b, g->worst_ms);
}

static void put_piece(struct bytes *b, const struct candidate *c)
{
	const struct piece *p = c->piece;
	const int parts = start_part_count(&p->start);
	struct bytes events = {0};

	bytes_byte(b, p->start.numerator);
	bytes_byte(b, p->start.denominator_log2);
	words_put_number(b, (uint32_t)p->start.pickup);
	words_put_number(b, (uint32_t)p->us_per_quarter);
	put_key(b, p->key);
	put_key(b, c->stated_key);
	words_put_number(b, (uint32_t)c->percussion_notes);
	put_real(b, c->seconds);
	put_grid(b, &c->grid);
	bytes_byte(b, (unsigned)parts);
	for (int k = 0; k < parts; k++)
		bytes_byte(b, (unsigned)(p->programs[k] + 1));
	packed_events(&events, p->events, p->n);
	words_put_number(b, (uint32_t)p->n);
	words_put_number(b, (uint32_t)events.size);
	bytes_put(b, events.data, events.size);
	b->failed = b->failed || events.failed;
	free(events.data);
}

void record_pack(struct bytes *b, const struct candidate *list, size_t n)
{
	words_put_number(b, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		const struct candidate *c = &list[i];

		words_put_number(b, (uint32_t)c->song);
		bytes_byte(b, c->piece ? IS_PIECE : IS_REFUSED);
		if (c->piece) {
			put_piece(b, c);
			continue;
		}
		words_put_number(b, (uint32_t)strlen(c->reason));
		bytes_put(b, c->reason, strlen(c->reason));
	}
}

/* ---- back ---------------------------------------------------------------- */

struct unpacking {
	const unsigned char *data, *p, *end;
	const struct record_from *from;
	bool wrong; /* something was not what a record holds */
};

static unsigned get_byte(struct unpacking *u, unsigned most)
{
	unsigned value = 0;

	if (u->p < u->end)
		value = *u->p++;
	else
		u->wrong = true;
	u->wrong = u->wrong || value > most;
	return u->wrong ? 0 : value;
}

static int get_number(struct unpacking *u, int most)
{
	uint64_t value = 0;

	if (u->wrong || !words_get_number(&value, &u->p, u->end) || value > (uint64_t)most)
		u->wrong = true;
	return u->wrong ? 0 : (int)value;
}

/* A time, or a distance in time. */
static double get_real(struct unpacking *u)
{
	uint64_t bits;
	double value;

	if (u->wrong || u->end - u->p < 8) {
		u->wrong = true;
		return 0;
	}
	bits = words_get(u->p, 8);
	u->p += 8;
	memcpy(&value, &bits, sizeof value);
	u->wrong = !isfinite(value) || value < 0;
	return u->wrong ? 0 : value;
}

static struct key get_key(struct unpacking *u)
{
	const int tonic = (int)get_byte(u, 12) - 1;

	return (struct key){tonic, (enum mode)get_byte(u, MODES - 1)};
}

static void get_grid(struct grid_report *g, struct unpacking *u)
{
	g->notes = get_number(u, INT32_MAX);
	g->onsets_moved = get_number(u, INT32_MAX);
	g->ends_moved = get_number(u, INT32_MAX);
	g->graces = get_number(u, INT32_MAX);
	g->chords_gathered = get_number(u, INT32_MAX);
	g->doubles_dropped = get_number(u, INT32_MAX);
	g->metres_bent = get_number(u, INT32_MAX);
	g->worst_ms = get_real(u);
}

/* All but the events; the number of parts comes back. */
static int get_header(struct candidate *c, struct unpacking *u)
{
	struct piece *p = c->piece;
	int parts;

	p->start.numerator = (uint8_t)get_byte(u, 255);
	p->start.denominator_log2 = (uint8_t)get_byte(u, 7);
	p->start.pickup = get_number(u, SONG_TICK_MAX);
	p->us_per_quarter = get_number(u, 0xFFFFFF);
	p->key = get_key(u);
	c->stated_key = get_key(u);
	c->percussion_notes = get_number(u, INT32_MAX);
	c->seconds = get_real(u);
	get_grid(&c->grid, u);
	parts = (int)get_byte(u, (unsigned)u->from->parts_max);
	if (parts < 1 || p->start.numerator < 1) {
		u->wrong = true;
		return 0;
	}
	for (int k = 0; k < parts; k++)
		p->programs[k] = (int8_t)((int)get_byte(u, 128) - 1);
	p->start.parts = UINT64_MAX >> (SONG_PARTS_MAX - parts);
	p->start.mode = p->key.mode;
	p->start.tonic = (uint8_t)(p->key.tonic + 1);
	p->start.tempo = p->us_per_quarter > 0 ? tempo_class(p->us_per_quarter) : 0;
	return parts;
}

static int wrong_record(void)
{
	return error("a record that is none");
}

/* The events are looked through, counted and hashed, and left where they are. */
static int look_at_events(struct candidate *c, const unsigned char *data, size_t size, int parts)
{
	struct piece *p = c->piece;
	int status;

	p->events = mem_new(p->n, sizeof *p->events);
	status = p->events ? packed_read(p->events, p->n, data, size, parts) : -1;
	if (status == 0)
		candidate_know(c);
	free(p->events);
	p->events = NULL;
	return status;
}

static int get_piece(struct candidate *c, struct unpacking *u)
{
	int parts, n, size;

	c->piece = piece_new(u->from->grid);
	if (!c->piece)
		return -1;
	parts = get_header(c, u);
	n = get_number(u, INT32_MAX);
	size = get_number(u, INT32_MAX);
	/* no event is of less than a byte */
	if (u->wrong || size > u->end - u->p || n > size)
		return wrong_record();
	c->piece->n = (size_t)n;
	if (look_at_events(c, u->p, (size_t)size, parts) < 0)
		return -1;
	c->place = (struct corpus_place){u->from->at + (uint64_t)(u->p - u->data), words_check(u->p, (size_t)size),
	                                 (uint32_t)size};
	u->p += size;
	return 0;
}

static int get_reason(struct candidate *c, struct unpacking *u)
{
	const int size = get_number(u, REASON_MAX);

	if (u->wrong || size > u->end - u->p)
		return wrong_record();
	/* made clean again: it goes to terminals */
	c->reason = text_clean((const char *)u->p, (size_t)size);
	u->p += size;
	return c->reason ? 0 : -1;
}

static int get_song(struct candidates *out, struct walk_file *file, struct unpacking *u)
{
	const int song = get_number(u, INT32_MAX);
	const unsigned tag = get_byte(u, IS_PIECE);
	struct candidate *c;

	if (u->wrong)
		return wrong_record();
	c = candidate_add(out, file, song);
	if (!c)
		return -1;
	return tag == IS_PIECE ? get_piece(c, u) : get_reason(c, u);
}

int record_unpack(struct candidates *out, struct walk_file *file, const unsigned char *data, size_t size,
                  const struct record_from *from)
{
	struct unpacking u = {.data = data, .p = data, .end = data + size, .from = from};
	const int songs = get_number(&u, UINT16_MAX);

	if (u.wrong || songs < 1)
		return wrong_record();
	for (int i = 0; i < songs; i++)
		if (get_song(out, file, &u) < 0)
			return -1;
	return u.p == u.end ? 0 : wrong_record();
}
