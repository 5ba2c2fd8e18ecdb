/* What the files of the screen share: screen.c has the whole, the others a region each. */
#ifndef CLI_SCREEN_INSIDE_H
#define CLI_SCREEN_INSIDE_H

#include <pthread.h>
#include <stdint.h>

#include "cli/canvas.h"
#include "cli/keys.h"
#include "cli/screen.h"

#define WARNINGS 8 /* kept, and told when the screen is gone */

struct roll {
	int columns, rows; /* for notes */
	int halves;        /* 2: a character is an upper and a lower pitch; 1: one */
	int low, step;     /* the lowest pitch, and pitches a (half) row; step 0: to be chosen anew */
	int bar;           /* when that was last looked at: the bar that sounded */
	uint64_t now;
	int64_t left; /* the first column, in units */
	size_t capacity;
	struct cell *cells; /* (halves rows, columns) from the lowest up */
	uint8_t *lines;     /* (columns) what is marked there */
	size_t lines_capacity;
};

/* Warnings come from any thread. */
struct warnings {
	pthread_mutex_t lock;
	int n;         /* all that came */
	uint64_t last; /* when, ns */
	char text[WARNINGS][256];
};

struct screen {
	struct canvas canvas;
	struct keys keys;
	struct roll roll;
	struct score_bar *bars; /* (SCORE_BARS), copied for this drawing */
	size_t n_bars;
	bool help;
	struct warnings warnings;
};

/* ---- screen_roll.c ------------------------------------------------------- */

/* The first moment that s->bars should be copied from. */
uint64_t roll_from(const struct screen *s, uint64_t now);

/* From line `top`: bar numbers, `rows` of notes, the judge. */
void roll_draw(struct screen *s, const struct screen_view *view, int top, int rows);
void roll_done(struct roll *r);

/* The bar of s->bars that has this moment, or NULL. */
const struct score_bar *roll_bar_at(const struct screen *s, uint64_t moment);

/* From one beat to the next. */
uint64_t roll_beat(const struct score_bar *bar);

/* A part's colour, and its sign: 1-9, as the keys that mute it, then letters. */
enum ink part_ink(int part);
char part_sign(int part);

/* ---- screen_status.c ----------------------------------------------------- */

void status_draw_head(struct screen *s, const struct screen_view *view, int y);
void status_draw_foot(struct screen *s, const struct screen_view *view, int y); /* STATUS_FOOT lines */
#define STATUS_FOOT 6

/* ---- screen_help.c ------------------------------------------------------- */

void help_draw(const struct screen *s);

#endif
