/*
 * The values of settings as text: read against an item, kept in a union until
 * all of a file is known to be good, and written so that they read back. Blanks
 * around a value do not count, and texts that inih would take for a comment are
 * refused wherever they come from.
 */
#include "base/conf_value.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define VALUE_MAX   255
#define CHOICES_MAX 32

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The names of a choice, cut apart in copy; returns how many. */
static size_t split_choices(const char *names[CHOICES_MAX], char copy[CONF_CHOICES_MAX], const char *choices)
{
	size_t n = 0, length = strlen(choices);

	if (length >= CONF_CHOICES_MAX)
		BUG("choices too long: %s", choices);
	memcpy(copy, choices, length + 1);
	for (char *p = copy; p;) {
		if (n == CHOICES_MAX)
			BUG("too many choices: %s", choices);
		names[n++] = p;
		p = strchr(p, '|');
		if (p)
			*p++ = '\0';
	}
	return n;
}

static long long int_low(const struct conf_item *item)
{
	return item->low > INT_MIN ? (long long)item->low : INT_MIN;
}

static long long int_high(const struct conf_item *item)
{
	return item->high < INT_MAX ? (long long)item->high : INT_MAX;
}

void conf_describe(char *buf, size_t size, const struct conf_item *item)
{
	char low[32], high[32];

	switch (item->type) {
	case CONF_INT:
		snprintf(buf, size, "a whole number from %lld to %lld", int_low(item), int_high(item));
		return;
	case CONF_REAL:
		text_from_real(low, sizeof low, item->low);
		text_from_real(high, sizeof high, item->high);
		if (isfinite(item->low) && isfinite(item->high))
			snprintf(buf, size, "a number from %s to %s", low, high);
		else if (isfinite(item->low))
			snprintf(buf, size, "a number not below %s", low);
		else if (isfinite(item->high))
			snprintf(buf, size, "a number not above %s", high);
		else
			snprintf(buf, size, "a number");
		return;
	case CONF_BOOL:
		snprintf(buf, size, "yes or no");
		return;
	case CONF_CHOICE:
		snprintf(buf, size, "one of %s", item->choices);
		return;
	case CONF_TEXT:
		snprintf(buf, size, "a text of at most %d bytes", CONF_TEXT_MAX - 1);
		return;
	case CONF_SEED:
		snprintf(buf, size, "a whole number from 0 to %lld", LLONG_MAX);
		return;
	}
	BUG("%s: unknown type of setting", item->key);
}

static bool parse_bool(const char *text, bool *yes)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
	char lower[8];
	size_t n = strlen(text);

	if (n >= sizeof lower)
		return false;
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A' : text[i]);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(lower, words[i]) == 0) {
			*yes = i % 2;
			return true;
		}
	return false;
}

/* Leaves the index of the nearest choice, or -1, when it is none of them. */
static bool parse_choice(const struct conf_item *item, const char *text, int *choice)
{
	char copy[CONF_CHOICES_MAX];
	const char *names[CHOICES_MAX];
	size_t n = split_choices(names, copy, item->choices);

	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0) {
			*choice = (int)i;
			return true;
		}
	*choice = text_nearest(text, names, n);
	return false;
}

/* Only what a line of a file can say: no control characters, and no ';' where inih sees a comment. */
static bool parse_text(const char *text, char out[CONF_TEXT_MAX])
{
	size_t n = strlen(text);

	if (n >= CONF_TEXT_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f ||
		    (text[i] == ';' && (i == 0 || text[i - 1] == ' ')))
			return false;
	memset(out, 0, CONF_TEXT_MAX); /* equal texts are equal rooms, byte for byte */
	memcpy(out, text, n);
	return true;
}

