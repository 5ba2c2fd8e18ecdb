/*
 * The message of the last failure, one for each thread. It is a fixed buffer,
 * so that reporting "out of memory" needs none, and it is formatted aside
 * before it is put in place, so that error("%s: ...", error_message()) works.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local char message[ERROR_MAX];
static void (*_Atomic bug_farewell)(void);

/* Format into buf; a message that is too long is cut before a UTF-8 character, not inside one. */
static void format(char *buf, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, ERROR_MAX, fmt, args);

	if (n < 0) {
		buf[0] = '\0';
	} else if (n >= ERROR_MAX) {
		size_t end = ERROR_MAX - 1;

		while (end > 0 && ((unsigned char)buf[end - 1] & 0xc0) == 0x80)
			end--;
		if (end > 0)
			end--;
		buf[end] = '\0';
	}
}

int error(const char *fmt, ...)
{
	char buf[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	format(buf, fmt, args);
	va_end(args);
	memcpy(message, buf, strlen(buf) + 1);
	return -1;
}

int error_prefix(const char *fmt, ...)
{
	char buf[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	format(buf, fmt, args);
	va_end(args);
	return message[0] ? error("%s: %s", buf, message) : error("%s", buf);
}

const char *error_message(void)
{
	return message;
}

void error_clear(void)
{
	message[0] = '\0';
}

void bug_set_farewell(void (*farewell)(void))
{
	bug_farewell = farewell;
}

void bug_at(const char *file, int line, const char *fmt, ...)
{
	void (*farewell)(void) = bug_farewell;
	char buf[ERROR_MAX];
	va_list args;

	va_start(args, fmt);
	format(buf, fmt, args);
	va_end(args);
	if (farewell)
		farewell();
	fprintf(stderr, "BUG: %s:%d: %s\n", file, line, buf);
	abort();
}
