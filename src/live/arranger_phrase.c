/*
 * What the judge makes of the music as it goes on: of several phrases that
 * could come next it chooses one, and of each bar it has an opinion, which the
 * score shows.
 */
#include <math.h>
#include <string.h>

#include "live/arranger_bars.h"
#include "model/best.h"

/* Bars that an opinion is of, the newest among them: what windows of the judge's are. */
enum { OPINION_BARS = 8 };

static int add_bar(struct piece *p, const struct bar *b, int64_t *now)
{
	for (int i = 0; i < b->n; i++) {
		struct event e = b->events[i].event;
		const int64_t tick = b->line + b->events[i].tick;

		e.shift = (int)(tick - *now);
		*now = tick;
		if (piece_add(p, e) < 0)
			return -1;
	}
	return 0;
}

/* The last `before` bars as the beginning of a piece; *now is the tick of its last event. NULL on error. */
static struct piece *begin_piece(const struct arranger *a, uint64_t before, int64_t line, int64_t *now)
{
	struct piece *p = piece_new(a->o.model->vocab->grid);

	if (!p)
		return NULL;
	*now = before ? a->history[(a->n_history - before) % HISTORY].line : line;
	p->start = *composer_start(a->composer);
	p->start.pickup = 0;
	p->start.numerator = a->place.numerator;
	p->start.denominator_log2 = a->place.denominator_log2;
	for (uint64_t i = before; i > 0; i--)
		if (add_bar(p, &a->history[(a->n_history - i) % HISTORY], now) < 0) {
			piece_free(p);
			return NULL;
		}
	return p;
}

static int end_piece(struct piece *p, int64_t now, int64_t end)
{
	return piece_add(p, (struct event){.shift = end > now ? (int)(end - now) : 1, .kind = EVENT_END});
}

/* The newest bars that have the metre of the last, as many as `most`. */
static uint64_t alike(const struct arranger *a, uint64_t most)
{
	uint64_t n = 0;

	while (n < most && n < a->n_history && n < HISTORY) {
		const struct bar *b = &a->history[(a->n_history - n - 1) % HISTORY];

		if (b->numerator != a->place.numerator || b->denominator_log2 != a->place.denominator_log2 ||
		    b->number == 0)
			break;
		n++;
	}
	return n;
}

/* A phrase from here, after the bars before it, as a piece that is to be judged. NULL on error. */
static struct piece *draw_phrase(struct arranger *a)
{
	const int64_t end = a->place.line + PHRASE_TAKE * (int64_t)a->place.length;
	int64_t now, tick;
	struct piece *p = begin_piece(a, alike(a, PHRASE_TAKE), a->place.line, &now);
	struct event e;
	int got = 1;

	if (!p)
		return NULL;
	for (tick = a->place.now; (got = composer_next(a->composer, &e)) == 1;) {
		tick += e.shift;
		while (tick < a->place.line)
			tick += a->place.length;
		/* another piece, or another metre, is not judged with this one */
		if (tick >= end || e.kind != EVENT_NOTE)
			break;
		e.shift = (int)(tick - now);
		now = tick;
		if (piece_add(p, e) < 0)
			goto fail;
	}
	if (got >= 0 && end_piece(p, now, end) == 0)
		return p;
fail:
	piece_free(p);
	return NULL;
}

/* Where a phrase begins: which of several random numbers the judge likes best. Then the composer is at it. 0 or -1. */
int arrange_choose(struct arranger *a)
{
	/* the first phrase is waited for: it is the first that comes */
	const bool chosen = a->o.judge && a->goes_back && a->place.number > 1;
	const int tries = chosen ? (int)a->values[CONTROL_BEST_OF] : 1;
	uint64_t best = 0;
	double highest = 0;
	int slot;

	a->choose = false;
	if (tries <= 1 || !arrange_drop_hand(a))
		return 0;
	slot = arrange_slot(a);
	composer_not_before(a->composer, (int)(a->place.line - a->place.now));
	composer_save(a->composer, a->states[slot]);
	/* whoever asks for something meanwhile does not wait for all of them */
	for (int i = 0; i < tries && (i == 0 || !atomic_load_explicit(&a->source.changed, memory_order_acquire)); i++) {
		struct piece *p;
		double logit;
		int status;

		composer_restore(a->composer, a->states[slot]);
		composer_redraw(a->composer, a->takes + (uint64_t)i);
		p = draw_phrase(a);
		status = p ? best_logit(&logit, a->o.judge, p) : -1;
		piece_free(p);
		if (status < 0)
			return -1;
		if (i == 0 || logit > highest) {
			highest = logit;
			best = a->takes + (uint64_t)i;
		}
	}
	composer_restore(a->composer, a->states[slot]);
	composer_redraw(a->composer, best);
	a->takes += (uint64_t)tries;
	return 0;
}

int arrange_opinion(struct arranger *a, double *judged)
{
	const uint64_t n = alike(a, OPINION_BARS);
	struct piece *p;
	int64_t now;
	int status;

	*judged = NAN;
	if (!a->o.judge || n == 0)
		return 0;
	p = begin_piece(a, n, a->place.line, &now);
	status = p && end_piece(p, now, a->place.line) == 0 ? best_last_bar(judged, a->o.judge, p) : -1;
	piece_free(p);
	return status;
}
