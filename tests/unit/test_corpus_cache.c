/*
 * The cache of a corpus: with it, without it and in memory the same corpus;
 * unchanged files are not opened, changed ones are noticed; whatever is done
 * to the file costs one warning and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "corpus_cache.h"

static void test_the_same_corpus(void **state)
{
	struct corpus *plain, *memory;
	unsigned char *before, *after;
	size_t size, size_after;
	char *path;
	ino_t first;

	(void)state;
	write_music(60);
	let_settle();
	plain = load(false, NULL);
	memory = load(true, NULL);
	assert_non_null(plain->pieces[0].piece->events);
	assert_null(memory->pieces[0].piece->events);
	assert_null(cache_file());
	assert_same(plain, memory);
	assert_int_equal(plain->duplicates, 1);
	assert_int_equal(plain->n_skips, 4);
	assert_right();
	path = cache_file();
	first = inode(path);
	assert_right();
	/* it was used as it was */
	assert_int_equal(inode(path), first);
	assert_int_equal(warnings, 0);
	corpus_free(memory);
	/* nor does it depend on the number of threads, nor do the cache's bytes */
	before = read_cache(path, &size);
	assert_int_equal(unlink(path), 0);
	pool = pool_new(3);
	assert_non_null(pool);
	for (int i = 0; i < 2; i++) {
		memory = load(true, caches);
		assert_same(plain, memory);
		corpus_free(memory);
	}
	pool_free(pool);
	pool = NULL;
	after = read_cache(path, &size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	free(before);
	free(after);
	corpus_free(plain);
	free(path);
}

/* How many files in music/reels and music/airs were opened since. */
static int opened(int watch)
{
	char buffer[65536];
	int n = 0;

	for (;;) {
		const ssize_t got = read(watch, buffer, sizeof buffer);

		if (got <= 0)
			return n;
		for (ssize_t at = 0; at < got;) {
			struct inotify_event e;

			memcpy(&e, buffer + at, sizeof e);
			n += (e.mask & IN_OPEN) && !(e.mask & IN_ISDIR);
			at += (ssize_t)(sizeof e + e.len);
		}
	}
}

static void watch_folder(int watch, const char *name)
{
	char *path = file_join(music, name);

	assert_true(inotify_add_watch(watch, path, IN_OPEN) >= 0);
	free(path);
}

