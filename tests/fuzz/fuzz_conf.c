/*
 * Settings from hostile bytes: whatever comes, a refused file changes nothing
 * and leaves a message of one line, and an accepted one can be written and read
 * back. The bytes are also a wish for a part's route, the one setting with a
 * language of its own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct room a, b, before; /* static: what pads them is zero */
	const struct conf_room rooms[] = {
		{"a", items, sizeof items / sizeof *items, &a, "A room."},
		{"room", items, sizeof items / sizeof *items, &b, "Another."},
	};
	char *text;

	check_route(data, size);
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
