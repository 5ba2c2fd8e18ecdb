/*
 * The judge: what it reads of a piece, that a window's verdict is its own
 * matter, calibration, training on a toy, and what of a file is not believed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/pool.h"
#include "corpus/notes.h"
#include "corpus/reread.h"
#include "doubles.h"
#include "model/companion.h"
#include "model/judge_fakes.h"
#include "model/judge_scores.h"
#include "model/judge_train.h"
#include "model_saved.h"
#include "num/blas.h"

static const struct reading reading = {.grid = GRID};
static const struct judge_shape small_shape = {.hidden = 6, .dense = 5, .bars = 4};

/* ---- rows -------------------------------------------------------------------- */

static struct piece *moved(const struct piece *p, int semitones)
{
	struct piece *q = piece_new(p->grid);

	assert_non_null(q);
	q->start = p->start;
	q->key = (struct key){(p->key.tonic + semitones + 12) % 12, p->key.mode};
	for (size_t i = 0; i < p->n; i++) {
		struct event e = p->events[i];

		if (e.kind == EVENT_NOTE)
			e.pitch = (uint8_t)(e.pitch + semitones);
		music_add(q, e);
	}
	return q;
}

static bool same_rows(const struct judge_rows *a, const struct judge_rows *b)
{
	return a->n == b->n && a->bars == b->bars && a->first[a->n] == b->first[b->n] &&
	       memcmp(a->first, b->first, (a->n + 1) * sizeof *a->first) == 0 &&
	       memcmp(a->items, b->items, a->first[a->n] * sizeof *a->items) == 0 &&
	       memcmp(a->bar, b->bar, (a->bars + 1) * sizeof *a->bar) == 0;
}

/* Rows are one a bar line and one a note, within their tables; and the key of the music is nowhere in them. */
static void rows_of_all_kinds(void **state)
{
	struct corpus *c = music_corpus(5, MUSIC_ALL, 24, 30, false, SPLIT_BY_HASH);
	struct vocab *v = vocab_new(c);
	size_t parts = 0;

	(void)state;
	assert_non_null(v);
	for (size_t i = 0; i < c->n; i++) {
		struct piece *p = c->pieces[i].piece, *q;
		struct judge_rows a, b;
		struct bars bars;

		p->key = (struct key){(int)i % 12, MODE_MINOR};
		q = moved(p, i % 2 ? 5 : -3);
		assert_int_equal(judge_rows_make(&a, v, p), 0);
		assert_int_equal(judge_rows_make(&b, v, q), 0);
		assert_true(same_rows(&a, &b));
		assert_int_equal(bars_make(&bars, p), 0);
		assert_int_equal(a.bars, bars.n);
		assert_int_equal(a.pickups, bars.pickups);
		assert_int_equal(a.n, a.bars + notes_count(p));
		assert_int_equal(a.bar[0], 0);
		assert_int_equal(a.bar[a.bars], a.n);
		assert_int_equal(a.event[a.bars], p->n);
		for (size_t r = 0; r < a.first[a.n]; r++)
			assert_true(a.items[r].row < judge_field_rows(v, (enum judge_field)a.items[r].field));
		for (size_t k = 0; k < a.bars; k++)
			assert_int_equal(a.items[a.first[a.bar[k]]].field, JUDGE_METRE);
		/* one note elsewhere is seen */
		for (size_t e = 0; e < q->n; e++)
			if (q->events[e].kind == EVENT_NOTE && e > 5) {
				q->events[e].pitch++;
				break;
			}
		judge_rows_done(&b);
		assert_int_equal(judge_rows_make(&b, v, q), 0);
		assert_false(same_rows(&a, &b));
		parts = (size_t)start_part_count(&p->start) > parts ? (size_t)start_part_count(&p->start) : parts;
		bars_done(&bars);
		judge_rows_done(&a);
		judge_rows_done(&b);
		piece_free(q);
	}
	assert_int_equal(parts, 16);
	vocab_free(v);
	corpus_free(c);
}

/* More notes in a bar than are read, and 64 parts: no row too many. */
static void rows_have_a_bound(void **state)
{
	struct vocab v = small_vocab(GRID, 2);
	struct piece *p = piece_new(GRID);
	struct judge_rows rows;

	(void)state;
	assert_non_null(p);
	p->start = (struct start){.numerator = 4, .denominator_log2 = 2, .parts = UINT64_MAX};
	for (int part = 0; part < 64; part++)
		for (int pitch = 100; pitch > 80; pitch--)
			music_add(p, music_note(0, part, pitch, 96));
	music_add(p, music_note(96, 0, 60, 96));
	music_add(p, music_end(96));
	assert_int_equal(judge_rows_make(&rows, &v, p), 0);
	assert_int_equal(rows.bars, 2);
	assert_int_equal(rows.bar[1], 1 + JUDGE_BAR_NOTES);
	assert_int_equal(rows.n, 1 + JUDGE_BAR_NOTES + 2);
	assert_int_equal(judge_rows_most(&rows, 1), 1 + JUDGE_BAR_NOTES);
	judge_rows_done(&rows);
	piece_free(p);
}

