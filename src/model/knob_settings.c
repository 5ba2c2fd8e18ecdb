/* Settings of knobs. See knob_settings.h. */
#include "model/knob_settings.h"

#include "model/knob_layer.h"

#define K(field) offsetof(struct knob_config, field)

const struct conf_item knob_items[] = {
	{"width", CONF_INT, K(width), 1, KNOBS_MAX, NULL, "48", "width of what the knobs of a phrase become"},
	{"steps", CONF_INT, K(steps), 0, 1000000, NULL, "0",
         "steps of the optimiser; 0: as many as its part of the training's time"},
	{"untold", CONF_REAL, K(untold), 0, 0.95, NULL, "0.4",
         "share of phrases, knob by knob, that are not told while training"},
	{"noise", CONF_REAL, K(noise), 0, 2, NULL, "0.2",
         "standard deviation of what is added to codes while training, lest they name the phrase"},
	{"learning_rate", CONF_REAL, K(learning_rate), 1e-8, 10, NULL, "0.002",
         "at its highest, as train.learning_rate"},
	{"mutual", CONF_REAL, K(mutual), 0, 1000, NULL, "0",
         "weight of what a network says that reads knobs back from made music (InfoGAN); 0: there is none"},
	{"mutual_learning_rate", CONF_REAL, K(mutual_learning_rate), 1e-8, 10, NULL, "0.003", "that network's own"},
	{"mutual_window", CONF_INT, K(mutual_window), 4, 4096, NULL, "48", "events that it reads"},
	{"mutual_batch", CONF_INT, K(mutual_batch), 1, 4096, NULL, "8",
         "windows made and read in a step; a multiple of train.shards"},
	{"mutual_width", CONF_INT, K(mutual_width), 1, 1024, NULL, "48", "width of its LSTMs"},
	{"pieces", CONF_INT, K(pieces), 2, 1000, NULL, "24",
         "pieces made with each knob at -1 and at 1, to measure what it changes"},
};
const size_t n_knob_items = sizeof knob_items / sizeof *knob_items;
