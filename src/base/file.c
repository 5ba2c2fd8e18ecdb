/*
 * Files whole or not at all. Writing goes to a new file in the target's folder
 * (rename is atomic only within a file system), which is synced before it takes
 * the target's name. A target that is a symbolic link stays one: the file it
 * points to is what is replaced. Pipes, terminals and devices are refused,
 * since renaming over them would put a file in their place.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"

#define LINKS_MAX       40 /* as the kernel follows */
#define LINK_LENGTH_MAX 4096
#define FIRST_READ      65536

/* Read until the end of the file, whatever length it claimed. */
static int read_all(int fd, const char *path, size_t max, size_t claimed, unsigned char **data, size_t *size)
{
	unsigned char *buf = NULL;
	size_t room = 0, used = 0;

	/* one byte more than claimed, to see the end, and one for the zero */
	if (MEM_GROW(buf, room, (claimed ? claimed : FIRST_READ) + 2) < 0)
		return error_prefix("%s", path);
	for (;;) {
		ssize_t n = read(fd, buf + used, room - 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error("%s: cannot read: %s", path, strerror(errno));
			break;
		}
		used += (size_t)n;
		if (used > max) {
			error("%s: larger than %zu bytes", path, max);
			break;
		}
		if (n == 0) {
			buf[used] = '\0';
			*data = buf;
			*size = used;
			return 0;
		}
		if (room - 1 == used && MEM_GROW(buf, room, room + 1) < 0) {
			error_prefix("%s", path);
			break;
		}
	}
	free(buf);
	return -1;
}

int file_read(const char *path, size_t max, unsigned char **data, size_t *size)
{
	struct stat st;
	int status;
	/* without O_NONBLOCK opening a named pipe would wait for its writer */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (max > SIZE_MAX / 4)
		max = SIZE_MAX / 4;
	if (fd < 0)
		return error("%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		status = error("%s: cannot read: %s", path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		status = error("%s: is a folder, not a file", path);
	else if (!S_ISREG(st.st_mode))
		status = error("%s: not a regular file", path);
	else if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		status = error("%s: larger than %zu bytes", path, max);
	else
		status = read_all(fd, path, max, (size_t)st.st_size, data, size);
	if (close(fd) < 0 && status == 0) {
		free(*data);
		*data = NULL;
		status = error("%s: cannot read: %s", path, strerror(errno));
	}
	return status;
}

/* The folder part of a path, with its slash; "" when there is none. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return mem_string_n(path, slash ? (size_t)(slash - path) + 1 : 0);
}

/*
 * Follow symbolic links by hand, since the last one may point to a file that
 * is not there yet. *st is of what was found; its st_mode is 0 for nothing.
 */
static char *follow_links(const char *path, struct stat *st)
{
	char *target = mem_string(path);

	for (int i = 0; target; i++) {
		char link[LINK_LENGTH_MAX], *folder, *next;
		ssize_t n;

		*st = (struct stat){0};
		if (lstat(target, st) < 0) {
			if (errno == ENOENT)
				return target;
			error("%s: %s", path, strerror(errno));
			break;
		}
		if (!S_ISLNK(st->st_mode))
			return target;
		n = readlink(target, link, sizeof link - 1);
		if (n <= 0 || (size_t)n >= sizeof link - 1 || i == LINKS_MAX) {
			error("%s: cannot follow the link", path);
			break;
		}
		link[n] = '\0';
		folder = folder_of(link[0] == '/' ? "" : target);
		next = folder ? text_format("%s%s", folder, link) : NULL;
		free(folder);
		free(target);
		target = next;
	}
	free(target);
	return NULL;
}

/* What to replace, its mode and owner in *st (st_mode 0: a new file); NULL when it is not to be replaced. */
static char *find_target(const char *path, struct stat *st)
{
	struct stat seen;
	bool there;
	char *target;

	if (!*path) {
		error("an empty file name");
		return NULL;
	}
	there = stat(path, &seen) == 0;
	if (there && S_ISDIR(seen.st_mode)) {
		error("%s: is a folder, not a file", path);
		return NULL;
	}
	if (there && !S_ISREG(seen.st_mode)) {
		error("%s: not a regular file, cannot be replaced", path);
		return NULL;
	}
	target = follow_links(path, st);
	if (!target)
		return NULL;
	/* the links of /proc/self/fd do not always lead where they point */
	if ((there && (st->st_dev != seen.st_dev || st->st_ino != seen.st_ino)) ||
	    (st->st_mode && !S_ISREG(st->st_mode))) {
		error("%s: not a regular file, cannot be replaced", path);
		goto refused;
	}
	/* rename would not mind, but who took the permission away would */
	if (st->st_mode && access(target, W_OK) < 0) {
		error("%s: cannot write: %s", path, strerror(errno));
		goto refused;
	}
	return target;
refused:
	free(target);
	return NULL;
}

#define TEMPORARY_PREFIX ".musegen-"
#define TEMPORARY_SUFFIX ".tmp"
#define TEMPORARY_DIGITS 16

bool file_is_temporary(const char *name)
{
	const size_t prefix = strlen(TEMPORARY_PREFIX);

	return strncmp(name, TEMPORARY_PREFIX, prefix) == 0 &&
	       strspn(name + prefix, "0123456789abcdef") == TEMPORARY_DIGITS &&
	       strcmp(name + prefix + TEMPORARY_DIGITS, TEMPORARY_SUFFIX) == 0;
}

/*
 * Hold the new file's lock, so that nobody takes it for one left behind by a
 * process that was killed. False: somebody did, in between.
 */
static bool hold(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno != EWOULDBLOCK; /* a file system without locks: then nobody sweeps either */
	return fstat(fd, &st) < 0 || st.st_nlink > 0;
}

/* A new file in the folder of f->path. Its name is hidden from whoever lists the folder meanwhile. */
static int open_temporary(struct file_beside *f)
{
	char *folder = folder_of(f->path);
	struct random names = random_stream(clock_now(), (uint64_t)getpid(), (uintptr_t)f, 0);
	int fd = -1;

	if (!folder)
		return -1;
	for (int tries = 0; tries < 100 && fd < 0; tries++) {
		free(f->temporary);
		f->temporary = text_format("%s" TEMPORARY_PREFIX "%0*" PRIx64 TEMPORARY_SUFFIX, folder,
		                           TEMPORARY_DIGITS, random_bits(&names));
		if (!f->temporary)
			break;
		/* not mkstemp: only open applies the umask without changing it for a moment */
		fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST) {
			error("%s: cannot write: %s", f->path, strerror(errno));
			break;
		}
		if (fd >= 0 && !hold(fd)) {
			close(fd);
			fd = -1;
		}
		if (fd < 0)
			error("%s: cannot write: no free temporary name", f->path);
	}
	if (fd < 0) {
		free(f->temporary);
		f->temporary = NULL;
	}
	free(folder);
	return fd;
}

