/* Pieces made anew from their z. See reconstruct.h. */
#include "model/reconstruct.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/feed.h"
#include "model/like.h"

/* So low that the likeliest choice is the only one. */
#define GREEDY 0.001

void reconstruct_greedily(struct compose_options *o)
{
	o->temperature = GREEDY;
	o->guard = false;
	o->open_end = true;
}

void reconstruct_options(struct compose_options *o, const struct latent_plan *plan)
{
	compose_defaults(o);
	reconstruct_greedily(o);
	o->plan = plan;
}

/* ---- what is reached --------------------------------------------------------- */

/* Events of one tick. */
struct moment {
	const struct piece *piece;
	size_t at, next; /* first event, the first of the next tick */
	long tick;       /* of the event `at` */
};

/* On to the next tick; false: there is none. */
static bool go_on(struct moment *m)
{
	const struct piece *p = m->piece;

	if (m->next >= p->n)
		return false;
	m->at = m->next;
	m->tick += p->events[m->at].shift;
	m->next = m->at + 1;
	while (m->next < p->n && p->events[m->next].shift == 0)
		m->next++;
	return true;
}

static bool has_note(const struct moment *m, const struct event *e)
{
	for (size_t i = m->at; i < m->next; i++) {
		const struct event *other = &m->piece->events[i];

		if (other->kind == EVENT_NOTE && other->part == e->part && other->pitch == e->pitch)
			return true;
	}
	return false;
}

long pitches_reached(long *n, const struct piece *of, const struct piece *made, int end)
{
	struct moment a = {.piece = of}, b = {.piece = made};
	bool more = go_on(&b);
	long reached = 0;

	*n = 0;
	while (go_on(&a) && a.tick < end) {
		while (more && b.tick < a.tick)
			more = go_on(&b);
		for (size_t i = a.at; i < a.next; i++) {
			if (of->events[i].kind != EVENT_NOTE)
				continue;
			++*n;
			reached += more && b.tick == a.tick && has_note(&b, &of->events[i]);
		}
	}
	return reached;
}

/* ---- held-out music ---------------------------------------------------------- */

struct reconstruction {
	const struct model *m;
	const struct corpus *corpus;
	const uint32_t *order;
	size_t pieces, all;
	long notes[RECONSTRUCT_PIECES], reached[RECONSTRUCT_PIECES], without[RECONSTRUCT_PIECES];
};

static int make_anew(long *reached, long *notes, const struct model *m, const struct piece *piece,
                     const struct latent_plan *plan)
{
	struct compose_options options;
	struct piece *made;

	reconstruct_options(&options, plan);
	made = compose_piece(m, &options);
	if (!made)
		return -1;
	*reached = pitches_reached(notes, piece, made, plan->end);
	piece_free(made);
	return 0;
}

static int reconstruct_piece(struct reconstruction *r, size_t item, const struct piece *piece)
{
	struct latent_plan plan = {.n = 0};
	struct like like;
	int result = -1;

	if (like_encode(&like, r->m, piece) == 0 && like_vary(&plan, &like, 0, 0) == 0) {
		const int most = RECONSTRUCT_BARS * like.bar;

		plan.end = plan.end < most ? plan.end : most;
		result = make_anew(&r->reached[item], &r->notes[item], r->m, piece, &plan);
		memset(plan.z, 0, plan.n * (size_t)plan.width * sizeof *plan.z);
		if (result == 0)
			result = make_anew(&r->without[item], &r->notes[item], r->m, piece, &plan);
	}
	latent_plan_done(&plan);
	like_done(&like);
	return result;
}

static int reconstruct_item(void *context, int item)
{
	struct reconstruction *r = context;
	/* spread over all of them */
	const uint32_t number = r->order[(size_t)item * r->all / r->pieces];
	struct corpus_reader reader = {.bytes = NULL};
	const struct piece *piece = corpus_read(&reader, r->corpus, &r->corpus->pieces[number]);
	const int result = piece ? reconstruct_piece(r, (size_t)item, piece) : -1;

	corpus_reader_done(&reader);
	return result;
}

int reconstruct_measure(struct latent_figures *out, const struct model *m, const struct corpus *corpus,
                        struct pool *pool)
{
	struct reconstruction r = {.m = m, .corpus = corpus};
	long notes = 0, reached = 0, without = 0;
	uint32_t *order = feed_pieces(corpus, m->vocab, SPLIT_VALID, &r.all);
	int result;

	if (!order)
		return -1;
	r.order = order;
	r.pieces = r.all < RECONSTRUCT_PIECES ? r.all : RECONSTRUCT_PIECES;
	result = r.pieces > 0 ? pool_run(pool, reconstruct_item, &r, (int)r.pieces) : 0;
	for (size_t i = 0; i < r.pieces; i++) {
		notes += r.notes[i];
		reached += r.reached[i];
		without += r.without[i];
	}
	out->pitches = notes > 0 ? (double)reached / (double)notes : NAN;
	out->pitches_without = notes > 0 ? (double)without / (double)notes : NAN;
	out->pitches_of = notes;
	free(order);
	return result;
}
