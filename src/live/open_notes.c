/* The table of open notes, see open_notes.h. */
#include "live/open_notes.h"

#include <stddef.h>

#include "live/player.h"
#include "midi/message.h"

#define OFF_VELOCITY 64 /* what the standard gives senders without release velocity */

/* A lock-free counter can be read whatever has become of its writer. */
_Static_assert(ATOMIC_SHORT_LOCK_FREE == 2 && ATOMIC_BOOL_LOCK_FREE == 2, "the table of open notes wants no locks");

/* One writer: what it reads is what it wrote. Release: it is in the table before the system call that sends it. */
static void add(struct open_notes *o, uint8_t channel, uint8_t pitch, int by)
{
	_Atomic uint16_t *held = &o->held[channel & 15][pitch & 127];
	int n = atomic_load_explicit(held, memory_order_relaxed) + by;

	atomic_store_explicit(held, (uint16_t)n, memory_order_release);
}

void open_notes_begin(struct open_notes *o, uint8_t channel, uint8_t pitch)
{
	atomic_store_explicit(&o->loud, true, memory_order_release);
	atomic_store_explicit(&o->used[channel & 15], true, memory_order_release);
	add(o, channel, pitch, 1);
}

void open_notes_run(struct open_notes *o, bool running)
{
	if (running)
		atomic_store_explicit(&o->loud, true, memory_order_release);
	atomic_store_explicit(&o->running, running, memory_order_release);
}

void open_notes_end(struct open_notes *o, uint8_t channel, uint8_t pitch)
{
	add(o, channel, pitch, -1);
}

int open_notes_held(const struct open_notes *o, uint8_t channel, uint8_t pitch)
{
	return atomic_load_explicit(&o->held[channel & 15][pitch & 127], memory_order_acquire);
}

bool open_notes_loud(const struct open_notes *o)
{
	return atomic_load_explicit(&o->loud, memory_order_acquire);
}

int send_note_off(uint8_t channel, uint8_t pitch, player_send *send, void *context)
{
	uint8_t message[3] = {(uint8_t)(MIDI_NOTE_OFF | channel), pitch, OFF_VELOCITY};

	return send(context, message, 3);
}

int open_notes_silence(struct open_notes *o, player_send *send, void *context)
{
	static const uint8_t controls[] = {CC_PEDAL, CC_SOUND_OFF, CC_NOTES_OFF};
	int status = 0;

	for (uint8_t c = 0; c < 16; c++)
		for (uint8_t pitch = 0; pitch < 128; pitch++) {
			if (open_notes_held(o, c, pitch) == 0)
				continue;
			if (send_note_off(c, pitch, send, context) < 0)
				status = -1;
			atomic_store_explicit(&o->held[c][pitch], 0, memory_order_release);
		}
	for (uint8_t c = 0; c < 16; c++)
		for (size_t i = 0; o->used[c] && i < sizeof controls; i++) {
			uint8_t message[3] = {(uint8_t)(MIDI_CONTROL | c), controls[i], 0};

			if (send(context, message, 3) < 0)
				status = -1;
		}
	if (o->running) {
		const uint8_t stop = MIDI_STOP;

		if (send(context, &stop, 1) < 0)
			status = -1;
		open_notes_run(o, false);
	}
	if (status == 0)
		atomic_store_explicit(&o->loud, false, memory_order_release);
	return status;
}
