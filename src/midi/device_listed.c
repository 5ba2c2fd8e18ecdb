/* The kernel's list of sequencer ports, see device_listed.h. */
#include "midi/device_listed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX 32768 /* bytes: some 500 ports; what comes after is not looked at */

/* The file as text, cut at its end. How long, -1. */
static ssize_t read_list(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (used < LIST_MAX) {
		n = read(fd, text + used, LIST_MAX - used);
		if (n > 0)
			used += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	close(fd);
	return n < 0 ? -1 : (ssize_t)used;
}

/* The line of a port: `  Port   0 : "VirMIDI 0-0" (RWeX)`, capitals where others may connect. */
static bool is_port(const char *line, size_t size, const char *name, enum device_way way)
{
	static const char begin[] = "  Port ";
	const char *quote = memchr(line, '"', size), *flags;
	size_t length = strlen(name), before;

	if (!quote || strncmp(line, begin, sizeof begin - 1) != 0)
		return false;
	before = (size_t)(quote + 1 - line);
	if (size < before + length + 5 || memcmp(quote + 1, name, length) != 0)
		return false;
	flags = quote + 1 + length;
	if (memcmp(flags, "\" (", 3) != 0)
		return false;
	return way == DEVICE_INPUT ? flags[3] == 'R' : flags[4] == 'W';
}

int device_listed(const char *path, const char *name, enum device_way way)
{
	char text[LIST_MAX];
	ssize_t size = read_list(path, text);

	/* a name that is not as the kernel has it, see text_clean() */
	if (size < 0 || strchr(name, '?'))
		return -1;
	for (const char *line = text, *end = text + size; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((next ? next : end) - line);

		if (is_port(line, length, name, way))
			return 1;
		line += length + 1;
	}
	return size < LIST_MAX ? 0 : -1;
}

uint64_t device_plugged(void)
{
	struct stat s;

	if (stat("/dev/snd", &s) < 0)
		return 0;
	return (uint64_t)s.st_mtim.tv_sec * 1000000000u + (uint64_t)s.st_mtim.tv_nsec;
}
