/*
 * What is in a corpus, counted: how long, how high, how fast, in what keys
 * and metres, in how many parts, in phrases of what length. Everything is
 * counted over the pieces as a model would learn them (on their grid, without
 * percussion, duplicates left out unless the corpus kept them); nothing here
 * prints.
 */
#ifndef CORPUS_STATS_H
#define CORPUS_STATS_H

#include "corpus/corpus.h"

/* A distribution: the values that occur, rising, and how often each does. */
struct tally_item {
	int value;
	size_t count; /* >= 1 */
};
struct tally {
	struct tally_item *items;
	size_t n, capacity;
	size_t merge_at; /* while counting: items are put in order when they are so many */
};

size_t tally_total(const struct tally *t);
/* How often a value occurs. */
size_t tally_count(const struct tally *t, int value);
/* The value in the middle (the lower of two); the tally must not be empty. */
int tally_median(const struct tally *t);

#define STATS_KEY_NONE (-1)

/* What values of the tallies of keys and metres stand for: a key (unknown for STATS_KEY_NONE), numerator and denominator. */
struct key stats_key(int value);
void stats_metre(int *numerator, int *denominator, int value);

struct stats_style {
	char *name; /* clean text */
	size_t pieces, notes;
};

struct stats_reason {
	char *text;    /* clean text; numbers in which the reasons differ are written N */
	size_t count;  /* files (or folders, or songs of a file of several) skipped for it */
	char *example; /* path of the first, as walked */
};

struct corpus_stats {
	size_t files, pieces, notes;
	size_t percussion_notes; /* left out */
	double seconds;          /* all pieces, by all tempos of their files */
	int grid;                /* ticks a quarter */
	struct tally pitches;    /* of notes: 0-127 */
	struct tally classes;    /* of notes: 0-11, C = 0 */
	struct tally durations;  /* of notes: ticks */
	/*
	 * Melodic intervals, semitones: within a part, from the highest of the
	 * notes struck together to the highest of those struck next, over rests
	 * too.
	 */
	struct tally intervals;
	/*
	 * Phrases as music/position.h ends them, and at the end of the piece:
	 * half bars, to the nearest, one at least. Those in which no note begins
	 * are silence and not counted.
	 */
	struct tally phrases;
	struct tally keys_found;  /* of pieces: stats_key(), by the notes (key_find) */
	struct tally keys_stated; /* of pieces: by the file's first key signature */
	size_t keys_agree;        /* pieces in which both are there and the same */
	struct tally metres;      /* of pieces: stats_metre() at the start */
	size_t metre_changes;     /* pieces that have any */
	struct tally tempos;      /* of pieces: quarters a minute at the start, rounded; 0 when the file states none */
	struct tally tempo_classes; /* of pieces: the same as tempo_class() has it, 0 as above */
	struct tally parts;         /* of pieces: how many play */
	struct stats_style *styles; /* by name */
	size_t n_styles;
	size_t duplicates, skipped;   /* duplicates are not among the skipped */
	struct stats_reason *reasons; /* the most frequent first; their counts make up `skipped` */
	size_t n_reasons;
};

/* Count a corpus, which must have pieces. 0 or -1 (no memory); corpus_stats_done() in either case. */
int corpus_stats_make(struct corpus_stats *out, const struct corpus *corpus);
void corpus_stats_done(struct corpus_stats *s);

/* Its part that sums up the skipped: `skipped` and the reasons, which must be empty. 0 or -1. */
int corpus_stats_skips(struct corpus_stats *s, const struct corpus *corpus);

#endif
