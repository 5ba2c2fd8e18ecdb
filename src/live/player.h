/*
 * The player: a pure function of time. Items go in ahead of time, MIDI
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
 * Moments are musical (live/moment.h), and when one comes is the transport's;
 * so a change of tempo moves what already waits, note-offs too. MIDI clock
 * goes out from its start to its stop, CLOCKS_A_QUARTER a quarter, a pulse
 * before anything else of its moment.
 */
#ifndef LIVE_PLAYER_H
#define LIVE_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "live/open_notes.h"
#include "live/transport.h"
#include "midi/message.h"

#define PLAYER_NEVER    UINT64_MAX
#define PLAYER_OFFS_MAX 4096 /* notes that sound at once; one more ends the one that would end first */

/* From MIDI_START to the first pulse, at which receivers begin: the standard gives them 1 ms, and a start may be late. */
#define PLAYER_START_LEAD 10000000u /* ns */

struct play_note {
	uint64_t off; /* moment; before its on is taken as at its on */
	uint8_t part; /* for mutes */
	uint8_t channel, pitch, velocity;
	uint8_t program; /* 255: no change; else sent before the note */
};

enum item_kind {
	ITEM_NOTE,
	ITEM_TEMPO, /* the music's, from here on */
	ITEM_BAR,   /* a bar line: nothing is sent */
	ITEM_START, /* of MIDI clock: its first pulse is here */
	ITEM_STOP   /* of MIDI clock: no pulse is here or later */
};

/* What comes at a moment; items come by ascending moments. */
struct play_item {
	uint64_t at;
	enum item_kind kind;
	union {
		struct play_note note;
		uint32_t us_per_quarter;
	};
};

struct player_off {
	uint64_t at;
	uint8_t part, channel, pitch;
};

struct player {
	struct transport transport;
	uint64_t due,
		moment; /* of the message being sent: the clock time at which it was due, its moment; for the sender */
	struct open_notes *open;  /* what sounds; shared with who takes over when this process cannot go on */
	uint64_t struck[16][128]; /* the moment of its last note-on; kept while it is open */
	struct player_off offs[PLAYER_OFFS_MAX]; /* a heap, earliest first */
	int n_offs;
	int program[16];  /* -1 unknown */
	uint64_t pulse;   /* moment of the next pulse while the clock runs; PLAYER_NEVER after its stop, sent or lost */
	uint64_t started; /* moment of its start */
	bool joining;     /* it runs, but not yet at the receiver */
	bool halted;      /* a clock ran when all was silenced */
};

/* Nothing sounds, nothing is known of the receiver; the moment 0 is now. The table is empty, and must outlive the player. */
void player_start(struct player *p, uint64_t now, struct open_notes *open);

/*
 * Send what is due at `now`, in the order of its moments: at one moment the clock before
 * note-offs before what comes. next: the next item not yet taken,
 * NULL when none is there. *taken: it was played; then
 * call again at once with the one after it. The result is the next deadline
 * (clock time; not after `now` when an item was taken), PLAYER_NEVER when
 * nothing is waiting. *lost: the device is gone; what sounded is still in the
 * table, for player_silence().
 */
uint64_t player_advance(struct player *p, uint64_t now, const struct play_item *next, bool *taken, player_send *send,
                        void *context, bool *lost);

/* End what a part has sounding. -1: the device is lost. */
int player_end_part(struct player *p, uint8_t part, player_send *send, void *context);

/* Silence what is open (open_notes_silence()); afterwards nothing is, and nothing waits. */
int player_silence(struct player *p, player_send *send, void *context);

/* It goes on after a silence: so does the clock that ran, from where it was. -1: the device is lost. */
int player_continue(struct player *p, player_send *send, void *context);

/*
 * The device is there again: what hung is silenced, programs are sent anew,
 * and a clock that runs is joined at the next 16th, with the song position,
 * counted from its start. -1: it is lost again.
 */
int player_rejoin(struct player *p, player_send *send, void *context);

#endif
