/*
 * What a model knows of its corpus besides weights: which durations, shifts
 * and metres are frequent enough for a symbol of their own, the styles' names,
 * how many parts, the range of pitches by part, and how pieces begin. Any
 * other value is an escape and a universal code, so everything on the grid
 * has positive probability: a model always fits its input.
 */
#ifndef MODEL_VOCAB_H
#define MODEL_VOCAB_H

#include <stdbool.h>
#include <stdint.h>
#include "base/random.h"
#include "corpus/corpus.h"
#include "model/chords.h"

#define VOCAB_SYMBOLS_MAX 64 /* durations or shifts with a symbol */
#define VOCAB_METRES_MAX  24
#define VOCAB_STYLES_MAX  256
#define VOCAB_STARTS_MAX  512
#define VOCAB_LENGTHS_MAX 64
#define VELOCITY_BINS     16 /* of 8 values: 0-7 (never 0), 8-15, ... */

struct symbols { /* ticks with a symbol, ascending; symbol n is the escape */
	int n;
	int values[VOCAB_SYMBOLS_MAX];
};

struct vocab_start { /* a way pieces begin, and how many did */
	struct start start;
	int count;
	int us_per_quarter; /* median of theirs; 0 unknown */
};

struct vocab {
	int grid;                             /* ticks a quarter */
	int take, frame, strike, frame_parts; /* how pieces are read beside that (music/reading.h) */
	int parts;                            /* most parts of a piece, 1-64 */
	bool dynamics;                        /* velocities vary: there is a velocity head */
	int velocity;                         /* the usual velocity where there is none */
	struct symbols durations;             /* >= 1 */
	struct symbols shifts;                /* >= 0; 0 is always there */
	int n_metres;
	uint8_t metres[VOCAB_METRES_MAX][2]; /* numerator, denominator_log2; index n_metres is the escape */
	int n_styles;
	char *styles[VOCAB_STYLES_MAX];
	int n_starts;
	struct vocab_start *starts; /* most frequent first */
	int tonics[MODES][12]; /* how many pieces are in which key, as found; none: the network was never told keys */
	int n_lengths;
	int lengths[VOCAB_LENGTHS_MAX]; /* how many bars pieces have: quantiles, ascending, all alike likely */
	uint8_t low[SONG_PARTS_MAX], high[SONG_PARTS_MAX]; /* pitches seen in part k */
	int8_t programs[SONG_PARTS_MAX];                   /* most frequent, -1 unknown */
	struct chords chords;                              /* with a symbol; only a composer's vocabulary has any */
};

/* From the training split of a corpus. NULL on error. */
struct vocab *vocab_new(const struct corpus *corpus);
void vocab_free(struct vocab *v);

/* How music is read for the model. */
struct reading vocab_reading(const struct vocab *v);

/* Index of value's symbol; s->n (the escape) when it has none. */
int symbols_find(const struct symbols *s, int value);

/* Index of a metre; n_metres when it has none. */
int vocab_metre(const struct vocab *v, int numerator, int denominator_log2);

/* Was the network told keys while training? */
bool vocab_knows_keys(const struct vocab *v);

/* Index of a style by name; -1. */
int vocab_style(const struct vocab *v, const char *name);

/*
 * The universal code of an escaped value: whole bars by Elias's gamma code
 * (p(k) = 2^-(2 floor(log2(k+1)) + 1)), then the ticks within the bar, all
 * alike; `low` and up is coded (durations 1, shifts 0), and what has a symbol
 * is left out and the rest scaled up, so that the probabilities of all values sum to one.
 * escape_cost: -log p(value), natural log, given that it is an escape.
 */
double escape_cost(const struct symbols *s, int low, int bar, int value);
/* A value drawn by the same code, at most limit (>= low); the longest symbol that fits, where those leave nothing else. */
int escape_draw(const struct symbols *s, int low, int bar, int limit, struct random *random);

/* A metre without a symbol: of numerators 1-255 and denominators 2^0 .. 2^7, those without one all alike. */
double escape_metre_cost(const struct vocab *v);

#endif
