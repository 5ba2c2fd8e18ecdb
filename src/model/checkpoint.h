/*
 * Checkpoints as files, for trainings of every kind: the run that one is of,
 * its tensors put in and taken out. What the rest of the program sees of them
 * is in train.h. Nobody but trainings includes this.
 */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include "model/shard.h"
#include "model/train.h"
#include "num/tensorfile.h"

#ifdef REAL_DOUBLE
#define CHECKPOINT_REAL TENSOR_F64
#else
#define CHECKPOINT_REAL TENSOR_F32
#endif

/* Kinds of training. */
#define CHECKPOINT_LIKELIHOOD "likelihood"
#define CHECKPOINT_NOISE      "noise"

/* How far a training is, in numbers. One from noise has no nats, and `best` is the last that was various. */
struct training_state {
	long step, steps; /* done, planned */
	bool planned;     /* steps is final: nothing is left to be timed */
	long best_step;
	double best_nats;
	int without_gain; /* evaluations since best_step */
	double train_nats, held_out_nats;
	double seconds;          /* spent so far, over all the processes that had a part in it */
	struct loss_sums recent; /* since the last evaluation */
};

struct checkpoint {
	char *name; /* for messages */
	struct tensorfile *file;
	char *json;         /* describes the model: vocabulary and generator */
	struct cJSON *note; /* the rest of what it says */
	struct checkpoint_about about;
};

/* Whose it is: who goes on from one must have the same of all but keep. */
struct checkpoint_run {
	const char *stage;
	const struct model *model;
	const struct corpus *corpus;
	uint64_t seed;
	const struct conf_room *rooms; /* the settings that decide it; those of the model are the model's */
	size_t n_rooms;
	const struct train_keep *keep;
};

enum { CHECKPOINT_NUMBERS = 7 + 4 + HEADS, CHECKPOINT_TENSORS_MAX = 24 };

/* Tensors to be written; what they hold must stay until checkpoint_save(). Begins as zeros. */
struct checkpoint_outputs {
	struct tensorfile_output list[CHECKPOINT_TENSORS_MAX];
	size_t n;
	int64_t numbers[CHECKPOINT_NUMBERS]; /* of the state */
};

void checkpoint_put(struct checkpoint_outputs *o, const char *name, enum tensor_type type, const void *bytes,
                    size_t rows, size_t cols);
void checkpoint_put_state(struct checkpoint_outputs *o, const struct training_state *s);

/* Written beside and renamed. 0 or -1. */
int checkpoint_save(const struct checkpoint_outputs *o, const struct checkpoint_run *run);

/* The model of a checkpoint, with zero weights. NULL on error. */
struct model *checkpoint_model(const struct checkpoint *c);

/* -1: it is of another corpus, seed or configuration. */
int checkpoint_check(const struct checkpoint *c, const struct checkpoint_run *run);

/* Counts that agree with each other. 0 or -1. */
int checkpoint_state(struct training_state *s, const struct checkpoint *c);

/* n numbers of a tensor. 0 or -1. */
int checkpoint_reals(real *out, const struct checkpoint *c, const char *name, size_t n);

bool checkpoint_is_from_noise(const struct checkpoint *c);

#endif
