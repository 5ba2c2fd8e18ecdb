/* The ring to the audio thread, see synth_queue.h. */
#include "live/synth_queue.h"
#include "midi/message.h"

#include <string.h>

int synth_queue_init(struct synth_queue *q, size_t capacity)
{
	*q = (struct synth_queue){0};
	for (int c = 0; c < 16; c++)
		q->program[c] = q->told[c] = -1;
	if (ring_init(&q->ring, capacity, sizeof(struct synth_item)) < 0)
		return -1;
	/* pages that are there before they are needed */
	memset(q->ring.items, 0, (q->ring.mask + 1) * q->ring.item_size);
	return 0;
}

void synth_queue_done(struct synth_queue *q)
{
	ring_done(&q->ring);
}

/* Is there room for so many, what is owed to open notes and a reserve left alone? */
static bool room_for(const struct synth_queue *q, size_t n, size_t reserve)
{
	return ring_room(&q->ring) >= n + q->n_open + reserve;
}

static void put(struct synth_queue *q, const uint8_t *message, int size, uint64_t at)
{
	struct synth_item item = {.at = at, .size = (uint8_t)size};

	memcpy(item.message, message, (size_t)size);
	ring_write(&q->ring, &item, 1);
}

static void send_on(struct synth_queue *q, const uint8_t *message, uint64_t at)
{
	const int channel = message[0] & 15;
	const bool program = q->program[channel] != q->told[channel];

	if (!room_for(q, 2 + program, SYNTH_QUEUE_RESERVE)) {
		q->left_out++;
		return;
	}
	if (program) {
		const uint8_t change[2] = {(uint8_t)(MIDI_PROGRAM | channel), (uint8_t)q->program[channel]};

		put(q, change, 2, at);
		q->told[channel] = q->program[channel];
	}
	put(q, message, 3, at);
	q->open[channel][message[1] & 127]++;
	q->n_open++;
}

static void send_off(struct synth_queue *q, const uint8_t *message, uint64_t at)
{
	uint16_t *open = &q->open[message[0] & 15][message[1] & 127];

	if (*open == 0)
		return;
	put(q, message, 3, at);
	(*open)--;
	q->n_open--;
}

static bool silences(const uint8_t *message)
{
	return (message[0] & 0xf0) == MIDI_CONTROL && (message[1] == CC_SOUND_OFF || message[1] == CC_NOTES_OFF ||
	                                               (message[1] == CC_PEDAL && message[2] < 64));
}

void synth_queue_send(struct synth_queue *q, const uint8_t *message, int size, uint64_t at)
{
	const int kind = message[0] & 0xf0;

	if (size < 2 || size > 3 || kind >= MIDI_SYSTEM)
		return;
	if (kind == MIDI_NOTE_ON && size == 3 && message[2] > 0) {
		send_on(q, message, at);
	} else if (size == 3 && (kind == MIDI_NOTE_OFF || kind == MIDI_NOTE_ON)) {
		send_off(q, message, at);
	} else if (kind == MIDI_PROGRAM) {
		q->program[message[0] & 15] = message[1];
		if (q->told[message[0] & 15] != message[1] && room_for(q, 1, SYNTH_QUEUE_RESERVE)) {
			put(q, message, size, at);
			q->told[message[0] & 15] = message[1];
		}
	} else if (room_for(q, 1, size == 3 && silences(message) ? 0 : SYNTH_QUEUE_RESERVE)) {
		put(q, message, size, at);
	} else {
		q->left_out++;
	}
}

bool synth_queue_take(struct synth_queue *q, struct synth_item *item, uint64_t until)
{
	const struct synth_item *next = ring_peek(&q->ring);

	return next && next->at <= until && ring_read(&q->ring, item, 1);
}

void synth_queue_restart(struct synth_queue *q)
{
	struct synth_item item;

	while (synth_queue_take(q, &item, UINT64_MAX))
		;
	memset(q->open, 0, sizeof q->open);
	q->n_open = 0;
	for (int c = 0; c < 16; c++)
		q->told[c] = -1;
}

bool synth_queue_empty(const struct synth_queue *q)
{
	return ring_count(&q->ring) == 0;
}
