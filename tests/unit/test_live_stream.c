/*
 * The threads of a stream against a sink that takes notes of what it is sent,
 * can fail, and can block; and sources that are slow or fail. Short, in real
 * time. Run under the thread sanitizer too.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "live/stream.h"

#define MS           1000000ull
#define UNIT_NS      ((uint32_t)(QUARTER / 1000)) /* us a quarter at which a unit of musical time is a nanosecond */
#define MESSAGES_MAX 100000

struct fake { /* a sink; the device thread's until the stream is finished */
	uint8_t messages[MESSAGES_MAX][3];
	int n, sounding, ons, opened, closed;
	bool sounds[16][128];
	pthread_t thread;
	int fail_at; /* -1 never */
	bool no_open;
	_Atomic int seen; /* messages, for the test while it runs */
	_Atomic int loud; /* notes sounding, likewise */
	_Atomic bool block;
};

static struct fake fake;

static int fake_open(void *context)
{
	struct fake *f = context;

	if (f->no_open)
		return error("there is no such port");
	f->opened++;
	f->thread = pthread_self();
	return 0;
}

static int fake_send(void *context, const uint8_t *message, int size)
{
	struct fake *f = context;
	uint8_t channel = message[0] & 15, kind = message[0] & 0xf0;

	while (f->block)
		clock_sleep_until(clock_now() + MS);
	assert_true(pthread_equal(f->thread, pthread_self()));
	if (f->fail_at >= 0 && f->n >= f->fail_at)
		return error("the port is gone");
	if (f->n < MESSAGES_MAX)
		memcpy(f->messages[f->n], message, (size_t)size);
	f->n++;
	if (kind == 0x90) {
		assert_false(f->sounds[channel][message[1]]);
		f->sounds[channel][message[1]] = true;
		f->sounding++;
		f->ons++;
	} else if (kind == 0x80) {
		assert_true(f->sounds[channel][message[1]]);
		f->sounds[channel][message[1]] = false;
		f->sounding--;
	}
	f->seen = f->n;
	f->loud = f->sounding;
	return 0;
}

static void fake_close(void *context)
{
	struct fake *f = context;

	assert_true(pthread_equal(f->thread, pthread_self()));
	f->closed++;
}

static const struct sink sink = {.open = fake_open, .send = fake_send, .close = fake_close, .context = &fake};

static void reset(void)
{
	memset(&fake, 0, sizeof fake);
	fake.fail_at = -1;
}

struct counting { /* a source: note after note, a semitone up each; four are a bar */
	struct source source;
	int n, at;            /* n < 0: without end */
	uint64_t gap, length; /* ns */
	uint64_t slow;        /* ns to compose one */
	int slow_from;        /* the first that takes so long */
	int fail_at;          /* -1 never */
	bool begun;           /* its tempo was given out */
	int bars;             /* likewise */
};

static int counting_next(struct source *source, struct source_item *out)
{
	struct counting *c = (struct counting *)source;
	const uint64_t on = (uint64_t)c->at * c->gap;

	*out = (struct source_item){.play = {.at = on, .kind = ITEM_TEMPO, .us_per_quarter = UNIT_NS}};
	if (c->at == c->fail_at)
		return error("out of ideas");
	if (c->at == c->n)
		return 0;
	if (!c->begun) {
		c->begun = true;
		return 1;
	}
	if (c->at / 4 == c->bars) {
		out->play.kind = ITEM_BAR;
		out->bar = ++c->bars;
		out->parts = 1;
		return 1;
	}
	if (c->slow && c->at >= c->slow_from)
		clock_sleep_until(clock_now() + c->slow);
	out->play.kind = ITEM_NOTE;
	out->play.note = (struct play_note){
		.off = on + c->length, .channel = 3, .pitch = (uint8_t)(c->at % 128), .velocity = 70, .program = 255};
	c->at++;
	return 1;
}

static struct counting counting(int n, uint64_t gap, uint64_t length)
{
	return (struct counting){
		.source = {.next = counting_next}, .n = n, .gap = gap, .length = length, .fail_at = -1};
}

