/* A model of random weights and a corpus that it scores. cmocka.h comes before this. */
#ifndef TESTS_UNIT_EVALUATE_GROUND_H
#define TESTS_UNIT_EVALUATE_GROUND_H

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "doubles.h"
#include "model/evaluate.h"
#include "model/shard.h"
#include "model/step.h"
#include "model_toy.h"
#include "num/blas.h"

static const struct evaluate_options everything = {.all = true, .events = true};

struct ground {
	struct corpus *corpus;
	struct model *m;
	struct evaluate_choice choice;
	struct evaluation e;
};

static inline void ground_score(struct ground *k, const struct evaluate_options *o, struct pool *pool)
{
	const struct model *const models[] = {k->m};

	assert_int_equal(evaluate_choose(&k->choice, k->corpus, models, 1, o), 0);
	assert_int_equal(evaluate(&k->e, k->m, k->corpus, &k->choice, o, pool), 0);
}

static inline void ground_init(struct ground *k, struct corpus *corpus)
{
	*k = (struct ground){.corpus = corpus};
	k->m = toy_random(corpus, &small_config, 0.3, 4);
}

static inline void ground_scored_done(struct ground *k)
{
	evaluation_done(&k->e);
	evaluate_choice_done(&k->choice);
}

static inline void ground_done(struct ground *k)
{
	ground_scored_done(k);
	model_free(k->m);
	corpus_free(k->corpus);
}

#endif
