/*
 * What is kept of the score: whole bars, one after the other, with parts,
 * programs, tempo, metre and key, as a file that reads back as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "live/keep.h"
#include "midi/smf.h"
#include "music/key.h"

#define BARS 12

static struct score_bar bars[BARS];
static struct score *score;

/* Bars of 4/4 in C major at 120 from `at` on, each with a note of a quarter in two parts, pitches by number. */
static void make_bars(uint64_t at)
{
	for (int i = 0; i < BARS; i++) {
		struct score_bar *b = &bars[i];

		*b = (struct score_bar){
			.at = at + (uint64_t)i * 4 * QUARTER,
			.length = 4 * QUARTER,
			.number = i + 1,
			.piece = 1,
			.numerator = 4,
			.denominator_log2 = 2,
			.us_per_quarter = 500000,
			.mode = MODE_MAJOR,
			.judged = NAN,
			.n = 2,
		};
		for (int part = 0; part < 2; part++)
			b->notes[part] = (struct score_note){
				.on = b->at + (uint64_t)part * QUARTER,
				.off = b->at + (uint64_t)(part + 1) * QUARTER,
				.part = (uint8_t)part,
				.pitch = (uint8_t)(72 - 24 * part + i),
				.velocity = (uint8_t)(80 + part),
				.program = part ? 42 : 40,
			};
	}
}

static int setup(void **state)
{
	(void)state;
	make_bars(0);
	score = score_new();
	return score ? 0 : -1;
}

static int teardown(void **state)
{
	glob_t found;

	(void)state;
	score_free(score);
	if (glob("keep-*.mid", 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
		globfree(&found);
	}
	return 0;
}

static struct song *kept(size_t from, size_t n)
{
	struct song *s = keep_song(&bars[from], n, 0);

	if (!s)
		fail_msg("%s", error_message());
	return s;
}

static void check_note(const struct part *p, size_t i, int onset, int duration, int pitch, int velocity)
{
	assert_true(i < p->n);
	assert_int_equal(p->notes[i].onset, onset);
	assert_int_equal(p->notes[i].duration, duration);
	assert_int_equal(p->notes[i].pitch, pitch);
	assert_int_equal(p->notes[i].velocity, velocity);
}

static void test_song(void **state)
{
	struct song *s = kept(2, 8);

	(void)state;
	assert_int_equal(s->ppq, 480);
	assert_int_equal(s->end, 8 * 1920);
	assert_int_equal(s->n_parts, 2);
	assert_string_equal(s->parts[0].name, "Part 1");
	assert_int_equal(s->parts[0].program, 40);
	assert_int_equal(s->parts[1].program, 42);
	assert_int_equal(s->parts[0].n, 8);
	assert_int_equal(s->parts[1].n, 8);
	check_note(&s->parts[0], 0, 0, 480, 74, 80);
	check_note(&s->parts[1], 7, 7 * 1920 + 480, 480, 57, 81);
	assert_int_equal(s->n_tempos, 1);
	assert_int_equal(s->tempos[0].us_per_quarter, 500000);
	assert_int_equal(s->n_metres, 1);
	assert_int_equal(s->n_keys, 1);
	assert_int_equal(s->keys[0].fifths, 0);
	assert_false(s->keys[0].minor);
	song_free(s);
}

/* Tempo, key, metre and programs that change, and bars that do not follow each other in time. */
static void test_changes(void **state)
{
	struct song *s;

	(void)state;
	for (int i = 2; i < BARS; i++) {
		bars[i].at += 1000 * QUARTER;
		for (int k = 0; k < 2; k++) {
			bars[i].notes[k].on += 1000 * QUARTER;
			bars[i].notes[k].off += 1000 * QUARTER;
		}
	}
	bars[1].us_per_quarter = 600000;
	bars[2].tonic = 9;
	bars[2].mode = MODE_MINOR;
	bars[3].tonic = -1; /* not known: what was goes on */
	bars[3].numerator = 3;
	bars[3].length = 3 * QUARTER;
	bars[3].notes[1].program = 255;
	s = kept(0, 4);
	assert_int_equal(s->end, 3 * 1920 + 1440);
	assert_int_equal(s->n_parts, 3);
	assert_int_equal(s->n_tempos, 3);
	assert_int_equal(s->tempos[1].tick, 1920);
	assert_int_equal(s->tempos[1].us_per_quarter, 600000);
	assert_int_equal(s->tempos[2].tick, 3840);
	assert_int_equal(s->n_keys, 2);
	assert_int_equal(s->keys[1].tick, 3840);
	assert_true(s->keys[1].minor);
	assert_int_equal(s->keys[1].fifths, 0);
	assert_int_equal(s->n_metres, 2);
	assert_int_equal(s->metres[1].tick, 5760);
	assert_int_equal(s->metres[1].numerator, 3);
	/* the lower part without a program is one of its own, still called by its number */
	assert_int_equal(s->parts[1].program, -1);
	assert_string_equal(s->parts[1].name, "Part 2");
	check_note(&s->parts[1], 0, 5760 + 480, 480, 51, 81);
	check_note(&s->parts[0], 2, 3840, 480, 74, 80);
	song_free(s);
}

/* A note that lasts into what comes after ends with the last bar; one from before a bar begins with it. */
static void test_notes_over_bar_lines(void **state)
{
	struct song *s;

	(void)state;
	bars[0].notes[0].off = bars[2].at;
	bars[1].notes[0].off = bars[5].at;
	bars[1].notes[1].on = bars[1].at - QUARTER / 20;
	bars[1].notes[1].off = bars[1].at; /* nothing is left of it but that it was */
	s = kept(0, 2);
	check_note(&s->parts[0], 0, 0, 3840, 72, 80);
	check_note(&s->parts[0], 1, 1920, 1920, 73, 80);
	check_note(&s->parts[1], 1, 1920, 1, 49, 81);
	assert_int_equal(s->end, 3840);
	song_free(s);
}

/* A pickup, and a bar that was cut short in the middle of it all. */
static void test_odd_bars(void **state)
{
	struct song *s;

	(void)state;
	bars[0].length = QUARTER;
	bars[0].n = 1;
	bars[4].length = 3 * QUARTER / 2;
	s = kept(0, 6);
	assert_int_equal(s->pickup, 480);
	assert_int_equal(s->n_metres, 3);
	assert_int_equal(s->metres[0].numerator, 4);
	assert_int_equal(s->metres[1].tick, 480 + 3 * 1920);
	assert_int_equal(s->metres[1].numerator, 3);
	assert_int_equal(s->metres[1].denominator_log2, 3);
	assert_int_equal(s->metres[2].tick, 480 + 3 * 1920 + 720);
	assert_int_equal(s->metres[2].numerator, 4);
	check_note(&s->parts[0], 5, 480 + 3 * 1920 + 720, 480, 77, 80);
	song_free(s);
	bars[2].numerator = 0;
	assert_null(keep_song(bars, 6, 0));
	assert_non_null(strstr(error_message(), "metre"));
}

static void add_bars(void)
{
	for (int i = 0; i < BARS; i++)
		score_add(score, &bars[i]);
}

/* What is muted did not sound. */
static void test_muted(void **state)
{
	struct song *s = keep_song(bars, 2, 1);

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->n_parts, 1);
	assert_string_equal(s->parts[0].name, "Part 2");
	song_free(s);
	add_bars();
	assert_null(keep_bars(score, bars[3].at, 3, NULL));
	assert_non_null(strstr(error_message(), "silent"));
}

