/*
 * What a judge says of itself in its model's file: its shape, how its logits
 * are calibrated, and what was measured of it on held-out music that it was
 * neither trained nor calibrated on.
 */
#ifndef MODEL_JUDGE_ABOUT_H
#define MODEL_JUDGE_ABOUT_H

#include "model/bootstrap.h"
#include "model/judge.h"

/* What it is shown: real music, the model's own, and real music spoiled. */
enum judge_kind {
	JUDGE_REAL,
	JUDGE_TAME, /* samples, at JUDGE_TAME_TEMPERATURE */
	JUDGE_OWN,  /* at 1, as the model draws */
	JUDGE_WILD,
	JUDGE_SHUFFLED, /* bars in another order */
	JUDGE_SHIFTED,  /* parts moved in time */
	JUDGE_WRONG,    /* wrong notes in some bars */
	JUDGE_NOISE,    /* as many notes anywhere */
	JUDGE_KINDS
};
#define JUDGE_TAME_TEMPERATURE 0.7
#define JUDGE_WILD_TEMPERATURE 1.3

/* "real", "temperature 0.7", "bars shuffled", ... */
extern const char *const judge_kind_names[JUDGE_KINDS];

#define JUDGE_BINS 10

struct judge_bin {
	long windows;
	double said, real; /* mean probability; share of real ones, in the balanced mixture; NaN: no window */
};

struct judge_figures {
	double accuracy; /* of windows, real and not in equal shares; kinds as in training */
	double calibration_error, uncalibrated_error; /* expected (Naeini et al. 2015), over the bins */
	struct judge_bin bins[JUDGE_BINS];            /* probabilities 0-0.1, 0.1-0.2, ... */
	struct {
		long windows, pieces;
		double accuracy;       /* share of windows on the right side of one half; NaN: none */
		struct estimate piece; /* mean probability of pieces */
	} kinds[JUDGE_KINDS];
};

struct judge_about {
	struct judge_shape shape;
	struct judge_calibration window, bar;
	struct judge_figures figures;
	long steps, best_step;
	uint64_t seed;
	long train_pieces, train_samples, held_out_pieces;
};

/* A JSON object; the caller frees. NULL: out of memory. */
char *judge_about_write(const struct judge_about *a);

/* What a network is laid out and used by, from a file: nothing in it is believed. 0 or -1. */
int judge_about_read(struct judge_shape *shape, struct judge_calibration *window, struct judge_calibration *bar,
                     const char *json);

/* Its accuracy and calibration error in words, for the user; "" where the file has none that can be. */
#define JUDGE_WORDS_MAX 96
void judge_about_words(char words[JUDGE_WORDS_MAX], const char *json);

#endif
