/*
 * The seed's latent of every step: what is drawn changes nothing before it,
 * costs what it says, is trained to the same bytes however a training runs,
 * and is scored and played as it was learned.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "doubles.h"
#include "model/evaluate.h"
#include "model/net_tokens.h"
#include "model_check.h"
#include "model_kinds.h"
#include "model_pass.h"
#include "model_resume.h"
#include "num/blas.h"

enum { ROWS = 14 };

static const struct latent_config priced = {.kind = LATENT_STEP, .beta = 0.02, .warmup = 3};
static const struct latent_config unpriced = {.kind = LATENT_STEP};
static const struct latent_config mean_alone = {.kind = LATENT_NONE};

static struct corpus *melodies(enum split_rule rule)
{
	return music_corpus(21, ONE_PART, 12, 14, false, rule);
}

/* ---- one pass --------------------------------------------------------------- */

/* The first rows of a piece's tokens, token `changed` another: logits (ROWS,classes) of both heads. */
static void logits_of(real *pitch, real *duration, struct pass *p, const struct model *m, const struct tokens *t,
                      int changed)
{
	batch_begin(&p->batch, ROWS);
	for (int r = 0; r < ROWS; r++) {
		struct token before = r > 0 ? t->list[r - 1] : token_blank();

		if (r - 1 == changed) {
			before.symbol[HEAD_PITCH] = (int16_t)(before.symbol[HEAD_PITCH] == 0);
			before.symbol[HEAD_DURATION] = (int16_t)(before.symbol[HEAD_DURATION] == 0);
		}
		batch_token(&p->batch, r, r > 0 ? &before : NULL, &t->list[r], r == 0, 1);
	}
	batch_end(&p->batch, &m->generator);
	carry_clear(&p->carry, &m->generator);
	network_logits(&m->generator, m->w, &p->frame, &p->batch, &p->carry, NULL, random_stream(3, 1, 4, 1));
	memcpy(pitch, p->frame.logits[HEAD_PITCH],
	       ROWS * (size_t)head_classes(&m->generator, HEAD_PITCH) * sizeof *pitch);
	memcpy(duration, p->frame.logits[HEAD_DURATION],
	       ROWS * (size_t)head_classes(&m->generator, HEAD_DURATION) * sizeof *duration);
}

/* With z drawn: another token t changes nothing that is said before it is read, and what is said then. */
static void test_causal(void **state)
{
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *m = toy_random(c, &seed_config, 0.5, 2);
	const size_t classes[2] = {(size_t)head_classes(&m->generator, HEAD_PITCH),
	                           (size_t)head_classes(&m->generator, HEAD_DURATION)};
	struct tokens t = {NULL, 0, 0};
	real *at[2], *other[2];
	struct pass p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		at[i] = calloc(ROWS * classes[i], sizeof **at);
		other[i] = calloc(ROWS * classes[i], sizeof **other);
		assert_true(at[i] && other[i]);
	}
	assert_int_equal(tokens_spell(&t, &m->generator, c->pieces[0].piece, 0), 0);
	assert_true(t.n >= ROWS);
	pass_init(&p, &m->generator, ROWS, 1, false);
	for (int drawn = 0; drawn < 2; drawn++) {
		p.frame.seed.drawn = drawn;
		logits_of(at[0], at[1], &p, m, &t, -1);
		for (int changed = 0; changed < ROWS - 1; changed++) {
			logits_of(other[0], other[1], &p, m, &t, changed);
			for (int i = 0; i < 2; i++) {
				/* row r reads token r - 1 */
				const size_t same = ((size_t)changed + 1) * classes[i];

				assert_memory_equal(at[i], other[i], same * sizeof **at);
				assert_memory_not_equal(at[i] + same, other[i] + same, classes[i] * sizeof **at);
			}
		}
	}
	for (int i = 0; i < 2; i++) {
		free(at[i]);
		free(other[i]);
	}
	tokens_done(&t);
	pass_done(&p);
	model_free(m);
	corpus_free(c);
}

/* The KL of a row by its definition, from what the layers say. */
static void test_divergence(void **state)
{
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *m = toy_random(c, &seed_config, 0.5, 2);
	real pitch[ROWS * 128], duration[ROWS * 128];
	struct tokens t = {NULL, 0, 0};
	struct pass p;

	(void)state;
	assert_true(head_classes(&m->generator, HEAD_PITCH) <= 128 &&
	            head_classes(&m->generator, HEAD_DURATION) <= 128);
	assert_int_equal(tokens_spell(&t, &m->generator, c->pieces[0].piece, 0), 0);
	pass_init(&p, &m->generator, ROWS, 1, false);
	logits_of(pitch, duration, &p, m, &t, -1);
	for (int r = 0; r < ROWS; r++)
		assert_true(p.frame.seed.kl[r] == 0);
	p.frame.seed.drawn = true;
	logits_of(pitch, duration, &p, m, &t, -1);
	for (int r = 0; r < ROWS; r++) {
		double kl = 0;

		for (int i = 0; i < 2; i++) {
			const struct seed_latent_frame *l = &p.frame.seed.latents[i];
			const size_t n = (size_t)m->generator.seed.latents[i].mu.out;

			for (size_t j = (size_t)r * n; j < ((size_t)r + 1) * n; j++) {
				const double mu = (double)l->z[j] - (double)l->noise[j], s = (double)l->log_sigma2[j];

				kl += (mu * mu + exp(s) - 1 - s) / 2;
			}
		}
		assert_true(kl > 0.01);
		assert_true(fabs(p.frame.seed.kl[r] - kl) < 1e-4 * kl);
	}
	tokens_done(&t);
	pass_done(&p);
	model_free(m);
	corpus_free(c);
}

