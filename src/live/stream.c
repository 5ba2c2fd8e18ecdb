/*
 * The two threads of a stream, see stream.h. The device thread is the only
 * one that calls the sink; it never allocates, locks, prints or waits for the
 * other, and sleeps to absolute deadlines. It never sleeps longer than POLL,
 * which is how it hears of a stop, a pause, or a note that has just been
 * composed: a wake-up by signal or lock could come between looking and
 * sleeping. The composer thread keeps AHEAD of music in the ring, no more, so
 * that what is composed is soon heard.
 */
#include "live/stream.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/ring.h"
#include "live/pulses.h"

#define MS                1000000ull
#define POLL              (5 * MS)
#define AHEAD             (8000 * MS) /* four bars of 4/4 at 120 */
#define LEAD              (60 * MS)   /* from the first note's arrival to its moment: receivers need a little */
#define TAIL              (1000 * MS) /* for the last chord to die away before CC 120 cuts it */
#define RING_NOTES        4096        /* more than AHEAD holds of any music but noise, clock and all */
#define STOP_PATIENCE     (3000 * MS)
#define COMPOSER_PATIENCE (500 * MS)
#define LATE_STEP         10000u /* ns a histogram step */
#define LATE_STEPS        1001   /* the last: 10 ms and more */
#define DEVICE_PRIORITY   20

enum wish { RUN, PAUSE, STOP };

struct stream {
	/* the device thread's */
	struct player player;
	struct sink sink;
	struct open_notes *open, own; /* the table of open notes, and what it is when the caller has none */

	/* shared */
	struct ring ring;
	_Atomic int wish;
	_Atomic int state;
	_Atomic bool composed;     /* no more will come; the composer thread is done */
	_Atomic uint64_t position; /* of the player, ns since the beginning */

	/* written by the device thread, read by stream_status() */
	_Atomic uint64_t notes, messages, late_max, shifted;
	_Atomic uint32_t late[LATE_STEPS];
	_Atomic int bar, us_per_quarter, parts, shifts;

	/* the composer thread's */
	struct source *source;

	pthread_t composer, device;
	_Atomic bool stopped; /* stream_stop() was called */
	/* each its thread's until the join, or (opening) until state says so */
	char composer_error[ERROR_MAX], device_error[ERROR_MAX];
	bool composer_failed, device_failed;
};

static int wish_of(const struct stream *s)
{
	return atomic_load_explicit(&s->wish, memory_order_acquire);
}

static void set_state(struct stream *s, enum stream_state state)
{
	atomic_store_explicit(&s->state, state, memory_order_release);
}

static enum stream_state state_of(const struct stream *s)
{
	return (enum stream_state)atomic_load_explicit(&s->state, memory_order_acquire);
}

/* ---- the composer thread ---- */

/* Room in the ring, and near enough to what is heard? */
static bool put(struct stream *s, const struct stream_note *note)
{
	uint64_t heard = atomic_load_explicit(&s->position, memory_order_acquire);

	return note->note.on <= heard + AHEAD && ring_write(&s->ring, note, 1);
}

static void *compose_thread(void *context)
{
	struct stream *s = context;
	struct stream_note note;
	int got = 0;

	while (wish_of(s) != STOP && (got = s->source->next(s->source, &note)) == 1)
		while (!put(s, &note) && wish_of(s) != STOP)
			clock_sleep_until(clock_now() + 2 * POLL);
	if (got < 0) {
		memcpy(s->composer_error, error_message(), strlen(error_message()) + 1);
		s->composer_failed = true;
	}
	atomic_store_explicit(&s->composed, true, memory_order_release);
	return NULL;
}

/* ---- the device thread ---- */

static void count_late(struct stream *s, uint64_t late)
{
	size_t step = late / LATE_STEP < LATE_STEPS - 1 ? (size_t)(late / LATE_STEP) : LATE_STEPS - 1;

	atomic_fetch_add_explicit(&s->late[step], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->messages, 1, memory_order_relaxed);
	if (late > atomic_load_explicit(&s->late_max, memory_order_relaxed))
		atomic_store_explicit(&s->late_max, late, memory_order_relaxed);
}

/* The player's send while the music plays. */
static int send_measured(void *context, const uint8_t *message, int size)
{
	struct stream *s = context;
	uint64_t now = clock_now();

	count_late(s, now > s->player.due ? now - s->player.due : 0);
	return s->sink.send(s->sink.context, message, size);
}

/* And when it is silenced, when nothing has a moment. */
static int send_plain(void *context, const uint8_t *message, int size)
{
	struct stream *s = context;

	atomic_fetch_add_explicit(&s->messages, 1, memory_order_relaxed);
	return s->sink.send(s->sink.context, message, size);
}

