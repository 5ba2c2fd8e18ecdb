/* The table of the section [live], and what its texts mean. */
#include "live/live_config.h"

#include <stdio.h>

#include "base/error.h"

#define PART(k) offsetof(struct live_config, parts[k])
#define SET(c)  offsetof(struct live_config, cc_controls[c])
#define PUSH(a) offsetof(struct live_config, cc_actions[a])

const struct conf_item live_items[] = {
	{"part1", CONF_TEXT, PART(0), 0, 0, NULL, "",
         "where the first part goes: \"channel 2, program 19, transpose -12, velocity 40-100\", or some of that. "
         "Channels are 1 to 16, programs 0 to 127 (or none: no program change is sent), transposition is in "
         "semitones, and velocities from 1 to 127 are spread over those two; empty: as it comes"},
	{"part2", CONF_TEXT, PART(1), 0, 0, NULL, "", "the same of the second part"},
	{"part3", CONF_TEXT, PART(2), 0, 0, NULL, "", "and so on"},
	{"part4", CONF_TEXT, PART(3), 0, 0, NULL, "", "part 4"},
	{"part5", CONF_TEXT, PART(4), 0, 0, NULL, "", "part 5"},
	{"part6", CONF_TEXT, PART(5), 0, 0, NULL, "", "part 6"},
	{"part7", CONF_TEXT, PART(6), 0, 0, NULL, "", "part 7"},
	{"part8", CONF_TEXT, PART(7), 0, 0, NULL, "", "part 8"},
	{"part9", CONF_TEXT, PART(8), 0, 0, NULL, "", "part 9"},
	{"part10", CONF_TEXT, PART(9), 0, 0, NULL, "", "part 10"},
	{"part11", CONF_TEXT, PART(10), 0, 0, NULL, "", "part 11"},
	{"part12", CONF_TEXT, PART(11), 0, 0, NULL, "", "part 12"},
	{"part13", CONF_TEXT, PART(12), 0, 0, NULL, "", "part 13"},
	{"part14", CONF_TEXT, PART(13), 0, 0, NULL, "", "part 14"},
	{"part15", CONF_TEXT, PART(14), 0, 0, NULL, "", "part 15"},
	{"part16", CONF_TEXT, PART(15), 0, 0, NULL, "", "part 16"},
	{"cc-tempo", CONF_TEXT, SET(CONTROL_TEMPO), 0, 0, NULL, "",
         "sets the tempo: 40 to 240 quarters a minute, 120 in the middle; empty: no controller does"},
	{"cc-temperature", CONF_TEXT, SET(CONTROL_TEMPERATURE), 0, 0, NULL, "",
         "sets the temperature: 0.1 to 3, 1 in the middle"},
	{"cc-best-of", CONF_TEXT, SET(CONTROL_BEST_OF), 0, 0, NULL, "",
         "sets how often a phrase is composed for the judge to choose from: 1 to 16"},
	{"cc-density", CONF_TEXT, SET(CONTROL_DENSITY), 0, 0, NULL, "",
         "sets how many notes there are, in models that have this knob: -1 to 1, 0 in the middle"},
	{"cc-register", CONF_TEXT, SET(CONTROL_REGISTER), 0, 0, NULL, "", "sets how high they lie, in the same way"},
	{"cc-leaps", CONF_TEXT, SET(CONTROL_LEAPS), 0, 0, NULL, "", "sets how far they leap, in the same way"},
	{"cc-key", CONF_TEXT, SET(CONTROL_KEY), 0, 0, NULL, "",
         "sets the key: any, then C major to B major, C minor to B minor"},
	{"cc-style", CONF_TEXT, SET(CONTROL_STYLE), 0, 0, NULL, "",
         "sets the style: any, then those of the model one after the other"},
	{"cc-scale", CONF_TEXT, SET(CONTROL_SCALE), 0, 0, NULL, "",
         "sets the scale: all notes, major, minor, harmonic minor, the church modes from dorian on, pentatonic, "
         "minor pentatonic, blues, whole-tone"},
	{"cc-swing", CONF_TEXT, SET(CONTROL_SWING), 0, 0, NULL, "",
         "sets the swing: from straight to off-beat eighths as late as the last of a triplet"},
	{"cc-lock", CONF_TEXT, SET(CONTROL_LOCK), 0, 0, NULL, "",
         "sets how likely a bar of the loop comes again: from never to always"},
	{"cc-new-theme", CONF_TEXT, PUSH(ACTION_NEW_THEME), 0, 0, NULL, "",
         "begins a new theme; this and what follows acts when the value rises to 64 or more, as a button's does"},
	{"cc-back", CONF_TEXT, PUSH(ACTION_BACK), 0, 0, NULL, "", "goes back to the theme before"},
	{"cc-freeze", CONF_TEXT, PUSH(ACTION_FREEZE), 0, 0, NULL, "",
         "plays the same bars round and round, or no longer"},
	{"cc-panic", CONF_TEXT, PUSH(ACTION_PANIC), 0, 0, NULL, "", "silences everything at once"},
	{"cc-keep", CONF_TEXT, PUSH(ACTION_KEEP), 0, 0, NULL, "", "keeps the last bars as a MIDI file"},
	{"cc-pause", CONF_TEXT, PUSH(ACTION_PAUSE), 0, 0, NULL, "", "pauses, or goes on"},
	{"cc-quit", CONF_TEXT, PUSH(ACTION_QUIT), 0, 0, NULL, "", "ends it"},
	{"cc-mute", CONF_TEXT, PUSH(ACTION_MUTE), 0, 0, NULL, "",
         "mutes a part, or no longer: controllers for the parts from the highest down, as in \"80, 81, 82\""},
	{"cc-rewrite", CONF_TEXT, PUSH(ACTION_REWRITE), 0, 0, NULL, "",
         "writes a part anew against the others, in the same way"},
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

void live_control_key(char key[LIVE_KEY_MAX], enum control c)
{
	snprintf(key, LIVE_KEY_MAX, "cc-%s", control_info(c)->name);
}

void live_action_key(char key[LIVE_KEY_MAX], enum action a)
{
	snprintf(key, LIVE_KEY_MAX, "cc-%s", action_name(a));
}
