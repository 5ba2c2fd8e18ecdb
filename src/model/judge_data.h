/*
 * What a judge is trained, calibrated and measured on: pieces of every kind
 * (judge_about.h), each as rows, and the windows of them. Real pieces of the
 * training side, and those made of them, are for training; real ones held out
 * are in turn for calibration and for figures, with samples of their own.
 */
#ifndef MODEL_JUDGE_DATA_H
#define MODEL_JUDGE_DATA_H

#include "model/judge_about.h"
#include "model/judge_settings.h"
#include "model/stage.h"

struct judge_source {
	struct judge_rows rows;
	int kind;          /* enum judge_kind */
	uint8_t *spoiled;  /* (rows.bars) of wrong notes; NULL: bars are what the piece is */
	uint32_t from, to; /* bars that may be looked at: of pieces whose tails are held out a part */
};

struct judge_place {
	uint32_t source, bar;
};

struct judge_set {
	struct judge_source *sources;
	size_t n;
	struct judge_place *places[JUDGE_KINDS]; /* windows: at every bar for training, else overlapping by half */
	size_t n_places[JUDGE_KINDS];
	long real, samples; /* pieces */
};

enum judge_use { JUDGE_TRAIN, JUDGE_CALIBRATE, JUDGE_MEASURE, JUDGE_USES };

/*
 * All three, from a corpus and from what the model makes by seeds of the job's
 * seed. step(context) after every piece that was composed, from any thread, one at a
 * time; nonzero stops it all. 0, 1 where it was stopped, or -1 (no music
 * held out); judge_data_done() in any case. The same whatever the pool.
 */
int judge_data_make(struct judge_set sets[JUDGE_USES], const struct model *m, const struct judge_net *net,
                    const struct judge_config *config, const struct stage_job *job,
                    int (*step)(void *context, long done, long total), void *context);
void judge_data_done(struct judge_set sets[JUDGE_USES]);

/* Of a place the window, and what its bars are: 1 real, 0 not. */
struct judge_window judge_set_window(const struct judge_set *set, const struct judge_net *net, struct judge_place place,
                                     real *bar_labels);

/* How much of what is not real a kind is, in training and in figures; they sum to one. 0 for JUDGE_REAL. */
double judge_kind_share(int kind);

#endif
