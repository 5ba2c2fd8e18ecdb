/*
 * inpty SECONDS KEYS COMMAND...: run a command at a terminal of its own, 80x24,
 * and type the keys after so long; a backslash and "e" is Escape. What it
 * writes comes out here, and its exit code is ours; 124 when it has not ended
 * 20 seconds later. For tests where there is no tmux.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 20

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Pass on what has come until then. False: the other end is closed. */
static int pass_until(int terminal, double until)
{
	struct pollfd p = {.fd = terminal, .events = POLLIN};
	char bytes[4096];

	for (;;) {
		const double left = until - now();
		ssize_t n;

		if (left <= 0)
			return 1;
		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		n = read(terminal, bytes, sizeof bytes);
		if (n == 0 || (n < 0 && errno != EINTR))
			return 0;
		if (n > 0 && write(STDOUT_FILENO, bytes, (size_t)n) != n)
			return 0;
	}
}

static void type(int terminal, const char *keys)
{
	for (; *keys; keys++) {
		char key = *keys;

		if (key == '\\' && keys[1] == 'e') {
			key = 27;
			keys++;
		}
		if (write(terminal, &key, 1) != 1)
			perror("inpty");
	}
}

int main(int argc, char **argv)
{
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	int terminal, status;
	pid_t child;

	if (argc < 4)
		return 2;
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child < 0) {
		perror("inpty");
		return 1;
	}
	if (child == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (pass_until(terminal, now() + atof(argv[1]))) {
		type(terminal, argv[2]);
		if (pass_until(terminal, now() + PATIENCE)) {
			kill(child, SIGKILL);
			return 124;
		}
	}
	if (waitpid(child, &status, 0) != child)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
