/*
 * Songs as sound: that there is sound when notes are, of their pitches, and
 * silence when there are none; that a loop is as long as its bars, and goes
 * round as if the music had been played again and again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "doubles.h"
#include "hand_music.h"
#include "live/render.h"
#include "sound_check.h"

#define FLUTE 73
#define QUIET 1e-3 /* 59 dB below the peak */

/* At 120, so that a quarter (24 ticks) is half a second: 22050 frames. */
static struct song *song_of(int program, const char *a, const char *b)
{
	struct song *s = hand_song(4, a, b, NULL, NULL);

	assert_int_equal(song_add_tempo(s, 0, 500000), 0);
	for (size_t i = 0; i < s->n_parts; i++)
		s->parts[i].program = program;
	return s;
}

static void render(struct sound *sound, struct song *song, bool loop)
{
	char *font = sound_check_font();

	if (render_song(sound, song, font, loop) < 0)
		fail_msg("%s", error_message());
	free(font);
	song_free(song);
}

/* Seconds `from` to `to`. */
static double rms(const struct sound *s, double from, double to)
{
	const size_t first = (size_t)(from * s->rate), last = (size_t)(to * s->rate);

	assert_true(last <= s->n && first < last);
	return sound_check_rms(s->frames + 2 * first, last - first);
}

/* A pitch's share against its neighbours', seconds `from` to `to`. */
static double prominence(const struct sound *s, double from, double to, int pitch)
{
	const size_t first = (size_t)(from * s->rate), n = (size_t)(to * s->rate) - first;
	const float *frames = s->frames + 2 * first;
	const double below = sound_check_tone(frames, n, s->rate, sound_check_hertz(pitch - 1));
	const double above = sound_check_tone(frames, n, s->rate, sound_check_hertz(pitch + 1));

	return sound_check_tone(frames, n, s->rate, sound_check_hertz(pitch)) / (below + above + 1e-9);
}

static void test_notes_at_their_times(void **state)
{
	struct sound s;

	(void)state;
	/* half a second of silence, a quarter of A, a half of silence, a half of E */
	render(&s, song_of(FLUTE, "r/24 69/24 r/96 76/48", NULL), false);
	assert_int_equal(s.rate, 44100);
	assert_false(s.loop);
	/* nothing before the block of the first note, to the sample: less than half of the last bit of sixteen */
	for (size_t i = 0; i < 2 * (22050 - SYNTH_BLOCK); i++)
		assert_true(fabsf(s.frames[i]) < 1.0f / 65536);
	/* it has begun within 60 ms, and is loud */
	assert_true(rms(&s, 0.52, 0.56) > 10 * QUIET);
	assert_true(rms(&s, 0.6, 0.95) > 0.05);
	assert_true(prominence(&s, 0.6, 0.95, 69) > 5);
	assert_true(prominence(&s, 0.6, 0.95, 76) < 2);
	/* it has died away long before the next */
	assert_true(rms(&s, 2.7, 2.95) < QUIET);
	assert_true(rms(&s, 3.2, 3.9) > 0.05);
	assert_true(prominence(&s, 3.2, 3.9, 76) > 5);
	/* the end: after the last note and before the limit, silent, and not long so */
	assert_true(s.n > 4 * 44100 && s.n < (4 + RENDER_TAIL_MAX) * 44100);
	assert_true(sound_check_rms(s.frames + 2 * (s.n - 2000), 2000) < 1e-4);
	assert_true(sound_check_rms(s.frames + 2 * (s.n - 22050), 22050) < QUIET);
	/* the peak is where it is to be */
	check_near(sound_peak(s.frames, s.n), RENDER_PEAK, 1e-6);
	sound_done(&s);
}

/* Two parts on one pitch: the shorter does not end the longer. One part on one pitch twice: both are heard. */
static void test_unisons(void **state)
{
	struct sound s, twice;

	(void)state;
	render(&s, song_of(FLUTE, "69/96", "69/12 r/84"), false);
	assert_true(rms(&s, 1, 1.9) > 0.05);
	sound_done(&s);
	/* overlapping in one part: it sounds until the end of the second, and is struck again */
	{
		struct song *song = song_of(0, "60/48", NULL);

		assert_int_equal(song_add_note(song, 0, (struct note){24, 72, 60, 80, false}), 0);
		song->end = 96;
		song_order_notes(&song->parts[0]);
		render(&twice, song, false);
	}
	assert_true(rms(&twice, 0.5, 0.6) > rms(&twice, 0.4, 0.5));
	assert_true(rms(&twice, 1.5, 1.9) > 10 * rms(&twice, 2.5, 2.9));
	sound_done(&twice);
}

static void test_same_again(void **state)
{
	struct sound a, b;

	(void)state;
	render(&a, song_of(0, "60/24 64/24 67/24 72/24", "48/48 43/48"), false);
	render(&b, song_of(0, "60/24 64/24 67/24 72/24", "48/48 43/48"), false);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.frames, b.frames, 2 * a.n * sizeof *a.frames);
	sound_done(&a);
	sound_done(&b);
}

