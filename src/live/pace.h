/*
 * Which moment a block of audio stands for. An audio driver asks for blocks
 * when it needs them: with jitter, or several at once and then none for a
 * while. Messages that are played when they are found would have that jitter.
 * So the times at which blocks are asked for are smoothed into an even clock,
 * as in F. Adriaensen, "Using a DLL to filter time" (2005), here of first
 * order, and what is heard is behind that clock by as much as the driver has
 * been seen to run ahead of it: then a message is there before the block in
 * which it is due. A pure function of the times it is told.
 */
#ifndef LIVE_PACE_H
#define LIVE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACE_DELAY_MAX 60000000u /* ns */

struct pace {
	int rate; /* frames a second */
	bool running;
	uint64_t next,
		rest;   /* when the next block is due by the even clock, ns; what it has beyond, in rate-ths of one */
	uint64_t delay; /* ns */
};

void pace_start(struct pace *p, int rate);

/* A block of n frames is asked for now: the moment of its first frame. */
uint64_t pace_block(struct pace *p, uint64_t now, size_t n);

/* So many frames, ns. */
uint64_t pace_frames(const struct pace *p, size_t n);

#endif
