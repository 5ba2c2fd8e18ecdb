/*
 * The guardian process, see guardian.h. It has a session of its own and all
 * signals blocked, so that what is typed at the terminal, or sent to the
 * whole process group, leaves it to its duty; a name of its own, so that
 * `pkill -9 musegen` does; and no descriptor but the pipe, so that whoever
 * reads what the program prints sees its end when the program ends. What it
 * does when it is needed is given GUARDIAN_SECONDS: a receiver that takes
 * nothing must not keep it for ever.
 *
 * OpenBLAS has started threads before main(); its own fork handler ends them
 * before the process is doubled, and the one that plays starts them again
 * when it needs them.
 */
#include "cli/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/cli.h"

#define GUARDIAN_NAME     "midi-guardian" /* at most 15 bytes */
#define GUARDIAN_SECONDS  10
#define GUARDIAN_PATIENCE 1000000000ull /* ns that its end is waited for; it takes none */

/* All from fd on. By number, since not every C library has a name for it; kernels before 5.9 have none either. */
static void close_from(int fd)
{
	long most = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)fd, ~0u, 0u) == 0)
		return;
#endif
	for (; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
		close(fd);
}

/* The standard streams lead nowhere, 3 is the pipe, and that is all. -1: the pipe could not be kept. */
static int keep_only(int pipe)
{
	int null, kept = fcntl(pipe, F_DUPFD_CLOEXEC, 4);

	if (kept < 0 || dup2(kept, 3) < 0)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	close_from(4);
	return 3;
}

/* At most so long from now on. */
static void limit_time(void)
{
	sigset_t alone;

	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alone);
	sigaddset(&alone, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alone, NULL);
	alarm(GUARDIAN_SECONDS);
}

_Noreturn static void guard(struct guarded *g, int pipe)
{
	struct device_sink port;
	struct sink sink;
	bool goodbye;

	setsid();
	prctl(PR_SET_NAME, GUARDIAN_NAME, 0ul, 0ul, 0ul);
	pipe = keep_only(pipe);
	if (pipe < 0)
		_exit(EXIT_FAILED);
	goodbye = guarded_wait(pipe);
	/* first, before a shell has made it its own */
	guarded_terminal_restore(&g->terminal);
	if (goodbye || !guarded_abandoned(g))
		_exit(EXIT_OK);
	limit_time();
	sink = device_sink_again(&port, g->name, g->number);
	/* nobody is left to be told */
	_exit(guarded_silence(g, &sink) < 0 ? EXIT_FAILED : EXIT_OK);
}

int guardian_start(struct guardian *g)
{
	sigset_t all, before;
	int ends[2], saved;

	*g = (struct guardian){.pipe = -1};
	g->guarded = guarded_new();
	if (!g->guarded)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		error("cannot make a pipe: %s", strerror(errno));
		guardian_end(g);
		return -1;
	}
	/* blocked already when it begins */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	g->pid = fork();
	saved = errno;
	if (g->pid == 0) {
		close(ends[1]);
		guard(g->guarded, ends[0]);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[0]);
	g->pipe = ends[1];
	if (g->pid > 0)
		return 0;
	g->pid = 0;
	guardian_end(g);
	return error("cannot start the guardian process: %s", strerror(saved));
}

/* Somebody may have ended it, and then the pipe has no reader. */
static void say_goodbye(int pipe)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	const char goodbye = GUARDED_GOODBYE;
	ssize_t written;

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, &before);
	do
		written = write(pipe, &goodbye, 1);
	while (written < 0 && errno == EINTR);
	sigaction(SIGPIPE, &before, NULL);
}

void guardian_end(struct guardian *g)
{
	uint64_t until = clock_now() + GUARDIAN_PATIENCE;

	if (g->pipe >= 0) {
		if (g->pid > 0)
			say_goodbye(g->pipe);
		close(g->pipe);
	}
	while (g->pid > 0 && waitpid(g->pid, NULL, WNOHANG) == 0 && clock_now() < until)
		clock_sleep_until(clock_now() + 1000000);
	guarded_free(g->guarded);
	*g = (struct guardian){.pipe = -1};
}
