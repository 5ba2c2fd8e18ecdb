/*
 * Hostile bytes to clean ones. libsmf 1.3 reads out of bounds on truncated
 * tracks, aborts on asserts (cut tracks, sysex packets, running status after
 * sysex, overflowing deltas), takes a meta event's length for one byte and
 * recomputes every time of the song at each tempo that is not at its end. So
 * it never sees a file as it came: smf_scan.c walks the bytes, and what musegen
 * needs of them is written anew as a format 1 file:
 *
 *	- a first track with the title and, from whichever track they were in,
 *	  tempos, metres, keys, markers and texts, in order of tick;
 *	- a track for each that has notes or programs, with its name, its
 *	  program changes, note-ons and note-offs, no running status.
 *
 * Text is cleaned (base/text.h) and bounded. libsmf takes meta events of at
 * most 127 bytes: of a longer text all but the last 127 bytes go before it in
 * sequencer-specific events (FF 7F), of which the clean file has no others,
 * but empty ones that bridge long times.
 */
#include "midi/smf.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "midi/bytes.h"
#include "midi/smf_clean.h"
#include "midi/smf_scan.h"

/* What goes to the first track. Text stays where it is until it is written. */
struct map_event {
	int tick;
	uint8_t meta;
	uint8_t size; /* of value, when it is no text */
	unsigned char value[4];
	size_t order; /* as found, to keep it among equals */
	const unsigned char *text;
	size_t length;
};

struct check {
	struct scan scan;
	struct mends mends;
	struct map_event *map;
	size_t n_map, map_capacity;
	size_t n_events;     /* kept, in all songs */
	size_t text_room;    /* bytes of text that may still be kept */
	struct bytes tracks; /* the finished tracks of the song */
	unsigned n_tracks;
	int end;                    /* of the longest track */
	const unsigned char *title; /* in the file's bytes */
	size_t title_length;
	struct smf_checked *out;
	size_t files_capacity;
};

/* The last place in s where a text of size bytes may be cut: not inside of a UTF-8 character. */
static size_t cut_at(const unsigned char *s, size_t size, size_t limit)
{
	if (size <= limit)
		return size;
	for (size_t back = 0; back < 4; back++)
		if ((s[limit - back] & 0xC0) != 0x80)
			return limit - back;
	return limit;
}

/*
 * Cleaned, without blanks at its end, of at most SMF_TEXT_MAX bytes; empty
 * when the file has had its SMF_TEXTS_MAX. NULL: out of memory.
 */
static char *clean_text(struct check *c, const unsigned char *text, size_t length)
{
	size_t size = length, limit;
	char *clean;

	if (c->text_room < SMF_TEXT_MAX) {
		mend(&c->mends, MEND_TEXT, 0, (size_t)(text - c->scan.data));
		return mem_string("");
	}

	while (size && text[size - 1] <= 0x20)
		size--;
	limit = cut_at(text, size, SMF_TEXT_MAX);
	clean = text_clean((const char *)text, limit);
	if (!clean)
		return NULL;
	if (limit < size || strlen(clean) > SMF_TEXT_MAX)
		mend(&c->mends, MEND_TEXT, 0, (size_t)(text - c->scan.data));
	clean[cut_at((const unsigned char *)clean, strlen(clean), SMF_TEXT_MAX)] = '\0';
	for (size_t n = strlen(clean); n && clean[n - 1] == ' '; n--)
		clean[n - 1] = '\0';
	c->text_room -= strlen(clean);
	return clean;
}

/* A text event after its delta time. 0 or -1. */
static int put_text(struct check *c, struct bytes *b, uint32_t delta, unsigned meta, const unsigned char *text,
                    size_t length)
{
	char *clean = clean_text(c, text, length);
	size_t at = 0, size;

	if (!clean)
		return -1;
	size = strlen(clean);
	bytes_delta(b, delta);
	while (size - at > SMF_META_MAX) {
		bytes_put(b, "\xFF\x7F", 2);
		bytes_vlq(b, SMF_META_MAX);
		bytes_put(b, clean + at, SMF_META_MAX);
		bytes_byte(b, 0);
		at += SMF_META_MAX;
	}
	bytes_byte(b, 0xFF);
	bytes_byte(b, meta);
	bytes_vlq(b, (uint32_t)(size - at));
	bytes_put(b, clean + at, size - at);
	free(clean);
	return b->failed ? -1 : 0;
}

static int count_event(struct check *c)
{
	if (c->n_events == SMF_EVENTS_MAX)
		return error("%s: track %d: byte %zu: more than %d events", c->scan.name, c->scan.track, c->scan.pos,
		             SMF_EVENTS_MAX);
	c->n_events++;
	return 0;
}

