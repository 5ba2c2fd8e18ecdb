/*
 * The stage `knobs` on toys: where phrases are slow or quick, low or high, in
 * steps or leaps, drawn at random, each knob moves the music that is made, and
 * the network untold stays what it was, to the last bit; where all phrases are
 * alike there is nothing to be told, and so is the model. The number of threads
 * plays no part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/compose.h"
#include "model/knob_effect.h"
#include "model/knob_train.h"
#include "model/latent_train.h"
#include "model_toy.h"
#include "num/blas.h"

enum { STEPS = 150 };

/* Pieces of two phrases of four bars; `kinds` of them: 8, one a bit of density, register and leaps, or 1. */
static struct corpus *toy_corpus(int kinds)
{
	static const int shapes[2][4] = {{0, 2, 4, 2}, {0, 7, 0, 9}};
	struct random r = random_stream(6, 0, 0, 0);
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < 48; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start = (struct start){
			.style = 0, .mode = MODE_MAJOR, .tonic = 1, .numerator = 4, .denominator_log2 = 2, .parts = 1};
		for (int phrase = 0; phrase < 2; phrase++) {
			const int kind = music_below(&r, kinds), step = kind & 1 ? 12 : 24;

			for (int n = 0; n < 384 / step; n++)
				music_add(p, music_note(phrase + n ? step : 0, 0,
				                        60 + (kind & 2 ? 12 : 0) + shapes[kind >> 2][n % 4], step));
		}
		music_add(p, music_end(24));
		music_corpus_add(c, p, i % 3 == 2 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

static const struct knob_config config = {
	.width = 12, .untold = 0.3, .noise = 0.1, .learning_rate = 0.02, .pieces = 10};

static struct train_config toy_knob_config(int steps)
{
	struct train_config c = toy_config(steps);

	c.transpose = 0;
	c.unknown = c.unknown_key = 0.7;
	return c;
}

static struct model *likelihood(const struct corpus *c)
{
	const struct train_config train = toy_knob_config(120);
	struct model *m = toy_train(c, &train, 3);

	free(m->name);
	m->name = mem_string("toy");
	return m;
}

static void add_knobs(struct model *m, const struct corpus *c, struct stage_result *out)
{
	const struct train_config train = toy_knob_config(STEPS);
	const struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .steps = STEPS};

	if (knob_train(m, &config, &job, out) < 0)
		fail_msg("%s", error_message());
	print_message("%s\n", out->words);
}

static void same_tensors(const struct model *m, const struct model *before)
{
	for (size_t i = 0; i < before->generator.params.n; i++) {
		const struct tensor *t = &before->generator.params.tensors[i];

		assert_string_equal(m->generator.params.tensors[i].name, t->name);
		assert_memory_equal(m->w + t->offset, before->w + t->offset,
		                    (size_t)(t->rows * t->cols) * sizeof(real));
	}
}

/* Pieces of a seed, untold. */
static void same_music(const struct model *m, const struct model *before)
{
	struct compose_options o;
	struct piece *a, *b;

	compose_defaults(&o);
	o.seed = 4;
	a = compose_piece(m, &o);
	b = compose_piece(before, &o);
	assert_true(a && b && a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_true(a->events[i].shift == b->events[i].shift && a->events[i].pitch == b->events[i].pitch &&
		            a->events[i].duration == b->events[i].duration);
	piece_free(a);
	piece_free(b);
}

static double last_error;

static int read_error(void *context, const struct stage_progress *p)
{
	const char *said = strstr(p->figures, "error of ");

	(void)context;
	if (said)
		last_error = strtod(said + strlen("error of "), NULL);
	return 0;
}

static void test_moves(void **state)
{
	struct corpus *c = toy_corpus(8);
	struct model *m = likelihood(c), *before = likelihood(c);
	struct stage_result result;

	(void)state;
	add_knobs(m, c, &result);
	assert_true(result.kept);
	assert_int_equal(m->generator.config.knobs, config.width);
	for (int k = 0; k < KNOBS; k++) {
		assert_true(m->knob_scale.spread[k] > 0);
		assert_true(knob_moves(&m->knobs, (enum knob)k));
	}
	assert_true(m->knobs.nats < 0.9 * m->figures.nats_per_note);
	assert_true(m->figures.nats_per_note == before->figures.nats_per_note);
	same_tensors(m, before);
	same_music(m, before);
	model_free(m);
	model_free(before);
	corpus_free(c);
}

/* With a reader of knobs, whose opinion counts: it learns to read, and threads play no part in that either. */
static void test_read_back(void **state)
{
	struct corpus *c = toy_corpus(8);
	struct model *m = likelihood(c), *again = likelihood(c);
	const struct train_config train = toy_knob_config(120);
	struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .steps = 120};
	struct knob_config reading = config;
	struct stage_result result;

	(void)state;
	reading.mutual = 1;
	reading.mutual_learning_rate = 0.02;
	reading.mutual_window = 24;
	reading.mutual_batch = 8;
	reading.mutual_width = 12;
	reading.pieces = 4;
	job.progress = read_error;
	assert_int_equal(knob_train(m, &reading, &job, &result), 0);
	print_message("%s; an error of %.3f\n", result.words, last_error);
	assert_true(result.kept);
	assert_true(last_error < 0.29);
	job.pool = pool_new(3);
	assert_non_null(job.pool);
	assert_int_equal(knob_train(again, &reading, &job, &result), 0);
	assert_memory_equal(m->w, again->w, m->generator.params.size * sizeof(real));
	assert_memory_equal(&m->knobs, &again->knobs, sizeof m->knobs);
	pool_free(job.pool);
	model_free(m);
	model_free(again);
	corpus_free(c);
}

/* A latent comes after knobs, and leaves them as they are. */
static void test_latent_after(void **state)
{
	static const struct latent_config latent = {.kind = LATENT_PHRASE,
	                                            .width = 4,
	                                            .encoder = 16,
	                                            .beta = 0.1,
	                                            .free_bits = 3,
	                                            .warmup = 50,
	                                            .learning_rate = 0.02};
	struct corpus *c = toy_corpus(8);
	struct model *m = likelihood(c);
	const struct train_config train = toy_knob_config(60);
	const struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .steps = 60};
	const size_t n = (size_t)config.width * KNOB_INPUTS;
	struct stage_result result;
	real *before = malloc(n * sizeof *before);

	(void)state;
	assert_non_null(before);
	add_knobs(m, c, &result);
	assert_true(result.kept);
	memcpy(before, m->w + m->generator.knobs.code, n * sizeof *before);
	assert_int_equal(latent_train(m, &latent, &job, &result), 0);
	print_message("%s\n", result.words);
	assert_true(result.kept);
	assert_true(m->generator.config.latent == 4 && m->generator.config.knobs == config.width);
	assert_memory_equal(before, m->w + m->generator.knobs.code, n * sizeof *before);
	free(before);
	model_free(m);
	corpus_free(c);
}

static void test_nothing_to_tell(void **state)
{
	struct corpus *c = toy_corpus(1);
	struct model *m = likelihood(c), *before = likelihood(c);
	struct stage_result result;

	(void)state;
	add_knobs(m, c, &result);
	assert_false(result.kept);
	assert_non_null(strstr(result.words, "not kept"));
	assert_int_equal(m->generator.config.knobs, 0);
	assert_int_equal(m->generator.params.size, before->generator.params.size);
	same_tensors(m, before);
	model_free(m);
	model_free(before);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_latent_after),
		cmocka_unit_test(test_nothing_to_tell),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
