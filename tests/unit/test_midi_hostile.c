/*
 * A hostile file costs a clear line, never a crash, a hang or the memory of
 * the machine: each is read in a process of its own, which may use a second
 * of processor time and 256 MB. Where something is read it is a song as
 * song.h promises and survives writing and reading. MUSEGEN_VERBOSE=1 prints
 * what each cost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "midi/smf.h"
#include "midi/smf_clean.h"
#include "midi_hostile.h"
#include "midi_songs.h"

/* Sanitizers cost time and memory of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#define SECONDS_MAX 1.0
#define MEGABYTES_MAX 256.0

#define NOTE "\x00\x90\x3C\x40\x60\x80\x3C\x40"
#define END "\x00\xFF\x2F\x00"

/* ---- Files made by functions ------------------------------------------------ */

static void put(struct bytes *b, const char *s, size_t n)
{
	bytes_put(b, s, n);
}
#define PUT(b, literal) put((b), (literal), sizeof(literal) - 1)

static void header(struct bytes *b, unsigned format, unsigned tracks, unsigned division)
{
	PUT(b, "MThd\0\0\0\6");
	bytes_u16(b, format);
	bytes_u16(b, tracks);
	bytes_u16(b, division);
}

static void track(struct bytes *b, const char *body, size_t size)
{
	PUT(b, "MTrk");
	bytes_u32(b, (uint32_t)size);
	put(b, body, size);
}
#define TRACK(b, literal) track((b), (literal), sizeof(literal) - 1)

static void many(struct bytes *b, const char *s, size_t size, size_t times)
{
	for (size_t i = 0; i < times; i++)
		put(b, s, size);
}
#define MANY(b, literal, times) many((b), (literal), sizeof(literal) - 1, (times))

static void make_empty(struct bytes *b)
{
	(void)b;
}

static void make_one_byte(struct bytes *b)
{
	PUT(b, "M");
}

static void make_id_only(struct bytes *b)
{
	PUT(b, "MThd");
}

static void make_header_13(struct bytes *b)
{
	header(b, 1, 1, 480);
	b->size--;
}

static void make_header_only(struct bytes *b)
{
	header(b, 1, 1, 480);
}

static void make_header_4gb(struct bytes *b)
{
	PUT(b, "MThd\xFF\xFF\xFF\xFF\0\1\0\1\1\xE0");
	PUT(b, "rubbish and more of it");
}

static void make_header_4gb_track(struct bytes *b)
{
	PUT(b, "MThd\xFF\xFF\xFF\xFF\0\1\0\1\1\xE0");
	TRACK(b, NOTE END);
}

static void make_header_0(struct bytes *b)
{
	PUT(b, "MThd\0\0\0\0\0\1\0\1\1\xE0");
	TRACK(b, NOTE END);
}

static void make_header_5(struct bytes *b)
{
	PUT(b, "MThd\0\0\0\5\0\1\0\1\1");
	TRACK(b, NOTE END);
}

static void make_header_long(struct bytes *b)
{
	PUT(b, "MThd\0\0\0\12\0\1\0\1\1\xE0" "more");
	TRACK(b, NOTE END);
}

#define MAKE_HEADER(name, format, tracks, division)                                                                    \
	static void name(struct bytes *b)                                                                              \
	{                                                                                                              \
		header(b, format, tracks, division);                                                                   \
		TRACK(b, NOTE END);                                                                                    \
	}
MAKE_HEADER(make_format_3, 3, 1, 480)
MAKE_HEADER(make_format_65535, 65535, 1, 480)
MAKE_HEADER(make_tracks_0, 1, 0, 480)
MAKE_HEADER(make_tracks_65535, 1, 65535, 480)
MAKE_HEADER(make_ppq_0, 1, 1, 0)
MAKE_HEADER(make_ppq_1, 1, 1, 1)
MAKE_HEADER(make_ppq_32767, 1, 1, 32767)
MAKE_HEADER(make_smpte_24, 1, 1, 0xE804)
MAKE_HEADER(make_smpte_25, 1, 1, 0xE728)
MAKE_HEADER(make_smpte_drop, 1, 1, 0xE350)
MAKE_HEADER(make_smpte_30, 1, 1, 0xE2FF)
MAKE_HEADER(make_smpte_odd, 1, 1, 0xE701)
MAKE_HEADER(make_smpte_zero, 1, 1, 0xE700)
MAKE_HEADER(make_smpte_1, 1, 1, 0xFF50)
MAKE_HEADER(make_smpte_128, 1, 1, 0x8050)

static void make_png(struct bytes *b)
{
	PUT(b, "\x89PNG\r\n\x1A\n\0\0\0\15IHDR\0\0\0\1\0\0\0\1\10\6\0\0\0\x1F\x15\xC4\x89");
	MANY(b, "\0\0\0\0IEND\xAE\x42\x60\x82", 1000);
}

static void make_elf(struct bytes *b)
{
	PUT(b, "\x7F" "ELF\2\1\1");
	MANY(b, "\0", 4096);
}

static void make_html(struct bytes *b)
{
	PUT(b, "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>\n");
}

static void make_zeros(struct bytes *b)
{
	MANY(b, "\0\0\0\0\0\0\0\0", 1 << 17);
}

static void make_ones(struct bytes *b)
{
	MANY(b, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 1 << 17);
}

static void make_track_only(struct bytes *b)
{
	TRACK(b, NOTE END);
}

static void make_macbinary(struct bytes *b)
{
	MANY(b, "\0\1\2\3\4\5\6\7", 16);
	header(b, 1, 1, 480);
	TRACK(b, NOTE END);
}

