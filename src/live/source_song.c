/*
 * Songs as a source of notes. All notes are made ready at the start, in the
 * order they are played in: onset, then part, then as in the part. The tempo
 * and metre maps are summed up once, so that a file with a hundred thousand
 * tempo changes costs a binary search a note. Pulses of MIDI clock are reckoned
 * as they come: there may be as many as a song is long.
 */
#include "live/source.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "live/pulses.h"

#define US_DEFAULT 500000

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

enum clocked_part { STARTS, PLAYS }; /* of a song with a clock; a stop ends it */

struct clocked { /* a song's clock: what its pulses are reckoned from */
	struct times times;
	uint64_t start, from, end; /* the start, tick 0, the stop */
	int lead, ticks;           /* ticks from the first pulse to tick 0; from there to the end */
	size_t notes_end;          /* its notes come before this */
};

struct song_source {
	struct source source;
	struct stream_note *notes;
	size_t n, at;
	struct clocked *clocks; /* a song each, or NULL */
	size_t n_clocks, clock; /* the present one */
	enum clocked_part stage;
	struct pulses pulses; /* of the present one's stretch */
	size_t stretch;       /* the next: 0 is the lead, k begins with the k-th tempo */
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

struct stream_note source_realtime(uint8_t message, uint64_t at)
{
	return (struct stream_note){.note = {.on = at, .off = at, .realtime = message}};
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

/* The clock is started a bar line before tick 0, and a moment before that. */
static void clock_song(struct clocked *c, const struct song *song, uint64_t *offset)
{
	struct metre m = song_metre_at(song, 0);
	int bar = metre_bar(&m, song->ppq);

	c->lead = (bar - song->pickup % bar) % bar;
	c->ticks = song->end;
	c->start = *offset;
	*offset += PULSES_LEAD + span(c->lead, c->times.tempos[0].us_per_quarter, song->ppq);
	c->from = *offset;
}

/* Append a song's notes, `offset` later. clock: NULL, or what is to be filled in. */
static int add_song(struct song_source *s, const struct song *song, uint64_t *offset, struct clocked *clock)
{
	size_t n = song_notes(song);
	struct place *list = places(song, n);
	struct clocked none = {0};
	struct times *times;
	struct bars bars;
	int status = -1;

	if (!clock)
		clock = &none;
	times = &clock->times;
	if (!list || times_init(times, song) < 0)
		goto out;
	if (clock != &none)
		clock_song(clock, song, offset);
	bars_start(&bars, song);
	for (size_t k = 0; k < n; k++) {
		const struct part *part = &song->parts[list[k].part];
		const struct note *note = &part->notes[list[k].index];
		struct stream_note *out = &s->notes[s->n++];
		int us;

		out->note.on = *offset + time_of(times, note->onset, &us);
		out->note.off = *offset + time_of(times, note->onset + note->duration, NULL);
		out->note.channel = (uint8_t)source_channel(list[k].part);
		out->note.pitch = note->pitch;
		out->note.velocity = note->velocity;
		out->note.program = part->program >= 0 ? (uint8_t)part->program : 255;
		out->bar = bar_at(&bars, note->onset);
		out->us_per_quarter = us;
		out->parts = (int32_t)song->n_parts;
	}
	*offset += time_of(times, song->end, NULL);
	status = *offset <= SOURCE_TIME_MAX ? 0 : error("the songs together last longer than a clock counts");
	clock->end = *offset;
	clock->notes_end = s->n;
out:
	times_done(&none.times);
	free(list);
	return status;
}

/* The present song's next pulse, stretch by stretch. False: there is none. */
static bool song_pulse(struct song_source *s, const struct clocked *c, uint64_t *at)
{
	const struct times *t = &c->times;
	const uint64_t half = (uint64_t)t->ppq * PULSES_A_QUARTER / 2; /* rounded as span() does */

	while (!pulses_peek(&s->pulses, false, at)) {
		size_t k = s->stretch++;

		if (k > t->n) {
			s->stretch = k;
			return false;
		}
		if (k == 0) {
			pulses_stretch(&s->pulses, c->start + PULSES_LEAD, half, t->tempos[0].us_per_quarter, c->lead);
		} else {
			int from = t->tempos[k - 1].tick, to = k < t->n ? t->tempos[k].tick : c->ticks;
			uint64_t time = t->at[k - 1] < SOURCE_TIME_MAX ? t->at[k - 1] : SOURCE_TIME_MAX;

			from = from < c->ticks ? from : c->ticks;
			to = to < c->ticks ? to : c->ticks;
			pulses_stretch(&s->pulses, c->from + time, half, t->tempos[k - 1].us_per_quarter, to - from);
		}
	}
	return true;
}

/* What comes next of songs with a clock. */
static int next_clocked(struct song_source *s, struct stream_note *out)
{
	const struct clocked *c = &s->clocks[s->clock];
	bool note = s->clock < s->n_clocks && s->at < c->notes_end;
	uint64_t at;

	if (s->clock == s->n_clocks)
		return 0;
	switch (s->stage) {
	case STARTS:
		pulses_start(&s->pulses, c->times.ppq);
		s->stretch = 0;
		s->stage = PLAYS;
		*out = source_realtime(MIDI_START, c->start);
		return 1;
	case PLAYS:
		if (song_pulse(s, c, &at) && (!note || at <= s->notes[s->at].note.on)) {
			pulses_pass(&s->pulses);
			*out = source_realtime(MIDI_CLOCK, at);
			return 1;
		}
		if (note) {
			*out = s->notes[s->at++];
			return 1;
		}
		break;
	}
	*out = source_realtime(MIDI_STOP, c->end);
	s->stage = STARTS;
	s->clock++;
	return 1;
}

static int song_source_next(struct source *source, struct stream_note *note)
{
	struct song_source *s = (struct song_source *)source;

	if (s->clocks)
		return next_clocked(s, note);
	if (s->at == s->n)
		return 0;
	*note = s->notes[s->at++];
	return 1;
}

static void song_source_free(struct source *source)
{
	struct song_source *s = (struct song_source *)source;

	for (size_t i = 0; i < s->n_clocks; i++)
		times_done(&s->clocks[i].times);
	free(s->clocks);
	free(s->notes);
	free(s);
}

struct source *source_of_songs(struct song *const *songs, size_t n, bool clock)
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
	if (clock && (s->clocks = mem_new(n, sizeof *s->clocks)))
		s->n_clocks = n;
	if (!s->notes || (clock && !s->clocks)) {
		source_free(&s->source);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (add_song(s, songs[i], &offset, clock ? &s->clocks[i] : NULL) < 0) {
			source_free(&s->source);
			return NULL;
		}
	return &s->source;
}
