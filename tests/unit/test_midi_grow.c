/*
 * The file that grows: what was added comes back through smf_read and
 * midicsv, whatever comes, at whatever moment it is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "midi/smf.h"
#include "midi/smf_grow.h"

static char path[] = "/tmp/test_midi_grow.XXXXXX";
static struct smf_grow grow;
static uint64_t seed;

static int setup(void **state)
{
	(void)state;
	return smf_grow_init(&grow);
}

static int teardown(void **state)
{
	(void)state;
	smf_grow_done(&grow);
	return 0;
}

static void message(int tick, int status, int a, int b)
{
	const uint8_t bytes[3] = {(uint8_t)status, (uint8_t)a, (uint8_t)b};

	if (smf_grow_message(&grow, tick, bytes, (status & 0xe0) == 0xc0 ? 2 : 3) < 0)
		fail_msg("%s", error_message());
}

static void metre(int tick, int numerator, int denominator_log2)
{
	assert_int_equal(smf_grow_metre(&grow, tick, numerator, denominator_log2), 0);
}

/* Written until `tick` and read back. */
static struct song *back(struct songs *songs, int tick)
{
	if (smf_grow_write(&grow, path, tick, "musegen test") < 0 || smf_read(songs, path) < 0)
		fail_msg("%s", error_message());
	assert_int_equal(songs->n, 1);
	assert_int_equal(songs->mended, 0);
	return songs->songs[0];
}

static void check_note(const struct part *p, size_t i, int onset, int duration, int pitch, int velocity)
{
	assert_true(i < p->n);
	assert_int_equal(p->notes[i].onset, onset);
	assert_int_equal(p->notes[i].duration, duration);
	assert_int_equal(p->notes[i].pitch, pitch);
	assert_int_equal(p->notes[i].velocity, velocity);
}

static void test_channels_and_programs(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	assert_int_equal(smf_grow_tempo(&grow, 0, 400000), 0);
	metre(0, 3, 2);
	message(0, 0xc0, 19, 0);
	message(0, 0x90, 60, 100);
	message(0, 0x93, 48, 70);
	message(240, 0x80, 60, 64);
	message(240, 0x90, 62, 90);
	message(960, 0x93, 48, 0); /* a note-off in other words */
	message(1440, 0x80, 62, 64);
	s = back(&songs, 1440);
	assert_int_equal(s->ppq, 480);
	assert_int_equal(s->n_parts, 2);
	assert_string_equal(s->parts[0].name, "channel 1");
	assert_int_equal(s->parts[0].channel, 0);
	assert_int_equal(s->parts[0].program, 19);
	check_note(&s->parts[0], 0, 0, 240, 60, 100);
	check_note(&s->parts[0], 1, 240, 1200, 62, 90);
	assert_int_equal(s->parts[1].channel, 3);
	assert_int_equal(s->parts[1].program, -1);
	check_note(&s->parts[1], 0, 0, 960, 48, 70);
	assert_int_equal(s->n_tempos, 1);
	assert_int_equal(s->tempos[0].us_per_quarter, 400000);
	assert_int_equal(s->n_metres, 1);
	assert_int_equal(s->metres[0].numerator, 3);
	assert_int_equal(s->n_texts, 1);
	assert_string_equal(s->texts[0].text, "musegen test");
	assert_int_equal(s->end, 1440);
	assert_true(grow.notes == 3);
	songs_done(&songs);
}

/* Written while notes sound: they end there, and go on in the next file as if nothing had been. */
static void test_written_in_the_midst(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	message(0, 0x90, 60, 100);
	message(480, 0x90, 64, 80);
	s = back(&songs, 480);
	check_note(&s->parts[0], 0, 0, 481, 60, 100);
	check_note(&s->parts[0], 1, 480, 1, 64, 80);
	assert_int_equal(s->end, 1920);
	songs_done(&songs);
	s = back(&songs, 1920);
	check_note(&s->parts[0], 0, 0, 1920, 60, 100);
	check_note(&s->parts[0], 1, 480, 1440, 64, 80);
	assert_int_equal(s->end, 1920);
	songs_done(&songs);
	message(2000, 0x80, 60, 64);
	message(2400, 0x80, 64, 64);
	s = back(&songs, 2400);
	check_note(&s->parts[0], 0, 0, 2000, 60, 100);
	check_note(&s->parts[0], 1, 480, 1920, 64, 80);
	assert_int_equal(s->end, 3840);
	songs_done(&songs);
}

/* A controller lands in the track, but not what only silences. */
static void test_pedal(void **state)
{
	size_t size;

	(void)state;
	message(0, 0x90, 60, 100);
	size = grow.size;
	message(10, 0xb0, 64, 0);
	message(10, 0xb0, 120, 0);
	message(10, 0xb0, 123, 0);
	assert_int_equal(grow.size, size);
	message(10, 0xb0, 64, 127);
	assert_int_equal(grow.size, size + 4);
	message(10, 0xb1, 64, 0);
	assert_int_equal(grow.size, size + 4);
	message(20, 0xb0, 64, 0);
	message(20, 0xb0, 64, 0);
	assert_int_equal(grow.size, size + 8);
}

