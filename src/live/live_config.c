/* The table of the section [live], and what its texts mean. */
#include "live/live_config.h"

#include "base/error.h"

#define L(field) offsetof(struct live_config, field)

const struct conf_item live_items[] = {
	{"part1", CONF_TEXT, L(parts[0]), 0, 0, NULL, "",
         "where the first part goes: \"channel 2, program 19, transpose -12, velocity 40-100\", or some of that. "
         "Channels are 1 to 16, programs 0 to 127 (or none: no program change is sent), transposition is in "
         "semitones, and velocities from 1 to 127 are spread over those two; empty: as it comes"},
	{"part2", CONF_TEXT, L(parts[1]), 0, 0, NULL, "", "the same of the second part"},
	{"part3", CONF_TEXT, L(parts[2]), 0, 0, NULL, "", "and so on"},
	{"part4", CONF_TEXT, L(parts[3]), 0, 0, NULL, "", "part 4"},
	{"part5", CONF_TEXT, L(parts[4]), 0, 0, NULL, "", "part 5"},
	{"part6", CONF_TEXT, L(parts[5]), 0, 0, NULL, "", "part 6"},
	{"part7", CONF_TEXT, L(parts[6]), 0, 0, NULL, "", "part 7"},
	{"part8", CONF_TEXT, L(parts[7]), 0, 0, NULL, "", "part 8"},
	{"part9", CONF_TEXT, L(parts[8]), 0, 0, NULL, "", "part 9"},
	{"part10", CONF_TEXT, L(parts[9]), 0, 0, NULL, "", "part 10"},
	{"part11", CONF_TEXT, L(parts[10]), 0, 0, NULL, "", "part 11"},
	{"part12", CONF_TEXT, L(parts[11]), 0, 0, NULL, "", "part 12"},
	{"part13", CONF_TEXT, L(parts[12]), 0, 0, NULL, "", "part 13"},
	{"part14", CONF_TEXT, L(parts[13]), 0, 0, NULL, "", "part 14"},
	{"part15", CONF_TEXT, L(parts[14]), 0, 0, NULL, "", "part 15"},
	{"part16", CONF_TEXT, L(parts[15]), 0, 0, NULL, "", "part 16"},
};
const size_t n_live_items = sizeof live_items / sizeof *live_items;

int live_config_routing(struct routing_rules *rules, const struct live_config *config, bool split)
{
	routing_rules_start(rules, split);
	for (int k = 0; k < ROUTING_PARTS; k++)
		if (route_parse(&rules->parts[k], config->parts[k]) < 0)
			return error_prefix("live.part%d", k + 1);
	return 0;
}
