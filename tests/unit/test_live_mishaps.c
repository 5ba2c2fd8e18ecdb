/*
 * What befalls a stream while it plays: composing that falls behind at a bar
 * line, a sink that is lost and comes again, a process that is stopped. Short,
 * in real time. Run under the thread sanitizer too.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "stream_barred.h"

/* ---- composing falls behind -------------------------------------------------------- */

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
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lost_for_good),
		cmocka_unit_test(test_held_up),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
