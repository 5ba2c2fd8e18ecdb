/*
 * Songs as a source of items. The notes of the present song are put in the order
 * they are played in: onset, then part, then as in the part. Tempo changes
 * and bar lines come in between as they are met.
 */
#include "live/source.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

struct place { /* of a note in a song */
	int onset;
	size_t part, index;
};

struct bars { /* walked in order of tick */
	const struct song *song;
	size_t next;           /* the metre change to come */
	int from, length, bar; /* the present metre: its first bar line, its bars, their first number */
};

enum stage { BEGINS, STARTS, PLAYS, STOPS };

struct song_source {
	struct source source;
	struct song *const *songs;
	size_t n, at; /* songs; the present one */
	const struct routing_rules *rules;
	bool clock;
	enum stage stage;
	/* of the present one */
	struct place *places;
	size_t n_places, place, tempo; /* the next note and tempo change */
	uint64_t from;                 /* moment of its tick 0, with a clock its start's before */
	struct routing routing;
	struct bars bars;
	int bar; /* the last that was told; -1 none */
};

void source_free(struct source *s)
{
	if (s)
		s->free(s);
}

/* Units of so many ticks, at most 2^30. */
static uint64_t units(int ticks, int ppq)
{
	const uint64_t quarters = (uint64_t)(ticks / ppq), rest = (uint64_t)(ticks % ppq);

	return quarters * QUARTER + rest * QUARTER / (uint64_t)ppq;
}

static void bars_start(struct bars *b, const struct song *song)
{
	struct metre m = song_metre_at(song, 0);

	*b = (struct bars){.song = song, .from = song->pickup, .length = metre_bar(&m, song->ppq), .bar = 1};
}

/* The number of the bar that holds at tick; ticks must ascend. */
static int bar_at(struct bars *b, int tick)
{
	const struct song *song = b->song;

	for (; b->next < song->n_metres && song->metres[b->next].tick <= tick; b->next++) {
		const struct metre *m = &song->metres[b->next];

		if (m->tick <= b->from)
			continue;
		b->bar += (m->tick - b->from + b->length - 1) / b->length;
		b->from = m->tick;
		b->length = metre_bar(m, song->ppq);
	}
	return tick < b->from ? 0 : b->bar + (tick - b->from) / b->length;
}

/* The line of that bar; the tick as it was asked for there. */
static int line_of(const struct bars *b, int tick)
{
	return tick < b->from ? 0 : b->from + (tick - b->from) / b->length * b->length;
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->onset != y->onset)
		return x->onset < y->onset ? -1 : 1;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static struct place *places(const struct song *song, size_t n)
{
	struct place *list = mem_new(n, sizeof *list);
	size_t k = 0;

	if (!list)
		return NULL;
	for (size_t p = 0; p < song->n_parts; p++)
		for (size_t i = 0; i < song->parts[p].n; i++)
			list[k++] = (struct place){song->parts[p].notes[i].onset, p, i};
	qsort(list, n, sizeof *list, by_place);
	return list;
}

/* Ticks from the bar line before a song to its tick 0. */
static int lead_of(const struct song *song)
{
	struct metre m = song_metre_at(song, 0);
	int bar = metre_bar(&m, song->ppq);

	return (bar - song->pickup % bar) % bar;
}

/* What holds until a tempo change. */
static uint32_t first_tempo(const struct song *song)
{
	return song->n_tempos && song->tempos[0].tick == 0 ? (uint32_t)song->tempos[0].us_per_quarter : TRANSPORT_US;
}

static int begin_song(struct song_source *s)
{
	const struct song *song = s->songs[s->at];
	int programs[SONG_PARTS_MAX];

	s->n_places = song_notes(song);
	s->places = places(song, s->n_places);
	if (!s->places)
		return -1;
	s->place = s->tempo = 0;
	s->bar = -1;
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		programs[k] = k < (int)song->n_parts ? song->parts[k].program : -1;
	routing_make(&s->routing, s->rules, programs,
	             (int)song->n_parts < SONG_PARTS_MAX ? (int)song->n_parts : SONG_PARTS_MAX);
	bars_start(&s->bars, song);
	s->stage = STARTS;
	return 0;
}

/* The song is over; the next begins where it ended, with a clock after what a stop and a start need. */
static void end_song(struct song_source *s)
{
	const struct song *song = s->songs[s->at++];

	s->from += units(song->end, song->ppq) + (s->clock ? SIXTEENTH : 0);
	free(s->places);
	s->places = NULL;
	s->stage = BEGINS;
}

