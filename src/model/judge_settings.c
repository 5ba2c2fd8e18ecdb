/* The settings of judges: names, ranges, presets, help. */
#include "model/judge_settings.h"
#include "model/judge_net.h"

#define J(field) offsetof(struct judge_config, field)

const struct conf_item judge_items[] = {
	{"hidden", CONF_INT, J(hidden), 1, JUDGE_HIDDEN_MAX, NULL, "48",
         "width of the judge's LSTM in either direction"},
	{"dense", CONF_INT, J(dense), 1, JUDGE_HIDDEN_MAX, NULL, "32", "width of its dense layers"},
	{"bars", CONF_INT, J(bars), 1, JUDGE_BARS_MAX, NULL, "8", "bars of a window that it looks at"},
	{"steps", CONF_INT, J(steps), 0, 1000000, NULL, "0",
         "steps of the optimiser; 0: as many as its part of the training's time"},
	{"windows", CONF_INT, J(windows), 2, 4096, NULL, "32", "windows in a step, half of them of real music"},
	{"pieces", CONF_INT, J(pieces), 1, 100000, NULL, "600", "real pieces at most that it learns from"},
	{"samples", CONF_INT, J(samples), 1, 10000, NULL, "80",
         "pieces that the model makes at each of three temperatures for it to learn from; half as many more are held "
         "out"},
	{"sample_bars", CONF_INT, J(sample_bars), 1, 4096, NULL, "24", "bars at most of such a piece"},
	{"learning_rate", CONF_REAL, J(learning_rate), 1e-8, 10, NULL, "0.003",
         "at its highest; linear warm-up, then a cosine to a hundredth"},
	{"dropout", CONF_REAL, J(dropout), 0, 0.95, NULL, "0.4",
         "share of inputs and of pooled states dropped while training"},
	{"weight_decay", CONF_REAL, J(weight_decay), 0, 10, NULL, "0.05",
         "share of weight matrices that a step takes off, times the learning rate"},
	{"bar_weight", CONF_REAL, J(bar_weight), 0, 100, NULL, "0.5",
         "weight of the loss of single bars beside that of windows"},
};
const size_t n_judge_items = sizeof judge_items / sizeof *judge_items;
