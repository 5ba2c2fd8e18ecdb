/*
 * The stages of a training after likelihood (model/stages.h), one after the
 * other on a model in memory; and the same alone, for a model that is there.
 */
#ifndef CLI_TRAIN_STAGES_H
#define CLI_TRAIN_STAGES_H

#include "cli/train_there.h"
#include "model/stages.h"

struct train_stages {
	unsigned set; /* of enum stage; likelihood's is over, or not asked for */
	long steps;   /* that likelihood had, or would have */
	const struct corpus *corpus;
	const struct settings *settings;
	uint64_t seed;
	struct pool *pool;
	struct train_screen *screen;
	int (*stop)(void); /* says whether to end it; or NULL */
};

/* On stdout: which stages, and which part of the time each has. */
void train_stages_announce(unsigned set);

/*
 * Every stage of the set but likelihood; figures are taken again. *stopped: it
 * was ended. 0, or -1: a stage failed, and those after it were not begun; what
 * the ones before it did stays.
 */
int train_stages(struct model *m, bool *stopped, const struct train_stages *t);

/* `train --stages` without likelihood, on a model that is there. steps 0: as many as its training had planned. */
int train_stages_run(const struct train_there *there, unsigned set, long steps, uint64_t seed, int (*stop)(void));

#endif
