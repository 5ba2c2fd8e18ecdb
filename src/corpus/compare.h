/*
 * Music that was made against real music: by every feature of
 * corpus/features.h, how near the one set of pieces is to the other, beside
 * how near two random halves of the real music are to each other, and beside
 * what two controls reach (corpus/controls.h).
 *
 * Equal numbers: all figures are of m pieces against m others, m being the
 * number of pieces made, or half of the real ones where these are fewer (at
 * most COMPARE_MOST). COMPARE_DRAWS times the real pieces are put in a random
 * order: the first m are A, the next m are B; real against real is B against
 * A, the rest are m pieces made, and the controls made of B, against A.
 *
 * Equal lengths: pieces of both sides by length in bars; the piece in the
 * middle of one side is cut to the length of that in the middle of the other
 * where that is shorter, and so at every other place in the order. How pieces
 * end is of whole ones.
 *
 * A feature by distances (Yang and Lerch, 2018): the densities of all
 * distances within A, within the other set, and between the two; the area
 * under the last and the first, or under the last and the second, whichever
 * is smaller (a set of pieces all alike lies well among the real ones, but not
 * they among it), and the larger of the two divergences. Kernels have one
 * width for every figure of a feature: Scott's, of the distances between the
 * real pieces. A share of pieces: 1 less the difference. The longest copied
 * run: the share of pieces that copy no more than A's 95th percentile.
 *
 * A set passes a feature where the median of its draws is at or above the 5th
 * percentile of those of real against real. A feature that a control passes
 * is blind to what that control lacks. A control of lines alone (SET_SEED) is
 * compared in the same way with the highest lines of the real pieces, and what
 * it passes is what such lines reach against each other. The same input gives the same figures,
 * whatever the pool.
 */
#ifndef CORPUS_COMPARE_H
#define CORPUS_COMPARE_H

#include "corpus/corpus.h"
#include "corpus/features.h"

#define COMPARE_DRAWS 20
#define COMPARE_MOST  200

enum compare_set { SET_REAL, SET_MADE, SET_SHUFFLED, SET_MARKOV, SET_SEED, COMPARE_SETS };

/* One more that is nobody's result: the highest lines of the real pieces, which the control of lines is compared with. */
enum { SET_LINES = COMPARE_SETS, COMPARE_ALL };

struct compare_feature {
	double mean[COMPARE_SETS];       /* of all pieces that have it; NaN: a histogram, or none has */
	double overlap[COMPARE_SETS];    /* medians over the draws; NaN: there is none. SET_REAL: of B */
	double divergence[COMPARE_SETS]; /* the same, in nats; NaN where not by distance */
	double overlap_least;            /* 5th percentile of real against real */
	double divergence_most;          /* 95th */
	double draws[COMPARE_DRAWS];     /* overlaps of real against real, rising; n_draws of them */
	size_t n_draws;
	bool passes[COMPARE_SETS];
	bool judged; /* real music and that made have it */
};

/* Longest copied runs, notes. */
struct compare_runs {
	size_t n;                  /* pieces measured */
	double median, high, most; /* high: 95th percentile */
};

struct compare_copy {
	size_t piece; /* number in the corpus of music made */
	int run;
};

struct compare {
	size_t m;         /* pieces a side of a figure */
	size_t real;      /* real pieces compared (those drawn where there are more than 2 * COMPARE_MOST) */
	size_t real_held; /* on the side asked for */
	size_t train;     /* training pieces */
	size_t twins;     /* real pieces not measured for copies, as they have a twin in training */
	bool everything;  /* no whole piece is held out: real music is all of it */
	double bars[2];   /* mean bars of real pieces and of those made, once cut */
	struct compare_feature features[FEATURES];
	struct compare_runs runs[COMPARE_SETS];
	struct compare_copy *copies; /* pieces made that copy more than runs[SET_REAL].high, the most first */
	size_t n_copies;
	size_t judged, passed; /* features */
	size_t seeing, seen;   /* of those judged that no control passes; of these passed */
	/*
	 * Draw by draw, the mean overlap of what was made over the features that
	 * real music has, copied runs left out; 0 where what was made has not
	 * what real music has.
	 */
	double nearness[COMPARE_DRAWS];
	size_t *real_pieces;        /* (real) numbers in the corpus of real music */
	int *real_bars, *made_bars; /* what each was cut to: (real), (all pieces made) */
};

struct compare_options {
	bool sides[SPLITS]; /* of the real corpus: which are real music */
	bool alone;         /* made against real and no more: no controls, no copied runs */
	size_t most;        /* pieces a side of a figure, >= 2; 0: as many as there are */
	/*
	 * A third control: a piece of one part, like a real one (that has this
	 * number) and as long. NULL: there is none. From any thread, many at a
	 * time; the caller frees what it returns, NULL on error.
	 */
	struct piece *(*line)(void *context, const struct piece *like, size_t number);
	void *line_context;
	/* May be NULL. One call at a time. */
	void (*progress)(void *context, size_t done, size_t total);
	void *progress_context;
};

/*
 * Both corpora have their events in memory. 0, or -1 (too few pieces, no
 * memory); compare_done() in either case.
 */
int compare_make(struct compare *out, const struct corpus *made, const struct corpus *real,
                 const struct compare_options *options, struct pool *pool);
void compare_done(struct compare *c);

/* Does a control pass it? Never of a limit, which a control rightly keeps. */
bool compare_is_blind(const struct compare *c, enum feature feature);

/* ---- of compare_make ----------------------------------------------------- */

/* Features of the pieces of all sets, and how many there are. */
struct compare_values {
	double (*values[COMPARE_ALL])[FEATURE_VALUES];
	size_t n[COMPARE_ALL]; /* controls: one for each real piece, or none */
};

/* Everything that comes of draws: `features`, `judged`, ... 0 or -1. */
int compare_draw(struct compare *out, const struct compare_values *values, struct pool *pool);

/* Of random numbers: the seed, and what they are for. */
#define COMPARE_SEED 20181
enum { COMPARE_SAMPLE, COMPARE_HALVES, COMPARE_MADE, COMPARE_SHUFFLE, COMPARE_CHAIN };

/* 0 .. n-1 in a random order for draw `draw`. */
void compare_order(uint32_t *order, size_t n, int purpose, size_t draw);

#endif
