/*
 * Songs to note events and back. The song is on its grid already, so both
 * ways only change the form: absolute ticks to shifts, lists by part to one
 * list in one total order. Nothing is rounded here.
 */
#include "music/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"

int start_part_count(const struct start *start)
{
	int n = 0;

	for (uint64_t parts = start->parts; parts; parts &= parts - 1)
		n++;
	return n;
}

struct piece *piece_new(int grid)
{
	struct piece *piece = mem_new(1, sizeof *piece);

	if (!piece)
		return NULL;
	piece->grid = grid;
	piece->start = (struct start){.style = -1, .numerator = 4, .denominator_log2 = 2};
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		piece->programs[k] = -1;
	piece->key.tonic = -1;
	return piece;
}

void piece_free(struct piece *piece)
{
	if (!piece)
		return;
	free(piece->events);
	free(piece);
}

int piece_add(struct piece *piece, struct event event)
{
	if (MEM_GROW(piece->events, piece->capacity, piece->n + 1) < 0)
		return -1;
	piece->events[piece->n++] = event;
	return 0;
}

/*
 * Tempo classes lie between the marks of a metronome (Maelzel's: 50 52 ..
 * 60 63 66 69 72 76 .. ), not on them, so that a tempo rounded to whole
 * microseconds keeps its class. Boundaries and middles in quarters a minute;
 * about: largo, adagio, andante (chorales), andantino, moderato, allegretto,
 * allegro, presto. The middles are the geometric ones, the outermost chosen.
 */
static const int class_from[TEMPO_CLASSES] = {0, 0, 51, 65, 74, 86, 102, 118, 142};
static const int class_middle[TEMPO_CLASSES] = {120, 44, 58, 69, 80, 94, 110, 130, 168};
#define US_PER_MINUTE 60000000

int tempo_class(int us_per_quarter)
{
	int class = TEMPO_CLASSES - 1;

	while (class > 1 && (long long)us_per_quarter * class_from[class] > US_PER_MINUTE)
		class --;
	return class;
}

int tempo_of_class(int tempo_class)
{
	if (tempo_class < 0 || tempo_class >= TEMPO_CLASSES)
		BUG("tempo class %d", tempo_class);
	return US_PER_MINUTE / class_middle[tempo_class];
}

/* An event at its absolute tick, until all are in order. */
struct placed {
	int tick;
	struct event event;
};

struct placed_list {
	struct placed *items;
	size_t n, capacity;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	if (x->event.kind != y->event.kind) /* END is not among them yet */
		return x->event.kind == EVENT_METRE ? -1 : 1;
	if (x->event.part != y->event.part)
		return x->event.part - y->event.part;
	if (x->event.pitch != y->event.pitch)
		return y->event.pitch - x->event.pitch;
	if (x->event.duration != y->event.duration)
		return x->event.duration < y->event.duration ? -1 : 1;
	return y->event.velocity - x->event.velocity;
}

static int place(struct placed_list *list, int tick, struct event event)
{
	if (MEM_GROW(list->items, list->capacity, list->n + 1) < 0)
		return -1;
	list->items[list->n++] = (struct placed){tick, event};
	return 0;
}

/* Is there a fermata among the song's markers at tick? *from only moves forward, as ticks do. */
static bool fermata_at(const struct song *song, size_t *from, int tick)
{
	while (*from < song->n_markers && song->markers[*from].tick < tick)
		++*from;
	for (size_t i = *from; i < song->n_markers && song->markers[i].tick == tick; i++)
		if (strcasecmp(song->markers[i].text, "fermata") == 0)
			return true;
	return false;
}

static int place_part(struct placed_list *list, const struct song *song, size_t part)
{
	const struct part *p = &song->parts[part];
	size_t marker = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct note *note = &p->notes[i];
		struct event event = {
			.duration = note->duration,
			.kind = EVENT_NOTE,
			.part = (uint8_t)part,
			.pitch = note->pitch,
			.velocity = note->velocity,
			.fermata = fermata_at(song, &marker, note->onset),
		};

		if (place(list, note->onset, event) < 0)
			return -1;
	}
	return 0;
}

static int place_all(struct placed_list *list, const struct song *song)
{
	int end = song->end;

	for (size_t k = 0; k < song->n_parts; k++)
		if (place_part(list, song, k) < 0)
			return -1;
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].tick + list->items[i].event.duration > end)
			end = list->items[i].tick + list->items[i].event.duration;
	for (size_t i = 0; i < song->n_metres; i++) {
		const struct metre *m = &song->metres[i];
		struct event event = {
			.kind = EVENT_METRE,
			.numerator = m->numerator,
			.denominator_log2 = m->denominator_log2,
		};

		/* The first is in the start event; one at the end holds for nothing. */
		if (m->tick > 0 && m->tick < end && place(list, m->tick, event) < 0)
			return -1;
	}
	if (list->n > 0)
		qsort(list->items, list->n, sizeof *list->items, compare_placed);
	return place(list, end, (struct event){.kind = EVENT_END});
}

/* The tempo that holds where the music begins; 0 when the song states none by then. */
static int tempo_at_start(const struct song *song, int first_onset)
{
	if (song->n_tempos == 0 || song->tempos[0].tick > first_onset)
		return 0;
	return song_tempo_at(song, first_onset);
}

