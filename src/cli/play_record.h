/*
 * play --record: the recording (live/record.h) from the command's side.
 *
 *	struct play_record record = {0};
 *	const struct option options[] = { ..., PLAY_RECORD_OPTION(record), ... };
 *	... options_parse ...
 *	if (play_record_open(&record) < 0) return fail();
 *	... extras.record = record.record for the stream ...
 *	while it plays:		if (play_record_drain(&record) < 0) fail();
 *	when it is over:	if (play_record_finish(&record) < 0) code = fail();
 *	when nobody plays:	play_record_close(&record);
 */
#ifndef CLI_PLAY_RECORD_H
#define CLI_PLAY_RECORD_H

#include "cli/cli.h"
#include "live/record.h"

struct play_record {
	const char *file; /* as typed, or NULL: nothing is recorded, and all of this does nothing */
	struct record *record;
};

#define PLAY_RECORD_OPTION(r)                                                                                          \
	{                                                                                                              \
		0, "record", OPTION_TEXT, &(r).file, "FILE", 0, 0,                                                     \
			"write what is played to this MIDI file too, whole whenever the program ends"                  \
	}

/* 0, or -1 with error(): no file can be written there. */
int play_record_open(struct play_record *r);

/* Some times a second. -1 with error(): something to be told, once; the music and the recording go on. */
int play_record_drain(struct play_record *r);

/* What was played is written; said on stdout. 0, or -1 with error(). The stream may still be there. */
int play_record_finish(struct play_record *r);

void play_record_close(struct play_record *r);

#endif
