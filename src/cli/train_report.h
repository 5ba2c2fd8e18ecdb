/* What is said of a corpus before training on it, and of a model after. */
#ifndef CLI_TRAIN_REPORT_H
#define CLI_TRAIN_REPORT_H

#include "model/train.h"

/*
 * On stdout: pieces and notes on both sides of the split and by which rule,
 * files skipped and why, what was left out or moved. list: where all that was
 * skipped is listed, or NULL.
 */
void report_corpus(const struct corpus *corpus, const char *list);

/* Every file skipped, a line each: its path, a tab, why. Where there are none the file at `path` goes. 0 or -1. */
int report_skips_list(const struct corpus *corpus, const char *path);

/* On stdout: figures, where and why it ended. */
void report_model(const struct model *m, const char *path, const char *stopped);

/* On stdout: a command of so many words to type, and what stands before it. */
void report_command(const char *before, const char *const *words, size_t n);

#endif
