/*
 * The settings of live music, the section [live] of config.ini: where parts
 * go, and which controllers of a MIDI keyboard or box of knobs ask for what.
 * Texts are read by what they are for.
 */
#ifndef LIVE_LIVE_CONFIG_H
#define LIVE_LIVE_CONFIG_H

#include <stddef.h>

#include "base/conf.h"
#include "live/request.h"
#include "live/routing.h"

struct live_config {
	char parts[ROUTING_PARTS][CONF_TEXT_MAX]; /* where each goes (route_parse()); "": as it comes */
	/* as typed: "16", "16 on 2"; of actions that are for a part, "80, 81" for the first and the second; "": none */
	char cc_controls[CONTROLS][CONF_TEXT_MAX];
	char cc_actions[ACTIONS][CONF_TEXT_MAX];
};

extern const struct conf_item live_items[];
extern const size_t n_live_items;

#define LIVE_CONFIG_HELP                                                                                               \
	"Live music: where the parts go, and what the controllers of a MIDI input do (a number from 0 to 119; on one " \
	"channel alone: 16 on 2)."

/* The rules that the settings ask for. 0, or -1 with the setting that is not understood. */
int live_config_routing(struct routing_rules *rules, const struct live_config *config, bool split);

/* "cc-tempo", "cc-new-theme" */
#define LIVE_KEY_MAX 32
void live_control_key(char key[LIVE_KEY_MAX], enum control c);
void live_action_key(char key[LIVE_KEY_MAX], enum action a);

#endif