static void fail(struct stream *s)
{
	if (s->device_failed)
		return;
	memcpy(s->device_error, error_message(), strlen(error_message()) + 1);
	s->device_failed = true;
}

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

static void note_begun(struct stream *s, const struct stream_note *n)
{
	atomic_store_explicit(&s->bar, n->bar, memory_order_relaxed);
	atomic_store_explicit(&s->us_per_quarter, n->us_per_quarter, memory_order_relaxed);
	atomic_store_explicit(&s->parts, n->parts, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->notes, 1, memory_order_relaxed);
}

static void shift_time(struct stream *s, uint64_t by)
{
	s->player.start += by;
	atomic_fetch_add_explicit(&s->shifted, by, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->shifts, 1, memory_order_relaxed);
}

/* Silent and out of time until it is wished otherwise. */
static void pause_here(struct stream *s)
{
	uint64_t began = clock_now();

	if (player_silence(&s->player, send_plain, s) < 0)
		fail(s);
	set_state(s, STREAM_PAUSED);
	while (wish_of(s) == PAUSE)
		clock_sleep_until(clock_now() + POLL);
	/* who follows a clock begins at its next pulse, and wants a moment before that */
	s->player.start += clock_now() - began + (s->player.halted ? PULSES_LEAD : 0);
	if (wish_of(s) == RUN && !s->device_failed && player_continue(&s->player, send_plain, s) < 0)
		fail(s);
	set_state(s, STREAM_PLAYING);
}

