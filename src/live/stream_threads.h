/* What the two threads of a stream and its caller share; for live/stream*.c alone. */
#ifndef LIVE_STREAM_THREADS_H
#define LIVE_STREAM_THREADS_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/ring.h"
#include "live/echo.h"
#include "live/stream.h"

#define MS         1000000ull
#define POLL       (5 * MS) /* how long a thread sleeps at most */
#define POLL_HEAR  (MS / 2) /* where messages come in: they are heard when they are asked for */
#define LATE_STEP  10000u   /* ns a histogram step */
#define LATE_STEPS 1001     /* the last: 10 ms and more */
#define CUTS       64       /* epochs that can be in the ring at once */

enum wish { RUN, PAUSE, STOP };

struct stream {
	/* the device thread's */
	struct player player;
	struct sink sink;
	struct open_notes *open, own; /* the table of open notes, and what it is when the caller has none */
	struct echo echo;
	uint64_t inserted;    /* moments that the player is ahead of the source: bars that were played again */
	bool echoing, hushed; /* the last bars are played again; nothing until the next bar */
	uint64_t retry;       /* when a lost sink is tried again */
	uint64_t began;       /* by the clock */
	uint32_t asked;       /* tempo, as last seen */
	uint64_t muted;       /* parts, as last seen */
	int panicked;
	struct stream_extras extras;
	struct follower follower;
	unsigned jumps;    /* of the follower, as last seen */
	bool astray;       /* it jumped: the next bar is to be where it is now */
	uint64_t passed;   /* the player's moment, as last told */
	bool halted, deaf; /* the clock that is followed has stopped; an input is lost */

	/* shared: the ring's items are of the source; an epoch's cut is written before it is published */
	struct ring ring;
	struct ring heard; /* messages that came in, from the device thread to the caller */
	_Atomic uint64_t cuts[CUTS];
	_Atomic uint32_t epoch, taken_epoch; /* published by the composer thread; of the last item taken */
	_Atomic int wish;
	_Atomic int state;
	_Atomic bool composed;        /* no more will come; the composer thread is done */
	_Atomic uint64_t written;     /* moment of the source up to which it is composed */
	_Atomic uint32_t asked_tempo; /* wishes of the caller's */
	_Atomic uint64_t asked_mutes;
	_Atomic int asked_panics;

	/* written by the device thread, read by stream_status() */
	_Atomic uint64_t position; /* of the player, ns since the beginning */
	_Atomic uint64_t notes, messages, late_max, shifted;
	_Atomic uint32_t late[LATE_STEPS];
	_Atomic int bar, parts, shifts, varied, losses;
	_Atomic bool gone;
	_Atomic int follower_state;
	_Atomic uint32_t follower_us; /* a quarter; 0 not known yet */
	_Atomic unsigned unheard;

	/* the composer thread's */
	struct source *source;

	pthread_t composer, device;
	_Atomic bool stopped; /* stream_stop() was called */
	/* each its thread's until the join, or (opening) until state says so */
	char composer_error[ERROR_MAX], device_error[ERROR_MAX];
	bool composer_failed, device_failed;
};

static inline int wish_of(const struct stream *s)
{
	return atomic_load_explicit(&s->wish, memory_order_acquire);
}

static inline enum stream_state state_of(const struct stream *s)
{
	return (enum stream_state)atomic_load_explicit(&s->state, memory_order_acquire);
}

static inline void set_state(struct stream *s, enum stream_state state)
{
	atomic_store_explicit(&s->state, state, memory_order_release);
}

/* ---- live/stream_sink.c: for the device thread -------------------------------- */

/* The stream ends, with error()'s message. */
void stream_fail(struct stream *s);

/* The sink is lost: for good, or it is looked for from now on. What sounds stays in the table. */
void stream_lose(struct stream *s);
bool stream_is_gone(const struct stream *s);
void stream_look(struct stream *s);

/* The moment of the player at a clock time; of the source, where bars that were played again do not count. */
uint64_t stream_now(const struct stream *s, uint64_t now);
uint64_t stream_source_now(const struct stream *s, uint64_t now);

/* As player_send: what has a moment, so that its lateness counts; and what has none. */
int stream_send(void *context, const uint8_t *message, int size);
int stream_send_plain(void *context, const uint8_t *message, int size);
void stream_silence(struct stream *s);

/* What has come in: to the follower, or to the caller. */
void stream_listen(struct stream *s);
bool stream_is_following(const struct stream *s);
/* How long to sleep at most. */
uint64_t stream_poll(const struct stream *s);

/* The tempo from a moment on, and a bar, for the recording. */
void stream_record_tempo(struct stream *s, uint64_t moment);
void stream_record_bar(struct stream *s, const struct source_item *item);

/* live/stream_compose.c, live/stream_device.c: context is the stream. */
void *stream_compose(void *context);
void *stream_play(void *context);

#endif
