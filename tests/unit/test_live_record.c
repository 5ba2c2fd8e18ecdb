/*
 * Recording: the moments of what is played become ticks and bar lines, the
 * file is there after every phrase, whole, whatever happens to the program,
 * the disc, or the ring.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "live/record.h"
#include "midi/smf.h"

#define SECOND UINT64_C(1000000000)
#define BAR    (4 * QUARTER)

static char folder[] = "/tmp/test_live_record.XXXXXX";
static char path[64];
static struct record *record;
static uint64_t now; /* the clock */

static int setup(void **state)
{
	(void)state;
	now = SECOND;
	record = record_new(path, "musegen test");
	return record ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	record_free(record);
	unlink(path);
	return 0;
}

static void play(uint64_t at, int status, int pitch, int velocity)
{
	const struct played p = {.at = at, .size = 3, .message = {(uint8_t)status, (uint8_t)pitch, (uint8_t)velocity}};

	record_played(record, &p);
}

static void play_metre(uint64_t at, int numerator, int denominator_log2)
{
	const struct played p = {
		.at = at, .numerator = (uint8_t)numerator, .denominator_log2 = (uint8_t)denominator_log2};

	record_played(record, &p);
}

static void play_tempo(uint64_t at, uint32_t us)
{
	const struct played p = {.at = at, .us_per_quarter = us};

	record_played(record, &p);
}

static void drain(void)
{
	if (record_drain(record, now) < 0)
		fail_msg("%s", error_message());
}

static struct song *back(struct songs *songs)
{
	if (smf_read(songs, path) < 0)
		fail_msg("%s", error_message());
	assert_int_equal(songs->mended, 0);
	return songs->songs[0];
}

static size_t notes_there(void)
{
	struct songs songs;
	size_t n;

	if (!file_exists(path))
		return 0;
	n = song_notes(back(&songs));
	songs_done(&songs);
	return n;
}

/* A bar of four quarters, from its line to the next. */
static void play_bar(int number)
{
	uint64_t at = (uint64_t)number * BAR;

	for (int i = 0; i < 4; i++) {
		play(at + (uint64_t)i * QUARTER, 0x90, 60 + i, 80);
		play(at + (uint64_t)(i + 1) * QUARTER, 0x80, 60 + i, 64);
	}
}

static void test_moments(void **state)
{
	const struct played all = {.at = QUARTER,
	                           .us_per_quarter = 300000,
	                           .numerator = 3,
	                           .denominator_log2 = 2,
	                           .size = 3,
	                           .message = {0x90, 50, 60}};
	const struct part *p;
	struct songs songs;
	struct song *s;

	(void)state;
	play_tempo(0, 600000);
	play(0, 0x90, 60, 100);
	play(QUARTER / 3, 0x80, 60, 64);
	/* a tick is 2,100,000 units: rounded to the nearest */
	play(QUARTER / 3 + 1049999, 0x90, 62, 90);
	play(QUARTER / 2 + 1050000, 0x80, 62, 64);
	record_played(record, &all);
	play(4 * QUARTER, 0x80, 50, 64);
	assert_int_equal(record_finish(record), 0);
	assert_true(record_notes(record) == 3);
	s = back(&songs);
	p = &s->parts[0];
	assert_int_equal(p->n, 3);
	assert_int_equal(p->notes[0].duration, 160);
	assert_int_equal(p->notes[1].onset, 160);
	assert_int_equal(p->notes[1].duration, 241 - 160);
	assert_int_equal(p->notes[2].onset, 480);
	assert_int_equal(p->notes[2].duration, 1440);
	assert_int_equal(s->n_tempos, 2);
	assert_int_equal(s->tempos[1].tick, 480);
	assert_int_equal(s->tempos[1].us_per_quarter, 300000);
	/* 3/4 begins where a quarter of the 4/4 is over: a pickup */
	assert_int_equal(s->pickup, 480);
	assert_int_equal(s->metres[0].numerator, 3);
	assert_int_equal(s->end, 1920);
	assert_string_equal(s->texts[0].text, "musegen test");
	songs_done(&songs);
}

/* The file is there when the fourth bar is over, up to its bar line, and again four bars later. */
static void test_phrases(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	play_metre(0, 4, 2);
	play_bar(0);
	drain();
	for (int bar = 1; bar < 4; bar++) {
		now += SECOND;
		play_bar(bar);
		drain();
		/* its last note-off is at the next line: the phrase is over with the fourth bar, not before */
		assert_int_equal(notes_there(), bar == 3 ? 16 : 0);
	}
	s = back(&songs);
	assert_int_equal(s->parts[0].notes[15].duration, 480);
	assert_int_equal(s->end, 4 * 1920);
	songs_done(&songs);
	for (int bar = 4; bar < 8; bar++) {
		now += SECOND;
		assert_int_equal(notes_there(), 16);
		play_bar(bar);
		drain();
	}
	assert_int_equal(notes_there(), 32);
}

