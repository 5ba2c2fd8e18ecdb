/*
 * Pages of HTML that need nothing else and are well-formed XML too: text
 * from outside in them, and whether a file may be replaced by one.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* `size` bytes of clean text, or all of it, as they stand in elements and attributes. */
void page_put_part(FILE *out, const char *text, size_t size);
void page_put_clean(FILE *out, const char *text);

/* Text from outside, cleaned first. 0 or -1. */
int page_put_text(FILE *out, const char *text);

/* Names from outside, with ", " between them. 0 or -1. */
int page_put_names(FILE *out, const char *const *names, size_t n);

/* How our pages look: the style sheet of text and tables. */
extern const char page_style[];

/*
 * May a page be written at path: over nothing, over one that begins with
 * `mark` (as those of ours of a kind do), or, with force, over anything? 0, or
 * -1 with the message.
 */
int page_check(const char *path, const char *mark, bool force);

#endif
