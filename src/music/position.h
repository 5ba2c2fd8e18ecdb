/*
 * Where in the bar and in the phrase the music is, followed event by event:
 * the same code serves training, scoring and generating, and it only ever
 * knows the past. A phrase ends at the end of a note under a fermata, at a
 * bar line that a long note of the top part (half a bar or more) or a rest
 * of the top part (half a bar or more) ends at, else every four bars. A rest
 * ends at the first bar line at which it is long enough (all that can be
 * known then), and at the one where the top part comes in again.
 */
#ifndef MUSIC_POSITION_H
#define MUSIC_POSITION_H

#include <stdbool.h>
#include "music/events.h"

#define PHRASE_BARS       4
#define POSITION_TICK_MAX SONG_TICK_MAX /* `now` stays there: nine months of music at 120 bpm on 24 ticks */

struct position {
	int grid;
	int numerator, denominator_log2;
	int bar_length;   /* ticks */
	int now;          /* tick of the last event */
	int bar_start;    /* tick of the present bar's line (may lie before 0 in a pickup) */
	int bar;          /* number of the present bar; 0 is the first full one, -1 the pickup */
	int phrase_start; /* tick where the present phrase began */
	int phrase_bar;   /* number of its first bar; one that begins within a bar (an upbeat) counts from the next */
	int top_end;      /* latest end of a top-part note */
	int pending_end;  /* tick of a phrase end that is known and not yet reached, or -1 */
};

void position_start(struct position *p, int grid, const struct start *start);

/* Move to the time of the event that comes `shift` ticks later (before anything else of it is known). */
void position_shift(struct position *p, int shift);

/* Take the rest of the event at `now`: a note's part, duration, fermata, or a new metre. */
void position_event(struct position *p, const struct event *event);

int position_in_bar(const struct position *p);      /* ticks since the bar line, 0 .. bar_length-1 */
int position_phrase_bars(const struct position *p); /* whole bars since the phrase began */

#endif
