/*
 * A terminal as a thing to draw on and to read keys from, by ncurses, whose
 * names stay in canvas.c: there are too many of them. It is taken when the
 * canvas opens and given back when it closes or halts; where neither comes, a
 * guardian gives it back (live/guarded_terminal.h), and before a BUG() is told
 * of it is given back too. Nothing here waits for a terminal that takes nothing.
 */
#ifndef CLI_CANVAS_H
#define CLI_CANVAS_H

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

#include "live/guarded_terminal.h"

/* The colours: the terminal's own, of parts in turn, of what is not heard or less important. */
enum ink { INK_NONE, INK_PART, INK_GREY = INK_PART + 6, INKS };
enum manner { PLAIN, BOLD, REVERSE };

struct canvas {
	int lines, columns;
	bool utf8, colour;
	/* for itself */
	struct guarded_terminal *terminal, own;
	locale_t locale, locale_before;
	void *ncurses, *input; /* a SCREEN and a WINDOW */
	FILE *file;            /* in memory: what ncurses writes, */
	long sent;             /* of which so many bytes went on */
	int tty;               /* to the terminal, by a descriptor that does not wait; -1 */
	bool away;             /* given back for now */
	bool grey;             /* a colour there is */
	char farewell[TERMINAL_FAREWELL];
	int farewell_size;
};

/* 0, or -1 with error(): this terminal cannot be drawn on. `terminal` is where a guardian looks; NULL: nowhere. */
int canvas_open(struct canvas *c, struct guarded_terminal *terminal);
void canvas_close(struct canvas *c); /* after canvas_open(), failed or not */

/* Give it back until it is drawn on again in the foreground. */
void canvas_suspend(struct canvas *c);

/* A new drawing, empty, in the size that the terminal has now. False: nobody would see it, or it takes nothing just now. */
bool canvas_begin(struct canvas *c);
void canvas_end(struct canvas *c);
/* The next drawing is sent whole. */
void canvas_anew(void);

/* One character of one column. `behind`: its background. */
void canvas_glyph(const struct canvas *c, int y, int x, wchar_t glyph, enum manner manner, enum ink ink,
                  enum ink behind);

/* Text in at most `width` columns. What has no column of its own, or commands terminals, is a question mark. The column after it. */
int canvas_text(const struct canvas *c, int y, int x, int width, enum manner manner, enum ink ink, const char *text);

/* The same up to the right end of the line. */
int canvas_words(const struct canvas *c, int y, int x, enum manner manner, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A key that was pressed, as cli/keys.h has them; -1: none. */
int canvas_key(struct canvas *c);

/* What to wait at for keys; -1: there are none just now. */
int canvas_input(const struct canvas *c);

/* By canvas_farewell.c, before ncurses is started: what to tell this terminal at the end. Its size, or -1 with error(). */
int canvas_farewell(char *out, size_t size);

#endif
