/* Hostile MIDI files whose fault is their size: too many parts, events, bytes, tracks. */
#ifndef TESTS_UNIT_MIDI_HOSTILE_FLOODS_H
#define TESTS_UNIT_MIDI_HOSTILE_FLOODS_H

#include "midi/smf.h"
#include "midi/smf_clean.h"
#include "midi_hostile.h"

static void many(struct bytes *b, const char *s, size_t size, size_t times)
{
	for (size_t i = 0; i < times; i++)
		put(b, s, size);
}
#define MANY(b, literal, times) many((b), (literal), sizeof(literal) - 1, (times))

static void parts(struct bytes *b, unsigned tracks, unsigned channels)
{
	header(b, 1, tracks, 480);
	for (unsigned i = 0; i < tracks; i++) {
		size_t begin = bytes_begin_track(b);

		for (unsigned c = 0; c < channels; c++) {
			bytes_byte(b, 0);
			bytes_byte(b, 0x90 | c);
			PUT(b, "\x3C\x40\x60\x3C\0");
		}
		PUT(b, END);
		bytes_end_track(b, begin);
	}
}

static void make_64_parts(struct bytes *b)
{
	parts(b, 64, 1);
}

static void make_65_parts(struct bytes *b)
{
	parts(b, 65, 1);
}

static void make_75_parts(struct bytes *b)
{
	parts(b, 5, 16);
}

/* One track of `times` times the same bytes between `before` and the end. */
static void flood(struct bytes *b, const char *before, size_t before_size, const char *s, size_t size, size_t times)
{
	size_t begin;

	header(b, 1, 1, 480);
	begin = bytes_begin_track(b);
	put(b, before, before_size);
	many(b, s, size, times);
	PUT(b, END);
	bytes_end_track(b, begin);
}
#define FLOOD(b, before, literal, times)                                                                               \
	flood((b), (before), sizeof(before) - 1, (literal), sizeof(literal) - 1, (times))

static void make_events_max(struct bytes *b)
{
	FLOOD(b, "", NOTE, SMF_EVENTS_MAX / 2);
}

static void make_events_over(struct bytes *b)
{
	FLOOD(b, "", NOTE, SMF_EVENTS_MAX / 2 + 1);
}

static void make_notes_64mb(struct bytes *b)
{
	FLOOD(b, "", NOTE, (SMF_SIZE_MAX - 100) / 8);
}

static void make_over_64mb(struct bytes *b)
{
	FLOOD(b, "", NOTE, SMF_SIZE_MAX / 8);
}

static void make_note_on_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\x90\x3C\x40", SMF_EVENTS_MAX - 2);
}

static void make_note_on_all(struct bytes *b)
{
	size_t begin;

	header(b, 1, 1, 480);
	begin = bytes_begin_track(b);
	for (unsigned i = 0; i < SMF_EVENTS_MAX; i++) {
		bytes_byte(b, i % 1000 == 0);
		bytes_byte(b, 0x90 | (i % 9));
		bytes_byte(b, i / 9 % 128);
		bytes_byte(b, 1 + i % 127);
	}
	PUT(b, END);
	bytes_end_track(b, begin);
}

static void make_tempo_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\1\xFF\x51\3\7\xA1\x20\1\xFF\x51\3\7\xA1\x21", SMF_EVENTS_MAX / 2 - 1);
}

/* libsmf looks each event's time up in the tempo map from its end. */
static void make_tempos_then_notes(struct bytes *b)
{
	FLOOD(b, NOTE, "\1\xFF\x51\3\7\xA1\x20\1\xFF\x51\3\7\xA1\x21", SMF_EVENTS_MAX / 4 - 1);
	b->data[11] = 2;
	TRACK(b, "");
	b->size -= 8;
	{
		size_t begin = bytes_begin_track(b);

		MANY(b, NOTE, SMF_EVENTS_MAX / 4 - 1);
		PUT(b, END);
		bytes_end_track(b, begin);
	}
}

static void make_metre_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\1\xFF\x58\4\3\2\x18\10\1\xFF\x58\4\4\2\x18\10", SMF_EVENTS_MAX / 2 - 1);
}

/* The file's own bytes and what is made of them, at once. */
static void make_metre_flood_64mb(struct bytes *b)
{
	size_t begin, sysex = SMF_SIZE_MAX - 8 * SMF_EVENTS_MAX - 100;

	header(b, 1, 1, 480);
	begin = bytes_begin_track(b);
	PUT(b, NOTE "\0\xF0");
	bytes_vlq(b, (uint32_t)sysex);
	for (size_t i = 0; i < sysex; i++)
		bytes_byte(b, 1);
	MANY(b, "\1\xFF\x58\4\3\2\x18\10\1\xFF\x58\4\4\2\x18\10", SMF_EVENTS_MAX / 2 - 1);
	PUT(b, END);
	bytes_end_track(b, begin);
}

