/*
 * What a command that plays has of the terminal: the screen, where it is
 * wanted and can be, else keys alone, while lines are printed; else nothing.
 */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "cli/keyboard.h"
#include "cli/screen.h"

struct console {
	struct screen *screen; /* NULL: none */
	struct keyboard keyboard;
};

/* `terminal` is where a guardian looks; NULL: nowhere. A terminal that cannot be drawn on is a warning. */
void console_open(struct console *c, bool screen, struct guarded_terminal *terminal);
void console_close(struct console *c);

/* True: it is on the screen. False: there is none, and lines are to be printed. As often as keys are asked for, at least. */
bool console_draw(struct console *c, const struct screen_view *view);

/* A key that was pressed, and asks for something: true, and what. Never waits; to be called until it is false. */
bool console_key(struct console *c, struct request *out);

/* What to wait at for keys (signals_wait_input()); -1: there are none just now. */
int console_input(struct console *c);

/* Before the process halts: the terminal as it was found, until it is drawn on or read again in the foreground. */
void console_suspend(struct console *c);

#endif
