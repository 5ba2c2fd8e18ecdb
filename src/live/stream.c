/*
 * A stream for its caller: started, asked how it is, told what is wished, and
 * ended. The two threads are live/stream_compose.c's and live/stream_device.c's.
 */
#include "live/stream.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "live/stream_threads.h"

#define RING_ITEMS        4096 /* more than there is ahead of any music but noise */
#define HEARD_MESSAGES    1024 /* some tenths of a second of all that a MIDI cable carries */
#define STOP_PATIENCE     (3000 * MS)
#define COMPOSER_PATIENCE (500 * MS)

static void free_stream(struct stream *s)
{
	ring_done(&s->ring);
	ring_done(&s->heard);
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
	return stream_start_with(source, sink, open, NULL);
}

struct stream *stream_start_with(struct source *source, const struct sink *sink, struct open_notes *open,
                                 const struct stream_extras *extras)
{
	struct stream *s = mem_new(1, sizeof *s);

	if (!s || ring_init(&s->ring, RING_ITEMS, sizeof(struct source_item)) < 0 ||
	    ring_init(&s->heard, HEARD_MESSAGES, sizeof(struct stream_heard)) < 0) {
		if (s)
			free_stream(s);
		return NULL;
	}
	if (extras)
		s->extras = *extras;
	follower_start(&s->follower);
	s->source = source;
	s->sink = *sink;
	s->open = open ? open : &s->own;
	if (start_thread(&s->device, stream_play, s) < 0) {
		free_stream(s);
		return NULL;
	}
	while (state_of(s) == STREAM_OPENING)
		clock_sleep_until(clock_now() + MS);
	/* without a sink there is no use in composing; with one, its thread waits for the first note */
	if (state_of(s) == STREAM_PLAYING && start_thread(&s->composer, stream_compose, s) == 0)
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

/* Seconds of music that wait. */
static double ahead(const struct stream *s, uint64_t heard, uint32_t us)
{
	const uint64_t written = atomic_load_explicit(&s->written, memory_order_relaxed);

	return written > heard ? (double)(written - heard) / (double)QUARTER * us * 1e-6 : 0;
}

void stream_status(const struct stream *s, struct stream_status *status)
{
	const uint64_t heard = atomic_load_explicit(&s->source->heard, memory_order_relaxed);
	const uint32_t us = atomic_load_explicit(&s->source->us_per_quarter, memory_order_relaxed);
	const uint32_t follower_us = atomic_load_explicit(&s->follower_us, memory_order_relaxed);

	*status = (struct stream_status){
		.state = state_of(s),
		.busy = busy(s),
		.gone = atomic_load_explicit(&s->gone, memory_order_relaxed),
		.seconds = (double)atomic_load_explicit(&s->position, memory_order_relaxed) * 1e-9,
		.moment = heard,
		.ahead = ahead(s, heard, us),
		.bar = atomic_load_explicit(&s->bar, memory_order_relaxed),
		.us_per_quarter = (int)us,
		.parts = atomic_load_explicit(&s->parts, memory_order_relaxed),
		.notes = atomic_load_explicit(&s->notes, memory_order_relaxed),
		.messages = atomic_load_explicit(&s->messages, memory_order_relaxed),
		.late_p50 = late_quantile(s, 0.5),
		.late_p99 = late_quantile(s, 0.99),
		.late_p999 = late_quantile(s, 0.999),
		.late_max = (double)atomic_load_explicit(&s->late_max, memory_order_relaxed) * 1e-6,
		.shifts = atomic_load_explicit(&s->shifts, memory_order_relaxed),
		.shifted = (double)atomic_load_explicit(&s->shifted, memory_order_relaxed) * 1e-9,
		.varied = atomic_load_explicit(&s->varied, memory_order_relaxed),
		.follower = (enum follower_state)atomic_load_explicit(&s->follower_state, memory_order_relaxed),
		.follower_bpm = follower_us ? 6e7 / follower_us : 0,
		.unheard = atomic_load_explicit(&s->unheard, memory_order_relaxed),
		.losses = atomic_load_explicit(&s->losses, memory_order_relaxed),
	};
}

void stream_tempo(struct stream *s, uint32_t us_per_quarter)
{
	atomic_store_explicit(&s->asked_tempo, us_per_quarter, memory_order_relaxed);
}

void stream_mute(struct stream *s, uint64_t parts)
{
	atomic_store_explicit(&s->asked_mutes, parts, memory_order_relaxed);
}

bool stream_hear(struct stream *s, struct stream_heard *heard)
{
	return ring_read(&s->heard, heard, 1) == 1;
}

void stream_panic(struct stream *s)
{
	atomic_fetch_add_explicit(&s->asked_panics, 1, memory_order_relaxed);
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