static int fill_piece(struct piece *piece, const struct song *song, struct placed_list *list)
{
	struct metre metre = song_metre_at(song, 0);
	int now = 0;

	if (place_all(list, song) < 0)
		return -1;
	if (MEM_GROW(piece->events, piece->capacity, list->n) < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		list->items[i].event.shift = list->items[i].tick - now;
		now = list->items[i].tick;
		piece->events[piece->n++] = list->items[i].event;
	}
	for (size_t k = 0; k < song->n_parts; k++) {
		piece->programs[k] = (int8_t)song->parts[k].program;
		piece->start.parts |= UINT64_C(1) << k;
	}
	piece->key = key_find(song);
	piece->us_per_quarter = tempo_at_start(song, list->items[0].tick);
	piece->start.mode = piece->key.mode;
	piece->start.tonic = (uint8_t)(piece->key.tonic + 1);
	piece->start.numerator = metre.numerator;
	piece->start.denominator_log2 = metre.denominator_log2;
	piece->start.tempo = piece->us_per_quarter > 0 ? tempo_class(piece->us_per_quarter) : 0;
	piece->start.pickup = song->pickup;
	return 0;
}

struct piece *piece_from_song(const struct song *song)
{
	struct placed_list list = {0};
	struct piece *piece;

	if (song_notes(song) == 0) {
		error("no notes");
		return NULL;
	}
	if (song->n_parts > SONG_PARTS_MAX) {
		error("%zu parts, more than %d", song->n_parts, SONG_PARTS_MAX);
		return NULL;
	}
	piece = piece_new(song->ppq);
	if (piece && fill_piece(piece, song, &list) < 0) {
		piece_free(piece);
		piece = NULL;
	}
	free(list.items);
	return piece;
}

/* Parts the piece names or uses: the highest one counts. */
static int parts_of(const struct piece *piece)
{
	int parts = 0;

	while (parts < SONG_PARTS_MAX && piece->start.parts >> parts)
		parts++;
	for (size_t i = 0; i < piece->n; i++)
		if (piece->events[i].kind == EVENT_NOTE && piece->events[i].part >= parts)
			parts = piece->events[i].part + 1;
	return parts;
}

static int add_parts(struct song *song, const struct piece *piece)
{
	int parts = parts_of(piece);

	if (parts > SONG_PARTS_MAX)
		return error("part %d, and %d are the most", parts, SONG_PARTS_MAX);
	for (int k = 0; k < parts; k++) {
		char name[24];
		/* 16 channels, of which the tenth is for percussion */
		int channel = k % 15 < 9 ? k % 15 : k % 15 + 1;

		snprintf(name, sizeof name, "Part %d", k + 1);
		if (song_add_part(song, name, channel, piece->programs[k]) < 0)
			return -1;
	}
	return 0;
}

static int add_event_note(struct song *song, int tick, const struct event *event)
{
	const struct marker *last = song->n_markers ? &song->markers[song->n_markers - 1] : NULL;
	struct note note = {
		.onset = tick,
		.duration = event->duration,
		.pitch = event->pitch,
		.velocity = event->velocity,
		.grace = event->duration == 1,
	};

	if (event->duration < 1 || event->duration > SONG_TICK_MAX - tick)
		return error("a note of %d ticks at tick %d", event->duration, tick);
	if (tick + event->duration > song->end)
		song->end = tick + event->duration;
	if (event->fermata && (!last || last->tick != tick) && song_add_marker(song, tick, "fermata") < 0)
		return -1;
	return song_add_note(song, event->part, note);
}

static int add_events(struct song *song, const struct piece *piece)
{
	int now = 0;

	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		if (event->shift < 0 || event->shift > SONG_TICK_MAX - now)
			return error("longer than %d ticks", SONG_TICK_MAX);
		now += event->shift;
		switch ((enum event_kind)event->kind) {
		case EVENT_NOTE:
			if (add_event_note(song, now, event) < 0)
				return -1;
			break;
		case EVENT_METRE:
			if (song_add_metre(song, now, event->numerator, event->denominator_log2) < 0)
				return -1;
			break;
		case EVENT_END:
			if (now > song->end)
				song->end = now;
			return 0;
		}
	}
	return 0;
}

static int fill_song(struct song *song, const struct piece *piece)
{
	const struct start *start = &piece->start;
	int tempo = piece->us_per_quarter > 0 ? piece->us_per_quarter : tempo_of_class(0);

	song->pickup = start->pickup;
	if (song_add_metre(song, 0, start->numerator, start->denominator_log2) < 0 ||
	    song_add_tempo(song, 0, tempo) < 0)
		return -1;
	if (piece->key.tonic >= 0 && piece->key.mode != MODE_UNKNOWN &&
	    song_add_key(song, 0, key_fifths(piece->key), piece->key.mode == MODE_MINOR) < 0)
		return -1;
	if (add_parts(song, piece) < 0 || add_events(song, piece) < 0)
		return -1;
	/* Generated events may come in another order within a chord; parts keep their numbers. */
	for (size_t k = 0; k < song->n_parts; k++)
		song_order_notes(&song->parts[k]);
	return 0;
}

struct song *piece_to_song(const struct piece *piece)
{
	struct song *song = song_new(piece->grid);

	if (song && fill_song(song, piece) < 0) {
		song_free(song);
		return NULL;
	}
	return song;
}
