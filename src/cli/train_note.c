/* A training's note to its successor, as JSON through cJSON. See train_note.h. */
#include "cli/train_note.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

/*
 * Paths and settings are bytes, JSON is UTF-8: every byte stands as the
 * character of its number (ISO 8859-1), which anything survives.
 */
static char *text_from_bytes(const char *bytes)
{
	char *text = mem_new(2 * strlen(bytes) + 1, 1), *to = text;

	for (; text && *bytes; bytes++) {
		const unsigned char c = (unsigned char)*bytes;

		if (c >= 0x80)
			*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	}
	return text;
}

static char *bytes_from_text(const char *text)
{
	char *bytes = mem_new(strlen(text) + 1, 1), *to = bytes;

	for (; bytes && *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x80 && text[1])
			c = (unsigned char)(c << 6 | ((unsigned char)*++text & 0x3f));
		*to++ = (char)c;
	}
	return bytes;
}

static int put_path(cJSON *array, const char *path)
{
	char *folder = *path == '/' ? NULL : getcwd(NULL, 0);
	char *whole = folder ? file_join(folder, path) : mem_string(path);
	char *text = whole ? text_from_bytes(whole) : NULL;

	if (text)
		cJSON_AddItemToArray(array, cJSON_CreateString(text));
	free(text);
	free(whole);
	free(folder);
	return text ? 0 : -1;
}

/* cJSON takes NULL quietly: the whole text is checked at the end. */
char *train_note_write(const char *command, const char *corpus, bool force, const char *const *corpora,
                       size_t n_corpora, struct settings *settings)
{
	struct conf_room rooms[SETTINGS_ROOMS];
	cJSON *o = cJSON_CreateObject(), *array = cJSON_AddArrayToObject(o, "corpora");
	char *ini, *safe, *text = NULL, *json;
	int status = 0;

	settings_rooms(rooms, settings);
	ini = conf_write(rooms, SETTINGS_ROOMS);
	safe = ini ? text_from_bytes(ini) : NULL;
	cJSON_AddStringToObject(o, "command", command);
	cJSON_AddStringToObject(o, "corpus", corpus);
	cJSON_AddBoolToObject(o, "force", force);
	cJSON_AddStringToObject(o, "settings", safe ? safe : "");
	for (size_t i = 0; i < n_corpora && status == 0; i++)
		status = put_path(array, corpora[i]);
	if (safe && status == 0) {
		text = cJSON_PrintUnformatted(o);
		if (!text)
			error("out of memory");
	}
	json = text ? mem_string(text) : NULL;
	cJSON_free(text);
	cJSON_Delete(o);
	free(safe);
	free(ini);
	return json;
}

static char *copy_text(const cJSON *o, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsString(item)) {
		error("it does not say its \"%s\"", key);
		return NULL;
	}
	return mem_string(item->valuestring);
}

static int copy_corpora(struct train_note *note, const cJSON *o)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(o, "corpora"), *item;
	const int n = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;

	if (n == 0)
		return error("it does not say its corpus");
	note->corpora = mem_new((size_t)n, sizeof *note->corpora);
	if (!note->corpora)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		char *path = cJSON_IsString(item) ? bytes_from_text(item->valuestring) : NULL;

		if (!path)
			return error("a path of its corpus is no text");
		note->corpora[note->n_corpora++] = path;
	}
	return 0;
}

int train_note_read(struct train_note *note, struct settings *settings, const char *name, const char *json)
{
	struct conf_room rooms[SETTINGS_ROOMS];
	cJSON *o = cJSON_Parse(json);
	char *safe = NULL, *ini = NULL;
	int status = -1;

	*note = (struct train_note){0};
	settings_presets(settings);
	settings_rooms(rooms, settings);
	if (!o)
		error("it does not say how it was begun");
	else if ((note->command = copy_text(o, "command")) && (note->corpus = copy_text(o, "corpus")) &&
	         (safe = copy_text(o, "settings")) && (ini = bytes_from_text(safe)) && copy_corpora(note, o) == 0)
		status = conf_read_memory(rooms, SETTINGS_ROOMS, "its settings", ini, strlen(ini));
	note->force = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "force"));
	if (status < 0)
		error_prefix("%s", name);
	free(safe);
	free(ini);
	cJSON_Delete(o);
	return status;
}

void train_note_done(struct train_note *note)
{
	for (size_t i = 0; i < note->n_corpora; i++)
		free(note->corpora[i]);
	free(note->corpora);
	free(note->command);
	free(note->corpus);
	*note = (struct train_note){0};
}