/* Struck again without an end; ends without a beginning; what is no message of a channel. */
static void test_what_is_not_well_formed(void **state)
{
	const uint8_t odd[][3] = {{0xf8}, {0xf0, 1, 2}, {0x45, 1, 2}, {0x90, 200, 1}, {0x90, 60, 200}, {0xb0, 123, 0}};
	struct songs songs;
	struct song *s;

	(void)state;
	message(0, 0x80, 50, 64);
	message(0, 0x90, 60, 100);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		for (int size = 0; size <= 3; size++)
			assert_int_equal(smf_grow_message(&grow, 0, odd[i], size), 0);
	assert_int_equal(smf_grow_message(&grow, 0, (const uint8_t[]){0x90, 60}, 2), 0);
	message(100, 0x90, 60, 90);
	message(100, 0xe0, 0, 64);
	message(100, 0xb0, 7, 100);
	message(100, 0xd0, 7, 0);
	message(200, 0x80, 60, 64);
	message(200, 0x80, 60, 64);
	s = back(&songs, 200);
	assert_int_equal(s->n_parts, 1);
	assert_int_equal(s->parts[0].n, 2);
	check_note(&s->parts[0], 0, 0, 100, 60, 100);
	check_note(&s->parts[0], 1, 100, 100, 60, 90);
	songs_done(&songs);
}

static void check_metre(const struct song *s, size_t i, int tick, int numerator, int denominator_log2)
{
	assert_true(i < s->n_metres);
	assert_int_equal(s->metres[i].tick, tick);
	assert_int_equal(s->metres[i].numerator, numerator);
	assert_int_equal(s->metres[i].denominator_log2, denominator_log2);
}

/* Bars that are cut short by the next one's line have a metre of their own; what only says the same again is not said. */
static void test_bar_lines(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	metre(0, 4, 2);
	metre(1920, 4, 2);
	message(1920, 0x90, 60, 100);
	/* line 3840, then a bar of three eighths before a new 4/4 */
	metre(3840 + 720, 4, 2);
	/* a bar of 4/4, a bar of 6/8, and its third bar cut to a 32nd and to nothing that a metre is */
	metre(3840 + 720 + 1920, 6, 3);
	metre(6480 + 2 * 1440 + 60, 2, 2);
	metre(9420 + 7, 2, 2);
	/* said twice at one place: the later counts */
	metre(9427 + 960, 5, 3);
	metre(9427 + 960, 7, 3);
	message(12000, 0x80, 60, 64);
	s = back(&songs, 12000);
	check_metre(s, 0, 0, 4, 2);
	check_metre(s, 1, 3840, 3, 3);
	check_metre(s, 2, 4560, 4, 2);
	check_metre(s, 3, 6480, 6, 3);
	check_metre(s, 4, 9360, 1, 5);
	/* seven ticks: the shortest metre, cut */
	check_metre(s, 5, 9420, 1, 7);
	check_metre(s, 6, 9427, 2, 2);
	check_metre(s, 7, 10387, 7, 3);
	assert_int_equal(s->n_metres, 8);
	assert_int_equal(song_bar_line(s, 10388), 10387 + 1680);
	assert_int_equal(s->end, 10387 + 1680);
	songs_done(&songs);
}

/* A pickup: music begins in what is no whole bar. */
static void test_pickup(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	message(0, 0x90, 60, 100);
	message(480, 0x80, 60, 64);
	metre(480, 3, 2);
	message(480, 0x90, 62, 100);
	message(1920, 0x80, 62, 64);
	s = back(&songs, 1920);
	assert_int_equal(s->pickup, 480);
	check_metre(s, 0, 0, 3, 2);
	assert_int_equal(s->n_metres, 1);
	assert_int_equal(song_bar_line(s, 481), 1920);
	songs_done(&songs);
}

/* One that rests before it make a whole bar, as a stream has it that begins its bar on time: one metre from the start. */
static void test_pickup_after_rests(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	metre(960, 3, 2);
	message(960, 0x90, 60, 100);
	message(1440, 0x80, 60, 64);
	metre(1440, 3, 2);
	message(1440, 0x90, 62, 100);
	metre(2880, 3, 2);
	message(2880, 0x80, 62, 64);
	assert_int_equal(grow.n_metres, 1);
	assert_int_equal(grow.metres[0].tick, 0);
	assert_int_equal(grow.metres[0].numerator, 3);
	s = back(&songs, 2880);
	assert_int_equal(s->pickup, 480);
	assert_int_equal(s->end, 480 + 1440);
	songs_done(&songs);
	/* later on that is no pickup */
	metre(3360, 3, 2);
	assert_int_equal(grow.n_metres, 3);
	check_metre(&(struct song){.metres = grow.metres, .n_metres = 3}, 1, 2880, 1, 2);
}