/* "section.key: "text" is not ...", with the nearest choice. */
static int bad_value(const struct conf_room *room, const struct conf_item *item, const char *text, int nearest)
{
	char wanted[CONF_DESCRIBE_MAX], copy[CONF_CHOICES_MAX];
	const char *names[CHOICES_MAX];
	char *clean = text_clean(text, strlen(text));

	if (!clean)
		return -1;
	conf_describe(wanted, sizeof wanted, item);
	if (item->type == CONF_CHOICE && nearest >= 0) {
		split_choices(names, copy, item->choices);
		error("%s.%s: \"%s\" is not %s; did you mean \"%s\"?", room->section, item->key, clean, wanted,
		      names[nearest]);
	} else if (item->type == CONF_TEXT && strlen(text) < CONF_TEXT_MAX) {
		error("%s.%s: \"%s\": a text may not have control characters, begin with ';' or have ' ;'",
		      room->section, item->key, clean);
	} else {
		error("%s.%s: \"%s\" is not %s", room->section, item->key, clean, wanted);
	}
	free(clean);
	return -1;
}

int conf_parse(const struct conf_room *room, const struct conf_item *item, const char *text, struct conf_parsed *value)
{
	char trimmed[VALUE_MAX + 1] = "";
	long long integer = 0;
	int choice = -1;
	bool good = false;
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n > 0 && is_blank(text[n - 1]))
		n--;
	if (n > VALUE_MAX)
		return error("%s.%s: a value of %zu bytes, at most %d are taken", room->section, item->key, n,
		             VALUE_MAX);
	memcpy(trimmed, text, n);

	switch (item->type) {
	case CONF_INT:
		good = text_integer(trimmed, int_low(item), int_high(item), &integer);
		value->as.number = (int)integer;
		break;
	case CONF_REAL:
		good = text_real(trimmed, item->low, item->high, &value->as.real);
		break;
	case CONF_BOOL:
		good = parse_bool(trimmed, &value->as.yes);
		break;
	case CONF_CHOICE:
		good = parse_choice(item, trimmed, &choice);
		value->as.number = choice;
		break;
	case CONF_TEXT:
		good = parse_text(trimmed, value->as.text);
		break;
	case CONF_SEED:
		good = text_integer(trimmed, 0, LLONG_MAX, &integer);
		value->as.seed = (uint64_t)integer;
		break;
	}
	return good ? 0 : bad_value(room, item, trimmed, choice);
}

/* The place of an item in its room. */
static void *field_of(const struct conf_room *room, const struct conf_item *item)
{
	return (unsigned char *)room->target + item->offset;
}

/* How many bytes of a room an item fills. */
static size_t size_of(const struct conf_item *item)
{
	const struct conf_parsed *value;

	switch (item->type) {
	case CONF_INT:
	case CONF_CHOICE:
		return sizeof value->as.number;
	case CONF_REAL:
		return sizeof value->as.real;
	case CONF_BOOL:
		return sizeof value->as.yes;
	case CONF_TEXT:
		return sizeof value->as.text;
	case CONF_SEED:
		return sizeof value->as.seed;
	}
	BUG("%s: unknown type of setting", item->key);
}

void conf_store(const struct conf_room *room, const struct conf_item *item, const struct conf_parsed *value)
{
	memcpy(field_of(room, item), &value->as, size_of(item));
}

void conf_value(const struct conf_room *room, const struct conf_item *item, char *buf, size_t size)
{
	char copy[CONF_CHOICES_MAX];
	const char *names[CHOICES_MAX];
	struct conf_parsed value;
	size_t n;

	memcpy(&value.as, field_of(room, item), size_of(item));
	switch (item->type) {
	case CONF_INT:
		snprintf(buf, size, "%d", value.as.number);
		break;
	case CONF_REAL:
		text_from_real(buf, size, value.as.real);
		break;
	case CONF_BOOL:
		snprintf(buf, size, "%s", value.as.yes ? "yes" : "no");
		break;
	case CONF_CHOICE:
		n = split_choices(names, copy, item->choices);
		if (value.as.number < 0 || (size_t)value.as.number >= n)
			BUG("%s.%s is %d of %zu choices", room->section, item->key, value.as.number, n);
		snprintf(buf, size, "%s", names[value.as.number]);
		break;
	case CONF_SEED:
		snprintf(buf, size, "%" PRIu64, value.as.seed);
		break;
	case CONF_TEXT:
		snprintf(buf, size, "%.*s", CONF_TEXT_MAX - 1, value.as.text);
		break;
	}
}
