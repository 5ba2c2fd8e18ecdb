/*
 * `play --midi-learn`: controllers assigned by moving them (live/midi_learn.h),
 * asked for line by line, before any music.
 */
#ifndef CLI_LEARN_CONTROLLERS_H
#define CLI_LEARN_CONTROLLERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What is asked of, and where. */
struct learn_controllers {
	int (*read)(void *context, unsigned char message[3]); /* as device_read() */
	void *context;
	const char *input; /* the port's name, to be shown */
	int keys;          /* a file of lines: an empty one skips a question, "q" or its end ends it all */
	FILE *out;
	const char *path;      /* the config.ini that is written to */
	uint64_t (*now)(void); /* clock_now(), or a test's */
};

/*
 * names: of controls and actions; n 0: all. What was answered is written when
 * it is over; killed before that nothing is. An exit code; what failed is said.
 */
int learn_controllers(const struct learn_controllers *how, const char *const *names, size_t n);

/*
 * The same of a MIDI input (device_choose()), with stdin and stdout. what: "all", or names with commas between,
 * as "tempo,mute". config: the file that --config names, NULL: settings_place().
 */
int learn_controllers_of(const char *input, const char *what, const char *config);

#endif
