/*
 * Keys without a screen: read one by one from the terminal that is the
 * standard input, unseen, while lines are printed. The same keys as on the
 * screen (cli/keys.h), but for the arrows, which would choose something that
 * nobody sees. The terminal is given back as the screen gives it back.
 */
#ifndef CLI_KEYBOARD_H
#define CLI_KEYBOARD_H

#include <stdbool.h>

#include "cli/keys.h"
#include "live/guarded_terminal.h"

struct keyboard {
	struct keys keys; /* keys_told() what holds, before keys are asked for */
	struct guarded_terminal *terminal, own;
	bool taken;
	int sequence; /* bytes of what an arrow sends, so far */
};

/* `terminal` is where a guardian looks; NULL: nowhere. The standard input may be anything: without a terminal there are no keys. */
void keyboard_open(struct keyboard *k, struct guarded_terminal *terminal);
void keyboard_close(struct keyboard *k);

/* A key that was pressed, and asks for something: true, and what. Never waits; to be called until it is false. */
bool keyboard_key(struct keyboard *k, struct request *out);

/* What to wait at for keys (signals_wait_input()); -1: there are none just now. */
int keyboard_input(struct keyboard *k);

/* Before the process halts: as it was found, until keys are asked for in the foreground. */
void keyboard_suspend(struct keyboard *k);

#endif
