/*
 * Songs to files: type 1, 480 ticks a quarter. The song is copied, scaled and
 * its pickup written out; then each track is built in libsmf and turned into
 * bytes. One track at a time and by bytes of ours because smf_save() writes
 * to a path (no renaming), refuses a meta event of over 127 bytes, and looks
 * every event's time up in the tempo map from its end.
 *
 * At one tick: names, text, maps, then note-offs, then note-ons. Notes of one
 * part and pitch that overlap are written as they are: their note-offs come
 * in the order of their note-ons, which is how smf_notes.c reads them.
 */
#include "midi/smf.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "midi/bytes.h"
#include "midi/libsmf.h"
#include "midi/smf_channels.h"

#define PPQ 480

#define GRAIN (PPQ / 24) /* only whole ones of these are taken for rests by music/pickup.c */

struct writer {
	const struct song *song; /* the scaled copy */
	int end;                 /* of every track */
	struct bytes *out;
	smf_t *smf; /* of the track in work */
	smf_track_t *track;
};

/* To the nearest tick, halves up. */
static int scaled(int tick, int ppq)
{
	return (int)(((int64_t)tick * PPQ * 2 + ppq) / (2 * (int64_t)ppq));
}

static int last_tick(const struct song *s)
{
	int last = song_last_note_end(s);

	if (s->n_tempos && s->tempos[s->n_tempos - 1].tick > last)
		last = s->tempos[s->n_tempos - 1].tick;
	if (s->n_metres && s->metres[s->n_metres - 1].tick > last)
		last = s->metres[s->n_metres - 1].tick;
	if (s->n_keys && s->keys[s->n_keys - 1].tick > last)
		last = s->keys[s->n_keys - 1].tick;
	if (s->n_markers && s->markers[s->n_markers - 1].tick > last)
		last = s->markers[s->n_markers - 1].tick;
	if (s->n_texts && s->texts[s->n_texts - 1].tick > last)
		last = s->texts[s->n_texts - 1].tick;
	return last;
}

static void scale_song(struct song *s)
{
	int ppq = s->ppq;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			struct note *n = &s->parts[i].notes[j];
			int end = scaled(n->onset + n->duration, ppq);

			n->onset = scaled(n->onset, ppq);
			n->duration = end > n->onset ? end - n->onset : 1;
		}
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].tick = scaled(s->tempos[i].tick, ppq);
	for (size_t i = 0; i < s->n_metres; i++)
		s->metres[i].tick = scaled(s->metres[i].tick, ppq);
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].tick = scaled(s->keys[i].tick, ppq);
	for (size_t i = 0; i < s->n_markers; i++)
		s->markers[i].tick = scaled(s->markers[i].tick, ppq);
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].tick = scaled(s->texts[i].tick, ppq);
	s->pickup = scaled(s->pickup, ppq);
	s->silence = scaled(s->silence, ppq);
	s->end = scaled(s->end, ppq);
	s->ppq = PPQ;
}

/* Silence before the pickup. What holds from tick 0 still does. */
static void delay(struct song *s, int by)
{
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++)
			s->parts[i].notes[j].onset += by;
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].tick += s->tempos[i].tick ? by : 0;
	for (size_t i = 0; i < s->n_metres; i++)
		s->metres[i].tick += s->metres[i].tick ? by : 0;
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].tick += s->keys[i].tick ? by : 0;
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].tick += s->texts[i].tick ? by : 0;
	for (size_t i = 0; i < s->n_markers; i++)
		s->markers[i].tick += by;
	s->end += by;
}

static int first_onset(const struct song *s)
{
	int first = SONG_TICK_MAX;

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].n && s->parts[i].notes[0].onset < first)
			first = s->parts[i].notes[0].onset;
	return first;
}

/*
 * As a full bar that begins with rests, which every program understands; as
 * a short metre when asked, and where rests would not be read as a pickup.
 */
static int write_pickup(struct song *s, bool as_metre)
{
	struct metre full = song_metre_at(s, 0), first;
	int bar = metre_bar(&full, s->ppq), pickup = s->pickup;
	int rests = (bar - pickup % bar) % bar;

	s->pickup = 0;
	if (!rests)
		return 0;
	/* of a pickup of more than a bar only the first bar is short */
	if (pickup > bar ||
	    (!as_metre && rests >= metre_beat(&full, PPQ) && rests % GRAIN == 0 && first_onset(s) < GRAIN)) {
		delay(s, rests);
		return 0;
	}
	first = metre_of_length(&full, pickup, PPQ);
	if (s->n_metres && s->metres[0].tick == 0)
		s->metres[0] = first;
	else if (song_add_metre(s, 0, first.numerator, first.denominator_log2) < 0)
		return -1;
	/* a metre that the song itself states there stays */
	if (song_metre_at(s, pickup).tick == pickup)
		return 0;
	return song_add_metre(s, pickup, full.numerator, full.denominator_log2);
}

