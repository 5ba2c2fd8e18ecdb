/* Pieces scored one by one, each alone on the one lane of a shard. See evaluate.h. */
#include "model/evaluate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/mem.h"
#include "model/shard.h"

/* More shards than threads even out pieces of different lengths; neither number is in any result. */
enum { SHARDS = 16 };
/* Rows of a chunk, a lane; fewer where there is a lane a key. */
enum { STEPS = 256, KEYS_STEPS = 12 };

/* Of z that are drawn. */
enum { DRAWN_SEED = 1 };

/* Choices in the order in which they are made. */
static const enum head in_turn[HEADS] = {HEAD_SHIFT, HEAD_PART, HEAD_METRE, HEAD_PITCH, HEAD_DURATION, HEAD_VELOCITY};

/* ---- Which pieces ------------------------------------------------------------ */

static bool asked_for(const struct corpus *corpus, const struct corpus_piece *cp, const struct evaluate_options *o)
{
	bool tail = corpus->rule == SPLIT_BY_TAIL && cp->split != SPLIT_TEST && o->split != SPLIT_TEST;

	return o->all || tail || cp->split == o->split;
}

/* Do all models have what the piece needs? Else *why not. */
static bool fits_all(const struct piece *p, const struct model *const *models, size_t n, enum misfit *why)
{
	for (size_t i = 0; i < n; i++) {
		if (feed_fits(p, models[i]->vocab))
			continue;
		*why = p->grid != models[i]->vocab->grid ? MISFIT_GRID : MISFIT_PARTS;
		return false;
	}
	return true;
}

int evaluate_choose(struct evaluate_choice *out, const struct corpus *corpus, const struct model *const *models,
                    size_t n_models, const struct evaluate_options *options)
{
	*out = (struct evaluate_choice){.pieces = mem_new(corpus->n, sizeof *out->pieces)};
	if (!out->pieces)
		return -1;
	for (size_t i = 0; i < n_models; i++)
		if (generator_is_conv(&models[i]->generator))
			return error("%s makes music from noise: such a model has no likelihood", models[i]->name);
	for (size_t i = 0; i < corpus->n; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];
		enum misfit why = MISFIT_GRID;

		if (!asked_for(corpus, cp, options))
			continue;
		if (fits_all(cp->piece, models, n_models, &why))
			out->pieces[out->n++] = (uint32_t)i;
		else if (out->misfits[why]++ == 0)
			out->example[why] = (uint32_t)i;
	}
	return 0;
}

void evaluate_choice_done(struct evaluate_choice *c)
{
	free(c->pieces);
	c->pieces = NULL;
}

/* ---- One piece --------------------------------------------------------------- */

struct scoring {
	const struct model *m;
	const struct corpus *corpus;
	const struct evaluate_options *options;
	struct evaluation *out;
	struct shard shards[SHARDS];
	pthread_mutex_t lock; /* of progress */
	size_t done;
};

static int steps_of(const struct evaluate_options *o)
{
	return o->keys ? KEYS_STEPS : STEPS;
}

/* Nothing yet where an event is charged; no number where it is not. */
static void begin_costs(double (*costs)[HEADS], const struct feed *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (int h = 0; h < HEADS; h++)
			costs[i][h] = feed_charges(f, 0, i) ? 0 : NAN;
}

/*
 * What a choice costs that the lanes, each sure of another key, make together,
 * and how likely each key is after it (ln, of sum 1).
 */
static double mixed_cost(double weights[KEYS], const double *costs)
{
	double most = -INFINITY, sum = 0;
	bool free_of_charge = true;

	for (int k = 0; k < KEYS; k++) {
		weights[k] -= costs[k];
		most = fmax(most, weights[k]);
		free_of_charge = free_of_charge && costs[k] == 0;
	}
	/* what is no choice costs nothing, to the last bit */
	if (free_of_charge)
		return 0;
	for (int k = 0; k < KEYS; k++)
		sum += exp(weights[k] - most);
	for (int k = 0; k < KEYS; k++)
		weights[k] -= most + log(sum);
	return -most - log(sum);
}

/* A row's costs: of the one lane, or of all of them. */
static double row_cost(double weights[KEYS], const struct shard *s, enum head h, size_t row)
{
	const struct batch *b = &s->batch;

	return s->feed.options.keys ? mixed_cost(weights, &s->frame.loss[h][row * (size_t)b->lanes])
	                            : s->frame.loss[h][row];
}

/*
 * Row r is of the event before the r-th, and looks ahead to that, after its
 * own choices are made. END has no row of its own.
 */
static void collect_rows(double (*costs)[HEADS], double weights[KEYS], const struct shard *s, size_t first)
{
	const struct batch *b = &s->batch;
	const struct generator *g = s->feed.g;

	for (int t = 0; t < b->steps; t++) {
		const size_t row = first + (size_t)t;

		for (int i = 0; i < 2 * HEADS; i++) {
			const enum head h = in_turn[i % HEADS];
			const bool ahead = head_looks_ahead(g, h);
			double cost;

			if (ahead != (i >= HEADS) || (!ahead && row == 0))
				continue;
			/* what is not charged tells the key all the same */
			cost = row_cost(weights, s, h, (size_t)t);
			if (head_weights(g, b, h)[t * b->lanes] > 0)
				costs[feed_event(&s->feed, 0, ahead ? row : row - 1)][h] += cost;
		}
	}
}

