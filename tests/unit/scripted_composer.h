/* A composer that is a script of events, so that every moment is known: it takes the place of model/compose.c's. */
#ifndef TESTS_SCRIPTED_COMPOSER_H
#define TESTS_SCRIPTED_COMPOSER_H

#include "base/error.h"
#include "model/compose.h"

struct composer {
	const struct event *events;
	const int *tempos; /* at each event; NULL: `tempo` */
	size_t n, at;
	int tempo;
	struct start start;
	bool fails;
};

int composer_next(struct composer *c, struct event *event)
{
	if (c->at == c->n)
		return c->fails ? error("out of ideas") : 0;
	*event = c->events[c->at];
	if (c->tempos)
		c->tempo = c->tempos[c->at];
	c->at++;
	return 1;
}

const struct start *composer_start(const struct composer *c)
{
	return &c->start;
}

int composer_us_per_quarter(const struct composer *c)
{
	return c->tempo;
}

#endif
