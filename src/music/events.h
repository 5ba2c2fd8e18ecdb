/*
 * Music as note events, what the networks read and write. A piece is a start
 * event and then events in one total order: onset, kind (METRE before NOTE
 * before END), part (highest first), pitch (highest first), duration
 * (shortest first). Each says how long after the previous event's onset it
 * comes (`shift`), so silence of any length is one number. Time is in grid
 * ticks. A melody is the case of one part.
 */
#ifndef MUSIC_EVENTS_H
#define MUSIC_EVENTS_H

#include "music/key.h"
#include "music/song.h"

enum event_kind {
	EVENT_NOTE,
	EVENT_METRE, /* a new metre from here on; where it stands is a bar line, though it cut a bar short */
	EVENT_END    /* the piece ends `shift` after the last onset */
};

struct event {
	int shift;         /* ticks since the previous event; the first: since the start (of the pickup) */
	int duration;      /* NOTE: ticks, >= 1; 1 is a grace */
	uint8_t kind;      /* enum event_kind */
	uint8_t part;      /* NOTE: 0 = highest */
	uint8_t pitch;     /* NOTE */
	uint8_t velocity;  /* NOTE: 1-127 */
	uint8_t numerator; /* METRE */
	uint8_t denominator_log2;
	bool fermata; /* NOTE: a fermata marker stands on it (an input for phrases, never predicted) */
};

#define TEMPO_CLASSES 9 /* class 0 is unknown */

struct start {
	int style; /* index among the corpus's styles, -1 unknown */
	enum mode mode;
	uint8_t tonic;                       /* of the key found: 1 + pitch class; 0 unknown */
	uint8_t numerator, denominator_log2; /* metre at the start */
	int tempo;                           /* tempo class, 0 unknown */
	int pickup;                          /* ticks, 0 none */
	uint64_t parts;                      /* bit k set: part k plays; parts are numbered without gaps */
};

struct piece {
	int grid; /* ticks a quarter */
	struct start start;
	struct event *events; /* the last one is EVENT_END */
	size_t n, capacity;
	int8_t programs[SONG_PARTS_MAX]; /* -1 unknown */
	int us_per_quarter;              /* tempo at the start; 0 unknown */
	struct key key;                  /* found; tonic -1 unknown */
};

/* How many parts play. */
int start_part_count(const struct start *start);

struct piece *piece_new(int grid);
void piece_free(struct piece *piece);
int piece_add(struct piece *piece, struct event event); /* -1: out of memory */

/* song: snapped (ppq is the piece's grid), ordered, pickup found, 1 to 64 parts. NULL on error (no notes, too many parts). */
struct piece *piece_from_song(const struct song *song);

/*
 * The song the events say: parts (named "Part 1".. by default, programs as in
 * the piece), metres, one tempo (120 when unknown), pickup, end. Equal to the
 * snapped song it was made from in every note, metre, pickup and the end.
 * Works on a piece whose last event is not END too (the end is then the last
 * note's end). NULL on error.
 */
struct song *piece_to_song(const struct piece *piece);

/*
 * Tempo class (1 .. TEMPO_CLASSES-1) of a tempo, and the tempo in the middle
 * of a class (class 0: 120 bpm); both in microseconds a quarter. Quarters a
 * minute: up to 51, 65, 74, 86, 102, 118, 142, more; the middles are 44, 58,
 * 69, 80, 94, 110, 130, 168.
 */
int tempo_class(int us_per_quarter);
int tempo_of_class(int tempo_class);

#endif
