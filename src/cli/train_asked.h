/* The options of `train` as they were typed, what they say together, and the same as a command line. */
#ifndef CLI_TRAIN_ASKED_H
#define CLI_TRAIN_ASKED_H

#include "cli/cli.h"

struct train_asked {
	const char *name, *preset, *config;
	struct option_list sets;
	double minutes;
	int epochs, steps, threads, sample_every;
	struct option_seed seed;
	const char *base, *stages;
	bool force, resume, scratch, choose;
	const char **corpora;
	size_t n_corpora;
};

/* 0, or -1 after a word on stderr. */
int train_asked_check(const struct train_asked *a);

/* The command without what changes no weight: what the model says trained it. Clean; NULL: out of memory. The caller frees. */
char *train_command(const struct train_asked *a);

/* The corpora alone, likewise. */
char *train_corpus_words(const struct train_asked *a);

#endif
