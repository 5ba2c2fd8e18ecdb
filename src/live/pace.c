/* The even clock of an audio driver's blocks, see pace.h. */
#include "live/pace.h"

#define SECOND   1000000000u
#define GAIN     16        /* one part in so many of what a block is off by is taken over */
#define JUMP     200000000 /* ns: a driver that is off by more has begun anew */
#define MARGIN   1000000u  /* ns between a message and the block that it is due in */
#define SLACKENS 10000 /* the delay comes down by one part of the time in so many: a tenth of a millisecond a second */

void pace_start(struct pace *p, int rate)
{
	*p = (struct pace){.rate = rate};
}

uint64_t pace_frames(const struct pace *p, size_t n)
{
	return (uint64_t)n * SECOND / (uint64_t)p->rate;
}

/* Ahead by n frames; what a division leaves is carried on. */
static void step(struct pace *p, size_t n)
{
	const uint64_t parts = (uint64_t)n * SECOND + p->rest;

	p->next += parts / (uint64_t)p->rate;
	p->rest = parts % (uint64_t)p->rate;
}

uint64_t pace_block(struct pace *p, uint64_t now, size_t n)
{
	const uint64_t length = pace_frames(p, n);
	int64_t off = (int64_t)(now - p->next), needed;
	uint64_t begin;

	if (!p->running || off > JUMP || off < -JUMP) {
		p->running = true;
		p->next = now;
		p->rest = 0;
		off = 0;
	}
	p->next += (uint64_t)(off / GAIN);
	begin = p->next;
	step(p, n);
	/* how far the block's end is ahead of now: what it holds must have been sent by then */
	needed = (int64_t)(p->next + MARGIN - now);
	p->delay -= p->delay < length / SLACKENS ? p->delay : length / SLACKENS;
	if (needed > (int64_t)p->delay)
		p->delay = needed < (int64_t)PACE_DELAY_MAX ? (uint64_t)needed : PACE_DELAY_MAX;
	return begin > p->delay ? begin - p->delay : 0;
}
