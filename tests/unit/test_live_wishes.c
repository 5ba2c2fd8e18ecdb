/*
 * What a stream is told while it plays, and what befalls it: another tempo,
 * parts that are mute, panic, a sink that is lost and comes again, composing
 * that falls behind at a bar line, a process that is stopped. When a message
 * was due is asked of the player, so that nothing here depends on how busy the
 * machine is. Short, in real time. Run under the thread sanitizer too.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "live/stream_threads.h"

#define UNIT_NS  ((uint32_t)(QUARTER / 1000)) /* us a quarter at which a unit of musical time is a nanosecond */
#define STEP     (5 * MS)                     /* from note to note */
#define NOTES    4                            /* a bar */
#define PROGRAM  9
#define VELOCITY 90
#define SENT_MAX 20000

/* ---- a sink that takes notes ----------------------------------------------------- */

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

static int fake_open(void *context)
{
	((struct fake *)context)->opened++;
	return 0;
}

/* Parts are told apart by their channel. */
static void take_note(struct fake *f, uint8_t channel, uint8_t pitch, bool on)
{
	assert_int_not_equal(f->sounds[channel][pitch], on);
	f->sounds[channel][pitch] = on;
	f->loud += on ? 1 : -1;
	f->part_loud[channel & 1] += on ? 1 : -1;
	f->ons += on;
}

static int fake_send(void *context, const uint8_t *message, int size)
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

static int fake_reopen(void *context)
{
	struct fake *f = context;

	if (f->away)
		return 1;
	f->fail_at = -1;
	f->reopened++;
	f->rejoined = f->n;
	return 0;
}

static void fake_close(void *context)
{
	((struct fake *)context)->closed++;
}

static const struct sink sink = {
	.open = fake_open, .send = fake_send, .close = fake_close, .context = &fake, .reopen = fake_reopen};

/* ---- a source of bars ------------------------------------------------------------- */

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

static struct barred barred(int bars)
{
	return (struct barred){.bars = bars, .stalls_at = -1, .length = STEP - MS, .parts = 1, .round = true};
}

static void stall(struct barred *b, uint64_t line)
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
static int barred_next(struct source *source, struct source_item *out)
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

static struct stream *start(struct barred *b)
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

static void wait_ons(int least)
{
	while (fake.ons < least)
		clock_sleep_until(clock_now() + MS);
}

/* After so many note-ons, 0: as many as there are. Stopped, it ends without a last second. */
static void finish_after(struct stream *s, int ons, struct stream_status *status)
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
static size_t find(uint8_t kind, size_t from)
{
	while (from < fake.n &&
	       (fake.sent[from].bytes[0] < 0xf0 ? fake.sent[from].bytes[0] & 0xf0 : fake.sent[from].bytes[0]) != kind)
		from++;
	return from;
}

/* What lies between one note-on and the next beyond `step`: each time it is positive, and in all it is this. */
static void expect_steps(uint64_t step, uint64_t beyond)
{
	uint64_t sum = 0;

	for (size_t i = find(0x90, 0), next; (next = find(0x90, i + 1)) < fake.n; i = next) {
		assert_true(fake.sent[next].due - fake.sent[i].due >= step);
		sum += fake.sent[next].due - fake.sent[i].due - step;
	}
	assert_int_equal(sum, beyond);
}

static uint64_t shifted(const struct stream_status *status)
{
	return (uint64_t)(status->shifted * 1e9 + 0.5);
}

/* ---- composing falls behind -------------------------------------------------------- */

/*
 * Note by note, with no hole at all: the music, and between its bars whole
 * bars that were played before, softer; the last may have been cut off. How many.
 */
static int expect_echoes(int bars)
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

static void test_echo(void **state)
{
	(void)state;
	/* early, so that fewer bars are there than an echo holds; and late */
	for (int at = 1; at < 8; at += 3) {
		struct barred b = barred(-1);
		struct stream_status status;
		struct stream *s;

		b.stalls_at = at;
		b.stall = 65 * MS;
		s = start(&b);
		/* four bars or so are missing */
		finish_after(s, (at + 7) * NOTES, &status);
		assert_int_equal(expect_echoes(at + 1), status.varied);
		assert_true(status.varied >= 2);
		assert_int_equal(status.notes, fake.ons);
		expect_steps(STEP, shifted(&status));
		/* and every program was there already */
		assert_int_equal(fake.sent[find(0xc0, 0)].bytes[1], PROGRAM);
		assert_int_equal(find(0xc0, find(0xc0, 0) + 1), fake.n);
	}
}

