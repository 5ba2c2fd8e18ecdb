/* Toy models: of random weights, and trained for seconds. cmocka.h comes before this. */
#ifndef TESTS_UNIT_MODEL_TOY_H
#define TESTS_UNIT_MODEL_TOY_H

#include "base/conf.h"
#include "base/error.h"
#include "model/train.h"
#include "model_music.h"
#include "reals.h"

/* The presets, but small, and without what makes a toy learn slowly. */
static inline struct train_config toy_config(int steps)
{
	struct train_config c;
	const struct conf_room room = {"train", train_items, n_train_items, &c, "Training."};

	memset(&c, 0, sizeof c);
	conf_presets(&room);
	c.minutes = 0;
	c.steps = steps;
	c.lanes = 8;
	c.shards = 4;
	c.chunk = 16;
	c.warmup = 5;
	c.learning_rate = 0.01;
	c.average = 0.8;
	c.dropout = c.memory_dropout = c.stream_dropout = c.field_dropout = 0;
	c.patience = 0;
	return c;
}

static inline struct model *toy_train(const struct corpus *corpus, const struct train_config *config, uint64_t seed)
{
	const char *stopped = NULL;
	struct model *m;

	if (train_model(&m, &stopped, corpus, &small_config, config, seed, NULL, NULL) < 0)
		fail_msg("%s", error_message());
	return m;
}

/* A model of a corpus with random weights: its music is noise, but follows every rule. */
static inline struct model *toy_random(const struct corpus *corpus, const struct generator_config *config,
				       double scale, uint64_t seed)
{
	struct model *m = model_new(corpus, config);

	assert_non_null(m);
	free(m->w);
	m->w = reals_plane(&m->generator.params, scale, seed);
	m->name = mem_string("toy");
	m->provenance.corpus = mem_string("toys");
	m->provenance.command = mem_string("musegen train toys");
	m->provenance.seed = seed;
	assert_int_equal(model_round(m), 0);
	return m;
}

#endif
