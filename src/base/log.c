/*
 * The one sink for warnings and notes. A lock keeps calls of the sink apart
 * and makes changing it safe while other threads warn; messages are formatted
 * before it is taken. The sink must not log.
 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOG_MAX 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static log_sink *sink;
static void *sink_context;

void log_set_sink(log_sink *new_sink, void *context)
{
	pthread_mutex_lock(&lock);
	sink = new_sink;
	sink_context = context;
	pthread_mutex_unlock(&lock);
}

static void send(enum log_level level, const char *fmt, va_list args)
{
	char buf[LOG_MAX];
	int n = vsnprintf(buf, sizeof buf, fmt, args);

	if (n < 0)
		return;
	if ((size_t)n >= sizeof buf) {
		/* cut before a UTF-8 character, not inside one */
		size_t end = sizeof buf - 1;

		while (end > 0 && ((unsigned char)buf[end - 1] & 0xc0) == 0x80)
			end--;
		if (end > 0)
			end--;
		buf[end] = '\0';
	}
	for (char *p = buf; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	pthread_mutex_lock(&lock);
	if (sink)
		sink(sink_context, level, buf);
	pthread_mutex_unlock(&lock);
}

void log_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send(LOG_NOTE, fmt, args);
	va_end(args);
}

void log_warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	send(LOG_WARNING, fmt, args);
	va_end(args);
}
