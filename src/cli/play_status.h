/* How a stream is doing, in lines: while it plays without a screen, and at its end. */
#ifndef CLI_PLAY_STATUS_H
#define CLI_PLAY_STATUS_H

#include "live/stream.h"

struct play_lines {
	bool terminal; /* one line that is written over; else one every few bars */
	int shown;
};

void play_lines_start(struct play_lines *l);
void play_lines_show(struct play_lines *l, const struct stream_status *s);
/* A line of its own, which stays. */
void play_lines_notice(struct play_lines *l, const char *text);
/* Before anything else is printed. */
void play_lines_end(struct play_lines *l, const struct stream_status *s);

void play_print_time(double seconds);
void play_print_summary(const struct stream_status *s);

#endif
