/* Training the judge of a model that is there (model/judge_train.h), and what is said of it. */
#ifndef CLI_TRAIN_JUDGE_H
#define CLI_TRAIN_JUDGE_H

#include "cli/train_there.h"
#include "model/judge_about.h"

/* `train --judge`: the model of this name gets a judge, or another one, and is written. 0 or -1. */
int train_judge_run(const struct train_there *there);

/* What was measured: kinds of music and how reliable it is, two tables. */
void train_judge_report(const struct judge_figures *f);

#endif
