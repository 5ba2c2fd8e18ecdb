/* Models from noise: what they make keeps to what is asked, files, hostile files, training, and mode collapse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>
#include "base/error.h"
#include "conv_small.h"
#include "doubles.h"
#include "model/collapse.h"
#include "model/compose.h"
#include "model/evaluate.h"
#include "model/model_json.h"
#include "model/train.h"
#include "model_music.h"
#include "num/blas.h"

static struct model *trained(const struct corpus *c, const struct train_config *train, const struct train_hooks *hooks,
                             uint64_t seed)
{
	const struct train_job job = {
		.corpus = c, .generator = &small_conv, .train = train, .gan = &small_gan, .seed = seed, .hooks = hooks};
	const char *stopped = NULL;
	struct model *m = NULL;

	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	assert_string_equal(stopped, "all steps done");
	m->name = mem_string("noise");
	m->provenance.corpus = mem_string("quarters");
	m->provenance.command = mem_string("musegen train quarters");
	return m;
}

/* ---- training ------------------------------------------------------------------- */

static int evaluations;
static char last_words[160];

static int on_progress(void *context, const struct train_progress *p)
{
	(void)context;
	if (p->evaluated) {
		evaluations++;
		snprintf(last_words, sizeof last_words, "%s", p->words);
	}
	return 0;
}

static void test_training(void **state)
{
	const struct train_hooks hooks = {on_progress, NULL, NULL};
	struct corpus *c = quarters(8, SPLIT_BY_HASH), *tails = quarters(3, SPLIT_BY_TAIL);
	struct model *one, *two, *other;
	size_t size;

	(void)state;
	evaluations = 0;
	one = trained(c, &small_train, &hooks, 5);
	two = trained(c, &small_train, NULL, 5);
	other = trained(c, &small_train, NULL, 6);
	size = one->generator.params.size * sizeof(real);
	assert_true(evaluations > 0);
	assert_non_null(strstr(last_words, "told apart "));
	assert_null(strstr(last_words, "told apart -"));
	/* of seed and steps alone, whoever looks on */
	assert_memory_equal(one->w, two->w, size);
	assert_memory_not_equal(one->w, other->w, size);
	assert_true(isnan(one->figures.nats_per_note));
	assert_int_equal(one->provenance.steps, 12);
	assert_int_equal(one->provenance.train_pieces, 6);
	model_free(one);
	model_free(two);
	model_free(other);
	one = trained(tails, &small_train, NULL, 5);
	assert_int_equal(one->provenance.train_pieces, 3);
	model_free(one);
	corpus_free(c);
	corpus_free(tails);
}

static void refused(const struct corpus *c, const struct generator_config *config, const struct gan_config *gan,
                    const char *why)
{
	const struct train_job job = {.corpus = c, .generator = config, .train = &small_train, .gan = gan, .seed = 1};
	const char *stopped;
	struct model *m;

	assert_int_equal(train_model(&m, &stopped, &job), -1);
	if (!strstr(error_message(), why))
		fail_msg("\"%s\" says nothing of \"%s\"", error_message(), why);
}

static void test_refused(void **state)
{
	struct corpus *c = quarters(4, SPLIT_BY_HASH),
		      *sixteen = music_corpus(1, MUSIC_SIXTEEN, 3, 8, false, SPLIT_BY_HASH);
	struct corpus *waltz = quarters(4, SPLIT_BY_HASH);
	struct generator_config config = small_conv;
	struct gan_config gan = small_gan;

	(void)state;
	refused(sixteen, &config, &gan, "one to 4 parts");
	for (size_t i = 0; i < waltz->n; i++)
		waltz->pieces[i].piece->start.numerator = 3;
	refused(waltz, &config, &gan, "2 bars of four quarters");
	gan.batch = 7;
	refused(c, &config, &gan, "conv.pack");
	gan.batch = 8;
	config.conv.critic_norm = CONV_NORM_BATCH;
	refused(c, &config, &gan, "critic_norm");
	config = small_conv;
	config.conv.bars = 1;
	config.conv.levels = 5;
	refused(c, &config, &gan, "halved");
	config.conv =
		(struct conv_config){.bars = 16, .levels = 1, .channels = 256, .noise = 1024, .score = 1, .pack = 1};
	refused(c, &config, &gan, "too large");
	corpus_free(c);
	corpus_free(sixteen);
	corpus_free(waltz);
}

