/*
 * Evaluation: what every event costs against the network of one step and the
 * universal code by hand; sums over events and pieces against those of
 * score_split; a piece's figures whatever is scored beside it, in whatever
 * order, on however many threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "evaluate_ground.h"

/* ---- by the network of one step -------------------------------------------------- */

static double choice_cost(const real *logits, int n, int symbol)
{
	double most = -INFINITY, sum = 0;

	for (int i = 0; i < n; i++)
		most = (double)logits[i] > most ? (double)logits[i] : most;
	for (int i = 0; i < n; i++)
		sum += exp((double)logits[i] - most);
	return most + log(sum) - (double)logits[symbol];
}

static double value_cost(const struct step *s, enum head head, const struct symbols *symbols, int low, int value)
{
	int symbol = symbols_find(symbols, value);
	double cost = choice_cost(s->logits[head], symbols->n + 1, symbol);

	return symbol < symbols->n ? cost : cost + escape_cost(symbols, low, context_bar(&s->context), value);
}

/* What the event costs where the step stands; afterwards the step has taken it. */
static void step_event(double costs[HEADS], struct step *s, const struct event *e)
{
	const struct generator *g = s->g;
	const struct vocab *v = g->vocab;
	int class = e->kind == EVENT_NOTE ? e->part : e->kind == EVENT_METRE ? class_metre(g) : class_end(g);

	for (int h = 0; h < HEADS; h++)
		costs[h] = 0;
	step_shift(s);
	costs[HEAD_SHIFT] = value_cost(s, HEAD_SHIFT, &v->shifts, 0, e->shift);
	costs[HEAD_PART] = choice_cost(step_part(s, e->shift), g->part.out, class);
	if (e->kind == EVENT_END)
		return;
	step_arrive(s, e->shift, e->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e->part);
	if (e->kind == EVENT_METRE) {
		int m = vocab_metre(v, e->numerator, e->denominator_log2);

		costs[HEAD_METRE] = choice_cost(step_metre(s), v->n_metres + 1, m);
		if (m == v->n_metres)
			costs[HEAD_METRE] += log(255 * 8 - v->n_metres);
	} else {
		costs[HEAD_PITCH] = choice_cost(step_pitch(s), 128, e->pitch);
		step_duration(s, e->pitch);
		costs[HEAD_DURATION] = value_cost(s, HEAD_DURATION, &v->durations, 1, e->duration);
		if (v->dynamics)
			costs[HEAD_VELOCITY] = choice_cost(step_velocity(s), VELOCITY_BINS, e->velocity / 8) +
			                       log(e->velocity < 8 ? 7 : 8);
	}
	step_take(s, e);
}

static void check_piece_by_steps(const struct ground *k, const struct piece_score *p, int *charged)
{
	const struct piece *piece = k->corpus->pieces[p->piece].piece;
	struct step *s = step_new(&k->m->generator, k->m->w);

	assert_non_null(s);
	step_begin(s, &piece->start, UNKNOWN_BARS_LEFT | UNKNOWN_KEY, -1);
	for (size_t i = 0; i < piece->n; i++) {
		struct event e = piece->events[i];
		double costs[HEADS];

		e.fermata = false;
		step_event(costs, s, &e);
		for (int h = 0; h < HEADS; h++) {
			if (fabs(costs[h] - p->costs[i][h]) > 2e-4 * (1 + costs[h]))
				fail_msg("piece %u, event %zu, %s: %.9g, step by step %.9g", p->piece, i, head_names[h],
				         p->costs[i][h], costs[h]);
			charged[h] += costs[h] > 0;
		}
	}
	step_free(s);
}

/* Pieces shorter and longer than a chunk and the memory's window; escapes of every kind. */
static void test_by_steps(void **state)
{
	struct ground k;
	int charged[HEADS] = {0};

	(void)state;
	for (int dynamics = 0; dynamics < 2; dynamics++) {
		ground_init(&k, music_corpus(11, MUSIC_ALL, 12, dynamics ? 20 : 150, dynamics, SPLIT_BY_HASH));
		assert_int_equal(k.m->vocab->dynamics, dynamics);
		ground_score(&k, &everything, NULL);
		assert_int_equal(k.e.n, 12);
		for (size_t i = 0; i < k.e.n; i++)
			check_piece_by_steps(&k, &k.e.pieces[i], charged);
		ground_done(&k);
	}
	for (int h = 0; h < HEADS; h++)
		assert_true(charged[h] > 10);
}

