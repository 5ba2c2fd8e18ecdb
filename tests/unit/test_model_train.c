/*
 * Training: the same bytes whatever the number of threads, losses that fall,
 * the best weights kept when it stops early or is interrupted, corpora of
 * every awkward size, and a clear word when it diverges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include "base/file.h"
#include "model/compose.h"
#include "model_toy.h"
#include "num/blas.h"
#include "num/tensorfile.h"

struct bytes {
	unsigned char *data;
	size_t size;
};

static struct bytes saved(const struct model *m)
{
	char path[] = "/tmp/musegen-test-XXXXXX";
	int fd = mkstemp(path);
	struct bytes b;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(model_save(m, path), 0);
	assert_int_equal(file_read(path, 1u << 24, &b.data, &b.size), 0);
	unlink(path);
	return b;
}

static void check_same_bytes(const struct model *a, const struct model *b)
{
	struct bytes x = saved(a), y = saved(b);

	assert_int_equal(x.size, y.size);
	assert_memory_equal(x.data, y.data, x.size);
	free(x.data);
	free(y.data);
}

static struct model *train_with(const struct corpus *c, const struct train_config *tc, int threads,
				const struct train_hooks *hooks, const char **stopped)
{
	struct pool *pool = threads > 0 ? pool_new(threads) : NULL;
	struct model *m;

	assert_true(pool || threads == 0);
	if (train_model(&m, stopped, c, &small_config, tc, 7, pool, hooks) < 0)
		fail_msg("%s", error_message());
	pool_free(pool);
	return m;
}

static void test_threads(void **state)
{
	static const int threads[] = {1, 2, 5, 2};
	struct corpus *c = music_corpus(1, MUSIC_ALL, 12, 10, true, SPLIT_BY_HASH);
	struct train_config tc = toy_config(12);
	const char *stopped;

	(void)state;
	tc.dropout = tc.memory_dropout = tc.stream_dropout = tc.field_dropout = 0.2;
	for (int shards = 2; shards <= 4; shards += 2) {
		struct model *m;

		tc.shards = shards;
		m = train_with(c, &tc, 0, NULL, &stopped);
		for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
			struct model *other = train_with(c, &tc, threads[i], NULL, &stopped);

			check_same_bytes(m, other);
			model_free(other);
		}
		model_free(m);
	}
	corpus_free(c);
}

/* A seed decides the result. */
static void test_seeds(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_MELODY, 4, 10, false, SPLIT_BY_HASH);
	struct train_config tc = toy_config(3);
	struct model *a = toy_train(c, &tc, 1), *b = toy_train(c, &tc, 2);

	(void)state;
	assert_memory_not_equal(a->w, b->w, a->generator.params.size * sizeof(real));
	model_free(a);
	model_free(b);
	corpus_free(c);
}

/* How far training took the weights, and how far apart two of them ended. */
static double moved(const struct model *m, const real *from)
{
	double sum = 0;

	for (size_t i = 0; i < m->generator.params.size; i++)
		sum += ((double)m->w[i] - (double)from[i]) * ((double)m->w[i] - (double)from[i]);
	return sqrt(sum);
}

/* Shards are a way to work, not to learn: every one counts, and but for rounding it does not matter how many. */
static void test_shards(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_FOUR | MUSIC_METRES, 12, 10, true, SPLIT_BY_HASH);
	struct train_config tc = toy_config(4);
	struct model *whole, *parts;
	real *start;

	(void)state;
	tc.optim.kind = OPTIM_SGD;
	tc.optim.weight_decay = 0;
	tc.learning_rate = 0.3;
	tc.average = 0;
	tc.shards = 1;
	whole = toy_train(c, &tc, 5);
	start = params_plane(&whole->generator.params);
	assert_non_null(start);
	params_init(&whole->generator.params, start, 5);
	for (tc.shards = 2; tc.shards <= 8; tc.shards *= 2) {
		parts = toy_train(c, &tc, 5);
		assert_true(moved(parts, start) > 0.3);
		assert_true(moved(parts, whole->w) < 0.05 * moved(parts, start));
		model_free(parts);
	}
	free(start);
	model_free(whole);
	corpus_free(c);
}

