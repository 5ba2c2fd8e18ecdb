/* Settings of knobs: section [knobs]. */
#ifndef MODEL_KNOB_SETTINGS_H
#define MODEL_KNOB_SETTINGS_H

#include "base/conf.h"

struct knob_config {
	int width;            /* of what the code becomes (model/knob_layer.h) */
	int steps;            /* of the optimiser; 0: who trains says how many */
	double untold;        /* share of phrases, knob by knob, that are not told */
	double noise;         /* deviation of what is added to codes while training */
	double learning_rate; /* at its highest */
	/* the reader of knobs (model/knob_mutual.h) */
	double mutual;                   /* weight of what it says; 0: there is none */
	double mutual_learning_rate;     /* its own */
	int mutual_window, mutual_batch; /* events of a window; windows of a step */
	int mutual_width;
	int pieces; /* made with each knob at either end, to measure what it changes */
};

extern const struct conf_item knob_items[];
extern const size_t n_knob_items;

#endif
