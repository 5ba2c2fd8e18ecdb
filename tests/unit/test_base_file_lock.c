/*
 * Locks between processes, and the sweep of what killed writers leave behind:
 * always with processes of their own, since a lock within one shows little.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"

#define LOCK "x.lock"

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
	snprintf(command, sizeof command, "rm -r %s", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void make(const char *path, const char *content)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- other processes ------------------------------------------------------- */

/* Another process: fn(), then a word that it is done, then it waits to be killed or to be let go. */
struct other {
	pid_t pid;
	int done, go; /* pipes: from it, to it */
};

static struct other start(int (*fn)(void))
{
	int done[2], go[2];
	struct other o;
	char c = 0;

	assert_int_equal(pipe(done), 0);
	assert_int_equal(pipe(go), 0);
	o.pid = fork();
	assert_true(o.pid >= 0);
	if (o.pid == 0) {
		int result;

		/* a shell's background job is born deaf to it */
		signal(SIGINT, SIG_DFL);
		close(done[0]);
		close(go[1]);
		result = fn();
		if (write(done[1], "d", 1) != 1 || read(go[0], &c, 1) < 0)
			_exit(99);
		_exit(result);
	}
	close(done[1]);
	close(go[0]);
	o.done = done[0];
	o.go = go[1];
	assert_int_equal(read(o.done, &c, 1), 1);
	return o;
}

/* Its exit status; signal number + 1000 when killed. */
static int finish(struct other *o, int signal_number)
{
	int status;

	if (signal_number)
		assert_int_equal(kill(o->pid, signal_number), 0);
	close(o->go);
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	close(o->done);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct file_lock lock_of_child;

/* 0: taken; 1: held by another; 2: an error. */
static int take(void)
{
	bool held;

	if (file_lock_take(&lock_of_child, LOCK, &held) == 0)
		return lock_of_child.fd >= 0 ? 0 : 2;
	return held ? 1 : 2;
}

static int take_and_give_back(void)
{
	int result = take();

	file_lock_release(&lock_of_child);
	return result;
}

static int run(int (*fn)(void))
{
	struct other o = start(fn);

	return finish(&o, 0);
}

/* ---- locks ----------------------------------------------------------------- */

static void test_one_at_a_time(void **state)
{
	struct file_lock lock, second;
	bool held = true;

	(void)state;
	assert_int_equal(file_lock_take(&lock, LOCK, &held), 0);
	assert_false(held);
	assert_true(lock.fd >= 0);
	assert_true(is_there(LOCK));
	assert_int_equal(run(take), 1);
	/* who was refused took nothing away */
	assert_true(is_there(LOCK));
	assert_int_equal(run(take), 1);
	/* nor may the same process have it twice */
	assert_int_equal(file_lock_take(&second, LOCK, &held), -1);
	assert_true(held);
	assert_int_equal(second.fd, -1);
	assert_int_equal(strncmp(error_message(), LOCK ": ", strlen(LOCK) + 2), 0);
	assert_null(strchr(error_message(), '\n'));
	file_lock_release(&second);
	assert_int_equal(run(take), 1);
	file_lock_release(&lock);
	assert_false(is_there(LOCK));
	file_lock_release(&lock);
	assert_int_equal(run(take_and_give_back), 0);
	assert_false(is_there(LOCK));
	assert_int_equal(run(take), 0);
}

static void test_death_gives_back(void **state)
{
	static const int signals[] = {SIGKILL, SIGTERM, SIGINT, 0};

	(void)state;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct other o = start(take);
		struct file_lock lock;
		bool held;

		assert_int_equal(file_lock_take(&lock, LOCK, &held), -1);
		assert_true(held);
		assert_int_equal(finish(&o, signals[i]), signals[i] ? 1000 + signals[i] : 0);
		/* its file is there still, but stands for nothing */
		assert_true(is_there(LOCK));
		assert_int_equal(file_lock_take(&lock, LOCK, &held), 0);
		assert_true(lock.fd >= 0);
		file_lock_release(&lock);
		assert_false(is_there(LOCK));
	}
}

