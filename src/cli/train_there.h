/* Work on a model that is there, with music: `train --choose`, and `train --stages` without likelihood. */
#ifndef CLI_TRAIN_THERE_H
#define CLI_TRAIN_THERE_H

#include "cli/cli.h"
#include "cli/train_screen.h"

/* As typed. */
struct train_there {
	const char *name, *config;
	const struct option_list *sets;
	const char *const *corpora;
	size_t n_corpora; /* >= 1 */
	int threads;
};

/* What there is to work with. */
struct train_there_room {
	struct model *model; /* as in its file */
	const char *path;    /* the file, which nobody else trains meanwhile; who changes the model saves it there */
	const struct corpus *corpus; /* read as the model's was */
	struct settings *settings;
	struct train_screen *screen;
	struct pool *pool;
};

/* The model of this name, as `train` finds it, and work(context, room) on it. 0 or -1. */
int train_there(const struct train_there *t, int (*work)(void *context, const struct train_there_room *room),
                void *context);

#endif
