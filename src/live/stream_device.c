/*
 * The device thread of a stream: the only one that calls the sink. It never
 * allocates, locks, prints or waits for the other, and sleeps to absolute
 * deadlines. It never sleeps longer than POLL, which is how it hears of a
 * stop, a pause, or an item that has just been composed: a wake-up by signal
 * or lock could come between looking and sleeping.
 */
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "live/stream_threads.h"

#define LEAD            (60 * MS)   /* from the first item's arrival to its moment: receivers need a little */
#define TAIL            (1000 * MS) /* for the last chord to die away before CC 120 cuts it */
#define ECHO_LEAD       (2 * MS)    /* before a bar line without a bar, to be on time */
#define DEVICE_PRIORITY 20

/* ---- wishes of the caller ------------------------------------------------------ */

static void take_tempo(struct stream *s, uint64_t now)
{
	const uint32_t asked = atomic_load_explicit(&s->asked_tempo, memory_order_relaxed);

	if (asked != s->asked)
		transport_ask(&s->player.transport, stream_now(s, now), asked);
	s->asked = asked;
}

static void take_mutes(struct stream *s)
{
	const uint64_t muted = atomic_load_explicit(&s->asked_mutes, memory_order_relaxed);
	const uint64_t begun = muted & ~s->muted;

	s->muted = muted;
	for (uint8_t part = 0; begun && part < SONG_PARTS_MAX; part++)
		if ((begun >> part & 1) && player_end_part(&s->player, part, stream_send_plain, s) < 0)
			stream_lose(s);
}

static void take_panic(struct stream *s)
{
	const int panics = atomic_load_explicit(&s->asked_panics, memory_order_relaxed);
	bool ran;

	if (panics == s->panicked)
		return;
	s->panicked = panics;
	s->hushed = true;
	ran = s->player.open->running;
	stream_silence(s);
	/* who follows the clock goes on: only what sounds was in a panic */
	if (ran && !stream_is_gone(s) && player_continue(&s->player, stream_send_plain, s) < 0)
		stream_lose(s);
}

static void shift_time(struct stream *s, uint64_t by)
{
	transport_shift(&s->player.transport, by);
	atomic_fetch_add_explicit(&s->shifted, by, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->shifts, 1, memory_order_relaxed);
}

/* Silent and out of time until it is wished otherwise. */
static void pause_here(struct stream *s)
{
	uint64_t began = clock_now();

	stream_silence(s);
	set_state(s, STREAM_PAUSED);
	while (wish_of(s) == PAUSE) {
		stream_listen(s);
		clock_sleep_until(clock_now() + stream_poll(s));
	}
	/* who follows a clock begins at its next pulse, and wants a moment before that */
	transport_shift(&s->player.transport, clock_now() - began + (s->player.halted ? PLAYER_START_LEAD : 0));
	if (wish_of(s) == RUN && !s->device_failed && !stream_is_gone(s) &&
	    player_continue(&s->player, stream_send_plain, s) < 0)
		stream_lose(s);
	set_state(s, STREAM_PLAYING);
}

/* ---- items ---------------------------------------------------------------------- */

/* Is it of an epoch that is over where it would come? */
static bool is_cut(const struct stream *s, const struct source_item *item)
{
	const uint32_t epoch = atomic_load_explicit(&s->epoch, memory_order_acquire);

	for (uint32_t e = item->epoch; e != epoch; e++)
		if (item->play.at >= atomic_load_explicit(&s->cuts[(e + 1) % CUTS], memory_order_relaxed))
			return true;
	return false;
}

static void drop(struct stream *s, const struct source_item *item)
{
	struct source_item gone;

	atomic_store_explicit(&s->taken_epoch, item->epoch, memory_order_release);
	ring_read(&s->ring, &gone, 1);
}

/* The next item that holds; NULL when there is none. */
static const struct source_item *peek(struct stream *s)
{
	const struct source_item *item;

	while ((item = ring_peek(&s->ring)) && is_cut(s, item))
		drop(s, item);
	return item;
}

static void begun(struct stream *s, const struct source_item *item)
{
	switch (item->play.kind) {
	case ITEM_BAR:
		s->hushed = false;
		atomic_store_explicit(&s->bar, item->bar, memory_order_relaxed);
		atomic_store_explicit(&s->parts, item->parts, memory_order_relaxed);
		if (item->length > 0)
			echo_bar(&s->echo, item->play.at + s->inserted, item->length);
		stream_record_bar(s, item);
		break;
	case ITEM_TEMPO:
		stream_record_tempo(s, item->play.at + s->inserted);
		break;
	case ITEM_NOTE:
	case ITEM_START:
	case ITEM_STOP:
		break;
	}
}

/* Is a note not to be heard? */
static bool is_mute(const struct stream *s, const struct play_item *item)
{
	return item->kind == ITEM_NOTE && (s->hushed || state_of(s) == STREAM_PAUSED || stream_is_gone(s) ||
	                                   (s->muted >> item->note.part % 64 & 1));
}

