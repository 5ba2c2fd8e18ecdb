/*
 * When clocks come that are sent evenly and read with noise: the line of least
 * squares through the newest that came, as many (4 to CLOCK_LINE_WINDOW) as lie
 * on one line as far as their own noise lets one tell: long in steady tempo,
 * short where tempo changes (docs/performance.md has what else was tried). Late
 * ones are cut off at what noise explains. Which clock each of them is the
 * caller says (live/follower.h).
 */
#ifndef LIVE_CLOCK_LINE_H
#define LIVE_CLOCK_LINE_H

#include <stdint.h>

#define CLOCK_LINE_WINDOW 96    /* clocks: a bar of 4/4 */
#define CLOCK_LINE_LEAST  4     /* clocks on a line */
#define CLOCK_SURE        3.75  /* standard deviations: what is further off is no noise */
#define CLOCK_PERIOD_MIN  2.5e6 /* ns: 1,000 quarters a minute; what comes faster is no tempo */
#define CLOCK_PERIOD_MAX  1e9

/* All 0: nothing has come yet. */
struct clock_line {
	/* clocks that came, the newest first, in clocks since any beginning */
	struct clock_seen {
		uint64_t at; /* ns */
		int64_t place;
	} seen[CLOCK_LINE_WINDOW];
	int n, width; /* how many there are; how many lie on the line */
	double noise; /* variance of their times, ns^2 */
	int measured; /* how often */

	/* the line: the time of clock `place`, the newest, and from one to the next; 0 not known yet */
	int64_t place;
	uint64_t at;
	double period;
};

/* The clock of this place came at this time. */
void clock_line_see(struct clock_line *c, int64_t place, uint64_t at);

/* The standard deviation of their times, ns; never 0. */
double clock_line_deviation(const struct clock_line *c);

#endif
