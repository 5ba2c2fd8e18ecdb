/*
 * Which knob is being moved: fed with what comes from a MIDI input, it tells
 * the controller that a person means. That is the one whose value changes
 * most in LEARN_WINDOW from the first real movement on; a button, which sends
 * its highest value and perhaps its lowest, counts as moved all the way. A controller that
 * was sending when the question was asked, by itself or because it is still
 * being turned for the last one, is left out until it is quiet.
 *
 * Of the pairs that have 14 bits together (0-31 with 32-63) the first is
 * meant. Parameter numbers (98-101) are none. Pure; times are nanoseconds.
 */
#ifndef LIVE_LEARN_H
#define LIVE_LEARN_H

#include "live/controllers.h"

#define LEARN_WINDOW UINT64_C(500000000)
#define LEARN_QUIET  UINT64_C(300000000) /* what comes within this of the question was there before */
#define LEARN_LEAST  8                   /* of 128: less is a knob that trembles */

struct learn_knob {
	uint64_t last; /* when it last came; 0: never */
	uint8_t value;
	bool busy; /* left out */
	/* since the question */
	uint8_t low, high;
	uint16_t n; /* messages */
};

struct learn {
	struct learn_knob knobs[16][CC_MAX + 1];
	uint64_t asked, moved; /* when; moved 0: nothing yet */
};

/* Nothing is known. */
void learn_start(struct learn *l);

/* A question is asked. */
void learn_ask(struct learn *l, uint64_t now);

void learn_message(struct learn *l, const uint8_t *message, size_t size, uint64_t now);

/* Is the question answered? By which controller, and on which channel (0-15). It stays so until another is asked. */
bool learn_answer(const struct learn *l, uint64_t now, int *number, int *channel);

#endif