/* What cannot be played again is waited for: time is shifted, and nothing is lost or hurried. */
static void test_no_echo(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;

	(void)state;
	b.round = false;
	b.stalls_at = 3;
	b.stall = 120 * MS;
	s = start(&b);
	finish_after(s, 6 * NOTES, &status);
	assert_int_equal(status.varied, 0);
	assert_int_equal(expect_echoes(6), 0);
	assert_true(status.shifts >= 1);
	assert_true(status.shifted > 0.1);
	expect_steps(STEP, shifted(&status));
}

/* The clock of who follows goes on through bars that are played again: 24 a quarter, not one more or less. */
static void test_echo_with_clock(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;
	uint64_t first;

	(void)state;
	b.clock = true;
	b.stalls_at = 5;
	b.stall = 50 * MS;
	s = start(&b);
	finish_after(s, 20 * NOTES, &status);
	assert_true(status.varied >= 1);
	first = fake.sent[find(MIDI_CLOCK, 0)].due;
	assert_int_equal(fake.sent[find(MIDI_START, 0)].due, first - PLAYER_START_LEAD);
	if (status.shifts == 0)
		for (size_t i = find(MIDI_CLOCK, 0), k = 0; i < fake.n; i = find(MIDI_CLOCK, i + 1), k++)
			assert_int_equal(fake.sent[i].due, first + k * CLOCK_UNITS);
	/* it was not stopped in between */
	assert_int_equal(find(MIDI_CONTINUE, 0), fake.n);
	assert_int_equal(find(MIDI_STOP, 0), fake.n - 1);
}

/* Composing fails while a clock runs, of which the stop never comes: it ends all the same, and the clock is stopped. */
static void test_error_with_clock(void **state)
{
	struct barred b = barred(2);
	struct stream_status status;
	struct stream *s;

	(void)state;
	b.clock = b.fails = true;
	s = start(&b);
	assert_int_equal(stream_finish(s, &status), -1);
	assert_string_equal(error_message(), "out of ideas");
	assert_int_equal(status.state, STREAM_ENDED);
	assert_int_equal(fake.loud, 0);
	assert_int_equal(expect_echoes(2), 0);
	assert_int_equal(find(MIDI_STOP, 0), fake.n - 1);
}

/* ---- wishes -------------------------------------------------------------------------- */

/* Steps between note-ons in a row that are exactly so long. */
static int count_steps(uint64_t step)
{
	int n = 0;

	for (size_t i = find(0x90, 0), next; (next = find(0x90, i + 1)) < fake.n; i = next)
		n += fake.sent[next].due - fake.sent[i].due == step;
	return n;
}

/* Twice as fast, then as it was: but for the steps in which that falls all are exact. What already waits comes sooner too. */
static void test_tempo(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;

	(void)state;
	s = start(&b);
	wait_ons(20);
	stream_tempo(s, UNIT_NS / 2);
	wait_ons(50);
	stream_status(s, &status);
	assert_int_equal(status.us_per_quarter, UNIT_NS / 2);
	stream_tempo(s, 0);
	wait_ons(60);
	stream_status(s, &status);
	assert_int_equal(status.us_per_quarter, UNIT_NS);
	finish_after(s, 70, &status);
	assert_int_equal(expect_echoes(0), status.varied);
	/* besides there are two that are neither, and one for every shift */
	assert_true(count_steps(STEP) >= 25 - status.shifts);
	assert_true(count_steps(STEP / 2) >= 15 - status.shifts);
	assert_true(count_steps(STEP) + count_steps(STEP / 2) >= fake.ons - 1 - 2 - status.shifts);
}