/* ---- over the keys ---------------------------------------------------------------- */

/* What a piece costs one step that is told a key, event by event: added up. */
static double cost_in_key(const struct ground *k, const struct piece *piece, int key, double (*costs)[HEADS])
{
	struct step *s = step_new(&k->m->generator, k->m->w);
	struct start start = piece->start;
	double sum = 0;

	assert_non_null(s);
	start.tonic = (uint8_t)(1 + key % 12);
	start.mode = key < 12 ? MODE_MAJOR : MODE_MINOR;
	step_begin(s, &start, UNKNOWN_BARS_LEFT, -1);
	for (size_t i = 0; i < piece->n; i++) {
		struct event e = piece->events[i];

		e.fermata = false;
		step_event(costs[i], s, &e);
		for (int h = 0; h < HEADS; h++)
			sum += costs[i][h];
	}
	step_free(s);
	return sum;
}

/* ln of the mean of e^-x. */
static double mixture(const double x[KEYS])
{
	double least = x[0], sum = 0;

	for (int k = 1; k < KEYS; k++)
		least = fmin(least, x[k]);
	for (int k = 0; k < KEYS; k++)
		sum += exp(least - x[k]);
	return log(sum / KEYS) - least;
}

/* Each choice costs what the sum over the keys loses by it. */
static void check_keys(const struct ground *k, const struct piece_score *p)
{
	static const enum head in_turn[] = {HEAD_SHIFT, HEAD_PART,     HEAD_METRE,
	                                    HEAD_PITCH, HEAD_DURATION, HEAD_VELOCITY};
	const struct piece *piece = k->corpus->pieces[p->piece].piece;
	double(*costs[KEYS])[HEADS], so_far[KEYS] = {0}, before = 0, whole[KEYS];

	for (int key = 0; key < KEYS; key++) {
		costs[key] = mem_new(piece->n, sizeof *costs[key]);
		assert_non_null(costs[key]);
		whole[key] = cost_in_key(k, piece, key, costs[key]);
	}
	for (size_t i = 0; i < piece->n; i++)
		for (int h = 0; h < HEADS; h++) {
			double after;

			for (int key = 0; key < KEYS; key++)
				so_far[key] += costs[key][i][in_turn[h]];
			after = mixture(so_far);
			if (fabs(before - after - p->costs[i][in_turn[h]]) > 1e-3 * (1 + fabs(before - after)))
				fail_msg("piece %u, event %zu, %s: %.9g, by hand %.9g", p->piece, i,
				         head_names[in_turn[h]], p->costs[i][in_turn[h]], before - after);
			before = after;
		}
	check_near(before, mixture(whole), 1e-9 * fabs(before));
	for (int key = 0; key < KEYS; key++)
		free(costs[key]);
}

static void test_keys(void **state)
{
	const struct evaluate_options keys = {.all = true, .events = true, .keys = true};
	struct ground k;
	double unknown;

	(void)state;
	ground_init(&k, music_corpus(11, MUSIC_ALL, 6, 40, true, SPLIT_BY_HASH));
	ground_score(&k, &everything, NULL);
	unknown = k.e.nats;
	ground_scored_done(&k);
	ground_score(&k, &keys, NULL);
	for (size_t i = 0; i < k.e.n; i++)
		check_keys(&k, &k.e.pieces[i]);
	assert_true(fabs(k.e.nats - unknown) > 1e-3 * unknown);
	ground_done(&k);
}

/* ---- sums ------------------------------------------------------------------------- */

static void check_sums(const struct ground *k)
{
	const struct evaluation *e = &k->e;
	double all[HEADS] = {0}, nats = 0;
	long notes = 0, events = 0, voices = 0, frames = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct piece_score *p = &e->pieces[i];
		const struct piece *piece = k->corpus->pieces[p->piece].piece;
		double sum[HEADS] = {0};
		int end = 0;

		for (size_t at = 0; at < piece->n; at++) {
			for (int h = 0; h < HEADS; h++)
				sum[h] += p->costs[at][h];
			end += piece->events[at].shift;
			notes += piece->events[at].kind == EVENT_NOTE;
			events++;
		}
		assert_int_equal(p->ticks, end);
		voices += p->parts * ((end + 5) / 6);
		frames += (end + 23) / 24;
		for (int h = 0; h < HEADS; h++) {
			check_near(sum[h], p->heads[h], 1e-12 * (1 + sum[h]));
			all[h] += sum[h];
			nats += sum[h];
		}
	}
	for (int h = 0; h < HEADS; h++)
		check_near(all[h], e->heads[h], 1e-11 * (1 + all[h]));
	check_near(nats, e->nats, 1e-11 * nats);
	assert_int_equal(e->notes, notes);
	assert_int_equal(e->events, events);
	assert_int_equal(e->voice_16ths, voices);
	assert_int_equal(e->frames, frames);
	check_near(e->per_note.value, nats / (double)notes, 1e-11 * nats);
	check_near(e->per_voice_16th.value, nats / (double)voices, 1e-11 * nats);
	check_near(e->per_frame.value, nats / (double)frames, 1e-11 * nats);
}