/* ---- windows ----------------------------------------------------------------- */

/* What is beside it in a pass does not matter to a window. */
static void a_window_is_judged_alone(void **state)
{
	struct corpus *c = music_corpus(6, MUSIC_ALL, 12, 25, false, SPLIT_BY_HASH);
	struct vocab *v = vocab_new(c);
	struct judge_frame together = {.n = 0}, alone = {.n = 0};
	struct judge_window windows[6];
	struct judge_rows rows[6];
	struct judge_net net;
	size_t bar = 0;
	real *w;

	(void)state;
	assert_int_equal(judge_net_init(&net, &small_shape, v), 0);
	w = reals_plane(&net.params, 0.5, 9);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(judge_rows_make(&rows[i], v, c->pieces[i].piece), 0);
		windows[i] = judge_window_at(&net, &rows[i], (size_t)i);
	}
	assert_int_equal(judge_frame_fit(&together, &net, windows, 6, true), 0);
	judge_forward(&net, w, &together, windows, 6, 0, (struct random){0, 0});
	for (int i = 0; i < 6; i++) {
		assert_int_equal(judge_frame_fit(&alone, &net, &windows[i], 1, false), 0);
		judge_forward(&net, w, &alone, &windows[i], 1, 0, (struct random){0, 0});
		check_near((double)alone.window_logit[0], (double)together.window_logit[i], REAL_TOLERANCE);
		assert_true(reals_apart(alone.bar_logit, together.bar_logit + bar, windows[i].bars) < REAL_TOLERANCE);
		/* and it is not the same for all */
		assert_true(i == 0 || fabs((double)(together.window_logit[i] - together.window_logit[i - 1])) > 1e-4);
		bar += windows[i].bars;
	}
	for (int i = 0; i < 6; i++)
		judge_rows_done(&rows[i]);
	judge_frame_done(&together);
	judge_frame_done(&alone);
	judge_net_done(&net);
	free(w);
	vocab_free(v);
	corpus_free(c);
}

/* ---- calibration ---------------------------------------------------------------- */

static void calibration(void **state)
{
	enum { N = 4000 };
	static double logits[N], labels[N], weights[N];
	struct random random = random_stream(1, 1, 1, 1);
	struct judge_calibration c;

	(void)state;
	/* labels that come as logits of 2 x - 1 say */
	for (int i = 0; i < N; i++) {
		logits[i] = 3 * random_normal(&random);
		labels[i] = random_unit(&random) < judge_probability(2 * logits[i] - 1);
		weights[i] = 1.0 / N;
	}
	c = judge_calibrate(logits, labels, weights, N);
	check_near(c.slope, 2, 0.2);
	check_near(c.offset, -1, 0.2);
	/* of cases without weight nothing is learned */
	for (int i = 0; i < N; i += 2) {
		labels[i] = 1 - labels[i];
		weights[i] = 0;
	}
	c = judge_calibrate(logits, labels, weights, N);
	check_near(c.slope, 2, 0.3);
	/* told apart perfectly: an answer all the same; the wrong way round: no opinion */
	for (int i = 0; i < N; i++) {
		labels[i] = logits[i] > 0;
		weights[i] = 1.0 / N;
	}
	c = judge_calibrate(logits, labels, weights, N);
	assert_true(isfinite(c.slope) && c.slope > 2 && fabs(c.offset) < 1);
	for (int i = 0; i < N; i++)
		labels[i] = 1 - labels[i];
	c = judge_calibrate(logits, labels, weights, N);
	check_near(c.slope, 0, 1e-9);
}

/* ---- training ------------------------------------------------------------------- */

static const struct judge_config toy_judge = {
	.hidden = 8,
	.dense = 8,
	.bars = 4,
	.windows = 16,
	.pieces = 100,
	.samples = 12,
	.sample_bars = 8,
	.learning_rate = 0.01,
	.dropout = 0.1,
	.weight_decay = 0.01,
	.bar_weight = 0.5,
};

/* Four parts in step, up and down by thirds: unlike the noise that a model of random weights makes of them. */
static struct corpus *chords(int n)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < n; i++) {
		static const int steps[] = {0, 2, 4, 5, 7, 5, 4, 2, 0, 4, 7, 4};
		struct piece *p = piece_new(GRID), *read;