/* As many parts as a song can have, each heard. */
static void test_many_parts(void **state)
{
	struct song *song = song_new(24);
	struct sound s;

	(void)state;
	assert_non_null(song);
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		assert_int_equal(song_add_part(song, NULL, 0, FLUTE), k);
		assert_int_equal(song_add_note(song, k, (struct note){k * 24, 24, (uint8_t)(60 + k % 24), 90, false}),
		                 0);
	}
	song->end = SONG_PARTS_MAX * 24;
	render(&s, song, false);
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		assert_true(prominence(&s, 0.5 * k + 0.1, 0.5 * k + 0.45, 60 + k % 24) > 2);
	sound_done(&s);
}

#define LOOP "60/24 64/24 67/24 72/24 r/48 62+65/48"

static void test_loop_is_as_long_as_its_bars(void **state)
{
	static const int tempos[] = {500000, 612345, 333333, 1000001};

	(void)state;
	for (size_t i = 0; i < sizeof tempos / sizeof *tempos; i++) {
		struct song *song = hand_song(4, LOOP, NULL, NULL, NULL);
		struct sound s;
		const double seconds = 8.0 * tempos[i] / 1e6;

		assert_int_equal(song_add_tempo(song, 0, tempos[i]), 0);
		assert_int_equal(song->end, 8 * 24);
		render(&s, song, true);
		assert_true(s.loop);
		assert_int_equal(s.n, (size_t)llround(seconds * 44100));
		check_near(sound_peak(s.frames, s.n), RENDER_PEAK, 1e-6);
		sound_done(&s);
	}
}

/*
 * The loop played three times over, as a song: its third time is the loop's
 * sound but for its own loudness, since reverberation is linear (chorus, which
 * moves, is not quite, and blocks fall differently).
 */
static void test_loop_goes_round(void **state)
{
	struct sound once, thrice;
	double dot = 0, length = 0, other = 0;

	(void)state;
	/* each time round a whole number of blocks: 64 * 1378 frames, 88192 */
	{
		struct song *a = hand_song(4, LOOP, NULL, NULL, NULL);
		struct song *b = hand_song(4, LOOP " " LOOP " " LOOP, NULL, NULL, NULL);

		assert_int_equal(song_add_tempo(a, 0, 249977), 0);
		assert_int_equal(song_add_tempo(b, 0, 249977), 0);
		render(&once, a, true);
		render(&thrice, b, false);
	}
	assert_true(thrice.n > 3 * once.n);
	for (size_t i = 0; i < 2 * once.n; i++) {
		const double x = (double)once.frames[i], y = (double)thrice.frames[2 * 2 * once.n + i];

		dot += x * y;
		length += x * x;
		other += y * y;
	}
	print_message("the loop and the third time round: correlation %.5f\n", dot / sqrt(length * other));
	assert_true(dot / sqrt(length * other) > 0.99);
	/* what the first quarter of the song alone lacks: the tail of the end */
	{
		struct sound begin = {0};
		struct song *a = hand_song(4, LOOP, NULL, NULL, NULL);
		double loop_begin, song_begin;

		assert_int_equal(song_add_tempo(a, 0, 249977), 0);
		render(&begin, a, false);
		loop_begin = sound_check_rms(once.frames, 16) / sound_check_rms(once.frames, once.n);
		song_begin = sound_check_rms(begin.frames, 16) / sound_check_rms(begin.frames, once.n);
		assert_true(loop_begin > 5 * song_begin);
		sound_done(&begin);
	}
	/* and no step where it goes round: no more than there is from frame to frame elsewhere */
	{
		double step = 0;
		const float *last = once.frames + 2 * (once.n - 1);

		for (size_t i = 0; i + 1 < once.n; i++)
			step = fmax(step, fabs((double)once.frames[2 * i + 2] - (double)once.frames[2 * i]));
		assert_true(fabs((double)once.frames[0] - (double)last[0]) < step);
	}
	sound_done(&once);
	sound_done(&thrice);
}

static void test_refusals(void **state)
{
	struct song *song = song_of(0, "60/24", NULL), *empty = song_new(24);
	char *font = sound_check_font();
	struct sound s;

	(void)state;
	assert_non_null(empty);
	assert_int_equal(render_song(&s, empty, font, false), -1);
	assert_non_null(strstr(error_message(), "nothing to make sound of"));
	assert_int_equal(render_song(&s, song, "/no/such.sf2", false), -1);
	assert_non_null(strstr(error_message(), "/no/such.sf2"));
	assert_int_equal(render_song(&s, song, "/proc/self/exe", false), -1);
	assert_non_null(strstr(error_message(), "no soundfont"));
	assert_null(s.frames);
	/* an hour, and a quarter more */
	song->end = 24 * 2 * 3600 + 24;
	assert_int_equal(render_song(&s, song, font, false), -1);
	assert_non_null(strstr(error_message(), "60 at most"));
	song_free(song);
	song_free(empty);
	free(font);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notes_at_their_times),
		cmocka_unit_test(test_unisons),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_many_parts),
		cmocka_unit_test(test_loop_is_as_long_as_its_bars),
		cmocka_unit_test(test_loop_goes_round),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
