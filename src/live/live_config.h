/* The section [live] of config.ini: which controllers of a MIDI keyboard or box of knobs ask for what. */
#ifndef LIVE_LIVE_CONFIG_H
#define LIVE_LIVE_CONFIG_H

#include "base/conf.h"
#include "live/request.h"

struct live_config {
	/* as typed: "16", "16 on 2"; of actions that are for a part, "80, 81" for the first and the second; "": none */
	char cc_controls[CONTROLS][CONF_TEXT_MAX];
	char cc_actions[ACTIONS][CONF_TEXT_MAX];
};

extern const struct conf_item live_items[];
extern const size_t n_live_items;

#define LIVE_CONFIG_HELP                                                                                               \
	"Controllers of a MIDI input in live music: which number (0 to 119; on one channel alone: 16 on 2) does what."

/* "cc-tempo", "cc-new-theme" */
#define LIVE_KEY_MAX 32
void live_control_key(char key[LIVE_KEY_MAX], enum control c);
void live_action_key(char key[LIVE_KEY_MAX], enum action a);

#endif
