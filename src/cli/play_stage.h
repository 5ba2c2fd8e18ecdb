/*
 * The stage: what the program's own thread does while a stream plays. Keys,
 * controllers and a keyboard ask for things, which go to the stream and the
 * arranger; the screen or lines show how it goes; what is recorded is written.
 */
#ifndef CLI_PLAY_STAGE_H
#define CLI_PLAY_STAGE_H

#include "cli/keyboard.h"
#include "cli/play_status.h"
#include "cli/screen.h"
#include "live/arranger.h"
#include "live/controllers.h"
#include "live/guarded_terminal.h"
#include "live/listen.h"
#include "cli/play_record.h"
#include "live/stream.h"

#define STAGE_NOTICE 160 /* bytes */

/* What is on it; all of it outlives it. */
struct stage_cast {
	struct arranger *arranger; /* NULL: songs, or a piece that has an end */
	struct score *score;       /* with an arranger */
	const struct model *model; /* likewise */
	const struct live_config *config;
	struct play_record *record;
	const char *what, *port; /* for the screen */
	const char *clock_port;  /* that is followed; NULL: none */
	bool master;             /* MIDI clock is sent */
	bool input, answers, follows_chords;
	bool screen; /* wanted, where it can be had */
	struct guarded_terminal *terminal;
};

struct play_stage {
	struct stage_cast cast;
	struct stream *stream;
	struct live_values values;
	struct controllers controllers;
	struct listen *listen;
	struct held *held;
	struct screen *screen; /* NULL: lines */
	struct keyboard keyboard;
	struct play_lines lines;
	bool paused;
	char notice[STAGE_NOTICE], clock[STAGE_NOTICE];
	/* names of as many parts as the music has */
	int named;
	char names[SONG_PARTS_MAX][32];
	const char *parts[SONG_PARTS_MAX];
	uint64_t notice_until; /* ns */
	/* to say what has changed */
	bool gone, astray;
	int varied;
	unsigned unanswered;
	char chord[32];
};

/* 0, or -1 with error(); stage_done() in any case. */
int stage_start(struct play_stage *s, const struct stage_cast *cast);
void stage_done(struct play_stage *s);

/* Until the stream has ended or is told to. The screen is closed then. */
void stage_run(struct play_stage *s, struct stream *stream);

#endif
