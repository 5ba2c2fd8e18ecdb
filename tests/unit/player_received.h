/*
 * A player and a strict receiver, for which a note-on of a sounding pitch and a
 * note-off of a silent one are both mistakes. But where the tempo is what is
 * tested, a unit of musical time is a nanosecond. cmocka.h comes before this;
 * include it in one file of a program.
 */
#ifndef TESTS_UNIT_PLAYER_RECEIVED_H
#define TESTS_UNIT_PLAYER_RECEIVED_H

#include <string.h>

#include "live/player.h"

#define LOG_MAX 20000
#define UNIT_NS ((uint32_t)(QUARTER / 1000)) /* us a quarter at which a unit is a nanosecond */

struct sent {
	uint64_t due;
	uint8_t bytes[3];
	int size;
};

struct receiver {
	struct player *player;
	struct sent log[LOG_MAX];
	size_t n;
	bool sounds[16][128];
	int fail_at; /* this message and all after it fail; -1 never */
	long ons, offs;
};

static struct player player;
static struct open_notes open_notes;
static struct receiver receiver;

static inline int receive(void *context, const uint8_t *message, int size)
{
	struct receiver *r = context;
	uint8_t channel = message[0] & 15;

	assert_true(message[0] >= 0x80);
	for (int i = 1; i < size; i++)
		assert_true(message[i] < 128);
	if (r->fail_at >= 0 && (int)r->n >= r->fail_at) {
		r->n++;
		return -1;
	}
	if ((message[0] & 0xf0) == 0x90) {
		assert_int_equal(size, 3);
		assert_int_not_equal(message[2], 0);
		assert_false(r->sounds[channel][message[1]]);
		r->sounds[channel][message[1]] = true;
		r->ons++;
	} else if ((message[0] & 0xf0) == 0x80) {
		assert_int_equal(size, 3);
		assert_true(r->sounds[channel][message[1]]);
		r->sounds[channel][message[1]] = false;
		r->offs++;
	}
	if (r->n < LOG_MAX) {
		r->log[r->n].due = r->player->due;
		r->log[r->n].size = size;
		memcpy(r->log[r->n].bytes, message, (size_t)size);
	}
	r->n++;
	return 0;
}

static inline void begin(uint64_t start)
{
	memset(&receiver, 0, sizeof receiver);
	receiver.fail_at = -1;
	receiver.player = &player;
	memset(&open_notes, 0, sizeof open_notes);
	player_start(&player, start, &open_notes);
	transport_tempo(&player.transport, 0, UNIT_NS);
}

static inline struct play_item note(uint64_t on, uint64_t off, uint8_t channel, uint8_t pitch, uint8_t velocity,
                                    uint8_t program)
{
	return (struct play_item){.at = on,
	                          .kind = ITEM_NOTE,
	                          .note = {.off = off,
	                                   .part = channel,
	                                   .channel = channel,
	                                   .pitch = pitch,
	                                   .velocity = velocity,
	                                   .program = program}};
}

/* All that is due at now; the items from *i on. The next deadline. */
static inline uint64_t run(uint64_t now, const struct play_item *notes, size_t n, size_t *i, bool *lost)
{
	for (;;) {
		bool taken;
		uint64_t next =
			player_advance(&player, now, *i < n ? &notes[*i] : NULL, &taken, receive, &receiver, lost);

		if (*lost)
			return next;
		if (!taken) {
			assert_true(next > now);
			return next;
		}
		assert_true(next <= now);
		(*i)++;
	}
}

#endif
