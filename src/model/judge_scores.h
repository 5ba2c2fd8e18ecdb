/*
 * What a judge says of a set of windows (judge_data.h), and what follows from
 * that: its loss, its calibration, its figures. Windows are weighted, so that
 * real music and what is none are half each, and kinds of the latter have the
 * shares they have in training.
 */
#ifndef MODEL_JUDGE_SCORES_H
#define MODEL_JUDGE_SCORES_H

#include "model/judge_data.h"

struct judge_scores {
	size_t n, n_bars;
	struct judge_place *places;       /* (n) kind after kind */
	uint8_t *kinds;                   /* (n) */
	uint32_t *first_bar;              /* (n) of its bars among all */
	double *logits, *weights;         /* (n) not calibrated; weights sum to one */
	double *bar_logits, *bar_weights; /* (n_bars) */
	real *bar_labels;                 /* (n_bars) */
};

/* Of a set with weights w; bars too. The same whatever the pool. 0 or -1; judge_scores_done() in either case. */
int judge_scores_make(struct judge_scores *out, const struct judge_set *set, const struct judge_net *net, const real *w,
                      struct pool *pool);
void judge_scores_done(struct judge_scores *s);

/* Weighted cross-entropy of the windows, nats. */
double judge_scores_loss(const struct judge_scores *s);

/*
 * Slope and offset that make weighted cases of logits and labels (1, 0)
 * cheapest, by Newton's method; held near 1 and 0 by a trace of a quadratic, so that
 * cases that are told apart perfectly have an answer too. The slope is 0 at least.
 */
struct judge_calibration judge_calibrate(const double *logits, const double *labels, const double *weights, size_t n);

/* Calibrations of windows and of bars. 0 or -1. */
int judge_scores_calibrate(struct judge_calibration *window, struct judge_calibration *bar,
                           const struct judge_scores *s);

/* Figures of calibrated windows. 0 or -1. */
int judge_scores_figures(struct judge_figures *out, const struct judge_scores *s, const struct judge_set *set,
                         const struct judge_calibration *window);

#endif