/* Every note came, in order, and nothing sounds. */
static void expect_notes(int n)
{
	int next = 0;

	assert_int_equal(fake.ons, n);
	assert_int_equal(fake.sounding, 0);
	assert_int_equal(fake.opened, 1);
	assert_int_equal(fake.closed, 1);
	for (int i = 0; i < fake.n; i++)
		if (fake.messages[i][0] == 0x93)
			assert_int_equal(fake.messages[i][1], next++ % 128);
}

static void expect_controls_last(void)
{
	assert_true(fake.n >= 3);
	assert_int_equal(fake.messages[fake.n - 3][1], 64);
	assert_int_equal(fake.messages[fake.n - 2][1], 120);
	assert_int_equal(fake.messages[fake.n - 1][1], 123);
}

static int finish(struct stream *s)
{
	struct stream_status status;
	int result = stream_finish(s, &status);

	assert_int_equal(status.state, STREAM_ENDED);
	assert_false(status.busy);
	return result;
}

static void wait_for(_Atomic int *value, int least)
{
	while (*value < least)
		clock_sleep_until(clock_now() + MS);
}

static void test_to_the_end(void **state)
{
	struct counting c = counting(200, 2 * MS, 3 * MS);
	struct stream_status status;
	struct stream *s;

	(void)state;
	reset();
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	wait_for(&fake.seen, 400);
	stream_status(s, &status);
	assert_int_equal(status.notes, 200);
	assert_true(status.messages >= 400);
	assert_int_equal(status.bar, 50);
	assert_int_equal(status.parts, 1);
	assert_int_equal(status.us_per_quarter, UNIT_NS);
	assert_true(status.late_p50 <= status.late_p99);
	print_message("lateness of 400 messages: p50 %.2f ms, p99 %.2f ms, most %.3f ms\n", status.late_p50,
	              status.late_p99, status.late_max);
	assert_int_equal(finish(s), 0);
	expect_notes(200);
	expect_controls_last();
}

static void test_no_notes(void **state)
{
	struct counting c = counting(0, MS, MS);
	struct stream *s;

	(void)state;
	reset();
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	assert_int_equal(finish(s), 0);
	expect_notes(0);
	assert_int_equal(fake.n, 0);
}

/* Stopped while notes of an hour sound: silent at once. */
static void test_stop(void **state)
{
	struct counting c = counting(-1, 10 * MS, 3600 * 1000 * MS);
	struct stream *s;
	uint64_t asked;

	(void)state;
	reset();
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	wait_for(&fake.loud, 20);
	asked = clock_now();
	stream_stop(s);
	stream_stop(s);
	assert_int_equal(finish(s), 0);
	assert_true(clock_now() - asked < 500 * MS);
	assert_int_equal(fake.sounding, 0);
	assert_true(fake.ons >= 20);
	expect_controls_last();
	/* before the first note, and while there is none for long */
	for (int i = 0; i < 2; i++) {
		c = counting(i ? 2 : -1, 3600 * 1000 * MS, MS);
		reset();
		s = stream_start(&c.source, &sink, NULL);
		assert_non_null(s);
		if (i)
			wait_for(&fake.seen, 2);
		asked = clock_now();
		stream_stop(s);
		assert_int_equal(finish(s), 0);
		assert_true(clock_now() - asked < 500 * MS);
		assert_int_equal(fake.sounding, 0);
	}
}

static void test_not_opened(void **state)
{
	struct counting c = counting(10, MS, MS);

	(void)state;
	reset();
	fake.no_open = true;
	assert_null(stream_start(&c.source, &sink, NULL));
	assert_string_equal(error_message(), "there is no such port");
	assert_int_equal(c.at, 0);
	assert_int_equal(fake.closed, 0);
}

static void test_sink_fails(void **state)
{
	(void)state;
	for (int at = 0; at < 12; at += 3) {
		struct counting c = counting(-1, MS, 20 * MS);
		struct stream *s;

		reset();
		fake.fail_at = at;
		s = stream_start(&c.source, &sink, NULL);
		assert_non_null(s);
		assert_int_equal(finish(s), -1);
		assert_string_equal(error_message(), "the port is gone");
		assert_int_equal(fake.closed, 1);
	}
}

