/*
 * The player: a pure function of time. Note events go in ahead of time, MIDI
 * messages come out at their moment; nothing here sleeps, allocates, locks or
 * prints, so that it is tested with a fake clock. Every note-on is in the
 * table of open notes until its note-off; a pitch sounding twice on a channel
 * is counted, so that one part's note-off never silences another.
 */
#ifndef LIVE_PLAYER_H
#define LIVE_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#define PLAYER_NEVER UINT64_MAX
#define PLAYER_OFFS_MAX 4096		/* notes that sound at once */

struct play_note {			/* what the composer thread publishes: note on and off, in nanoseconds since the start */
	uint64_t on, off;
	uint8_t channel, pitch, velocity;
	uint8_t program;		/* 255: no change; else sent before the note */
};

struct player_off {
	uint64_t at;
	uint8_t channel, pitch;
};

struct player {
	uint64_t start;			/* clock time of the music's beginning */
	uint16_t open[16][128];		/* how many times a note is on */
	struct player_off offs[PLAYER_OFFS_MAX];	/* a heap, earliest first */
	int n_offs;
	int program[16];		/* -1 unknown */
};

/* Sends one short message; -1 when the device is lost. */
typedef int player_send(void *context, const uint8_t *message, int size);

void player_start(struct player *p, uint64_t start);

/*
 * Send everything that is due at `now`: note-offs before note-ons of the same
 * moment. next: the next note not yet taken, NULL when none is there.
 * Returns through *taken whether it was played (then call again with the one
 * after it). The result is the next deadline (clock time), PLAYER_NEVER when
 * nothing is waiting; -1 through *lost when the device is gone.
 */
uint64_t player_advance(struct player *p, uint64_t now, const struct play_note *next, bool *taken,
			player_send *send, void *context, bool *lost);

/* Note-offs for everything that sounds, then CC 64, 120 and 123 on every channel that was used. */
int player_silence(struct player *p, player_send *send, void *context);

#endif