/* Minutes are steps that are counted on the way: as many --steps are the same run. */
static void test_minutes(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_MELODY | MUSIC_FOUR, 8, 10, false, SPLIT_BY_HASH);
	struct train_config tc = toy_config(0);
	struct model *a, *b;

	(void)state;
	tc.minutes = 0.004;
	tc.warmup = 100;
	a = toy_train(c, &tc, 3);
	assert_true(a->provenance.steps_planned > 5);
	tc.minutes = 0;
	tc.steps = (int)a->provenance.steps_planned;
	b = toy_train(c, &tc, 3);
	check_same_bytes(a, b);
	model_free(a);
	model_free(b);
	corpus_free(c);
}

/* ---- what progress tells ------------------------------------------------------- */

struct log {
	double first, last, best;	/* held out */
	double train_first, train_last;
	int evaluations, steps, stop_at, epochs, last_epoch;
	long planned;
	uint64_t seed;
};

static int note_progress(void *context, const struct train_progress *p)
{
	struct log *log = context;

	log->steps++;
	assert_int_equal(p->step, log->steps);
	assert_true(p->epoch >= log->last_epoch && p->epoch <= log->last_epoch + 1);
	log->last_epoch = p->epoch;
	log->planned = p->steps;
	if (p->evaluated) {
		assert_true(isfinite(p->held_out_nats) && isfinite(p->train_nats));
		if (log->evaluations++ == 0) {
			log->first = log->best = p->held_out_nats;
			log->train_first = p->train_nats;
		}
		log->last = p->held_out_nats;
		log->train_last = p->train_nats;
		log->best = fmin(log->best, p->held_out_nats);
		assert_true(p->best_nats <= log->best && p->best_nats >= log->best);
	}
	return log->stop_at > 0 && log->steps >= log->stop_at;
}

/* Eight bars up and down a scale, then the end: there is nothing in it that cannot be learned. */
static struct piece *scale_piece(int style)
{
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start.parts = 1;
	p->start.style = style;
	p->start.mode = MODE_MAJOR;
	for (int i = 0; i < 32; i++) {
		static const int steps[] = {0, 2, 4, 5, 7, 5, 4, 2};

		music_add(p, music_note(i ? 24 : 0, 0, 60 + steps[i % 8], 24));
	}
	music_add(p, music_end(24));
	return p;
}

static struct corpus *scales(int n, enum split_rule rule)
{
	struct corpus *c = music_corpus_new(rule);

