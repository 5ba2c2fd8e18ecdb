/*
 * A hostile file costs a clear line, never a crash, a hang or the memory of
 * the machine: each is read in a process of its own, which may use a second
 * of processor time and 256 MB. Where something is read it is a song as
 * song.h promises and survives writing and reading. MUSEGEN_VERBOSE=1 prints
 * what each cost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "midi/smf.h"
#include "midi_hostile_files.h"
#include "midi_hostile_tracks.h"
#include "midi_songs.h"

/* Sanitizers cost time and memory of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#define SECONDS_MAX   1.0
#define MEGABYTES_MAX 256.0

static void make(struct bytes *b, const struct hostile *h)
{
	if (h->make) {
		h->make(b);
	} else {
		header(b, 1, 1, 480);
		track(b, h->track, h->size);
	}
	if (b->failed)
		abort();
}

/* ---- Reading them -------------------------------------------------------------- */

/* What a child process tells of its file. */
struct report {
	char wrong[500]; /* "" when all is well */
	char said[ERROR_MAX];
	double seconds, megabytes;
};

static void on_log(void *context, enum log_level level, const char *message)
{
	struct report *r = context;

	(void)level;
	snprintf(r->wrong, sizeof r->wrong, "the log says \"%s\"", message);
}

static double processor_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* The song written and read is the song, when its ticks are whole ones of 480 to the quarter. */
static const char *difference_when_written(const struct song *song)
{
	static char why[300];
	struct songs songs;
	unsigned char *data;
	size_t size;
	const char *difference;

	if (smf_write_memory(&data, &size, song, NULL) < 0)
		return strstr(error_message(), "too long") ? NULL : error_message();
	if (smf_read_memory(&songs, "again", data, size) < 0) {
		free(data);
		return error_message();
	}
	free(data);
	difference = 480 % song->ppq ? NULL : song_difference(song, songs.songs[0], 1);
	if (difference) {
		snprintf(why, sizeof why, "written and read: %s", difference);
		difference = why;
	}
	songs_done(&songs);
	return difference;
}

/* Too large to be written in fewer events than can be read, or in time. */
static int is_large(const struct song *s)
{
	return song_notes(s) + s->n_tempos + s->n_metres + s->n_keys + s->n_markers + s->n_texts > 100000;
}

static void judge(struct report *r, const struct hostile *h, int result, const struct songs *songs)
{
	snprintf(r->said, sizeof r->said, "%s", result < 0 ? error_message() : songs->mends ? songs->mends : "");
	if (r->wrong[0])
		return;
	if ((result < 0) != (h->outcome == REFUSED)) {
		snprintf(r->wrong, sizeof r->wrong, "it is %s", result < 0 ? "refused" : "read");
	} else if (h->says && !strstr(r->said, h->says)) {
		snprintf(r->wrong, sizeof r->wrong, "not said: \"%s\"", h->says);
	} else if (result < 0) {
		if (strncmp(r->said, "hostile: ", 9) != 0 || strchr(r->said, '\n'))
			snprintf(r->wrong, sizeof r->wrong, "not a message of one line with the path first");
	} else if ((songs->mended > 0) != (h->outcome == MENDED) || (songs->mended > 0) != (songs->mends != NULL)) {
		snprintf(r->wrong, sizeof r->wrong, "%d mends", songs->mended);
	} else {
		for (size_t i = 0; i < songs->n; i++)
			if (song_unsound(songs->songs[i]))
				snprintf(r->wrong, sizeof r->wrong, "unsound: %s", song_unsound(songs->songs[i]));
	}
}

/* As smf_read() does it: the bytes from a file, so that theirs is counted too. */
static void run(struct report *r, const struct hostile *h, const char *path)
{
	struct songs songs;
	struct rusage u;
	double begin;
	int result;

	log_set_sink(on_log, r);
	begin = processor_seconds();
	result = smf_read(&songs, path);
	r->seconds = processor_seconds() - begin;
	getrusage(RUSAGE_SELF, &u);
	r->megabytes = (double)u.ru_maxrss / 1024;
	judge(r, h, result, &songs);
	for (size_t i = 0; !r->wrong[0] && result == 0 && i < songs.n && i < 10; i++) {
		const char *difference = is_large(songs.songs[i]) ? NULL : difference_when_written(songs.songs[i]);

		if (difference)
			snprintf(r->wrong, sizeof r->wrong, "%s", difference);
	}
	songs_done(&songs);
}

