/* Locks between processes and the sweep of abandoned temporaries, both by flock(2). See file_lock.h. */
#include "base/file_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

/* Does the open file still have this name? (Its last holder may just have removed it.) */
static bool still_named(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

int file_lock_take(struct file_lock *lock, const char *path, bool *held)
{
	*lock = (struct file_lock){.fd = -1};
	*held = false;
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

		if (fd < 0)
			return error("%s: cannot write: %s", path, strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			*held = errno == EWOULDBLOCK;
			close(fd);
			return *held ? error("%s: locked by another process", path) : 0;
		}
		if (still_named(fd, path)) {
			lock->fd = fd;
			lock->path = mem_string(path);
			if (lock->path)
				return 0;
			file_lock_release(lock);
			return -1;
		}
		close(fd);
	}
}

void file_lock_release(struct file_lock *lock)
{
	if (lock->fd >= 0) {
		/* the name goes first: whoever opens it from here on makes a new one */
		if (lock->path)
			unlink(lock->path);
		close(lock->fd);
	}
	free(lock->path);
	*lock = (struct file_lock){.fd = -1};
}

/* A writer holds its temporary's lock from right after it is made until it is renamed. */
static void sweep_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0 && still_named(fd, path))
		unlink(path);
	close(fd);
}

void file_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_string_n(path, (size_t)(slash - path) + 1) : mem_string("./");
	DIR *listing = folder ? opendir(folder) : NULL;
	const struct dirent *entry;

	while (listing && (entry = readdir(listing))) {
		char *file = file_is_temporary(entry->d_name) ? file_join(folder, entry->d_name) : NULL;

		if (file)
			sweep_file(file);
		free(file);
	}
	if (listing)
		closedir(listing);
	free(folder);
}
