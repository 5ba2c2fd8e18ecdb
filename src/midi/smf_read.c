/*
 * Clean bytes to songs, through libsmf. A clean file's tracks are given to
 * libsmf one at a time, each as a file of its own: memory is that of the
 * longest track, and times are not looked up in the tempo map of the first
 * for every event of the others (libsmf searches it from its end).
 */
#include "midi/smf.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "midi/bytes.h"
#include "midi/libsmf.h"
#include "midi/mends.h"
#include "midi/smf_clean.h"
#include "midi/smf_notes.h"

#define PERCUSSION 9 /* the channel, counted from 0 */

/* A program change, for the parts whose own track has none. */
struct program {
	int tick, track;
	uint8_t channel, program;
};

struct reader {
	const char *name;
	struct song *song;
	struct mends *mends;
	struct notes notes;
	int track;        /* of the clean file; 0: the conductor */
	int program[16];  /* in force in this track, -1: none yet */
	char *track_name; /* of this track, or NULL */
	int part_track[SONG_PARTS_MAX];
	struct program *programs;
	size_t n_programs, programs_capacity;
	char text[SMF_TEXT_MAX + 1]; /* of FF 7F events, waiting for their last piece */
	size_t n_text;
};

static int add_program(struct reader *r, int tick, int channel, int program)
{
	if (MEM_GROW(r->programs, r->programs_capacity, r->n_programs + 1) < 0)
		return -1;
	r->programs[r->n_programs++] = (struct program){tick, r->track, (uint8_t)channel, (uint8_t)program};
	r->program[channel] = program;
	return 0;
}

static int read_note_on(struct reader *r, int tick, int channel, int pitch, int velocity)
{
	if (channel == PERCUSSION) {
		r->song->percussion_notes++;
		return 0;
	}
	if (r->notes.part[channel] < 0) {
		if (r->song->n_parts == SONG_PARTS_MAX)
			return error("%s: more than %d parts (tracks and channels with notes)", r->name,
			             SONG_PARTS_MAX);
		r->notes.part[channel] = song_add_part(r->song, r->track_name, channel, r->program[channel]);
		if (r->notes.part[channel] < 0)
			return -1;
		r->part_track[r->notes.part[channel]] = r->track;
	}
	return notes_on(&r->notes, channel, tick, pitch, velocity);
}

static int read_channel(struct reader *r, int tick, const unsigned char *m)
{
	int channel = m[0] & 0x0F;

	if ((m[0] & 0xF0) == 0xC0)
		return add_program(r, tick, channel, m[1]);
	if ((m[0] & 0xF0) == 0x90 && m[2])
		return read_note_on(r, tick, channel, m[1], m[2]);
	if (channel != PERCUSSION)
		notes_off(&r->notes, channel, tick, m[1]);
	return 0;
}

/* A piece of text is complete: whose is it? */
static int read_text(struct reader *r, int tick, int meta)
{
	r->text[r->n_text] = '\0';
	if (!r->n_text)
		return 0;
	r->n_text = 0;
	if (meta == 0x01)
		return song_add_text(r->song, tick, r->text);
	if (meta == 0x06)
		return song_add_marker(r->song, tick, r->text);
	if (r->track) {
		free(r->track_name);
		r->track_name = mem_string(r->text);
		return r->track_name ? 0 : -1;
	}
	r->song->title = mem_string(r->text);
	return r->song->title ? 0 : -1;
}

static int read_meta(struct reader *r, int tick, const unsigned char *m, size_t length)
{
	const unsigned char *body = m + 3;
	size_t size = length - 3;

	switch (m[1]) {
	case 0x01:
	case 0x03:
	case 0x06:
	case 0x7F:
		if (size > SMF_TEXT_MAX - r->n_text)
			BUG("a clean file with a text of over %d bytes", SMF_TEXT_MAX);
		memcpy(r->text + r->n_text, body, size);
		r->n_text += size;
		return m[1] == 0x7F ? 0 : read_text(r, tick, m[1]);
	case 0x51:
		return song_add_tempo(r->song, tick, body[0] << 16 | body[1] << 8 | body[2]);
	case 0x58:
		return song_add_metre(r->song, tick, body[0], body[1]);
	case 0x59:
		return song_add_key(r->song, tick, (signed char)body[0], body[1]);
	}
	return 0;
}

/* A part is named after its track wherever in the track the name stands. */
static int name_parts(struct reader *r, size_t first)
{
	for (size_t i = first; r->track_name && i < r->song->n_parts; i++) {
		if (r->song->parts[i].name)
			continue;
		r->song->parts[i].name = mem_string(r->track_name);
		if (!r->song->parts[i].name)
			return -1;
	}
	return 0;
}

static int read_events(struct reader *r, smf_track_t *track)
{
	for (int i = 1; i <= track->number_of_events; i++) {
		smf_event_t *e = smf_track_get_event_by_number(track, i);
		const unsigned char *m = e->midi_buffer;

		if ((m[0] == 0xFF ? read_meta(r, e->time_pulses, m, (size_t)e->midi_buffer_length)
		                  : read_channel(r, e->time_pulses, m)) < 0)
			return -1;
		if (e->time_pulses > r->song->end)
			r->song->end = e->time_pulses;
		if (smf_event_is_eot(e) && r->track)
			notes_end_track(&r->notes, e->time_pulses);
	}
	return 0;
}