static void make_header_late(struct bytes *b)
{
	MANY(b, "\0\1\2\3\4\5\6\7", 64);
	header(b, 1, 1, 480);
	TRACK(b, NOTE END);
}

/* RIFF with the sizes given, the chunk `extra` before its data. */
static void riff(struct bytes *b, uint32_t size, uint32_t data, const char *extra, size_t extra_size)
{
	PUT(b, "RIFF");
	for (int i = 0; i < 4; i++)
		bytes_byte(b, size >> 8 * i & 0xFF);
	PUT(b, "RMID");
	put(b, extra, extra_size);
	PUT(b, "data");
	for (int i = 0; i < 4; i++)
		bytes_byte(b, data >> 8 * i & 0xFF);
	header(b, 1, 1, 480);
	TRACK(b, NOTE END);
}

static void make_riff(struct bytes *b)
{
	riff(b, 4 + 8 + 34, 34, "", 0);
}

static void make_riff_odd(struct bytes *b)
{
	riff(b, 4 + 8 + 34 + 12, 34, "LIST\3\0\0\0abc\0", 12);
}

static void make_riff_4gb(struct bytes *b)
{
	riff(b, 0xFFFFFFFF, 0xFFFFFFFF, "", 0);
}

static void make_riff_0(struct bytes *b)
{
	riff(b, 0, 0, "", 0);
}

static void make_riff_short(struct bytes *b)
{
	riff(b, 4 + 8 + 34, 30, "", 0);
}

static void make_riff_list_4gb(struct bytes *b)
{
	riff(b, 4 + 8 + 34 + 12, 34, "LIST\xF0\xFF\xFF\xFF" "abcd", 12);
}

static void make_riff_empty(struct bytes *b)
{
	PUT(b, "RIFF\4\0\0\0RMID");
}

static void make_riff_wave(struct bytes *b)
{
	PUT(b, "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xAC\0\0\x88\x58\1\0\2\0\x10\0" "data\0\0\0\0");
}

static void make_riff_of_riff(struct bytes *b)
{
	PUT(b, "RIFF\x18\0\0\0RMIDdata\x0C\0\0\0RIFF\4\0\0\0RMID");
}

static void make_track_4gb(struct bytes *b)
{
	header(b, 1, 1, 480);
	PUT(b, "MTrk\xFF\xFF\xFF\xFF" NOTE END);
}

static void make_first_track_4gb(struct bytes *b)
{
	header(b, 1, 2, 480);
	PUT(b, "MTrk\xFF\xFF\xFF\xFF" NOTE END);
	TRACK(b, NOTE END);
}

static void make_track_2gb(struct bytes *b)
{
	header(b, 1, 1, 480);
	PUT(b, "MTrk\x80\0\0\0" NOTE END);
}

static void make_track_long(struct bytes *b)
{
	header(b, 1, 2, 480);
	PUT(b, "MTrk\0\0\0\17" NOTE END);
	TRACK(b, NOTE END);
}

static void make_track_short(struct bytes *b)
{
	header(b, 1, 2, 480);
	PUT(b, "MTrk\0\0\0\6" NOTE END);
	TRACK(b, NOTE END);
}

static void make_track_0(struct bytes *b)
{
	header(b, 1, 2, 480);
	PUT(b, "MTrk\0\0\0\0");
	TRACK(b, NOTE END);
}

static void make_track_id_only(struct bytes *b)
{
	header(b, 1, 2, 480);
	TRACK(b, NOTE END);
	PUT(b, "MTrk");
}

static void make_unknown_chunks(struct bytes *b)
{
	header(b, 1, 2, 480);
	PUT(b, "XFIH\0\0\0\4abcd");
	TRACK(b, NOTE END);
	PUT(b, "XFKM\0\0\0\0");
	TRACK(b, NOTE END);
	PUT(b, "tail\0\0\0\1x");
}

static void make_unknown_4gb(struct bytes *b)
{
	header(b, 1, 1, 480);
	PUT(b, "XFIH\xFF\xFF\xFF\xFF");
	TRACK(b, NOTE END);
}

static void make_no_chunk(struct bytes *b)
{
	header(b, 1, 1, 480);
	PUT(b, "\1\2\3\4\5\6\7\10\11");
	TRACK(b, NOTE END);
}

static void make_more_tracks(struct bytes *b)
{
	header(b, 1, 1, 480);
	for (int i = 0; i < 3; i++)
		TRACK(b, NOTE END);
}

static void make_fewer_tracks(struct bytes *b)
{
	header(b, 1, 9, 480);
	TRACK(b, NOTE END);
}

static void make_two_files(struct bytes *b)
{
	make_riff(b);
	b->size = 0;
	for (int i = 0; i < 2; i++) {
		header(b, 1, 1, 480);
		TRACK(b, NOTE END);
	}
}

#define MAKE_TAIL(name, tail)                                                                                          \
	static void name(struct bytes *b)                                                                              \
	{                                                                                                              \
		header(b, 1, 1, 480);                                                                                  \
		TRACK(b, NOTE END);                                                                                    \
		PUT(b, tail);                                                                                          \
	}
MAKE_TAIL(make_tail_1, "\0")
MAKE_TAIL(make_tail_4, "MTrk")
MAKE_TAIL(make_tail_7, "MTrk\0\0\0")
MAKE_TAIL(make_tail_text, "This file was made by a program that signs its work.\r\n")

static void make_format_0_tracks(struct bytes *b)
{
	header(b, 0, 3, 480);
	for (int i = 0; i < 3; i++)
		TRACK(b, NOTE END);
}

static void make_format_2(struct bytes *b)
{
	header(b, 2, 3, 480);
	TRACK(b, NOTE END);
	TRACK(b, "\0\xFF\3\3" "two" END);
	TRACK(b, NOTE NOTE END);
}

