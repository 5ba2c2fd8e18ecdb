/*
 * The synthesiser in an audio callback, by a fake clock: notes are heard at
 * their moments, however the driver asks for its blocks; and the real thing as
 * far as a machine without audio has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "live/synth_sink.h"
#include "sound_check.h"

#define RATE   SYNTH_SINK_RATE
#define START  1000000000u
#define NOTES  20
#define APART  150000000u /* ns, from note to note */
#define WOODEN 115        /* woodblock: its attack is sharp */

/* A sink as it is when it is open, but without a driver. */
static void open_silently(struct synth_sink *s)
{
	char *font = sound_check_font();
	const struct synth_settings settings = {font, RATE, 16, 0.8, true};

	*s = (struct synth_sink){0};
	pace_start(&s->pace, RATE);
	assert_int_equal(synth_queue_init(&s->queue, 1024), 0);
	s->synth = synth_new(&settings);
	if (!s->synth)
		fail_msg("%s", error_message());
	free(font);
}

static void close_silently(struct synth_sink *s)
{
	synth_free(s->synth);
	synth_queue_done(&s->queue);
}

static void send3(struct synth_sink *s, uint8_t a, uint8_t b, uint8_t c, uint64_t at)
{
	synth_queue_send(&s->queue, (uint8_t[]){a, b, c}, 3, at);
}

/* The frames at which something begins, after silence. */
static int onsets(const float *left, const float *right, size_t n, size_t *found, int most)
{
	size_t silent = RATE;
	int k = 0;

	for (size_t i = 0; i < n; i++) {
		const float level = fmaxf(fabsf(left[i]), fabsf(right[i]));

		if (level > 0.02f && silent > RATE / 16 && k < most)
			found[k++] = i;
		silent = level > 0.02f ? 0 : silent + 1;
	}
	return k;
}

/*
 * NOTES notes, sent at their moments, in blocks of so many frames, so many at
 * once: the greatest difference between where the onsets are heard and where
 * they were sent, less its mean. In ns.
 */
static double unevenness(size_t frames, int burst)
{
	const size_t n = (size_t)(RATE * 4) / (frames * (size_t)burst) * frames * (size_t)burst;
	float *left = calloc(n, sizeof *left), *right = calloc(n, sizeof *right);
	struct synth_sink s;
	size_t found[NOTES + 1];
	double mean = 0, most = 0;
	int sent = 0, k;

	assert_non_null(left);
	assert_non_null(right);
	open_silently(&s);
	synth_queue_send(&s.queue, (uint8_t[]){0xc0, WOODEN}, 2, START);
	for (size_t at = 0; at < n; at += frames * (size_t)burst) {
		const uint64_t now = START + (uint64_t)at * 1000000000 / RATE;

		/* what has been sent by the time that it asks */
		for (; sent < NOTES && START + (uint64_t)(sent + 2) * APART <= now; sent++)
			send3(&s, 0x90, 76, 120, START + (uint64_t)(sent + 2) * APART);
		for (int i = 0; i < burst; i++) {
			const size_t from = at + frames * (size_t)i;

			synth_sink_fill(&s, left + from, right + from, frames, now);
		}
	}
	assert_int_equal(sent, NOTES);
	k = onsets(left, right, n, found, NOTES + 1);
	assert_int_equal(k, NOTES);
	for (int i = 0; i < k; i++)
		mean += ((double)found[i] * 1e9 / RATE - (double)(i + 2) * APART) / k;
	for (int i = 0; i < k; i++)
		most = fmax(most, fabs((double)found[i] * 1e9 / RATE - (double)(i + 2) * APART - mean));
	print_message("blocks of %zu, %d at once: heard %.1f ms after, to %.2f ms\n", frames, burst, mean / 1e6,
	              most / 1e6);
	/* and it is not long until it is heard */
	assert_true(mean > 0 && mean < 70e6);
	close_silently(&s);
	free(left);
	free(right);
	return most;
}

static void test_notes_at_their_moments(void **state)
{
	/* a block of the synthesiser's is 1.33 ms: half of that to either side, and what is left of the bursts */
	static const struct {
		size_t frames;
		int burst;
	} drivers[] = {{64, 1}, {256, 1}, {1024, 1}, {64, 16}, {480, 2}, {441, 3}};

	(void)state;
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		assert_true(unevenness(drivers[i].frames, drivers[i].burst) < 1.6e6);
}

/* All that a stream's end sends silences. */
static void test_silence(void **state)
{
	static float left[4800], right[4800];
	struct synth_sink s;
	uint64_t now = START;

	(void)state;
	open_silently(&s);
	for (uint8_t p = 40; p < 60; p++)
		send3(&s, 0x90, p, 100, now);
	for (int i = 0; i < 10; i++, now += 100000000)
		synth_sink_fill(&s, left, right, 4800, now);
	assert_true(onsets(left, right, 4800, (size_t[]){0}, 1) == 1);
	assert_true(synth_voices(s.synth) >= 20);
	for (uint8_t p = 40; p < 60; p++)
		send3(&s, 0x80, p, 64, now);
	send3(&s, 0xb0, 64, 0, now);
	send3(&s, 0xb0, 120, 0, now);
	send3(&s, 0xb0, 123, 0, now);
	for (int i = 0; i < 30; i++, now += 100000000)
		synth_sink_fill(&s, left, right, 4800, now);
	assert_true(synth_queue_empty(&s.queue));
	assert_int_equal(synth_voices(s.synth), 0);
	for (int i = 0; i < 4800; i++)
		assert_true(fabsf(left[i]) < 1e-4f && fabsf(right[i]) < 1e-4f);
	close_silently(&s);
}

static void test_refusals(void **state)
{
	char *font = sound_check_font();
	struct synth_sink s;
	struct sink sink = synth_sink(&s, "/no/such/font.sf2", NULL);

	(void)state;
	assert_int_equal(sink.open(sink.context), -1);
	assert_non_null(strstr(error_message(), "/no/such/font.sf2: there is no such soundfont"));
	sink = synth_sink(&s, font, "no-such-driver");
	assert_int_equal(sink.open(sink.context), -1);
	assert_non_null(strstr(error_message(), "no audio driver is called \"no-such-driver\""));
	/* it writes files, and takes nothing from programs */
	sink = synth_sink(&s, font, "file");
	assert_int_equal(sink.open(sink.context), -1);
	assert_non_null(strstr(error_message(), "the driver file does not open"));
	assert_null(s.name);
	assert_null(s.synth);
	synth_sink_done(&s);
	free(font);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes_at_their_moments),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
