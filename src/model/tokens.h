/*
 * Music as the seed and the composer read it: tokens one after the other, each
 * with a symbol for every head that its network has.
 *
 * seed: a melody, one part. A token is a note (pitch, duration), a rest (its
 * pitch is REST), or END. Where the next note begins before one has ended
 * there is an OVERLAP, a step back of some duration, so that every part has
 * one spelling, chords too. Durations of notes, rests and overlaps share
 * their symbols; pitches are those between the lowest and the highest of the
 * corpus, all others an escape.
 *
 * composer: what is struck together in all parts is one token, a chord; of
 * time there is nothing, and of END no more than that it comes.
 * composer+: with each token's shift (ticks since the one before), duration,
 * and velocity where the corpus has dynamics. Notes of one token that differ
 * in these are an escape and their values one by one.
 *
 * None of them reads or predicts metres (beyond the first, by which escapes
 * are coded), nor, composers, which part plays what.
 */
#ifndef MODEL_TOKENS_H
#define MODEL_TOKENS_H

#include "model/generator.h"

struct token {
	uint32_t event;        /* of the piece: the first that the token is of; a rest's is the event it comes before */
	int notes;             /* that the token is */
	int16_t symbol[HEADS]; /* -1: the head says nothing of it */
	double escape[HEADS];  /* nats of the universal code */
};

struct tokens {
	struct token *list;
	size_t n, capacity;
};

/* A piece's, its pitches moved by `transpose` semitones (they stay in 0-127). The last is END where the piece has one. 0 or -1. */
int tokens_spell(struct tokens *out, const struct generator *g, const struct piece *p, int transpose);
void tokens_done(struct tokens *t);

/* Classes of the seed's pitch head after the pitches themselves. */
enum seed_symbol { SEED_REST, SEED_OVERLAP, SEED_END, SEED_OTHER, SEED_SYMBOLS };

int seed_pitches(const struct vocab *v); /* with a symbol: the first is low[0] */
static inline int seed_class(const struct vocab *v, enum seed_symbol symbol)
{
	return seed_pitches(v) + (int)symbol;
}

/* Classes of the composer's pitch head after the chords. */
static inline int composer_end(const struct vocab *v)
{
	return v->chords.n;
}
static inline int composer_other(const struct vocab *v)
{
	return v->chords.n + 1;
}

/* Class of a composer's velocities that are not all alike. */
#define VELOCITIES_MIXED VELOCITY_BINS

/* Classes of a head of a network that reads tokens; 0: it has none. */
int token_classes(const struct generator *g, enum head head);

/* A token that stands for nothing yet. */
struct token token_blank(void);

#endif
