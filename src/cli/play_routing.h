/*
 * Where play sends what it plays, and where that is recorded: the rows of its
 * table of options, and what they and the section [live] of the settings come
 * to.
 *
 *	struct play_routing routing = {0};
 *	const struct option options[] = { ..., PLAY_ROUTING_OPTIONS(routing), ... };
 *	... options_parse, settings_load ...
 *	if (play_routing_open(&routing, &settings) < 0) return fail();
 *	... routing.rules for the sources, routing.record (or NULL) for the stream ...
 *	while it plays:		play_routing_drain(&routing)
 *	when it is over:	play_routing_close(&routing)
 */
#ifndef CLI_PLAY_ROUTING_H
#define CLI_PLAY_ROUTING_H

#include "cli/cli.h"
#include "live/record.h"
#include "live/routing.h"

struct play_routing {
	bool split;
	const char *file; /* of --record, or NULL */
	struct routing_rules rules;
	struct record *record;
};

/* Without a comma after the last. */
#define PLAY_ROUTING_OPTIONS(r)                                                                                        \
	{0,           "split",                                                                                         \
	 OPTION_FLAG, &(r).split,                                                                                      \
	 NULL,        0,                                                                                               \
	 0,           "a channel for each part, past 10 (default: parts with the same program share one)"},            \
	{                                                                                                              \
		0, "record", OPTION_TEXT, &(r).file, "FILE", 0, 0,                                                     \
			"write what is played to FILE too, a MIDI file that is whole at any moment"                    \
	}

/* 0, or -1 with error(): a setting that is not understood, a file that cannot be written. */
int play_routing_open(struct play_routing *r, const struct settings *settings);

/* Some times a second, of the program's own thread. -1 with error(): something to be told, once; the music goes on. */
int play_routing_drain(struct play_routing *r);

/* The last of the recording, when nobody plays any more. 0, or -1 with error(). */
int play_routing_finish(struct play_routing *r);

/* On stdout, after that: "recorded to FILE: 812 notes"; nothing without --record. */
void play_routing_report(const struct play_routing *r);

void play_routing_close(struct play_routing *r);

#endif
