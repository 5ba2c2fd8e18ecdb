/*
 * A song as a MIDI file tells it: parts of notes with tempo, metre and key
 * maps, markers and text, all in ticks of `ppq` to the quarter note. Every
 * list is in order of tick. A song owns everything in it. Plain data: the
 * midi floor fills and writes it, the grid and the events are made from it.
 */
#ifndef MUSIC_SONG_H
#define MUSIC_SONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SONG_PARTS_MAX 64
#define SONG_TICK_MAX  (1 << 30) /* no song is longer; sums of two ticks fit an int */

struct note {
	int onset, duration; /* ticks; duration >= 1 */
	uint8_t pitch;       /* 0-127 */
	uint8_t velocity;    /* 1-127 */
	bool grace;          /* on a grid: shorter than it can say, held one tick */
};

struct part {
	char *name;         /* valid UTF-8, safe to print; NULL when unnamed */
	int channel;        /* 0-15 */
	int program;        /* 0-127, -1 when the file names none */
	struct note *notes; /* by onset, then pitch (highest first), then duration */
	size_t n, capacity;
};

struct tempo {
	int tick;
	int us_per_quarter; /* microseconds, 1 .. 0xFFFFFF */
};

struct metre {
	int tick;
	uint8_t numerator;        /* 1-255 */
	uint8_t denominator_log2; /* 0-7: 4/4 is 4, 2 */
};

struct keysig {
	int tick;
	int8_t fifths; /* -7 flats .. 7 sharps */
	bool minor;
};

struct marker { /* markers (FF 06) and text (FF 01) */
	int tick;
	char *text; /* valid UTF-8, safe to print */
};

struct song {
	int ppq;            /* ticks a quarter note, 1-32767 */
	int end;            /* tick of the end: at or after every note's end */
	int pickup;         /* length of a short first bar in ticks, 0 when the first bar is full.
					   The metre map says the full bar from tick 0; the first
					   full bar starts at tick `pickup`. */
	int silence;        /* ticks of silence that song_find_pickup() has cut from the start */
	struct part *parts; /* ordered by mean pitch, highest first, when song_order() has run */
	size_t n_parts, parts_capacity;
	struct tempo *tempos;
	size_t n_tempos, tempos_capacity;
	struct metre *metres;
	size_t n_metres, metres_capacity;
	struct keysig *keys;
	size_t n_keys, keys_capacity;
	struct marker *markers;
	size_t n_markers, markers_capacity;
	struct marker *texts;
	size_t n_texts, texts_capacity;
	char *title;          /* the conductor's track name, or NULL */
	int percussion_notes; /* left out: notes on channel 10 */
};

struct song *song_new(int ppq); /* NULL: out of memory */
void song_free(struct song *song);
struct song *song_copy(const struct song *song);

/* Each appends; keep to tick order or call song_order(). -1: out of memory. Strings are copied and must be clean. */
int song_add_part(struct song *s, const char *name, int channel, int program); /* index of the part, or -1 */
int song_add_note(struct song *s, int part, struct note note);
int song_add_tempo(struct song *s, int tick, int us_per_quarter);
int song_add_metre(struct song *s, int tick, int numerator, int denominator_log2);
int song_add_key(struct song *s, int tick, int fifths, bool minor);
int song_add_marker(struct song *s, int tick, const char *text);
int song_add_text(struct song *s, int tick, const char *text);

/*
 * Bring a song into the order every other function expects: parts without
 * notes dropped, parts by mean pitch (highest first; equal means keep their
 * order), notes and maps by tick, a later entry of a map at the same tick
 * replacing the earlier, entries that repeat what holds already dropped,
 * `end` at or after the last note's end.
 */
void song_order(struct song *s);

/* The notes of one part by onset, pitch (highest first), duration, velocity (loudest first). */
void song_order_notes(struct part *part);

/*
 * Find a pickup, in either of the two ways files write one: a short first
 * metre for one bar (1/4 at 0, 4/4 from there), or a first bar that opens
 * with a beat of silence or more. Both become: `pickup` set, the music begins
 * at tick 0, metres[0] at tick 0 is the full metre. A bar of silence or more
 * at the start stays, so does less than a beat. Silence
 * is cut in whole 24ths of a quarter (coarser where these are no whole
 * ticks), so that no note moves against the grid; what then is left of it
 * goes when it is found again on a snapped song. Idempotent. Needs
 * song_order().
 */
void song_find_pickup(struct song *s);

/* Length in ticks of a beat (the metre's denominator) at ppq (at least 1). */
int metre_beat(const struct metre *m, int ppq);

/* Length in ticks of a bar of this metre at ppq (at least 1). */
int metre_bar(const struct metre *m, int ppq);

/*
 * A metre for a bar that is shorter than `full`'s, or odd: of so many ticks, in
 * full's notes or shorter ones. Where no metre is just that, a longer one, to
 * be cut short by the next. At tick 0.
 */
struct metre metre_of_length(const struct metre *full, int ticks, int ppq);

/* The metre that holds at tick (4/4 when the song states none). */
struct metre song_metre_at(const struct song *s, int tick);

/* First tick at or after `tick` where a bar line stands. Metre changes restart the count. */
int song_bar_line(const struct song *s, int tick);

/* Tick at which the last note ends; 0 without notes. */
int song_last_note_end(const struct song *s);

/*
 * Where the music ends: the song's end, less what a program wrote its end of
 * track too late by, up to a 16th after the last note or after a bar line.
 */
int song_music_end(const struct song *s);

/* Microseconds per quarter in force at tick (500000 when the song states none). */
int song_tempo_at(const struct song *s, int tick);

/* Seconds from the start of the song to tick. */
double song_seconds(const struct song *s, int tick);

size_t song_notes(const struct song *s);

/* Transpose every note by semitones; -1 and unchanged (no error message) when a note would leave 0-127. Keys follow. */
int song_transpose(struct song *s, int semitones);

#endif