static void write_file(const char *path, const struct hostile *h)
{
	struct bytes b = {0};
	FILE *f = fopen(path, "wb");

	make(&b, h);
	if (!f || (b.size && fwrite(b.data, 1, b.size, f) != b.size) || fclose(f))
		fail_msg("%s: cannot be written", path);
	free(b.data);
}

static char folder[] = "/tmp/musegen-hostile-XXXXXX";

/* The file is made in one child and read in another: what a process used, it is counted as using ever after. */
static int in_child(struct report *r, const struct hostile *h, void (*job)(struct report *, const struct hostile *))
{
	int pipes[2], status = 0;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		memset(r, 0, sizeof *r);
		job(r, h);
		_exit(write(pipes[1], r, sizeof *r) == (ssize_t)sizeof *r ? 0 : 1);
	}
	close(pipes[1]);
	memset(r, 0, sizeof *r);
	if (read(pipes[0], r, sizeof *r) != (ssize_t)sizeof *r)
		snprintf(r->wrong, sizeof r->wrong, "it ends the program");
	close(pipes[0]);
	waitpid(child, &status, 0);
	return status;
}

static void job_make(struct report *r, const struct hostile *h)
{
	(void)r;
	write_file("hostile", h);
}

static void job_read(struct report *r, const struct hostile *h)
{
	run(r, h, "hostile");
}

static void test_hostile(void **state)
{
	const struct hostile *h = *state;
	struct report r;
	int status;

	status = in_child(&r, h, job_make);
	assert_int_equal(status, 0);
	status = in_child(&r, h, job_read);
	if (getenv("MUSEGEN_VERBOSE"))
		print_message("%6.3f s %6.1f MB  %s: %s\n", r.seconds, r.megabytes, h->name, r.said);
	if (r.wrong[0] || status)
		fail_msg("%s (status %d): %s; it says: %s", h->name, status, r.wrong, r.said);
	if (!SANITIZED && (r.seconds > SECONDS_MAX || r.megabytes > MEGABYTES_MAX))
		fail_msg("%s: %.2f seconds, %.0f MB", h->name, r.seconds, r.megabytes);
}

/* ---- A good file made bad in every place ---------------------------------------- */

static void rich_file(struct bytes *b)
{
	header(b, 1, 3, 96);
	TRACK(b, "\0\xFF\3\5Title\0\xFF\x51\3\7\xA1\x20\0\xFF\x58\4\3\2\x18\10\0\xFF\x59\2\xFE\1\0\xFF\1\6text \xC3\xA9"
	         "\x60\xFF\6\7"
	         "fermata\x60\xFF\x51\3\6\xA1\x20" END);
	TRACK(b, "\0\xFF\3\4high\0\xC0\x28\0\xF0\3\x7E\1\xF7\0\x90\x48\x40\x60\x48\0\0\x4A\x40\x30\x4C\x40"
	         "\x30\x4A\0\x81\0\x4C\0" END);
	TRACK(b, "\0\xFF\3\3low\0\xC1\x29\0\xB1\7\x40\0\x91\x30\x40\x83\x60\x81\x30\0\0\xF7\2\xF8\xF8"
	         "\0\x91\x32\x40\x60\x81\x32\0" END);
}