/* More parts and programs than a song has room for: nothing is lost but programs. */
static void test_many_parts(void **state)
{
	struct score_bar *b = &bars[0];
	struct song *s;

	(void)state;
	b->n = SCORE_NOTES;
	for (int i = 0; i < SCORE_NOTES; i++)
		b->notes[i] = (struct score_note){.on = b->at,
		                                  .off = b->at + QUARTER,
		                                  .part = (uint8_t)(i % 64),
		                                  .pitch = (uint8_t)(i % 128),
		                                  .velocity = 1,
		                                  .program = (uint8_t)(i % 255)};
	s = kept(0, 1);
	assert_int_equal(s->n_parts, SONG_PARTS_MAX);
	assert_int_equal(song_notes(s), SCORE_NOTES);
	song_free(s);
}

static void test_file(void **state)
{
	struct songs songs;
	struct song *s;
	char *name, *again;

	(void)state;
	/* one that was, two that are yet to come; the last of the eight is a rest */
	bars[9].n = 0;
	add_bars();
	name = keep_bars(score, bars[10].at + QUARTER, 0, "musegen test");
	if (!name)
		fail_msg("%s", error_message());
	assert_int_equal(strlen(name), strlen("keep-20261130-012345.mid"));
	assert_int_equal(strspn(name + 5, "0123456789"), 8);
	assert_int_equal(strspn(name + 14, "0123456789"), 6);
	assert_int_equal(smf_read(&songs, name), 0);
	s = songs.songs[0];
	assert_int_equal(songs.mended, 0);
	assert_int_equal(s->end, 8 * 1920);
	assert_int_equal(s->n_parts, 2);
	assert_int_equal(s->parts[0].n, 7);
	check_note(&s->parts[0], 0, 0, 480, 74, 80);
	check_note(&s->parts[1], 6, 6 * 1920 + 480, 480, 48 + 8, 81);
	assert_string_equal(s->parts[1].name, "Part 2");
	assert_int_equal(s->parts[1].program, 42);
	assert_int_equal(s->n_keys, 1);
	assert_string_equal(s->texts[0].text, "musegen test");
	songs_done(&songs);
	/* within the same second: a number is added; within the next it has that one's name */
	again = keep_bars(score, bars[3].at, 0, NULL);
	assert_non_null(again);
	assert_string_not_equal(again, name);
	assert_int_equal(smf_read(&songs, again), 0);
	assert_int_equal(song_notes(songs.songs[0]), 6);
	assert_int_equal(songs.songs[0]->end, 3 * 1920);
	songs_done(&songs);
	free(name);
	free(again);
}

/* Numbers are added as long as names are taken. */
static void test_names(void **state)
{
	glob_t found;

	(void)state;
	add_bars();
	for (int i = 0; i < 7; i++)
		free(keep_bars(score, bars[4].at, 0, NULL));
	assert_int_equal(glob("keep-*.mid", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 7);
	globfree(&found);
	/* seven in less than six seconds: two at least had one name */
	assert_int_equal(glob("keep-*-*-2.mid", 0, NULL, &found), 0);
	globfree(&found);
}

static void test_nothing_to_keep(void **state)
{
	(void)state;
	assert_null(keep_bars(score, 0, 0, NULL));
	assert_non_null(strstr(error_message(), "no bar"));
	for (int i = 0; i < 3; i++)
		bars[i].n = 0;
	add_bars();
	assert_null(keep_bars(score, bars[1].at - 1, 0, NULL));
	assert_non_null(strstr(error_message(), "no bar"));
	assert_null(keep_bars(score, bars[3].at, 0, NULL));
	assert_non_null(strstr(error_message(), "silent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_song, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notes_over_bar_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_bars, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_muted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_to_keep, setup, teardown),
	};
	char folder[] = "/tmp/test_live_keep.XXXXXX";
	int failed;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
