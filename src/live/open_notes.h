/*
 * The table of open notes: what may be sounding at the receiver, kept in such
 * a way that another process can read it at any moment, also after the one
 * that wrote it is gone (live/guarded.h). So it is plain counters, each an
 * atomic by itself, and what is about to sound is marked before it is sent,
 * and unmarked after its end was sent: wherever the writer is cut off, the
 * table has every note that sounds, at worst one that does not.
 */
#ifndef LIVE_OPEN_NOTES_H
#define LIVE_OPEN_NOTES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Sends one short message; -1 when the device is lost. */
typedef int player_send(void *context, const uint8_t *message, int size);

/* All zero is the empty table. One thread writes. */
struct open_notes {
	_Atomic uint16_t held[16][128]; /* how many notes hold a pitch */
	_Atomic bool used[16];          /* something was sent on this channel */
	_Atomic bool loud;              /* something was sent since all was last silenced */
	_Atomic bool running;           /* MIDI clock was started: it is to be stopped */
};

/* Before anything is sent for it. */
void open_notes_begin(struct open_notes *o, uint8_t channel, uint8_t pitch);
/* Before a start, after a stop. */
void open_notes_run(struct open_notes *o, bool running);

/* After the note-off was sent, where one was due. */
void open_notes_end(struct open_notes *o, uint8_t channel, uint8_t pitch);

int open_notes_held(const struct open_notes *o, uint8_t channel, uint8_t pitch);

/* Is there anything to silence? Asked by who takes over. */
bool open_notes_loud(const struct open_notes *o);

int send_note_off(uint8_t channel, uint8_t pitch, player_send *send, void *context);

/*
 * Note-offs for everything that is held, then CC 64, 120 and 123 on every
 * channel that was used, then a stop for the clock that runs. All is tried even when something fails: -1 then.
 * Afterwards nothing is held and no clock runs; and nothing is loud, unless something failed.
 */
int open_notes_silence(struct open_notes *o, player_send *send, void *context);

#endif
