/* Composing loops: candidates, the seam between last and first bar scored, the best taken. See loop.h. */
#include "model/loop.h"

#include <math.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/evaluate.h"

/* What the seeds of candidates are for. */
enum { FOR_LOOP = 301 };

void loop_cut(struct piece *p, int end)
{
	int now = 0;

	for (size_t i = 0; i < p->n; i++) {
		struct event *e = &p->events[i];

		if (e->kind == EVENT_END || now + e->shift >= end) {
			*e = (struct event){.shift = end - now, .kind = EVENT_END};
			p->n = i + 1;
			return;
		}
		now += e->shift;
		if (e->kind == EVENT_NOTE && e->duration > end - now)
			e->duration = end - now;
	}
}

static int bar_of(int numerator, int denominator_log2, int grid)
{
	return numerator * grid * 4 >> denominator_log2;
}

/*
 * The ticks of so many bars of a piece from its start, whatever its metres;
 * those beyond its end are as its last. A metre stands at a bar line, though
 * it cut a bar short.
 */
static int ticks_of_bars(const struct piece *p, int bars)
{
	int length = bar_of(p->start.numerator, p->start.denominator_log2, p->grid);
	int now = 0, line = 0, bar = 0;

	for (size_t i = 0; i < p->n && bar < bars; i++) {
		const struct event *e = &p->events[i];

		now += e->shift;
		for (; bar < bars && line + length <= now; bar++)
			line += length;
		if (e->kind == EVENT_METRE && bar < bars) {
			bar += now > line;
			line = now;
			length = bar_of(e->numerator, e->denominator_log2, p->grid);
		}
	}
	return line + (bars - bar) * length;
}

/* The piece and its first bar once more; *seam: the first of the events that came round. NULL: out of memory. */
static struct piece *come_round(const struct piece *p, int bar, size_t *seam)
{
	struct piece *twice = piece_new(p->grid);
	const struct event *end = &p->events[p->n - 1];
	const struct start *s = &p->start;
	int now = 0, wait = end->shift, status = 0;

	if (!twice)
		return NULL;
	twice->start = *s;
	for (size_t i = 0; status == 0 && i + 1 < p->n; i++)
		status = piece_add(twice, p->events[i]);
	*seam = twice->n;
	for (size_t i = 0; status == 0 && i + 1 < p->n && now + p->events[i].shift < bar; i++) {
		struct event e = p->events[i];

		now += e.shift;
		e.shift += wait;
		wait = 0;
		status = piece_add(twice, e);
	}
	if (status == 0)
		status = piece_add(twice, (struct event){.shift = wait, .kind = EVENT_END});
	if (status < 0) {
		piece_free(twice);
		return NULL;
	}
	return twice;
}

struct candidates {
	struct piece *pieces[LOOP_TRIES];
	size_t seams[LOOP_TRIES];
	struct corpus rounds; /* each come round, as a corpus of pieces to be scored */
};

static int add_candidate(struct candidates *c, const struct model *m, const struct compose_options *options, int number)
{
	struct compose_options o = *options;
	struct random random = random_stream(options->seed, FOR_LOOP, (uint64_t)number, 0);
	struct corpus_piece *round = &c->rounds.pieces[number];
	struct piece *p;

	/* the first is the piece that the seed gives without a loop, but for its end, which is not to close it */
	o.open_end = true;
	o.seed = number == 0 ? options->seed : random_bits(&random);
	o.endless = false;
	p = c->pieces[number] = compose_piece(m, &o);
	if (!p)
		return -1;
	if (p->start.pickup > 0)
		return error("a loop begins on a downbeat, but the piece has a pickup");
	loop_cut(p, ticks_of_bars(p, options->bars));
	round->piece = come_round(p, ticks_of_bars(p, 1), &c->seams[number]);
	if (!round->piece)
		return -1;
	round->train_events = round->piece->n;
	c->rounds.n++;
	return 0;
}

/* Nats a note from the seam on; a first bar of silence costs its events. */
static double seam_cost(const struct piece_score *score, const struct piece *round, size_t seam)
{
	double nats = 0;
	long notes = 0;

	for (size_t i = seam; i + 1 < round->n; i++) {
		for (int h = 0; h < HEADS; h++)
			nats += isnan(score->costs[i][h]) ? 0 : score->costs[i][h];
		notes += round->events[i].kind == EVENT_NOTE;
	}
	return nats / (double)(notes > 0 ? notes : 1);
}

/* The number of the best; -1 on error. */
static int choose(const struct candidates *c, const struct model *m, struct pool *pool, double *nats)
{
	const struct evaluate_options all = {.all = true, .events = true};
	struct evaluate_choice choice;
	struct evaluation scores = {0};
	int best = -1;

	if (evaluate_choose(&choice, &c->rounds, &m, 1, &all) == 0 &&
	    evaluate(&scores, m, &c->rounds, &choice, &all, pool) == 0) {
		for (size_t i = 0; i < scores.n; i++) {
			const uint32_t number = scores.pieces[i].piece;
			const double cost =
				seam_cost(&scores.pieces[i], c->rounds.pieces[number].piece, c->seams[number]);

			if (best < 0 || cost < *nats) {
				best = (int)number;
				*nats = cost;
			}
		}
		if (best < 0)
			error("none of the loops can be scored by the model that made them");
	}
	evaluation_done(&scores);
	evaluate_choice_done(&choice);
	return best;
}

struct piece *compose_loop(const struct model *m, const struct compose_options *options, struct pool *pool,
                           double *nats)
{
	struct candidates c = {0};
	struct piece *result = NULL;
	double cost = 0;
	int best = -1;

	if (options->bars <= 0)
		BUG("a loop of %d bars", options->bars);
	if (generator_is_conv(&m->generator)) {
		error("model %s makes music from noise: it has no likelihood to choose a loop by",
		      m->name ? m->name : "");
		return NULL;
	}
	c.rounds.pieces = mem_new(LOOP_TRIES, sizeof *c.rounds.pieces);
	/* the pieces' styles are the model's own numbers */
	c.rounds.styles = m->vocab->styles;
	c.rounds.n_styles = (size_t)m->vocab->n_styles;
	if (c.rounds.pieces) {
		int made = 0;

		while (made < LOOP_TRIES && add_candidate(&c, m, options, made) == 0)
			made++;
		if (made == LOOP_TRIES)
			best = choose(&c, m, pool, &cost);
	}
	for (int i = 0; i < LOOP_TRIES; i++) {
		if (i == best)
			result = c.pieces[i];
		else
			piece_free(c.pieces[i]);
		if (c.rounds.pieces)
			piece_free(c.rounds.pieces[i].piece);
	}
	free(c.rounds.pieces);
	if (result && nats)
		*nats = cost;
	return result;
}
