/*
 * What a stream is told while it plays: another tempo, parts that are mute,
 * panic. Short, in real time. Run under the thread sanitizer too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stream_barred.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tempo),
		cmocka_unit_test(test_mutes),
		cmocka_unit_test(test_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