static int add_map(struct check *c, const struct scan_event *e, const void *value, size_t size)
{
	struct map_event *m;

	if (count_event(c) < 0 || MEM_GROW(c->map, c->map_capacity, c->n_map + 1) < 0)
		return -1;
	m = &c->map[c->n_map];
	*m = (struct map_event){.tick = e->tick, .meta = e->meta, .size = (uint8_t)size, .order = c->n_map};
	if (size) {
		memcpy(m->value, value, size);
	} else {
		m->text = e->body;
		m->length = e->length;
	}
	c->n_map++;
	return 0;
}

static int is_blank(const struct scan_event *e)
{
	for (size_t i = 0; i < e->length; i++)
		if (e->body[i] > 0x20)
			return 0;
	return 1;
}

static int check_tempo(struct check *c, const struct scan_event *e)
{
	if (c->scan.smpte_tempo)
		return 0; /* time is time there, whatever the tempo */
	if (e->length < 3 || !(e->body[0] | e->body[1] | e->body[2])) {
		mend(&c->mends, MEND_TEMPO, c->scan.track, e->offset);
		return 0;
	}
	if (e->length != 3)
		mend(&c->mends, MEND_META, c->scan.track, e->offset);
	return add_map(c, e, e->body, 3);
}

static int check_metre(struct check *c, const struct scan_event *e)
{
	unsigned char value[4] = {0, 0, 24, 8};

	if (e->length < 2 || !e->body[0] || e->body[1] > 7) {
		mend(&c->mends, MEND_METRE, c->scan.track, e->offset);
		return 0;
	}
	if (e->length != 4)
		mend(&c->mends, MEND_META, c->scan.track, e->offset);
	memcpy(value, e->body, 2);
	return add_map(c, e, value, 4);
}

static int check_key(struct check *c, const struct scan_event *e)
{
	int fifths = e->length ? (signed char)e->body[0] : 99;

	if (e->length < 2 || fifths < -7 || fifths > 7 || e->body[1] > 1) {
		mend(&c->mends, MEND_KEY, c->scan.track, e->offset);
		return 0;
	}
	if (e->length != 2)
		mend(&c->mends, MEND_META, c->scan.track, e->offset);
	return add_map(c, e, e->body, 2);
}

/* A track as it is being written. */
struct track {
	size_t begin; /* of its chunk in tracks */
	int last;     /* tick of the last event written */
	bool used, named;
};

static void put_delta(struct check *c, struct track *t, int tick)
{
	bytes_delta(&c->tracks, (uint32_t)(tick - t->last));
	t->last = tick;
}

static int check_name(struct check *c, struct track *t, const struct scan_event *e)
{
	if (t->named || is_blank(e))
		return 0;
	t->named = true;
	if (c->scan.track == 1 || c->scan.format == 2) {
		c->title = e->body;
		c->title_length = e->length;
	}
	if (c->scan.format != 1)
		return 0; /* the song's name; its channels have none */
	if (count_event(c) < 0)
		return -1;
	if (put_text(c, &c->tracks, (uint32_t)(e->tick - t->last), 3, e->body, e->length) < 0)
		return -1;
	t->last = e->tick;
	return 0;
}

static int check_event(struct check *c, struct track *t, const struct scan_event *e)
{
	unsigned kind = e->status & 0xF0;

	if (kind == 0x80 || kind == 0x90 || kind == 0xC0) {
		if (count_event(c) < 0)
			return -1;
		put_delta(c, t, e->tick);
		bytes_byte(&c->tracks, e->status);
		bytes_put(&c->tracks, e->data, kind == 0xC0 ? 1 : 2);
		t->used = true;
		return 0;
	}
	if (e->status != 0xFF)
		return 0;
	switch (e->meta) {
	case 0x01:
	case 0x06:
		return is_blank(e) ? 0 : add_map(c, e, NULL, 0);
	case 0x03:
		return check_name(c, t, e);
	case 0x51:
		return check_tempo(c, e);
	case 0x58:
		return check_metre(c, e);
	case 0x59:
		return check_key(c, e);
	}
	return 0;
}

