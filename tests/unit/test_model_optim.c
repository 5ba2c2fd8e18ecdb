/* Every optimiser trains: it learns what can be learned, to the same bytes whatever the number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model_toy.h"
#include "num/blas.h"

/* Learning rates that suit the toy, weight decay in proportion. */
static const struct {
	const char *name;
	double learning_rate;
} optimisers[OPTIM_KINDS] = {
	[OPTIM_SGD] = {"sgd", 1},           [OPTIM_MOMENTUM] = {"momentum", 0.1}, [OPTIM_NESTEROV] = {"nesterov", 0.1},
	[OPTIM_ADAGRAD] = {"adagrad", 0.1}, [OPTIM_ADADELTA] = {"adadelta", 5},   [OPTIM_RMSPROP] = {"rmsprop", 0.01},
	[OPTIM_ADAM] = {"adam", 0.01},      [OPTIM_ADAMW] = {"adamw", 0.01},      [OPTIM_ADAMAX] = {"adamax", 0.02},
	[OPTIM_NADAM] = {"nadam", 0.01},    [OPTIM_AMSGRAD] = {"amsgrad", 0.01},
};

struct held_out {
	double first, last;
	int evaluations;
};

static int note_progress(void *context, const struct train_progress *p)
{
	struct held_out *h = context;

	if (p->evaluated) {
		if (h->evaluations++ == 0)
			h->first = p->held_out_nats;
		h->last = p->held_out_nats;
	}
	return 0;
}

static struct model *train_with(struct held_out *h, const struct corpus *c, int kind, int steps, int threads)
{
	struct train_config tc = toy_config(steps);
	struct pool *pool = threads > 0 ? pool_new(threads) : NULL;
	const struct train_hooks hooks = {.progress = note_progress, .context = h};
	const struct train_job job = {
		.corpus = c, .generator = &small_config, .train = &tc, .seed = 2, .pool = pool, .hooks = &hooks};
	const char *stopped;
	struct model *m;

	*h = (struct held_out){0};
	assert_true(pool || threads == 0);
	tc.optim.kind = kind;
	tc.learning_rate = optimisers[kind].learning_rate;
	tc.optim.weight_decay = 1e-4 / tc.learning_rate;
	tc.optim.epsilon = kind == OPTIM_ADADELTA ? 1e-6 : 1e-8;
	if (train_model(&m, &stopped, &job) < 0)
		fail_msg("%s", error_message());
	pool_free(pool);
	return m;
}

static void test_learns(void **state)
{
	struct corpus *c = scales(8, SPLIT_BY_HASH);

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		struct held_out h;
		struct model *m = train_with(&h, c, kind, 200, 2);

		print_message("%-8s at %g: held out %.3f nats a note after the first evaluation, %.3f after the last\n",
		              optimisers[kind].name, optimisers[kind].learning_rate, h.first, h.last);
		assert_true(h.evaluations > 3);
		assert_true(h.last < 0.75 * h.first);
		assert_true(h.last < 0.25);
		model_free(m);
	}
	corpus_free(c);
}

static void test_threads(void **state)
{
	struct corpus *c = scales(8, SPLIT_BY_HASH);

	(void)state;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		struct held_out h;
		struct model *a = train_with(&h, c, kind, 20, 0), *b = train_with(&h, c, kind, 20, 3);

		assert_memory_equal(a->w, b->w, a->generator.params.size * sizeof(real));
		model_free(a);
		model_free(b);
	}
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learns),
		cmocka_unit_test(test_threads),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