static void test_unchanged_files_are_not_opened(void **state)
{
	const int watch = inotify_init1(IN_NONBLOCK);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
	struct corpus *c;
	struct stat st;
	char *path;

	(void)state;
	assert_true(watch >= 0);
	write_music(12);
	let_settle();
	watch_folder(watch, "reels");
	watch_folder(watch, "airs");
	corpus_free(load(true, caches));
	assert_int_equal(opened(watch), 17);
	corpus_free(load(true, caches));
	assert_int_equal(opened(watch), 0);
	/* one that is written to, of the same size and with its old times put back */
	path = file_join(music, "reels/001.mid");
	assert_int_equal(stat(path, &st), 0);
	tunes_write(music, "reels/001.mid", 77, 21, 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	opened(watch);
	c = load(true, caches);
	assert_int_equal(opened(watch), 1);
	corpus_free(c);
	assert_right();
	/* one that is new, one that is gone */
	tunes_write(music, "reels/new.mid", 78, 30, 0);
	assert_int_equal(unlink(path), 0);
	assert_right();
	assert_int_equal(warnings, 0);
	free(path);
	close(watch);
}

/* Cut anywhere, any bit turned, anything else in its place: one warning, and the right corpus. */
static void test_damaged(void **state)
{
	struct corpus *plain, *c;
	unsigned char *data;
	char *path;
	size_t size;

	(void)state;
	write_music(3);
	let_settle();
	plain = load(false, NULL);
	corpus_free(load(true, caches));
	path = cache_file();
	data = read_cache(path, &size);
	for (size_t cut = 0; cut < size; cut += 1 + size / 80) {
		write_file(path, data, cut);
		warnings = 0;
		c = load(true, caches);
		assert_same(plain, c);
		corpus_free(c);
		assert_int_equal(warnings, 1);
	}
	for (size_t bit = 0; bit < 8 * size; bit += 1 + size / 6) {
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		write_file(path, data, size);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		warnings = 0;
		c = load(true, caches);
		assert_same(plain, c);
		corpus_free(c);
		assert_int_equal(warnings, 1);
	}
	/* and then it is as it was */
	free(data);
	warnings = 0;
	c = load(true, caches);
	assert_same(plain, c);
	assert_int_equal(warnings, 0);
	corpus_free(c);
	corpus_free(plain);
	free(path);
}

/* What changes while it is in use is noticed when it is read. */
static void test_damaged_in_use(void **state)
{
	struct corpus_reader reader = {.bytes = NULL};
	struct corpus *c;
	unsigned char *data;
	char *path;
	size_t size;
	int failed = 0;

	(void)state;
	write_music(6);
	c = load(true, caches);
	path = cache_file();
	data = read_cache(path, &size);
	for (size_t i = 0; i < size; i++)
		data[i] ^= i % 7 == 0;
	write_file(path, data, size);
	for (size_t i = 0; i < c->n; i++)
		failed += !corpus_read(&reader, c, &c->pieces[i]);
	assert_int_equal(failed, c->n);
	assert_non_null(strstr(error_message(), ".mid: its notes cannot be read"));
	write_file(path, data, 10);
	assert_null(corpus_read(&reader, c, &c->pieces[c->n - 1]));
	corpus_reader_done(&reader);
	corpus_free(c);
	free(data);
	free(path);
}

/* Neither a folder that cannot be made nor a disk that is full is anybody's business. */
static void test_nowhere_to_write(void **state)
{
	struct corpus *plain, *c;
	struct rlimit before, few;
	char *under, *path;
	struct stat st;

	(void)state;
	write_music(12);
	plain = load(false, NULL);
	tunes_write_text(caches, "file", "not a folder");
	under = file_join(caches, "file/musegen");
	c = load(true, under);
	assert_same(plain, c);
	corpus_free(c);
	free(under);
	under = file_join(caches, "file");
	assert_int_equal(unlink(under), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	/* how large it is when there is room */
	corpus_free(load(true, caches));
	path = cache_file();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	for (rlim_t limit = 0; limit < (rlim_t)st.st_size; limit += 1 + (rlim_t)st.st_size / 20) {
		few = (struct rlimit){limit, before.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
		c = load(true, caches);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_same(plain, c);
		corpus_free(c);
		assert_null(cache_file());
	}
	assert_int_equal(warnings, 0);
	corpus_free(plain);
	free(under);
	free(path);
}

/* Several at once write the same file, each whole. */
static void test_at_once(void **state)
{
	pid_t children[6];
	char *path;

	(void)state;
	write_music(40);
	for (size_t i = 0; i < 6; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0) {
			const struct corpus_options options = {
				.reading = {.grid = 24}, .parts_max = 4, .packed = true, .cache = caches};
			const char *const paths[] = {music};
			struct corpus *c = corpus_load(paths, 1, &options, NULL);

			_exit(c && c->n == 41 && warnings == 0 ? 0 : 1);
		}
	}
	for (size_t i = 0; i < 6; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	path = cache_file();
	assert_non_null(path);
	free(path);
	assert_right();
	assert_int_equal(warnings, 0);
}

static void put_aged(const char *name, int days)
{
	char *path = file_join(caches, name);
	struct timespec times[2] = {{.tv_sec = time(NULL) - (time_t)days * 86400}};

	tunes_write_text(caches, name, "old");
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static bool is_there(const char *name)
{
	char *path = file_join(caches, name);
	const bool there = file_exists(path);

	free(path);
	return there;
}

static void test_old_ones_go(void **state)
{
	(void)state;
	put_aged("a" CACHE_SUFFIX, CACHE_DAYS + 1);
	put_aged("a" CACHE_SUFFIX TWINS_SUFFIX, CACHE_DAYS + 1);
	put_aged("b" CACHE_SUFFIX, CACHE_DAYS - 1);
	put_aged("c.mid", CACHE_DAYS + 1); /* not ours */
	put_aged(".musegen-0123456789abcdef.tmp", 0);
	write_music(3);
	corpus_free(load(true, caches));
	assert_false(is_there("a" CACHE_SUFFIX));
	assert_false(is_there("a" CACHE_SUFFIX TWINS_SUFFIX));
	assert_true(is_there("b" CACHE_SUFFIX));
	assert_true(is_there("c.mid"));
	assert_false(is_there(".musegen-0123456789abcdef.tmp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_same_corpus, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_unchanged_files_are_not_opened, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_damaged, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_damaged_in_use, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_nowhere_to_write, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_at_once, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_old_ones_go, make_folders, remove_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
