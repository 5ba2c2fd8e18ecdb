/*
 * A stream of bars of notes in real time, and a sink that writes down what comes
 * of it. When a message was due is asked of the player, so that nothing here
 * depends on how busy the machine is. cmocka.h comes before this; include it in
 * one file of a program.
 */
#ifndef TESTS_UNIT_STREAM_BARRED_H
#define TESTS_UNIT_STREAM_BARRED_H

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "live/stream_threads.h"

#define UNIT_NS  ((uint32_t)(QUARTER / 1000)) /* us a quarter at which a unit of musical time is a nanosecond */
#define STEP     (5 * MS)                     /* from note to note */
#define NOTES    4                            /* a bar */
#define PROGRAM  9
#define VELOCITY 90
#define SENT_MAX 20000

struct sent {
	uint64_t due, clock;
	uint8_t bytes[3];
};

struct fake { /* the device thread's until the stream is finished */
	struct sent sent[SENT_MAX];
	size_t n;
	bool sounds[16][128];
	int opened, reopened, closed;
	size_t rejoined;                 /* messages before it was there again */
	_Atomic(struct stream *) stream; /* whose messages come */
	_Atomic int ons, loud, silences; /* for the test while it runs: note-ons; notes sounding; times CC 123 came */
	_Atomic int part_loud[2];
	_Atomic int fail_at; /* note-ons, -1 never: then it is lost */
	_Atomic bool away;   /* it is not found again yet */
	_Atomic uint64_t hold;
};

static struct fake fake;

static inline int fake_open(void *context)
{
	((struct fake *)context)->opened++;
	return 0;
}

/* Parts are told apart by their channel. */
static inline void take_note(struct fake *f, uint8_t channel, uint8_t pitch, bool on)
{
	assert_int_not_equal(f->sounds[channel][pitch], on);
	f->sounds[channel][pitch] = on;
	f->loud += on ? 1 : -1;
	f->part_loud[channel & 1] += on ? 1 : -1;
	f->ons += on;
}

static inline int fake_send(void *context, const uint8_t *message, int size)
{
	struct fake *f = context;
	const uint8_t kind = message[0] & 0xf0;

	while (!f->stream)
		clock_sleep_until(clock_now() + MS / 10);
	if (f->hold)
		clock_sleep_until(clock_now() + atomic_exchange(&f->hold, 0));
	if (f->fail_at >= 0 && f->ons >= f->fail_at)
		return error("the port is gone");
	assert_true(f->n < SENT_MAX);
	f->sent[f->n] = (struct sent){.due = f->stream->player.due, .clock = clock_now()};
	memcpy(f->sent[f->n++].bytes, message, (size_t)size);
	if (kind == 0x90 || kind == 0x80)
		take_note(f, message[0] & 15, message[1], kind == 0x90);
	else if (kind == 0xb0 && message[1] == 123)
		f->silences++;
	return 0;
}

static inline int fake_reopen(void *context)
{
	struct fake *f = context;

	if (f->away)
		return 1;
	f->fail_at = -1;
	f->reopened++;
	f->rejoined = f->n;
	return 0;
}

static inline void fake_close(void *context)
{
	((struct fake *)context)->closed++;
}

static const struct sink sink = {
	.open = fake_open, .send = fake_send, .close = fake_close, .context = &fake, .reopen = fake_reopen};

/*
 * Bars of four notes, by one part or by two in turn, with MIDI clock or without.
 * The pitch is the note's number. Composing stalls before one bar.
 */
struct barred {
	struct source source;
	int bars;        /* then it ends */
	int stalls_at;   /* a bar, from 0; -1 never */
	uint64_t stall;  /* ns after it would have been heard */
	uint64_t length; /* of notes, ns */
	int parts;
	bool clock, round, fails; /* MIDI clock; bars can be played again; its end is an error */
	int bar, item;            /* to come */
};

static inline struct barred barred(int bars)
{
	return (struct barred){.bars = bars, .stalls_at = -1, .length = STEP - MS, .parts = 1, .round = true};
}

static inline void stall(struct barred *b, uint64_t line)
{
	if (b->bar != b->stalls_at)
		return;
	b->stalls_at = -1;
	/* nothing is heard of the bar before it is given out */
	while (atomic_load(&b->source.heard) + STEP < line)
		clock_sleep_until(clock_now() + MS);
	clock_sleep_until(clock_now() + b->stall);
}

