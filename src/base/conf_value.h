/*
 * What conf.c, conf_read.c and conf_value.c share; others use base/conf.h. Here
 * a value of a setting between text and room: the part that knows the types.
 */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"

#define CONF_CHOICES_MAX  512 /* bytes of all names of a choice */
#define CONF_DESCRIBE_MAX (CONF_CHOICES_MAX + 32)

/* The union begins where each of its members does. */
struct conf_parsed {
	union {
		int number; /* CONF_INT, CONF_CHOICE */
		double real;
		bool yes;
		char text[CONF_TEXT_MAX];
		uint64_t seed;
	} as;
	bool set; /* conf.c's: there is a value here */
};

/* What an item takes, in words; buf has CONF_DESCRIBE_MAX bytes. */
void conf_describe(char *buf, size_t size, const struct conf_item *item);

/* 0, or -1 with "section.key: ... is not ..." */
int conf_parse(const struct conf_room *room, const struct conf_item *item, const char *text, struct conf_parsed *value);

void conf_store(const struct conf_room *room, const struct conf_item *item, const struct conf_parsed *value);

/* ---- conf.c ---------------------------------------------------------------- */

bool conf_has_section(const struct conf_room *rooms, size_t n, const char *section);
/* -1, with the nearest section there is. */
int conf_unknown_section(const struct conf_room *rooms, size_t n, const char *section);
/*
 * The room and the item of a key, and the number of items before it; several
 * rooms may share a section. 0, or -1 with the nearest key there is.
 */
int conf_find(const struct conf_room *rooms, size_t n, const char *section, const char *key, size_t *room, size_t *item,
              size_t *slot);

#endif
