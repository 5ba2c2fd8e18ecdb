/* A training from noise under way: what conv_train.c and its checkpoints share. Nobody else includes this. */
#ifndef MODEL_CONV_TRAINING_H
#define MODEL_CONV_TRAINING_H

#include "model/checkpoint.h"
#include "model/conv_gan.h"
#include "model/conv_train.h"
#include "model/roll_window.h"

struct conv_training {
	const struct train_job *job;
	struct model *model;
	struct conv_gan gan;
	bool begun; /* gan is to be freed */
	struct roll_windows train, held;
	long pieces; /* that windows to learn from are of */
	real *x, *scores;
	real *kept; /* the averaged generator when it was last various; NULL: never */
	long kept_step;
	long steps, steps_per_epoch, evaluate_every;
	bool planned;
	uint64_t began, checkpointed; /* when (clock): this process's training, its last checkpoint */
	double seconds_before;        /* of other processes, before that */
	double seconds, seconds_step, seconds_evaluation;
	int collapses;
	struct variety made, real_ones;
	double accuracy; /* NaN: nothing is held out */
	char words[160];
};

/* The words of the last evaluation. */
void conv_training_say(struct conv_training *t);

/* ---- conv_checkpoint.c ------------------------------------------------------ */

/* Everything that decides the rest of the run, written beside and renamed. 0 or -1. */
int conv_checkpoint_write(const struct conv_training *t);

/* Into a training of its model, begun. -1: it is of another corpus, seed or configuration. */
int conv_checkpoint_restore(struct conv_training *t, const struct checkpoint *c);

#endif
