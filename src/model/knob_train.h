/*
 * The stage `knobs`: a likelihood model of events gets knobs (model/knob_layer.h)
 * and learns what phrases are like that are told them, as they themselves are
 * (model/knobs.h), some knobs of some phrases being left out. Nothing else of
 * the network changes: what it says untold stays as it was, to the last bit.
 * A model that has knobs of the same width goes on with them.
 *
 * The result is kept only where held-out music costs at most KNOB_LOSS more with
 * its knobs told than untold, and where at least one knob moves the music that is made
 * (model/knob_effect.h). A knob that does not is taken out.
 */
#ifndef MODEL_KNOB_TRAIN_H
#define MODEL_KNOB_TRAIN_H

#include "model/knob_settings.h"
#include "model/stage.h"

#define KNOB_LOSS 0.01 /* share of the nats a note: what few phrases teach is in part themselves */

int knob_train(struct model *m, const struct knob_config *config, const struct stage_job *job,
               struct stage_result *out);

#endif