/* A part that is muted ends what it holds and begins nothing; the other plays on; and both do when it may again. */
static void test_mutes(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;
	size_t i, muted, unmuted;
	int others = 0;

	(void)state;
	b.parts = 2;
	b.length = 3600 * 1000 * MS;
	s = start(&b);
	wait_ons(12);
	stream_mute(s, UINT64_C(1) << 1);
	while (fake.part_loud[1] > 0)
		clock_sleep_until(clock_now() + MS);
	muted = (size_t)fake.ons;
	assert_true(fake.part_loud[0] >= 5);
	wait_ons((int)muted + 10);
	assert_int_equal(fake.part_loud[1], 0);
	stream_mute(s, 0);
	while (fake.part_loud[1] == 0)
		clock_sleep_until(clock_now() + MS);
	unmuted = (size_t)fake.ons;
	finish_after(s, 0, &status);
	/* between the first note-off and the next note of the part there were the other's alone */
	for (i = find(0x80, 0); i < fake.n && (fake.sent[i].bytes[0] & 15) == 1; i++)
		assert_int_equal(fake.sent[i].bytes[0] & 0xf0, 0x80);
	for (; fake.sent[i = find(0x90, i + 1)].bytes[0] == 0x90;)
		others++;
	assert_true(others >= 9);
	assert_true(unmuted > muted);
	/* the music did not wait for it */
	assert_int_equal(fake.sent[i].bytes[1] % 2, 1);
}

/* All that sounds ends at once, and nothing begins before the next bar; the clock of who follows is not left behind. */
static void test_panic(void **state)
{
	(void)state;
	for (int clock = 0; clock < 2; clock++) {
		struct barred b = barred(-1);
		struct stream_status status;
		struct stream *s;
		size_t last, i;

		b.clock = clock;
		b.length = 3600 * 1000 * MS;
		s = start(&b);
		/* in the midst of a bar, most likely */
		wait_ons(10);
		stream_panic(s);
		while (fake.silences == 0)
			clock_sleep_until(clock_now() + MS);
		last = (size_t)fake.ons;
		wait_ons((int)last + 6);
		finish_after(s, 0, &status);
		assert_int_equal(fake.silences, 2);
		i = find(0xb0, 0);
		assert_true(i < fake.n);
		/* before it as many ended as had begun; after it a bar begins */
		for (size_t k = 0, sounds = 0; k < i; k++) {
			sounds += (fake.sent[k].bytes[0] & 0xf0) == 0x90;
			sounds -= (fake.sent[k].bytes[0] & 0xf0) == 0x80;
			if (k + 1 == i)
				assert_int_equal(sounds, 0);
		}
		assert_int_equal(fake.sent[i].bytes[1], 64);
		assert_int_equal(fake.sent[i + 1].bytes[1], 120);
		assert_int_equal(fake.sent[i + 2].bytes[1], 123);
		assert_int_equal(fake.sent[find(0x90, i)].bytes[1] % NOTES, 0);
		if (clock) {
			assert_int_equal(fake.sent[i + 3].bytes[0], MIDI_STOP);
			assert_int_equal(fake.sent[i + 4].bytes[0], MIDI_CONTINUE);
			assert_true(find(MIDI_CLOCK, i) < fake.n);
			assert_int_equal(find(MIDI_POSITION, 0), fake.n);
		}
	}
}

/* ---- what befalls it --------------------------------------------------------------- */

/*
 * Lost in the midst of notes, and found again after a while: first of all what
 * hung is put out; programs are sent anew; and the music is where it would be,
 * for it went on.
 */