static void make_marker_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xFF\6\1m", SMF_EVENTS_MAX - 2);
}

static void make_text_flood(struct bytes *b)
{
	FLOOD(b, NOTE,
	      "\0\xFF\1\x3A"
	      "\xE9t\xE9 012345678901234567890123456789012345678901234567890123",
	      SMF_EVENTS_MAX - 2);
}

static void make_program_flood(struct bytes *b)
{
	parts(b, 64, 1);
	b->data[11] = 65;
	{
		size_t begin = bytes_begin_track(b);

		MANY(b, "\0\xC1\1", SMF_EVENTS_MAX - 200);
		PUT(b, END);
		bytes_end_track(b, begin);
	}
}

static void make_name_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xFF\3\4name", SMF_SIZE_MAX / 9);
}

static void make_clock_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xF8", SMF_SIZE_MAX / 2 - 50);
}

static void make_controller_flood(struct bytes *b)
{
	FLOOD(b, "\0\xB0\7\x40" NOTE "\0\xB0\7\x40", "\0\7\x40", SMF_SIZE_MAX / 3 - 50);
}

static void make_empty_text_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xFF\1\0", SMF_SIZE_MAX / 4 - 50);
}

static void body_of(struct bytes *b, const char *event, size_t event_size, char fill, size_t size)
{
	size_t begin;

	header(b, 1, 1, 480);
	begin = bytes_begin_track(b);
	PUT(b, NOTE);
	put(b, event, event_size);
	bytes_vlq(b, (uint32_t)size);
	for (size_t i = 0; i < size; i++)
		bytes_byte(b, (unsigned char)fill);
	PUT(b, NOTE END);
	bytes_end_track(b, begin);
}

static void make_sysex_64mb(struct bytes *b)
{
	body_of(b, "\0\xF0", 2, 'x', SMF_SIZE_MAX - 100);
}

static void make_text_10mb(struct bytes *b)
{
	body_of(b, "\0\xFF\1", 3, 'x', 10 << 20);
}

static void make_name_10mb(struct bytes *b)
{
	body_of(b, "\0\xFF\3", 3, '\xE9', 10 << 20);
}

static void make_text_blank(struct bytes *b)
{
	body_of(b, "\0\xFF\1", 3, ' ', 10 << 20);
}

static void make_text_cut_blank(struct bytes *b)
{
	body_of(b, "\0\xFF\1", 3, ' ', 5000);
	b->data[14 + 8 + 8 + 3 + 2 + 4999] = 'x'; /* all that is kept of it is blank */
}

static void make_chunk_flood(struct bytes *b)
{
	header(b, 1, 1, 480);
	MANY(b, "abcd\0\0\0\0", SMF_SIZE_MAX / 8 - 10);
	TRACK(b, NOTE END);
}

static void make_no_chunk_flood(struct bytes *b)
{
	header(b, 1, 1, 480);
	MANY(b, "MTr\0MTr\1", SMF_SIZE_MAX / 8 - 10);
	TRACK(b, NOTE END);
}

static void make_track_flood(struct bytes *b)
{
	header(b, 1, 1, 480);
	MANY(b, "MTrk\0\0\0\0", SMF_SIZE_MAX / 8 - 10);
}

static void make_short_track_flood(struct bytes *b)
{
	header(b, 1, 1, 480);
	MANY(b, "MTrk\0\0\0\1\0\x90", 65535);
}

static void make_65535_tracks(struct bytes *b)
{
	header(b, 1, 65535, 480);
	for (int i = 0; i < 65535; i++)
		TRACK(b, NOTE END);
}

static void make_65535_songs(struct bytes *b)
{
	make_65535_tracks(b);
	b->data[9] = 2;
}

static void make_65535_programs(struct bytes *b)
{
	header(b, 1, 65535, 480);
	TRACK(b, NOTE END);
	for (int i = 0; i < 65534; i++)
		TRACK(b, "\0\xC0\1" END);
}

static void make_percussion_flood(struct bytes *b)
{
	FLOOD(b, "", "\0\x99\x3C\x40\1\x89\x3C\x40", SMF_EVENTS_MAX / 2);
}

#endif
