/*
 * Where packed pieces lie: a file, or memory where no file can be written.
 * Bytes are read with pread, not mapped: pages of a mapping count as the
 * process's own memory as they are touched, and a file that is cut short under
 * one ends the process.
 */
#ifndef CORPUS_STORE_H
#define CORPUS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/file.h"

struct store {
	int fd;                /* -1: in memory, or none */
	unsigned char *memory; /* NULL: in the file, or none */
	uint64_t size;         /* bytes */
};
#define STORE_NONE ((struct store){.fd = -1})

/* 0, or -1: no such file, not a regular one. store_close() in either case. */
int store_open(struct store *s, const char *path);
void store_close(struct store *s);

/* Bytes at .. at+size-1. 0, or -1: there are not so many, or they cannot be read. From any thread. */
int store_read(const struct store *s, void *out, uint64_t at, size_t size);

/*
 * Making a new one: written beside its path and renamed, and read back from
 * the start. A file that cannot be written, or not to its end, goes on in
 * memory; nobody is told.
 */
struct store_writer {
	struct file_beside file; /* stream NULL: in memory from here on */
	struct store store;      /* what was written so far; may be read */
	size_t capacity;         /* of its memory */
};

/* path NULL: in memory at once. */
void store_write_begin(struct store_writer *w, const char *path);
/* 0, or -1: out of memory. */
int store_write(struct store_writer *w, const void *data, size_t size);
/* The file takes its name. *out: what was written, the caller's. 0, or -1: out of memory. */
int store_write_end(struct store_writer *w, struct store *out);
/* Nothing was written. */
void store_write_abort(struct store_writer *w);

#endif
