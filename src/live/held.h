/*
 * The chord that is held on a keyboard, for music that follows it. A chord is
 * two keys of different names at least. It is taken when no key was struck
 * for a while, so that one that is rolled counts once, and then holds until
 * another one is: letting go, of all keys or of some, changes nothing. A short
 * one, let go by then, must have had three keys down at once: two are what a
 * melody has where a note overlaps the next.
 */
#ifndef LIVE_HELD_H
#define LIVE_HELD_H

#include <stdbool.h>
#include <stdint.h>

#define HELD_SETTLED UINT64_C(80000000) /* ns */

struct held {
	uint16_t down[128]; /* bit c: the key is down on channel c */
	uint64_t most[2];   /* the most keys that were down at once since it was last quiet */
	uint64_t last;      /* ns: when the last key was struck, */
	bool waits;         /* and it was not yet looked at */
	unsigned classes;   /* the chord, 12 bits, bit 0 = C; 0: none so far */
	int bass;           /* its lowest key's class; -1 */
};

void held_start(struct held *h);

/* A key goes down or up. */
void held_key(struct held *h, int channel, int pitch, bool down, uint64_t now);
/* All keys of a channel (all: -1) are up. */
void held_release(struct held *h, int channel);

/* Has another chord been taken? It is in classes and bass then. Once for each; to be asked every few milliseconds. */
bool held_changed(struct held *h, uint64_t now);

/* How many keys are down. */
int held_keys(const struct held *h);

#endif