static void must_stand(const unsigned char *data, size_t size, const char *what, size_t where)
{
	struct report r = {0};
	struct songs songs;
	unsigned char *copy = malloc(size ? size : 1); /* a sanitizer sees a byte read too far */

	assert_non_null(copy);
	memcpy(copy, data, size);
	log_set_sink(on_log, &r);
	if (smf_read_memory(&songs, "cut", copy, size) == 0) {
		for (size_t i = 0; i < songs.n; i++) {
			const char *wrong = song_unsound(songs.songs[i]);

			if (!wrong)
				wrong = difference_when_written(songs.songs[i]);
			if (wrong)
				fail_msg("%s %zu: %s", what, where, wrong);
		}
		songs_done(&songs);
	} else if (strncmp(error_message(), "cut: ", 5) != 0) {
		fail_msg("%s %zu: message %s", what, where, error_message());
	}
	if (r.wrong[0])
		fail_msg("%s %zu: %s", what, where, r.wrong);
	free(copy);
}

static void test_cut_at_every_byte(void **state)
{
	struct bytes b = {0};

	(void)state;
	rich_file(&b);
	for (size_t i = 0; i <= b.size; i++)
		must_stand(b.data, i, "cut at byte", i);
	free(b.data);
}

static void test_every_byte_changed(void **state)
{
	static const unsigned char values[] = {0x00, 0x01, 0x2F, 0x51, 0x7F, 0x80, 0x90, 0xF0, 0xF7, 0xF8, 0xFF};
	struct bytes b = {0};

	(void)state;
	rich_file(&b);
	for (size_t i = 0; i < b.size; i++) {
		unsigned char before = b.data[i];

		for (size_t j = 0; j < sizeof values; j++) {
			b.data[i] = values[j];
			must_stand(b.data, b.size, "changed byte", i);
		}
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] = (unsigned char)(before ^ 1 << bit);
			must_stand(b.data, b.size, "turned bit of byte", i);
		}
		b.data[i] = before;
	}
	free(b.data);
}

static void test_every_byte_left_out_or_doubled(void **state)
{
	struct bytes b = {0};
	unsigned char *other;

	(void)state;
	rich_file(&b);
	other = malloc(b.size + 1);
	assert_non_null(other);
	for (size_t i = 0; i < b.size; i++) {
		memcpy(other, b.data, i);
		memcpy(other + i, b.data + i + 1, b.size - i - 1);
		must_stand(other, b.size - 1, "left out byte", i);
		other[i] = b.data[i];
		memcpy(other + i + 1, b.data + i, b.size - i);
		must_stand(other, b.size + 1, "doubled byte", i);
	}
	free(other);
	free(b.data);
}

/* Inputs that the fuzzer found, each of which once broke something. */
static void test_found_by_fuzzing(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t size;
	} found[] = {
#define FOUND(what, literal) {what, literal, sizeof(literal) - 1}
		FOUND("a song without any map", "MThd\0\0\0\6\0\1\0\1\1\xE0MTrk\0\0\0\x0C" NOTE END),
		FOUND("a pickup of 97 ticks",
	              "MThd\0\0\0\6\0\1\0\1\1\xE0MTrk\0\0\0\x1C"
	              "\0\xFF\x58\4\1\2\x18\10\0\x90\x3C\x40\x61\xFF\x58\4\4\2\x18\10\x60\x80\x3C\x40" END),
	};

	(void)state;
	for (size_t i = 0; i < sizeof found / sizeof *found; i++)
		must_stand((const unsigned char *)found[i].bytes, found[i].size, found[i].what, i);
}

static int enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	(void)state;
	unlink("hostile");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static struct CMUnitTest test_of(const struct hostile *h)
{
	return (struct CMUnitTest){h->name, test_hostile, NULL, NULL, (void *)(uintptr_t)h};
}

int main(void)
{
	static struct CMUnitTest tests[HOSTILE_FILES + HOSTILE_TRACKS + 4];
	size_t n = 0;

	for (size_t i = 0; i < HOSTILE_FILES; i++)
		tests[n++] = test_of(&hostile_files[i]);
	for (size_t i = 0; i < HOSTILE_TRACKS; i++)
		tests[n++] = test_of(&hostile_tracks[i]);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_cut_at_every_byte);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_byte_changed);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_every_byte_left_out_or_doubled);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_found_by_fuzzing);
	return _cmocka_run_group_tests("midi hostile", tests, n, enter_folder, leave_folder);
}
