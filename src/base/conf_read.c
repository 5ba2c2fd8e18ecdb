/*
 * Settings from files. inih splits lines into sections, keys and values; this
 * file feeds it one line at a time, so that lines are counted, indentation
 * means nothing (inih would make an indented key part of the value above) and
 * what it would cut is refused. A file is read into one slot an item and copied
 * to the rooms when all of it was good.
 */
#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_value.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_SIZE_MAX ((size_t)1 << 20)
#define SECTION_MAX   49 /* inih keeps 50 bytes with the zero */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

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
		             conf_has_section(r->rooms, r->n, section) ? section : "...");
	if (!conf_has_section(r->rooms, r->n, section))
		return conf_unknown_section(r->rooms, r->n, section);
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
	} else if (conf_find(r->rooms, r->n, section, key, &room, &item, &slot) == 0 &&
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
