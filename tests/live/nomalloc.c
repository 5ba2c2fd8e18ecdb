/*
 * Loaded in front of PortMidi, or of a stub of it (LD_PRELOAD): the thread that
 * writes to a MIDI port is to be on time, so from its first message on it may
 * not allocate, free or lock. Whoever does is told where, and ended. Inside
 * PortMidi's own opening and closing, when a port is looked for that was lost,
 * it may; and what is called for that by the name of device_reopen() too, by
 * opening: from a write that failed to the next that did not.
 *
 *	NOMALLOC_LOG=FILE	a line when there is a thread that is watched
 */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <portmidi.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *old);

/* Of this thread: it writes; it is inside of what may allocate. Not allocated at first use, as others would be. */
static __thread __attribute__((tls_model("initial-exec"))) int watched, inside, lost;

static void say(const char *text)
{
	ssize_t written = write(2, text, strlen(text));

	(void)written;
}

static void check(const char *what)
{
	void *frames[32];
	int n;

	if (!watched || inside || lost)
		return;
	inside = 1;
	say("nomalloc: ");
	say(what);
	say(" in the thread that writes to the port\n");
	n = backtrace(frames, 32);
	backtrace_symbols_fd(frames, n, 2);
	abort();
}

void *malloc(size_t size)
{
	check("malloc");
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	check("calloc");
	return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	check("realloc");
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	check("aligned_alloc");
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	check("posix_memalign");
	*out = __libc_memalign(alignment, size);
	return *out ? 0 : 12;
}

void free(void *old)
{
	if (old)
		check("free");
	__libc_free(old);
}

/* The next of this name; the type of a function is made of an object's by way of a copy. */
static void find(void *function, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found) {
		say("nomalloc: there is no ");
		say(name);
		say("\n");
		abort();
	}
	memcpy(function, &found, sizeof found);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	static int (*next)(pthread_mutex_t *);

	check("pthread_mutex_lock");
	if (!next)
		find(&next, "pthread_mutex_lock");
	return next(mutex);
}

static void begin_watching(void)
{
	const char *path = getenv("NOMALLOC_LOG");
	int fd;

	if (watched)
		return;
	/* so that backtrace() has loaded what it needs */
	{
		void *frame;

		backtrace(&frame, 1);
	}
	watched = 1;
	fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	if (fd >= 0 && (write(fd, "watched\n", 8) != 8 || close(fd) < 0))
		abort();
}

PmError Pm_WriteShort(PortMidiStream *s, PmTimestamp when, PmMessage message)
{
	static PmError (*next)(PortMidiStream *, PmTimestamp, PmMessage);
	PmError e;

	if (!next)
		find(&next, "Pm_WriteShort");
	begin_watching();
	e = next(s, when, message);
	lost = e != pmNoError;
	return e;
}

PmError Pm_Close(PortMidiStream *s)
{
	static PmError (*next)(PortMidiStream *);
	PmError e;

	if (!next)
		find(&next, "Pm_Close");
	/* the end, or a port that is looked for: until the next message */
	lost = 1;
	e = next(s);
	return e;
}
