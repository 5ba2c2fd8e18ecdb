/*
 * Settings from hostile bytes: whatever comes, a refused file changes nothing
 * and leaves a message of one line, and an accepted one can be written and read
 * back. The bytes are also a wish for a part's route, the one setting with a
 * language of its own; and a file in which a setting is changed: what is read
 * of it afterwards is that, and all else as it was.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/conf_edit.h"
#include "base/error.h"
#include "live/routing.h"

struct room {
	int count, choice;
	double real;
	bool yes;
	char text[CONF_TEXT_MAX];
	uint64_t seed;
};

static const struct conf_item items[] = {
	{"count", CONF_INT, offsetof(struct room, count), -5, 500, NULL, "3", "a count"},
	{"choice", CONF_CHOICE, offsetof(struct room, choice), 0, 0, "one|two|three", "two", "a choice"},
	{"real", CONF_REAL, offsetof(struct room, real), -1e300, 1e300, NULL, "0.5", "a real"},
	{"yes", CONF_BOOL, offsetof(struct room, yes), 0, 0, NULL, "no", "a bool"},
	{"text", CONF_TEXT, offsetof(struct room, text), 0, 0, NULL, "", "a text"},
	{"seed", CONF_SEED, offsetof(struct room, seed), 0, 0, NULL, "0", "a seed"},
};

static void check_route(const uint8_t *data, size_t size)
{
	static const struct route_wish unset = {.channel = 99};
	struct route_wish w = unset;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (route_parse(&w, text) < 0) {
		if (memcmp(&w, &unset, sizeof w) != 0 || !*error_message() || strchr(error_message(), '\n'))
			abort();
	} else if (w.channel < -1 || w.channel > 15 || w.program < -1 || (w.program > 127 && w.program != ROUTE_NONE) ||
	           w.low < 1 || w.high > 127 || w.low > w.high || w.transpose < -127 || w.transpose > 127) {
		abort();
	}
	free(text);
}

/* A file that can be read, with another count. */
static void check_edit(const uint8_t *data, size_t size)
{
	static struct room a, b, changed_a, changed_b;
	const struct conf_room rooms[] = {
		{"a", items, sizeof items / sizeof *items, &a, "A room."},
		{"room", items, sizeof items / sizeof *items, &b, "Another."},
	};
	const struct conf_room changed[] = {
		{"a", items, sizeof items / sizeof *items, &changed_a, "A room."},
		{"room", items, sizeof items / sizeof *items, &changed_b, "Another."},
	};
	const struct conf_change change = {"count", "77"};
	size_t length = size;
	char *text;

	for (int i = 0; i < 2; i++) {
		conf_presets(&rooms[i]);
		conf_presets(&changed[i]);
	}
	if (conf_read_memory(rooms, 2, "fuzz", (const char *)data, size) < 0)
		return;
	text = conf_edit((const char *)data, &length, "room", &change);
	/* a file at the limits of what is read may have no room for a line */
	if (text && conf_read_memory(changed, 2, "changed", text, length) == 0) {
		b.count = 77;
		if (memcmp(&a, &changed_a, sizeof a) != 0 || memcmp(&b, &changed_b, sizeof b) != 0)
			abort();
	} else if (!*error_message()) {
		abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct room a, b, before; /* static: what pads them is zero */
	const struct conf_room rooms[] = {
		{"a", items, sizeof items / sizeof *items, &a, "A room."},
		{"room", items, sizeof items / sizeof *items, &b, "Another."},
	};
	char *text;

	check_route(data, size);
	check_edit(data, size);
	conf_presets(&rooms[0]);
	conf_presets(&rooms[1]);
	before = b;
	if (conf_read_memory(rooms, 2, "fuzz", (const char *)data, size) < 0) {
		if (memcmp(&before, &a, sizeof a) != 0 || memcmp(&before, &b, sizeof b) != 0)
			abort();
		if (!*error_message() || strchr(error_message(), '\n'))
			abort();
		return 0;
	}
	before = b;
	text = conf_write(rooms, 2);
	if (!text || conf_read_memory(rooms, 2, "again", text, strlen(text)) < 0)
		abort();
	if (memcmp(&before, &b, sizeof b) != 0)
		abort();
	free(text);
	return 0;
}
