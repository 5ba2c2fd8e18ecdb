/*
 * Trainings from noise that are broken off and gone on with: the bytes of the
 * unbroken run, what an evaluation says too, by every loss and optimiser; and
 * checkpoints that are not theirs, or are nothing that can be gone on with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "conv_small.h"
#include "model/checkpoint.h"
#include "model_resume.h"
#include "num/blas.h"

enum { STEPS = 60 };

struct way {
	const char *name;
	enum gan_loss loss;
	enum conv_norm critic_norm;
	bool spectral;
	enum optim_kind optimiser;
};

static const struct way ways[] = {
	{"bce, batch norm, adam", GAN_BCE, CONV_NORM_BATCH, false, OPTIM_ADAM},
	{"lsgan, adamax", GAN_LSGAN, CONV_NORM_BATCH, false, OPTIM_ADAMAX},
	{"hinge, spectral norm, amsgrad", GAN_HINGE, CONV_NORM_NONE, true, OPTIM_AMSGRAD},
	{"wgan, rmsprop", GAN_WGAN, CONV_NORM_BATCH, false, OPTIM_RMSPROP},
	{"wgan-gp, layer norm, adam", GAN_WGAN_GP, CONV_NORM_LAYER, false, OPTIM_ADAM},
};
enum { WAYS = sizeof ways / sizeof *ways };

static struct plan plan_of(const struct way *way, struct gan_config *gan)
{
	struct plan p = {.corpus = quarters(8, SPLIT_BY_HASH),
	                 .gan = gan,
	                 .generator = small_conv,
	                 .train = small_train,
	                 .seed = 5};

	*gan = small_gan;
	gan->loss = (int)way->loss;
	gan->clip = 0.05;
	gan->critic_steps = 1;
	gan->learning_rate = 1e-4;
	p.generator.conv.critic_norm = (int)way->critic_norm;
	p.generator.conv.spectral = way->spectral;
	p.generator.conv.channels = 2;
	p.train.steps = STEPS;
	p.train.checkpoint = 1e6;
	p.train.optim = (struct optim_options){
		.kind = (int)way->optimiser, .rho = 0.9, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-8};
	return p;
}

/* Broken off early, and between evaluations. */
static void test_resumed(void **state)
{
	static const int breaks[] = {1, 54};

	(void)state;
	for (int i = 0; i < WAYS; i++) {
		struct gan_config gan;
		struct plan p = plan_of(&ways[i], &gan);
		struct bytes whole = unbroken(&p);
		const char *stopped;

		print_message("%s\n", ways[i].name);
		for (size_t k = 0; k < sizeof breaks / sizeof *breaks; k++) {
			model_free(run_to(&p, k > 0, breaks[k], 0, &stopped));
			assert_string_equal(stopped, "interrupted");
		}
		check_bytes(bytes_of_model(run_to(&p, true, 0, 0, &stopped)), whole);
		assert_string_equal(stopped, "all steps done");
		free(whole.data);
		corpus_free(p.corpus);
	}
}

struct words {
	char last[160];
	long at; /* 0: all steps */
};

static int keep_words(void *context, const struct train_progress *p)
{
	struct words *w = context;

	snprintf(w->last, sizeof w->last, "%s", p->words);
	return w->at > 0 && p->step >= w->at;
}

static void run_words(const struct plan *p, const struct checkpoint *c, struct words *w)
{
	const struct train_hooks hooks = {keep_words, NULL, w};
	const struct train_keep keep = {checkpoint_path, "a note"};
	const struct train_job job = {.corpus = p->corpus,
	                              .generator = &p->generator,
	                              .train = &p->train,
	                              .gan = p->gan,
	                              .seed = p->seed,
	                              .hooks = &hooks,
	                              .keep = &keep,
	                              .resume = c};
	const char *stopped;
	struct model *m;

	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	model_free(m);
}

/* Between evaluations the words of the last one stand, whoever made it. */
static void test_words(void **state)
{
	struct gan_config gan;
	struct plan p = plan_of(&ways[0], &gan);
	struct words before = {.at = 58}, after = {.at = 59};
	struct checkpoint *c;

	(void)state;
	run_words(&p, NULL, &before);
	assert_non_null(strstr(before.last, "told apart "));
	c = checkpoint_open(checkpoint_path);
	assert_non_null(c);
	assert_true(checkpoint_is_from_noise(c));
	assert_int_equal(checkpoint_about(c).step, 58);
	assert_int_equal(checkpoint_about(c).steps, STEPS);
	assert_string_equal(checkpoint_about(c).note, "a note");
	run_words(&p, c, &after);
	assert_string_equal(before.last, after.last);
	checkpoint_free(c);
	corpus_free(p.corpus);
}

