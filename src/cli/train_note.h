/*
 * What `musegen train` writes into its checkpoints for the process that will
 * go on from them: the command, the corpus as typed, and every setting.
 */
#ifndef CLI_TRAIN_NOTE_H
#define CLI_TRAIN_NOTE_H

#include <stddef.h>
#include "cli/cli.h"

struct train_note {
	char *command;  /* as the model will say it */
	char *corpus;   /* likewise */
	bool force;     /* what is in its place was to be replaced */
	char **corpora; /* whole paths, so that it does not matter where it goes on */
	size_t n_corpora;
};

/* As one JSON text. NULL on error; the caller frees. */
char *train_note_write(const char *command, const char *corpus, bool force, const char *const *corpora,
                       size_t n_corpora, struct settings *settings);

/* The other way, the settings over the built-in ones. 0 or -1; train_note_done() in either case. */
int train_note_read(struct train_note *note, struct settings *settings, const char *name, const char *json);
void train_note_done(struct train_note *note);

#endif
