/*
 * A terminal is put back as it was found, by whoever has only its path: modes
 * and farewell; not when it was given back, not the modes that somebody else
 * has set since, and not another terminal of that name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "live/guarded.h"

#define FAREWELL "so long"

struct pty {
	int master, slave;
	struct guarded *guarded;
};

static int set_up(void **state)
{
	struct pty *p = calloc(1, sizeof *p);

	assert_non_null(p);
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(p->master >= 0);
	assert_int_equal(grantpt(p->master), 0);
	assert_int_equal(unlockpt(p->master), 0);
	p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY);
	assert_true(p->slave >= 0);
	p->guarded = guarded_new();
	assert_non_null(p->guarded);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pty *p = *state;

	close(p->slave);
	close(p->master);
	guarded_free(p->guarded);
	free(p);
	return 0;
}

static struct termios modes(const struct pty *p)
{
	struct termios t;

	assert_int_equal(tcgetattr(p->slave, &t), 0);
	return t;
}

static void make_raw(int fd)
{
	struct termios t;

	assert_int_equal(tcgetattr(fd, &t), 0);
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 7;
	assert_int_equal(tcsetattr(fd, TCSANOW, &t), 0);
}

static int same(struct termios a, struct termios b)
{
	return a.c_lflag == b.c_lflag && a.c_iflag == b.c_iflag && memcmp(a.c_cc, b.c_cc, sizeof a.c_cc) == 0;
}

/* What the terminal was told; 0 bytes: nothing. */
static size_t told(const struct pty *p, char *text, size_t size)
{
	ssize_t n = read(p->master, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

/* The one that takes it dies; the other has nothing but the memory. */
static void test_killed(void **state)
{
	struct pty *p = *state;
	const struct termios before = modes(p);
	char text[64];
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (guarded_terminal_take(&p->guarded->terminal, p->slave, FAREWELL, strlen(FAREWELL)) < 0)
			_exit(1);
		make_raw(p->slave);
		guarded_terminal_ours(&p->guarded->terminal, p->slave);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_false(same(modes(p), before));
	assert_true(guarded_terminal_are_ours(&p->guarded->terminal, p->slave));
	guarded_terminal_restore(&p->guarded->terminal);
	assert_true(same(modes(p), before));
	assert_int_equal(told(p, text, sizeof text), strlen(FAREWELL));
	assert_string_equal(text, FAREWELL);
	/* once is enough */
	make_raw(p->slave);
	guarded_terminal_restore(&p->guarded->terminal);
	assert_false(same(modes(p), before));
	assert_int_equal(told(p, text, sizeof text), 0);
}

/* Killed before it had said which modes are its own. */
static void test_not_known(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	const struct termios before = modes(p);

	assert_int_equal(guarded_terminal_take(t, p->slave, "", 0), 0);
	make_raw(p->slave);
	guarded_terminal_restore(t);
	assert_true(same(modes(p), before));
}

static void test_given_back(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	const struct termios before = modes(p);
	char text[64];

	guarded_terminal_restore(t);
	assert_int_equal(guarded_terminal_take(t, p->slave, FAREWELL, strlen(FAREWELL)), 0);
	guarded_terminal_give_back(t);
	make_raw(p->slave);
	guarded_terminal_restore(t);
	assert_false(same(modes(p), before));
	assert_int_equal(told(p, text, sizeof text), 0);
}

/* A shell was quicker: its modes stay, but the screen is left. */
static void test_others_modes(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	struct termios others;
	char text[64];

	assert_int_equal(guarded_terminal_take(t, p->slave, FAREWELL, strlen(FAREWELL)), 0);
	make_raw(p->slave);
	guarded_terminal_ours(t, p->slave);
	others = modes(p);
	others.c_cc[VMIN] = 3;
	assert_int_equal(tcsetattr(p->slave, TCSANOW, &others), 0);
	assert_false(guarded_terminal_are_ours(t, p->slave));
	guarded_terminal_restore(t);
	assert_true(same(modes(p), others));
	assert_int_equal(told(p, text, sizeof text), strlen(FAREWELL));
}

static void test_another_terminal(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	const struct termios before = modes(p);
	char text[64];

	assert_int_equal(guarded_terminal_take(t, p->slave, FAREWELL, strlen(FAREWELL)), 0);
	make_raw(p->slave);
	t->device++;
	guarded_terminal_restore(t);
	assert_false(same(modes(p), before));
	assert_int_equal(told(p, text, sizeof text), 0);
	/* gone altogether */
	assert_int_equal(guarded_terminal_take(t, p->slave, FAREWELL, strlen(FAREWELL)), 0);
	memcpy(t->path, "/dev/pts/none", sizeof "/dev/pts/none");
	guarded_terminal_restore(t);
	assert_int_equal(told(p, text, sizeof text), 0);
}

static void test_none(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	char words[TERMINAL_FAREWELL + 1] = {0};
	int null = open("/dev/null", O_RDWR);

	assert_true(null >= 0);
	error_clear();
	assert_int_equal(guarded_terminal_take(t, null, "", 0), -1);
	assert_non_null(strstr(error_message(), "terminal"));
	assert_int_equal(guarded_terminal_take(t, p->slave, words, sizeof words), -1);
	assert_false(t->taken);
	close(null);
}

/* A terminal that takes nothing does not keep the guardian. */
static void test_full(void **state)
{
	struct pty *p = *state;
	struct guarded_terminal *t = &p->guarded->terminal;
	const struct termios before = modes(p);
	int flags = fcntl(p->slave, F_GETFL);
	char many[4096];

	assert_int_equal(guarded_terminal_take(t, p->slave, FAREWELL, strlen(FAREWELL)), 0);
	make_raw(p->slave);
	assert_int_equal(fcntl(p->slave, F_SETFL, flags | O_NONBLOCK), 0);
	memset(many, 'x', sizeof many);
	while (write(p->slave, many, sizeof many) > 0)
		;
	guarded_terminal_restore(t);
	assert_true(same(modes(p), before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_given_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others_modes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_terminal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
