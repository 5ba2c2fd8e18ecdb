/* The line of who waits: how far something is that takes longer than a moment, on a terminal only, and gone at the end. */
#ifndef CLI_WAIT_H
#define CLI_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wait_line {
	const char *doing, *things; /* "reading", "files" */
	bool live, shown;
	uint64_t drawn; /* when (clock) */
};

/* From here on warnings and notes, too, make way for the line. What takes no longer than a moment shows none. */
void wait_begin(struct wait_line *w, const char *doing, const char *things);

/* How far it is; context: the line. Called by one thread at a time. */
void wait_progress(void *context, size_t done, size_t total);

/* The line is erased. */
void wait_end(struct wait_line *w);

#endif
