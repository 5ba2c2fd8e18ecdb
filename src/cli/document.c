/* A JSON document as it is made. See document.h. cJSON returns NULL on failure and takes NULL quietly. */
#include "cli/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static cJSON *checked(struct document *d, cJSON *item)
{
	d->failed = d->failed || !item;
	return item;
}

void document_begin(struct document *d)
{
	*d = (struct document){.failed = false};
	d->root = checked(d, cJSON_CreateObject());
}

char *document_end(struct document *d, const char *what)
{
	char *text = d->failed ? NULL : cJSON_Print(d->root);

	cJSON_Delete(d->root);
	d->root = NULL;
	if (!text)
		error("out of memory (%s)", what);
	return text;
}

void document_number(struct document *d, cJSON *to, const char *name, double value)
{
	if (isfinite(value))
		checked(d, cJSON_AddNumberToObject(to, name, value));
	else
		document_null(d, to, name);
}

void document_null(struct document *d, cJSON *to, const char *name)
{
	checked(d, cJSON_AddNullToObject(to, name));
}

void document_bool(struct document *d, cJSON *to, const char *name, bool value)
{
	checked(d, cJSON_AddBoolToObject(to, name, value));
}

void document_text(struct document *d, cJSON *to, const char *name, const char *text)
{
	char *clean = text_clean(text, strlen(text));

	checked(d, clean ? cJSON_AddStringToObject(to, name, clean) : NULL);
	free(clean);
}

static void add_item(struct document *d, cJSON *list, cJSON *item)
{
	if (checked(d, item) && !cJSON_AddItemToArray(list, item)) {
		cJSON_Delete(item);
		d->failed = true;
	}
}

void document_texts(struct document *d, cJSON *to, const char *name, const char *const *texts, size_t n)
{
	cJSON *list = document_list(d, to, name);

	for (size_t i = 0; i < n; i++) {
		char *clean = text_clean(texts[i], strlen(texts[i]));

		add_item(d, list, clean ? cJSON_CreateString(clean) : NULL);
		free(clean);
	}
}

cJSON *document_list(struct document *d, cJSON *to, const char *name)
{
	return checked(d, cJSON_AddArrayToObject(to, name));
}

cJSON *document_object(struct document *d, cJSON *to, const char *name)
{
	return checked(d, cJSON_AddObjectToObject(to, name));
}

cJSON *document_entry(struct document *d, cJSON *list)
{
	cJSON *entry = checked(d, cJSON_CreateObject());

	if (entry && !cJSON_AddItemToArray(list, entry)) {
		cJSON_Delete(entry);
		return checked(d, NULL);
	}
	return entry;
}
