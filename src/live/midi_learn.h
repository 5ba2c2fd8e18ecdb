/*
 * Controllers assigned by moving them: one question after the other, for each
 * control and action or those that were named, and what came of it written to
 * [live] of a config.ini. A dialogue without its screen: the caller shows
 * the questions, reads the port and the Enter key.
 */
#ifndef LIVE_MIDI_LEARN_H
#define LIVE_MIDI_LEARN_H

#include "live/learn.h"

#define MIDI_LEARN_PARTS 9 /* asked for at most */

struct midi_question {
	struct request asks;
	bool answered;
	int number, channel;
};

struct midi_learn {
	struct learn learn;
	struct midi_question questions[CONTROLLERS_MAX];
	int n, at;
	char text[160];
};

/* names of controls and actions ("tempo", "mute"); n 0: all. -1 and error(): a name that is none. */
int midi_learn_start(struct midi_learn *m, const char *const *names, size_t n, uint64_t now);

/* What is asked, a line; NULL when all has been. */
const char *midi_learn_question(struct midi_learn *m);

void midi_learn_message(struct midi_learn *m, const uint8_t *message, size_t size, uint64_t now);

/* To be asked every few milliseconds. A line when there is an answer, and the next question is there; NULL: not yet. */
const char *midi_learn_answer(struct midi_learn *m, uint64_t now);

/* To the next question; of parts, to what comes after them. */
void midi_learn_skip(struct midi_learn *m, uint64_t now);

/* How many have answers; and those written to the file (base/conf_edit.h), unless there are none. 0 or -1. */
int midi_learn_answers(const struct midi_learn *m);
int midi_learn_save(const struct midi_learn *m, const char *path);

#endif