/* Items of a bar: its line, its notes. Before the first a tempo, and the clock's start. */
static inline int barred_next(struct source *source, struct source_item *out)
{
	struct barred *b = (struct barred *)source;
	const uint64_t line = (unsigned)b->bar * NOTES * STEP;
	const int i = b->item++, first = b->bar == 0 ? 2 : 0, note = i - first - 1;

	*out = (struct source_item){.play = {.at = line, .kind = ITEM_TEMPO, .us_per_quarter = UNIT_NS}};
	if (b->bar == b->bars) {
		if (b->fails)
			return error("out of ideas");
		out->play.kind = ITEM_STOP;
		return b->clock && i == 0;
	}
	if (i == 0)
		stall(b, line);
	if (i < first && !(i == 1 && b->clock))
		return 1;
	if (i < first) {
		out->play.kind = ITEM_START;
		return 1;
	}
	if (note < 0) {
		out->play.kind = ITEM_BAR;
		out->bar = b->bar + 1;
		out->parts = b->parts;
		out->length = b->round ? NOTES * STEP : 0;
		return 1;
	}
	out->play.at = line + (unsigned)note * STEP;
	out->play.kind = ITEM_NOTE;
	out->play.note = (struct play_note){.off = out->play.at + b->length,
	                                    .part = (uint8_t)(note % b->parts),
	                                    .channel = (uint8_t)(note % b->parts),
	                                    .pitch = (uint8_t)((b->bar * NOTES + note) % 128),
	                                    .velocity = VELOCITY,
	                                    .program = PROGRAM};
	if (note == NOTES - 1) {
		b->bar++;
		b->item = 0;
	}
	return 1;
}

static inline struct stream *start(struct barred *b)
{
	struct stream *s;

	memset(&fake, 0, sizeof fake);
	fake.fail_at = -1;
	b->source.next = barred_next;
	s = stream_start(&b->source, &sink, NULL);
	assert_non_null(s);
	fake.stream = s;
	return s;
}

static inline void wait_ons(int least)
{
	while (fake.ons < least)
		clock_sleep_until(clock_now() + MS);
}

/* After so many note-ons, 0: as many as there are. Stopped, it ends without a last second. */
static inline void finish_after(struct stream *s, int ons, struct stream_status *status)
{
	wait_ons(ons);
	stream_stop(s);
	assert_int_equal(stream_finish(s, status), 0);
	assert_int_equal(status->state, STREAM_ENDED);
	assert_false(status->busy);
	assert_int_equal(fake.closed, 1);
	assert_int_equal(fake.loud, 0);
}

/* The i-th message from `from` on that has this kind of status; n: there is none. */
static inline size_t find(uint8_t kind, size_t from)
{
	while (from < fake.n &&
	       (fake.sent[from].bytes[0] < 0xf0 ? fake.sent[from].bytes[0] & 0xf0 : fake.sent[from].bytes[0]) != kind)
		from++;
	return from;
}

/* What lies between one note-on and the next beyond `step`: each time it is positive, and in all it is this. */
static inline void expect_steps(uint64_t step, uint64_t beyond)
{
	uint64_t sum = 0;

	for (size_t i = find(0x90, 0), next; (next = find(0x90, i + 1)) < fake.n; i = next) {
		assert_true(fake.sent[next].due - fake.sent[i].due >= step);
		sum += fake.sent[next].due - fake.sent[i].due - step;
	}
	assert_int_equal(sum, beyond);
}

static inline uint64_t shifted(const struct stream_status *status)
{
	return (uint64_t)(status->shifted * 1e9 + 0.5);
}

/*
 * Note by note, with no hole at all: the music, and between its bars whole
 * bars that were played before, softer; the last may have been cut off. How many.
 */
static inline int expect_echoes(int bars)
{
	int bar = 0, echoes = 0;

	for (size_t i = find(0x90, 0); i < fake.n;) {
		const uint8_t velocity = fake.sent[i].bytes[2];
		const int first = fake.sent[i].bytes[1];

		assert_int_equal(first % NOTES, 0);
		if (velocity == VELOCITY) {
			assert_int_equal(first, bar++ * NOTES % 128);
		} else {
			/* one of the last four */
			assert_true(velocity < VELOCITY);
			assert_in_range(bar - first / NOTES, 1, ECHO_BARS);
			echoes++;
		}
		for (int k = 0; k < NOTES && i < fake.n; k++, i = find(0x90, i + 1)) {
			assert_int_equal(fake.sent[i].bytes[1], first + k);
			assert_int_equal(fake.sent[i].bytes[2], velocity);
		}
	}
	assert_true(bar >= bars);
	return echoes;
}

#endif
