/* The last bars, the best of several. See ending.h. */
#include "model/ending.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/sample.h"

/* What random numbers are for. */
enum { FOR_ENDING = 401 };

struct ending *ending_new(const struct maker *k, bool *none)
{
	const struct generator *g = &k->m->generator;
	struct ending *e;

	*none = g->config.kind != KIND_EVENTS || !g->config.form || k->o->open_end;
	if (*none)
		return NULL;
	e = mem_new(1, sizeof *e);
	if (e)
		e->state = mem_new(1, step_state_size(k->step));
	if (e && !e->state) {
		free(e);
		e = NULL;
	}
	return e;
}

void ending_free(struct ending *e)
{
	if (!e)
		return;
	free(e->state);
	free(e);
}

void ending_begin(struct ending *e, bool chosen)
{
	e->n = e->at = 0;
	e->chosen = !chosen;
}

void ending_drop(struct ending *e)
{
	if (e && e->at < e->n)
		e->at = e->n = 0;
}

/* Has the piece, whose end is known, come to its last bars? */
static bool is_near(const struct maker *k)
{
	const struct context *c = &k->step->context;
	const struct position *p = &c->position;

	return k->sounded && c->end >= 0 && c->end - p->bar_start <= ENDING_BARS * p->bar_length;
}

static void go_back(struct maker *k, struct ending *e)
{
	*k = e->before;
	step_restore(k->step, e->state);
}

/* Draw on to the end. How many events it takes; 0: more than there is room for. */
static int draw(struct maker *k, struct ending *e)
{
	for (int n = 0; n < ENDING_EVENTS; n++) {
		struct event *event = &e->drawn[n];

		maker_make(k, event);
		if (event->kind == EVENT_END)
			return n + 1;
		maker_take(k, event);
	}
	return 0;
}

/* What END costs after the n - 1 events before it, when nothing is said of the end. */
static double end_cost(struct maker *k, const struct event *events, int n)
{
	const struct generator *g = &k->m->generator;
	const struct symbols *shifts = &k->m->vocab->shifts;
	const int shift = events[n - 1].shift;
	double cost;

	k->step->context.unknown |= UNKNOWN_BARS_LEFT;
	for (int i = 0; i < n - 1; i++) {
		step_arrive(k->step, events[i].shift, events[i].kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE,
		            events[i].part);
		step_take(k->step, &events[i]);
	}
	cost = sample_cost(step_shift(k->step), shifts->n + 1, symbols_find(shifts, shift));
	return cost + sample_cost(step_part(k->step, shift), g->part.out, class_end(g));
}

/* Is the key of the whole another one than the piece was begun in? */
static bool leads_away(const struct maker *k)
{
	const struct key found = key_count_find(&k->key);

	return k->told.tonic >= 0 && (found.tonic != k->told.tonic || found.mode != k->told.mode);
}

/* How good an ending is: first whether it leads away, then what it costs. */
struct verdict {
	bool away;
	double cost;
};

static bool is_better(const struct verdict *a, const struct verdict *b)
{
	return a->away != b->away ? !a->away : a->cost < b->cost;
}

/* Does somebody wait? */
static bool is_hurried(const struct maker *k)
{
	return k->o->hurry && atomic_load_explicit(k->o->hurry, memory_order_acquire);
}

static void choose(struct maker *k, struct ending *e)
{
	const int parts = start_part_count(&k->step->context.start);
	const int tries = ENDING_TRIES / parts > ENDING_LEAST ? ENDING_TRIES / parts : ENDING_LEAST;
	struct verdict best = {true, INFINITY};

	e->chosen = true;
	e->before = *k;
	step_save(e->state, k->step);
	for (uint64_t i = 0; i < (uint64_t)tries; i++) {
		struct verdict v;
		int n;

		if (is_hurried(k)) {
			e->chosen = false;
			e->n = 0;
			return;
		}
		k->random = random_stream(e->before.random.key, FOR_ENDING, i, (uint64_t)maker_now(k));
		k->nats = 0;
		k->drawn = 0;
		n = draw(k, e);
		v = (struct verdict){leads_away(k), k->drawn > 0 ? k->nats / k->drawn : INFINITY};
		go_back(k, e);
		/* END costs something, too: what is no better without need not be played through again */
		if (n == 0 || !is_better(&v, &best))
			continue;
		v.cost += end_cost(k, e->drawn, n);
		go_back(k, e);
		if (is_better(&v, &best)) {
			best = v;
			e->n = n;
			memcpy(e->best, e->drawn, (size_t)n * sizeof *e->best);
		}
	}
}

bool ending_next(struct maker *k, struct event *event)
{
	struct ending *e = k->ending;

	if (!e)
		return false;
	if (!e->chosen && is_near(k) && !is_hurried(k))
		choose(k, e);
	if (e->at == e->n)
		return false;
	*event = e->best[e->at++];
	if (event->kind != EVENT_END)
		maker_arrive(k, event->shift, event->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, event->part);
	return true;
}
