/* Settings by name: found, set from words, written. Files are conf_read.c's. */
#include "base/conf.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_value.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#define COMMENT_WIDTH 100

/* ---- names --------------------------------------------------------------- */

bool conf_has_section(const struct conf_room *rooms, size_t n, const char *section)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rooms[i].section, section) == 0)
			return true;
	return false;
}

int conf_unknown_section(const struct conf_room *rooms, size_t n, const char *section)
{
	const char **names = mem_new(n, sizeof *names);
	char *clean = names ? text_clean(section, strlen(section)) : NULL;
	int nearest;

	if (clean) {
		for (size_t i = 0; i < n; i++)
			names[i] = rooms[i].section;
		nearest = text_nearest(section, names, n);
		if (nearest >= 0)
			error("unknown section [%s]; did you mean [%s]?", clean, names[nearest]);
		else
			error("unknown section [%s]", clean);
	}
	free(clean);
	free(names);
	return -1;
}

/* The nearest key of the same section, else the section that the key belongs to. */
static int unknown_key(const struct conf_room *rooms, size_t n, const char *section, const char *key)
{
	const char **names, *elsewhere = NULL;
	size_t total = 0, used = 0;
	char *clean;
	int nearest;

	for (size_t i = 0; i < n; i++)
		total += rooms[i].n;
	names = mem_new(total, sizeof *names);
	clean = names ? text_clean(key, strlen(key)) : NULL;
	if (!clean) {
		free(names);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < rooms[i].n; j++) {
			if (strcmp(rooms[i].section, section) == 0)
				names[used++] = rooms[i].items[j].key;
			else if (strcmp(rooms[i].items[j].key, key) == 0 && !elsewhere)
				elsewhere = rooms[i].section;
		}
	nearest = text_nearest(key, names, used);
	if (nearest >= 0)
		error("unknown key \"%s\" in [%s]; did you mean \"%s\"?", clean, section, names[nearest]);
	else if (elsewhere)
		error("unknown key \"%s\" in [%s]; it belongs in [%s]", clean, section, elsewhere);
	else
		error("unknown key \"%s\" in [%s]", clean, section);
	free(clean);
	free(names);
	return -1;
}

int conf_find(const struct conf_room *rooms, size_t n, const char *section, const char *key, size_t *room, size_t *item,
              size_t *slot)
{
	size_t before = 0;

	for (size_t i = 0; i < n; before += rooms[i++].n)
		for (size_t j = 0; j < rooms[i].n; j++)
			if (strcmp(rooms[i].section, section) == 0 && strcmp(rooms[i].items[j].key, key) == 0) {
				*room = i;
				*item = j;
				*slot = before + j;
				return 0;
			}
	if (!conf_has_section(rooms, n, section))
		return conf_unknown_section(rooms, n, section);
	return unknown_key(rooms, n, section, key);
}

/* ---- single settings ----------------------------------------------------- */

int conf_set(const struct conf_room *rooms, size_t n, const char *assignment)
{
	const char *equals = strchr(assignment, '='), *dot = strchr(assignment, '.');
	char *section = NULL, *key = NULL;
	struct conf_parsed value;
	size_t room, item, slot;
	int status = -1;

	if (!equals || !dot || dot > equals) {
		char *clean = text_clean(assignment, strlen(assignment));

		if (clean)
			error("\"%s\" is not section.key=value", clean);
		free(clean);
		return -1;
	}
	section = mem_string_n(assignment, (size_t)(dot - assignment));
	key = section ? mem_string_n(dot + 1, (size_t)(equals - dot) - 1) : NULL;
	if (key && conf_find(rooms, n, section, key, &room, &item, &slot) == 0 &&
	    conf_parse(&rooms[room], &rooms[room].items[item], equals + 1, &value) == 0) {
		conf_store(&rooms[room], &rooms[room].items[item], &value);
		status = 0;
	}
	free(key);
	free(section);
	return status;
}

int conf_set_item(const struct conf_room *room, const char *key, const char *text)
{
	struct conf_parsed value;
	size_t r, item, slot;

	if (conf_find(room, 1, room->section, key, &r, &item, &slot) < 0 ||
	    conf_parse(room, &room->items[item], text, &value) < 0)
		return -1;
	conf_store(room, &room->items[item], &value);
	return 0;
}

void conf_presets(const struct conf_room *room)
{
	for (size_t i = 0; i < room->n; i++) {
		const struct conf_item *item = &room->items[i];
		struct conf_parsed value;

		if (conf_parse(room, item, item->preset, &value) < 0)
			BUG("preset of %s.%s: %s", room->section, item->key, error_message());
		conf_store(room, item, &value);
	}
}

/* A comment, broken at blanks so that no line is too long to be read back. */
static void write_comment(FILE *stream, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " \n");

		if (column > 0 && column + 1 + word > COMMENT_WIDTH) {
			fputc('\n', stream);
			column = 0;
		}
		fprintf(stream, "%s%.*s", column ? " " : "# ", (int)word, text);
		column += word + (column ? 1 : 2);
		text += word;
		while (*text == ' ' || *text == '\n')
			text++;
	}
	fputc('\n', stream);
}

static int write_item(FILE *stream, const struct conf_room *room, const struct conf_item *item)
{
	char wanted[CONF_DESCRIBE_MAX], value[CONF_CHOICES_MAX];
	char *comment;

	conf_describe(wanted, sizeof wanted, item);
	comment = text_format("%s (%s; built in: %s)", item->help ? item->help : item->key, wanted,
	                      *item->preset ? item->preset : "nothing");
	if (!comment)
		return -1;
	write_comment(stream, comment);
	free(comment);
	conf_value(room, item, value, sizeof value);
	fprintf(stream, "%s =%s%s\n", item->key, *value ? " " : "", value);
	return 0;
}

char *conf_write(const struct conf_room *rooms, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	bool failed = false;

	if (!stream) {
		error("out of memory (writing settings)");
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			fputc('\n', stream);
		if (rooms[i].help)
			write_comment(stream, rooms[i].help);
		fprintf(stream, "[%s]\n", rooms[i].section);
		for (size_t j = 0; j < rooms[i].n; j++)
			failed = write_item(stream, &rooms[i], &rooms[i].items[j]) < 0 || failed;
	}
	failed = ferror(stream) || failed;
	if (fclose(stream) != 0 || failed) {
		error("out of memory (writing settings)");
		free(text);
		return NULL;
	}
	return text;
}
