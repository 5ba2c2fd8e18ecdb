/* The settings of judges trained from now on: section [judge]. */
#ifndef MODEL_JUDGE_SETTINGS_H
#define MODEL_JUDGE_SETTINGS_H

#include "base/conf.h"

struct judge_config {
	int hidden, dense, bars; /* judge_net.h's shape */
	int steps;               /* of the optimiser; 0: who trains says how many */
	int windows;             /* of a step, half of them real */
	int pieces;              /* real ones at most to learn from */
	int samples;     /* pieces made at each temperature to learn from; a quarter as many, twice, are held out */
	int sample_bars; /* bars of a sample at most */
	double learning_rate, dropout, weight_decay;
	double bar_weight; /* of the bars' loss beside the windows' */
};

extern const struct conf_item judge_items[];
extern const size_t n_judge_items;

#endif
