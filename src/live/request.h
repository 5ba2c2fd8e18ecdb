/*
 * Everything that can be asked of live music while it plays, by key, by MIDI
 * controller, or by a program: controls, which have a value, and actions. A
 * change is heard at the next bar line; tempo, mutes and panic at once.
 */
#ifndef LIVE_REQUEST_H
#define LIVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum control {
	CONTROL_TEMPO,       /* quarters a minute; 0: the music's own */
	CONTROL_TEMPERATURE, /* scales the model's own */
	CONTROL_BEST_OF,     /* times a phrase is composed, for the judge to choose from */
	CONTROL_DENSITY,     /* the three knobs of a model that has them, */
	CONTROL_REGISTER,    /* -1..1; below -1: not told, as it comes */
	CONTROL_LEAPS,
	CONTROL_KEY,   /* 0-11 major on C..B, 12-23 minor; -1: as it comes */
	CONTROL_STYLE, /* index in the model's vocabulary; -1: any */
	CONTROL_SCALE, /* control_text() names them; 0: all notes. On the key's tonic, C without one */
	CONTROL_SWING, /* 0 straight, 1 off-beat eighths as late as the last of a triplet */
	CONTROL_LOCK,  /* probability, bar by bar, that the loop's bar comes again: 0 always new, 1 the same loop */
	CONTROLS
};

enum action {
	ACTION_NEW_THEME, /* a new piece at the next bar line */
	ACTION_BACK,      /* the theme before this one again */
	ACTION_FREEZE,    /* lock 1, or back to 0 */
	ACTION_PANIC,     /* silence at once, then on at the next bar line */
	ACTION_KEEP,      /* the last bars to a .mid */
	ACTION_PAUSE,     /* silent until it is asked again */
	ACTION_QUIT,
	ACTION_MUTE,    /* a part, or no longer */
	ACTION_REWRITE, /* a part, anew against the others */
	ACTIONS
};

struct request {
	bool acts; /* action, with its part; else control, with its value */
	enum control control;
	double value;
	enum action action;
	int part; /* from 0 */
};

struct control_info {
	const char *name;         /* as in [live] and in messages: "tempo" */
	double least, most, step; /* step: of a key; whole numbers where 1 */
	double start;             /* what it is when nothing was asked for */
	const char *unit;         /* "bpm", or "" */
};

const struct control_info *control_info(enum control c);
const char *action_name(enum action a); /* "new-theme" */

/* By name; -1: none is called so. */
int control_find(const char *name);
int action_find(const char *name);

/* The value nearest to v that the control can have; what it starts with for NaN. */
double control_clamp(enum control c, double v);

/*
 * So many steps of a key up or down from v. A knob that was not told comes in
 * at the middle, and below -1 it is not told again; the music's own tempo is
 * the caller's to know, and to say as v.
 */
double control_step(enum control c, double v, int steps);

/* The pitch classes of a scale, 12 bits, bit 0 = C; tonic 0-11, -1: C. 0: all, or no such scale. */
unsigned control_scale(int index, int tonic);

/* The value as a musician reads it: "96 bpm", "G minor", "any". styles: the model's, by index, NULL: numbers. */
void control_text(char *buf, size_t size, enum control c, double value, const char *const *styles, int n_styles);

/* What holds now: the values of the controls, and muted parts as bits. */
struct live_values {
	double values[CONTROLS];
	unsigned long long muted;
};

void live_values_start(struct live_values *v);

#endif