/* ---- what it makes ---------------------------------------------------------------- */

/* Weights so large that every window is full of notes. */
static struct model *noisy(const struct corpus *c)
{
	struct model *m = model_new(c, &small_conv);
	struct random r = random_stream(3, 0, 0, 0);

	assert_non_null(m);
	params_init(&m->generator.params, m->w, 3);
	for (size_t i = 0; i < m->generator.params.n; i++) {
		const struct tensor *t = &m->generator.params.tensors[i];

		if (strstr(t->name, "weight"))
			for (size_t k = 0; k < (size_t)t->rows * (size_t)t->cols; k++)
				m->w[t->offset + k] = (real)random_normal(&r);
	}
	m->name = mem_string("noise");
	m->provenance.corpus = mem_string("quarters");
	m->provenance.command = mem_string("musegen train quarters");
	assert_int_equal(model_round(m), 0);
	return m;
}

/* In the order of events, at home in its 4/4, and within all that was asked. */
static void check_piece(const struct piece *p, const struct compose_options *o, int parts)
{
	const struct event *before = NULL;
	int now = 0, end = 0, notes = 0;

	for (size_t i = 0; i < p->n; i++)
		end += p->events[i].shift;
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		now += e->shift;
		if (e->kind == EVENT_END) {
			assert_int_equal(i, p->n - 1);
			break;
		}
		assert_int_equal(e->kind, EVENT_NOTE);
		assert_true(e->part < parts);
		assert_in_range(e->pitch, o->low, o->high);
		assert_true(o->scale == 0 || (o->scale >> (e->pitch % 12) & 1));
		assert_true(e->duration > 0 && now + e->duration <= end);
		assert_int_equal(now % 6, 0);
		if (before && e->shift == 0)
			assert_true(e->part > before->part || (e->part == before->part && e->pitch < before->pitch));
		before = e;
		notes++;
	}
	assert_true(notes > 0);
	assert_int_equal(p->start.numerator, 4);
	assert_int_equal(p->start.pickup, 0);
	if (o->bars > 0)
		assert_int_equal(end, o->bars * WHOLE);
	else
		assert_true(end % (2 * WHOLE) == 0 && end <= o->bars_max * WHOLE);
}

static struct piece *made(const struct model *m, const struct compose_options *o)
{
	struct piece *p = compose_piece(m, o);

	if (!p)
		fail_msg("%s", error_message());
	return p;
}

static void test_made(void **state)
{
	struct corpus *c = quarters(4, SPLIT_BY_HASH);
	struct model *m = noisy(c);
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	for (int i = 0; i < 12; i++) {
		struct piece *p, *again;

		o.seed = (uint64_t)i;
		o.bars = i % 4 == 0 ? 0 : i;
		o.parts = i % 3 == 0 ? 1 : 0;
		o.low = i % 2 ? 60 : 0;
		o.high = i % 2 ? 68 : 127;
		o.scale = i % 5 == 0 ? 0xab5 : 0;
		o.key.tonic = i == 7 ? 2 : -1;
		o.temperature = i == 8 ? 0.5 : 1;
		p = made(m, &o);
		check_piece(p, &o, o.parts ? o.parts : 2);
		again = made(m, &o);
		assert_int_equal(p->n, again->n);
		assert_memory_equal(p->events, again->events, p->n * sizeof *p->events);
		piece_free(p);
		piece_free(again);
	}
	model_free(m);
	corpus_free(c);
}