	for (int i = 0; i < n; i++)
		music_corpus_add(c, scale_piece(i % 2), rule != SPLIT_BY_TAIL && i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
	return c;
}

static void test_learns(void **state)
{
	struct corpus *c = scales(8, SPLIT_BY_HASH);
	struct train_config tc = toy_config(150);
	struct log log = {0};
	const struct train_hooks hooks = {.progress = note_progress, .context = &log};
	const char *stopped;
	struct model *m;

	(void)state;
	m = train_with(c, &tc, 2, &hooks, &stopped);
	print_message("held out: %g after the first evaluation, %g after the last; figures %g\n", log.first, log.last,
		      m->figures.nats_per_note);
	assert_string_equal(stopped, "all steps done");
	assert_int_equal(log.steps, 150);
	assert_int_equal(log.planned, 150);
	assert_true(log.first > 0.5 && log.last < 0.2 && log.train_first > 1 && log.train_last < 0.2);
	assert_true(fabs(m->figures.nats_per_note - log.best) < 0.02);
	/* They are the figures of what a file holds. */
	for (size_t i = 0; i < m->generator.params.size; i++)
		assert_true((double)m->w[i] - (double)float_from_half(half_from_float((float)m->w[i])) == 0);
	assert_int_equal(m->figures.pieces, 2);
	assert_int_equal(m->figures.notes, 64);
	assert_int_equal(m->provenance.train_pieces, 6);
	assert_int_equal(m->provenance.train_notes, 6 * 32);
	assert_int_equal(m->provenance.held_out_pieces, 2);
	assert_true(m->provenance.steps > 100 && m->provenance.steps <= 150);
	model_free(m);
	corpus_free(c);
}

/* Random music cannot be learned, only by heart: held out, it gets worse, and the best is kept. */
static void test_early_stopping(void **state)
{
	struct corpus *c = music_corpus(3, MUSIC_MELODY, 8, 30, false, SPLIT_BY_HASH);
	struct train_config tc = toy_config(5000);
	struct log log = {0};
	const struct train_hooks hooks = {.progress = note_progress, .context = &log};
	const char *stopped;
	struct model *m;

	(void)state;
	tc.transpose = 0;
	tc.learning_rate = 0.03;
	tc.patience = 3;
	m = train_with(c, &tc, 2, &hooks, &stopped);
	assert_string_equal(stopped, "held-out music stopped improving");
	assert_true(log.steps < 5000 && log.last > log.best);
	assert_true(fabs(m->figures.nats_per_note - log.best) < 0.02);
	assert_true(m->provenance.steps < log.steps);
	model_free(m);
	corpus_free(c);
}

static void test_interrupt(void **state)
{
	static const int stops[] = {1, 3, 20, 33, 61};
	struct corpus *c = scales(8, SPLIT_BY_HASH);
	struct train_config tc = toy_config(200);

	(void)state;
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		struct log log = {.stop_at = stops[i]};
		const struct train_hooks hooks = {.progress = note_progress, .context = &log};
		const char *stopped;
		struct model *m = train_with(c, &tc, 2, &hooks, &stopped);

		assert_string_equal(stopped, "interrupted");
		assert_int_equal(log.steps, stops[i]);
		assert_true(isfinite(m->figures.nats_per_note));
		/* The weights of the last evaluation that was the best; of now where there was none. */
		if (log.evaluations > 0)
			assert_true(fabs(m->figures.nats_per_note - log.best) < 0.02);
		else
			assert_int_equal(m->provenance.steps, stops[i]);
		model_free(m);
	}
	corpus_free(c);
}

static void test_epochs(void **state)
{
	struct corpus *c = music_corpus(4, MUSIC_MELODY, 40, 20, false, SPLIT_BY_HASH);
	struct train_config tc = toy_config(0);
	struct log log = {0};
	const struct train_hooks hooks = {.progress = note_progress, .context = &log};
	size_t rows = 0;
	const char *stopped;
	struct model *m;

	(void)state;
	tc.epochs = 3;
	tc.chunk = 4;
	for (size_t i = 0; i < c->n; i++)
		rows += c->pieces[i].split == SPLIT_TRAIN ? c->pieces[i].piece->n : 0;
	m = train_with(c, &tc, 1, &hooks, &stopped);
	assert_int_equal(log.planned, 3 * (long)(rows / 32 + 1));
	assert_int_equal(log.steps, log.planned);
	assert_int_equal(log.last_epoch, 3);
	model_free(m);
	corpus_free(c);
}

/* ---- the epoch's model --------------------------------------------------------- */

static int compose_now(void *context, const struct model *m, int epoch)
{
	struct log *log = context;
	struct compose_options o;
	struct piece *p;

	compose_defaults(&o);
	o.bars = 4;
	o.seed = log->seed;
	p = compose_piece(m, &o);
	assert_non_null(p);
	assert_true(p->n > 1 && epoch > 0);
	piece_free(p);
	log->epochs++;
	return log->stop_at > 0 && log->epochs >= log->stop_at ? error("enough") : 0;
}

static void test_composing_on_the_way(void **state)
{
	struct corpus *c = scales(4, SPLIT_BY_HASH);
	struct train_config tc = toy_config(60);
	struct log log = {0};
	const struct train_hooks hooks = {.epoch = compose_now, .context = &log};
	const char *stopped;
	struct model *a = train_with(c, &tc, 1, &hooks, &stopped), *b = train_with(c, &tc, 1, NULL, &stopped), *none;

	(void)state;
	assert_true(log.epochs >= 3);
	check_same_bytes(a, b);
	log = (struct log){.stop_at = 2};
	assert_int_equal(train_model(&none, &stopped, c, &small_config, &tc, 7, NULL, &hooks), -1);
	assert_null(none);
	assert_string_equal(error_message(), "enough");
	model_free(a);
	model_free(b);
	corpus_free(c);
}