/* One track chunk of a clean file of so many ticks to the quarter. */
static int read_track(struct reader *r, const unsigned char *chunk, size_t size)
{
	struct bytes b = {0};
	size_t first_part = r->song->n_parts;
	smf_t *smf;
	int result = -1;

	bytes_header(&b, 1, (unsigned)r->song->ppq);
	bytes_put(&b, chunk, size);
	if (b.failed)
		goto out;
	smf = libsmf_load(b.data, b.size);
	if (!smf) {
		error_prefix("%s", r->name);
		goto out;
	}
	notes_begin_track(&r->notes, r->track);
	for (int i = 0; i < 16; i++)
		r->program[i] = -1;
	result = read_events(r, smf_get_track_by_number(smf, 1));
	libsmf_free(smf);
	if (result == 0)
		result = name_parts(r, first_part);
out:
	free(r->track_name);
	r->track_name = NULL;
	free(b.data);
	return result;
}

/* A part whose track sets no program before its first note has that of its channel, whichever track said so. */
static void find_programs(struct reader *r)
{
	for (size_t i = 0; i < r->song->n_parts; i++) {
		struct part *part = &r->song->parts[i];
		int best = -1;

		for (size_t j = 0; part->program < 0 && j < r->n_programs; j++) {
			const struct program *p = &r->programs[j];

			if (p->channel == part->channel && p->track != r->part_track[i] &&
			    p->tick <= part->notes[0].onset && (best < 0 || p->tick >= r->programs[best].tick))
				best = (int)j;
		}
		if (best >= 0)
			part->program = r->programs[best].program;
	}
}

static int read_file(struct reader *r, const struct smf_bytes *file)
{
	size_t at = 14;

	while (at < file->size) {
		const unsigned char *p = file->data + at;
		size_t size = 8 + ((size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7]);

		if (read_track(r, p, size) < 0)
			return -1;
		at += size;
		r->track++;
	}
	return 0;
}

/* One clean file to one song; NULL with error(). A song without notes comes back empty. */
static struct song *read_song(const char *name, const struct smf_bytes *file, struct mends *mends)
{
	struct reader *r = mem_new(1, sizeof *r);
	struct song *song = NULL;
	int result;

	if (!r)
		return NULL;
	song = song_new(file->data[12] << 8 | file->data[13]);
	if (!song) {
		free(r);
		return NULL;
	}
	r->name = name;
	r->song = song;
	r->mends = mends;
	notes_init(&r->notes, song, mends);
	result = read_file(r, file);
	notes_done(&r->notes, song->end);
	if (result == 0)
		find_programs(r);
	free(r->programs);
	free(r);
	if (result < 0) {
		song_free(song);
		return NULL;
	}
	song_order(song);
	song_find_pickup(song);
	return song;
}

/* Add what was mended while reading to what was while checking. */
static int join_mends(struct songs *songs, const struct smf_checked *checked, const struct mends *mends)
{
	int n = mends_count(mends);
	char *text;

	songs->mended = checked->mended + n;
	if (!songs->mended)
		return 0;
	text = mends_text(mends);
	if (!text)
		return -1;
	songs->mends =
		text_format("%s%s%s", checked->mended ? checked->mends : "", checked->mended && n ? "; " : "", text);
	free(text);
	return songs->mends ? 0 : -1;
}

static int read_songs(struct songs *songs, const char *name, const struct smf_checked *checked)
{
	struct mends mends = {0};
	int percussion = 0;

	songs->songs = mem_new(checked->n, sizeof(*songs->songs));
	if (!songs->songs)
		return -1;
	for (size_t i = 0; i < checked->n; i++) {
		struct song *song = read_song(name, &checked->files[i], &mends);

		if (!song)
			return -1;
		percussion += song->percussion_notes;
		if (song_notes(song))
			songs->songs[songs->n++] = song;
		else
			song_free(song);
	}
	if (!songs->n && percussion)
		return error("%s: no notes but %d of percussion (channel 10), which is left out", name, percussion);
	if (!songs->n)
		return error("%s: no notes", name);
	return join_mends(songs, checked, &mends);
}

/* Frees *owned (data, or NULL) once it has been checked: from there on its memory serves libsmf. */
static int read_bytes(struct songs *songs, const char *name, const unsigned char *data, size_t size,
                      unsigned char **owned)
{
	struct smf_checked checked;
	int result;

	*songs = (struct songs){0};
	result = smf_check(&checked, name, data, size);
	if (owned) {
		free(*owned);
		*owned = NULL;
	}
	if (result < 0)
		return -1;
	result = read_songs(songs, name, &checked);
	smf_checked_done(&checked);
	if (result < 0)
		songs_done(songs);
	return result;
}

int smf_read_memory(struct songs *songs, const char *name, const unsigned char *data, size_t size)
{
	return read_bytes(songs, name, data, size, NULL);
}

int smf_read(struct songs *songs, const char *path)
{
	unsigned char *data;
	size_t size;

	*songs = (struct songs){0};
	if (file_read(path, SMF_SIZE_MAX, &data, &size) < 0)
		return -1;
	return read_bytes(songs, path, data, size, &data);
}

void songs_done(struct songs *songs)
{
	for (size_t i = 0; i < songs->n; i++)
		song_free(songs->songs[i]);
	free(songs->songs);
	free(songs->mends);
	*songs = (struct songs){0};
}
