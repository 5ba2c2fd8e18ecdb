/*
 * A classifier two-sample test (Lopez-Paz and Oquab, Revisiting classifier
 * two-sample tests, 2017) of music that was made against real music: fresh
 * classifiers of windows (model/roll_classifier.h) are trained to tell the two
 * apart, and how often they are right on pieces that they have not seen is the
 * figure: one half where nothing tells them apart.
 *
 * TWO_SAMPLE_SPLITS times pieces are split anew. The real pieces of the side
 * that is asked for (what is held out) are tested, each once: a share of them
 * each time. To learn from there are the others, and, as these are few, pieces
 * of the training side; likewise the pieces made. A classifier sees as many
 * windows of the one as of the other, and both count the same in the figure,
 * whatever their numbers. All windows of a piece are on one side of a split.
 * Intervals are bootstraps over pieces (model/bootstrap.h).
 *
 * Two controls go the same way. Order-3 Markov chains (corpus/controls.h), as
 * many as there are pieces made, have to be told from real music, or the test
 * hears too little: TWO_SAMPLE_CHAIN_LEAST. Random halves of the real music,
 * other ones each time, must not be, or what it hears is an accident:
 * TWO_SAMPLE_REAL_MOST. Otherwise the figure counts for nothing and is not to
 * be shown.
 *
 * The same input gives the same figures, whatever the pool.
 */
#ifndef MODEL_TWO_SAMPLE_H
#define MODEL_TWO_SAMPLE_H

#include <stdbool.h>
#include "base/pool.h"
#include "corpus/corpus.h"
#include "model/bootstrap.h"

#define TWO_SAMPLE_SPLITS      4
#define TWO_SAMPLE_LEAST       (2 * TWO_SAMPLE_SPLITS) /* pieces of a side with windows */
#define TWO_SAMPLE_MOST        400                     /* pieces of a side; as many of the training side */
#define TWO_SAMPLE_STEPS       400
#define TWO_SAMPLE_CHAIN_LEAST 0.80
#define TWO_SAMPLE_REAL_MOST   0.55

enum two_sample_set { TWO_SAMPLE_MADE, TWO_SAMPLE_CHAIN, TWO_SAMPLE_REAL, TWO_SAMPLE_SETS };

struct two_sample_figure {
	struct estimate accuracy;         /* share of the windows tested */
	double splits[TWO_SAMPLE_SPLITS]; /* of each split */
	int steps[TWO_SAMPLE_SPLITS];     /* that its classifier was trained for */
	size_t pieces[2], windows[2];     /* tested: real ones, the others */
	size_t learned[2];                /* pieces to learn from, validation's too, in the first split */
};

struct two_sample {
	struct two_sample_figure figures[TWO_SAMPLE_SETS];
	size_t made, real, train; /* pieces that have windows; of the training side those taken */
	size_t made_short;        /* pieces made without a window: shorter than it */
	bool everything;          /* no whole piece is held out: real music is all of it */
	bool hears, fair;         /* are the controls kept to: chains told apart, real music not */
};

struct two_sample_options {
	bool sides[SPLITS]; /* of the real corpus: which are real music */
	int steps;          /* that a classifier is trained for at most; 0: TWO_SAMPLE_STEPS */
	/* May be NULL. One call at a time. */
	void (*progress)(void *context, size_t done, size_t total);
	void *progress_context;
};

/* Both corpora have their events in memory. 0, or -1 (too few pieces, no memory). */
int two_sample_make(struct two_sample *out, const struct corpus *made, const struct corpus *real,
                    const struct two_sample_options *options, struct pool *pool);

/* Does the figure of what was made count? */
bool two_sample_holds(const struct two_sample *t);

#endif
