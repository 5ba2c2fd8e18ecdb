/*
 * Settings from files and words. inih splits lines into sections, keys and
 * values; this file feeds it one line at a time, so that lines are counted,
 * indentation means nothing (inih would make an indented key part of the value
 * above) and what it would cut is refused. A file is read into one slot an item
 * and copied to the rooms when all of it was good.
 */
#include "base/conf.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_value.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define SECTION_MAX   49 /* inih keeps 50 bytes with the zero */
#define COMMENT_WIDTH 100

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- names --------------------------------------------------------------- */

static bool has_section(const struct conf_room *rooms, size_t n, const char *section)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rooms[i].section, section) == 0)
			return true;
	return false;
}

static int unknown_section(const struct conf_room *rooms, size_t n, const char *section)
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

/* The room and the item of a key, and the number of items before it; several rooms may share a section. */
static int find(const struct conf_room *rooms, size_t n, const char *section, const char *key, size_t *room,
                size_t *item, size_t *slot)
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
	if (!has_section(rooms, n, section))
		return unknown_section(rooms, n, section);
	return unknown_key(rooms, n, section, key);
}

/* ---- files --------------------------------------------------------------- */

struct reader {
	const struct conf_room *rooms;
	size_t n;
	const char *data; /* what is left of the file */
	size_t size;
	int line;                   /* of what was handed out last, from 1 */
	bool failed;                /* error() was called for this line */
	struct conf_parsed *values; /* a slot for each item, room after room */
};

/* "[name]" and nothing but a comment after it; inih would ignore what else there is, and cut the name. */
static int check_section(const struct reader *r, const char *line, size_t n)
{
	const char *end = memchr(line, ']', n), *rest;
	char section[SECTION_MAX + 1];
	size_t length;

	if (!end)
		return error("a section without its ]");
	length = (size_t)(end - line) - 1;
	if (length > SECTION_MAX)
		return error("a section name of %zu bytes, at most %d are taken", length, SECTION_MAX);
	memcpy(section, line + 1, length);
	section[length] = '\0';
	for (rest = end + 1; rest < line + n && is_blank(*rest); rest++)
		;
	if (rest < line + n && *rest != ';' && *rest != '#')
		return error("text after [%s]: a key begins a line of its own",
		             has_section(r->rooms, r->n, section) ? section : "...");
	if (!has_section(r->rooms, r->n, section))
		return unknown_section(r->rooms, r->n, section);
	return 0;
}

/* One line without its blanks; room is what inih takes, with the zero. */
static int check_line(const struct reader *r, const char *line, size_t n, size_t room)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return error("control character 0x%02x: this is not a text file of settings",
			             (unsigned)(unsigned char)line[i]);
	if (n >= room)
		return error("a line of %zu bytes, at most %zu are taken", n, room - 1);
	return n > 0 && line[0] == '[' ? check_section(r, line, n) : 0;
}

/* fgets for inih: the next line, checked, without its end; NULL at the end of the file and after an error. */
static char *next_line(char *buf, int room, void *context)
{
	struct reader *r = context;
	const char *line = r->data, *end;
	size_t n;

	if (r->failed || r->size == 0 || room < 1)
		return NULL;
	end = memchr(line, '\n', r->size);
	n = end ? (size_t)(end - line) : r->size;
	r->data += n + (end != NULL);
	r->size -= n + (end != NULL);
	r->line++;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	for (; n > 0 && is_blank(*line); n--)
		line++;
	while (n > 0 && is_blank(line[n - 1]))
		n--;
	if (check_line(r, line, n, (size_t)room) < 0) {
		r->failed = true;
		return NULL;
	}
	memcpy(buf, line, n);
	buf[n] = '\0';
	return buf;
}

/* inih's handler: 1 when good. */
static int take(void *context, const char *section, const char *key, const char *text)
{
	struct reader *r = context;
	size_t room, item, slot;

	if (r->failed)
		return 0;
	if (!*section) {
		error("a key before the first [section]");
	} else if (find(r->rooms, r->n, section, key, &room, &item, &slot) == 0 &&
	           conf_parse(&r->rooms[room], &r->rooms[room].items[item], text ? text : "", &r->values[slot]) == 0) {
		r->values[slot].set = true;
		return 1;
	}
	r->failed = true;
	return 0;
}

static void apply(const struct conf_room *rooms, size_t n, const struct conf_parsed *values)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < rooms[i].n; j++, values++)
			if (values->set)
				conf_store(&rooms[i], &rooms[i].items[j], values);
}

int conf_read_memory(const struct conf_room *rooms, size_t n, const char *name, const char *data, size_t size)
{
	struct reader r = {.rooms = rooms, .n = n, .data = data, .size = size};
	size_t total = 0;
	int bad;

	if (size > FILE_SIZE_MAX)
		return error("%s: larger than %zu bytes", name, FILE_SIZE_MAX);
	for (size_t i = 0; i < n; i++)
		total += rooms[i].n;
	r.values = mem_new(total, sizeof *r.values);
	if (!r.values)
		return -1;
	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
		r.data += 3; /* the mark of UTF-8 */
		r.size -= 3;
	}
	/* the first line that inih itself did not understand, or that take refused */
	bad = ini_parse_stream(next_line, &r, take, &r);
	if (bad > 0 && (!r.failed || bad < r.line))
		error("%s:%d: neither [section] nor key = value", name, bad);
	else if (r.failed)
		error_prefix("%s:%d", name, r.line);
	else if (bad < 0)
		error("%s: out of memory", name);
	else
		apply(rooms, n, r.values);
	free(r.values);
	return bad || r.failed ? -1 : 0;
}

int conf_read(const struct conf_room *rooms, size_t n, const char *path)
{
	unsigned char *data;
	size_t size;
	int status;

	if (file_read(path, FILE_SIZE_MAX, &data, &size) < 0)
		return -1;
	status = conf_read_memory(rooms, n, path, (const char *)data, size);
	free(data);
	return status;
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
	if (key && find(rooms, n, section, key, &room, &item, &slot) == 0 &&
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

	if (find(room, 1, room->section, key, &r, &item, &slot) < 0 ||
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
