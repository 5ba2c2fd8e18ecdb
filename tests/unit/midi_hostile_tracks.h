/* Hostile MIDI files whose fault is in the bytes of their one track. */
#ifndef TESTS_UNIT_MIDI_HOSTILE_TRACKS_H
#define TESTS_UNIT_MIDI_HOSTILE_TRACKS_H

#include "midi_hostile.h"

#define TRACK_OF(name, outcome, says, literal)                                                                         \
	{                                                                                                              \
		name, outcome, says, NULL, literal, sizeof(literal) - 1                                                \
	}

static const struct hostile hostile_tracks[] = {
	/* events */
	TRACK_OF("a note", READS, NULL, NOTE END),
	TRACK_OF("running status", READS, NULL, "\0\x90\x3C\x40\x60\x3C\0\0\x3E\x40\x60\x3E\0" END),
	TRACK_OF("running status over a meta event", MENDED, "running status after a meta event or sysex (byte 31)",
                 "\0\x90\x3C\x40\0\xFF\1\1x\x60\x3C\0" END),
	TRACK_OF("running status over a sysex", MENDED, "running status after",
                 "\0\x90\x3C\x40\0\xF0\2\1\xF7\x60\x3C\0" END),
	TRACK_OF("running status from nothing", REFUSED, "track 1: event at byte 22: a data byte",
                 "\0\x3C\x40\x60\x3C\0" END),
	TRACK_OF("running status from a sysex only", REFUSED, "event at byte 27: a data byte",
                 "\0\xF0\2\1\xF7\0\x3C\x40" END),
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
	TRACK_OF("delta time of five bytes", REFUSED, "event at byte 30: a delta time of more than four",
                 NOTE "\x81\x80\x80\x80\0\x90\x3C\x40" END),
	TRACK_OF("delta time without end", REFUSED, "a delta time of more than four",
                 NOTE "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
	TRACK_OF("delta time 0 in four bytes", READS, NULL,
                 "\x80\x80\x80\0\x90\x3C\x40\x80\x80\x80\x60\x80\x3C\x40" END),
	TRACK_OF("length of five bytes", REFUSED, "a length of more than four", NOTE "\0\xFF\1\x81\x80\x80\x80\0" END),
	TRACK_OF("sysex length of five bytes", REFUSED, "a length of more than four",
                 NOTE "\0\xF0\x81\x80\x80\x80\0" END),
	TRACK_OF("longest delta time", READS, NULL, NOTE "\xFF\xFF\xFF\x7F\x90\x3C\x40\x60\x80\x3C\x40" END),
	TRACK_OF("longest song", READS, NULL,
                 "\xFF\xFF\xFF\x7F\x90\x3C\x40\xFF\xFF\xFF\x7F\x80\x3C\x40"
                 "\xFF\xFF\xFF\x7F\x90\x3C\x40\xFF\xFF\xFF\x7F\x80\x3C\x40" END),
	TRACK_OF("longer than the longest song", REFUSED, "event at byte 49: later than any song",
                 NOTE "\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1" END),
	TRACK_OF("far end of track", MENDED, "ends later than any song",
                 NOTE "\xFF\xFF\xFF\x7F\xB0\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\1\1\xFF\xFF\xFF\x7F\xFF\x2F\0"),
	TRACK_OF("pitch over 127", REFUSED, "event at byte 22: data over 127", "\0\x90\xBC\x40\x60\x80\x3C\x40" END),
	TRACK_OF("velocity over 127", REFUSED, "data over 127", "\0\x90\x3C\xFF\x60\x80\x3C\x40" END),
	TRACK_OF("note-off over 127", REFUSED, "data over 127", "\0\x90\x3C\x40\x60\x80\xBC\x40" END),
	TRACK_OF("program over 127", REFUSED, "data over 127", "\0\xC0\x80" NOTE END),
	TRACK_OF("controller over 127", MENDED, "a controller's data over 127", "\0\xB0\7\xFF" NOTE END),
	TRACK_OF("pitch bend over 127", MENDED, "a controller's data over 127 (byte 22), 2 times",
                 "\0\xE0\xFF\xFF" NOTE END),
	TRACK_OF("what is not needed", READS, NULL, "\0\xA0\x3C\1\0\xB0\1\2\0\xD0\3\0\xE0\0\x40" NOTE END),
	TRACK_OF("percussion only", REFUSED, "no notes but 1 of percussion", "\0\x99\x3C\x40\x60\x89\x3C\x40" END),
	TRACK_OF("no notes", REFUSED, "no notes", "\0\xC0\1\0\xB0\7\x40" END),
	TRACK_OF("clock in a file", MENDED, "a system message that has no place", "\0\xF8" NOTE END),
	TRACK_OF("system messages", MENDED, "a system message that has no place in a file (byte 22), 10 times",
                 "\0\xF1\1\0\xF2\1\2\0\xF3\1\0\xF4\0\xF5\0\xF6\0\xF9\0\xFA\0\xFD\0\xFE" NOTE END),
	TRACK_OF("cut in a system message", MENDED, "the track is cut short", NOTE "\0\xF2\1"),

	/* sysex */
	TRACK_OF("sysex", READS, NULL, "\0\xF0\5\x7E\x7F\x09\x01\xF7" NOTE END),
	TRACK_OF("sysex in packets", READS, NULL,
                 "\0\xF0\3\x43\x12\0\x10\xF7\6\x43\x12\0\x43\x12\0\x10\xF7\4\x43\x12\0\xF7" NOTE END),
	TRACK_OF("sysex never ended", READS, NULL, "\0\xF0\3\x43\x12\0" NOTE END),
	TRACK_OF("sysex of no bytes", READS, NULL, "\0\xF0\0" NOTE END),
	TRACK_OF("sysex with status bytes", READS, NULL, "\0\xF0\4\x90\x3C\x40\xF7" NOTE END),
	TRACK_OF("escape", READS, NULL, "\0\xF7\3\xF3\1\xF8" NOTE END),
	TRACK_OF("escaped note", READS, NULL, "\0\xF7\3\x90\x3C\x40" NOTE END),
	TRACK_OF("escape of no bytes", READS, NULL, "\0\xF7\0" NOTE END),

	/* meta events */
	TRACK_OF("tempo of no bytes", MENDED, "a tempo that is none (byte 22)", "\0\xFF\x51\0" NOTE END),
	TRACK_OF("tempo of one byte", MENDED, "a tempo that is none", "\0\xFF\x51\1\7" NOTE END),
	TRACK_OF("tempo of five bytes", MENDED, "a meta event of a wrong length",
                 "\0\xFF\x51\5\7\xA1\x20\0\0" NOTE END),
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
                 "\0\xFF\0\2\0\1\0\xFF\2\1c\0\xFF\4\1i\0\xFF\5\1l\0\xFF\7\1q"
                 "\0\xFF\x20\1\0\0\xFF\x21\1\0\0\xFF\x54\5\0\0\0\0\0\0\xFF\x7F\1x" NOTE END),
	TRACK_OF("unknown meta events", READS, NULL, "\0\xFF\x60\1x\0\xFF\x80\0\0\xFF\xFF\1x" NOTE END),
	TRACK_OF("a sequencer's data of 300 bytes", READS, NULL,
                 "\0\xFF\x7F\x82\x2C"
                 "---------------------------------------------------------------------------"
                 "---------------------------------------------------------------------------"
                 "---------------------------------------------------------------------------"
                 "---------------------------------------------------------------------------" NOTE END),

	/* text */
	TRACK_OF("texts of no bytes", READS, NULL, "\0\xFF\1\0\0\xFF\3\0\0\xFF\6\0" NOTE END),
	TRACK_OF("Latin-1", READS, NULL, "\0\xFF\3\4na\xEFv\0\xFF\1\4\xFC\xDF\xE9\xF8" NOTE END),
	TRACK_OF("ANSI escapes", READS, NULL,
                 "\0\xFF\3\x0B\x1B[2J\x1B]0;x\7\x07\0\xFF\1\5\x1B[31m\0\xFF\6\4\x9B"
                 "31m" NOTE END),
	TRACK_OF("zero bytes in text", READS, NULL, "\0\xFF\3\5a\0b\0\0" NOTE END),
	TRACK_OF("lines in text", READS, NULL, "\0\xFF\1\7a\r\nb\r\nc" NOTE END),
	TRACK_OF("overlong UTF-8", READS, NULL, "\0\xFF\1\6\xC0\xAF\xE0\x80\xAF\xC3" NOTE END),
	TRACK_OF("surrogates", READS, NULL, "\0\xFF\6\6\xED\xA0\xBD\xED\xB8\x80" NOTE END),
	TRACK_OF("right to left", READS, NULL, "\0\xFF\3\4\xE2\x80\xAEx" NOTE END),
	TRACK_OF("control characters only", READS, NULL, "\0\xFF\3\3\1\2\3\0\xFF\1\2\x7F\x7F" NOTE END),
};
#define HOSTILE_TRACKS (sizeof hostile_tracks / sizeof *hostile_tracks)

#endif
