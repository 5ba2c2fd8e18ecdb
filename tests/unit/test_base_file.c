/* Files read whole and written beside: what is there afterwards, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

/* Every test works in a new folder of its own. */
static char folder[64];

static int enter(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/musegen-test-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	char command[192];

	(void)state;
	umask(022);
	snprintf(command, sizeof command, "chmod -R u+w %s && rm -r %s", folder, folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void check_content(const char *path, const char *expected)
{
	unsigned char *data = NULL;
	size_t size = 0;

	assert_int_equal(file_read(path, 1 << 20, &data, &size), 0);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(data, expected, size + 1);
	free(data);
}

/* How many names there are in a folder: temporary files count. */
static int names_in(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void make(const char *path, const char *content)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fputs(content, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

static void check_message(const char *path, const char *part)
{
	assert_int_equal(strncmp(error_message(), path, strlen(path)), 0);
	if (!strstr(error_message(), part))
		fail_msg("\"%s\" does not say \"%s\"", error_message(), part);
	assert_null(strchr(error_message(), '\n'));
}

static void test_read(void **state)
{
	unsigned char *data;
	size_t size;

	(void)state;
	make("a", "twelve bytes");
	assert_int_equal(file_read("a", 12, &data, &size), 0);
	assert_int_equal(size, 12);
	assert_int_equal(data[12], 0);
	free(data);
	assert_int_equal(file_read("a", 11, &data, &size), -1);
	check_message("a: ", "larger than 11 bytes");
	make("empty", "");
	assert_int_equal(file_read("empty", 0, &data, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(data[0], 0);
	free(data);
}

static void test_read_refuses(void **state)
{
	unsigned char *data;
	size_t size;

	(void)state;
	assert_int_equal(file_read("missing", 100, &data, &size), -1);
	check_message("missing: ", "No such file");
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(file_read("sub", 100, &data, &size), -1);
	check_message("sub: ", "folder");
	/* nobody writes into this pipe: it must not be waited for */
	assert_int_equal(mkfifo("pipe", 0666), 0);
	assert_int_equal(file_read("pipe", 100, &data, &size), -1);
	check_message("pipe: ", "not a regular file");
	assert_int_equal(file_read("/dev/zero", 100, &data, &size), -1);
	check_message("/dev/zero: ", "not a regular file");
}

/* Files of /proc claim to be empty; what counts is what comes. */
static void test_read_more_than_claimed(void **state)
{
	unsigned char *data;
	size_t size;

	(void)state;
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &data, &size), 0);
	assert_true(size > 100);
	assert_int_equal(data[size], 0);
	free(data);
	assert_int_equal(file_read("/proc/self/status", 50, &data, &size), -1);
	check_message("/proc/self/status: ", "larger than 50 bytes");
}

static void test_write(void **state)
{
	(void)state;
	umask(027);
	assert_int_equal(file_write("a", "old", 3), 0);
	check_content("a", "old");
	assert_int_equal(mode_of("a"), 0640);
	assert_int_equal(file_write("a", "longer than old", 15), 0);
	check_content("a", "longer than old");
	assert_int_equal(file_write("a", "", 0), 0);
	check_content("a", "");
	assert_int_equal(file_write("./a", "x", 1), 0);
	check_content("a", "x");
	assert_int_equal(names_in("."), 1);
}

static void test_write_keeps_mode(void **state)
{
	(void)state;
	make("a", "old");
	assert_int_equal(chmod("a", 0606), 0);
	assert_int_equal(file_write("a", "new", 3), 0);
	check_content("a", "new");
	assert_int_equal(mode_of("a"), 0606);
}

static void test_write_protected(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	make("a", "old");
	assert_int_equal(chmod("a", 0444), 0);
	assert_int_equal(file_write("a", "new", 3), -1);
	check_message("a: ", "Permission denied");
	check_content("a", "old");
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(chmod("sub", 0555), 0);
	assert_int_equal(file_write("sub/a", "new", 3), -1);
	check_message("sub/a: ", "Permission denied");
}

/* A link stays a link, whether what it points to is there or not. */
static void test_write_through_links(void **state)
{
	char link[64] = "";

	(void)state;
	assert_int_equal(mkdir("store", 0777), 0);
	make("store/real", "old");
	assert_int_equal(symlink("store/real", "one"), 0);
	assert_int_equal(symlink("one", "two"), 0);
	assert_int_equal(file_write("two", "new", 3), 0);
	check_content("store/real", "new");
	assert_int_equal(readlink("two", link, sizeof link - 1), 3);
	assert_string_equal(link, "one");

	assert_int_equal(symlink("../store/later", "store/dangling"), 0);
	assert_int_equal(file_write("store/dangling", "late", 4), 0);
	check_content("store/later", "late");
	assert_int_equal(readlink("store/dangling", link, sizeof link - 1), 14);
	assert_int_equal(names_in("store"), 3);
	assert_int_equal(names_in("."), 3);

	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(file_write("loop", "x", 1), -1);
	check_message("loop: ", "link");
}

static void test_write_refuses(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(file_write("sub", "x", 1), -1);
	check_message("sub: ", "folder");
	assert_int_equal(mkfifo("pipe", 0666), 0);
	assert_int_equal(file_write("pipe", "x", 1), -1);
	check_message("pipe: ", "not a regular file");
	assert_int_equal(symlink("pipe", "to-pipe"), 0);
	assert_int_equal(file_write("to-pipe", "x", 1), -1);
	check_message("to-pipe: ", "not a regular file");
	assert_int_equal(file_write("/dev/null", "x", 1), -1);
	check_message("/dev/null: ", "not a regular file");
	assert_int_equal(file_write("missing/a", "x", 1), -1);
	check_message("missing/a: ", "No such file");
	assert_int_equal(file_write("missing/", "x", 1), -1);
	check_message("missing/: ", "");
	make("plain", "old");
	assert_int_equal(file_write("plain/a", "x", 1), -1);
	check_message("plain/a: ", "Not a directory");
	assert_int_equal(file_write("", "x", 1), -1);
	assert_int_equal(names_in("."), 4);
	assert_int_equal(names_in("sub"), 0);
}

/* /proc/self/fd points to a file that has lost its name: nothing may appear in its place. */
static void test_write_unlinked(void **state)
{
	char path[64];
	FILE *f = fopen("gone", "wb");

	(void)state;
	assert_non_null(f);
	assert_int_equal(unlink("gone"), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
	assert_int_equal(file_write(path, "x", 1), -1);
	check_message(path, "not a regular file");
	fclose(f);
	assert_int_equal(names_in("."), 0);
}

/* The disk is full, as far as this process can tell. */
static void test_write_fails_midway(void **state)
{
	struct rlimit before, small;
	char *data = calloc(1, 100000);
	void (*handler)(int);
	int status;

	(void)state;
	assert_non_null(data);
	make("a", "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 5000;
	handler = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	status = file_write("a", data, 100000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	assert_int_equal(status, -1);
	check_message("a: ", "cannot write");
	check_content("a", "old");
	assert_int_equal(names_in("."), 1);
	free(data);
}

static void test_stream(void **state)
{
	struct file_beside f;

	(void)state;
	make("a", "old");
	assert_int_equal(file_beside_begin(&f, "a"), 0);
	assert_int_equal(fprintf(f.stream, "%d\n", 12) < 0, 0);
	check_content("a", "old");
	assert_int_equal(file_beside_commit(&f), 0);
	check_content("a", "12\n");
	assert_int_equal(names_in("."), 1);

	assert_int_equal(file_beside_begin(&f, "a"), 0);
	assert_int_equal(fputs("half", f.stream) < 0, 0);
	assert_int_equal(names_in("."), 2);
	file_beside_abort(&f);
	check_content("a", "12\n");
	assert_int_equal(names_in("."), 1);
	file_beside_abort(&f); /* once more does no harm */

	/* two at a time have names of their own; the last to be committed stays */
	struct file_beside g;

	assert_int_equal(file_beside_begin(&f, "a"), 0);
	assert_int_equal(file_beside_begin(&g, "a"), 0);
	assert_string_not_equal(f.temporary, g.temporary);
	assert_int_equal(fputs("f", f.stream) < 0 || fputs("g", g.stream) < 0, 0);
	assert_int_equal(file_beside_commit(&g), 0);
	assert_int_equal(file_beside_commit(&f), 0);
	check_content("a", "f");
	assert_int_equal(names_in("."), 1);
}

static void test_folders(void **state)
{
	(void)state;
	assert_int_equal(file_make_folders("a/b//c/"), 0);
	assert_true(file_is_folder("a/b/c"));
	assert_int_equal(file_make_folders("a/b/c"), 0);
	assert_int_equal(file_make_folders("/"), 0);
	assert_int_equal(file_make_folders(folder), 0);
	make("plain", "x");
	assert_true(file_exists("plain"));
	assert_false(file_is_folder("plain"));
	assert_false(file_exists("missing"));
	assert_int_equal(file_make_folders("plain/b"), -1);
	check_message("plain: ", "a file has its name");
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(file_make_folders("link/d"), 0);
	assert_true(file_is_folder("a/d"));
}

static void check_path(char *path, const char *expected)
{
	assert_non_null(path);
	assert_string_equal(path, expected);
	free(path);
}

static void test_paths(void **state)
{
	(void)state;
	check_path(file_join("a", "b"), "a/b");
	check_path(file_join("a/", "b"), "a/b");
	check_path(file_join("/", "b"), "/b");
	check_path(file_join("", "b"), "b");

	setenv("HOME", "/home/someone", 1);
	setenv("MUSEGEN_TEST_FOLDER", "/data", 1);
	check_path(file_user_folder("MUSEGEN_TEST_FOLDER", ".local/share"), "/data/musegen");
	setenv("MUSEGEN_TEST_FOLDER", "relative", 1);
	check_path(file_user_folder("MUSEGEN_TEST_FOLDER", ".local/share"), "/home/someone/.local/share/musegen");
	unsetenv("MUSEGEN_TEST_FOLDER");
	check_path(file_user_folder("MUSEGEN_TEST_FOLDER", ".config"), "/home/someone/.config/musegen");
	unsetenv("HOME");
	error_clear();
	assert_null(file_user_folder("MUSEGEN_TEST_FOLDER", ".config"));
	assert_string_equal(error_message(), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),
		TEST(test_read_refuses),
		TEST(test_read_more_than_claimed),
		TEST(test_write),
		TEST(test_write_keeps_mode),
		TEST(test_write_protected),
		TEST(test_write_through_links),
		TEST(test_write_refuses),
		TEST(test_write_unlinked),
		TEST(test_write_fails_midway),
		TEST(test_stream),
		TEST(test_folders),
		TEST(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
