/*
 * The judge of a model: a network apart from the generator, trained to tell
 * real music from the model's own and from music that was spoiled, and kept
 * with the model as its companion "judge". What it says is calibrated: of
 * windows to which it gives 0.8, four in five of a balanced mixture are real.
 * It never changes a weight of the generator.
 *
 * A piece is judged by windows of some bars (judge_net.h) that overlap by
 * half. Its probability is that of the mean of their logits, since windows of
 * one piece are no independent witnesses; a bar's is that of the mean over the
 * windows that it is in.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "model/judge_net.h"
#include "model/model.h"

#define JUDGE_NAME "judge"

/* Logits to calibrated ones (Platt, Probabilistic outputs for support vector machines, 1999): slope x + offset. */
struct judge_calibration {
	double slope, offset;
};

struct judge {
	struct judge_net net;
	real *w;
	struct judge_calibration window, bar;
};

/* A model's judge, whose vocabulary must outlive it. NULL: it has none, or one that is not believed; the message says which. */
struct judge *judge_of_model(const struct model *m);
void judge_free(struct judge *j);

struct judgement {
	double logit;       /* of the piece, calibrated */
	double probability; /* that it is real */
	size_t n, pickups;  /* bars; the first `pickups` are of a pickup */
	double *bars;       /* (n) probabilities */
};

/* The piece is on the model's grid and has a note at least; it need not have an END. From any thread. 0 or -1; judgement_done() in either case. */
int judge_piece(struct judgement *out, const struct judge *j, const struct piece *piece);
void judgement_done(struct judgement *judgement);

/* 1 / (1 + exp(-logit)) */
double judge_probability(double logit);

/* The bars of a window that begins at bar `bar` of a piece of n, or of the last one before its end. */
struct judge_window judge_window_at(const struct judge_net *net, const struct judge_rows *rows, size_t bar);

#endif
