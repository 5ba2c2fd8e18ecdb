/*
 * Songs written and read again are the same songs: random ones (the seed is
 * printed, MUSEGEN_SEED repeats it), rounded ones, nested notes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "midi_written.h"

#define SONGS 400

static uint64_t seed;

static void test_random_songs(void **state)
{
	static const int ppqs[] = {480, 24, 96, 120, 240, 48, 160, 12};

	(void)state;
	for (int i = 0; i < SONGS; i++) {
		struct random r = random_stream(seed, (uint64_t)i, 0, 0);
		struct song *song = random_song(&r, ppqs[random_below(&r, 8)]);
		struct smf_write_options options = {.pickup_bar = random_below(&r, 2)};
		struct song *back = there_and_back(song, &options);
		const char *difference = song_difference(song, back, 0);

		if (difference)
			fail_msg("MUSEGEN_SEED=%llu song %d (ppq %d, pickup %d, %s): %s", (unsigned long long)seed, i,
			         song->ppq, song->pickup, options.pickup_bar ? "short bar" : "full bar", difference);
		song_free(song);
		song_free(back);
	}
}

/* Any ppq: notes go to the nearest tick, and a second time nothing moves. */
static void test_random_songs_rounded(void **state)
{
	(void)state;
	for (int i = 0; i < SONGS; i++) {
		struct random r = random_stream(seed, (uint64_t)i, 1, 0);
		struct song *song = random_song(&r, between(&r, 1, 32767));
		struct song *once, *twice;
		const char *difference;

		song->pickup = 0;
		once = there_and_back(song, NULL);
		twice = there_and_back(once, NULL);
		difference = song_difference(once, twice, 0);
		if (!difference && song_notes(once) != song_notes(song))
			difference = "number of notes";
		if (difference)
			fail_msg("MUSEGEN_SEED=%llu song %d (ppq %d): %s", (unsigned long long)seed, i, song->ppq,
			         difference);
		song_free(song);
		song_free(once);
		song_free(twice);
	}
}

/* Nested notes of one pitch keep their beginnings and their ends, if not which is whose. */
static void test_nested_notes(void **state)
{
	struct song *s = one_part(480, 0), *back;

	(void)state;
	add(s, 0, 0, 400, 60);
	add(s, 0, 100, 100, 60);
	song_order(s);
	back = there_and_back(s, NULL);
	assert_int_equal(back->parts[0].n, 2);
	assert_int_equal(back->parts[0].notes[0].duration, 200);
	assert_int_equal(back->parts[0].notes[1].onset, 100);
	assert_int_equal(back->parts[0].notes[1].duration, 300);
	song_free(s);
	song_free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_songs),
		cmocka_unit_test(test_random_songs_rounded),
		cmocka_unit_test(test_nested_notes),
	};
	const char *given = getenv("MUSEGEN_SEED");

	seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