static void sum_costs(struct piece_score *p, double (*costs)[HEADS], const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (isnan(costs[i][HEAD_SHIFT]))
			continue;
		p->events++;
		p->notes += events[i].kind == EVENT_NOTE;
		p->ticks += events[i].shift;
		for (int h = 0; h < HEADS; h++)
			p->heads[h] += costs[i][h];
	}
}

/* On to the piece, on every lane. *rows: how many it has. */
static int put_on(struct shard *shard, size_t *rows)
{
	for (int i = 0; i < shard->feed.n_lanes; i++)
		if (feed_next(&shard->feed, i, rows) < 0)
			return -1;
	return 0;
}

/* KL of the rows that are charged. */
static double drawn_kl(const struct shard *s)
{
	double sum = 0;

	for (int r = 0; r < s->batch.rows; r++)
		if (s->batch.next_weight[r] > 0)
			sum += s->frame.seed.kl[r];
	return sum;
}

static int score_rows(struct piece_score *p, double (*costs)[HEADS], const struct scoring *s, struct shard *shard,
                      size_t rows)
{
	const size_t steps = (size_t)steps_of(s->options);
	double weights[KEYS];

	for (int k = 0; k < KEYS; k++)
		weights[k] = -log(KEYS);
	carry_clear(&shard->carry, &s->m->generator);
	shard->frame.seed.drawn = s->options->drawn;
	for (size_t row = 0; row < rows; row += steps) {
		if (feed_chunk(&shard->feed, &shard->batch, (int)(rows - row < steps ? rows - row : steps)) < 0)
			return -1;
		network_forward(&s->m->generator, s->m->w, &shard->frame, &shard->batch, &shard->carry, NULL,
		                random_stream(DRAWN_SEED, row, 0, 0), 1);
		collect_rows(costs, weights, shard, row);
		if (s->options->drawn)
			p->kl += drawn_kl(shard);
	}
	return 0;
}

/* The lanes stand before the piece: its rows are whole chunks, so that they are computed the same way wherever it stands. */
static int score_piece(struct piece_score *p, struct scoring *s, struct shard *shard)
{
	size_t n = s->corpus->pieces[p->piece].piece->n, rows;
	double(*costs)[HEADS] = mem_new(n, sizeof *costs);

	if (!costs || put_on(shard, &rows) < 0) {
		free(costs);
		return -1;
	}
	begin_costs(costs, &shard->feed, n);
	if (score_rows(p, costs, s, shard, rows) < 0) {
		free(costs);
		return -1;
	}
	sum_costs(p, costs, shard->feed.lanes[0].music->events, n);
	if (s->options->events)
		p->costs = costs;
	else
		free(costs);
	return 0;
}

static void tell(struct scoring *s)
{
	pthread_mutex_lock(&s->lock);
	s->done++;
	if (s->options->progress)
		s->options->progress(s->options->progress_context, s->done, s->out->n);
	pthread_mutex_unlock(&s->lock);
}

static int score_shard(void *context, int item)
{
	struct scoring *s = context;

	for (size_t i = (size_t)item; i < s->out->n; i += SHARDS) {
		if (score_piece(&s->out->pieces[i], s, &s->shards[item]) < 0)
			return -1;
		tell(s);
	}
	return 0;
}

static int score_all(struct scoring *s, const struct evaluate_choice *choice, struct pool *pool)
{
	const struct feed_options feed = {
		.split = s->options->split,
		.whole = s->options->all,
		.keys = s->options->keys,
		.lanes_in_all = SHARDS,
	};
	int shards = choice->n < SHARDS ? (int)choice->n : SHARDS, result = 0;

	for (int i = 0; i < shards && result == 0; i++)
		result = shard_init(&s->shards[i], &s->m->generator, s->corpus, &feed, choice->pieces, choice->n, i,
		                    s->options->keys ? KEYS : 1, steps_of(s->options), false);
	if (result == 0 && shards > 0)
		result = pool_run(pool, score_shard, s, shards);
	for (int i = 0; i < shards; i++)
		shard_done(&s->shards[i]);
	return result;
}

/* ---- All of them ------------------------------------------------------------- */

long evaluate_frames(int ticks, int grid, int frame)
{
	long long of = frame > 0 ? 4LL * frame : grid;

	return (long)((4LL * ticks + of - 1) / of);
}

static double piece_nats(const struct piece_score *p, bool velocity)
{
	double sum = 0;

	for (int h = 0; h < HEADS; h++)
		if (h != HEAD_VELOCITY || velocity)
			sum += p->heads[h];
	return sum;
}

/* What the figures are quotients of, a number a piece. */
struct columns {
	double *nats, *notes, *voices, *frames;
};

