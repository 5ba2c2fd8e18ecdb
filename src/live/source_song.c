/*
 * Songs as a source of notes. All notes are made ready at the start, in the
 * order they are played in: onset, then part, then as in the part. The tempo
 * and metre maps are summed up once, so that a file with a hundred thousand
 * tempo changes costs a binary search a note.
 */
#include "live/source.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"

#define US_DEFAULT 500000

struct song_source {
	struct source source;
	struct stream_note *notes;
	size_t n, at;
};

struct place { /* of a note in a song */
	int onset;
	size_t part, index;
};

struct times { /* moments of a song's tempo changes, the start first */
	struct tempo *tempos;
	uint64_t *at;
	size_t n;
	int ppq;
};

struct bars { /* walked in order of tick */
	const struct song *song;
	size_t next;           /* the metre change to come */
	int from, length, bar; /* the present metre: its first bar line, its bars, their first number */
};

int source_channel(size_t part)
{
	int channel = (int)(part % 15);

	return channel < 9 ? channel : channel + 1;
}

void source_free(struct source *s)
{
	if (s)
		s->free(s);
}

/* At most 2^30 ticks x 2^24 us x 1000, and half a quarter: fits 64 bits. */
static uint64_t span(int ticks, int us_per_quarter, int ppq)
{
	return ((uint64_t)ticks * (uint64_t)us_per_quarter * 1000 + (uint64_t)ppq / 2) / (uint64_t)ppq;
}

static int times_init(struct times *t, const struct song *song)
{
	size_t n = song->n_tempos;

	t->tempos = mem_new(n + 1, sizeof *t->tempos);
	t->at = mem_new(n + 1, sizeof *t->at);
	if (!t->tempos || !t->at)
		return -1;
	t->ppq = song->ppq;
	t->tempos[0] = (struct tempo){0, US_DEFAULT};
	t->n = 1;
	for (size_t i = 0; i < n; i++) {
		const struct tempo *last = &t->tempos[t->n - 1];

		if (song->tempos[i].tick <= last->tick) {
			t->tempos[t->n - 1].us_per_quarter = song->tempos[i].us_per_quarter;
			continue;
		}
		t->at[t->n] = t->at[t->n - 1] + span(song->tempos[i].tick - last->tick, last->us_per_quarter, t->ppq);
		t->tempos[t->n++] = song->tempos[i];
	}
	return 0;
}

static void times_done(struct times *t)
{
	free(t->tempos);
	free(t->at);
}

static uint64_t time_of(const struct times *t, int tick, int *us_per_quarter)
{
	size_t low = 0, high = t->n;
	uint64_t time;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->tempos[middle].tick <= tick)
			low = middle;
		else
			high = middle;
	}
	if (us_per_quarter)
		*us_per_quarter = t->tempos[low].us_per_quarter;
	time = t->at[low] + span(tick - t->tempos[low].tick, t->tempos[low].us_per_quarter, t->ppq);
	return time < SOURCE_TIME_MAX ? time : SOURCE_TIME_MAX;
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

/* Append a song's notes, `offset` later. */
static int add_song(struct song_source *s, const struct song *song, uint64_t *offset)
{
	size_t n = song_notes(song);
	struct place *list = places(song, n);
	struct times times = {0};
	struct bars bars;
	int status = -1;

	if (!list || times_init(&times, song) < 0)
		goto out;
	bars_start(&bars, song);
	for (size_t k = 0; k < n; k++) {
		const struct part *part = &song->parts[list[k].part];
		const struct note *note = &part->notes[list[k].index];
		struct stream_note *out = &s->notes[s->n++];
		int us;

		out->note.on = *offset + time_of(&times, note->onset, &us);
		out->note.off = *offset + time_of(&times, note->onset + note->duration, NULL);
		out->note.channel = (uint8_t)source_channel(list[k].part);
		out->note.pitch = note->pitch;
		out->note.velocity = note->velocity;
		out->note.program = part->program >= 0 ? (uint8_t)part->program : 255;
		out->bar = bar_at(&bars, note->onset);
		out->us_per_quarter = us;
		out->parts = (int32_t)song->n_parts;
	}
	*offset += time_of(&times, song->end, NULL);
	status = *offset <= SOURCE_TIME_MAX ? 0 : error("the songs together last longer than a clock counts");
out:
	times_done(&times);
	free(list);
	return status;
}

static int song_source_next(struct source *source, struct stream_note *note)
{
	struct song_source *s = (struct song_source *)source;

	if (s->at == s->n)
		return 0;
	*note = s->notes[s->at++];
	return 1;
}

static void song_source_free(struct source *source)
{
	struct song_source *s = (struct song_source *)source;

	free(s->notes);
	free(s);
}

struct source *source_of_songs(struct song *const *songs, size_t n)
{
	struct song_source *s = mem_new(1, sizeof *s);
	uint64_t offset = 0;
	size_t notes = 0;

	if (!s)
		return NULL;
	s->source = (struct source){song_source_next, song_source_free};
	for (size_t i = 0; i < n; i++)
		notes += song_notes(songs[i]);
	s->notes = mem_new(notes, sizeof *s->notes);
	for (size_t i = 0; s->notes && i < n; i++)
		if (add_song(s, songs[i], &offset) < 0) {
			source_free(&s->source);
			return NULL;
		}
	if (!s->notes) {
		source_free(&s->source);
		return NULL;
	}
	return &s->source;
}
