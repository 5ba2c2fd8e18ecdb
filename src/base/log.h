/*
 * Warnings and notes of the floors below the command line. They go to a sink
 * that the program sets; without one they are dropped, so that a program
 * which embeds musegen hears nothing it did not ask for.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_NOTE, LOG_WARNING };

/* Called from any thread, one call at a time; message has no newline. */
typedef void log_sink(void *context, enum log_level level, const char *message);

void log_set_sink(log_sink *sink, void *context);
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
