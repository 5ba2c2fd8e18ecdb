/*
 * A setting changed in a file that people write: its line, and nothing else.
 * All other lines, comments, blanks and line ends stay byte for byte as they
 * were, so does a comment after the value. Lines are read as base/conf.h
 * reads them.
 */
#ifndef BASE_CONF_EDIT_H
#define BASE_CONF_EDIT_H

#include <stddef.h>

struct conf_change {
	const char *key, *value; /* of one line, without ';' and blanks at the ends; value may be "" */
};

/*
 * The text with section.key = value. A key that is there gets the value where
 * it is read, at the last place; a new one comes after the last key of the
 * section, and a new section at the end. A new string, *size its length
 * without the zero; NULL on error. The old text need not end with a zero.
 */
char *conf_edit(const char *text, size_t *size, const char *section, const struct conf_change *change);

/* The same for n keys of a file, which need not be there: written beside and renamed. 0 or -1 (as it was). */
int conf_edit_file(const char *path, const char *section, const struct conf_change *changes, size_t n);

#endif