/* Slow music, or none that ends a bar: after eight seconds, as far as it has come. */
static void test_seconds(void **state)
{
	struct songs songs;
	struct song *s;

	(void)state;
	play(0, 0x90, 60, 100);
	play(QUARTER, 0x90, 64, 100);
	drain();
	now += 8 * SECOND - 1;
	drain();
	assert_int_equal(notes_there(), 0);
	now++;
	drain();
	s = back(&songs);
	assert_int_equal(s->parts[0].n, 2);
	assert_int_equal(s->parts[0].notes[0].duration, 481);
	assert_int_equal(s->parts[0].notes[1].duration, 1);
	songs_done(&songs);
	/* with nothing new nothing is written */
	assert_int_equal(unlink(path), 0);
	now += 100 * SECOND;
	drain();
	assert_int_equal(notes_there(), 0);
	play(2 * QUARTER, 0x80, 60, 64);
	drain();
	assert_int_equal(notes_there(), 2);
	assert_int_equal(record_finish(record), 0);
	assert_int_equal(notes_there(), 2);
}

/* A file that is there stays until there is a whole one for its place, and always when nothing is played. */
static void test_existing_file(void **state)
{
	unsigned char *data;
	size_t size;

	(void)state;
	record_free(record);
	assert_int_equal(file_write(path, "old", 3), 0);
	record = record_new(path, NULL);
	assert_non_null(record);
	play_metre(0, 3, 2);
	play(0, 0xc0, 5, 0);
	drain();
	now += 100 * SECOND;
	drain();
	assert_int_equal(record_finish(record), 0);
	assert_int_equal(file_read(path, 100, &data, &size), 0);
	assert_int_equal(size, 3);
	assert_memory_equal(data, "old", 3);
	free(data);
	play(QUARTER, 0x90, 60, 60);
	assert_int_equal(record_finish(record), 0);
	assert_int_equal(notes_there(), 1);
}

static void test_cannot_be_written(void **state)
{
	static const char *const bad[] = {"/nonexistent/x.mid", "/dev/null", "/tmp", ""};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		error_clear();
		assert_null(record_new(bad[i], NULL));
		assert_int_not_equal(*error_message(), 0);
	}
}

/* A disc that is full in the midst: told once, the old file stays whole, and when there is room again all is there. */
static void test_full_disc(void **state)
{
	struct rlimit before, tiny;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	play_bar(0);
	drain();
	now += 8 * SECOND;
	drain();
	assert_int_equal(notes_there(), 4);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tiny = before;
	tiny.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	play_bar(1);
	now += 8 * SECOND;
	error_clear();
	assert_int_equal(record_drain(record, now), -1);
	assert_non_null(strstr(error_message(), path));
	for (int bar = 2; bar < 6; bar++) {
		play_bar(bar);
		now += 20 * SECOND;
		drain();
	}
	assert_int_equal(notes_there(), 4);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	now += 20 * SECOND;
	drain();
	assert_int_equal(notes_there(), 24);
	/* full at the end: told then too, and the end can be asked for again */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	play_bar(6);
	assert_int_equal(record_finish(record), -1);
	assert_int_equal(notes_there(), 24);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(record_finish(record), 0);
	assert_int_equal(notes_there(), 28);
}

/* More than the ring holds: told, counted, and what was taken is a sound file. */
static void test_full_ring(void **state)
{
	struct songs songs;

	(void)state;
	for (int i = 0; i < 40000; i++)
		play((uint64_t)i * SIXTEENTH, i % 2 ? 0x80 : 0x90, 40 + i / 2 % 50, 80);
	error_clear();
	assert_int_equal(record_drain(record, now), -1);
	assert_non_null(strstr(error_message(), "7232 messages"));
	assert_true(record_lost(record) == 7232);
	play(UINT64_C(40000) * SIXTEENTH, 0x90, 60, 80);
	drain();
	assert_int_equal(record_finish(record), 0);
	assert_int_equal(song_notes(back(&songs)), 16385);
	songs_done(&songs);
}

