/*
 * A source played by a player against a fake clock, and everything that was
 * heard, with the moment by the clock at which it was due. cmocka.h comes
 * before this; include it in one file of a program.
 */
#ifndef TESTS_UNIT_LIVE_HEARD_H
#define TESTS_UNIT_LIVE_HEARD_H

#include <string.h>

#include "live/player.h"
#include "live/source.h"

#define HEARD_MAX 400000

struct sounded {
	uint64_t due;
	uint8_t message[3];
};
static struct sounded heard[HEARD_MAX];
static size_t n_heard;
static struct player player;
static struct open_notes open_notes;
static long fail_at; /* this message and all after it fail; -1 never */
static bool gone;    /* as a stream whose sink is lost: nothing is sent, and the music goes on */

static inline int hear(void *context, const uint8_t *message, int size)
{
	(void)context;
	if (gone)
		return 0;
	if (fail_at >= 0 && (long)n_heard >= fail_at)
		return -1;
	/* marked before it is started, until it is stopped */
	if (message[0] >= 0xf8)
		assert_true(open_notes.running);
	assert_true(n_heard < HEARD_MAX);
	heard[n_heard] = (struct sounded){.due = player.due};
	memcpy(heard[n_heard++].message, message, (size_t)size);
	return 0;
}

static inline void heard_begin(uint64_t start)
{
	n_heard = 0;
	fail_at = -1;
	gone = false;
	memset(&open_notes, 0, sizeof open_notes);
	player_start(&player, start, &open_notes);
}

/* What is due at now, of items[*i] on; the next deadline. */
static inline uint64_t heard_advance(uint64_t now, const struct source_item *items, size_t n, size_t *i)
{
	for (;;) {
		bool taken, lost;
		uint64_t next =
			player_advance(&player, now, *i < n ? &items[*i].play : NULL, &taken, hear, NULL, &lost);

		assert_false(lost);
		if (!taken)
			return next;
		(*i)++;
	}
}

/* All of them, from deadline to deadline; or so late each time. */
static inline void heard_play(uint64_t start, const struct source_item *items, size_t n, uint64_t late)
{
	uint64_t now = start > PLAYER_START_LEAD ? start - PLAYER_START_LEAD : 0;
	size_t i = 0;

	heard_begin(start);
	for (uint64_t next; (next = heard_advance(now, items, n, &i)) != PLAYER_NEVER; now = next + late)
		assert_true(next > now);
	assert_int_equal(i, n);
}

/* Songs as a source, each part on a channel of its own. */
static inline struct source *heard_songs(struct song *const *songs, size_t n, bool clock)
{
	static struct routing_rules rules;

	routing_rules_start(&rules, true);
	return source_of_songs(songs, n, &rules, clock);
}

/* Everything that a source gives, at most so many. The number. */
static inline size_t heard_drain(struct source *s, struct source_item *items, size_t most)
{
	size_t n = 0;
	int got;

	assert_non_null(s);
	while ((got = s->next(s, &items[n])) == 1) {
		assert_true(n + 1 < most);
		assert_true(n == 0 || items[n].play.at >= items[n - 1].play.at);
		n++;
	}
	assert_int_equal(got, 0);
	return n;
}

#endif