/* Send what is due of an item or before it. Was it taken? */
static bool advance(struct stream *s, uint64_t now, const struct play_item *item, uint64_t *deadline)
{
	bool taken, lost;

	if (item && is_mute(s, item) && transport_clock(&s->player.transport, item->at) <= now) {
		*deadline = player_advance(&s->player, now, NULL, &taken, stream_send, s, &lost);
		taken = true;
	} else {
		*deadline = player_advance(&s->player, now, item, &taken, stream_send, s, &lost);
	}
	if (lost)
		stream_lose(s);
	return taken;
}

/* An item in the player's moments. */
static struct play_item placed(const struct stream *s, const struct source_item *item)
{
	struct play_item play = item->play;

	play.at += s->inserted;
	if (play.kind == ITEM_NOTE)
		play.note.off += s->inserted;
	return play;
}

/* ---- the last bars again -------------------------------------------------------- */

/* Is it a bar line, and the bar not there? */
static bool is_wanting(const struct stream *s, uint64_t now)
{
	return echo_ready(&s->echo) && transport_clock(&s->player.transport, echo_end(&s->echo)) <= now + ECHO_LEAD;
}

static void turn_echo(struct stream *s, uint64_t from, bool again)
{
	const uint64_t length = echo_turn(&s->echo, from, again);

	s->echoing = true;
	s->inserted += length;
	atomic_fetch_add_explicit(&s->varied, 1, memory_order_relaxed);
}

/* The next of what is played again. False: it is over, and the music is there again. The deadline is set otherwise. */
static bool play_echo(struct stream *s, uint64_t now, bool there, uint64_t *deadline)
{
	const uint64_t end = s->echo.from + s->echo.length;
	struct play_item note;

	if (echo_peek(&s->echo, &note)) {
		if (advance(s, now, &note, deadline)) {
			atomic_fetch_add_explicit(&s->notes, 1, memory_order_relaxed);
			echo_pass(&s->echo);
			*deadline = now;
		}
		return true;
	}
	if (transport_clock(&s->player.transport, end) > now + ECHO_LEAD) {
		advance(s, now, NULL, deadline);
		if (transport_clock(&s->player.transport, end) - ECHO_LEAD < *deadline)
			*deadline = transport_clock(&s->player.transport, end) - ECHO_LEAD;
		return true;
	}
	if (!there) {
		turn_echo(s, end, true);
		*deadline = now;
		return true;
	}
	s->echoing = false;
	return false;
}

/* ---- a clock that is followed -------------------------------------------------- */

/*
 * The clock has begun, or leapt: the next bar of the music is the bar it is
 * in now. False: that bar is not composed yet.
 */
static bool find_place(struct stream *s, uint64_t now)
{
	const struct source_item *item;
	uint64_t position, moment;

	while ((item = peek(s)) && item->play.kind != ITEM_BAR) {
		if (item->play.kind == ITEM_TEMPO)
			transport_tempo(&s->player.transport, item->play.at, item->play.us_per_quarter);
		drop(s, item);
	}
	if (!item)
		return false;
	position = follower_moment(&s->follower, now);
	moment = item->play.at + s->inserted + (item->length ? position % item->length : 0);
	transport_follow(&s->player.transport, &s->follower, position, moment);
	echo_start(&s->echo);
	s->echoing = false;
	return true;
}

/* Its state; false: there is nothing to play by it now. */
static bool follow(struct stream *s)
{
	const uint64_t now = clock_now();
	const enum follower_state state = follower_state(&s->follower, now);
	const double bpm = follower_bpm(&s->follower);
	const bool halted = state == FOLLOWER_STOPPED || state == FOLLOWER_WAITING;

	atomic_store_explicit(&s->follower_state, (int)state, memory_order_relaxed);
	atomic_store_explicit(&s->follower_us, bpm > 0 ? (uint32_t)(6e7 / bpm) : 0, memory_order_relaxed);
	s->astray = s->astray || s->follower.jumps != s->jumps;
	if (s->follower.jumps != s->jumps || (halted && !s->halted))
		stream_silence(s);
	s->jumps = s->follower.jumps;
	s->halted = halted;
	if (halted)
		return false;
	if (s->astray)
		s->astray = !find_place(s, now);
	return !s->astray;
}

/* Paused is silent, and no more: the clock goes on. */
static void pause_following(struct stream *s)
{
	const bool paused = wish_of(s) == PAUSE;

	if (paused && state_of(s) == STREAM_PLAYING)
		stream_silence(s);
	set_state(s, paused ? STREAM_PAUSED : STREAM_PLAYING);
}

/* ---- the thread ------------------------------------------------------------------ */

/* To be on time beside other work: all of it is asked for, none of it is needed. */
static void prefer_this_thread(struct stream *s)
{
	struct sched_param priority = {.sched_priority = DEVICE_PRIORITY};

	pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	mlock(s, sizeof *s);
	mlock(s->open, sizeof *s->open);
	mlock(s->ring.items, (s->ring.mask + 1) * s->ring.item_size);
}

