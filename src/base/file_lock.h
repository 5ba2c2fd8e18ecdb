/*
 * Who else is at work in a folder: locks by name between processes, and
 * temporary files (base/file.h) that a killed process left behind.
 */
#ifndef BASE_FILE_LOCK_H
#define BASE_FILE_LOCK_H

#include <stdbool.h>

struct file_lock {
	int fd;     /* -1: none held */
	char *path; /* the lock's own file, removed when it is given back */
};

/*
 * Take the lock that the file `path` stands for (made, empty). It is given
 * back by file_lock_release or by the death of the process, however it dies.
 * 0, or -1: another process holds it (*held is set), or an error. Where the
 * file system knows no locks, none is held and all is well.
 */
int file_lock_take(struct file_lock *lock, const char *path, bool *held);
void file_lock_release(struct file_lock *lock);

/* Remove temporary files in the folder of `path` that no process is writing any more. Silent: what cannot be removed stays. */
void file_sweep(const char *path);

#endif
