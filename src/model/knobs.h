/*
 * What the knobs mean: of a stretch of music, by its notes,
 *
 *	density   different onsets a quarter note
 *	register  semitones of its mean pitch over its parts' own means in the corpus
 *	leaps     share of its melodic intervals that are wider than a third
 *
 * and as codes: in standard deviations from the mean of the corpus's phrases
 * (model/phrases.h), two of which are 1. A part's melody is its highest note
 * of each onset.
 */
#ifndef MODEL_KNOBS_H
#define MODEL_KNOBS_H

#include "model/knob_layer.h"
#include "model/phrases.h"
#include "music/events.h"

struct corpus;

extern const char *const knob_names[KNOBS];
/* What is measured, in words that follow a number: "onsets a quarter note". */
extern const char *const knob_units[KNOBS];

/* Number of a name; -1: there is none of it. */
int knob_find(const char *name);

/* What a corpus's phrases are like; a knob that they do not vary in has a spread of 0, and is never told. */
struct knob_scale {
	double middle[KNOBS], spread[KNOBS]; /* mean and standard deviation */
	double pitch[SONG_PARTS_MAX];        /* of each part, on the average */
};

/* All that is counted of a stretch. */
struct knob_count {
	int ticks, onsets, notes, intervals, leaps;
	double over; /* sum of pitches over their parts' means */
};

/* NaN where there is too little to tell: fewer than so many notes, or intervals. */
#define KNOB_NOTES_LEAST 4
void knob_values(double out[KNOBS], const struct knob_count *c, int grid);

/* Values to codes from -1 to 1, and back; NaN stays NaN. */
void knob_codes(double c[KNOBS], const double values[KNOBS], const struct knob_scale *s);

/* Codes (phrases,KNOBS) of a piece's phrases, moved by so many semitones. */
void knobs_of_phrases(double *c, const struct phrases *phrases, const struct piece *piece, int transpose,
                      const struct knob_scale *s);

/* Of a whole piece. */
void knobs_of_piece(double out[KNOBS], const struct piece *piece, const struct knob_scale *s);

/* Of the phrases that a model of this vocabulary learns from. 0 or -1. */
int knob_scale_measure(struct knob_scale *out, const struct corpus *corpus, const struct vocab *v);

#endif
