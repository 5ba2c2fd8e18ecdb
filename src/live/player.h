/*
 * The player: a pure function of time. Note events go in ahead of time, MIDI
 * messages come out at their moment; nothing here sleeps, allocates, locks or
 * prints, so that it is tested with a fake clock. Every note-on is in the
 * table of open notes (live/open_notes.h) until its note-off.
 *
 * A pitch that two notes hold on one channel is counted, so that one part's
 * note-off never silences another, and a receiver still gets exactly one
 * note-off for each note-on, whether it counts or not:
 *
 *	first note begins	note-on
 *	second, later		note-off, note-on	(struck again)
 *	second, same moment	nothing			(one sound)
 *	either ends		nothing
 *	the other ends		note-off
 *
 * MIDI clock comes in between the notes as messages with moments of their own
 * (live/pulses.h), and goes out before anything else of its moment.
 */
#ifndef LIVE_PLAYER_H
#define LIVE_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "live/open_notes.h"

#define PLAYER_NEVER    UINT64_MAX
#define PLAYER_OFFS_MAX 4096 /* notes that sound at once; one more ends the one that would end first */

struct play_note {        /* what the composer thread publishes; times in nanoseconds since the start */
	uint64_t on, off; /* off before on is taken as off at on */
	uint8_t channel, pitch, velocity;
	uint8_t program;  /* 255: no change; else sent before the note */
	uint8_t realtime; /* 0; else no note, but this message of one byte at `on` */
};

struct player_off {
	uint64_t at;
	uint8_t channel, pitch;
};

struct player {
	uint64_t start;           /* clock time of the beginning; adding to it shifts all that is to come */
	uint64_t due;             /* clock time at which the message being sent was due, for the sender */
	struct open_notes *open;  /* what sounds; shared with who takes over when this process cannot go on */
	uint64_t struck[16][128]; /* the moment of its last note-on; kept while it is open */
	struct player_off offs[PLAYER_OFFS_MAX]; /* a heap, earliest first */
	int n_offs;
	int program[16]; /* -1 unknown */
	bool halted;     /* a clock ran when all was silenced */
};

/* Nothing sounds, nothing is known of the receiver. The table is empty, and must outlive the player. */
void player_start(struct player *p, uint64_t start, struct open_notes *open);

/*
 * Send what is due at `now`, in the order of its moments, the clock before
 * note-offs before note-ons of the same moment. next: the next note not yet taken (they come
 * by ascending `on`), NULL when none is there. *taken: it was played; then
 * call again at once with the one after it. The result is the next deadline
 * (clock time; not after `now` when a note was taken), PLAYER_NEVER when
 * nothing is waiting. *lost: the device is gone; what sounded is still in the
 * table, for player_silence().
 */
uint64_t player_advance(struct player *p, uint64_t now, const struct play_note *next, bool *taken, player_send *send,
                        void *context, bool *lost);

/* Silence what is open (open_notes_silence()); afterwards nothing is, and nothing waits. */
int player_silence(struct player *p, player_send *send, void *context);

/* It goes on after a silence: so does the clock that ran, from where it was. -1: the device is lost. */
int player_continue(struct player *p, player_send *send, void *context);

#endif