static int columns_init(struct columns *c, const struct evaluation *e)
{
	c->nats = mem_new(4 * e->n, sizeof *c->nats);
	if (!c->nats)
		return -1;
	c->notes = c->nats + e->n;
	c->voices = c->notes + e->n;
	c->frames = c->voices + e->n;
	for (size_t i = 0; i < e->n; i++) {
		const struct piece_score *p = &e->pieces[i];

		c->nats[i] = piece_nats(p, true);
		c->notes[i] = (double)p->notes;
		c->voices[i] = (double)p->parts * (double)evaluate_frames(p->ticks, e->grid, 0);
		c->frames[i] = (double)evaluate_frames(p->ticks, e->grid, e->frame);
	}
	return 0;
}

static int estimate_all(struct estimate *per_note, struct estimate *per_voice_16th, struct estimate *per_frame,
                        const struct columns *c, size_t n)
{
	int result = bootstrap(per_note, c->nats, c->notes, n);

	if (result == 0)
		result = bootstrap(per_voice_16th, c->nats, c->voices, n);
	if (result == 0)
		result = bootstrap(per_frame, c->nats, c->frames, n);
	return result;
}

static int sum_up(struct evaluation *e)
{
	struct columns c;
	int result;

	if (columns_init(&c, e) < 0)
		return -1;
	for (size_t i = 0; i < e->n; i++) {
		const struct piece_score *p = &e->pieces[i];

		e->notes += p->notes;
		e->events += p->events;
		e->sixteenths += evaluate_frames(p->ticks, e->grid, 0);
		e->voice_16ths += (long)c.voices[i];
		e->frames += (long)c.frames[i];
		e->nats += c.nats[i];
		e->kl += p->kl;
		for (int h = 0; h < HEADS; h++)
			e->heads[h] += p->heads[h];
	}
	result = estimate_all(&e->per_note, &e->per_voice_16th, &e->per_frame, &c, e->n);
	free(c.nats);
	return result;
}

int evaluate_part(struct evaluation_part *out, const struct evaluation *e, const bool *in)
{
	struct columns c;
	int result;

	*out = (struct evaluation_part){.n = 0};
	if (columns_init(&c, e) < 0)
		return -1;
	for (size_t i = 0; i < e->n; i++) {
		const size_t to = out->n;

		if (!in[i])
			continue;
		c.nats[to] = c.nats[i];
		c.notes[to] = c.notes[i];
		c.voices[to] = c.voices[i];
		c.frames[to] = c.frames[i];
		out->notes += e->pieces[i].notes;
		out->n++;
	}
	result = estimate_all(&out->per_note, &out->per_voice_16th, &out->per_frame, &c, out->n);
	free(c.nats);
	return result;
}

int evaluate(struct evaluation *out, const struct model *m, const struct corpus *corpus,
             const struct evaluate_choice *choice, const struct evaluate_options *options, struct pool *pool)
{
	struct scoring *s = mem_new(1, sizeof *s);
	int result = -1;

	if (options->keys && !generator_sees_key(&m->generator))
		BUG("%s sees no keys to sum over", m->name);
	*out = (struct evaluation){.n = choice->n, .grid = m->vocab->grid, .frame = options->frame};
	out->pieces = mem_new(choice->n, sizeof *out->pieces);
	if (s && out->pieces) {
		*s = (struct scoring){.m = m, .corpus = corpus, .options = options, .out = out};
		for (size_t i = 0; i < choice->n; i++) {
			const struct piece *p = corpus->pieces[choice->pieces[i]].piece;

			out->pieces[i] =
				(struct piece_score){.piece = choice->pieces[i], .parts = start_part_count(&p->start)};
		}
		pthread_mutex_init(&s->lock, NULL);
		result = score_all(s, choice, pool);
		pthread_mutex_destroy(&s->lock);
	}
	free(s);
	return result == 0 ? sum_up(out) : -1;
}

void evaluation_done(struct evaluation *e)
{
	for (size_t i = 0; e->pieces && i < e->n; i++)
		free(e->pieces[i].costs);
	free(e->pieces);
	e->pieces = NULL;
}

int evaluate_compare(struct comparison *out, const struct evaluation *a, const struct evaluation *b, bool velocity)
{
	struct columns c;
	int result;

	*out = (struct comparison){.velocity = velocity};
	if (a->n != b->n || a->grid != b->grid)
		BUG("evaluations of %zu and %zu pieces", a->n, b->n);
	if (columns_init(&c, a) < 0)
		return -1;
	for (size_t i = 0; i < a->n; i++) {
		c.nats[i] = piece_nats(&a->pieces[i], velocity) - piece_nats(&b->pieces[i], velocity);
		out->better += c.nats[i] < 0;
	}
	result = bootstrap(&out->per_note, c.nats, c.notes, a->n);
	if (result == 0)
		result = bootstrap(&out->per_voice_16th, c.nats, c.voices, a->n);
	free(c.nats);
	return result;
}
