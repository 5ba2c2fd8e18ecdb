/*
 * A terminal whose modes were changed, or that shows a screen, as it is to be
 * left: in memory that a guardian process shares (live/guarded.h), so that
 * whoever outlives the program can put it back. What the terminal is told is
 * prepared beforehand, since the guardian knows nothing of terminals.
 */
#ifndef LIVE_GUARDED_TERMINAL_H
#define LIVE_GUARDED_TERMINAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

#define TERMINAL_PATH     64  /* bytes */
#define TERMINAL_FAREWELL 256 /* bytes */

/* All zero: there is nothing to put back. */
struct guarded_terminal {
	_Atomic bool taken; /* what follows is whole */
	_Atomic bool known; /* and so is `ours` */
	char path[TERMINAL_PATH];
	dev_t device;
	struct termios before, ours; /* as it was found; as the program has it */
	size_t size;
	char farewell[TERMINAL_FAREWELL]; /* written last */
};

/*
 * Before anything is done to the terminal that fd is: its modes are kept, and
 * what it is to be told at the end. 0, or -1 with error().
 */
int guarded_terminal_take(struct guarded_terminal *t, int fd, const void *farewell, size_t size);

/* The modes are the program's now: where others are found at the end, somebody else has seen to them. */
void guarded_terminal_ours(struct guarded_terminal *t, int fd);
bool guarded_terminal_are_ours(const struct guarded_terminal *t, int fd);

/* It is as it was found. */
void guarded_terminal_give_back(struct guarded_terminal *t);

/*
 * Put it back, if it was taken: by its path, since a guardian has no
 * descriptor of it, and without waiting for a terminal that takes nothing.
 */
void guarded_terminal_restore(struct guarded_terminal *t);

#endif