static void make_format_2_empty(struct bytes *b)
{
	header(b, 2, 2, 480);
	TRACK(b, END);
	TRACK(b, END);
}

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

static void make_marker_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xFF\6\1m", SMF_EVENTS_MAX - 2);
}

static void make_text_flood(struct bytes *b)
{
	FLOOD(b, NOTE, "\0\xFF\1\x3A" "\xE9t\xE9 012345678901234567890123456789012345678901234567890123", SMF_EVENTS_MAX - 2);
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
	b->data[14 + 8 + 8 + 3 + 2 + 4999] = 'x';	/* all that is kept of it is blank */
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

static void make_4gb_riff_data_over(struct bytes *b)
{
	make_riff_4gb(b);
	b->data[16] = 0;	/* 0xFFFFFF00: no sum of it may overflow */
}

/* ---- The table ---------------------------------------------------------------- */

#define FILE_OF(name, outcome, says, make) {name, outcome, says, make, NULL, 0}
#define TRACK_OF(name, outcome, says, literal) {name, outcome, says, NULL, literal, sizeof(literal) - 1}

static const struct hostile files[] = {
	/* the file and its header */
	FILE_OF("empty file", REFUSED, "hostile: the file is empty", make_empty),
	FILE_OF("one byte", REFUSED, "byte 0: not a MIDI file", make_one_byte),
	FILE_OF("four bytes", REFUSED, "byte 4: the header is cut short", make_id_only),
	FILE_OF("header of 13 bytes", REFUSED, "byte 13: the header is cut short", make_header_13),
	FILE_OF("no track", REFUSED, "byte 14: no track", make_header_only),
	FILE_OF("header length 4 GB", REFUSED, "byte 4: a header of 4294967295 bytes", make_header_4gb),
	FILE_OF("header length 4 GB before a track", MENDED, "header's length is wrong (byte 4)", make_header_4gb_track),
	FILE_OF("header length 0", MENDED, "header's length is wrong", make_header_0),
	FILE_OF("header length 5", REFUSED, "byte 4: a header of 5 bytes", make_header_5),
	FILE_OF("header length 10", READS, NULL, make_header_long),
	FILE_OF("format 3", REFUSED, "byte 8: format 3", make_format_3),
	FILE_OF("format 65535", REFUSED, "byte 8: format 65535", make_format_65535),
	FILE_OF("states no tracks", MENDED, "another number of tracks", make_tracks_0),
	FILE_OF("states 65535 tracks", MENDED, "another number of tracks", make_tracks_65535),
	FILE_OF("states fewer tracks", MENDED, "another number of tracks", make_more_tracks),
	FILE_OF("states more tracks", MENDED, "another number of tracks", make_fewer_tracks),
	FILE_OF("ppq 0", REFUSED, "byte 12: no ticks to the quarter", make_ppq_0),
	FILE_OF("ppq 1", READS, NULL, make_ppq_1),
	FILE_OF("ppq 32767", READS, NULL, make_ppq_32767),
	FILE_OF("SMPTE 24", READS, NULL, make_smpte_24),
	FILE_OF("SMPTE 25, milliseconds", READS, NULL, make_smpte_25),
	FILE_OF("SMPTE 29, drop frame", READS, NULL, make_smpte_drop),
	FILE_OF("SMPTE 30 of 255", READS, NULL, make_smpte_30),
	FILE_OF("SMPTE 25 of 1", READS, NULL, make_smpte_odd),
	FILE_OF("SMPTE of no ticks", REFUSED, "byte 12: no ticks to the frame", make_smpte_zero),
	FILE_OF("SMPTE of 1 frame", REFUSED, "byte 12: 1 frames a second", make_smpte_1),
	FILE_OF("SMPTE of 128 frames", REFUSED, "byte 12: 128 frames a second", make_smpte_128),
	FILE_OF("PNG", REFUSED, "not a MIDI file", make_png),
	FILE_OF("ELF", REFUSED, "not a MIDI file", make_elf),
	FILE_OF("HTML", REFUSED, "not a MIDI file", make_html),
	FILE_OF("zeros", REFUSED, "not a MIDI file", make_zeros),
	FILE_OF("ones", REFUSED, "not a MIDI file", make_ones),
	FILE_OF("track without header", REFUSED, "not a MIDI file", make_track_only),
	FILE_OF("MacBinary", MENDED, "bytes before the header", make_macbinary),
	FILE_OF("header after 512 bytes", REFUSED, "not a MIDI file", make_header_late),
	FILE_OF("two files in one", MENDED, "a second file follows and is left out", make_two_files),

	/* RIFF */
	FILE_OF("RIFF", READS, NULL, make_riff),
	FILE_OF("RIFF with an odd chunk", READS, NULL, make_riff_odd),
	FILE_OF("RIFF of 4 GB", MENDED, "the RIFF length is wrong", make_riff_4gb),
	FILE_OF("RIFF data of nearly 4 GB", MENDED, "the RIFF length is wrong", make_4gb_riff_data_over),
	FILE_OF("RIFF of 0 bytes", REFUSED, "not a MIDI file", make_riff_0),
	FILE_OF("RIFF too short", MENDED, "the track's length is wrong", make_riff_short),
	FILE_OF("RIFF list of 4 GB", REFUSED, "without a MIDI data chunk", make_riff_list_4gb),
	FILE_OF("RIFF without data", REFUSED, "byte 12: a RIFF file without a MIDI data chunk", make_riff_empty),
	FILE_OF("WAVE", REFUSED, "not a MIDI file", make_riff_wave),
	FILE_OF("RIFF in RIFF", REFUSED, "not a MIDI file", make_riff_of_riff),

	/* chunks */
	FILE_OF("track of 4 GB", MENDED, "track 1: the track's length is wrong (byte 18)", make_track_4gb),
	FILE_OF("track of 2 GB", MENDED, "the track's length is wrong", make_track_2gb),
	FILE_OF("track of 4 GB before another", MENDED, "the track's length is wrong", make_first_track_4gb),
	FILE_OF("track longer than it is", MENDED, "the track's length is wrong", make_track_long),
	FILE_OF("track shorter than it is", MENDED, "the track's length is wrong", make_track_short),
	FILE_OF("track of no bytes", MENDED, "track 1: no end of track", make_track_0),
	FILE_OF("track of its name", MENDED, "bytes that are no chunk (byte 34)", make_track_id_only),
	FILE_OF("unknown chunks", READS, NULL, make_unknown_chunks),
	FILE_OF("unknown chunk of 4 GB", MENDED, "bytes that are no chunk (byte 14)", make_unknown_4gb),
	FILE_OF("bytes that are no chunk", MENDED, "bytes that are no chunk", make_no_chunk),
	FILE_OF("a byte at the end", MENDED, "bytes that are no chunk", make_tail_1),
	FILE_OF("four bytes at the end", MENDED, "bytes that are no chunk", make_tail_4),
	FILE_OF("seven bytes at the end", MENDED, "bytes that are no chunk", make_tail_7),
	FILE_OF("text at the end", MENDED, "bytes that are no chunk", make_tail_text),
	FILE_OF("format 0 of three tracks", MENDED, "format 0 with more than one track", make_format_0_tracks),
	FILE_OF("format 2", READS, NULL, make_format_2),
	FILE_OF("format 2 without notes", REFUSED, "no notes in any", make_format_2_empty),
	FILE_OF("64 parts", READS, NULL, make_64_parts),
	FILE_OF("65 parts", REFUSED, "more than 64 parts", make_65_parts),
	FILE_OF("75 parts", REFUSED, "more than 64 parts", make_75_parts),

	/* events */
	TRACK_OF("a note", READS, NULL, NOTE END),
	TRACK_OF("running status", READS, NULL, "\0\x90\x3C\x40\x60\x3C\0\0\x3E\x40\x60\x3E\0" END),
	TRACK_OF("running status over a meta event", MENDED, "running status after a meta event or sysex (byte 31)",
		 "\0\x90\x3C\x40\0\xFF\1\1x\x60\x3C\0" END),
	TRACK_OF("running status over a sysex", MENDED, "running status after", "\0\x90\x3C\x40\0\xF0\2\1\xF7\x60\x3C\0" END),
	TRACK_OF("running status from nothing", REFUSED, "track 1: event at byte 22: a data byte", "\0\x3C\x40\x60\x3C\0" END),
	TRACK_OF("running status from a sysex only", REFUSED, "event at byte 27: a data byte", "\0\xF0\2\1\xF7\0\x3C\x40" END),
	TRACK_OF("note-on of velocity 0", READS, NULL, "\0\x90\x3C\x40\x60\x90\x3C\0" END),
	TRACK_OF("velocity 0 alone", REFUSED, "no notes", "\0\x90\x3C\0" END),
	TRACK_OF("hanging note", MENDED, "a note without end", "\0\x90\x3C\x40\x60\xFF\x2F\0"),
	TRACK_OF("hanging note at the end", MENDED, "a note without end", "\x60\x90\x3C\x40" END),
	TRACK_OF("note of no length", MENDED, "a note of no length", "\0\x90\x3C\x40\0\x80\x3C\x40" END),
	TRACK_OF("overlapping notes", READS, NULL, "\0\x90\x3C\x40\x10\x90\x3C\x41\x10\x80\x3C\0\x10\x80\x3C\0" END),
	TRACK_OF("ends without beginning", MENDED, "the end of a note that never began, 2 times",
		 "\0\x80\x3C\0" NOTE "\0\x80\x3C\0" END),
	TRACK_OF("no end of track", MENDED, "track 1: no end of track (byte 30)", NOTE),
	TRACK_OF("end of track and more", MENDED, "bytes after the end of track (byte 34)", NOTE END NOTE END),
	TRACK_OF("end of track with data", MENDED, "a meta event of a wrong length", NOTE "\0\xFF\x2F\3abc"),
	TRACK_OF("nothing", REFUSED, "no notes", ""),
	TRACK_OF("a delta time alone", REFUSED, "no notes", "\x60"),
	TRACK_OF("cut in a delta time", MENDED, "the track is cut short (byte 30)", NOTE "\x81"),
	TRACK_OF("cut in a status", MENDED, "the track is cut short", NOTE "\0"),
	TRACK_OF("cut in a note", MENDED, "the track is cut short", NOTE "\0\x90\x3C"),
	TRACK_OF("cut in a meta type", MENDED, "the track is cut short", NOTE "\0\xFF"),
	TRACK_OF("cut in a meta length", MENDED, "the track is cut short", NOTE "\0\xFF\1\x81"),
	TRACK_OF("cut in a text", MENDED, "the track is cut short", NOTE "\0\xFF\1\x7Fshort"),
	TRACK_OF("cut in a sysex", MENDED, "the track is cut short", NOTE "\0\xF0\x7F\1\2"),
	TRACK_OF("text of 256 MB", MENDED, "the track is cut short", NOTE "\0\xFF\1\xFF\xFF\xFF\x7F" END),
	TRACK_OF("sysex of 256 MB", MENDED, "the track is cut short", NOTE "\0\xF0\xFF\xFF\xFF\x7F" END),
	TRACK_OF("delta time of five bytes", REFUSED, "event at byte 30: a delta time of more than four", NOTE "\x81\x80\x80\x80\0\x90\x3C\x40" END),
	TRACK_OF("delta time without end", REFUSED, "a delta time of more than four", NOTE "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
	TRACK_OF("delta time 0 in four bytes", READS, NULL, "\x80\x80\x80\0\x90\x3C\x40\x80\x80\x80\x60\x80\x3C\x40" END),
	TRACK_OF("length of five bytes", REFUSED, "a length of more than four", NOTE "\0\xFF\1\x81\x80\x80\x80\0" END),
	TRACK_OF("sysex length of five bytes", REFUSED, "a length of more than four", NOTE "\0\xF0\x81\x80\x80\x80\0" END),
	TRACK_OF("longest delta time", READS, NULL, NOTE "\xFF\xFF\xFF\x7F\x90\x3C\x40\x60\x80\x3C\x40" END),
	TRACK_OF("longest song", READS, NULL,
		 "\xFF\xFF\xFF\x7F\x90\x3C\x40\xFF\xFF\xFF\x7F\x80\x3C\x40\xFF\xFF\xFF\x7F\x90\x3C\x40\xFF\xFF\xFF\x7F\x80\x3C\x40" END),
	TRACK_OF("longer than the longest song", REFUSED, "event at byte 49: later than any song",
		 NOTE "\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1" END),
	TRACK_OF("far end of track", MENDED, "ends later than any song",
		 NOTE "\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\xFF\x2F\0"),
	TRACK_OF("pitch over 127", REFUSED, "event at byte 22: data over 127", "\0\x90\xBC\x40\x60\x80\x3C\x40" END),
	TRACK_OF("velocity over 127", REFUSED, "data over 127", "\0\x90\x3C\xFF\x60\x80\x3C\x40" END),
	TRACK_OF("note-off over 127", REFUSED, "data over 127", "\0\x90\x3C\x40\x60\x80\xBC\x40" END),
	TRACK_OF("program over 127", REFUSED, "data over 127", "\0\xC0\x80" NOTE END),
	TRACK_OF("controller over 127", MENDED, "a controller's data over 127", "\0\xB0\7\xFF" NOTE END),
	TRACK_OF("pitch bend over 127", MENDED, "a controller's data over 127 (byte 22), 2 times", "\0\xE0\xFF\xFF" NOTE END),
	TRACK_OF("what is not needed", READS, NULL, "\0\xA0\x3C\1\0\xB0\1\2\0\xD0\3\0\xE0\0\x40" NOTE END),
	TRACK_OF("percussion only", REFUSED, "no notes but 1 of percussion", "\0\x99\x3C\x40\x60\x89\x3C\x40" END),
	TRACK_OF("no notes", REFUSED, "no notes", "\0\xC0\1\0\xB0\7\x40" END),
	TRACK_OF("clock in a file", MENDED, "a system message that has no place", "\0\xF8" NOTE END),
	TRACK_OF("system messages", MENDED, "a system message that has no place in a file (byte 22), 10 times",
		 "\0\xF1\1\0\xF2\1\2\0\xF3\1\0\xF4\0\xF5\0\xF6\0\xF9\0\xFA\0\xFD\0\xFE" NOTE END),
	TRACK_OF("cut in a system message", MENDED, "the track is cut short", NOTE "\0\xF2\1"),

	/* sysex */
	TRACK_OF("sysex", READS, NULL, "\0\xF0\5\x7E\x7F\x09\x01\xF7" NOTE END),
	TRACK_OF("sysex in packets", READS, NULL, "\0\xF0\3\x43\x12\0\x10\xF7\6\x43\x12\0\x43\x12\0\x10\xF7\4\x43\x12\0\xF7" NOTE END),
	TRACK_OF("sysex never ended", READS, NULL, "\0\xF0\3\x43\x12\0" NOTE END),
	TRACK_OF("sysex of no bytes", READS, NULL, "\0\xF0\0" NOTE END),
	TRACK_OF("sysex with status bytes", READS, NULL, "\0\xF0\4\x90\x3C\x40\xF7" NOTE END),
	TRACK_OF("escape", READS, NULL, "\0\xF7\3\xF3\1\xF8" NOTE END),
	TRACK_OF("escaped note", READS, NULL, "\0\xF7\3\x90\x3C\x40" NOTE END),
	TRACK_OF("escape of no bytes", READS, NULL, "\0\xF7\0" NOTE END),

	/* meta events */
	TRACK_OF("tempo of no bytes", MENDED, "a tempo that is none (byte 22)", "\0\xFF\x51\0" NOTE END),
	TRACK_OF("tempo of one byte", MENDED, "a tempo that is none", "\0\xFF\x51\1\7" NOTE END),
	TRACK_OF("tempo of five bytes", MENDED, "a meta event of a wrong length", "\0\xFF\x51\5\7\xA1\x20\0\0" NOTE END),
	TRACK_OF("tempo 0", MENDED, "a tempo that is none", "\0\xFF\x51\3\0\0\0" NOTE END),
	TRACK_OF("slowest tempo", READS, NULL, "\0\xFF\x51\3\xFF\xFF\xFF" NOTE END),
	TRACK_OF("fastest tempo", READS, NULL, "\0\xFF\x51\3\0\0\1" NOTE END),
	TRACK_OF("metre of no bytes", MENDED, "a metre that is none", "\0\xFF\x58\0" NOTE END),
	TRACK_OF("metre of two bytes", MENDED, "a meta event of a wrong length", "\0\xFF\x58\2\3\2" NOTE END),
	TRACK_OF("metre 0/4", MENDED, "a metre that is none", "\0\xFF\x58\4\0\2\x18\10" NOTE END),
	TRACK_OF("metre with denominator 2^255", MENDED, "a metre that is none", "\0\xFF\x58\4\4\xFF\x18\10" NOTE END),
	TRACK_OF("metre 255/128", READS, NULL, "\0\xFF\x58\4\xFF\7\0\0" NOTE END),
	TRACK_OF("metre of 255 whole notes", READS, NULL, "\0\xFF\x58\4\xFF\0\0\0" NOTE END),
	TRACK_OF("key of 99 sharps", MENDED, "a key that is none", "\0\xFF\x59\2\x63\0" NOTE END),
	TRACK_OF("key of 128 flats", MENDED, "a key that is none", "\0\xFF\x59\2\x80\0" NOTE END),
	TRACK_OF("key of mode 7", MENDED, "a key that is none", "\0\xFF\x59\2\0\7" NOTE END),
	TRACK_OF("key of no bytes", MENDED, "a key that is none", "\0\xFF\x59\0" NOTE END),
	TRACK_OF("key of one byte", MENDED, "a key that is none", "\0\xFF\x59\1\0" NOTE END),
	TRACK_OF("key of three bytes", MENDED, "a meta event of a wrong length", "\0\xFF\x59\3\0\0\0" NOTE END),
	TRACK_OF("other meta events", READS, NULL,
		 "\0\xFF\0\2\0\1\0\xFF\2\1c\0\xFF\4\1i\0\xFF\5\1l\0\xFF\7\1q\0\xFF\x20\1\0\0\xFF\x21\1\0\0\xFF\x54\5\0\0\0\0\0\0\xFF\x7F\1x" NOTE END),
	TRACK_OF("unknown meta events", READS, NULL, "\0\xFF\x60\1x\0\xFF\x80\0\0\xFF\xFF\1x" NOTE END),
	TRACK_OF("a sequencer's data of 300 bytes", READS, NULL,
		 "\0\xFF\x7F\x82\x2C"
		 "----------------------------------------------------------------------------------------------------"
		 "----------------------------------------------------------------------------------------------------"
		 "----------------------------------------------------------------------------------------------------" NOTE END),

	/* text */
	TRACK_OF("texts of no bytes", READS, NULL, "\0\xFF\1\0\0\xFF\3\0\0\xFF\6\0" NOTE END),
	TRACK_OF("Latin-1", READS, NULL, "\0\xFF\3\4na\xEFv\0\xFF\1\4\xFC\xDF\xE9\xF8" NOTE END),
	TRACK_OF("ANSI escapes", READS, NULL, "\0\xFF\3\x0B\x1B[2J\x1B]0;x\7\x07\0\xFF\1\5\x1B[31m\0\xFF\6\4\x9B" "31m" NOTE END),
	TRACK_OF("zero bytes in text", READS, NULL, "\0\xFF\3\5a\0b\0\0" NOTE END),
	TRACK_OF("lines in text", READS, NULL, "\0\xFF\1\7a\r\nb\r\nc" NOTE END),
	TRACK_OF("overlong UTF-8", READS, NULL, "\0\xFF\1\6\xC0\xAF\xE0\x80\xAF\xC3" NOTE END),
	TRACK_OF("surrogates", READS, NULL, "\0\xFF\6\6\xED\xA0\xBD\xED\xB8\x80" NOTE END),
	TRACK_OF("right to left", READS, NULL, "\0\xFF\3\4\xE2\x80\xAEx" NOTE END),
	TRACK_OF("control characters only", READS, NULL, "\0\xFF\3\3\1\2\3\0\xFF\1\2\x7F\x7F" NOTE END),
	FILE_OF("text of 10 MB", MENDED, "a text too long", make_text_10mb),
	FILE_OF("name of 10 MB", MENDED, "a text too long", make_name_10mb),
	FILE_OF("blank text of 10 MB", READS, NULL, make_text_blank),
	FILE_OF("text whose kept part is blank", MENDED, "a text too long", make_text_cut_blank),

	/* size */
	FILE_OF("over 64 MB", REFUSED, "larger than", make_over_64mb),
	FILE_OF("64 MB of notes", REFUSED, "more than", make_notes_64mb),
	FILE_OF("as many events as may be", READS, NULL, make_events_max),
	FILE_OF("two events more", REFUSED, "events", make_events_over),
	FILE_OF("flood of note-ons of one pitch", MENDED, "a note without end", make_note_on_flood),
	FILE_OF("flood of note-ons of all pitches", MENDED, "a note without end", make_note_on_all),
	FILE_OF("flood of tempos", READS, NULL, make_tempo_flood),
	FILE_OF("tempos before as many notes", READS, NULL, make_tempos_then_notes),
	FILE_OF("flood of metres", READS, NULL, make_metre_flood),
	FILE_OF("flood of markers", READS, NULL, make_marker_flood),
	FILE_OF("flood of texts", MENDED, "a text too long", make_text_flood),
	FILE_OF("flood of empty texts", READS, NULL, make_empty_text_flood),
	FILE_OF("flood of names", READS, NULL, make_name_flood),
	FILE_OF("flood of programs", READS, NULL, make_program_flood),
	FILE_OF("flood of clocks", MENDED, "a system message", make_clock_flood),
	FILE_OF("flood of controllers", READS, NULL, make_controller_flood),
	FILE_OF("flood of percussion", REFUSED, "percussion", make_percussion_flood),
	FILE_OF("sysex of 64 MB", READS, NULL, make_sysex_64mb),
	FILE_OF("flood of chunks", READS, NULL, make_chunk_flood),
	FILE_OF("flood of what is no chunk", MENDED, "no chunk", make_no_chunk_flood),
	FILE_OF("flood of tracks", REFUSED, "more than 65535 tracks", make_track_flood),
	FILE_OF("flood of cut tracks", REFUSED, "no notes", make_short_track_flood),
	FILE_OF("65535 parts", REFUSED, "more than 64 parts", make_65535_tracks),
	FILE_OF("65535 songs", READS, NULL, make_65535_songs),
	FILE_OF("65535 programs", READS, NULL, make_65535_programs),
};
#define FILES (sizeof files / sizeof *files)

static void make(struct bytes *b, const struct hostile *h)
{
	if (h->make) {
		h->make(b);
	} else {
		header(b, 1, 1, 480);
		track(b, h->track, h->size);
	}
	if (b->failed)
		abort();
}

/* ---- Reading them -------------------------------------------------------------- */

/* What a child process tells of its file. */
struct report {
	char wrong[500];	/* "" when all is well */
	char said[ERROR_MAX];
	double seconds, megabytes;
};

static void on_log(void *context, enum log_level level, const char *message)
{
	struct report *r = context;

	(void)level;
	snprintf(r->wrong, sizeof r->wrong, "the log says \"%s\"", message);
}

static double processor_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* The song written and read is the song, when its ticks are whole ones of 480 to the quarter. */
static const char *difference_when_written(const struct song *song)
{
	static char why[300];
	struct songs songs;
	unsigned char *data;
	size_t size;
	const char *difference;

	if (smf_write_memory(&data, &size, song, NULL) < 0)
		return strstr(error_message(), "too long") ? NULL : error_message();
	if (smf_read_memory(&songs, "again", data, size) < 0) {
		free(data);
		return error_message();
	}
	free(data);
	difference = 480 % song->ppq ? NULL : song_difference(song, songs.songs[0], 1);
	if (difference) {
		snprintf(why, sizeof why, "written and read: %s", difference);
		difference = why;
	}
	songs_done(&songs);
	return difference;
}

/* Too large to be written in fewer events than can be read, or in time. */
static int is_large(const struct song *s)
{
	return song_notes(s) + s->n_tempos + s->n_metres + s->n_keys + s->n_markers + s->n_texts > 100000;
}

static void judge(struct report *r, const struct hostile *h, int result, const struct songs *songs)
{
	snprintf(r->said, sizeof r->said, "%s", result < 0 ? error_message() : songs->mends ? songs->mends : "");
	if (r->wrong[0])
		return;
	if ((result < 0) != (h->outcome == REFUSED)) {
		snprintf(r->wrong, sizeof r->wrong, "it is %s", result < 0 ? "refused" : "read");
	} else if (h->says && !strstr(r->said, h->says)) {
		snprintf(r->wrong, sizeof r->wrong, "not said: \"%s\"", h->says);
	} else if (result < 0) {
		if (strncmp(r->said, "hostile: ", 9) != 0 || strchr(r->said, '\n'))
			snprintf(r->wrong, sizeof r->wrong, "not a message of one line with the path first");
	} else if ((songs->mended > 0) != (h->outcome == MENDED) || (songs->mended > 0) != (songs->mends != NULL)) {
		snprintf(r->wrong, sizeof r->wrong, "%d mends", songs->mended);
	} else {
		for (size_t i = 0; i < songs->n; i++)
			if (song_unsound(songs->songs[i]))
				snprintf(r->wrong, sizeof r->wrong, "unsound: %s", song_unsound(songs->songs[i]));
	}
}

/* As smf_read() does it: the bytes from a file, so that theirs is counted too. */
static void run(struct report *r, const struct hostile *h, const char *path)
{
	struct songs songs;
	struct rusage u;
	double begin;
	int result;

	log_set_sink(on_log, r);
	begin = processor_seconds();
	result = smf_read(&songs, path);
	r->seconds = processor_seconds() - begin;
	getrusage(RUSAGE_SELF, &u);
	r->megabytes = (double)u.ru_maxrss / 1024;
	judge(r, h, result, &songs);
	for (size_t i = 0; !r->wrong[0] && result == 0 && i < songs.n && i < 10; i++) {
		const char *difference = is_large(songs.songs[i]) ? NULL : difference_when_written(songs.songs[i]);

		if (difference)
			snprintf(r->wrong, sizeof r->wrong, "%s", difference);
	}
	songs_done(&songs);
}

static void write_file(const char *path, const struct hostile *h)
{
	struct bytes b = {0};
	FILE *f = fopen(path, "wb");

	make(&b, h);
	if (!f || (b.size && fwrite(b.data, 1, b.size, f) != b.size) || fclose(f))
		fail_msg("%s: cannot be written", path);
	free(b.data);
}

static char folder[] = "/tmp/musegen-hostile-XXXXXX";

/* The file is made in one child and read in another: what a process used, it is counted as using ever after. */
static int in_child(struct report *r, const struct hostile *h, void (*job)(struct report *, const struct hostile *))
{
	int pipes[2], status = 0;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		memset(r, 0, sizeof *r);
		job(r, h);
		_exit(write(pipes[1], r, sizeof *r) == (ssize_t)sizeof *r ? 0 : 1);
	}
	close(pipes[1]);
	memset(r, 0, sizeof *r);
	if (read(pipes[0], r, sizeof *r) != (ssize_t)sizeof *r)
		snprintf(r->wrong, sizeof r->wrong, "it ends the program");
	close(pipes[0]);
	waitpid(child, &status, 0);
	return status;
}

static void job_make(struct report *r, const struct hostile *h)
{
	(void)r;
	write_file("hostile", h);
}

static void job_read(struct report *r, const struct hostile *h)
{
	run(r, h, "hostile");
}

static void test_hostile(void **state)
{
	const struct hostile *h = *state;
	struct report r;
	int status;

	status = in_child(&r, h, job_make);
	assert_int_equal(status, 0);
	status = in_child(&r, h, job_read);
	if (getenv("MUSEGEN_VERBOSE"))
		print_message("%6.3f s %6.1f MB  %s: %s\n", r.seconds, r.megabytes, h->name, r.said);
	if (r.wrong[0] || status)
		fail_msg("%s (status %d): %s; it says: %s", h->name, status, r.wrong, r.said);
	if (!SANITIZED && (r.seconds > SECONDS_MAX || r.megabytes > MEGABYTES_MAX))
		fail_msg("%s: %.2f seconds, %.0f MB", h->name, r.seconds, r.megabytes);
}

/* ---- A good file made bad in every place ---------------------------------------- */

static void rich_file(struct bytes *b)
{
	header(b, 1, 3, 96);
	TRACK(b, "\0\xFF\3\5Title\0\xFF\x51\3\7\xA1\x20\0\xFF\x58\4\3\2\x18\10\0\xFF\x59\2\xFE\1\0\xFF\1\6text \xC3\xA9"
		 "\x60\xFF\6\7" "fermata\x60\xFF\x51\3\6\xA1\x20" END);
	TRACK(b, "\0\xFF\3\4high\0\xC0\x28\0\xF0\3\x7E\1\xF7\0\x90\x48\x40\x60\x48\0\0\x4A\x40\x30\x4C\x40\x30\x4A\0\x81\0\x4C\0" END);
	TRACK(b, "\0\xFF\3\3low\0\xC1\x29\0\xB1\7\x40\0\x91\x30\x40\x83\x60\x81\x30\0\0\xF7\2\xF8\xF8\0\x91\x32\x40\x60\x81\x32\0" END);
}

static void must_stand(const unsigned char *data, size_t size, const char *what, size_t where)
{
	struct report r = {0};
	struct songs songs;
	unsigned char *copy = malloc(size ? size : 1);	/* a sanitizer sees a byte read too far */

	assert_non_null(copy);
	memcpy(copy, data, size);
	log_set_sink(on_log, &r);
	if (smf_read_memory(&songs, "cut", copy, size) == 0) {
		for (size_t i = 0; i < songs.n; i++) {
			const char *wrong = song_unsound(songs.songs[i]);

			if (!wrong)
				wrong = difference_when_written(songs.songs[i]);
			if (wrong)
				fail_msg("%s %zu: %s", what, where, wrong);
		}
		songs_done(&songs);
	} else if (strncmp(error_message(), "cut: ", 5) != 0) {
		fail_msg("%s %zu: message %s", what, where, error_message());
	}
	if (r.wrong[0])
		fail_msg("%s %zu: %s", what, where, r.wrong);
	free(copy);
}

static void test_cut_at_every_byte(void **state)
{
	struct bytes b = {0};

	(void)state;
	rich_file(&b);
	for (size_t i = 0; i <= b.size; i++)
		must_stand(b.data, i, "cut at byte", i);
	free(b.data);
}

static void test_every_byte_changed(void **state)
{
	static const unsigned char values[] = {0x00, 0x01, 0x2F, 0x51, 0x7F, 0x80, 0x90, 0xF0, 0xF7, 0xF8, 0xFF};
	struct bytes b = {0};

	(void)state;
	rich_file(&b);
	for (size_t i = 0; i < b.size; i++) {
		unsigned char before = b.data[i];

		for (size_t j = 0; j < sizeof values; j++) {
			b.data[i] = values[j];
			must_stand(b.data, b.size, "changed byte", i);
		}
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] = (unsigned char)(before ^ 1 << bit);
			must_stand(b.data, b.size, "turned bit of byte", i);
		}
		b.data[i] = before;
	}
	free(b.data);
}