static void test_stale_file(void **state)
{
	struct file_lock lock;
	bool held;

	(void)state;
	make(LOCK, "whoever wrote this is gone\n");
	assert_int_equal(file_lock_take(&lock, LOCK, &held), 0);
	assert_int_equal(run(take), 1);
	file_lock_release(&lock);
	assert_false(is_there(LOCK));
}

static void test_refused(void **state)
{
	static const char *const paths[] = {"no/such/folder/x.lock", "a-folder", "a-link", ""};
	struct file_lock lock;
	bool held;

	(void)state;
	assert_int_equal(mkdir("a-folder", 0777), 0);
	make("precious", "content");
	assert_int_equal(symlink("precious", "a-link"), 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		error_clear();
		assert_int_equal(file_lock_take(&lock, paths[i], &held), -1);
		assert_false(held);
		assert_int_equal(lock.fd, -1);
		assert_non_null(strstr(error_message(), ": cannot write: "));
		file_lock_release(&lock);
	}
	assert_true(is_there("precious") && is_there("a-link") && is_there("a-folder"));
}

/* Many processes want it again and again; never two have it. */
struct shared {
	atomic_int inside, turns, doubles, errors;
};

static struct shared *shared;

enum { RIVALS = 5, TURNS = 100 };

static int compete(void)
{
	while (atomic_load(&shared->turns) < TURNS && !atomic_load(&shared->errors)) {
		int result = take();

		if (result == 2)
			atomic_fetch_add(&shared->errors, 1);
		if (result != 0)
			continue;
		if (atomic_fetch_add(&shared->inside, 1) != 0)
			atomic_fetch_add(&shared->doubles, 1);
		atomic_fetch_add(&shared->turns, 1);
		usleep(50);
		atomic_fetch_sub(&shared->inside, 1);
		file_lock_release(&lock_of_child);
	}
	return 0;
}

static pid_t fork_to(int (*fn)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	return pid;
}

static void wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_race(void **state)
{
	pid_t rivals[RIVALS];

	(void)state;
	*shared = (struct shared){0};
	for (int i = 0; i < RIVALS; i++)
		rivals[i] = fork_to(compete);
	for (int i = 0; i < RIVALS; i++)
		wait_for(rivals[i]);
	assert_int_equal(atomic_load(&shared->errors), 0);
	assert_int_equal(atomic_load(&shared->doubles), 0);
	assert_true(atomic_load(&shared->turns) >= TURNS);
	assert_false(is_there(LOCK));
}

/* ---- the sweep --------------------------------------------------------------- */

#define ABANDONED "sub/.musegen-0123456789abcdef.tmp"

static const char *const other_names[] = {
	"sub/model.safetensors",
	"sub/.musegen-0123456789abcdef.tm",
	"sub/.musegen-0123456789abcdef.tmpx",
	"sub/.musegen-0123456789abcde.tmp",
	"sub/.musegen-0123456789abcdef0.tmp",
	"sub/.musegen-0123456789ABCDEF.tmp",
	"sub/.musegen-0123456789abcdeg.tmp",
	"sub/.musegen-.tmp",
	"sub/musegen-0123456789abcdef.tmp",
	"sub/.other-0123456789abcdef.tmp",
	"sub/x.musegen-0123456789abcdef.tmp",
	".musegen-0123456789abcdef.tmp",
};

enum { OTHER_NAMES = sizeof other_names / sizeof *other_names };