		assert_non_null(p);
		p->start = (struct start){.numerator = 4, .denominator_log2 = 2, .parts = 15, .style = i % 2};
		for (int t = 0; t < 32; t++)
			for (int k = 0; k < 4; k++)
				music_add(p, music_note(t && !k ? 24 : 0, k, 72 + i % 5 + steps[(t + i) % 12] - 7 * k,
				                        24));
		music_add(p, music_end(24));
		read = piece_reread(p, &reading);
		assert_non_null(read);
		read->start.style = i % 2;
		music_corpus_add(c, read, i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
		piece_free(p);
	}
	return c;
}

static void train_toy(struct model *m, const struct corpus *c, long steps, int threads, struct stage_result *result,
                      struct judge_about *about)
{
	struct pool *pool = pool_new(threads);
	const struct stage_job job = {.corpus = c, .seed = 7, .pool = pool, .steps = steps};

	assert_non_null(pool);
	if (judge_train_measured(m, &toy_judge, &job, result, about) < 0)
		fail_msg("%s", error_message());
	pool_free(pool);
}

static void trained_on_a_toy(void **state)
{
	struct corpus *c = chords(40);
	struct model *one = toy_random(c, &small_config, 0.3, 3), *other = toy_random(c, &small_config, 0.3, 3), *again;
	const real *before = one->w;
	struct stage_result result;
	struct judge_about about;
	struct judgement a, b;
	struct judge *judge, *read;
	struct random random = random_stream(9, 9, 9, 9);
	struct piece *spoiled;
	long windows = 0;
	double mean = 0;

	(void)state;
	train_toy(one, c, 100, 1, &result, &about);
	assert_true(result.kept);
	assert_true(strlen(result.words) > 20);
	assert_ptr_equal(one->w, before);
	assert_true(about.figures.accuracy > 0.9);
	assert_true(about.figures.kinds[JUDGE_REAL].piece.value > about.figures.kinds[JUDGE_OWN].piece.value + 0.5);
	assert_true(about.figures.calibration_error < 0.15);
	for (int i = 0; i < JUDGE_BINS; i++)
		windows += about.figures.bins[i].windows;
	for (int k = 0; k < JUDGE_KINDS; k++) {
		assert_true(about.figures.kinds[k].windows > 0);
		windows -= about.figures.kinds[k].windows;
	}
	assert_int_equal(windows, 0);

	/* with three threads, to the byte */
	train_toy(other, c, 100, 3, &result, &about);
	assert_string_equal(model_companion(one, JUDGE_NAME)->about, model_companion(other, JUDGE_NAME)->about);
	assert_memory_equal(model_companion(one, JUDGE_NAME)->w, model_companion(other, JUDGE_NAME)->w,
	                    model_companion(one, JUDGE_NAME)->params.size * sizeof(real));

	/* from the file it says the same; of real music that it is real, of noise that it is not */
	assert_int_equal(model_save(one, path), 0);
	again = model_load(path);
	assert_non_null(again);
	judge = judge_of_model(one);
	read = judge_of_model(again);
	assert_true(judge && read);
	assert_int_equal(judge_piece(&a, judge, c->pieces[3].piece), 0);
	assert_int_equal(judge_piece(&b, read, c->pieces[3].piece), 0);
	check_same(a.logit, b.logit);
	assert_int_equal(a.n, 8);
	assert_memory_equal(a.bars, b.bars, a.n * sizeof *a.bars);
	assert_true(a.probability > 0.7);
	for (size_t i = 0; i < a.n; i++) {
		assert_true(a.bars[i] > 0 && a.bars[i] < 1);
		mean += a.bars[i] / (double)a.n;
	}
	assert_true(mean > 0.6);
	judgement_done(&b);
	spoiled = fake_noise(c->pieces[3].piece, &random);
	assert_non_null(spoiled);
	assert_int_equal(judge_piece(&b, judge, spoiled), 0);
	assert_true(b.probability < 0.3);
	judgement_done(&a);
	judgement_done(&b);
	piece_free(spoiled);
	judge_free(judge);
	judge_free(read);
	model_free(one);
	model_free(other);
	model_free(again);
	corpus_free(c);
}

static int stop(void *context, const struct stage_progress *p)
{
	int *calls = context;

	assert_string_equal(p->stage, "discriminator");
	return ++*calls >= 5;
}