/* ---- training ---------------------------------------------------------------- */

static struct plan plan_of(const struct latent_config *latent, int steps)
{
	struct plan p = {.corpus = melodies(SPLIT_BY_HASH),
	                 .latent = latent,
	                 .generator = seed_config,
	                 .train = toy_config(steps),
	                 .seed = 7};

	p.train.checkpoint = 1e6;
	return p;
}

/* Broken off in the warm-up and after it, with other numbers of threads, the file is the unbroken run's. */
static void test_resumed(void **state)
{
	static const int breaks[] = {1, 6, 12}, threads[] = {1, 3, 0};
	struct plan p = plan_of(&priced, 12);
	struct bytes whole = unbroken(&p);
	const char *stopped;

	(void)state;
	for (int k = 0; k < 3; k++)
		model_free(run_to(&p, k > 0, breaks[k], threads[k], &stopped));
	check_bytes(bytes_of_model(run_to(&p, true, 0, 2, &stopped)), whole);
	free(whole.data);
	corpus_free(p.corpus);
}

/* Whoever goes on by another price is refused. */
static void test_resumed_otherwise(void **state)
{
	struct plan p = plan_of(&priced, 12);
	struct checkpoint *c;
	struct stop stop = {0};
	const char *stopped;

	(void)state;
	model_free(run_to(&p, false, 3, 1, &stopped));
	c = checkpoint_open(checkpoint_path);
	assert_non_null(c);
	p.latent = &unpriced;
	assert_null(run_from(&p, c, &stop, 1, &stopped));
	assert_non_null(strstr(error_message(), "its settings are others"));
	checkpoint_free(c);
	corpus_free(p.corpus);
}

static struct model *trained(const struct latent_config *latent, struct corpus *c, int steps)
{
	const struct train_config train = toy_config(steps);
	const struct train_job job = {
		.corpus = c, .generator = &seed_config, .train = &train, .latent = latent, .seed = 1};
	const char *stopped;
	struct model *m;

	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	return m;
}

/* A price makes the latent say less; without it a step says hundreds of nats. The figures are those of the pieces. */
static void test_priced(void **state)
{
	const struct evaluate_options options = {.split = SPLIT_VALID, .drawn = true};
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *with = trained(&priced, c, 150), *without = trained(&unpriced, c, 150);
	const struct model *models[1] = {with};
	struct evaluate_choice choice;
	struct evaluation e, again;
	struct pool *pool = pool_new(3);

	(void)state;
	assert_true(pool && with->step_latent && without->step_latent);
	print_message(
		"KL a note %.3f for a price, %.3f for none; %.3f and %.3f nats with the mean, %.3f and %.3f drawn\n",
		with->latent.kl, without->latent.kl, with->latent.mean, without->latent.mean, with->latent.drawn,
		without->latent.drawn);
	assert_true(with->latent.kl > 0 && with->latent.kl < without->latent.kl / 3);
	assert_true(with->latent.mean == with->figures.nats_per_note);
	assert_true(isfinite(with->latent.drawn) && with->latent.drawn != with->latent.mean);
	assert_int_equal(evaluate_choose(&choice, c, models, 1, &options), 0);
	assert_int_equal(evaluate(&e, with, c, &choice, &options, NULL), 0);
	assert_int_equal(evaluate(&again, with, c, &choice, &options, pool), 0);
	assert_true(e.kl == again.kl && e.nats == again.nats);
	/* z are of the tokens alone, so the KL is the same; other noise */
	assert_true(fabs(e.kl / (double)e.notes - with->latent.kl) < 1e-3 * with->latent.kl);
	assert_true(fabs(e.nats / (double)e.notes - with->latent.drawn) < 0.2);
	evaluation_done(&e);
	evaluation_done(&again);
	evaluate_choice_done(&choice);
	pool_free(pool);
	model_free(with);
	model_free(without);
	corpus_free(c);
}

static const real *tensor_of(const struct model *m, const char *name)
{
	const struct tensor *t = params_find(&m->generator.params, name);

	assert_non_null(t);
	return m->w + t->offset;
}

