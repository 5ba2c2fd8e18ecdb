/* Text from outside: made safe to print, parsed strictly, and the nearest name to a mistyped one. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copy `size` bytes of src so that the result is valid UTF-8 that a terminal
 * cannot be commanded by: control characters (C0, DEL, C1, and newlines) and
 * bytes that are not UTF-8 become '?'. Bytes 0xA0-0xFF of text that is not
 * UTF-8 at all are taken as Latin-1, as most old MIDI files mean them.
 * Returns a new string (the caller's), NULL when out of memory.
 */
char *text_clean(const char *src, size_t size);

/* The same of a string, into out; what does not fit into its `size` bytes is cut between characters. -1: out of memory. */
int text_clean_into(char *out, size_t size, const char *src);

/* Whole-string parsing, independent of the locale; false when it is not just a number in [low, high]. */
bool text_integer(const char *s, long long low, long long high, long long *value);
bool text_real(const char *s, double low, double high, double *value); /* no NaN, no infinity */

/* Index of the nearest name (optimal string alignment distance at most 2 and less than half of the length), -1 when none is near. */
int text_nearest(const char *name, const char *const *names, size_t n);

/* The fewest digits that read back as the same double, with '.' whatever the locale; buf has at least 32 bytes. */
void text_from_real(char *buf, size_t size, double value);

/* snprintf that never truncates: a new string, NULL when out of memory. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
