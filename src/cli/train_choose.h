/*
 * The last thing a training does: the model's own temperatures and top-p
 * (model/choose.h). And the same alone, for a model that is there.
 */
#ifndef CLI_TRAIN_CHOOSE_H
#define CLI_TRAIN_CHOOSE_H

#include "cli/cli.h"
#include "cli/train_there.h"
#include "model/choose.h"

/*
 * Choose by so many pieces and tell the model. stop: says whether to end it, or
 * NULL; where it does, the model draws as learned. 0, or -1: nothing is changed.
 */
int train_choose(struct choice *out, struct model *m, const struct corpus *corpus, int pieces,
                 struct train_screen *screen, int (*stop)(void), struct pool *pool);

/* What was chosen, two lines; with all settings that were tried, a table before it. */
void train_choose_report(const struct choice *c, bool table);

/* `train --choose`: a model that is there is chosen for anew and written. */
int train_choose_run(const struct train_there *there);

#endif