/* Without a latent z is the mean: sigma is learned by nobody, and nothing is said of it. */
static void test_none(void **state)
{
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *some = trained(&mean_alone, c, 2), *more = trained(&mean_alone, c, 20),
		     *drawn = trained(&unpriced, c, 20);
	const char *bias = "pitch.log_sigma2.bias";

	(void)state;
	assert_false(some->step_latent);
	/* no weight decay reaches a bias */
	assert_memory_equal(tensor_of(some, bias), tensor_of(more, bias), 24 * sizeof(real));
	assert_memory_not_equal(tensor_of(drawn, bias), tensor_of(more, bias), 24 * sizeof(real));
	assert_memory_not_equal(tensor_of(some, "pitch.mu.bias"), tensor_of(more, "pitch.mu.bias"), 24 * sizeof(real));
	model_free(some);
	model_free(more);
	model_free(drawn);
	corpus_free(c);
}

/* ---- files, music ------------------------------------------------------------- */

/* An old program makes nothing else of it, so it is of the old format. */
static void test_files(void **state)
{
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *m = trained(&priced, c, 5), *again;
	struct bytes first;

	(void)state;
	m->name = mem_string("toy");
	m->provenance.corpus = mem_string("toys");
	m->provenance.command = mem_string("musegen train toys");
	assert_int_equal(model_save(m, model_path), 0);
	assert_int_equal(model_format(m), 2);
	again = model_load(model_path);
	if (!again)
		fail_msg("%s", error_message());
	assert_true(again->step_latent);
	check_near(again->latent.kl, m->latent.kl, 1e-9);
	check_near(again->latent.drawn, m->latent.drawn, 1e-9);
	check_near(again->latent.mean, m->latent.mean, 1e-9);
	first = bytes_of_file(model_path);
	check_bytes(bytes_of_model(again), first);
	free(first.data);
	model_free(m);
	corpus_free(c);
}

static struct piece *composed(const struct model *m, const struct latent_plan *plan, uint64_t seed)
{
	struct compose_options o;
	struct piece *p;

	compose_defaults(&o);
	o.seed = seed;
	o.plan = plan;
	o.bars = 6;
	p = compose_piece(m, &o);
	if (!p)
		fail_msg("%s", error_message());
	return p;
}

static bool same_piece(struct piece *a, struct piece *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = same_event(&a->events[i], &b->events[i]);
	piece_free(a);
	piece_free(b);
	return same;
}

/* Music is made with the mean, unless there is a seed of what is drawn. */
static void test_music(void **state)
{
	const struct latent_plan one = {.seed = 1}, two = {.seed = 2};
	struct corpus *c = melodies(SPLIT_BY_HASH);
	struct model *m = toy_random(c, &seed_config, 1, 4);

	(void)state;
	assert_true(same_piece(composed(m, &one, 5), composed(m, &one, 5)));
	assert_false(same_piece(composed(m, &one, 5), composed(m, &two, 5)));
	assert_false(same_piece(composed(m, &one, 5), composed(m, &one, 6)));
	assert_true(same_piece(composed(m, NULL, 5), composed(m, NULL, 5)));
	assert_false(same_piece(composed(m, NULL, 5), composed(m, &one, 5)));
	model_free(m);
	corpus_free(c);
}

/* ---- settings ------------------------------------------------------------------ */

static void test_settings(void **state)
{
	static const struct {
		int latent, generator;
		bool fits;
	} cases[] = {
		{LATENT_PHRASE, KIND_EVENTS, true},   {LATENT_PHRASE, KIND_SEED, false},
		{LATENT_PHRASE, KIND_COMPOSER, true}, {LATENT_PHRASE, KIND_CONV, true},
		{LATENT_STEP, KIND_EVENTS, false},    {LATENT_STEP, KIND_SEED, true},
		{LATENT_STEP, KIND_COMPOSER, false},  {LATENT_STEP, KIND_COMPOSER_PLUS, false},
		{LATENT_STEP, KIND_CONV, false},      {LATENT_NONE, KIND_EVENTS, true},
		{LATENT_NONE, KIND_SEED, true},
	};
	const struct latent_config config = {.beta = 2, .warmup = 3, .free_bits = 8};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct latent_config c = {.kind = cases[i].latent};

		assert_int_equal(latent_fits(&c, cases[i].generator), cases[i].fits ? 0 : -1);
		if (!cases[i].fits)
			assert_non_null(strstr(error_message(), "latent.kind = "));
	}
	check_near(latent_beta(&config, 0), 0.5, 1e-12);
	check_near(latent_beta(&config, 2), 1.5, 1e-12);
	check_near(latent_beta(&config, 3), 2, 1e-12);
	check_near(latent_beta(&config, 1000), 2, 1e-12);
	check_near(latent_free_nats(&config), 8 * log(2), 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_causal),   cmocka_unit_test(test_divergence),
		cmocka_unit_test(test_resumed),  cmocka_unit_test(test_resumed_otherwise),
		cmocka_unit_test(test_priced),   cmocka_unit_test(test_none),
		cmocka_unit_test(test_files),    cmocka_unit_test(test_music),
		cmocka_unit_test(test_settings),
	};

	blas_init();
	return cmocka_run_group_tests(tests, resume_setup, resume_teardown);
}
