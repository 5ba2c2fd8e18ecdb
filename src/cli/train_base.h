/*
 * Which model a training begins with: the one that was asked for, or, where
 * there is too little music to learn from nothing, the shipped base.
 */
#ifndef CLI_TRAIN_BASE_H
#define CLI_TRAIN_BASE_H

#include "cli/cli.h"

/* Below this many notes to learn from, a training begins with the base model unless told otherwise. */
#define TRAIN_NOTES_ENOUGH 50000

/*
 * *base: the model to begin with, NULL for none; the caller frees. name: as
 * asked for with --base, or NULL; scratch: none in any case; target: the path
 * of the model to be. The settings' network becomes the base's, and its
 * learning rate a fifth. Says on stdout what was chosen. 0 or -1.
 */
int train_base_choose(struct model **base, const struct corpus *corpus, struct settings *settings, const char *name,
                      bool scratch, const char *target);

#endif
