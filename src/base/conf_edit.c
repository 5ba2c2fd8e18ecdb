/* Settings changed in place. See conf_edit.h. */
#include "base/conf_edit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_SIZE_MAX ((size_t)1 << 20) /* as of what is read */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A piece of the text. */
struct span {
	const char *at;
	size_t n;
};

static struct span trimmed(const char *from, const char *to)
{
	while (from < to && is_blank(*from))
		from++;
	while (to > from && is_blank(to[-1]))
		to--;
	return (struct span){from, (size_t)(to - from)};
}

static bool is_word(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.at, word, s.n) == 0;
}

/* What stands in a line, which goes from `at` to `end` and has its line end behind that. */
struct line {
	const char *at, *end, *next;
	struct span section; /* of a [section] */
	struct span key;     /* of a setting: n > 0, */
	const char *equals;  /* its '=' or ':', */
	struct span value;   /* and value */
};

/* Where a comment after a value begins: at a ';' with a blank before it. */
static const char *end_of_value(const char *from, const char *to)
{
	for (const char *s = from; s < to; s++)
		if (*s == ';' && s > from && is_blank(s[-1]))
			return s;
	return to;
}

static struct line read_line(const char *at, const char *end_of_text)
{
	const char *newline = memchr(at, '\n', (size_t)(end_of_text - at)), *close;
	struct line l = {.at = at, .end = newline ? newline : end_of_text, .next = newline ? newline + 1 : end_of_text};
	struct span all;

	if (l.end > at && l.end[-1] == '\r')
		l.end--;
	all = trimmed(at, l.end);
	if (all.n == 0 || *all.at == ';' || *all.at == '#')
		return l;
	if (*all.at == '[') {
		close = memchr(all.at, ']', all.n);
		if (close)
			l.section = (struct span){all.at + 1, (size_t)(close - all.at) - 1};
		return l;
	}
	for (l.equals = all.at; l.equals < l.end && *l.equals != '=' && *l.equals != ':'; l.equals++)
		;
	if (l.equals < l.end) {
		l.key = trimmed(all.at, l.equals);
		l.value = trimmed(l.equals + 1, end_of_value(l.equals + 1, l.end));
	}
	return l;
}

/* Where the setting stands, or could. */
struct place {
	struct line setting; /* the last of its name; key.n is 0: there is none */
	struct line
		before; /* it comes after this one: the section's last setting, or its head; at NULL: there is none */
};

static struct place find_place(const char *text, size_t size, const char *section, const char *key)
{
	const char *end = text + size, *at = text;
	struct place p = {.before.at = NULL};
	bool inside = false;

	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at += 3; /* the mark of UTF-8 */
	while (at < end) {
		const struct line l = read_line(at, end);

		if (l.section.at)
			inside = is_word(l.section, section);
		if (inside && (l.section.at || l.key.n > 0))
			p.before = l;
		if (inside && l.key.n > 0 && is_word(l.key, key))
			p.setting = l;
		at = l.next;
	}
	return p;
}

/* "key = " as the line has it, the value, and what is behind it. */
static void put_changed(FILE *out, const struct line *l, const char *value)
{
	const char *behind = l->value.at + l->value.n;
	const bool spaced = l->equals > l->at && is_blank(l->equals[-1]);

	fwrite(l->at, 1, (size_t)(l->equals + 1 - l->at), out);
	if (*value) {
		if (l->value.n > 0 || (behind < l->end && *behind == ';'))
			fwrite(l->equals + 1, 1, (size_t)(l->value.at - l->equals - 1), out);
		else if (spaced)
			fputc(' ', out);
		fputs(value, out);
	}
	/* an empty value has its comment right behind the blanks */
	if (behind < l->end && *behind == ';')
		fputc(' ', out);
	fwrite(behind, 1, (size_t)(l->next - behind), out);
}

/* Are lines of this text ended as in DOS? */
static bool ends_crlf(const char *text, size_t size)
{
	const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;

	return newline && newline > text && newline[-1] == '\r';
}

static void put_new(FILE *out, const char *text, size_t size, const struct line *before, const char *section,
                    const struct conf_change *c)
{
	const char *end = ends_crlf(text, size) ? "\r\n" : "\n";
	const size_t head = before->at ? (size_t)(before->next - text) : size;

	fwrite(text, 1, head, out);
	if (head > 0 && text[head - 1] != '\n')
		fputs(end, out);
	if (!before->at)
		fprintf(out, "%s[%s]%s", head > 0 ? end : "", section, end);
	fprintf(out, "%s =%s%s%s", c->key, *c->value ? " " : "", c->value, end);
	fwrite(text + head, 1, size - head, out);
}

static int check_change(const char *section, const struct conf_change *c)
{
	const size_t n = strlen(c->value);

	if (!*section || !*c->key || strpbrk(section, "]\r\n") || strpbrk(c->key, "=:[;#\r\n \t"))
		BUG("no setting can be called %s.%s", section, c->key);
	if (strpbrk(c->value, ";\r\n") || (n > 0 && (is_blank(c->value[0]) || is_blank(c->value[n - 1]))))
		return error("\"%s\" cannot be written to a file of settings", c->value);
	return 0;
}

char *conf_edit(const char *text, size_t *size, const char *section, const struct conf_change *change)
{
	struct place p;
	char *out = NULL;
	size_t out_size;
	FILE *stream;
	bool failed;

	if (check_change(section, change) < 0)
		return NULL;
	stream = open_memstream(&out, &out_size);
	if (!stream) {
		error("out of memory (writing settings)");
		return NULL;
	}
	p = find_place(text, *size, section, change->key);
	if (p.setting.key.n > 0) {
		fwrite(text, 1, (size_t)(p.setting.at - text), stream);
		put_changed(stream, &p.setting, change->value);
		fwrite(p.setting.next, 1, (size_t)(text + *size - p.setting.next), stream);
	} else {
		put_new(stream, text, *size, &p.before, section, change);
	}
	failed = ferror(stream);
	if (fclose(stream) != 0 || failed) {
		error("out of memory (writing settings)");
		free(out);
		return NULL;
	}
	*size = out_size;
	return out;
}

int conf_edit_file(const char *path, const char *section, const struct conf_change *changes, size_t n)
{
	unsigned char *data = NULL;
	size_t size = 0;
	char *text;
	int status = -1;

	if (file_exists(path) && file_read(path, FILE_SIZE_MAX, &data, &size) < 0)
		return -1;
	text = (char *)data;
	if (!text)
		text = mem_string("");
	for (size_t i = 0; text && i < n; i++) {
		char *edited = conf_edit(text, &size, section, &changes[i]);

		free(text);
		text = edited;
	}
	if (text)
		status = file_write(path, text, size);
	free(text);
	return status;
}
