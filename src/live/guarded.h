/*
 * What a guardian process shares with the one it guards, and what it does
 * when that one is gone. A process that is killed, or crashes, cannot silence
 * what it plays; neither the kernel nor PortMidi does. So another process
 * waits at the reading end of a pipe whose writing end only the first one
 * has. The last thing that a process says when it ends well is one byte,
 * GUARDED_GOODBYE; where the pipe closes without it, the guardian opens the
 * same port and silences what the table of open notes says is open; and a
 * terminal that was not given back it puts back as it was found.
 *
 * Starting the process, its signals and its descriptors are cli/guardian.c's.
 */
#ifndef LIVE_GUARDED_H
#define LIVE_GUARDED_H

#include "live/guarded_terminal.h"
#include "live/open_notes.h"
#include "live/stream.h"

#define GUARDED_GOODBYE 'G'
#define GUARDED_NAME    256 /* bytes of a port's name */

struct guarded {
	struct open_notes notes;
	_Atomic bool opened; /* what follows is whole */
	int number;          /* of the port, while nothing is plugged in or out */
	char name[GUARDED_NAME];
	struct guarded_terminal terminal;
};

/* In memory that is shared with processes forked later. NULL and error(). */
struct guarded *guarded_new(void);
void guarded_free(struct guarded *g); /* NULL is allowed */

/* The port that is open from now on; before anything is sent to it. A name too long to be kept is none: -1 and error(). */
int guarded_port(struct guarded *g, const char *name, int number);

/* The guardian's: wait until the other process ends. True when it said goodbye. */
bool guarded_wait(int pipe);

/* Something was left sounding, on a port that is known? */
bool guarded_abandoned(const struct guarded *g);

/* Silence it: the sink is opened and closed. 0, or -1 with error(). */
int guarded_silence(struct guarded *g, const struct sink *sink);

#endif
