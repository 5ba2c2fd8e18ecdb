/*
 * Training a model's judge (judge.h), a stage (stage.h): the generator stays as
 * it is. Pieces are composed by fixed seeds, a few hundred; the network is
 * trained by steps of windows in equal shares, evaluated on windows held out
 * for calibration, whose best weights are kept, rounded as a file holds them,
 * and calibrated; its figures are of others held out, which nothing was chosen by.
 *
 * It is kept as the companion JUDGE_NAME where it tells windows right more
 * often than JUDGE_LEAST; else the model is left as it was.
 */
#ifndef MODEL_JUDGE_TRAIN_H
#define MODEL_JUDGE_TRAIN_H

#include "model/judge_about.h"
#include "model/judge_settings.h"
#include "model/stage.h"

#define JUDGE_LEAST 0.55

/* job->steps: of the optimiser (config->steps is for who makes the job). 0, or -1 with the model as it was. */
int judge_train(struct model *m, const struct judge_config *config, const struct stage_job *job,
                struct stage_result *out);

/* The same, and what was measured, of a judge that is not kept too; about->steps is 0 where it was stopped before there was one. */
int judge_train_measured(struct model *m, const struct judge_config *config, const struct stage_job *job,
                         struct stage_result *out, struct judge_about *about);

#endif
