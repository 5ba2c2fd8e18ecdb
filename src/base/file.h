/*
 * Files read whole and written beside and renamed: a reader, or a crash,
 * finds the old file or the new one, never half of either.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The whole of a regular file, at most `max` bytes; *data is the caller's to
 * free and has one zero byte after its end (not counted in *size). -1 with
 * the reason: missing, a folder, too large, unreadable.
 */
int file_read(const char *path, size_t max, unsigned char **data, size_t *size);

/* Write beside, fsync, rename over path, fsync the folder. 0 or -1 (path as it was). */
int file_write(const char *path, const void *data, size_t size);

/* The same for a stream: file_beside_begin gives a FILE to write to. */
struct file_beside {
	FILE *stream;
	char *path, *temporary;
};
int file_beside_begin(struct file_beside *f, const char *path);
int file_beside_commit(struct file_beside *f); /* ends it, whatever comes back */
void file_beside_abort(struct file_beside *f); /* removes the temporary file */

/* Is this a name that temporary files have? While one is written, its writer holds a lock on it (base/file_lock.h). */
bool file_is_temporary(const char *name);

bool file_exists(const char *path);
bool file_is_folder(const char *path);

/* Make a folder and those above it. 0 also when it is there. */
int file_make_folders(const char *path);

/* "a" + "b" -> "a/b"; NULL when out of memory. The caller frees. */
char *file_join(const char *folder, const char *name);

/* $variable/musegen, or ~/fallback/musegen; NULL without error() when there is neither. The caller frees. */
char *file_user_folder(const char *variable, const char *fallback);

#endif
