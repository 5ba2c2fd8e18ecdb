/*
 * The stage `latent` on toys: where phrases are drawn at random among a few, z
 * says which, the stage is kept, pieces come back from their z, and the ends of
 * a way between two pieces are these; where there is nothing to say, the latent
 * collapses, and the model stays as it was. The number of threads plays no part.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/critic_train.h"
#include "model/latent_train.h"
#include "model/like.h"
#include "model/reconstruct.h"
#include "model_toy.h"
#include "num/blas.h"

enum { KINDS = 4, STEPS = 260 };

/* Pieces of two phrases, each one of four, at random: 4 bars of quarters; or always the same. */
static struct corpus *toy_corpus(int kinds)
{
	static const int shapes[KINDS][8] = {
		{0, 2, 4, 5, 7, 5, 4, 2},
		{12, 7, 4, 0, 4, 7, 12, 7},
		{4, 4, 5, 5, 2, 2, 0, 0},
		{7, 9, 7, 9, 11, 9, 12, 11},
	};
	struct random r = random_stream(6, 0, 0, 0);
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < 48; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start = (struct start){
			.style = 0, .mode = MODE_MAJOR, .tonic = 1, .numerator = 4, .denominator_log2 = 2, .parts = 1};
		for (int phrase = 0; phrase < 2; phrase++) {
			const int kind = music_below(&r, kinds);

			for (int n = 0; n < 16; n++)
				music_add(p, music_note(phrase + n ? 24 : 0, 0, 60 + shapes[kind][n % 8], 24));
		}
		music_add(p, music_end(24));
		music_corpus_add(c, p, i % 3 == 2 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

static const struct latent_config config = {
	.kind = LATENT_PHRASE,
	.width = 4,
	.encoder = 16,
	.beta = 0.1,
	.free_bits = 3,
	.warmup = 50,
	.learning_rate = 0.02,
	.old = 0.5,
	.without = 0.25,
};

static struct train_config toy_latent_config(int steps)
{
	struct train_config c = toy_config(steps);

	c.transpose = 0;
	c.unknown_key = 0;
	return c;
}

static struct model *likelihood(const struct corpus *c)
{
	const struct train_config train = toy_latent_config(120);
	struct model *m = toy_train(c, &train, 3);

	free(m->name);
	m->name = mem_string("toy");
	return m;
}

static void add_latent_by(struct model *m, const struct latent_config *wanted, const struct corpus *c,
                          struct pool *pool, struct stage_result *out)
{
	const struct train_config train = toy_latent_config(STEPS);
	const struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .pool = pool, .steps = STEPS};

	if (latent_train(m, wanted, &job, out) < 0)
		fail_msg("%s", error_message());
	print_message("%s\n", out->words);
}

static void add_latent(struct model *m, const struct corpus *c, struct pool *pool, struct stage_result *out)
{
	add_latent_by(m, &config, c, pool, out);
}

static double reached(const struct model *m, const struct latent_plan *plan, const struct piece *of)
{
	struct compose_options o;
	struct piece *made;
	double share;
	long n, hits;

	reconstruct_options(&o, plan);
	made = compose_piece(m, &o);
	assert_non_null(made);
	hits = pitches_reached(&n, of, made, plan->end);
	share = (double)hits / (double)n;
	piece_free(made);
	return share;
}

/* The ends reach at least 90 % of the pitches that the reported reconstruction does. */
static void check_travel(const struct model *m, const struct corpus *c)
{
	double sum = 0;
	int ends = 0;

	for (size_t i = 2; i + 3 < c->n; i += 3) {
		const struct piece *a = c->pieces[i].piece, *b = c->pieces[i + 3].piece;
		struct like from, to;

		assert_int_equal(like_encode(&from, m, a), 0);
		assert_int_equal(like_encode(&to, m, b), 0);
		for (int end = 0; end < 2; end++, ends++) {
			struct latent_plan plan;

			assert_int_equal(like_travel(&plan, &from, &to, end), 0);
			sum += reached(m, &plan, end ? b : a);
			latent_plan_done(&plan);
		}
		like_done(&from);
		like_done(&to);
	}
	print_message("ends of %d ways reach %.3f, reported %.3f\n", ends / 2, sum / ends, m->latent.pitches);
	assert_true(sum / ends >= 0.9 * m->latent.pitches);
}

static void test_matters(void **state)
{
	struct corpus *c = toy_corpus(KINDS);
	struct model *m = likelihood(c), *again = likelihood(c);
	struct pool *pool = pool_new(3);
	struct stage_result result;

	(void)state;
	assert_non_null(pool);
	add_latent(m, c, NULL, &result);
	assert_true(result.kept);
	assert_int_equal(m->generator.config.latent, config.width);
	assert_true(m->latent.mean < 0.9 * m->latent.without && m->latent.mean < 0.9 * m->latent.other);
	assert_true(m->latent.pitches > 0.85 && m->latent.pitches > m->latent.pitches_without + 0.2);
	check_travel(m, c);
	add_latent(again, c, pool, &result);
	assert_true(result.kept);
	assert_memory_equal(m->w, again->w, m->generator.params.size * sizeof(real));
	assert_memory_equal(&m->latent, &again->latent, sizeof m->latent);
	pool_free(pool);
	model_free(m);
	model_free(again);
	corpus_free(c);
}

/* The rest of the network stays as it is, to the last bit, and so does what the model says without z. */
static void test_old_stays(void **state)
{
	struct corpus *c = toy_corpus(KINDS);
	struct model *m = likelihood(c), *before = likelihood(c);
	struct latent_config frozen = config;
	struct stage_result result;

	(void)state;
	frozen.old = frozen.without = 0;
	add_latent_by(m, &frozen, c, NULL, &result);
	assert_true(result.kept);
	for (size_t i = 0; i < before->generator.params.n; i++) {
		const struct tensor *t = &before->generator.params.tensors[i];

		assert_string_equal(m->generator.params.tensors[i].name, t->name);
		assert_memory_equal(m->w + t->offset, before->w + t->offset,
		                    (size_t)(t->rows * t->cols) * sizeof(real));
	}
	assert_true(m->figures.nats_per_note == before->figures.nats_per_note);
	assert_true(m->latent.pitches > m->latent.pitches_without);
	model_free(m);
	model_free(before);
	corpus_free(c);
}

static void test_nothing_to_say(void **state)
{
	struct corpus *c = toy_corpus(1);
	struct model *m = likelihood(c), *before = likelihood(c);
	struct stage_result result;

	(void)state;
	add_latent(m, c, NULL, &result);
	assert_false(result.kept);
	assert_non_null(strstr(result.words, "collapsed"));
	assert_int_equal(m->generator.config.latent, 0);
	assert_int_equal(m->generator.params.size, before->generator.params.size);
	assert_memory_equal(m->w, before->w, m->generator.params.size * sizeof(real));
	model_free(m);
	model_free(before);
	corpus_free(c);
}

/*
 * Two styles, each with two phrases of its own, one of them twice as fast: z
 * tells them apart, until the encoder has learned against the critic.
 */
static struct corpus *two_styles(void)
{
	static const int shapes[2][2][4] = {{{0, 4, 7, 4}, {12, 7, 5, 0}}, {{2, 2, 11, 11}, {9, 5, 9, 5}}};
	struct random r = random_stream(7, 0, 0, 0);
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < 60; i++) {
		const int style = i % 2, step = style ? 12 : 24, notes = style ? 32 : 16;
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start = (struct start){.style = style,
		                          .mode = MODE_MAJOR,
		                          .tonic = 1,
		                          .numerator = 4,
		                          .denominator_log2 = 2,
		                          .parts = 1};
		for (int phrase = 0; phrase < 2; phrase++) {
			const int kind = music_below(&r, 2);

			for (int n = 0; n < notes; n++)
				music_add(p,
				          music_note(phrase + n ? step : 0, 0, 60 + shapes[style][kind][n % 4], step));
		}
		music_add(p, music_end(step));
		music_corpus_add(c, p, i / 2 % 3 == 2 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

static void test_critic(void **state)
{
	struct corpus *c = two_styles();
	struct model *m = likelihood(c);
	struct latent_config critic = config;
	const struct train_config train = toy_latent_config(STEPS);
	const struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .steps = STEPS};
	struct latent_figures before;
	struct stage_result result;

	(void)state;
	critic.old = critic.without = 0;
	critic.critic = 5;
	critic.critic_hidden = 16;
	critic.critic_learning_rate = 0.01;
	add_latent(m, c, NULL, &result);
	assert_true(result.kept);
	before = m->latent;
	print_message("style read from z: %.3f, the commonest %.3f\n", before.style, before.chance);
	assert_true(before.style > 0.75 && before.chance < 0.6);
	if (critic_train(m, &critic, &job, &result) < 0)
		fail_msg("%s", error_message());
	print_message("%s\n", result.words);
	assert_true(result.kept);
	assert_true(m->latent.style < before.style - 0.15);
	assert_true(m->latent.mean < 0.95 * m->latent.other);
	model_free(m);
	corpus_free(c);
}

/* None asked for; and a network that can have none of phrases. */
static void test_none(void **state)
{
	const struct train_config train = toy_latent_config(2);
	struct corpus *c = toy_corpus(1);
	const struct stage_job job = {.corpus = c, .train = &train, .seed = 2, .steps = 2};
	const struct generator_config seed = {.kind = KIND_SEED, .trunk = 8};
	struct latent_config none = config;
	struct model *m = toy_random(c, &small_config, 0.3, 5), *s = toy_random(c, &seed, 0.3, 5);
	struct stage_result result;

	(void)state;
	none.kind = LATENT_NONE;
	assert_int_equal(latent_train(m, &none, &job, &result), 0);
	assert_false(result.kept);
	assert_int_equal(latent_train(s, &config, &job, &result), -1);
	assert_non_null(strstr(error_message(), "\"seed\""));
	assert_int_equal(critic_train(m, &none, &job, &result), -1);
	assert_non_null(strstr(error_message(), "the stage latent comes first"));
	model_free(m);
	model_free(s);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matters), cmocka_unit_test(test_nothing_to_say), cmocka_unit_test(test_old_stays),
		cmocka_unit_test(test_critic),  cmocka_unit_test(test_none),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