/* One track: its notes go to c->tracks, its maps to c->map. */
static int check_track(struct check *c)
{
	struct track t = {.begin = bytes_begin_track(&c->tracks)};
	struct scan_event e;
	int r;

	while ((r = scan_event(&c->scan, &e)) > 0)
		if (check_event(c, &t, &e) < 0)
			return -1;
	if (r < 0)
		return -1;
	if (c->scan.tick > c->end)
		c->end = c->scan.tick;
	if (!t.used) {
		if (!c->tracks.failed)
			c->tracks.size = t.begin;
		return c->tracks.failed ? -1 : 0;
	}
	put_delta(c, &t, c->scan.tick);
	bytes_put(&c->tracks, "\xFF\x2F\x00", 3);
	bytes_end_track(&c->tracks, t.begin);
	c->n_tracks++;
	return c->tracks.failed ? -1 : 0;
}

static int compare_map(const void *a, const void *b)
{
	const struct map_event *x = a, *y = b;

	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int put_conductor(struct check *c, struct bytes *b)
{
	size_t begin = bytes_begin_track(b);
	int last = 0;

	if (c->title && put_text(c, b, 0, 3, c->title, c->title_length) < 0)
		return -1;
	if (c->scan.smpte_tempo) {
		bytes_put(b, "\0\xFF\x51\x03", 4);
		bytes_byte(b, (unsigned)c->scan.smpte_tempo >> 16);
		bytes_u16(b, (unsigned)c->scan.smpte_tempo & 0xFFFF);
	}
	for (size_t i = 0; i < c->n_map; i++) {
		const struct map_event *m = &c->map[i];
		uint32_t delta = (uint32_t)(m->tick - last);

		if (!m->size) {
			if (put_text(c, b, delta, m->meta, m->text, m->length) < 0)
				return -1;
		} else {
			bytes_delta(b, delta);
			bytes_byte(b, 0xFF);
			bytes_byte(b, m->meta);
			bytes_byte(b, m->size);
			bytes_put(b, m->value, m->size);
		}
		last = m->tick;
	}
	bytes_delta(b, (uint32_t)(c->end - last));
	bytes_put(b, "\xFF\x2F\x00", 3);
	bytes_end_track(b, begin);
	return b->failed ? -1 : 0;
}

/* The song is complete. */
static int finish_song(struct check *c)
{
	struct smf_checked *out = c->out;
	struct bytes b = {0};

	if (c->n_map)
		qsort(c->map, c->n_map, sizeof *c->map, compare_map);
	bytes_header(&b, c->n_tracks + 1, (unsigned)c->scan.ppq);
	if (put_conductor(c, &b) < 0)
		goto fail;
	bytes_put(&b, c->tracks.data, c->tracks.size);
	if (b.failed || MEM_GROW(out->files, c->files_capacity, out->n + 1) < 0)
		goto fail;
	out->files[out->n++] = (struct smf_bytes){b.data, b.size};
	return 0;
fail:
	free(b.data);
	return -1;
}

static void begin_song(struct check *c)
{
	c->n_map = 0;
	c->tracks.size = 0;
	c->n_tracks = 0;
	c->end = 0;
	c->title = NULL;
}

static int check_tracks(struct check *c)
{
	int r;

	while ((r = scan_track(&c->scan)) > 0) {
		/* players that know format 0 with several tracks play them together */
		if (c->scan.format == 0 && c->scan.track == 2)
			mend(&c->mends, MEND_FORMAT, 2, c->scan.at);
		if (c->scan.format == 2)
			begin_song(c);
		if (check_track(c) < 0)
			return -1;
		if (c->scan.format == 2 && c->n_tracks && finish_song(c) < 0)
			return -1;
	}
	if (r < 0)
		return -1;
	if (!c->scan.track)
		return error("%s: byte %zu: no track", c->scan.name, c->scan.at);
	return c->scan.format == 2 ? 0 : finish_song(c);
}

int smf_check(struct smf_checked *out, const char *name, const unsigned char *data, size_t size)
{
	struct check c = {.out = out, .text_room = SMF_TEXTS_MAX};
	int r = -1;

	*out = (struct smf_checked){0};
	if (size > SMF_SIZE_MAX)
		return error("%s: larger than %u MB", name, SMF_SIZE_MAX >> 20);
	if (scan_open(&c.scan, name, data, size, &c.mends) == 0)
		r = check_tracks(&c);
	if (r == 0 && !out->n)
		r = error("%s: no notes in any of its %d songs", name, c.scan.track);
	out->mended = mends_count(&c.mends);
	if (r == 0 && out->mended) {
		out->mends = mends_text(&c.mends);
		r = out->mends ? 0 : -1;
	}
	free(c.map);
	free(c.tracks.data);
	if (r < 0)
		smf_checked_done(out);
	return r;
}

void smf_checked_done(struct smf_checked *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->files[i].data);
	free(c->files);
	free(c->mends);
	*c = (struct smf_checked){0};
}