int file_beside_begin(struct file_beside *f, const char *path)
{
	struct stat st;
	int fd;

	*f = (struct file_beside){0};
	f->path = find_target(path, &st);
	if (!f->path)
		return -1;
	fd = open_temporary(f);
	if (fd < 0)
		goto failed;
	if (st.st_mode) {
		/* only root may give the file back to its owner; others can try for the group */
		if (fchown(fd, st.st_uid, st.st_gid) < 0 && fchown(fd, (uid_t)-1, st.st_gid) < 0)
			st.st_mode &= 0777;
		if (fchmod(fd, st.st_mode & 07777) < 0) {
			error("%s: cannot set permissions: %s", path, strerror(errno));
			goto failed;
		}
	}
	f->stream = fdopen(fd, "wb");
	if (f->stream)
		return 0;
	error("%s: cannot write: %s", path, strerror(errno));
failed:
	if (fd >= 0)
		close(fd);
	file_beside_abort(f);
	return -1;
}

/* So that the new name outlives a power cut. The file is in place by now: a failure is only worth a warning. */
static void sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder ? open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		/* EINVAL: a file system that has no such thing */
		if (fsync(fd) < 0 && errno != EINVAL)
			log_warning("%s: written, but its folder was not synced: %s", path, strerror(errno));
		close(fd);
	}
	free(folder);
}

int file_beside_commit(struct file_beside *f)
{
	bool failed;

	errno = 0;
	failed = fflush(f->stream) != 0 || ferror(f->stream);
	failed = failed || fsync(fileno(f->stream)) < 0;
	if (failed) {
		error("%s: cannot write: %s", f->path, errno ? strerror(errno) : "an earlier write failed");
	} else {
		/* before it is closed, which gives its lock back: a file that nobody holds may be swept away */
		failed = rename(f->temporary, f->path) < 0;
		if (failed)
			error("%s: cannot write: %s", f->path, strerror(errno));
	}
	if (!failed) {
		sync_folder(f->path);
		free(f->temporary); /* there is no such file any more */
		f->temporary = NULL;
	}
	file_beside_abort(f);
	return failed ? -1 : 0;
}

void file_beside_abort(struct file_beside *f)
{
	if (f->stream)
		fclose(f->stream); /* its contents are not wanted */
	if (f->temporary)
		unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	*f = (struct file_beside){0};
}

int file_write(const char *path, const void *data, size_t size)
{
	struct file_beside f;

	if (file_beside_begin(&f, path) < 0)
		return -1;
	if (size > 0 && fwrite(data, 1, size, f.stream) != size) {
		error("%s: cannot write: %s", path, strerror(errno));
		file_beside_abort(&f);
		return -1;
	}
	return file_beside_commit(&f);
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool file_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int file_make_folders(const char *path)
{
	char *part = mem_string(path);
	int status = 0;

	if (!part)
		return -1;
	for (char *p = part; status == 0 && *p; p++) {
		char after;

		/* at the end of each component: the last byte before a slash or the zero */
		if (*p == '/' || (p[1] != '/' && p[1] != '\0'))
			continue;
		after = p[1];
		p[1] = '\0';
		/* when somebody else has just made it that is as good */
		if (mkdir(part, 0777) < 0 && !file_is_folder(part))
			status = error("%s: cannot make the folder: %s", part,
			               errno == EEXIST ? "a file has its name" : strerror(errno));
		p[1] = after;
	}
	free(part);
	return status;
}

char *file_join(const char *folder, const char *name)
{
	size_t n = strlen(folder);

	return text_format("%s%s%s", folder, n > 0 && folder[n - 1] != '/' ? "/" : "", name);
}

char *file_user_folder(const char *variable, const char *fallback)
{
	const char *folder = getenv(variable), *home = getenv("HOME");

	/* the XDG specification has relative paths ignored */
	if (folder && folder[0] == '/')
		return file_join(folder, "musegen");
	if (!home || !*home)
		return NULL;
	return text_format("%s/%s/musegen", home, fallback);
}
