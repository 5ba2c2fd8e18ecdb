/*
 * The same music in chunks of any length, and event by event: the same
 * probabilities, to rounding. Lanes of many pieces, windows of the memory
 * shorter and longer than a chunk, silence, sixteen parts, metres, escapes.
 * Holds in both builds (tests/double/test_network_forward.c is this file again).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/feed.h"
#include "model/step.h"
#include "model_pass.h"
#include "num/blas.h"
#include "num/vec.h"

#define LANES 3

static const struct generator_config long_window = {
	.stream = 8,
	.trunk = 12,
	.layers = 1,
	.memory = 8,
	.heads = 1,
	.window = 100,
	.slots = 8,
	.hidden = 8,
	.nearby = 1,
	.harmony = 1,
	.form = 1,
};
static const struct generator_config no_memory = {
	.stream = 8,
	.trunk = 12,
	.layers = 2,
	.heads = 1,
	.window = 1,
	.slots = 4,
	.hidden = 8,
};

struct music_model {
	struct corpus *corpus;
	struct vocab *vocab;
	struct generator g;
	real *w;
};

static void model_init(struct music_model *m, unsigned kinds, int onsets, bool dynamics,
                       const struct generator_config *config)
{
	m->corpus = music_corpus(21, kinds, 9, onsets, dynamics, SPLIT_BY_HASH);
	m->vocab = vocab_new(m->corpus);
	assert_non_null(m->vocab);
	assert_int_equal(generator_init(&m->g, config, m->vocab), 0);
	m->w = reals_plane(&m->g.params, 0.5, 2);
}

static void model_done(struct music_model *m)
{
	free(m->w);
	generator_done(&m->g);
	vocab_free(m->vocab);
	corpus_free(m->corpus);
}

/* ---- chunks ------------------------------------------------------------------ */

/* A run of `length` steps of each lane; what it says is kept in (length, LANES) rows. */
struct record {
	int length;
	int *target[HEADS];
	double *loss[HEADS];
	real *p[HEADS];
};

static void record_init(struct record *k, const struct generator *g, int length)
{
	size_t rows = (size_t)length * LANES;

	k->length = length;
	for (int h = 0; h < HEADS; h++) {
		k->target[h] = calloc(rows, sizeof *k->target[h]);
		k->loss[h] = calloc(rows, sizeof *k->loss[h]);
		k->p[h] = calloc(rows * (size_t)head_classes(g, (enum head)h) + 1, sizeof *k->p[h]);
		assert_true(k->target[h] && k->loss[h] && k->p[h]);
	}
}

static void record_done(struct record *k)
{
	for (int h = 0; h < HEADS; h++) {
		free(k->target[h]);
		free(k->loss[h]);
		free(k->p[h]);
	}
}

/* What idle rows say, for when there is no more music. */
static void nothing(struct record *k, const struct generator *g)
{
	size_t rows = (size_t)k->length * LANES;

	for (int h = 0; h < HEADS; h++) {
		memset(k->target[h], 0xff, rows * sizeof *k->target[h]);
		memset(k->loss[h], 0, rows * sizeof *k->loss[h]);
		memset(k->p[h], 0, rows * (size_t)head_classes(g, (enum head)h) * sizeof *k->p[h]);
	}
}

static void keep(struct record *k, const struct pass *p, int from)
{
	size_t rows = (size_t)p->batch.rows, first = (size_t)from * LANES;

	for (int h = 0; h < HEADS; h++) {
		size_t n = (size_t)head_classes(p->g, (enum head)h);

		memcpy(k->target[h] + first, p->batch.targets[h].symbol, rows * sizeof *k->target[h]);
		memcpy(k->loss[h] + first, p->frame.loss[h], rows * sizeof *k->loss[h]);
		memcpy(k->p[h] + first * n, p->frame.logits[h], rows * n * sizeof *k->p[h]);
	}
}

/* The chunk's length may vary: `chunk` and `other` in turn. */
static void run_chunks(struct record *k, const struct music_model *m, bool training, int chunk, int other)
{
	const struct feed_options options = {
		.seed = 5,
		.training = training,
		.split = SPLIT_TRAIN,
		.unknown = 0.3,
		.transpose = 3,
		.lanes_in_all = LANES,
	};
	struct pass p;
	struct feed feed;
	uint32_t *order;
	size_t n;

	order = feed_pieces(m->corpus, m->vocab, SPLIT_TRAIN, &n);
	assert_non_null(order);
	assert_int_equal(feed_init(&feed, &m->g, m->corpus, &options, order, n, 0, LANES), 0);
	nothing(k, &m->g);
	pass_init(&p, &m->g, chunk > other ? chunk : other, LANES, chunk % 2 == 0);
	for (int at = 0, turn = 0; at < k->length; turn++) {
		int steps = turn % 2 ? other : chunk;

		if (steps > k->length - at)
			steps = k->length - at;
		if (!feed_chunk(&feed, &p.batch, steps)) {
			assert_false(training);
			break;
		}
		pass_forward(&p, m->w);
		pass_probabilities(&p);
		keep(k, &p, at);
		at += steps;
	}
	pass_done(&p);
	feed_done(&feed);
	free(order);
}

