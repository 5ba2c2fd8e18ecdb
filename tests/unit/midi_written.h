/* Songs to be written, random ones and small ones, and read again. cmocka.h comes before this. */
#ifndef TESTS_UNIT_MIDI_WRITTEN_H
#define TESTS_UNIT_MIDI_WRITTEN_H

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/random.h"
#include "midi/smf.h"
#include "midi_songs.h"

static inline int between(struct random *r, int low, int high)
{
	return low + (int)random_below(r, (uint32_t)(high - low + 1));
}

static inline const char *random_text(struct random *r, char *buf, size_t size)
{
	static const char *const letters[] = {
		"a", "Z", "0", " ", "%", "\"", "\\", "\xC3\xA9", "\xE2\x99\xAF", "\xF0\x9D\x84\x9E"};
	int n = random_below(r, 8) ? between(r, 1, 20) : between(r, 1, 1000);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		const char *s = letters[random_below(r, 10)];

		if (at + strlen(s) + 2 > size)
			break;
		memcpy(buf + at, s, strlen(s));
		at += strlen(s);
	}
	buf[at++] = '.'; /* blanks at the end are not kept */
	buf[at] = '\0';
	return buf;
}

/*
 * Notes whose note-offs are in the order of their note-ons at each pitch: the
 * only ones that a track can say. They overlap, repeat and form chords.
 */
static inline void random_notes(struct random *r, struct song *s, int part, int n, int length)
{
	int end[128] = {0}, onset[128] = {0};
	int low = between(r, 0, 110), range = between(r, 1, 17);

	for (int i = 0; i < n; i++) {
		int pitch = low + between(r, 0, range - 1);
		struct note note = {.pitch = (uint8_t)pitch, .velocity = (uint8_t)between(r, 1, 127)};

		note.onset = onset[pitch] + between(r, 0, length / n + 1) * between(r, 0, 3);
		note.duration = between(r, 1, 2 * s->ppq);
		if (note.onset + note.duration <= end[pitch])
			note.duration = end[pitch] + 1 - note.onset;
		onset[pitch] = note.onset;
		end[pitch] = note.onset + note.duration;
		assert_int_equal(song_add_note(s, part, note), 0);
	}
}

/* The song begins at tick 0, so that a pickup is one. */
static inline void begin_at_0(struct song *s)
{
	int first = SONG_TICK_MAX;

	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++)
			if (s->parts[i].notes[j].onset < first)
				first = s->parts[i].notes[j].onset;
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++)
			s->parts[i].notes[j].onset -= first;
}

static inline struct song *random_song(struct random *r, int ppq)
{
	struct song *s = song_new(ppq);
	int parts = random_below(r, 4) ? between(r, 1, 5) : between(r, 1, 64), length = ppq * between(r, 4, 200);
	char text[4200];
	struct metre first;

	assert_non_null(s);
	for (int i = 0; i < parts; i++) {
		/* as many programs as there are channels, so that a shared one is of one program */
		int program = between(r, -1, 13);
		int part = song_add_part(s, random_below(r, 4) ? random_text(r, text, sizeof text) : NULL,
		                         between(r, 0, 15), program < 0 ? -1 : 9 * program);

		assert_int_equal(part, i);
		random_notes(r, s, part, between(r, 1, 60), length);
	}
	begin_at_0(s);
	for (int i = between(r, 0, 5); i > 0; i--)
		song_add_tempo(s, random_below(r, 3) ? between(r, 0, length) : 0, between(r, 1, 0xFFFFFF));
	/* the first bar holds the pickup; later metres change anywhere after it */
	song_add_metre(s, 0, between(r, 2, 9), between(r, 1, 3));
	for (int i = between(r, 0, 3); i > 0; i--)
		song_add_metre(s, between(r, 20 * ppq, length + 40 * ppq), between(r, 1, 255), between(r, 0, 7));
	for (int i = between(r, 0, 4); i > 0; i--)
		song_add_key(s, between(r, 0, length), between(r, -7, 7), random_below(r, 2));
	for (int i = between(r, 0, 5); i > 0; i--)
		song_add_marker(s, between(r, 0, length),
		                random_below(r, 2) ? "fermata" : random_text(r, text, sizeof text));
	for (int i = between(r, 0, 5); i > 0; i--)
		song_add_text(s, between(r, 0, length), random_text(r, text, sizeof text));
	if (random_below(r, 2)) {
		random_text(r, text, sizeof text);
		s->title = text_clean(text, strlen(text));
		assert_non_null(s->title);
	}
	song_order(s);
	first = s->metres[0];
	if (random_below(r, 2)) /* whole eighths: said by a metre and by rests */
		s->pickup = between(r, 1, first.numerator * 8 / (1 << first.denominator_log2) - 1) * ppq / 2;
	return s;
}

static inline struct song *there_and_back(const struct song *song, const struct smf_write_options *options)
{
	unsigned char *data;
	struct songs songs;
	struct song *back;
	size_t size;

	if (smf_write_memory(&data, &size, song, options) < 0)
		fail_msg("writing: %s", error_message());
	if (smf_read_memory(&songs, "back", data, size) < 0)
		fail_msg("reading: %s", error_message());
	free(data);
	assert_int_equal(songs.n, 1);
	if (songs.mended)
		fail_msg("mended: %s", songs.mends);
	back = songs.songs[0];
	songs.n = 0;
	songs_done(&songs);
	return back;
}

static inline struct song *one_part(int ppq, int program)
{
	struct song *s = song_new(ppq);

	assert_non_null(s);
	assert_int_equal(song_add_part(s, "part", 0, program), 0);
	return s;
}

static inline void add(struct song *s, int part, int onset, int duration, int pitch)
{
	struct note n = {.onset = onset, .duration = duration, .pitch = (uint8_t)pitch, .velocity = 80};

	assert_int_equal(song_add_note(s, part, n), 0);
}

#endif
