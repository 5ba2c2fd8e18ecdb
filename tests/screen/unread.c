/*
 * A program in a terminal that nobody reads: whether it ends all the same.
 *
 *	unread SECONDS PROGRAM ARGUMENTS...
 *
 * After so long it is sent SIGTERM. It must have filled the terminal by then,
 * must end by itself within five seconds, and leave the modes as they were.
 * Exit 0, or 1 with a line that says what was wrong.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 5000 /* ms */

static int complain(const char *what)
{
	printf("%s\n", what);
	return 1;
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void run(int slave, char **argv)
{
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(slave, fd);
	close(slave);
	setenv("TERM", "xterm-256color", 1);
	execv(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	struct winsize size = {.ws_row = 60, .ws_col = 250};
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = 0, waited = 0;
	struct termios before, after;
	struct pollfd p;
	pid_t child;

	if (argc < 3 || master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return complain("there is no terminal to be had");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0 || tcgetattr(slave, &before) < 0)
		return complain("there is no terminal to be had");
	child = fork();
	if (child == 0)
		run(slave, argv + 2);
	wait_ms(atol(argv[1]) * 1000);
	p = (struct pollfd){.fd = slave, .events = POLLOUT};
	if (poll(&p, 1, 0) != 0)
		return complain("the terminal was not filled");
	kill(child, SIGTERM);
	while (waitpid(child, &status, WNOHANG) == 0 && waited++ < PATIENCE / 10)
		wait_ms(10);
	if (waited >= PATIENCE / 10) {
		kill(child, SIGKILL);
		return complain("it does not end");
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return complain("it did not end well");
	if (tcgetattr(slave, &after) < 0 || after.c_lflag != before.c_lflag || after.c_iflag != before.c_iflag ||
	    after.c_oflag != before.c_oflag || memcmp(after.c_cc, before.c_cc, sizeof after.c_cc) != 0)
		return complain("the modes are not as they were");
	printf("it ended after %d ms\n", 10 * waited);
	return 0;
}
