/*
 * Settings from ini files (through inih) and from "section.key=value" words.
 * A floor describes its settings struct by a table of items; a room is one
 * section: a table and the struct it fills. Unknown keys, bad values and
 * lines that inih would bend (200 bytes and more, text after a section, ...) are
 * errors with file, line and the nearest right name. Indentation means nothing.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>

enum conf_type {
	CONF_INT,    /* int in [low, high] */
	CONF_REAL,   /* double in [low, high] */
	CONF_BOOL,   /* bool: yes/no, true/false, on/off, 1/0 */
	CONF_CHOICE, /* int: index into choices, "adamw|sgd|momentum" */
	CONF_TEXT,   /* char[CONF_TEXT_MAX], in place */
	CONF_SEED    /* uint64_t, 0 .. 2^63-1 */
};

#define CONF_TEXT_MAX 128

struct conf_item {
	const char *key;
	enum conf_type type;
	size_t offset;       /* of the field in the room's struct */
	double low, high;    /* CONF_INT, CONF_REAL: inclusive */
	const char *choices; /* CONF_CHOICE */
	const char *preset;  /* the built-in value, as text */
	const char *help;    /* one line; with the unit */
};

struct conf_room {
	const char *section;
	const struct conf_item *items;
	size_t n;
	void *target;
	const char *help;
};

/* Set every item to its preset (which must parse: BUG otherwise). */
void conf_presets(const struct conf_room *room);

/* Read a file over the rooms' present values. -1: "path:line: ...". Nothing of a wrong file is kept. */
int conf_read(const struct conf_room *rooms, size_t n, const char *path);

/* The same from memory; name stands for the path in messages (fuzzing, tests). */
int conf_read_memory(const struct conf_room *rooms, size_t n, const char *name, const char *data, size_t size);

/* "section.key=value" */
int conf_set(const struct conf_room *rooms, size_t n, const char *assignment);

/* One item of one room. */
int conf_set_item(const struct conf_room *room, const char *key, const char *value);

/* The value as text, as conf_set_item would take it; buf has CONF_TEXT_MAX bytes at least. */
void conf_value(const struct conf_room *room, const struct conf_item *item, char *buf, size_t size);

/* The rooms as a commented ini text with their present values; a new string, NULL when out of memory. */
char *conf_write(const struct conf_room *rooms, size_t n);

#endif
