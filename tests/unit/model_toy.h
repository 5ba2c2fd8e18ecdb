/* Toy models: of random weights, and trained for seconds. cmocka.h comes before this. */
#ifndef TESTS_UNIT_MODEL_TOY_H
#define TESTS_UNIT_MODEL_TOY_H

#include "base/error.h"
#include "model/train.h"
#include "model_music.h"
#include "reals.h"

/* Small, and without what makes a toy learn slowly; no preset plays a part. */
static inline struct train_config toy_config(int steps)
{
	return (struct train_config){
		.steps = steps,
		.lanes = 8,
		.shards = 4,
		.chunk = 16,
		.learning_rate = 0.01,
		.warmup = 5,
		.clip = 1,
		.average = 0.8,
		.unknown = 0.3,
		.unknown_key = 0.5,
		.transpose = 6,
		.optim = {.kind = OPTIM_ADAMW,
	                  .momentum = 0.9,
	                  .rho = 0.9,
	                  .beta1 = 0.9,
	                  .beta2 = 0.99,
	                  .epsilon = 1e-8,
	                  .weight_decay = 0.01},
	};
}

static inline struct model *toy_train(const struct corpus *corpus, const struct train_config *config, uint64_t seed)
{
	const char *stopped = NULL;
	const struct train_job job = {.corpus = corpus, .generator = &small_config, .train = config, .seed = seed};
	struct model *m;

	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	return m;
}

/* A model of a corpus with random weights: its music is noise, but follows every rule. */
static inline struct model *toy_random(const struct corpus *corpus, const struct generator_config *config, double scale,
                                       uint64_t seed)
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

/* Eight bars up and down a scale, then the end: there is nothing in it that cannot be learned. */
static inline struct piece *scale_piece(int style)
{
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start.parts = 1;
	p->start.style = style;
	p->start.mode = MODE_MAJOR;
	p->start.tonic = 1;
	for (int i = 0; i < 32; i++) {
		static const int steps[] = {0, 2, 4, 5, 7, 5, 4, 2};

		music_add(p, music_note(i ? 24 : 0, 0, 60 + steps[i % 8], 24));
	}
	music_add(p, music_end(24));
	return p;
}

static inline struct corpus *scales(int n, enum split_rule rule)
{
	struct corpus *c = music_corpus_new(rule);

	for (int i = 0; i < n; i++)
		music_corpus_add(c, scale_piece(i % 2),
		                 rule != SPLIT_BY_TAIL && i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
	return c;
}

#endif