static void test_sums(void **state)
{
	const struct evaluate_options quarters = {.all = true, .events = true, .frame = 24};
	struct ground k;

	(void)state;
	/* Also where tails are held out: everything is charged. */
	for (int rule = 0; rule < 2; rule++) {
		ground_init(&k, music_corpus(3, MUSIC_ALL, 14, 15, true, rule ? SPLIT_BY_TAIL : SPLIT_BY_HASH));
		ground_score(&k, &quarters, NULL);
		check_sums(&k);
		ground_done(&k);
	}
}

/* Scored piece by piece or on lanes beside each other: the same sums. */
static void test_score_split(void **state)
{
	static const enum split_rule rules[] = {SPLIT_BY_HASH, SPLIT_BY_TAIL};
	struct ground k;

	(void)state;
	for (int rule = 0; rule < 2; rule++) {
		ground_init(&k, music_corpus(9, MUSIC_ALL & ~MUSIC_SIXTEEN, 41, 25, true, rules[rule]));
		for (int split = SPLIT_TRAIN; split <= SPLIT_VALID; split++) {
			const struct evaluate_options o = {.split = (enum split)split};
			struct loss_sums sums;

			ground_score(&k, &o, NULL);
			assert_int_equal(score_split(&sums, &k.m->generator, k.m->w, k.corpus, (enum split)split, NULL),
			                 0);
			assert_true(k.e.n > 5 && k.e.pieces[0].costs == NULL);
			assert_int_equal(k.e.notes, sums.notes);
			for (int h = 0; h < HEADS; h++) {
				assert_true(sums.heads[h] > 0);
				check_near(k.e.heads[h], sums.heads[h], 1e-6 * sums.heads[h]);
			}
			ground_scored_done(&k);
		}
		ground_done(&k);
	}
}

/* The held-out tail of a piece is as long as the time that its own events take. */
static void test_tails(void **state)
{
	const struct evaluate_options valid = {.split = SPLIT_VALID, .events = true};
	struct ground k;

	(void)state;
	ground_init(&k, music_corpus(4, MUSIC_FOUR, 6, 20, false, SPLIT_BY_TAIL));
	ground_score(&k, &valid, NULL);
	assert_int_equal(k.e.n, 6);
	for (size_t i = 0; i < k.e.n; i++) {
		const struct corpus_piece *cp = &k.corpus->pieces[i];
		const struct piece_score *p = &k.e.pieces[i];
		int ticks = 0;
		long events = 0;

		for (size_t at = 0; at < cp->piece->n; at++) {
			bool tail = at >= cp->train_events && at + 1 < cp->piece->n;

			for (int h = 0; h < HEADS; h++)
				assert_int_equal(!isnan(p->costs[at][h]), tail);
			events += tail;
			ticks += tail ? cp->piece->events[at].shift : 0;
		}
		assert_true(events > 0);
		assert_int_equal(p->events, events);
		assert_int_equal(p->ticks, ticks);
	}
	ground_done(&k);
}

/* ---- nothing but the piece -------------------------------------------------------- */

static void check_same_score(const struct piece_score *a, const struct piece_score *b, size_t events)
{
	assert_int_equal(a->piece, b->piece);
	assert_int_equal(a->parts, b->parts);
	assert_int_equal(a->notes, b->notes);
	assert_int_equal(a->ticks, b->ticks);
	assert_memory_equal(a->heads, b->heads, sizeof a->heads);
	assert_memory_equal(a->costs, b->costs, events * sizeof *a->costs);
}

static size_t events_of(const struct ground *k, const struct piece_score *p)
{
	return k->corpus->pieces[p->piece].piece->n;
}

