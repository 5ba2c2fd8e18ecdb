/*
 * A model's own temperatures and top-p, chosen by what it makes. Likelihood
 * cannot choose them: of each next note alone a trained network is best near
 * temperature 1, and how its own choices carry a piece away from what real
 * music is like is heard only in pieces. So pieces are composed at each
 * setting of a small grid and set against held-out ones, and the nearest
 * setting is taken.
 *
 * Settings are tried one after the other, the best so far holding for the
 * rest: pitch temperature, pitch top-p, duration temperature, duration top-p.
 * Every setting has the same seeds, so pieces begin alike and have the same
 * number of bars in mind. Nearness is corpus/compare.h's: the mean overlap of
 * features, m pieces made against m real ones, at random halves of both,
 * COMPARE_DRAWS times, the same ones for every setting. As many pieces are
 * made as there are real ones, or some batches of so many; then a draw's
 * figure is the mean of the batches'.
 *
 * Noise goes to 1: of the values tried, the one nearest 1 is taken that falls
 * short of the best by no more than a standard error of that difference (the
 * one-standard-error rule of Breiman et al., Classification and Regression
 * Trees, 1984). The standard error is the standard deviation over the draws: of halves, the
 * jackknife that leaves out half says so (Shao and Wu, A general theory for
 * jackknife variance estimation, 1989).
 *
 * Copied runs are not looked at, so that no setting gains by copying.
 */
#ifndef MODEL_CHOOSE_H
#define MODEL_CHOOSE_H

#include "corpus/compare.h"
#include "model/model.h"

#define CHOOSE_LEAST 8 /* held-out pieces; below, a model stays at 1 */
#define CHOOSE_TRIES 9 /* all at 1, and four times two more */

struct choose_options {
	int pieces; /* made at a setting, or about so many; below CHOOSE_LEAST nothing is tried */
	/* May be NULL. From any thread of the pool, one call at a time; nonzero stops it all. */
	int (*progress)(void *context, size_t done, size_t total);
	void *progress_context;
};

struct choose_try {
	struct sampling sampling;
	double draws[COMPARE_DRAWS]; /* nearness in each */
	double nearness;             /* their mean: 0 to 1 */
	double gain, error;          /* over the first try (all at 1); its standard error */
};

struct choice {
	struct sampling sampling; /* chosen */
	bool everything;          /* no whole piece is held out: real music is all of it */
	size_t held_out;          /* pieces there are to choose by */
	size_t pieces;            /* of them taken; 0: too few, nothing was tried */
	size_t made;              /* at each setting: as many, or so many times as many */
	bool stopped;             /* by the hook: all at 1 */
	struct choose_try tries[CHOOSE_TRIES];
	size_t n_tries;
};

/*
 * Choose for a model with its weights, by the validation side of its own
 * corpus. Long pieces are fewer. The model is not changed; what it has chosen
 * before does not count. The same model, corpus and number of pieces give the
 * same choice, whatever the pool. 0 or -1.
 */
int choose_sampling(struct choice *out, const struct model *m, const struct corpus *corpus,
                    const struct choose_options *options, struct pool *pool);

#endif
