/*
 * Is a stream of made events what the rules of events say, and what was asked
 * for? Follows it event by event. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_MODEL_CHECK_H
#define TESTS_UNIT_MODEL_CHECK_H

#include "model/compose.h"
#include "music/position.h"

static inline bool same_event(const struct event *a, const struct event *b)
{
	return a->shift == b->shift && a->kind == b->kind && a->part == b->part && a->pitch == b->pitch &&
	       a->duration == b->duration && a->velocity == b->velocity && a->numerator == b->numerator &&
	       a->denominator_log2 == b->denominator_log2;
}

struct check {
	const struct model *m;
	const struct compose_options *o;
	struct position position;
	struct event last; /* of this tick, if `same_tick` */
	bool any, over;
	int silent_from; /* latest end of a note */
	int primer_left; /* events that nobody made */
	long notes, metres, events;
};

static inline void check_begin(struct check *k, const struct model *m, const struct compose_options *o,
                               const struct start *start)
{
	*k = (struct check){.m = m, .o = o};
	position_start(&k->position, m->vocab->grid, start);
	for (size_t i = 0; o->primer && i < o->primer->n; i++)
		k->primer_left += o->primer->events[i].kind != EVENT_END;
}

static inline void check_note(struct check *k, const struct event *e, const struct start *start)
{
	const struct compose_options *o = k->o;

	assert_true(start->parts >> e->part & 1);
	assert_true(e->duration >= 1);
	assert_true(e->velocity >= 1 && e->velocity <= 127);
	if (e->shift == 0 && k->any && k->last.kind == EVENT_NOTE) {
		assert_true(e->part >= k->last.part);
		if (e->part == k->last.part)
			assert_true(k->primer_left > 0 ? e->pitch <= k->last.pitch : e->pitch < k->last.pitch);
	}
	if (k->primer_left <= 0) {
		assert_true(e->pitch >= o->low && e->pitch <= o->high);
		assert_true(o->scale == 0 || (o->scale >> (e->pitch % 12) & 1));
		assert_true(e->duration <= 4 * k->position.bar_length);
	}
	if (k->position.now + e->duration > k->silent_from)
		k->silent_from = k->position.now + e->duration;
	k->notes++;
}

/* start: of the piece the event belongs to. */
static inline void check_event(struct check *k, const struct event *e, const struct start *start)
{
	assert_false(k->over);
	assert_true(e->shift >= 0);
	if (k->primer_left <= 0 && e->kind != EVENT_END && !k->o->endless)
		assert_true(e->shift <= 2 * k->position.bar_length);
	position_shift(&k->position, e->shift);
	switch ((enum event_kind)e->kind) {
	case EVENT_NOTE:
		check_note(k, e, start);
		break;
	case EVENT_METRE:
		assert_true(e->shift > 0 || !k->any);
		assert_true(e->numerator > 0 && e->denominator_log2 < 8);
		k->metres++;
		break;
	case EVENT_END:
		assert_true(e->shift > 0);
		assert_true(k->position.now >= k->silent_from);
		k->over = true;
		break;
	default:
		fail_msg("event of kind %d", e->kind);
	}
	position_event(&k->position, e);
	k->last = *e;
	k->any = true;
	k->primer_left--;
	k->events++;
}

/* A whole piece; where it ended is in k->position. */
static inline void check_piece(struct check *k, const struct model *m, const struct compose_options *o,
                               const struct piece *p)
{
	check_begin(k, m, o, &p->start);
	for (size_t i = 0; i < p->n; i++)
		check_event(k, &p->events[i], &p->start);
	assert_true(k->over);
	assert_true(k->notes > 0);
}

#endif
