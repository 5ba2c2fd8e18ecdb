/* What a guardian process shares with the one it guards, see guarded.h. */
#include "live/guarded.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"

struct guarded *guarded_new(void)
{
	/* anonymous: all zero, the empty table */
	void *memory = mmap(NULL, sizeof(struct guarded), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		error("cannot share memory with the guardian process: %s", strerror(errno));
		return NULL;
	}
	return memory;
}

void guarded_free(struct guarded *g)
{
	if (g)
		munmap(g, sizeof *g);
}

int guarded_port(struct guarded *g, const char *name, int number)
{
	size_t size = strlen(name) + 1;

	atomic_store_explicit(&g->opened, false, memory_order_release);
	if (size > sizeof g->name)
		return error("the name of the MIDI port is too long");
	memcpy(g->name, name, size);
	g->number = number;
	atomic_store_explicit(&g->opened, true, memory_order_release);
	return 0;
}

bool guarded_wait(int pipe)
{
	bool goodbye = false;
	char byte;
	ssize_t n;

	while ((n = read(pipe, &byte, 1)) == 1 || (n < 0 && errno == EINTR))
		if (n == 1)
			goodbye = byte == GUARDED_GOODBYE;
	return goodbye;
}

bool guarded_abandoned(const struct guarded *g)
{
	return atomic_load_explicit(&g->opened, memory_order_acquire) && open_notes_loud(&g->notes);
}

int guarded_silence(struct guarded *g, const struct sink *sink)
{
	int status;

	if (sink->open(sink->context) < 0)
		return -1;
	status = open_notes_silence(&g->notes, sink->send, sink->context);
	sink->close(sink->context);
	return status;
}
