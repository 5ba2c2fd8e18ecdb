/* Networks from noise that are trained in no time, and music for them. cmocka.h comes before this. */
#ifndef TESTS_UNIT_CONV_SMALL_H
#define TESTS_UNIT_CONV_SMALL_H

#include "model/train.h"
#include "model_music.h"

static const struct generator_config small_conv = {
	.kind = KIND_CONV,
	.stream = 8,
	.trunk = 8,
	.layers = 1,
	.heads = 1,
	.window = 8,
	.slots = 1,
	.hidden = 8,
	.conv =
		{
			.bars = 2,
			.levels = 2,
			.channels = 4,
			.noise = 8,
			.activation = ACTIVATION_CRELU,
			.norm = CONV_NORM_BATCH,
			.critic_activation = ACTIVATION_LEAKY,
			.critic_norm = CONV_NORM_LAYER,
			.critic_dropout = 0.1,
			.score = 0.5,
			.pack = 2,
		},
};

static const struct gan_config small_gan = {.loss = GAN_WGAN_GP,
                                            .critic_steps = 2,
                                            .penalty = 10,
                                            .learning_rate = 1e-3,
                                            .critic_learning_rate = 1e-3,
                                            .batch = 8};

static const struct train_config small_train = {
	.steps = 12,
	.average = 0.9,
	.transpose = 3,
	.optim = {.kind = OPTIM_ADAM, .beta1 = 0, .beta2 = 0.9, .epsilon = 1e-8},
};

/* Two parts in quarters, 4/4. */
static inline struct corpus *quarters(int pieces, enum split_rule rule)
{
	struct corpus *c = music_corpus_new(rule);
	struct random r = random_stream(9, 0, 0, 0);

	for (int i = 0; i < pieces; i++) {
		struct piece *p = piece_new(GRID);

		p->start.parts = 3;
		p->start.style = 0;
		for (int k = 0; k < 48; k++) {
			music_add(p, music_note(k ? 24 : 0, 0, 66 + music_below(&r, 12), 24));
			if (k % 2 == 0)
				music_add(p, music_note(0, 1, 48 + music_below(&r, 12), 48));
		}
		music_add(p, music_end(24));
		music_corpus_add(c, p, rule != SPLIT_BY_TAIL && i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

#endif
