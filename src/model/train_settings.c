/* The settings of training: names, ranges, presets, help. */
#include "model/train.h"

#define T(field) offsetof(struct train_config, field)

const struct conf_item train_items[] = {
	{"minutes", CONF_REAL, T(minutes), 0, 100000, NULL, "10",
         "train for no longer than this; the first steps are timed and fix the number of steps; 0: no limit of time"},
	{"epochs", CONF_INT, T(epochs), 0, 1000000, NULL, "60",
         "passes over the training music, and 600 steps at least, if the minutes allow them; 0: as many as they allow"},
	{"steps", CONF_INT, T(steps), 0, 100000000, NULL, "0",
         "steps of the optimiser, whatever minutes and epochs say; 0: those decide"},
	{"lanes", CONF_INT, T(lanes), 1, 4096, NULL, "16", "pieces side by side in a step"},
	{"shards", CONF_INT, T(shards), 1, 64, NULL, "4",
         "workers a step is cut into, whatever the number of threads; divides lanes"},
	{"chunk", CONF_INT, T(chunk), 1, 4096, NULL, "96", "events of each lane in a step"},
	{"learning_rate", CONF_REAL, T(learning_rate), 1e-8, 10, NULL, "0.002",
         "at its highest; linear warm-up, then a cosine to a hundredth; what suits adamw is far too small for sgd, "
         "adagrad "
         "and adadelta"},
	{"warmup", CONF_INT, T(warmup), 0, 1000000, NULL, "100",
         "steps until the learning rate is at its highest (a tenth of all steps at most)"},
	{"clip", CONF_REAL, T(clip), 0, 1e6, NULL, "1",
         "longest gradient (2-norm); longer ones are scaled down; 0: none"},
	{"average", CONF_REAL, T(average), 0, 0.999999, NULL, "0.998",
         "decay of the running average of the weights, which is the model"},
	{"dropout", CONF_REAL, T(dropout), 0, 0.95, NULL, "0.65", "share of the trunk's states dropped while training"},
	{"memory_dropout", CONF_REAL, T(memory_dropout), 0, 0.95, NULL, "0.5",
         "share of what the memory answers dropped while training"},
	{"stream_dropout", CONF_REAL, T(stream_dropout), 0, 0.95, NULL, "0.6",
         "share of the streams' states dropped while training"},
	{"field_dropout", CONF_REAL, T(field_dropout), 0, 0.95, NULL, "0.3",
         "share of whole input fields dropped while training"},
	{"weight_dropout", CONF_REAL, T(weight_dropout), 0, 0.95, NULL, "0",
         "share of the LSTMs' recurrent weights left out while training, others in every step"},
	{"unknown", CONF_REAL, T(unknown), 0, 1, NULL, "0.3",
         "share of pieces whose bars left and place in the phrase are unknown while training (a third of it: style, "
         "tempo)"},
	{"unknown_key", CONF_REAL, T(unknown_key), 0, 1, NULL, "0.5",
         "share of pieces whose key is unknown while training, as it is when music is scored"},
	{"transpose", CONF_INT, T(transpose), 0, 24, NULL, "6",
         "semitones up and down that pieces are transposed while training, within each part's range"},
	{"patience", CONF_INT, T(patience), 0, 1000000, NULL, "30",
         "evaluations without a better held-out figure before training stops; 0: never"},
	{"checkpoint", CONF_REAL, T(checkpoint), 0, 1000000, NULL, "30",
         "seconds between checkpoints, from which --resume goes on; 0: one after every step"},
	{"stages", CONF_TEXT, T(stages), 0, 0, NULL, "likelihood",
         "what is trained, one after the other, in this order: likelihood, latent, critic, knobs, discriminator, "
         "adversarial"},
	{"choose", CONF_INT, T(choose), 0, 400, NULL, "96",
         "about how many pieces are made at each of nine settings when training is over, to choose the model's own "
         "temperatures "
         "and top-p by; 0: they stay at 1"},
	{"optimiser", CONF_CHOICE, T(optim.kind), 0, 0, OPTIM_NAMES, "adamw",
         "how gradients move the weights; each wants a learning_rate of its own: OPTIMISERS in musegen-config(5)"},
	{"momentum", CONF_REAL, T(optim.momentum), 0, 0.9999, NULL, "0.9",
         "momentum, nesterov: share of the velocity that stays"},
	{"rho", CONF_REAL, T(optim.rho), 0, 0.999999, NULL, "0.9",
         "adadelta, rmsprop: decay of the mean of squared gradients"},
	{"beta1", CONF_REAL, T(optim.beta1), 0, 0.9999, NULL, "0.9",
         "adam, adamw, adamax, nadam, amsgrad: decay of the first moment"},
	{"beta2", CONF_REAL, T(optim.beta2), 0, 0.999999, NULL, "0.99",
         "adam, adamw, adamax, nadam, amsgrad: decay of the second moment"},
	{"epsilon", CONF_REAL, T(optim.epsilon), 1e-12, 1, NULL, "1e-8",
         "all but sgd, momentum, nesterov: keeps the division finite; adadelta wants 1e-6"},
	{"weight_decay", CONF_REAL, T(optim.weight_decay), 0, 10, NULL, "0.1",
         "all but adam: share of weight matrices that a step takes off, times the learning rate; smaller where that "
         "is larger"},
};
const size_t n_train_items = sizeof train_items / sizeof *train_items;