/* The bar line before a note that is the first of its bar. */
static void give_bar(struct song_source *s, const struct note *note, int bar, struct source_item *out)
{
	const struct song *song = s->songs[s->at];
	const struct metre metre = song_metre_at(song, note->onset);

	s->bar = bar;
	out->play.at = s->from + units(line_of(&s->bars, note->onset), song->ppq);
	out->play.kind = ITEM_BAR;
	out->bar = bar;
	out->parts = (int32_t)song->n_parts;
	out->numerator = metre.numerator;
	out->denominator_log2 = metre.denominator_log2;
}

/* False: it is moved off the keyboard. */
static bool give_note(struct song_source *s, const struct place *place, struct source_item *out)
{
	const struct song *song = s->songs[s->at];
	const struct note *note = &song->parts[place->part].notes[place->index];

	s->place++;
	out->play.at = s->from + units(note->onset, song->ppq);
	out->play.kind = ITEM_NOTE;
	out->play.note = (struct play_note){
		.off = s->from + units(note->onset + note->duration, song->ppq),
		.part = (uint8_t)(place->part % SONG_PARTS_MAX),
		.pitch = note->pitch,
		.velocity = note->velocity,
	};
	return routing_apply(&s->routing, out->play.note.part, &out->play.note);
}

/* The next of the present song. False: there is nothing to give, and perhaps it is over. */
static bool give(struct song_source *s, struct source_item *out)
{
	const struct song *song = s->songs[s->at];
	const struct place *place = s->place < s->n_places ? &s->places[s->place] : NULL;
	const struct tempo *tempo = s->tempo < song->n_tempos ? &song->tempos[s->tempo] : NULL;
	const struct note *note = place ? &song->parts[place->part].notes[place->index] : NULL;
	const int bar = note ? bar_at(&s->bars, note->onset) : 0;
	const int tick = !note ? song->end : bar != s->bar ? line_of(&s->bars, note->onset) : note->onset;

	if (tempo && tempo->tick < song->end && tempo->tick <= tick) {
		s->tempo++;
		out->play.at = s->from + units(tempo->tick, song->ppq);
		out->play.kind = ITEM_TEMPO;
		out->play.us_per_quarter = (uint32_t)tempo->us_per_quarter;
		return true;
	}
	if (note && bar != s->bar) {
		give_bar(s, note, bar, out);
		return true;
	}
	if (note)
		return give_note(s, place, out);
	s->stage = STOPS;
	out->play.at = s->from + units(song->end, song->ppq);
	out->play.kind = ITEM_STOP;
	return s->clock;
}

static int song_source_next(struct source *source, struct source_item *out)
{
	struct song_source *s = (struct song_source *)source;

	for (;;) {
		*out = (struct source_item){0};
		if (s->at == s->n)
			return 0;
		switch (s->stage) {
		case BEGINS:
			if (begin_song(s) < 0)
				return -1;
			out->play.at = s->from;
			out->play.kind = ITEM_START;
			if (s->clock)
				return 1;
			break;
		case STARTS:
			/* holds until its own first tempo, which may come later */
			s->stage = PLAYS;
			out->play.at = s->from;
			out->play.kind = ITEM_TEMPO;
			out->play.us_per_quarter = first_tempo(s->songs[s->at]);
			if (s->clock)
				s->from += units(lead_of(s->songs[s->at]), s->songs[s->at]->ppq);
			return 1;
		case PLAYS:
			if (give(s, out))
				return 1;
			break;
		case STOPS:
			end_song(s);
			break;
		}
	}
}

static void song_source_free(struct source *source)
{
	struct song_source *s = (struct song_source *)source;

	free(s->places);
	free(s);
}

struct source *source_of_songs(struct song *const *songs, size_t n, const struct routing_rules *rules, bool clock)
{
	struct song_source *s;
	uint64_t length = 0;

	for (size_t i = 0; i < n; i++) {
		length += units(songs[i]->end, songs[i]->ppq) + units(lead_of(songs[i]), songs[i]->ppq) + SIXTEENTH;
		if (length > MOMENT_MAX) {
			error("the songs together last longer than a clock counts");
			return NULL;
		}
	}
	s = mem_new(1, sizeof *s);
	if (!s)
		return NULL;
	s->source.next = song_source_next;
	s->source.free = song_source_free;
	s->songs = songs;
	s->n = n;
	s->rules = rules;
	s->clock = clock;
	return &s->source;
}
