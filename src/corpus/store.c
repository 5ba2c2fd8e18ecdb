/* Bytes of packed pieces in a file or in memory. See store.h. */
#include "corpus/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

int store_open(struct store *s, const char *path)
{
	struct stat st;

	*s = STORE_NONE;
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return error("%s: cannot open: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error("%s: not a regular file", path);
	s->size = (uint64_t)st.st_size;
	return 0;
}

void store_close(struct store *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->memory);
	*s = STORE_NONE;
}

int store_read(const struct store *s, void *out, uint64_t at, size_t size)
{
	unsigned char *to = out;

	if (at > s->size || size > s->size - at)
		return error("past the end");
	if (s->memory && size > 0)
		memcpy(to, s->memory + at, size);
	while (!s->memory && size > 0) {
		const ssize_t n = pread(s->fd, to, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("%s", strerror(errno));
		if (n == 0)
			return error("cut short");
		to += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

void store_write_begin(struct store_writer *w, const char *path)
{
	*w = (struct store_writer){.store = STORE_NONE};
	if (!path || file_beside_begin(&w->file, path) < 0)
		return;
	/* what a buffer holds back could not be read, nor be told from what was written when the disk is full */
	setvbuf(w->file.stream, NULL, _IONBF, 0);
	w->store.fd = open(w->file.temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (w->store.fd < 0)
		file_beside_abort(&w->file);
}

/* The file will not do: bring what it holds into memory. */
static int to_memory(struct store_writer *w)
{
	unsigned char *memory = NULL;
	int status = MEM_GROW(memory, w->capacity, (size_t)w->store.size + 1);

	if (status == 0 && w->store.size > 0)
		status = store_read(&w->store, memory, 0, (size_t)w->store.size);
	if (w->store.fd >= 0)
		close(w->store.fd);
	w->store.fd = -1;
	w->store.memory = memory;
	file_beside_abort(&w->file);
	return status;
}

int store_write(struct store_writer *w, const void *data, size_t size)
{
	if (size == 0)
		return 0;
	if (w->file.stream && fwrite(data, 1, size, w->file.stream) == size) {
		w->store.size += size;
		return 0;
	}
	if (!w->store.memory && to_memory(w) < 0)
		return -1;
	if (MEM_GROW(w->store.memory, w->capacity, (size_t)w->store.size + size) < 0)
		return -1;
	memcpy(w->store.memory + w->store.size, data, size);
	w->store.size += size;
	return 0;
}

int store_write_end(struct store_writer *w, struct store *out)
{
	int status = 0;

	if (w->file.stream) {
		/* its last bytes may be what the disk has no room for; they are read before the temporary file goes */
		if (fsync(fileno(w->file.stream)) < 0)
			status = to_memory(w);
		else if (file_beside_commit(&w->file) < 0)
			error_clear(); /* without a name, but there: it goes when it is closed */
	}
	*out = w->store;
	w->store = STORE_NONE;
	return status;
}

void store_write_abort(struct store_writer *w)
{
	file_beside_abort(&w->file);
	store_close(&w->store);
}
