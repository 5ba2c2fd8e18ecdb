/* A model with knobs, of random weights, and the corpus it is of. cmocka.h comes before this. */
#ifndef TESTS_UNIT_KNOB_GROUND_H
#define TESTS_UNIT_KNOB_GROUND_H

#include "model/knobs.h"
#include "model_toy.h"

enum { WIDTH = 6 };

static inline struct generator_config knob_config(void)
{
	struct generator_config c = small_config;

	c.knobs = WIDTH;
	return c;
}

struct ground {
	struct corpus *corpus;
	struct model *m;
};

static inline void ground_init(struct ground *k, unsigned kinds, int onsets)
{
	const struct generator_config config = knob_config();

	k->corpus = music_corpus(4, kinds, 12, onsets, true, SPLIT_BY_HASH);
	k->m = toy_random(k->corpus, &config, 0.4, 3);
	assert_int_equal(knob_scale_measure(&k->m->knob_scale, k->corpus, k->m->vocab), 0);
}

static inline void ground_done(struct ground *k)
{
	model_free(k->m);
	corpus_free(k->corpus);
}

#endif
