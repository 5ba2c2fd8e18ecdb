/*
 * A JSON document as it is made, by cJSON. A failure is remembered, all that
 * comes after it does nothing, and document_end() tells.
 */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct document {
	cJSON *root; /* an object */
	bool failed;
};

void document_begin(struct document *d);
/* The text, the caller's to free; NULL on error ("out of memory (what)"). Ends it in any case. */
char *document_end(struct document *d, const char *what);

/* Each into the object `to`. A number that is none (NaN, infinite) is null; text is cleaned. */
void document_number(struct document *d, cJSON *to, const char *name, double value);
void document_null(struct document *d, cJSON *to, const char *name);
void document_bool(struct document *d, cJSON *to, const char *name, bool value);
void document_text(struct document *d, cJSON *to, const char *name, const char *text);
void document_texts(struct document *d, cJSON *to, const char *name, const char *const *texts, size_t n);
cJSON *document_list(struct document *d, cJSON *to, const char *name);
cJSON *document_object(struct document *d, cJSON *to, const char *name);

/* A new object at the end of a list. */
cJSON *document_entry(struct document *d, cJSON *list);

#endif
