/*
 * A composer that is a script of events, so that every moment is known: it
 * takes the place of model/compose*.c's. An arranger plays it; it cannot go
 * back and nothing can be asked of it. Include in one file of a program.
 */
#ifndef TESTS_SCRIPTED_COMPOSER_H
#define TESTS_SCRIPTED_COMPOSER_H

#include "base/error.h"
#include "live/arranger.h"
#include "model/compose_live.h"

struct composer {
	const struct event *events;
	const int *tempos; /* at each event; NULL: `tempo` */
	size_t n, at;
	int tempo;
	struct start start;
	bool fails;
};

/* What the next arranger plays. */
static struct composer *script;

struct composer *composer_new(const struct model *m, const struct compose_options *o)
{
	(void)m;
	(void)o;
	return script;
}

void composer_free(struct composer *c)
{
	(void)c;
}

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

struct composer_theme composer_theme(const struct composer *c)
{
	(void)c;
	return (struct composer_theme){0};
}

struct key composer_key(const struct composer *c)
{
	(void)c;
	return (struct key){-1, MODE_UNKNOWN};
}

struct composer_state *composer_state_new(const struct composer *c, bool *cannot)
{
	(void)c;
	*cannot = true;
	return NULL;
}

void composer_state_free(struct composer_state *s)
{
	(void)s;
}

void composer_save(const struct composer *c, struct composer_state *s)
{
	(void)c;
	(void)s;
	BUG("a script cannot go back");
}

void composer_restore(struct composer *c, const struct composer_state *s)
{
	(void)c;
	(void)s;
	BUG("a script cannot go back");
}

void composer_change(struct composer *c, const struct composer_changes *changes)
{
	(void)c;
	(void)changes;
}

bool composer_begun(const struct composer *c)
{
	return c->at > 0;
}

void composer_not_before(struct composer *c, int ticks)
{
	(void)c;
	(void)ticks;
}

void composer_redraw(struct composer *c, uint64_t take)
{
	(void)c;
	(void)take;
}

bool composer_next_of_part(struct composer *c, int part, const struct event *given, struct event *event)
{
	(void)c;
	(void)part;
	*event = *given;
	return false;
}

void composer_leave(struct composer *c, const struct composer_theme *theme, uint64_t number, int ticks)
{
	(void)c;
	(void)theme;
	(void)number;
	(void)ticks;
}

/* Its events on a grid as a source without requests, each part on a channel of its own. The arranger is the caller's. */
static struct arranger *arranger_of_script(struct composer *c, int grid, enum playing playing, bool clock)
{
	static struct vocab vocab;
	static struct model model = {.vocab = &vocab};
	const struct arranger_options o = {.model = &model, .playing = playing, .clock = clock};
	const int none[SONG_PARTS_MAX] = {-1, -1, -1, -1};
	struct routing routing;
	struct arranger *a;

	vocab.grid = grid;
	script = c;
	a = arranger_new(&o);
	if (a) {
		routing_defaults(&routing, none, 4, true);
		arranger_route(a, &routing);
	}
	return a;
}

#endif
