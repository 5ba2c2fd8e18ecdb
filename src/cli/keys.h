/*
 * The keys of live music: what a key pressed asks for. The same on the screen
 * and without it. Small letters go down and capitals up, so that each control
 * is one place on the keyboard; what is chosen with the arrows goes up and
 * down with the others. No terminal is known here.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/request.h"

/* A key is the character that it writes, or one of these. */
enum press { PRESS_UP = 0x110000, PRESS_DOWN, PRESS_LEFT, PRESS_RIGHT, PRESS_PAGE_UP, PRESS_PAGE_DOWN, PRESS_F1 };

struct keys {
	struct live_values told; /* what holds */
	int us_per_quarter, n_styles, n_parts;
	int chosen; /* by the arrows: a control, -1 none */
	double asked[CONTROLS];
	uint64_t asked_at[CONTROLS]; /* ns; 0: it holds, or nothing was asked */
};

void keys_start(struct keys *k);

/* What holds now, so that keys go on from there: before each press, or as often as the screen is drawn. */
void keys_told(struct keys *k, const struct live_values *values, int us_per_quarter, int n_styles, int n_parts,
               uint64_t now);

/* What the key asks for; false: nothing. `now` in ns. */
bool keys_press(struct keys *k, int press, uint64_t now, struct request *out);

/* The value that was asked for, while it has yet to come (*waits), else the one that holds. */
double keys_value(const struct keys *k, enum control c, bool *waits);

/* "dD": down and up of a control. */
const char *keys_of_control(enum control c);

/* For people: "d D", "density, down and up". NULL past the last. */
struct key_help {
	const char *keys, *what;
};
const struct key_help *keys_help(size_t i);

#endif
