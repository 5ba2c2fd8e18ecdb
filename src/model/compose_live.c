/* A composer's states, and changes of its mind. See compose_live.h. */
#include "model/compose_live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/composer.h"
#include "model/ending.h"

/* What random numbers are for. */
enum { FOR_REDRAW = 205 };

struct composer_state {
	struct composer composer; /* its pointers are those of the composer it is of */
	struct ending *ending;    /* a copy, or NULL */
	void *step;
};

struct composer_state *composer_state_new(const struct composer *c, bool *cannot)
{
	struct composer_state *s;

	*cannot = c->m->generator.config.kind != KIND_EVENTS;
	if (*cannot)
		return NULL;
	s = mem_new(1, sizeof *s);
	if (!s)
		return NULL;
	s->step = mem_new(1, step_state_size(c->maker.step));
	if (c->maker.ending)
		s->ending = mem_new(1, sizeof *s->ending);
	if (s->step && (s->ending || !c->maker.ending))
		return s;
	composer_state_free(s);
	return NULL;
}

void composer_state_free(struct composer_state *s)
{
	if (!s)
		return;
	free(s->ending);
	free(s->step);
	free(s);
}

void composer_save(const struct composer *c, struct composer_state *s)
{
	s->composer = *c;
	if (s->ending)
		*s->ending = *c->maker.ending;
	step_save(s->step, c->maker.step);
}

void composer_restore(struct composer *c, const struct composer_state *s)
{
	*c = s->composer;
	/* the room an ending has for a step's state is the composer's own; what is in it is no state of ours */
	if (s->ending)
		*c->maker.ending = *s->ending;
	step_restore(c->maker.step, s->step);
}

struct key composer_key(const struct composer *c)
{
	return c->moved.tonic >= 0 ? c->moved : key_count_find(&c->key);
}

/* The present piece goes on in another key: by the shorter way, and never far from where it began. */
static void move_to_key(struct composer *c, struct key key)
{
	const struct key from = composer_key(c);
	struct context *context = &c->maker.step->context;
	int by;

	if (key.mode != MODE_UNKNOWN) {
		context->start.mode = key.mode;
		context->unknown &= ~(unsigned)UNKNOWN_KEY;
	}
	if (from.tonic < 0)
		return;
	by = (key.tonic - from.tonic + 18) % 12 - 6 + c->transposition;
	by = (by + 18) % 12 - 6;
	c->transposition = by;
	c->maker.transposition = by;
	c->moved = key;
	composer_count_key_anew(c);
}

void composer_change(struct composer *c, const struct composer_changes *changes)
{
	struct context *context = &c->maker.step->context;
	const bool moved = changes->key.tonic != c->o.key.tonic || changes->key.mode != c->o.key.mode;

	/* to move what was drawn is no reason to draw it anew */
	if (changes->temperature != c->o.temperature || changes->scale != c->o.scale || changes->style != c->o.style ||
	    memcmp(c->o.lean, changes->lean, sizeof c->o.lean) != 0 ||
	    memcmp(c->o.knobs, changes->knobs, sizeof c->o.knobs) != 0)
		ending_drop(c->maker.ending);
	c->o.temperature = changes->temperature;
	c->o.scale = changes->scale;
	memcpy(c->o.lean, changes->lean, sizeof c->o.lean);
	for (int k = 0; k < KNOBS; k++)
		c->o.knobs[k] = c->m->knob_scale.spread[k] > 0 ? changes->knobs[k] : NAN;
	if (changes->style != c->o.style && c->begun) {
		/* any: the one that the piece began with */
		context->start.style = changes->style < 0 ? c->start.style : changes->style;
		context->unknown &= ~(unsigned)UNKNOWN_STYLE;
		context->unknown |= context->start.style < 0 ? UNKNOWN_STYLE : 0;
	}
	c->o.style = changes->style;
	c->o.key = changes->key;
	if (moved && changes->key.tonic >= 0 && c->begun)
		move_to_key(c, changes->key);
}

bool composer_begun(const struct composer *c)
{
	return c->begun;
}

void composer_not_before(struct composer *c, int ticks)
{
	if (c->begun)
		c->maker.least = maker_now(&c->maker) + ticks;
}

void composer_redraw(struct composer *c, uint64_t take)
{
	if (take == 0)
		return;
	ending_drop(c->maker.ending);
	c->maker.random = random_stream(c->maker.random.key, FOR_REDRAW, take, (uint64_t)maker_now(&c->maker));
}

bool composer_next_of_part(struct composer *c, int part, const struct event *given, struct event *event)
{
	struct event as_drawn = *given;
	bool made;

	/* what sounds at the ends of the keyboard may have been folded back */
	if (given->kind == EVENT_NOTE)
		as_drawn.pitch = (uint8_t)composer_sounding(given->pitch - c->transposition);
	ending_drop(c->maker.ending);
	made = maker_make_part(&c->maker, part, &as_drawn, event);
	if (event->kind == EVENT_END)
		return false;
	maker_take(&c->maker, event);
	if (event->kind == EVENT_NOTE)
		event->pitch = (uint8_t)composer_sounding(event->pitch + c->transposition);
	composer_count_key(c, event);
	return made;
}

struct composer_theme composer_theme(const struct composer *c)
{
	return (struct composer_theme){c->number, c->transposition, c->maker.margin, c->start.tonic};
}

void composer_leave(struct composer *c, const struct composer_theme *theme, uint64_t number, int ticks)
{
	struct metre metre;
	int bar;

	composer_next_piece(c, theme ? theme->number : number);
	if (theme) {
		c->replayed = true;
		c->transposition = theme->transposition;
		c->maker.margin = theme->margin;
		c->start.tonic = (uint8_t)theme->tonic;
	}
	metre = (struct metre){0, c->start.numerator, c->start.denominator_log2};
	bar = metre_bar(&metre, c->m->vocab->grid);
	c->gap = ticks + (bar - c->start.pickup % bar) % bar;
}
