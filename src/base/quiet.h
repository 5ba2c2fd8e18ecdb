/*
 * Libraries of others that talk on stderr, where we say it better: ALSA above
 * all, which tells of every card that there is not. What is said between the
 * two is lost, whichever thread says it, so they are called around single
 * calls, while nothing else has anything to say.
 */
#ifndef BASE_QUIET_H
#define BASE_QUIET_H

/* What quiet_end() wants. -1: stderr was left alone. */
int quiet_begin(void);
void quiet_end(int saved);

#endif
