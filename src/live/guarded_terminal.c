/* A terminal to be left as it was found, see guarded_terminal.h. */
#include "live/guarded_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

int guarded_terminal_take(struct guarded_terminal *t, int fd, const void *farewell, size_t size)
{
	struct stat status;
	int failed;

	guarded_terminal_give_back(t);
	if (size > sizeof t->farewell)
		return error("what this terminal is to be told at the end is too long");
	failed = ttyname_r(fd, t->path, sizeof t->path);
	if (failed)
		return error("the terminal has no name: %s", strerror(failed));
	if (fstat(fd, &status) < 0 || tcgetattr(fd, &t->before) < 0)
		return error("cannot ask the terminal for its modes: %s", strerror(errno));
	t->device = status.st_rdev;
	memcpy(t->farewell, farewell, size);
	t->size = size;
	atomic_store_explicit(&t->taken, true, memory_order_release);
	return 0;
}

void guarded_terminal_ours(struct guarded_terminal *t, int fd)
{
	atomic_store_explicit(&t->known, false, memory_order_release);
	if (tcgetattr(fd, &t->ours) == 0)
		atomic_store_explicit(&t->known, true, memory_order_release);
}

bool guarded_terminal_are_ours(const struct guarded_terminal *t, int fd)
{
	const struct termios *ours = &t->ours;
	struct termios now;

	if (!atomic_load_explicit(&t->known, memory_order_acquire) || tcgetattr(fd, &now) < 0)
		return true;
	return now.c_iflag == ours->c_iflag && now.c_oflag == ours->c_oflag && now.c_cflag == ours->c_cflag &&
	       now.c_lflag == ours->c_lflag && memcmp(now.c_cc, ours->c_cc, sizeof now.c_cc) == 0;
}

void guarded_terminal_give_back(struct guarded_terminal *t)
{
	atomic_store_explicit(&t->taken, false, memory_order_release);
	atomic_store_explicit(&t->known, false, memory_order_release);
}

void guarded_terminal_restore(struct guarded_terminal *t)
{
	struct stat status;
	ssize_t written;
	int fd;

	if (!atomic_load_explicit(&t->taken, memory_order_acquire))
		return;
	fd = open(t->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* the name may be another terminal's by now */
	if (fstat(fd, &status) == 0 && status.st_rdev == t->device) {
		/* a shell that was quicker has its own */
		if (guarded_terminal_are_ours(t, fd))
			tcsetattr(fd, TCSANOW, &t->before);
		written = write(fd, t->farewell, t->size);
		(void)written; /* nobody is left to be told */
	}
	close(fd);
	guarded_terminal_give_back(t);
}