/* A master that sets the music back: the recording goes on. A little is none. */
static void test_leap_back(void **state)
{
	const struct part *p;
	struct songs songs;

	(void)state;
	play(100 * BAR, 0x90, 60, 80);
	play(101 * BAR, 0x80, 60, 64);
	play(101 * BAR - SIXTEENTH, 0x90, 61, 80);
	play(102 * BAR, 0x80, 61, 64);
	play(4 * BAR, 0x90, 62, 80);
	play_metre(5 * BAR, 3, 2);
	play(5 * BAR, 0x80, 62, 64);
	play(200 * BAR, 0x90, 63, 80);
	assert_int_equal(record_finish(record), 0);
	p = &back(&songs)->parts[0];
	assert_int_equal(p->n, 4);
	assert_int_equal(p->notes[0].onset, 100 * 1920);
	assert_int_equal(p->notes[1].onset, 101 * 1920);
	assert_int_equal(p->notes[2].onset, 102 * 1920);
	assert_int_equal(p->notes[2].duration, 1920);
	assert_int_equal(p->notes[3].onset, (102 + 196) * 1920);
	songs_done(&songs);
}

/* Beyond what MIDI files hold: told once, and what was before is there. */
static void test_too_long(void **state)
{
	(void)state;
	play_bar(0);
	play(MOMENT_MAX, 0x90, 60, 80);
	play(MOMENT_MAX, 0x90, 61, 80);
	assert_int_equal(record_drain(record, now), -1);
	assert_non_null(strstr(error_message(), "full"));
	play(MOMENT_MAX, 0x80, 61, 80);
	now += 20 * SECOND;
	drain();
	assert_int_equal(notes_there(), 4);
	assert_int_equal(record_finish(record), 0);
}

/* ---- two threads, two processes -------------------------------------------- */

#define MANY 200000
static _Atomic bool playing;
static _Atomic uint64_t taken; /* notes */

static void *play_many(void *context)
{
	(void)context;
	for (int i = 0; i < MANY; i++) {
		/* not faster than they can be taken: what is lost is test_full_ring()'s */
		while (atomic_load(&taken) + 10000 < (uint64_t)i / 2)
			clock_sleep_until(clock_now() + 1000000);
		play((uint64_t)i * SIXTEENTH, i % 2 ? 0x80 : 0x90, 40 + i / 2 % 50, 80);
	}
	atomic_store(&playing, false);
	return NULL;
}

/* The one thread plays, the other takes and writes. */
static void test_threads(void **state)
{
	struct songs songs;
	pthread_t thread;

	(void)state;
	atomic_store(&playing, true);
	assert_int_equal(pthread_create(&thread, NULL, play_many, NULL), 0);
	while (atomic_load(&playing)) {
		now += SECOND / 10;
		drain();
		atomic_store(&taken, record_notes(record));
	}
	pthread_join(thread, NULL);
	assert_int_equal(record_finish(record), 0);
	assert_true(record_lost(record) == 0);
	assert_int_equal(song_notes(back(&songs)), MANY / 2);
	songs_done(&songs);
}

#define KILLS 16

/* A program that does nothing but write its recording. */
static void write_for_ever(void)
{
	for (int bar = 0;; bar++) {
		play_bar(bar);
		/* the time that it may take is thought to be over */
		now += 1000 * SECOND;
		if (record_drain(record, now) < 0)
			_exit(1);
	}
}

/* Until the file is there in its n-th state; the number of a file says which it is. */
static void wait_for_states(int n)
{
	struct stat st;
	ino_t last = 0;

	for (int wait = 0; wait < 20000 && n > 0; wait++) {
		if (stat(path, &st) == 0 && st.st_ino != last) {
			last = st.st_ino;
			n--;
		}
		clock_sleep_until(clock_now() + 300000);
	}
	assert_int_equal(n, 0);
}

/* Killed wherever it is, again and again: the file is whole each time, and what was begun beside it is cleared away by the next. */
static void test_killed(void **state)
{
	size_t most = 0;

	(void)state;
	for (int i = 0; i < KILLS; i++) {
		pid_t child = fork();
		int status;
		size_t n;

		assert_true(child >= 0);
		if (child == 0)
			write_for_ever();
		wait_for_states(i == 0 ? 6 : 1);
		clock_sleep_until(clock_now() + (uint64_t)i * 600001);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		n = notes_there();
		/* up to a bar line, give or take the bar that was just begun */
		assert_true(n >= 4);
		most = n > most ? n : most;
		unlink(path);
	}
	assert_true(most > 16);
	record_free(record);
	record = record_new(path, NULL);
	assert_non_null(record);
	/* an empty folder is all that can be removed */
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_moments, setup, teardown),
		cmocka_unit_test_setup_teardown(test_phrases, setup, teardown),
		cmocka_unit_test_setup_teardown(test_seconds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_existing_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cannot_be_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leap_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof path, "%s/played.mid", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