static void test_source_fails(void **state)
{
	struct counting c = counting(-1, MS, 5 * MS);
	struct stream *s;

	(void)state;
	reset();
	c.fail_at = 30;
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	assert_int_equal(finish(s), -1);
	assert_string_equal(error_message(), "out of ideas");
	expect_notes(30);
	expect_controls_last();
}

/* Composing takes 30 ms a note of 10 ms: time is shifted, nothing is lost. */
static void test_behind(void **state)
{
	struct counting c = counting(30, 10 * MS, 10 * MS);
	struct stream_status status;
	struct stream *s;

	(void)state;
	reset();
	c.slow = 30 * MS;
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	wait_for(&fake.seen, 60);
	stream_status(s, &status);
	assert_int_equal(finish(s), 0);
	expect_notes(30);
	assert_true(status.shifts > 0);
	assert_true(status.shifted > 0.2);
}

static void test_pause(void **state)
{
	struct counting c = counting(-1, 5 * MS, 1000 * MS);
	struct stream_status status;
	struct stream *s;
	int seen;

	(void)state;
	reset();
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	wait_for(&fake.loud, 10);
	stream_pause(s);
	stream_status(s, &status);
	assert_int_equal(status.state, STREAM_PAUSED);
	assert_int_equal(fake.loud, 0);
	seen = fake.seen;
	clock_sleep_until(clock_now() + 200 * MS);
	assert_int_equal(fake.seen, seen);
	stream_resume(s);
	wait_for(&fake.loud, 10);
	stream_status(s, &status);
	assert_int_equal(status.shifts, 0);
	stream_pause(s);
	stream_stop(s);
	assert_int_equal(finish(s), 0);
	assert_int_equal(fake.sounding, 0);
	expect_notes(fake.ons);
}

/* The composer runs ahead, and not without bound. */
static void test_ahead(void **state)
{
	struct counting c = counting(-1, MS, MS);
	struct stream *s;

	(void)state;
	reset();
	s = stream_start(&c.source, &sink, NULL);
	assert_non_null(s);
	wait_for(&fake.seen, 1000);
	stream_stop(s);
	assert_int_equal(finish(s), 0);
	assert_in_range(c.at, 1000, 20000);
	expect_notes(fake.ons);
}

static struct stream *stuck; /* left behind on purpose */

static void test_blocked(void **state)
{
	static struct counting c;
	struct stream_status status;

	(void)state;
	reset();
	c = counting(-1, MS, MS);
	stuck = stream_start(&c.source, &sink, NULL);
	assert_non_null(stuck);
	wait_for(&fake.seen, 10);
	fake.block = true;
	stream_stop(stuck);
	assert_int_equal(stream_finish(stuck, &status), -1);
	assert_int_not_equal(status.state, STREAM_ENDED);
	assert_true(status.busy);
	assert_non_null(strstr(error_message(), "does not take"));
	/* it wakes up after all: the second try ends it */
	fake.block = false;
	assert_int_equal(stream_finish(stuck, &status), 0);
	assert_int_equal(status.state, STREAM_ENDED);
	assert_false(status.busy);
	stuck = NULL;
	expect_notes(fake.ons);
}

/* Stopped while the composer has a piece of a second in hand: silent at once, and its caller is told. */
static void test_busy_composer(void **state)
{
	static struct counting c;
	struct stream_status status;

	(void)state;
	reset();
	c = counting(-1, 10 * MS, 5000 * MS);
	c.slow = 1500 * MS;
	c.slow_from = 20;
	stuck = stream_start(&c.source, &sink, NULL);
	assert_non_null(stuck);
	wait_for(&fake.loud, 10);
	stream_stop(stuck);
	assert_int_equal(stream_finish(stuck, &status), 0);
	assert_int_equal(fake.sounding, 0);
	assert_true(status.busy);
	while (status.busy)
		assert_int_equal(stream_finish(stuck, &status), 0);
	stuck = NULL;
	assert_int_equal(fake.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_the_end),    cmocka_unit_test(test_no_notes),
		cmocka_unit_test(test_stop),          cmocka_unit_test(test_not_opened),
		cmocka_unit_test(test_sink_fails),    cmocka_unit_test(test_source_fails),
		cmocka_unit_test(test_behind),        cmocka_unit_test(test_pause),
		cmocka_unit_test(test_ahead),         cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_busy_composer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