/* The first item, or NULL when there is none to come. */
static const struct source_item *wait_for_item(struct stream *s)
{
	while (wish_of(s) != STOP) {
		bool composed = atomic_load_explicit(&s->composed, memory_order_acquire);
		const struct source_item *item = peek(s);

		if (item || composed)
			return item;
		clock_sleep_until(clock_now() + MS);
	}
	return NULL;
}

static void linger(const struct stream *s)
{
	uint64_t until = clock_now() + TAIL;

	while (wish_of(s) == RUN && clock_now() < until)
		clock_sleep_until(clock_now() + POLL);
}

/* How far it is, for the others. */
static void tell(struct stream *s, uint64_t now)
{
	const uint32_t follower_us = atomic_load_explicit(&s->follower_us, memory_order_relaxed);
	uint64_t heard = stream_source_now(s, now);

	s->passed = stream_now(s, now);
	if (now > s->began)
		atomic_store_explicit(&s->position, now - s->began, memory_order_relaxed);
	atomic_store_explicit(&s->source->us_per_quarter,
	                      follower_us ? follower_us : s->player.transport.us_per_quarter, memory_order_relaxed);
	if (s->echoing)
		heard = s->echo.from + s->echo.length - s->inserted;
	atomic_store_explicit(&s->source->heard, heard, memory_order_release);
}

static void sleep_to(const struct stream *s, uint64_t now, uint64_t deadline)
{
	clock_sleep_until(deadline < now + stream_poll(s) ? deadline : now + stream_poll(s));
}

/* An item that comes too late: time waits for it; where time is another's, a note is left out. */
static void meet_late(struct stream *s, uint64_t now, struct play_item *item)
{
	const uint64_t due = transport_clock(&s->player.transport, item->at);

	if (now < STREAM_LATE || now - STREAM_LATE <= due)
		return;
	if (!stream_is_following(s))
		shift_time(s, now - due);
	else if (item->kind == ITEM_NOTE)
		item->kind = ITEM_BAR; /* nothing is sent for one */
}

/* The next thing, whatever it is. False: it is all over. */
static bool play_on(struct stream *s)
{
	/* whether there is more is asked first: an item put in meanwhile is seen */
	const bool composed = atomic_load_explicit(&s->composed, memory_order_acquire);
	const struct source_item *item = peek(s);
	uint64_t now = clock_now(), deadline;
	struct play_item play;

	tell(s, now);
	if (!item && !composed && !s->echoing && is_wanting(s, now))
		turn_echo(s, echo_end(&s->echo), false);
	if (s->echoing && play_echo(s, now, item || composed, &deadline)) {
		sleep_to(s, now, deadline);
		return true;
	}
	if (item) {
		play = placed(s, item);
		meet_late(s, now, &play);
	}
	if (advance(s, now, item ? &play : NULL, &deadline)) {
		if (play.kind == ITEM_NOTE) {
			atomic_fetch_add_explicit(&s->notes, 1, memory_order_relaxed);
			echo_note(&s->echo, &play);
		}
		begun(s, item);
		drop(s, item);
		return true;
	}
	/* a clock that runs does not run on without music: where composing failed, its stop never comes */
	if (!item && composed && s->player.n_offs == 0)
		return false;
	sleep_to(s, now, deadline);
	return true;
}

static void play(struct stream *s)
{
	const struct source_item *first = wait_for_item(s);

	if (!first)
		return;
	s->began = clock_now() + LEAD;
	transport_start(&s->player.transport, s->began, first->play.at);
	s->astray = stream_is_following(s);
	while (wish_of(s) != STOP && !s->device_failed) {
		stream_look(s);
		stream_listen(s);
		if (stream_is_following(s)) {
			pause_following(s);
			if (!follow(s)) {
				tell(s, clock_now());
				clock_sleep_until(clock_now() + POLL_HEAR);
				continue;
			}
		} else if (wish_of(s) == PAUSE) {
			pause_here(s);
			continue;
		}
		take_tempo(s, clock_now());
		take_mutes(s);
		take_panic(s);
		if (!play_on(s)) {
			linger(s);
			return;
		}
	}
}

void *stream_play(void *context)
{
	struct stream *s = context;

	if (s->sink.open(s->sink.context) < 0) {
		stream_fail(s);
		set_state(s, STREAM_ENDED);
		return NULL;
	}
	prefer_this_thread(s);
	player_start(&s->player, 0, s->open);
	echo_start(&s->echo);
	set_state(s, STREAM_PLAYING);
	play(s);
	stream_silence(s);
	/* it has not come back: what sounded there may hang, and that is an error, said by what was said then */
	s->device_failed = s->device_failed || stream_is_gone(s);
	s->sink.close(s->sink.context);
	set_state(s, STREAM_ENDED);
	return NULL;
}
