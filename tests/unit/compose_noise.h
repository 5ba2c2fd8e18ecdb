/*
 * Pieces from models of random weights, whose music is noise, and the scales
 * tipped towards one class. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_COMPOSE_NOISE_H
#define TESTS_UNIT_COMPOSE_NOISE_H

#include "model_check.h"
#include "model_toy.h"

static inline struct model *noise(unsigned kinds, bool dynamics)
{
	struct corpus *c = music_corpus(9, kinds, 8, 10, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 6);

	corpus_free(c);
	return m;
}

/* Adds to the bias of one class. */
static inline void tip(struct model *m, const struct linear *l, int class, double by)
{
	m->w[l->b + (size_t) class] += (real)by;
}

static inline struct piece *compose(const struct model *m, const struct compose_options *o)
{
	struct piece *p = compose_piece(m, o);

	if (!p)
		fail_msg("%s", error_message());
	return p;
}

static inline bool same_events(const struct piece *a, const struct piece *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_event(&a->events[i], &b->events[i]))
			return false;
	return true;
}

#endif
