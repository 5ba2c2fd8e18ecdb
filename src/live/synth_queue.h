/*
 * MIDI messages on their way from the device thread to the audio thread, each
 * with its moment: a ring, and beside it the sender's knowledge of what the
 * other side has been told, so that a ring which is full (the audio does not
 * take what it is given) never leaves a note sounding:
 *
 *	note-on		is taken only if there is room for its note-off too, and for those
 *			of all notes that are open; else it is left out, and so is its note-off
 *	note-off	has its room, since its note-on was taken
 *	CC 64, 120, 123	may use a reserve that others leave alone; silence does not depend on
 *			them, since the note-offs come before
 *	program		is remembered where it finds no room, and sent before the channel's next
 *			note, which finds room only together with it
 *	others		are left out
 *
 * One thread sends, one takes. Nothing allocates, locks or waits.
 */
#ifndef LIVE_SYNTH_QUEUE_H
#define LIVE_SYNTH_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ring.h"

#define SYNTH_QUEUE_RESERVE 64 /* items: 16 channels with three controllers each, and some */

struct synth_item {
	uint64_t at; /* clock time */
	uint8_t message[3], size;
};

struct synth_queue {
	struct ring ring;
	/* the sender's */
	uint16_t open[16][128]; /* note-ons taken, less their note-offs */
	size_t n_open;
	int program[16], told[16]; /* what holds; what the other side knows; -1 none */
	uint64_t left_out;         /* messages, note-offs without their notes not among them */
};

/* 0 or -1. */
int synth_queue_init(struct synth_queue *q, size_t capacity);
void synth_queue_done(struct synth_queue *q);

/* Of 1 to 3 bytes; those of one byte (clock) are not passed on. */
void synth_queue_send(struct synth_queue *q, const uint8_t *message, int size, uint64_t at);

/* The oldest if its moment is not after `until`; false when there is none. */
bool synth_queue_take(struct synth_queue *q, struct synth_item *item, uint64_t until);

/*
 * The other side is gone, and another one will take its place, that knows of
 * no note and no program: what is on its way is dropped, programs are said
 * again with the next notes. Called when nobody takes.
 */
void synth_queue_restart(struct synth_queue *q);

/* Is all taken? */
bool synth_queue_empty(const struct synth_queue *q);

#endif
