/*
 * What a piece is like, in numbers: those of mgeval (Yang and Lerch, On the
 * evaluation of generative models in music, 2018), those of MuseGAN (Dong et
 * al., 2018), and some on voices, form and endings. A number or a histogram
 * each, of one piece, with a distance between two pieces (Euclid's). What a
 * piece has not (a distance between parts where there is one part) is NaN.
 *
 * Lines are as in corpus/lines.h, bars as in corpus/bars.h, phrases as in
 * music/position.h.
 */
#ifndef CORPUS_FEATURES_H
#define CORPUS_FEATURES_H

#include <stddef.h>
#include "corpus/bars.h"
#include "corpus/lines.h"

enum feature {
	/* mgeval */
	FEATURE_PITCHES,
	FEATURE_CLASSES,
	FEATURE_CLASS_STEPS,
	FEATURE_RANGE,
	FEATURE_INTERVAL,
	FEATURE_NOTES,
	FEATURE_BAR_NOTES,
	FEATURE_IOI,
	FEATURE_LENGTHS,
	FEATURE_LENGTH_STEPS,
	/* MuseGAN */
	FEATURE_EMPTY_BARS,
	FEATURE_BAR_CLASSES,
	FEATURE_QUALIFIED,
	FEATURE_TONAL_DISTANCE,
	/* voices */
	FEATURE_CROSSING,
	FEATURE_PART_RANGE,
	FEATURE_FIFTHS,
	FEATURE_OCTAVES,
	/* form */
	FEATURE_SHAPES,
	FEATURE_PHRASE,
	FEATURE_REPEATED,
	FEATURE_REPEAT_RUN,
	/* of whole pieces */
	FEATURE_END_TONIC,
	FEATURE_END_LINE,
	FEATURE_END_CADENCE,
	FEATURE_COPIED,
	FEATURES
};

/* How two sets of pieces are compared by it (corpus/compare.h). */
enum feature_kind {
	FEATURE_BY_DISTANCE, /* by the distances between pieces */
	FEATURE_BY_SHARE,    /* of pieces: yes (1) or no (0) */
	FEATURE_AS_LIMIT     /* no more than real music has */
};

struct feature_info {
	const char *key;  /* "pitch_count", for programs */
	const char *name; /* "pitches used", at most 22 characters */
	const char *rule; /* what it is, a sentence */
	enum feature_kind kind;
	size_t first, size; /* its numbers among those of a piece */
	double least;       /* a difference that is none: no kernel is narrower */
};

#define LENGTH_CLASSES                                                                                                 \
	12 /* whole, half, quarter, 8th, 16th; dotted half, quarter, 8th, 16th; half, quarter, 8th triplets */
#define SHAPE_WINDOW 500

#define FEATURE_VALUES (FEATURES - 4 + 2 * 12 + 2 * 144)

const struct feature_info *feature_info(enum feature feature);

/*
 * All features of a piece but those of whole pieces, which become NaN. The
 * piece has notes. 0 or -1.
 */
int features_make(double values[FEATURE_VALUES], const struct piece *piece);

/*
 * How a piece ends: with the tonic in the lowest part that plays at the end
 * (of the key that all its notes are in), on a bar line (or as much before
 * one as the pickup is long), with a cadence (on the tonic, come to in that
 * part from the fifth, the second or the seventh degree).
 */
void features_end(double values[FEATURE_VALUES], const struct piece *piece);

/* The class of a duration: the nearest of LENGTH_CLASSES, the longer of two as near. */
int length_class(int duration, int grid);

/* ---- of features_make ---------------------------------------------------- */

/* Notes and classes by bar; bars repeated; phrases. 0 or -1. */
int features_bars(double values[FEATURE_VALUES], const struct piece *piece, const struct bars *bars);

/* Between parts: crossing, parallels, tonal distance; the range of one. 0 or -1. */
int features_parts(double values[FEATURE_VALUES], const struct piece *piece, const struct lines *lines);

/* A feature that is one number. */
void feature_set(double values[FEATURE_VALUES], enum feature feature, double value);

#endif