/* ---- refusals ------------------------------------------------------------------ */

/* -1 with a line that says why; 0: it went on. */
static int go_on(const struct plan *p, const unsigned char *data, size_t size)
{
	struct checkpoint *c;
	struct stop stop = {.at = 1};
	const char *stopped;
	struct model *m = NULL;

	error_clear();
	c = checkpoint_parse("the file", data, size);
	if (c)
		m = run_from(p, c, &stop, 0, &stopped);
	checkpoint_free(c);
	if (!m && (!error_message()[0] || strchr(error_message(), '\n')))
		fail_msg("\"%s\" is not one line", error_message());
	model_free(m);
	return m ? 0 : -1;
}

static void refused(const struct plan *p, struct bytes b, const char *why)
{
	assert_int_equal(go_on(p, b.data, b.size), -1);
	if (!strstr(error_message(), why))
		fail_msg("\"%s\" does not say \"%s\"", error_message(), why);
}

static void replace(struct bytes b, const char *from, const char *to)
{
	const size_t n = strlen(from);

	assert_int_equal(n, strlen(to));
	for (size_t i = 0; i + n <= b.size; i++) {
		if (memcmp(b.data + i, from, n) != 0)
			continue;
		memcpy(b.data + i, to, n);
		return;
	}
	fail_msg("no \"%s\" in it", from);
}

static struct bytes checkpoint_of(const struct plan *p)
{
	const char *stopped;

	model_free(run_to(p, false, 3, 0, &stopped));
	return bytes_of_file(checkpoint_path);
}

static void test_refused(void **state)
{
	struct gan_config gan, other;
	struct plan p = plan_of(&ways[0], &gan), another = p;
	struct bytes good = checkpoint_of(&p), likelihood;

	(void)state;
	assert_int_equal(go_on(&p, good.data, good.size), 0);
	another.seed++;
	refused(&another, good, "its settings are others");
	another = p;
	other = gan;
	other.penalty++;
	another.gan = &other;
	refused(&another, good, "its settings are others");
	another.gan = NULL;
	refused(&another, good, "[gan]");
	another = p;
	another.train.transpose++;
	refused(&another, good, "its settings are others");
	another = p;
	another.corpus = quarters(9, SPLIT_BY_HASH);
	another.corpus->fingerprint = p.corpus->fingerprint + 1;
	refused(&another, good, "the corpus is not what it was");
	corpus_free(another.corpus);
	/* a training by likelihood is none from noise, whatever the file says */
	another = (struct plan){.corpus = p.corpus, .gan = &gan, .generator = small_config, .train = toy_config(9)};
	likelihood = checkpoint_of(&another);
	replace(likelihood, "\\\"stage\\\":\\\"likelihood\\\",", "\\\"stage\\\":\\\"noise\\\"     ,");
	refused(&another, likelihood, "not one from noise");
	replace(good, "\\\"stage\\\":\\\"noise\\\"", "\\\"stage\\\":\\\"other\\\"");
	refused(&p, good, "a stage that this program does not know");
	free(likelihood.data);
	free(good.data);
	corpus_free(p.corpus);
}

/* Cut anywhere, and with whatever bytes in the place of its own: refused in a line, or gone on with. */
static void test_hostile(void **state)
{
	struct gan_config gan;
	struct plan p = plan_of(&ways[4], &gan);
	struct bytes good = checkpoint_of(&p);
	struct random r = random_stream(1, 2, 3, 4);
	uint64_t header = 0;

	(void)state;
	memcpy(&header, good.data, 8);
	for (int i = 0; i < 20; i++)
		assert_int_equal(go_on(&p, good.data, random_below(&r, (uint32_t)good.size)), -1);
	for (int i = 0; i < 120; i++) {
		/* mostly where it says what it is, and at its end, where counts are */
		const size_t at =
			i % 3 == 2 ? good.size - 1 - random_below(&r, 300) : 8 + random_below(&r, (uint32_t)header);
		const unsigned char was = good.data[at];

		good.data[at] = (unsigned char)random_below(&r, 256);
		go_on(&p, good.data, good.size);
		good.data[at] = was;
	}
	assert_int_equal(go_on(&p, good.data, good.size), 0);
	free(good.data);
	corpus_free(p.corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hostile),
	};

	blas_init();
	return cmocka_run_group_tests(tests, resume_setup, resume_teardown);
}