/* ---- figures -------------------------------------------------------------------- */

static void check_same_figures(const struct figures *a, const struct figures *b)
{
	assert_memory_equal(&a->nats_per_note, &b->nats_per_note, sizeof a->nats_per_note);
	assert_memory_equal(a->heads, b->heads, sizeof a->heads);
	assert_int_equal(a->notes, b->notes);
	assert_int_equal(a->pieces, b->pieces);
}

static void test_figures(void **state)
{
	struct corpus *c = music_corpus(6, MUSIC_MELODY | MUSIC_FOUR | MUSIC_METRES, 40, 8, true, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.2, 1);
	struct pool *pool = pool_new(3);
	struct figures first, again;
	double sum = 0;
	long notes = 0;

	(void)state;
	assert_non_null(pool);
	for (int split = 0; split < 2; split++) {
		assert_int_equal(evaluate_model(&first, m, c, (enum split)split, NULL), 0);
		for (int i = 0; i < 3; i++) {
			assert_int_equal(evaluate_model(&again, m, c, (enum split)split, i ? pool : NULL), 0);
			check_same_figures(&first, &again);
		}
	}
	for (int h = 0; h < HEADS; h++) {
		assert_true(first.heads[h] > 0);
		sum += first.heads[h];
	}
	assert_true(fabs(sum - first.nats_per_note) < 1e-9);
	for (size_t i = 0; i < c->n; i++)
		for (size_t e = 0; c->pieces[i].split == SPLIT_VALID && e < c->pieces[i].piece->n; e++)
			notes += c->pieces[i].piece->events[e].kind == EVENT_NOTE;
	assert_int_equal(first.notes, notes);
	/* None held out for testing: no figure, and no failure. */
	assert_int_equal(evaluate_model(&first, m, c, SPLIT_TEST, pool), 0);
	assert_true(isnan(first.nats_per_note) && first.notes == 0 && first.pieces == 0);
	pool_free(pool);
	model_free(m);
	corpus_free(c);
}

/* Held out: durations, shifts, metres, pitches, velocities, a style and a part that training never saw. */
static void test_unseen(void **state)
{
	struct corpus *c = scales(4, SPLIT_BY_HASH);
	struct piece *p = piece_new(GRID);
	struct train_config tc = toy_config(40);
	struct figures f;
	struct model *m;

	(void)state;
	assert_non_null(p);
	p->start = (struct start){.style = -1, .mode = MODE_MINOR, .numerator = 13, .denominator_log2 = 4, .tempo = 8,
				  .pickup = 5, .parts = 3};
	music_add(p, music_note(0, 0, 127, 100000));
	music_add(p, music_note(0, 1, 0, 1));
	p->events[1].velocity = 1;
	music_add(p, music_metre(77777, 255, 7));
	music_add(p, music_note(0, 1, 64, 5));
	p->events[3].velocity = 127;
	music_add(p, music_end(123456));
	music_corpus_add(c, p, SPLIT_VALID);
	m = toy_train(c, &tc, 1);
	assert_int_equal(m->vocab->parts, 2);
	assert_int_equal(evaluate_model(&f, m, c, SPLIT_VALID, NULL), 0);
	for (int h = 0; h < HEADS; h++)
		assert_true(isfinite(f.heads[h]) && f.heads[h] < 100);
	assert_true(f.heads[HEAD_METRE] > 0);
	model_free(m);
	corpus_free(c);
}

/* ---- awkward corpora ------------------------------------------------------------ */

static void check_trains(struct corpus *c, int chunk, int lanes)
{
	struct train_config tc = toy_config(8);
	struct model *m;

	tc.chunk = chunk;
	tc.lanes = lanes;
	m = toy_train(c, &tc, 2);
	assert_true(isfinite(m->figures.nats_per_note));
	assert_true(m->figures.nats_per_note < 60);
	model_free(m);
	corpus_free(c);
}