/* Without end: pieces one after the other, each on a bar line. */
static void test_endless(void **state)
{
	struct corpus *c = quarters(4, SPLIT_BY_HASH);
	struct model *m = noisy(c);
	struct compose_options o;
	struct composer *composer;
	struct event e;

	(void)state;
	compose_defaults(&o);
	o.endless = true;
	composer = composer_new(m, &o);
	assert_non_null(composer);
	for (int i = 0; i < 20000; i++) {
		assert_int_equal(composer_next(composer, &e), 1);
		assert_true(e.shift >= 0 && e.shift <= 4 * WHOLE);
	}
	composer_free(composer);
	/* what it cannot be asked */
	o.style = 0;
	assert_null(composer_new(m, &o));
	assert_non_null(strstr(error_message(), "no style"));
	o.style = -1;
	o.primer = c->pieces[0].piece;
	assert_null(composer_new(m, &o));
	assert_non_null(strstr(error_message(), "no primer"));
	model_free(m);
	corpus_free(c);
}

/* A network that says nothing makes silence, of the length asked for. */
static void test_silence(void **state)
{
	struct corpus *c = quarters(4, SPLIT_BY_HASH);
	struct model *m = noisy(c);
	struct compose_options o;
	struct piece *p;

	(void)state;
	memset(m->w, 0, m->generator.params.size * sizeof *m->w);
	compose_defaults(&o);
	o.bars = 3;
	p = made(m, &o);
	assert_int_equal(p->n, 1);
	assert_int_equal(p->events[0].shift, 3 * WHOLE);
	piece_free(p);
	model_free(m);
	corpus_free(c);
}

/* ---- files -------------------------------------------------------------------------- */

static void test_file(void **state)
{
	char path[] = "/tmp/musegen-conv-XXXXXX";
	struct corpus *c = quarters(4, SPLIT_BY_HASH);
	struct model *m = noisy(c), *back;
	const int fd = mkstemp(path);
	char *one = model_to_json(m), *two;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(model_format(m), 3);
	assert_int_equal(model_save(m, path), 0);
	back = model_load(path);
	if (!back)
		fail_msg("%s", error_message());
	two = model_to_json(back);
	assert_string_equal(one, two);
	assert_int_equal(back->generator.params.size, m->generator.params.size);
	assert_memory_equal(back->w, m->w, m->generator.params.size * sizeof *m->w);
	assert_memory_equal(&back->generator.config.conv, &m->generator.config.conv, sizeof(struct conv_config));
	unlink(path);
	free(one);
	free(two);
	model_free(m);
	model_free(back);
	corpus_free(c);
}

/* text with one word of it replaced. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *s = malloc(strlen(text) + strlen(to) + 1);

	assert_non_null(at);
	sprintf(s, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return s;
}

static void test_hostile(void **state)
{
	const struct {
		const char *from, *to, *says;
	} cases[] = {
		{"\"bars\":\"2\"", "\"bars\":\"17\"", "bars"},
		{"\"bars\":\"2\"", "\"bars\":2", "bars"},
		{"\"bars\":\"2\"", "\"bras\":\"2\"", "bars"},
		{"\"levels\":\"2\"", "\"levels\":\"-1\"", "levels"},
		{"\"levels\":\"2\"", "\"levels\":\"99999999999\"", "levels"},
		{"\"activation\":\"crelu\"", "\"activation\":\"swish\"", "activation"},
		{"\"norm\":\"batch\"", "\"norm\":\"\"", "norm"},
		{"\"critic_dropout\":\"0.1\"", "\"critic_dropout\":\"nan\"", "critic_dropout"},
		{"\"channels\":\"4\",\"noise\":\"8\"", "\"channels\":\"256\",\"noise\":\"1024\"", NULL},
		{"\"bars\":\"2\",\"levels\":\"2\"", "\"bars\":\"16\",\"levels\":\"5\"", NULL},
		{"\"kind\":\"conv\"", "\"kind\":\"events\"", NULL},
	};
	struct corpus *c = quarters(4, SPLIT_BY_HASH);
	struct model *m = noisy(c);
	char *json = model_to_json(m);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = replaced(json, cases[i].from, cases[i].to);
		struct model *other = model_described(text);

		/* what fits together is a network, though not that of the file's tensors */
		if (cases[i].says) {
			assert_null(other);
			if (!strstr(error_message(), cases[i].says))
				fail_msg("%s: \"%s\"", cases[i].to, error_message());
		}
		model_free(other);
		free(text);
	}
	free(json);
	model_free(m);
	corpus_free(c);
}

/* ---- mode collapse ---------------------------------------------------------------------- */

#define SAMPLES 32
#define NUMBERS 40