static void test_every_byte_left_out_or_doubled(void **state)
{
	struct bytes b = {0};
	unsigned char *other;

	(void)state;
	rich_file(&b);
	other = malloc(b.size + 1);
	assert_non_null(other);
	for (size_t i = 0; i < b.size; i++) {
		memcpy(other, b.data, i);
		memcpy(other + i, b.data + i + 1, b.size - i - 1);
		must_stand(other, b.size - 1, "left out byte", i);
		other[i] = b.data[i];
		memcpy(other + i + 1, b.data + i, b.size - i);
		must_stand(other, b.size + 1, "doubled byte", i);
	}
	free(other);
	free(b.data);
}

/* Inputs that the fuzzer found, each of which once broke something. */
static void test_found_by_fuzzing(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t size;
	} found[] = {
#define FOUND(what, literal) {what, literal, sizeof(literal) - 1}
		FOUND("a song without any map", "MThd\0\0\0\6\0\1\0\1\1\xE0MTrk\0\0\0\x0C" NOTE END),
		FOUND("a pickup of 97 ticks", "MThd\0\0\0\6\0\1\0\1\1\xE0MTrk\0\0\0\x1C"
					      "\0\xFF\x58\4\1\2\x18\10\0\x90\x3C\x40\x61\xFF\x58\4\4\2\x18\10\x60\x80\x3C\x40" END),
	};

	(void)state;
	for (size_t i = 0; i < sizeof found / sizeof *found; i++)
		must_stand((const unsigned char *)found[i].bytes, found[i].size, found[i].what, i);
}

static int enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	(void)state;
	unlink("hostile");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
	static struct CMUnitTest tests[FILES + 4];
	size_t n = 0;

	for (size_t i = 0; i < FILES; i++)
		tests[n++] = (struct CMUnitTest){files[i].name, test_hostile, NULL, NULL, (void *)(uintptr_t)&files[i]};
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_cut_at_every_byte);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_byte_changed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_byte_left_out_or_doubled);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_found_by_fuzzing);
	return _cmocka_run_group_tests("midi hostile", tests, n, enter_folder, leave_folder);
}