/* What is no better than guessing is not kept; nor is what was stopped before there was any; nothing held out is said. */
static void not_kept(void **state)
{
	struct corpus *c = chords(12);
	struct model *m = toy_random(c, &small_config, 0.3, 3);
	struct judge_config config = toy_judge;
	int calls = 0;
	const struct stage_job job = {.corpus = c, .seed = 7, .steps = 1},
			       stopped = {.corpus = c, .seed = 7, .steps = 3, .progress = stop, .context = &calls};
	struct stage_result result;

	(void)state;
	config.learning_rate = 1e-8;
	assert_int_equal(judge_train(m, &config, &job, &result), 0);
	assert_false(result.kept);
	assert_non_null(strstr(result.words, "not kept"));
	assert_null(model_companion(m, JUDGE_NAME));
	assert_null(judge_of_model(m));
	assert_non_null(strstr(error_message(), "has no judge"));

	assert_int_equal(judge_train(m, &config, &stopped, &result), 0);
	assert_false(result.kept);
	assert_int_equal(calls, 5);

	for (size_t i = 0; i < c->n; i++)
		c->pieces[i].split = SPLIT_TRAIN;
	assert_int_equal(judge_train(m, &config, &job, &result), -1);
	assert_non_null(strstr(error_message(), "held-out"));
	model_free(m);
	corpus_free(c);
}

/* Where tails of pieces are held out, nobody learns from a bar of them. */
static void tails(void **state)
{
	struct corpus *c = scales(8, SPLIT_BY_TAIL);
	struct model *m = toy_random(c, &small_config, 0.3, 3);
	const struct stage_job job = {.corpus = c, .seed = 7, .steps = 1};
	struct judge_set sets[JUDGE_USES];
	struct judge_net net;

	(void)state;
	assert_int_equal(judge_net_init(&net, &small_shape, m->vocab), 0);
	assert_int_equal(judge_data_make(sets, m, &net, &toy_judge, &job, NULL, NULL), 0);
	for (int u = 0; u < JUDGE_USES; u++)
		for (size_t i = 0; i < sets[u].n_places[JUDGE_REAL]; i++) {
			const struct judge_place place = sets[u].places[JUDGE_REAL][i];
			const struct judge_window x = judge_set_window(&sets[u], &net, place, NULL);
			const uint32_t *event = sets[u].sources[place.source].rows.event;
			const size_t tail = c->pieces[0].train_events;

			if (u == JUDGE_TRAIN)
				assert_true(event[x.bar + x.bars] <= tail);
			else
				assert_true(event[x.bar] >= tail);
		}
	judge_data_done(sets);
	judge_net_done(&net);
	model_free(m);
	corpus_free(c);
}

/* ---- hostile files --------------------------------------------------------------- */

#define ABOUT(hidden, slope)                                                                                           \
	"{\"network\":{\"hidden\":" hidden ",\"dense\":5,\"bars\":4},\"calibration\":{\"window\":{\"slope\":" slope    \
	",\"offset\":0},\"bar\":{\"slope\":1,\"offset\":0}}}"

static void not_believed(void **state)
{
	static const struct {
		const char *about, *says;
	} tries[] = {
		{ABOUT("6", "1"), NULL},
		{ABOUT("7", "1"), "tensor"},
		{ABOUT("0", "1"), "hidden"},
		{ABOUT("1e9", "1"), "hidden"},
		{ABOUT("6.5", "1"), "hidden"},
		{ABOUT("\"6\"", "1"), "hidden"},
		{ABOUT("null", "1"), "hidden"},
		{ABOUT("6", "-1"), "calibration"},
		{ABOUT("6", "1e300"), "calibration"},
		{ABOUT("6", "[]"), "calibration"},
		{"{}", "hidden"},
		{"{\"network\":3}", "hidden"},
		{"[", "what it is"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		struct model *m = some_model(MUSIC_MELODY, false);
		struct companion c = {.name = JUDGE_NAME, .about = mem_string(tries[i].about)};
		struct judge_net net;
		struct judge *judge;

		assert_int_equal(judge_net_init(&net, &small_shape, m->vocab), 0);
		c.params = net.params;
		c.w = reals_plane(&c.params, 0.1, 3);
		assert_int_equal(model_set_companion(m, &c), 0);
		judge = judge_of_model(m);
		if (tries[i].says) {
			assert_null(judge);
			if (!strstr(error_message(), tries[i].says) || !strstr(error_message(), "the judge of toy"))
				fail_msg("%s: %s", tries[i].about, error_message());
		} else {
			assert_non_null(judge);
		}
		judge_free(judge);
		model_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_all_kinds),
		cmocka_unit_test(rows_have_a_bound),
		cmocka_unit_test(a_window_is_judged_alone),
		cmocka_unit_test(calibration),
		cmocka_unit_test(trained_on_a_toy),
		cmocka_unit_test(not_kept),
		cmocka_unit_test(tails),
		cmocka_unit_test(not_believed),
	};

	blas_init();
	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
