/* What a model sounds like while it learns: a piece every so many epochs, of the same seed each time. */
#ifndef CLI_TRAIN_SAMPLE_H
#define CLI_TRAIN_SAMPLE_H

#include "model/model.h"

#define TRAIN_SAMPLES "samples"

struct train_sample {
	int every;                  /* epochs; 0: no samples */
	int last;                   /* epoch of the last one */
	const char *name, *command; /* of the model; that trains it. Not owned */
	uint64_t seed;
	bool force; /* over files that musegen did not write */
};

/*
 * At the first evaluation at or after every `every` epochs. A sample that
 * fails is a warning: it does not end the training.
 */
void train_sample(struct train_sample *s, const struct model *m, int epoch);

#endif