static void test_sweep_names(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	for (int i = 0; i < OTHER_NAMES; i++)
		make(other_names[i], "mine");
	make(ABANDONED, "half of a model");
	make("sub/.musegen-00000000ffffffff.tmp", "");
	/* what has such a name and is no file of ours */
	assert_int_equal(mkdir("sub/.musegen-aaaaaaaaaaaaaaaa.tmp", 0777), 0);
	assert_int_equal(mkfifo("sub/.musegen-bbbbbbbbbbbbbbbb.tmp", 0666), 0);
	assert_int_equal(symlink("model.safetensors", "sub/.musegen-cccccccccccccccc.tmp"), 0);
	file_sweep("sub/model.safetensors");
	assert_false(is_there(ABANDONED));
	assert_false(is_there("sub/.musegen-00000000ffffffff.tmp"));
	for (int i = 0; i < OTHER_NAMES; i++)
		if (!is_there(other_names[i]))
			fail_msg("%s was swept away", other_names[i]);
	assert_true(is_there("sub/.musegen-aaaaaaaaaaaaaaaa.tmp"));
	assert_true(is_there("sub/.musegen-bbbbbbbbbbbbbbbb.tmp"));
	assert_true(is_there("sub/.musegen-cccccccccccccccc.tmp"));
	/* a path without a folder is of the present one; a folder that is not there has nothing to sweep */
	file_sweep("model.safetensors");
	assert_false(is_there(".musegen-0123456789abcdef.tmp"));
	file_sweep("no/such/folder/model.safetensors");
}

static struct file_beside beside;

static int write_half(void)
{
	if (file_beside_begin(&beside, "target") < 0)
		return 1;
	return fputs("half", beside.stream) >= 0 && fflush(beside.stream) == 0 ? 0 : 1;
}

static int temporaries(void)
{
	int status = system("test -z \"$(ls -A | grep '^[.]musegen-')\"");

	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_sweep_spares_the_living(void **state)
{
	struct other writer, another;

	(void)state;
	writer = start(write_half);
	another = start(write_half);
	file_sweep("./target");
	assert_int_equal(system("test $(ls -A | grep -c '^[.]musegen-') -eq 2"), 0);
	assert_int_equal(finish(&writer, SIGKILL), 1000 + SIGKILL);
	file_sweep("./target");
	assert_int_equal(system("test $(ls -A | grep -c '^[.]musegen-') -eq 1"), 0);
	assert_int_equal(finish(&another, SIGKILL), 1000 + SIGKILL);
	assert_int_equal(temporaries(), 1);
	file_sweep("./target");
	assert_int_equal(temporaries(), 0);
	assert_false(is_there("target"));
}

/* At every moment of a writer's work: whoever sweeps meanwhile costs it nothing. */
static int sweep_on(void)
{
	while (!atomic_load(&shared->turns))
		file_sweep("target");
	return 0;
}

static void test_sweep_while_written(void **state)
{
	int failed = 0;
	pid_t sweepers[2];

	(void)state;
	*shared = (struct shared){0};
	for (int i = 0; i < 2; i++)
		sweepers[i] = fork_to(sweep_on);
	for (int i = 0; i < 150; i++)
		failed += file_write("target", "whole", 5) < 0;
	atomic_store(&shared->turns, 1);
	for (int i = 0; i < 2; i++)
		wait_for(sweepers[i]);
	if (failed)
		print_message("%d of 150 failed, the last: %s\n", failed, error_message());
	assert_int_equal(failed, 0);
	assert_int_equal(temporaries(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_at_a_time, enter, leave),
		cmocka_unit_test_setup_teardown(test_death_gives_back, enter, leave),
		cmocka_unit_test_setup_teardown(test_stale_file, enter, leave),
		cmocka_unit_test_setup_teardown(test_refused, enter, leave),
		cmocka_unit_test_setup_teardown(test_race, enter, leave),
		cmocka_unit_test_setup_teardown(test_sweep_names, enter, leave),
		cmocka_unit_test_setup_teardown(test_sweep_spares_the_living, enter, leave),
		cmocka_unit_test_setup_teardown(test_sweep_while_written, enter, leave),
	};

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
