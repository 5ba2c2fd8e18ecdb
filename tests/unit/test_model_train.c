/*
 * Training: the same bytes whatever the number of threads, losses that fall,
 * the best weights kept when it stops early or is interrupted, and models to
 * hear on the way.
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
	const struct train_job job = {
		.corpus = c, .generator = &small_config, .train = tc, .seed = 4, .pool = pool, .hooks = hooks};
	struct model *m;

	assert_true(pool || threads == 0);
	if (train_model(&m, stopped, &job) < 0)
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
	double first, last, best; /* held out */
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
	const struct train_job job = {
		.corpus = c, .generator = &small_config, .train = &tc, .seed = 7, .hooks = &hooks};
	const char *stopped;
	struct model *a = train_with(c, &tc, 1, &hooks, &stopped), *b = train_with(c, &tc, 1, NULL, &stopped), *none;

	(void)state;
	assert_true(log.epochs >= 3);
	check_same_bytes(a, b);
	log = (struct log){.stop_at = 2};
	assert_int_equal(train_model(&none, &stopped, &job), -1);
	assert_null(none);
	assert_string_equal(error_message(), "enough");
	model_free(a);
	model_free(b);
	corpus_free(c);
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
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