static void test_lost(void **state)
{
	(void)state;
	for (int clock = 0; clock < 2; clock++) {
		struct barred b = barred(-1);
		struct stream_status status;
		struct stream *s;
		uint64_t first;
		size_t i;

		b.clock = clock;
		b.length = 12 * MS;
		s = start(&b);
		wait_ons(5);
		fake.away = true;
		fake.fail_at = 12;
		do {
			clock_sleep_until(clock_now() + 5 * MS);
			stream_status(s, &status);
		} while (!status.gone);
		assert_int_equal(fake.ons, 12);
		clock_sleep_until(clock_now() + 300 * MS);
		assert_int_equal(fake.ons, 12);
		stream_status(s, &status);
		assert_true(status.gone);
		assert_int_equal(status.state, STREAM_PLAYING);
		fake.away = false;
		wait_ons(12 + 55);
		stream_status(s, &status);
		assert_false(status.gone);
		assert_int_equal(status.losses, 1);
		finish_after(s, 0, &status);
		assert_int_equal(fake.reopened, 1);
		assert_int_equal(fake.opened, 1);
		/* what hung, then the controllers; the note whose note-on failed may be among it */
		i = fake.rejoined;
		assert_int_equal(fake.sent[i].bytes[0] & 0xf0, 0x80);
		while ((fake.sent[i].bytes[0] & 0xf0) == 0x80)
			i++;
		assert_int_equal(fake.sent[i].bytes[0], 0xb0);
		assert_int_equal(fake.sent[i].bytes[1], 64);
		/* a program before the first note */
		assert_true(find(0xc0, i) < find(0x90, i));
		assert_int_equal(fake.sent[find(0xc0, i)].bytes[1], PROGRAM);
		/* every note is where it would be without a loss */
		first = fake.sent[find(0x90, 0)].due;
		i = find(0x90, i);
		if (status.shifts == 0 && status.varied == 0)
			for (; i < fake.n; i = find(0x90, i + 1))
				assert_int_equal((fake.sent[i].due - first) / STEP % 128, fake.sent[i].bytes[1]);
		if (!clock)
			continue;
		/* it joins again: position and continue before the first pulse */
		i = find(MIDI_POSITION, fake.rejoined);
		assert_true(i < find(MIDI_CLOCK, fake.rejoined));
		assert_int_equal(fake.sent[i + 1].bytes[0], MIDI_CONTINUE);
		assert_int_equal(fake.sent[i + 2].bytes[0], MIDI_CLOCK);
		if (status.shifts == 0)
			assert_int_equal((fake.sent[i + 2].due - first) / SIXTEENTH,
			                 fake.sent[i].bytes[1] | fake.sent[i].bytes[2] << 7);
	}
}

/* Lost, and not there again by the end: that is an error. */
static void test_lost_for_good(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;

	(void)state;
	s = start(&b);
	wait_ons(5);
	fake.away = true;
	fake.fail_at = 8;
	do {
		clock_sleep_until(clock_now() + 5 * MS);
		stream_status(s, &status);
	} while (!status.gone);
	stream_stop(s);
	assert_int_equal(stream_finish(s, &status), -1);
	assert_string_equal(error_message(), "the port is gone");
	assert_int_equal(status.state, STREAM_ENDED);
	assert_int_equal(fake.closed, 1);
}

/* A device that holds a write for long: time is shifted, once, and what comes after is as far apart as it was. */
static void test_held_up(void **state)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s;

	(void)state;
	s = start(&b);
	wait_ons(10);
	fake.hold = 200 * MS;
	finish_after(s, 30, &status);
	assert_int_equal(expect_echoes(6), status.varied);
	assert_true(status.shifts >= 1);
	assert_true(status.shifted > 0.1);
	expect_steps(STEP, shifted(&status));
}

/* The whole process is stopped for a while, in the midst of notes. What comes of it, as an exit code. */
static int play_stopped(void)
{
	struct barred b = barred(-1);
	struct stream_status status;
	struct stream *s = start(&b);
	uint64_t sum = 0;

	wait_ons(120);
	stream_stop(s);
	if (stream_finish(s, &status) < 0 || status.varied > 0 || fake.ons < 120 || fake.loud != 0)
		return 2;
	for (size_t i = find(0x90, 0), next; (next = find(0x90, i + 1)) < fake.n; i = next) {
		if (fake.sent[next].due - fake.sent[i].due < STEP)
			return 3;
		sum += fake.sent[next].due - fake.sent[i].due - STEP;
	}
	if (sum != shifted(&status))
		return 4;
	return status.shifts >= 1 && status.shifted > 0.2 ? 0 : 5;
}

static void test_stopped(void **state)
{
	const pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(play_stopped());
	assert_true(child > 0);
	/* it has 0.6 seconds to play */
	clock_sleep_until(clock_now() + 300 * MS);
	assert_int_equal(kill(child, SIGSTOP), 0);
	clock_sleep_until(clock_now() + 300 * MS);
	assert_int_equal(kill(child, SIGCONT), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_no_echo),
		cmocka_unit_test(test_echo_with_clock),
		cmocka_unit_test(test_error_with_clock),
		cmocka_unit_test(test_tempo),
		cmocka_unit_test(test_mutes),
		cmocka_unit_test(test_panic),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_for_good),
		cmocka_unit_test(test_held_up),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
