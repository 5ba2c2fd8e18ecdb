/* Networks of random weights that have a latent, and music for them. cmocka.h comes before this. */
#ifndef TESTS_UNIT_LATENT_GROUND_H
#define TESTS_UNIT_LATENT_GROUND_H

#include "model_music.h"
#include "model_toy.h"

enum { LATENT = 5, ENCODER = 6 };

static inline struct generator_config latent_config(void)
{
	struct generator_config c = small_config;

	c.latent = LATENT;
	c.encoder = ENCODER;
	return c;
}

struct ground {
	struct corpus *corpus;
	struct model *m;
};

static inline void ground_init(struct ground *k, unsigned kinds, int onsets)
{
	const struct generator_config config = latent_config();

	k->corpus = music_corpus(4, kinds, 12, onsets, true, SPLIT_BY_HASH);
	k->m = toy_random(k->corpus, &config, 0.4, 3);
}

static inline void ground_done(struct ground *k)
{
	model_free(k->m);
	corpus_free(k->corpus);
}

static inline struct phrases cut(const struct piece *p, const struct vocab *v)
{
	struct phrases f = {.n = 0};

	assert_int_equal(phrases_cut(&f, p, p->n, v), 0);
	return f;
}

#endif
