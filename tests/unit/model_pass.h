/*
 * Running the network in tests: a pass is a batch, a frame and a carry in one
 * arena; a tape feeds a piece's rows to a lane. After network_forward() the
 * logits are their own gradient, from which the probabilities come back.
 */
#ifndef TESTS_UNIT_MODEL_PASS_H
#define TESTS_UNIT_MODEL_PASS_H

#include "model/network.h"
#include "model_music.h"
#include "reals.h"

struct pass {
	const struct generator *g;
	struct arena arena, carried;
	struct batch batch;
	struct frame frame;
	struct carry carry;
};

static inline void pass_init(struct pass *p, const struct generator *g, int steps, int lanes, bool backward)
{
	*p = (struct pass){.g = g};
	for (int counted = 0; counted < 2; counted++) {
		batch_layout(&p->batch, &p->arena, g, steps, lanes);
		frame_layout(&p->frame, &p->arena, g, steps, lanes, backward);
		carry_layout(&p->carry, &p->carried, g, lanes, steps);
		if (counted == 0)
			assert_int_equal(arena_reserve(&p->arena) + arena_reserve(&p->carried), 0);
	}
	carry_clear(&p->carry, g);
}

static inline void pass_done(struct pass *p)
{
	arena_done(&p->arena);
	arena_done(&p->carried);
}

/* Without dropout, gradients of the plain sum. */
static inline void pass_forward(struct pass *p, const real *w)
{
	network_forward(p->g, w, &p->frame, &p->batch, &p->carry, NULL, (struct random){0, 0}, 1);
}

/* A piece on a lane. */
struct tape {
	const struct piece *piece;
	size_t row;
	struct context context;
};

static inline void tape_start(struct tape *t, const struct generator *g, const struct piece *piece, unsigned unknown,
                              int end)
{
	*t = (struct tape){.piece = piece};
	context_start(&t->context, g, &piece->start, unknown, end);
}

static inline bool tape_row(struct tape *t, struct batch *b, int row)
{
	static const struct event nothing;
	struct event event = nothing;

	if (t->row == t->piece->n)
		return false;
	if (t->row == 0) {
		context_arrive(&t->context, 0, ROW_START, 0);
	} else {
		event = t->piece->events[t->row - 1];
		context_arrive(&t->context, event.shift, event.kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, event.part);
	}
	batch_row(b, row, &t->context, &event, &t->piece->events[t->row], 1, 1);
	t->row++;
	return true;
}

/* A whole piece as a batch of one lane, from the start; the batch must be large enough. */
static inline void pass_piece(struct pass *p, const struct piece *piece, unsigned unknown, int end)
{
	struct tape t;
	int rows = 0;

	tape_start(&t, p->g, piece, unknown, end);
	batch_begin(&p->batch, (int)piece->n);
	while (tape_row(&t, &p->batch, rows))
		rows++;
	batch_end(&p->batch, p->g);
	carry_clear(&p->carry, p->g);
}

/* Every head predicts something in every row, so that each leaves its probabilities. Not for idle rows. */
static inline void pass_ask_all(struct pass *p)
{
	struct batch *b = &p->batch;
	size_t classes = (size_t)p->g->vocab->parts + 2;

	for (int r = 0; r < b->rows; r++) {
		b->weight[r] = b->next_weight[r] = 1;
		for (int h = 0; h < HEADS; h++)
			b->targets[h].symbol[r] = 0;
		while (!b->classes[(size_t)r * classes + (size_t)b->targets[HEAD_PART].symbol[r]])
			b->targets[HEAD_PART].symbol[r]++;
	}
}

/* Logits after the loss back to probabilities, in place, where there was a target (weights 1, scale 1). */
static inline void pass_probabilities(struct pass *p)
{
	for (int h = 0; h < HEADS; h++) {
		size_t n = (size_t)head_classes(p->g, (enum head)h);

		for (int r = 0; n > 0 && r < p->batch.rows; r++)
			if (p->batch.targets[h].symbol[r] >= 0)
				p->frame.logits[h][(size_t)r * n + (size_t)p->batch.targets[h].symbol[r]] += 1;
	}
}

static inline const real *pass_row(const struct pass *p, enum head head, int row)
{
	return p->frame.logits[head] + (size_t)row * (size_t)head_classes(p->g, head);
}

/*
 * Two passes over n rows of which event t is another: no row up to its own may
 * differ, nor the pitch that is drawn beside it. How many rows of heads do, later on.
 */
static inline int pass_later(const struct pass *a, const struct pass *b, size_t n, size_t t)
{
	int later = 0;

	for (int h = 0; h < HEADS; h++) {
		const size_t classes = (size_t)head_classes(a->g, (enum head)h);

		for (size_t r = 0; r < n; r++) {
			const bool same = memcmp(pass_row(a, (enum head)h, (int)r), pass_row(b, (enum head)h, (int)r),
			                         classes * sizeof(real)) == 0;

			if (!same && (r <= t || (r == t + 1 && h == HEAD_PITCH)))
				fail_msg("event %zu changed head %s of row %zu", t, head_names[h], r);
			later += !same;
		}
	}
	return later;
}

#endif