static void test_sizes(void **state)
{
	struct corpus *c = scales(1, SPLIT_BY_TAIL);
	struct random r = random_stream(1, 0, 0, 0);

	(void)state;
	/* One piece, more lanes than it has events. */
	check_trains(c, 4, 64);
	/* One piece, longer than many chunks. */
	c = music_corpus_new(SPLIT_BY_TAIL);
	music_corpus_add(c, music_piece(&r, MUSIC_CHORDS, 400, 0, true), SPLIT_TRAIN);
	check_trains(c, 8, 4);
	/* Pieces much shorter than a chunk. */
	check_trains(music_corpus(2, MUSIC_MELODY, 5, 1, false, SPLIT_BY_HASH), 64, 4);
	/* Chunks of one event. */
	check_trains(music_corpus(2, MUSIC_ALL, 12, 5, true, SPLIT_BY_HASH), 1, 4);
	/* One note, and nothing held out. */
	c = music_corpus_new(SPLIT_BY_HASH);
	music_corpus_add(c, music_piece(&r, MUSIC_MELODY, 1, 0, false), SPLIT_TRAIN);
	{
		struct train_config tc = toy_config(8);
		struct model *m = toy_train(c, &tc, 1);

		assert_true(isnan(m->figures.nats_per_note));
		assert_int_equal(m->figures.pieces, 0);
		model_free(m);
	}
	corpus_free(c);
}

/* Where tails are held out, the end is learned all the same: a piece stops where the training pieces do. */
static void test_tails_end(void **state)
{
	struct corpus *c = scales(6, SPLIT_BY_TAIL);
	struct train_config tc = toy_config(300);
	struct model *m;
	int ended = 0;

	(void)state;
	m = toy_train(c, &tc, 1);
	assert_int_equal(m->figures.notes, 6 * 4);
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct compose_options o;
		struct piece *p;
		int now = 0;

		compose_defaults(&o);
		o.seed = seed;
		o.guard = false;
		p = compose_piece(m, &o);
		assert_non_null(p);
		for (size_t i = 0; i < p->n; i++)
			now += p->events[i].shift;
		ended += now < 60 * WHOLE;
		piece_free(p);
	}
	print_message("%d of 20 ended by themselves\n", ended);
	assert_true(ended >= 15);
	model_free(m);
	corpus_free(c);
}

/* ---- what goes wrong ----------------------------------------------------------- */

static void test_divergence(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_FOUR, 8, 10, false, SPLIT_BY_HASH);
	int refused = 0;

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++)
		for (double rate = 10; rate < 1e8; rate *= 100) {
			struct train_config tc = toy_config(40);
			struct model *m;
			const char *stopped;

			tc.optim.kind = kind;
			tc.learning_rate = rate;
			tc.clip = 0;
			if (train_model(&m, &stopped, c, &small_config, &tc, 1, NULL, NULL) < 0) {
				assert_null(m);
				assert_non_null(strstr(error_message(), "train.learning_rate"));
				refused++;
				continue;
			}
			for (size_t i = 0; i < m->generator.params.size; i++)
				assert_true(isfinite(m->w[i]));
			assert_true(isfinite(m->figures.nats_per_note));
			model_free(m);
		}
	assert_true(refused > 2);
	corpus_free(c);
}

static void check_refused(const struct corpus *c, const struct train_config *tc, const char *why)
{
	const char *stopped;
	struct model *m;

	assert_int_equal(train_model(&m, &stopped, c, &small_config, tc, 1, NULL, NULL), -1);
	assert_null(m);
	assert_non_null(strstr(error_message(), why));
}

static void test_refused(void **state)
{
	struct corpus *c = scales(4, SPLIT_BY_HASH), *empty = music_corpus_new(SPLIT_BY_HASH);
	struct train_config tc = toy_config(4);

	(void)state;
	check_refused(empty, &tc, "no music to train on");
	music_corpus_add(empty, scale_piece(0), SPLIT_VALID);
	check_refused(empty, &tc, "no music to train on");
	tc.lanes = 6;
	check_refused(c, &tc, "train.lanes (6) must be a multiple of train.shards (4)");
	corpus_free(c);
	corpus_free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_minutes),
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_early_stopping),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_composing_on_the_way),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_tails_end),
		cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_refused),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
