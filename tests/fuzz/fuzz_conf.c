/*
 * Settings from hostile bytes: whatever comes, a refused file changes nothing
 * and leaves a message of one line, and an accepted one can be written and read
 * back.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/error.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct room a, b, before; /* static: what pads them is zero */
	const struct conf_room rooms[] = {
		{"a", items, sizeof items / sizeof *items, &a, "A room."},
		{"room", items, sizeof items / sizeof *items, &b, "Another."},
	};
	char *text;

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