/* Alone, and with the others backwards: the same bits. */
static void test_alone(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, music_corpus(21, MUSIC_ALL, 40, 30, true, SPLIT_BY_HASH));
	ground_score(&k, &everything, NULL);
	for (size_t i = 0; i < k.e.n; i++) {
		uint32_t number = k.e.pieces[i].piece;
		const struct evaluate_choice one = {.pieces = &number, .n = 1};
		struct evaluation e;

		assert_int_equal(evaluate(&e, k.m, k.corpus, &one, &everything, NULL), 0);
		check_same_score(&e.pieces[0], &k.e.pieces[i], events_of(&k, &e.pieces[0]));
		assert_true(isnan(e.per_note.low) && isfinite(e.per_note.value));
		evaluation_done(&e);
	}
	{
		uint32_t backwards[40];
		const struct evaluate_choice choice = {.pieces = backwards, .n = 40};
		struct evaluation e;

		for (size_t i = 0; i < 40; i++)
			backwards[i] = k.choice.pieces[39 - i];
		assert_int_equal(evaluate(&e, k.m, k.corpus, &choice, &everything, NULL), 0);
		for (size_t i = 0; i < 40; i++)
			check_same_score(&e.pieces[i], &k.e.pieces[39 - i], events_of(&k, &e.pieces[i]));
		evaluation_done(&e);
	}
	ground_done(&k);
}

static void count_progress(void *context, size_t done, size_t total)
{
	size_t *last = context;

	assert_int_equal(done, *last + 1);
	assert_true(done <= total);
	*last = done;
}

static void test_threads(void **state)
{
	struct ground k;
	size_t told = 0;

	(void)state;
	ground_init(&k, music_corpus(21, MUSIC_ALL, 40, 30, true, SPLIT_BY_HASH));
	ground_score(&k, &everything, NULL);
	for (int threads = 1; threads <= 5; threads += 2) {
		const struct evaluate_options o = {
			.all = true, .events = true, .progress = count_progress, .progress_context = &told};
		struct pool *pool = pool_new(threads);
		struct evaluation e;

		assert_non_null(pool);
		told = 0;
		assert_int_equal(evaluate(&e, k.m, k.corpus, &k.choice, &o, pool), 0);
		assert_int_equal(told, 40);
		for (size_t i = 0; i < e.n; i++)
			check_same_score(&e.pieces[i], &k.e.pieces[i], events_of(&k, &e.pieces[i]));
		assert_memory_equal(&e.per_note, &k.e.per_note, sizeof e.per_note);
		assert_memory_equal(&e.per_voice_16th, &k.e.per_voice_16th, sizeof e.per_voice_16th);
		assert_memory_equal(&e.per_frame, &k.e.per_frame, sizeof e.per_frame);
		evaluation_done(&e);
		pool_free(pool);
	}
	ground_done(&k);
}

/* Of a corpus whose styles have other numbers: the same cost under the same name, another under none. */
static void test_styles(void **state)
{
	struct corpus *other = music_corpus(5, MUSIC_FOUR, 6, 20, true, SPLIT_BY_HASH);
	struct ground k;
	struct evaluation e;
	char *first = other->styles[0];
	int differ = 0;

	(void)state;
	ground_init(&k, music_corpus(5, MUSIC_FOUR, 6, 20, true, SPLIT_BY_HASH));
	ground_score(&k, &everything, NULL);
	other->styles[0] = other->styles[1];
	other->styles[1] = first;
	for (size_t i = 0; i < other->n; i++)
		other->pieces[i].piece->start.style = 1 - other->pieces[i].piece->start.style;
	assert_int_equal(evaluate(&e, k.m, other, &k.choice, &everything, NULL), 0);
	for (size_t i = 0; i < e.n; i++)
		check_same_score(&e.pieces[i], &k.e.pieces[i], events_of(&k, &e.pieces[i]));
	evaluation_done(&e);
	other->styles[0][0] = 'x';
	assert_int_equal(evaluate(&e, k.m, other, &k.choice, &everything, NULL), 0);
	for (size_t i = 0; i < e.n; i++)
		differ += memcmp(e.pieces[i].heads, k.e.pieces[i].heads, sizeof e.pieces[i].heads) != 0;
	assert_int_equal(differ, 3);
	evaluation_done(&e);
	corpus_free(other);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_steps),    cmocka_unit_test(test_keys),   cmocka_unit_test(test_sums),
		cmocka_unit_test(test_score_split), cmocka_unit_test(test_tails),  cmocka_unit_test(test_alone),
		cmocka_unit_test(test_threads),     cmocka_unit_test(test_styles),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
