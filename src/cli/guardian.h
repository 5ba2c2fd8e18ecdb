/*
 * The guardian process of a command that plays: see live/guarded.h. It is
 * started before anything else is, so that it is small and has no threads.
 */
#ifndef CLI_GUARDIAN_H
#define CLI_GUARDIAN_H

#include <sys/types.h>

#include "live/guarded.h"

struct guardian {
	struct guarded *guarded; /* shared with it */
	pid_t pid;
	int pipe; /* that closes when this process ends; -1 */
};

int guardian_start(struct guardian *g); /* 0, or -1 with error() */

/* All is silent: it may go, and is waited for. Nothing happens when it is gone, or was never started. */
void guardian_end(struct guardian *g);

#endif
