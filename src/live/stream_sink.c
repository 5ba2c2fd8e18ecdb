/*
 * The device thread and its sink: what is sent, and recorded; what comes in;
 * and a sink that is lost and found again. See stream_device.c.
 */
#include <string.h>

#include "base/clock.h"
#include "live/stream_threads.h"

#define AT_ONCE 64 /* messages taken before the player has its turn */

static void count_late(struct stream *s, uint64_t late)
{
	size_t step = late / LATE_STEP < LATE_STEPS - 1 ? (size_t)(late / LATE_STEP) : LATE_STEPS - 1;

	atomic_fetch_add_explicit(&s->late[step], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->messages, 1, memory_order_relaxed);
	if (late > atomic_load_explicit(&s->late_max, memory_order_relaxed))
		atomic_store_explicit(&s->late_max, late, memory_order_relaxed);
}

static void keep_error(struct stream *s)
{
	memcpy(s->device_error, error_message(), strlen(error_message()) + 1);
}

void stream_fail(struct stream *s)
{
	if (s->device_failed)
		return;
	keep_error(s);
	s->device_failed = true;
}

bool stream_is_gone(const struct stream *s)
{
	return atomic_load_explicit(&s->gone, memory_order_relaxed);
}

/* It is lost: for good, or it is looked for from now on. What sounds stays in the table. */
void stream_lose(struct stream *s)
{
	if (!s->sink.reopen) {
		stream_fail(s);
		return;
	}
	if (stream_is_gone(s))
		return;
	keep_error(s);
	atomic_store_explicit(&s->gone, true, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->losses, 1, memory_order_relaxed);
	s->retry = clock_now() + STREAM_RETRY;
	s->player.n_offs = 0;
}

/* Where a clock has leapt, and the music has yet to find its place, it stays where it was. */
uint64_t stream_now(const struct stream *s, uint64_t now)
{
	return s->astray ? s->passed : transport_moment(&s->player.transport, now);
}

/* The moment of the source: bars that were played again do not count there. */
uint64_t stream_source_now(const struct stream *s, uint64_t now)
{
	const uint64_t moment = stream_now(s, now);

	return moment > s->inserted ? moment - s->inserted : 0;
}

/* Into the recording, if there is one: what sounds, not the clock. */
static void record(struct stream *s, uint64_t moment, const uint8_t *message, int size)
{
	struct played played = {.at = moment, .size = (uint8_t)size};

	if (!s->extras.record || message[0] >= MIDI_POSITION)
		return;
	memcpy(played.message, message, (size_t)size);
	record_played(s->extras.record, &played);
}

/* The player's send while the music plays. */
int stream_send(void *context, const uint8_t *message, int size)
{
	struct stream *s = context;
	uint64_t now = clock_now();

	if (stream_is_gone(s))
		return 0;
	count_late(s, now > s->player.due ? now - s->player.due : 0);
	record(s, s->player.moment, message, size);
	return s->sink.send(s->sink.context, message, size);
}

/* And when it is silenced, when nothing has a moment. */
int stream_send_plain(void *context, const uint8_t *message, int size)
{
	struct stream *s = context;

	if (stream_is_gone(s))
		return -1;
	atomic_fetch_add_explicit(&s->messages, 1, memory_order_relaxed);
	record(s, stream_now(s, clock_now()), message, size);
	return s->sink.send(s->sink.context, message, size);
}

/* Is it there again? What hung is put out before anything else. */
void stream_look(struct stream *s)
{
	if ((!stream_is_gone(s) && !s->deaf) || !s->sink.reopen || clock_now() < s->retry)
		return;
	s->retry = clock_now() + STREAM_RETRY;
	if (s->sink.reopen(s->sink.context) != 0)
		return;
	s->deaf = false;
	if (!stream_is_gone(s))
		return;
	atomic_store_explicit(&s->gone, false, memory_order_relaxed);
	if (player_rejoin(&s->player, stream_send_plain, s) < 0)
		stream_lose(s);
}

bool stream_is_following(const struct stream *s)
{
	return s->extras.follow;
}

uint64_t stream_poll(const struct stream *s)
{
	return s->sink.read ? POLL_HEAR : POLL;
}

static void take_message(struct stream *s, int input, const uint8_t *message, int size, uint64_t now)
{
	struct stream_heard heard = {now, stream_source_now(s, now), (uint8_t)input, (uint8_t)size, {0}};

	if (stream_is_following(s) && input == 0 && message[0] >= MIDI_POSITION) {
		follower_message(&s->follower, message, size, now);
		return;
	}
	memcpy(heard.message, message, (size_t)size);
	if (!ring_write(&s->heard, &heard, 1))
		atomic_fetch_add_explicit(&s->unheard, 1, memory_order_relaxed);
}

void stream_listen(struct stream *s)
{
	uint8_t message[3];
	int input, size = 1;

	if (!s->sink.read)
		return;
	/* a flood must not keep the music waiting */
	for (int n = 0; n < AT_ONCE && (size = s->sink.read(s->sink.context, &input, message)) > 0; n++)
		take_message(s, input, message, size, clock_now());
	if (size < 0 && !s->deaf) {
		s->deaf = true;
		s->retry = clock_now() + STREAM_RETRY;
	}
}

void stream_silence(struct stream *s)
{
	if (player_silence(&s->player, stream_send_plain, s) < 0)
		stream_lose(s);
}

void stream_record_tempo(struct stream *s, uint64_t moment)
{
	const struct played tempo = {.at = moment,
	                             .us_per_quarter = stream_is_following(s) ? s->source->us_per_quarter
	                                                                      : s->player.transport.us_per_quarter};

	if (s->extras.record && tempo.us_per_quarter)
		record_played(s->extras.record, &tempo);
}

void stream_record_bar(struct stream *s, const struct source_item *item)
{
	const struct played bar = {.at = item->play.at + s->inserted,
	                           .numerator = item->numerator,
	                           .denominator_log2 = item->denominator_log2};

	if (!s->extras.record)
		return;
	record_played(s->extras.record, &bar);
	/* a clock's tempo, or the player's, is never told otherwise */
	stream_record_tempo(s, bar.at);
}
