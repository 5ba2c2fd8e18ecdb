/*
 * Controllers of a MIDI input (CC messages) as requests, by the map of [live].
 * A value from 0 to 127 is spread over what its control can have. A flood is
 * thinned out: the newest value of a control counts, at most one request for
 * it comes in CONTROLLERS_PAUSE, and the last value is never lost. An action
 * is asked for when its controller's value rises to 64 or more, once in
 * CONTROLLERS_PAUSE at most: what comes sooner is a contact that bounces.
 * Knobs that send steps up or down in place of where they stand are not
 * understood.
 *
 * Nothing is allocated; time is the caller's, in nanoseconds, and does not go
 * back.
 */
#ifndef LIVE_CONTROLLERS_H
#define LIVE_CONTROLLERS_H

#include "live/live_config.h"

#include <stdint.h>

#define CONTROLLERS_PAUSE UINT64_C(20000000) /* ns */
#define CONTROLLERS_NEVER UINT64_MAX
#define CONTROLLERS_PARTS 16 /* that a list can name */
#define CONTROLLERS_MAX   (CONTROLS + ACTIONS + 2 * CONTROLLERS_PARTS)
#define CC_MAX            119 /* 120 to 127 are channel mode messages */

struct controller {
	uint8_t number;      /* of CC */
	int8_t channel;      /* 0-15, -1: any */
	struct request asks; /* its value apart */
	uint8_t value;       /* the last that came */
	uint8_t presses;     /* of an action, not yet asked for */
	uint64_t pressed;    /* when last; 0 never */
};

struct controllers {
	int n, n_styles;
	struct controller list[CONTROLLERS_MAX];
	struct {
		bool waits; /* a value that was not yet asked for */
		double value;
		uint64_t from; /* no sooner than */
	} controls[CONTROLS];
};

/* n_styles: of the model. -1 and error(): a setting that is none ("live.cc-tempo: ..."). */
int controllers_init(struct controllers *c, const struct live_config *config, int n_styles);

/* A whole message. Is it one of a controller that is in the map? */
bool controllers_message(struct controllers *c, const uint8_t *message, size_t size, uint64_t now);

/* The next request that is due, while there are any. */
bool controllers_next(struct controllers *c, uint64_t now, struct request *r);

/* When controllers_next() will have one if nothing more comes; CONTROLLERS_NEVER: not at all. */
uint64_t controllers_due(const struct controllers *c);

/* What a controller's value (0-127) means to a control. */
double controllers_value(enum control c, int value, int n_styles);

/* "16" or "16 on 2": its number, and channel 0-15 or -1, at *text, which moves past it. 0, or -1 without a message. */
int controller_parse(int *number, int *channel, const char **text);

#endif