static int add_event(struct writer *w, int tick, const void *data, size_t size)
{
	smf_event_t *e;

	/* libsmf only copies the bytes */
	e = smf_event_new_from_pointer((void *)(uintptr_t)data, (int)size);
	if (!e)
		return error("out of memory");
	smf_track_add_event_pulses(w->track, e, tick);
	return 0;
}

/* The low eight bits of up to eight numbers. */
static int add_numbers(struct writer *w, int tick, const int *numbers, size_t n)
{
	unsigned char event[8];

	for (size_t i = 0; i < n; i++)
		event[i] = (unsigned char)numbers[i];
	return add_event(w, tick, event, n);
}
#define ADD_EVENT(w, tick, ...)                                                                                        \
	add_numbers((w), (tick), (int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

static int add_text(struct writer *w, int tick, unsigned meta, const char *text)
{
	struct bytes b = {0};
	int r = -1;

	bytes_byte(&b, 0xFF);
	bytes_byte(&b, meta);
	bytes_vlq(&b, (uint32_t)strlen(text));
	bytes_put(&b, text, strlen(text));
	if (!b.failed)
		r = add_event(w, tick, b.data, b.size);
	free(b.data);
	return r;
}

static int begin_track(struct writer *w)
{
	w->smf = libsmf_new(PPQ);
	if (!w->smf)
		return -1;
	w->track = smf_track_new();
	if (!w->track)
		return error("out of memory");
	smf_add_track(w->smf, w->track);
	return 0;
}

static int end_track(struct writer *w)
{
	size_t begin = bytes_begin_track(w->out);
	int last = 0;

	if (smf_track_add_eot_pulses(w->track, w->end))
		return error("out of memory");
	for (int i = 1; i <= w->track->number_of_events; i++) {
		const smf_event_t *e = smf_track_get_event_by_number(w->track, i);

		bytes_delta(w->out, (uint32_t)(e->time_pulses - last));
		bytes_put(w->out, e->midi_buffer, (size_t)e->midi_buffer_length);
		last = e->time_pulses;
	}
	bytes_end_track(w->out, begin);
	libsmf_free(w->smf);
	w->smf = NULL;
	return w->out->failed ? -1 : 0;
}

/* What stands in the first track, in the order it has at one tick. */
enum item_kind { ITEM_TEMPO, ITEM_METRE, ITEM_KEY, ITEM_TEXT, ITEM_MARKER };
struct item {
	int tick;
	enum item_kind kind;
	size_t index;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int add_item(struct writer *w, const struct item *item)
{
	const struct song *s = w->song;
	size_t i = item->index;
	int us;

	switch (item->kind) {
	case ITEM_TEMPO:
		us = s->tempos[i].us_per_quarter;
		return ADD_EVENT(w, item->tick, 0xFF, 0x51, 3, us >> 16, us >> 8, us);
	case ITEM_METRE:
		/* 24 clocks to the click, 8 32nds to the quarter */
		return ADD_EVENT(w, item->tick, 0xFF, 0x58, 4, s->metres[i].numerator, s->metres[i].denominator_log2,
		                 24, 8);
	case ITEM_KEY:
		return ADD_EVENT(w, item->tick, 0xFF, 0x59, 2, s->keys[i].fifths, s->keys[i].minor);
	case ITEM_TEXT:
		return add_text(w, item->tick, 0x01, s->texts[i].text);
	case ITEM_MARKER:
		return add_text(w, item->tick, 0x06, s->markers[i].text);
	}
	BUG("item of kind %d", (int)item->kind);
}

static int write_conductor(struct writer *w, const char *comment)
{
	const struct song *s = w->song;
	size_t n = 0;
	struct item *items = mem_new(s->n_tempos + s->n_metres + s->n_keys + s->n_texts + s->n_markers, sizeof *items);
	int r = -1;

	if (!items)
		return -1;
	for (size_t i = 0; i < s->n_tempos; i++)
		items[n++] = (struct item){s->tempos[i].tick, ITEM_TEMPO, i};
	for (size_t i = 0; i < s->n_metres; i++)
		items[n++] = (struct item){s->metres[i].tick, ITEM_METRE, i};
	for (size_t i = 0; i < s->n_keys; i++)
		items[n++] = (struct item){s->keys[i].tick, ITEM_KEY, i};
	for (size_t i = 0; i < s->n_texts; i++)
		items[n++] = (struct item){s->texts[i].tick, ITEM_TEXT, i};
	for (size_t i = 0; i < s->n_markers; i++)
		items[n++] = (struct item){s->markers[i].tick, ITEM_MARKER, i};
	qsort(items, n, sizeof *items, compare_items);
	if (begin_track(w) < 0)
		goto out;
	if (s->title && add_text(w, 0, 0x03, s->title) < 0)
		goto out;
	if (comment && add_text(w, 0, 0x01, comment) < 0)
		goto out;
	for (size_t i = 0; i < n; i++)
		if (add_item(w, &items[i]) < 0)
			goto out;
	r = end_track(w);
out:
	free(items);
	return r;
}

/* The beginning or the end of a note. */
struct edge {
	int tick;
	bool on;
	uint8_t pitch, velocity;
	size_t order; /* of notes: those of one tick and pitch by duration */
};

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	if (x->on != y->on)
		return x->on ? 1 : -1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static struct edge *edges_new(const struct part *p)
{
	struct edge *edges = mem_new(p->n, 2 * sizeof *edges);

	for (size_t i = 0; edges && i < p->n; i++) {
		const struct note *n = &p->notes[i];

		edges[2 * i] = (struct edge){n->onset, true, n->pitch, n->velocity, i};
		edges[2 * i + 1] = (struct edge){n->onset + n->duration, false, n->pitch, 64, i};
	}
	if (edges)
		qsort(edges, 2 * p->n, sizeof *edges, compare_edges);
	return edges;
}

static int write_part(struct writer *w, const struct part *p, uint8_t channel)
{
	struct edge *edges = edges_new(p);
	int r = -1;

	if (!edges)
		return -1;
	if (begin_track(w) < 0)
		goto out;
	if (p->name && add_text(w, 0, 0x03, p->name) < 0)
		goto out;
	if (p->program >= 0 && ADD_EVENT(w, 0, 0xC0 | channel, p->program) < 0)
		goto out;
	for (size_t i = 0; i < 2 * p->n; i++) {
		const struct edge *e = &edges[i];

		if (ADD_EVENT(w, e->tick, (e->on ? 0x90 : 0x80) | channel, e->pitch, e->velocity) < 0)
			goto out;
	}
	r = end_track(w);
out:
	free(edges);
	return r;
}

static int write_tracks(struct bytes *out, const struct song *s, const struct smf_write_options *options)
{
	struct writer w = {.song = s, .out = out};
	uint8_t channels[SONG_PARTS_MAX];
	int last = last_tick(s), r;

	w.end = song_bar_line(s, s->end > last ? s->end : last);
	if (w.end >= SONG_TICK_MAX)
		return error("the song is too long for a file: its end would be tick %d", w.end);
	smf_channels(channels, s);
	bytes_header(out, (unsigned)s->n_parts + 1, PPQ);
	r = write_conductor(&w, options->comment);
	for (size_t i = 0; r == 0 && i < s->n_parts; i++)
		r = write_part(&w, &s->parts[i], channels[i]);
	libsmf_free(w.smf);
	return r < 0 || out->failed ? -1 : 0;
}

int smf_write_memory(unsigned char **data, size_t *size, const struct song *song,
                     const struct smf_write_options *options)
{
	const struct smf_write_options none = {0};
	struct bytes out = {0};
	struct song *s;
	int last = last_tick(song), r = -1;

	if (!options)
		options = &none;
	if (options->silent_end && song->end > last)
		last = song->end;
	*data = NULL;
	*size = 0;
	if (song->n_parts > SONG_PARTS_MAX)
		return error("%zu parts are more than %d", song->n_parts, SONG_PARTS_MAX);
	if ((int64_t)last * PPQ / song->ppq >= SONG_TICK_MAX - PPQ)
		return error("the song is too long for a file of %d ticks a quarter", PPQ);
	s = song_copy(song);
	if (!s)
		return -1;
	s->end = options->silent_end ? s->end : 0;
	scale_song(s);
	song_order(s);
	if (write_pickup(s, options->pickup_bar) == 0) {
		song_order(s);
		r = write_tracks(&out, s, options);
	}
	song_free(s);
	if (r < 0) {
		free(out.data);
		return -1;
	}
	*data = out.data;
	*size = out.size;
	return 0;
}

int smf_write(const char *path, const struct song *song, const struct smf_write_options *options)
{
	unsigned char *data;
	size_t size;
	int r;

	if (smf_write_memory(&data, &size, song, options) < 0)
		return error_prefix("%s", path);
	r = file_write(path, data, size);
	free(data);
	return r;
}
