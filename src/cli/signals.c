/* Signals noted by a handler, see signals.h. A pipe wakes the waiting thread whichever thread the handler ran in. */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE};
#define CAUGHT (sizeof caught / sizeof *caught)

static struct sigaction before[CAUGHT];
static int wake[2] = {-1, -1};
static void (*call)(void);
static volatile sig_atomic_t stopped, halted;

static void note(int signal)
{
	int saved = errno;
	ssize_t written;

	if (signal == SIGTSTP)
		halted = 1;
	else if (!stopped)
		stopped = signal;
	if (signal != SIGTSTP && call)
		call();
	written = write(wake[1], "", 1);
	(void)written; /* a full pipe wakes as well */
	errno = saved;
}

int signals_catch(void (*on_stop)(void))
{
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		return error("cannot make a pipe: %s", strerror(errno));
	call = on_stop;
	stopped = halted = 0;
	for (size_t i = 0; i < CAUGHT; i++) {
		struct sigaction action = {.sa_handler = caught[i] == SIGPIPE ? SIG_IGN : note, .sa_flags = SA_RESTART};

		sigfillset(&action.sa_mask);
		sigaction(caught[i], NULL, &before[i]);
		if (caught[i] == SIGHUP && before[i].sa_handler == SIG_IGN)
			continue;
		sigaction(caught[i], &action, NULL);
	}
	return 0;
}

void signals_release(void)
{
	/* Who asked for the end and asks again while it comes still gets the exit code of an end asked for. */
	for (size_t i = 0; i < CAUGHT; i++) {
		if (stopped && caught[i] != SIGTSTP && caught[i] != SIGPIPE)
			before[i].sa_handler = SIG_IGN;
		sigaction(caught[i], &before[i], NULL);
	}
	close(wake[0]);
	close(wake[1]);
	wake[0] = wake[1] = -1;
}

int signals_stopped(void)
{
	return stopped;
}

int signals_wait(int milliseconds)
{
	return signals_wait_input(milliseconds, -1);
}

int signals_wait_input(int milliseconds, int fd)
{
	struct pollfd p[2] = {{.fd = wake[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	char drain[64];

	/* what hung up is ready for ever */
	if (poll(&p[1], 1, 0) > 0 && (p[1].revents & (POLLHUP | POLLERR | POLLNVAL)))
		p[1].fd = -1;
	if (poll(p, 2, milliseconds) > 0 && p[0].revents)
		while (read(wake[0], drain, sizeof drain) == (ssize_t)sizeof drain)
			;
	if (!halted)
		return 0;
	halted = 0;
	return SIGTSTP;
}
