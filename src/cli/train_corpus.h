/* A corpus to learn from: read as the settings say, through the cache, with its progress on the screen. */
#ifndef CLI_TRAIN_CORPUS_H
#define CLI_TRAIN_CORPUS_H

#include "cli/cli.h"
#include "cli/train_screen.h"

/* Read in this way, whatever way the settings say. NULL on error. */
struct corpus *train_corpus_load(const char *const *paths, size_t n, const struct settings *settings,
                                 const struct reading *reading, struct train_screen *screen, struct pool *pool);

#endif
