/*
 * One value of a setting between text and room: the part of conf.c that knows
 * the types. For conf.c alone; others use base/conf.h.
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

#endif
