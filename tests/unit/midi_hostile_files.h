/* Hostile MIDI files whose fault is in the file and its chunks; and the list of these and of those too large. */
#ifndef TESTS_UNIT_MIDI_HOSTILE_FILES_H
#define TESTS_UNIT_MIDI_HOSTILE_FILES_H

#include "midi_hostile_floods.h"

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
	PUT(b, "MThd\0\0\0\12\0\1\0\1\1\xE0"
	       "more");
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
	PUT(b, "\x7F"
	       "ELF\2\1\1");
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
	riff(b, 4 + 8 + 34 + 12, 34,
	     "LIST\xF0\xFF\xFF\xFF"
	     "abcd",
	     12);
}

static void make_riff_empty(struct bytes *b)
{
	PUT(b, "RIFF\4\0\0\0RMID");
}

static void make_riff_wave(struct bytes *b)
{
	PUT(b, "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xAC\0\0\x88\x58\1\0\2\0\x10\0"
	       "data\0\0\0\0");
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
	TRACK(b, "\0\xFF\3\3"
	         "two" END);
	TRACK(b, NOTE NOTE END);
}

static void make_format_2_empty(struct bytes *b)
{
	header(b, 2, 2, 480);
	TRACK(b, END);
	TRACK(b, END);
}

static void make_4gb_riff_data_over(struct bytes *b)
{
	make_riff_4gb(b);
	b->data[16] = 0; /* 0xFFFFFF00: no sum of it may overflow */
}

#define FILE_OF(name, outcome, says, make)                                                                             \
	{                                                                                                              \
		name, outcome, says, make, NULL, 0                                                                     \
	}

static const struct hostile hostile_files[] = {
	/* the file and its header */
	FILE_OF("empty file", REFUSED, "hostile: the file is empty", make_empty),
	FILE_OF("one byte", REFUSED, "byte 0: not a MIDI file", make_one_byte),
	FILE_OF("four bytes", REFUSED, "byte 4: the header is cut short", make_id_only),
	FILE_OF("header of 13 bytes", REFUSED, "byte 13: the header is cut short", make_header_13),
	FILE_OF("no track", REFUSED, "byte 14: no track", make_header_only),
	FILE_OF("header length 4 GB", REFUSED, "byte 4: a header of 4294967295 bytes", make_header_4gb),
	FILE_OF("header length 4 GB before a track", MENDED, "length is wrong (byte 4)", make_header_4gb_track),
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

	/* text */
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
	FILE_OF("flood of metres in 64 MB", READS, NULL, make_metre_flood_64mb),
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
#define HOSTILE_FILES (sizeof hostile_files / sizeof *hostile_files)

#endif
