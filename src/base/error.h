/*
 * Errors, the way git does it: a library function that fails leaves one
 * message for its thread with error() and returns -1 (or NULL); the program
 * prints that message once, at the top. A mistake of ours, not of the
 * user's, is BUG() and aborts.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#define ERROR_MAX 1024

/* Replace this thread's message. Always returns -1: `return error(...)`. */
int error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Put "prefix: " before this thread's message (a path, say). Returns -1. */
int error_prefix(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* This thread's message, "" when none; valid until its next error(). */
const char *error_message(void);

void error_clear(void);

_Noreturn void bug_at(const char *file, int line, const char *fmt, ...) __attribute__((noreturn, format(printf, 3, 4)));

/* Called before a BUG() is told of, by whichever thread it is in: whoever has the terminal gives it back. NULL: none. */
void bug_set_farewell(void (*farewell)(void));

#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

#endif