static void check_chunks(unsigned kinds, int onsets, bool dynamics, const struct generator_config *config,
                         bool training)
{
	static const int chunks[][2] = {{7, 7}, {1, 1}, {20, 3}, {192, 192}};
	struct music_model m;
	struct record whole, parts;
	int length = 192, targets[HEADS] = {0};

	model_init(&m, kinds, onsets, dynamics, config);
	record_init(&whole, &m.g, length);
	record_init(&parts, &m.g, length);
	run_chunks(&whole, &m, training, 64, 64);
	for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
		run_chunks(&parts, &m, training, chunks[c][0], chunks[c][1]);
		for (int h = 0; h < HEADS; h++) {
			size_t classes = (size_t)(length * LANES * head_classes(&m.g, (enum head)h));

			assert_memory_equal(whole.target[h], parts.target[h], (size_t)length * LANES * sizeof(int));
			assert_true(reals_apart(whole.p[h], parts.p[h], classes) < REAL_TOLERANCE);
			for (int r = 0; r < length * LANES; r++) {
				assert_true(fabs(whole.loss[h][r] - parts.loss[h][r]) < 20 * REAL_TOLERANCE);
				targets[h] += whole.target[h][r] >= 0;
			}
		}
	}
	assert_true(targets[HEAD_PITCH] > 0 && targets[HEAD_PART] > 0);
	if (kinds & MUSIC_METRES)
		assert_true(targets[HEAD_METRE] > 0);
	record_done(&whole);
	record_done(&parts);
	model_done(&m);
}

static void test_chunks(void **state)
{
	(void)state;
	check_chunks(MUSIC_MELODY | MUSIC_FOUR | MUSIC_METRES | MUSIC_SILENCE, 12, true, &small_config, true);
	check_chunks(MUSIC_MELODY | MUSIC_CHORDS | MUSIC_METRES, 15, false, &long_window, true);
	check_chunks(MUSIC_SIXTEEN | MUSIC_METRES, 5, false, &no_memory, true);
}

/* Scoring, where lanes run out of music: three lanes, few pieces, so that idle rows are among the chunks. */
static void test_scoring(void **state)
{
	(void)state;
	check_chunks(MUSIC_FOUR | MUSIC_METRES, 20, true, &small_config, false);
	check_chunks(MUSIC_SIXTEEN | MUSIC_METRES, 9, true, &long_window, false);
}

/* ---- event by event ---------------------------------------------------------- */

static void softmax_near(real *logits, const real *p, int n, const char *head, int row)
{
	double apart;

	vec_softmax(logits, (size_t)n);
	apart = reals_apart(logits, p, (size_t)n);
	if (!(apart < REAL_TOLERANCE))
		fail_msg("head %s of row %d: %g apart", head, row, apart);
}

static void check_head(struct pass *p, enum head head, int row, real *logits)
{
	softmax_near(logits, pass_row(p, head, row), head_classes(p->g, head), head_names[head], row);
}

/* Steps through a piece, comparing every head with the row of the whole. */
static void step_through(struct step *s, struct pass *p, const struct piece *piece, unsigned unknown, int end)
{
	int shift = piece->events[0].shift, row = 0;

	step_begin(s, &piece->start, unknown, end);
	for (;; row++) {
		const struct event *e = &piece->events[row];

		shift = e->shift;
		check_head(p, HEAD_SHIFT, row, step_shift(s));
		check_head(p, HEAD_PART, row, step_part(s, shift));
		if (e->kind == EVENT_END)
			break;
		step_arrive(s, shift, e->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e->part);
		/* The row has both kinds of heads; that of the other kind is never asked, but agrees. */
		check_head(p, HEAD_METRE, row + 1, step_metre(s));
		if (e->kind == EVENT_NOTE) {
			check_head(p, HEAD_PITCH, row + 1, step_pitch(s));
			/* Another pitch was considered first. */
			step_duration(s, 127 - e->pitch);
			check_head(p, HEAD_DURATION, row + 1, step_duration(s, e->pitch));
			if (p->g->vocab->dynamics)
				check_head(p, HEAD_VELOCITY, row + 1, step_velocity(s));
		}
		step_take(s, e);
	}
	assert_int_equal(row + 1, (int)piece->n);
}

static void check_steps(unsigned kinds, int onsets, bool dynamics, const struct generator_config *config)
{
	struct music_model m;
	struct step *s;
	size_t longest = 0;
	struct pass p;

	model_init(&m, kinds, onsets, dynamics, config);
	s = step_new(&m.g, m.w);
	assert_non_null(s);
	for (size_t i = 0; i < m.corpus->n; i++)
		longest = m.corpus->pieces[i].piece->n > longest ? m.corpus->pieces[i].piece->n : longest;
	pass_init(&p, &m.g, (int)longest, 1, false);
	for (size_t i = 0; i < m.corpus->n; i++) {
		const struct piece *piece = m.corpus->pieces[i].piece;
		unsigned unknown = i % 2 ? 0 : (unsigned)UNKNOWN_ALL;

		pass_piece(&p, piece, unknown, 2000);
		pass_ask_all(&p);
		pass_forward(&p, m.w);
		pass_probabilities(&p);
		step_through(s, &p, piece, unknown, 2000);
	}
	pass_done(&p);
	step_free(s);
	model_done(&m);
}

static void test_steps(void **state)
{
	(void)state;
	check_steps(MUSIC_MELODY | MUSIC_FOUR | MUSIC_METRES | MUSIC_SILENCE, 60, true, &small_config);
	check_steps(MUSIC_CHORDS | MUSIC_METRES, 120, false, &long_window);
	check_steps(MUSIC_SIXTEEN | MUSIC_METRES, 12, true, &no_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_scoring),
		cmocka_unit_test(test_steps),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
