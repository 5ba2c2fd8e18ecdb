/* What a terminal is and can show. Asked of the environment, so that no library changes its ways. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* A stream that is a terminal which understands control sequences; its width (80 when unknown); what it can show. */
bool terminal_is(FILE *stream);
int terminal_columns(FILE *stream);
bool terminal_utf8(void);
bool terminal_colour(FILE *stream); /* NO_COLOR is heeded */
/* Is it ours to read from and to change: a terminal, and no shell's that has us in the background? */
bool terminal_is_ours(FILE *stream);

#endif