static struct variety variety(real *x)
{
	struct variety v;

	assert_int_equal(variety_of(&v, x, SAMPLES, NUMBERS), 0);
	return v;
}

static void test_collapse(void **state)
{
	static real random_x[SAMPLES * NUMBERS], x[SAMPLES * NUMBERS];
	struct random r = random_stream(4, 0, 0, 0);
	struct variety various, v;

	(void)state;
	for (size_t i = 0; i < SAMPLES * NUMBERS; i++)
		random_x[i] = (real)random_normal(&r);
	various = variety(random_x);
	assert_int_equal(various.n, SAMPLES);
	assert_int_equal(various.distinct, SAMPLES);
	check_near(various.distance, NUMBERS / 2.0, 1);
	assert_false(variety_collapsed(&various, &various));

	/* one thing over and over; the numbers differ, what they say does not */
	for (int i = 0; i < SAMPLES; i++)
		for (int k = 0; k < NUMBERS; k++)
			x[i * NUMBERS + k] = random_x[k] * (real)(1 + random_unit(&r));
	v = variety(x);
	assert_int_equal(v.distinct, 1);
	check_same(v.distance, 0);
	assert_true(variety_collapsed(&v, &various));
	/* real music that is itself so is nothing to measure by */
	assert_false(variety_collapsed(&v, &v));

	/* two things in turn: far apart, but two */
	for (int i = 0; i < SAMPLES; i++)
		for (int k = 0; k < NUMBERS; k++)
			x[i * NUMBERS + k] = random_x[(i % 2) * NUMBERS + k];
	v = variety(x);
	assert_int_equal(v.distinct, 2);
	assert_true(v.distance > various.distance / 4);
	assert_true(variety_collapsed(&v, &various));

	/* one thing, with one number changed in each: all different, and nearly the same */
	for (int i = 0; i < SAMPLES; i++)
		for (int k = 0; k < NUMBERS; k++)
			x[i * NUMBERS + k] = k == i ? -random_x[k] : random_x[k];
	v = variety(x);
	assert_int_equal(v.distinct, SAMPLES);
	check_near(v.distance, 2, 1e-9);
	assert_false(variety_collapsed(&v, &various)); /* a tenth of 20 is not more than 2 */
	various.distance = 21;
	assert_true(variety_collapsed(&v, &various));

	/* a fifth as many as the real ones is poor, and no collapse */
	for (int i = 0; i < SAMPLES; i++)
		for (int k = 0; k < NUMBERS; k++)
			x[i * NUMBERS + k] = random_x[(i % 7) * NUMBERS + k];
	v = variety(x);
	assert_int_equal(v.distinct, 7);
	various = variety(random_x);
	assert_false(variety_collapsed(&v, &various));
}

/* Steps so long that tanh is driven to its ends: whatever the noise, one and the same comes out. It is seen, and said. */
static void test_collapsing(void **state)
{
	struct corpus *c = quarters(8, SPLIT_BY_HASH);
	struct generator_config config = small_conv;
	struct gan_config gan = small_gan;
	struct train_config train = small_train;
	const struct train_job job = {.corpus = c, .generator = &config, .train = &train, .gan = &gan, .seed = 2};
	const char *stopped = NULL;
	struct model *m;

	(void)state;
	config.conv.norm = CONV_NORM_NONE;
	gan.loss = GAN_HINGE;
	gan.critic_steps = 1;
	gan.learning_rate = 1;
	train.steps = 600;
	if (train_model(&m, &stopped, &job) == 0) {
		/* it was various at first */
		assert_non_null(strstr(stopped, "mode collapse"));
		assert_true(m->provenance.steps < 400);
		model_free(m);
	} else {
		assert_non_null(strstr(error_message(), "mode collapse: by step "));
		print_message("%s\n", error_message());
	}
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_training), cmocka_unit_test(test_refused),  cmocka_unit_test(test_made),
		cmocka_unit_test(test_endless),  cmocka_unit_test(test_silence),  cmocka_unit_test(test_file),
		cmocka_unit_test(test_hostile),  cmocka_unit_test(test_collapse), cmocka_unit_test(test_collapsing),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
