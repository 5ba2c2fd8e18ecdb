/*
 * The screen of live music: a piano roll that runs past a line where it
 * sounds, what is coming to the right of it, the judge's opinion bar by bar,
 * the controls, and how the device does. It is drawn with ncurses by the
 * program's own thread, from copies; it holds no lock while it draws and
 * never waits for a terminal that takes nothing. Without colours, without
 * UTF-8 and from 80 columns by 24 lines on it is whole.
 *
 * The terminal is taken when the screen opens and given back when it closes,
 * or halts; where neither comes, by the guardian (live/guarded_terminal.h).
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "live/guarded_terminal.h"
#include "live/request.h"
#include "live/score.h"
#include "live/stream.h"

#define SCREEN_COLUMNS 80 /* it needs so many, */
#define SCREEN_LINES   24 /* and so many */
#define SCREEN_FRAME   40 /* ms from one drawing to the next */

struct screen_view {
	const struct score *score;          /* NULL: none, as of songs */
	uint64_t now;                       /* moment that sounds */
	int us_per_quarter;                 /* in which it does; 0: not known */
	const struct stream_status *status; /* state, seconds, lateness, shifts */
	const struct live_values *values;
	const char *const *styles; /* the model's */
	int n_styles;
	const char *const *parts; /* names, NULL or any of them NULL: numbers */
	int n_parts;
	const char *what, *port; /* what is played, and where */
	const char *clock;       /* "own", "following Keys, locked"; NULL: nothing to say */
	const char *notice;      /* "kept in take-1.mid"; NULL: none */
	double queue;            /* seconds composed ahead */
};

struct screen;

/* A terminal to draw on and to read keys from, which is this program's just now? */
bool screen_possible(void);

/* `terminal` is where a guardian looks; NULL: there is none. NULL and error() when this terminal cannot be drawn on. */
struct screen *screen_open(struct guarded_terminal *terminal);
void screen_close(struct screen *s); /* as it was found; NULL is allowed */

/* While a shell has us in the background nothing is drawn; afterwards all of it. */
void screen_draw(struct screen *s, const struct screen_view *view);

/* A key that was pressed, and asks for something: true, and what. Never waits; to be called until it is false. */
bool screen_key(struct screen *s, struct request *out);

/* What to wait at for keys (signals_wait_input()); -1: there are none just now. */
int screen_input(const struct screen *s);

/* Before the process halts: as it was found, until the next drawing in the foreground. */
void screen_suspend(struct screen *s);

#endif