/* The first note, or NULL when there is none to come. */
static const struct stream_note *wait_for_note(struct stream *s)
{
	while (wish_of(s) != STOP) {
		bool composed = atomic_load_explicit(&s->composed, memory_order_acquire);
		const struct stream_note *n = ring_peek(&s->ring);

		if (n || composed)
			return n;
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

static void play(struct stream *s)
{
	struct player *p = &s->player;

	if (!wait_for_note(s))
		return;
	p->start = clock_now() + LEAD;
	while (wish_of(s) != STOP && !s->device_failed) {
		/* whether there is more is asked first: a note put in meanwhile is seen */
		bool composed = atomic_load_explicit(&s->composed, memory_order_acquire);
		const struct stream_note *n = ring_peek(&s->ring);
		uint64_t now = clock_now(), deadline;
		struct stream_note gone;
		bool taken, lost;

		if (wish_of(s) == PAUSE) {
			pause_here(s);
			continue;
		}
		if (n && now > p->start + n->note.on + STREAM_LATE)
			shift_time(s, now - (p->start + n->note.on));
		if (now > p->start)
			atomic_store_explicit(&s->position, now - p->start, memory_order_release);
		deadline = player_advance(p, now, n ? &n->note : NULL, &taken, send_measured, s, &lost);
		if (lost)
			fail(s);
		if (taken && n) {
			if (!n->note.realtime)
				note_begun(s, n);
			ring_read(&s->ring, &gone, 1);
		} else if (!n && composed && deadline == PLAYER_NEVER) {
			linger(s);
			return;
		} else {
			clock_sleep_until(deadline < now + POLL ? deadline : now + POLL);
		}
	}
}

static void *device_thread(void *context)
{
	struct stream *s = context;

	if (s->sink.open(s->sink.context) < 0) {
		fail(s);
		set_state(s, STREAM_ENDED);
		return NULL;
	}
	prefer_this_thread(s);
	player_start(&s->player, 0, s->open);
	set_state(s, STREAM_PLAYING);
	play(s);
	if (player_silence(&s->player, send_plain, s) < 0)
		fail(s);
	s->sink.close(s->sink.context);
	set_state(s, STREAM_ENDED);
	return NULL;
}

/* ---- everyone else ---- */

static void free_stream(struct stream *s)
{
	ring_done(&s->ring);
	free(s);
}

/* Threads with all signals blocked, so that the program's own thread gets them. */
static int start_thread(pthread_t *thread, void *(*run)(void *), struct stream *s)
{
	sigset_t all, before;
	int status;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	status = pthread_create(thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return status ? error("cannot start a thread: %s", strerror(status)) : 0;
}

struct stream *stream_start(struct source *source, const struct sink *sink, struct open_notes *open)
{
	struct stream *s = mem_new(1, sizeof *s);

	if (!s || ring_init(&s->ring, RING_NOTES, sizeof(struct stream_note)) < 0) {
		free(s);
		return NULL;
	}
	s->source = source;
	s->sink = *sink;
	s->open = open ? open : &s->own;
	if (start_thread(&s->device, device_thread, s) < 0) {
		free_stream(s);
		return NULL;
	}
	while (state_of(s) == STREAM_OPENING)
		clock_sleep_until(clock_now() + MS);
	/* without a sink there is no use in composing; with one, its thread waits for the first note */
	if (state_of(s) == STREAM_PLAYING && start_thread(&s->composer, compose_thread, s) == 0)
		return s;
	stream_stop(s);
	pthread_join(s->device, NULL);
	if (s->device_failed)
		error("%s", s->device_error);
	free_stream(s);
	return NULL;
}

/* The lateness, ms, that a share of the messages did not exceed. */
static double late_quantile(const struct stream *s, double share)
{
	uint64_t total = 0, seen = 0;
	double most;
	size_t i;

	for (i = 0; i < LATE_STEPS; i++)
		total += atomic_load_explicit(&s->late[i], memory_order_relaxed);
	for (i = 0; i < LATE_STEPS - 1; i++) {
		seen += atomic_load_explicit(&s->late[i], memory_order_relaxed);
		if ((double)seen >= share * (double)total)
			break;
	}
	if (total == 0)
		return 0;
	/* the end of the step, which may lie past the latest of all */
	most = (double)atomic_load_explicit(&s->late_max, memory_order_relaxed);
	return fmin((double)(i + 1) * LATE_STEP, most) * 1e-6;
}

static bool busy(const struct stream *s)
{
	return state_of(s) != STREAM_ENDED || !atomic_load_explicit(&s->composed, memory_order_acquire);
}

void stream_status(const struct stream *s, struct stream_status *status)
{
	*status = (struct stream_status){
		.state = state_of(s),
		.busy = busy(s),
		.seconds = (double)atomic_load_explicit(&s->position, memory_order_relaxed) * 1e-9,
		.bar = atomic_load_explicit(&s->bar, memory_order_relaxed),
		.us_per_quarter = atomic_load_explicit(&s->us_per_quarter, memory_order_relaxed),
		.parts = atomic_load_explicit(&s->parts, memory_order_relaxed),
		.notes = atomic_load_explicit(&s->notes, memory_order_relaxed),
		.messages = atomic_load_explicit(&s->messages, memory_order_relaxed),
		.late_p50 = late_quantile(s, 0.5),
		.late_p99 = late_quantile(s, 0.99),
		.late_max = (double)atomic_load_explicit(&s->late_max, memory_order_relaxed) * 1e-6,
		.shifts = atomic_load_explicit(&s->shifts, memory_order_relaxed),
		.shifted = (double)atomic_load_explicit(&s->shifted, memory_order_relaxed) * 1e-9,
	};
}

void stream_stop(struct stream *s)
{
	atomic_store_explicit(&s->stopped, true, memory_order_relaxed);
	atomic_store_explicit(&s->wish, STOP, memory_order_release);
}

void stream_pause(struct stream *s)
{
	uint64_t until = clock_now() + 1000 * MS;
	int run = RUN;

	/* a stop that was asked for stays asked for */
	atomic_compare_exchange_strong(&s->wish, &run, PAUSE);
	while (state_of(s) == STREAM_PLAYING && wish_of(s) == PAUSE && clock_now() < until)
		clock_sleep_until(clock_now() + MS);
}

void stream_resume(struct stream *s)
{
	int pause = PAUSE;

	atomic_compare_exchange_strong(&s->wish, &pause, RUN);
}

/* The composer is only waited for once the music is over: a whole piece it has in hand may take it long. */
int stream_finish(struct stream *s, struct stream_status *last)
{
	uint64_t until = clock_now() + STOP_PATIENCE;
	int status = 0;

	while (state_of(s) != STREAM_ENDED &&
	       !(atomic_load_explicit(&s->stopped, memory_order_relaxed) && clock_now() > until))
		clock_sleep_until(clock_now() + 2 * MS);
	stream_stop(s);
	until = clock_now() + COMPOSER_PATIENCE;
	while (busy(s) && clock_now() < until)
		clock_sleep_until(clock_now() + 2 * MS);
	stream_status(s, last);
	if (last->state != STREAM_ENDED)
		return error("the MIDI device does not take what is written to it: notes may be left sounding");
	if (s->device_failed)
		status = error("%s", s->device_error);
	if (last->busy)
		return status;
	pthread_join(s->device, NULL);
	pthread_join(s->composer, NULL);
	if (status == 0 && s->composer_failed)
		status = error("%s", s->composer_error);
	free_stream(s);
	return status;
}
