/* What `info` says: a line a fact, its name in a column of its own. */
#ifndef CLI_CARD_H
#define CLI_CARD_H

#include "midi/smf.h"
#include "model/model.h"

/* "name      " at the start of a line; "" for a line that goes on. */
void card_name(const char *name);
/* A whole line with text from outside; nothing when the text is NULL or "". */
void card_text(const char *name, const char *text);

void card_model(const struct model *m, const char *path);
void card_songs(const struct songs *songs, const char *path);
/* 0, or -1 with error(). */
int card_sound(const char *path);

#endif
