/*
 * Signals that ask a program to end or to halt, for a command that has to
 * tidy up first. They may arrive in any thread (OpenBLAS starts some of its own before
 * main), so a handler notes them and wakes whoever waits.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/*
 * From now on SIGINT, SIGTERM, SIGHUP (unless ignored: nohup) and SIGQUIT are
 * noted, and on_stop() is called in the handler: it must be async-signal-safe.
 * SIGTSTP is noted. SIGPIPE is ignored. 0 or -1.
 */
int signals_catch(void (*on_stop)(void));

/* As it was before; but after a stop the signals that ask for one stay ignored, since the end is on its way. */
void signals_release(void);

/* The signal that asked to stop, 0 when none did. */
int signals_stopped(void);

/* Wait until a signal comes, at most so many milliseconds. SIGTSTP when one came since last asked, else 0. */
int signals_wait(int milliseconds);
/* The same, and until there is something to read from fd; -1, or one whose other side is gone: none. */
int signals_wait_input(int milliseconds, int fd);

#endif
