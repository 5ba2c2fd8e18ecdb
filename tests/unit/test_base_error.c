/* One message a thread, prefixes, BUG; and the log with and without its sink. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

static void test_message(void **state)
{
	(void)state;
	error_clear();
	assert_string_equal(error_message(), "");
	assert_int_equal(error("track %d: %s", 3, "too short"), -1);
	assert_string_equal(error_message(), "track 3: too short");
	assert_int_equal(error("again"), -1);
	assert_string_equal(error_message(), "again");
}

static void test_prefix(void **state)
{
	(void)state;
	error("track 3: cut");
	assert_int_equal(error_prefix("%s", "a.mid"), -1);
	assert_string_equal(error_message(), "a.mid: track 3: cut");
	error_clear();
	error_prefix("a.mid");
	assert_string_equal(error_message(), "a.mid");
}

/* A message may be made of the message before it. */
static void test_own_message_as_argument(void **state)
{
	(void)state;
	error("inner");
	error("outer: %s", error_message());
	assert_string_equal(error_message(), "outer: inner");
}

/* Cut to size, and not inside a character. */
static void test_long_message(void **state)
{
	char text[3 * ERROR_MAX];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof text - 2] = '\0';
	for (int shift = 0; shift < 2; shift++) {
		const char *last;

		error("%s%s", shift ? "x" : "", text);
		assert_true(strlen(error_message()) < ERROR_MAX);
		assert_true(strlen(error_message()) >= ERROR_MAX - 4);
		last = error_message() + strlen(error_message()) - 2;
		assert_memory_equal(last, "\xc3\xa9", 2);
	}
}

static void *other_thread(void *argument)
{
	*(int *)argument = strcmp(error_message(), "") == 0;
	error("of the other");
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t thread;
	int empty = 0;

	(void)state;
	error("mine");
	assert_int_equal(pthread_create(&thread, NULL, other_thread, &empty), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(empty);
	assert_string_equal(error_message(), "mine");
}

static void leave(void)
{
	fprintf(stderr, "leaving; ");
}

static void test_bug_aborts(void **state)
{
	char text[256] = "";
	int ends[2], status;
	size_t n = 0;
	ssize_t part;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		bug_set_farewell(leave);
		BUG("%d rows", 7);
	}
	close(ends[1]);
	while ((part = read(ends[0], text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)part;
	close(ends[0]);
	assert_true(n > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_non_null(strstr(text, "test_base_error.c"));
	assert_non_null(strstr(text, "7 rows"));
	assert_ptr_equal(strstr(text, "leaving; "), text);
}

struct heard {
	int notes, warnings;
	char last[2048];
};

static void listen(void *context, enum log_level level, const char *message)
{
	struct heard *heard = context;

	if (level == LOG_WARNING)
		heard->warnings++;
	else
		heard->notes++;
	snprintf(heard->last, sizeof heard->last, "%s", message);
}

static void test_log(void **state)
{
	struct heard heard = {0};

	(void)state;
	log_warning("nobody hears %s", "this");
	log_set_sink(listen, &heard);
	log_note("%d files", 12);
	assert_string_equal(heard.last, "12 files");
	log_warning("two\nlines");
	assert_string_equal(heard.last, "two lines");
	log_set_sink(NULL, NULL);
	log_warning("nor this");
	assert_int_equal(heard.notes, 1);
	assert_int_equal(heard.warnings, 1);
	assert_string_equal(heard.last, "two lines");
}

/* Logging is not an error: it leaves the message alone. */
static void test_log_keeps_message(void **state)
{
	struct heard heard = {0};

	(void)state;
	error("kept");
	log_set_sink(listen, &heard);
	log_note("%s", "x");
	log_set_sink(NULL, NULL);
	assert_string_equal(error_message(), "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_own_message_as_argument),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_bug_aborts),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_log_keeps_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
