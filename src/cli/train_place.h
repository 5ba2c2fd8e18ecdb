/*
 * Where a training writes: the model, its CSV, its checkpoints and its list of files skipped, side by
 * side under one name; whether it may; and the lock that keeps a second
 * training of the same name away.
 */
#ifndef CLI_TRAIN_PLACE_H
#define CLI_TRAIN_PLACE_H

#include <stdbool.h>
#include "base/file_lock.h"

struct train_place {
	char *name;  /* "bach" */
	char *typed; /* the same as it was typed: a name or a path */
	char *model; /* "models/bach.safetensors" */
	char *csv, *checkpoint;
	char *skipped; /* what the corpus left out */
	struct file_lock lock;
};

/* name as typed, or NULL: that of the first corpus. 0 or -1; train_place_done() in either case. */
int train_place_find(struct train_place *p, const char *name, const char *corpus);
void train_place_done(struct train_place *p);

/* Nobody else trains this model now; and what those left behind who were killed is cleared away. 0 or -1. */
int train_place_lock(struct train_place *p);

/*
 * May `command` write there? A model that it trained is replaced; any other,
 * an unfinished training, and files of another kind only with force. resume:
 * the checkpoint is meant to be there. 0 or -1.
 */
int train_place_check(const struct train_place *p, const char *command, bool force, bool resume);

#endif