static void test_tempi(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	message(0, 0x90, 60, 100);
	assert_int_equal(smf_grow_tempo(&grow, 0, 500000), 0);
	assert_int_equal(smf_grow_tempo(&grow, 0, 600000), 0);
	assert_int_equal(smf_grow_tempo(&grow, 100, 600000), 0);
	assert_int_equal(smf_grow_tempo(&grow, 200, 0x1000000), 0);
	assert_int_equal(smf_grow_tempo(&grow, 200, 0), 0);
	assert_int_equal(smf_grow_tempo(&grow, 300, 700000), 0);
	/* taken back: nothing is said */
	assert_int_equal(smf_grow_tempo(&grow, 300, 600000), 0);
	assert_int_equal(smf_grow_tempo(&grow, 400, 0xfffff), 0);
	s = back(&songs, 960);
	assert_int_equal(s->n_tempos, 2);
	assert_int_equal(s->tempos[0].us_per_quarter, 600000);
	assert_int_equal(s->tempos[1].tick, 400);
	assert_int_equal(s->tempos[1].us_per_quarter, 0xfffff);
	songs_done(&songs);
}

/* Full is an error that leaves what there is. */
static void test_full(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	message(0, 0x90, 60, 100);
	message(SMF_GROW_TICK_MAX, 0x80, 60, 64);
	assert_int_equal(smf_grow_message(&grow, SMF_GROW_TICK_MAX + 1, (const uint8_t[]){0x90, 60, 1}, 3), -1);
	assert_int_equal(smf_grow_metre(&grow, SMF_GROW_TICK_MAX + 1, 3, 2), -1);
	assert_int_equal(smf_grow_tempo(&grow, SMF_GROW_TICK_MAX + 1, 3000), -1);
	assert_non_null(strstr(error_message(), "full"));
	s = back(&songs, grow.last);
	assert_int_equal(s->parts[0].n, 1);
	assert_int_equal(s->parts[0].notes[0].duration, SMF_GROW_TICK_MAX);
	songs_done(&songs);
}

#define NOTES 400
struct said {
	int tick, off, channel, pitch, velocity;
};

static int by_place(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	if (x->channel != y->channel)
		return x->channel - y->channel;
	return x->tick != y->tick ? x->tick - y->tick : y->pitch - x->pitch;
}

/* Random music on all channels, written at random moments: the last file has it all, and those before their part. */
static void test_random(void **state)
{
	struct said notes[NOTES];
	struct random r = random_stream(seed, 1, 0, 0);

	(void)state;
	for (int round = 0; round < 20; round++) {
		int sounds[16][128], tick = 0, n = 0;
		struct songs songs;

		memset(sounds, -1, sizeof sounds);
		while (n < NOTES || tick == 0) {
			int channel = (int)random_below(&r, 9), pitch = (int)random_below(&r, 128);
			int *open = &sounds[channel][pitch];

			tick += random_below(&r, 3) ? (int)random_below(&r, 2000) + 1 : 0;
			/* not two at one tick: what then is the first is not said */
			if (*open >= 0 && notes[*open].tick == tick)
				continue;
			if (*open >= 0) {
				notes[*open].off = tick;
				message(tick, 0x80 | channel, pitch, 64);
				*open = -1;
				continue;
			}
			*open = n;
			notes[n] = (struct said){tick, -1, channel, pitch, 1 + (int)random_below(&r, 127)};
			message(tick, 0x90 | channel, pitch, notes[n++].velocity);
			if (random_below(&r, 50) == 0) {
				songs = (struct songs){0};
				assert_int_equal(song_notes(back(&songs, tick + (int)random_below(&r, 3))), n);
				songs_done(&songs);
			}
		}
		tick++;
		for (int i = 0; i < n; i++)
			if (notes[i].off < 0)
				notes[i].off = tick;
		qsort(notes, NOTES, sizeof *notes, by_place);
		{
			struct song *s = back(&songs, tick);

			for (int i = 0; i < NOTES; i++) {
				const struct part *p = NULL;
				static size_t at;

				for (size_t k = 0; k < s->n_parts; k++)
					if (s->parts[k].channel == notes[i].channel)
						p = &s->parts[k];
				assert_non_null(p);
				at = i > 0 && notes[i - 1].channel == notes[i].channel ? at + 1 : 0;
				check_note(p, at, notes[i].tick - s->silence, notes[i].off - notes[i].tick,
				           notes[i].pitch, notes[i].velocity);
			}
			songs_done(&songs);
		}
		smf_grow_done(&grow);
		assert_int_equal(smf_grow_init(&grow), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_channels_and_programs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_written_in_the_midst, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pedal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_not_well_formed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bar_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pickup, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pickup_after_rests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tempi, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};
	const char *given = getenv("MUSEGEN_SEED");
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	printf("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
