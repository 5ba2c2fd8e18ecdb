/* The settings of live music: the section [live] of config.ini. Texts are read by what they are for. */
#ifndef LIVE_LIVE_CONFIG_H
#define LIVE_LIVE_CONFIG_H

#include <stddef.h>

#include "base/conf.h"
#include "live/routing.h"

struct live_config {
	char parts[ROUTING_PARTS][CONF_TEXT_MAX]; /* where each goes (route_parse()); "": as it comes */
};

extern const struct conf_item live_items[];
extern const size_t n_live_items;

/* The rules that the settings ask for. 0, or -1 with the setting that is not understood. */
int live_config_routing(struct routing_rules *rules, const struct live_config *config, bool split);

#endif
