/*
 * Going on from a checkpoint gives the bytes of the unbroken run: for music of
 * every kind, networks of several shapes, every optimiser, any number of
 * threads before and after, wherever and however often it was broken off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include "model_resume.h"
#include "num/blas.h"

static const char ALL_DONE[] = "all steps done";

static struct plan plan_of(struct corpus *c, int steps)
{
	struct plan p = {.corpus = c, .generator = small_config, .train = toy_config(steps), .seed = 7};

	p.train.dropout = p.train.memory_dropout = p.train.stream_dropout = p.train.field_dropout = 0.2;
	p.train.checkpoint = 1e6; /* where it is broken off, and nowhere else */
	return p;
}

/* The next step to break off at: each of the first, then now and then, the last. With MUSEGEN_LONG=1 all. */
static int next_break(int k, int steps)
{
	const int next = k < 4 || getenv("MUSEGEN_LONG") ? k + 1 : k + 4;

	return k == steps ? k + 1 : next < steps ? next : steps;
}

/* Broken off again and again, with other numbers of threads each time. */
static void check_chain(const struct plan *p, const char *name)
{
	static const int threads[] = {1, 2, 5, 0};
	struct bytes whole = unbroken(p);
	const char *stopped = NULL;
	struct model *m;

	print_message("%s\n", name);
	for (int k = 1; k <= p->train.steps; k = next_break(k, p->train.steps)) {
		m = run_to(p, k > 1, k, threads[k % 4], &stopped);
		assert_string_equal(stopped, "interrupted");
		if (k < p->train.steps)
			model_free(m);
		else
			check_bytes(bytes_of_model(m), whole);
	}
	/* stopped at the last step there is nothing left to do */
	check_bytes(bytes_of_model(run_to(p, true, 0, 2, &stopped)), whole);
	assert_string_equal(stopped, ALL_DONE);
	free(whole.data);
}

/* Broken off once, at every step there is. */
static void test_every_step(void **state)
{
	static const int threads[] = {1, 2, 5};
	struct plan p = plan_of(music_corpus(1, MUSIC_ALL, 8, 10, true, SPLIT_BY_HASH), 23);
	struct bytes whole = unbroken(&p);
	const char *stopped;

	(void)state;
	for (int k = 1; k <= p.train.steps; k++) {
		/* between the first steps and the evaluation one is like another */
		if (k > 8 && k < 19 && k % 3 && !getenv("MUSEGEN_LONG"))
			continue;
		model_free(run_to(&p, false, k, threads[k % 3], &stopped));
		assert_string_equal(stopped, "interrupted");
		check_bytes(bytes_of_model(run_to(&p, true, 0, threads[k / 3 % 3], &stopped)), whole);
		assert_string_equal(stopped, ALL_DONE);
	}
	free(whole.data);
	corpus_free(p.corpus);
}

/* The checkpoint of the start, and those that come by time. */
static void test_first_checkpoint(void **state)
{
	struct plan p = plan_of(music_corpus(1, MUSIC_FOUR, 6, 10, true, SPLIT_BY_HASH), 9);
	struct bytes whole, model;
	struct checkpoint *c;
	struct stop stop = {0};
	const char *stopped;

	(void)state;
	whole = unbroken(&p);
	/* the file is of the start still: the run was neither broken off nor long */
	c = checkpoint_open(checkpoint_path);
	assert_non_null(c);
	assert_int_equal(checkpoint_about(c).step, 0);
	assert_int_equal(checkpoint_about(c).steps, 9);
	assert_true(checkpoint_about(c).planned);
	assert_int_equal(checkpoint_about(c).seed, 7);
	assert_string_equal(checkpoint_about(c).note, "a note");
	check_bytes(bytes_of_model(run_from(&p, c, &stop, 1, &stopped)), whole);
	assert_int_equal(stop.step, 9);
	checkpoint_free(c);
	/* after every step, the last too; how often is nothing that a training depends on */
	p.train.checkpoint = 0;
	model = unbroken(&p);
	check_bytes(model, whole);
	c = checkpoint_open(checkpoint_path);
	assert_non_null(c);
	assert_int_equal(checkpoint_about(c).step, 9);
	p.train.checkpoint = 5;
	check_bytes(bytes_of_model(run_from(&p, c, &stop, 1, &stopped)), whole);
	checkpoint_free(c);
	free(whole.data);
	corpus_free(p.corpus);
}

static void test_kinds_of_music(void **state)
{
	static const struct {
		const char *name;
		unsigned kinds;
		int pieces, onsets, chunk;
		bool dynamics;
		enum split_rule rule;
	} kinds[] = {
		{"a melody", MUSIC_MELODY, 4, 12, 16, false, SPLIT_BY_HASH},
		{"four parts, tails held out", MUSIC_FOUR, 3, 12, 16, true, SPLIT_BY_TAIL},
		{"chords with dynamics", MUSIC_CHORDS, 6, 9, 16, true, SPLIT_BY_HASH},
		{"sixteen parts", MUSIC_SIXTEEN, 3, 8, 16, false, SPLIT_BY_TAIL},
		{"changes of metre", MUSIC_METRES, 6, 10, 16, false, SPLIT_BY_HASH},
		{"silence", MUSIC_SILENCE, 5, 7, 16, true, SPLIT_BY_HASH},
		{"one piece", MUSIC_FOUR, 1, 9, 16, true, SPLIT_BY_TAIL},
		{"one piece longer than the training", MUSIC_FOUR | MUSIC_METRES, 1, 200, 16, false, SPLIT_BY_TAIL},
		{"many pieces in a chunk", MUSIC_MELODY | MUSIC_CHORDS, 9, 2, 64, true, SPLIT_BY_HASH},
		{"many chunks in a piece", MUSIC_ALL, 6, 30, 3, true, SPLIT_BY_HASH},
		{"an event a chunk", MUSIC_ALL, 6, 4, 1, false, SPLIT_BY_HASH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct plan p = plan_of(music_corpus(i, kinds[i].kinds, kinds[i].pieces, kinds[i].onsets,
		                                     kinds[i].dynamics, kinds[i].rule),
		                        22);

		p.train.chunk = kinds[i].chunk;
		check_chain(&p, kinds[i].name);
		corpus_free(p.corpus);
	}
}

static void test_shapes_of_networks(void **state)
{
	static const struct {
		const char *name;
		int layers, memory, window, slots, lanes, shards;
	} shapes[] = {
		{"no memory", 2, 0, 5, 2, 8, 4},   {"one layer, a window of one event", 1, 8, 1, 1, 8, 4},
		{"four layers", 4, 8, 5, 2, 8, 4}, {"a window longer than all music", 2, 8, 300, 4, 6, 3},
		{"one lane", 2, 8, 7, 2, 1, 1},    {"a shard a lane", 2, 8, 16, 2, 5, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct plan p = plan_of(music_corpus(1, MUSIC_ALL, 8, 12, i % 2, SPLIT_BY_HASH), 22);

		p.generator.layers = shapes[i].layers;
		p.generator.memory = shapes[i].memory;
		p.generator.window = shapes[i].window;
		p.generator.slots = shapes[i].slots;
		p.train.lanes = shapes[i].lanes;
		p.train.shards = shapes[i].shards;
		check_chain(&p, shapes[i].name);
		corpus_free(p.corpus);
	}
}

static void test_optimisers(void **state)
{
	struct plan p = plan_of(music_corpus(1, MUSIC_FOUR, 8, 12, true, SPLIT_BY_HASH), 22);

	(void)state;
	p.train.steps = 7;
	for (int kind = 0; kind < OPTIM_KINDS; kind++) {
		char name[32];

		snprintf(name, sizeof name, "optimiser %d", kind);
		p.train.optim.kind = kind;
		check_chain(&p, name);
	}
	corpus_free(p.corpus);
}

/* Broken off now and then, it ends where it would have ended, for the same reason. */
static void test_patience(void **state)
{
	struct plan p = plan_of(music_corpus(3, MUSIC_MELODY, 8, 30, false, SPLIT_BY_HASH), 5000);
	struct stop stop = {0};
	const char *stopped = NULL;
	struct bytes whole;
	struct model *m;
	bool broken = false;
	long ended;

	(void)state;
	p.train.transpose = 0;
	p.train.learning_rate = 0.03;
	p.train.patience = 2;
	m = run_from(&p, NULL, &stop, 2, &stopped);
	assert_string_equal(stopped, "held-out music stopped improving");
	ended = stop.step;
	assert_true(ended > 20 && ended < 5000 && m->provenance.steps < ended);
	whole = bytes_of_model(m);
	for (long at = 17;; at += 17) {
		m = run_to(&p, broken, at, 2, &stopped);
		broken = true;
		if (strcmp(stopped, "interrupted") != 0)
			break;
		assert_true(at < ended + 17);
		model_free(m);
	}
	assert_string_equal(stopped, "held-out music stopped improving");
	check_bytes(bytes_of_model(m), whole);
	/* right where patience ends: nothing more is trained */
	model_free(run_to(&p, false, ended, 2, &stopped));
	assert_string_equal(stopped, "interrupted");
	check_bytes(bytes_of_model(run_to(&p, true, 0, 2, &stopped)), whole);
	assert_string_equal(stopped, "held-out music stopped improving");
	free(whole.data);
	corpus_free(p.corpus);
}

/* Begun with another model's weights: they are in the checkpoint, and so is whose they were. */
static void test_base(void **state)
{
	struct plan p = plan_of(music_corpus(2, MUSIC_FOUR, 8, 12, true, SPLIT_BY_HASH), 12);
	struct bytes scratch = unbroken(&p), whole;
	struct plan other = plan_of(music_corpus(9, MUSIC_CHORDS, 4, 12, false, SPLIT_BY_HASH), 3);
	const char *stopped;
	struct model *base = run_to(&other, false, 0, 1, &stopped);

	(void)state;
	base->name = mem_string("another");
	p.base = base;
	whole = unbroken(&p);
	assert_true(whole.size != scratch.size || memcmp(whole.data, scratch.data, whole.size) != 0);
	assert_non_null(memmem(whole.data, whole.size, "another", strlen("another")));
	check_chain(&p, "with a base");
	free(whole.data);
	free(scratch.data);
	model_free(base);
	corpus_free(other.corpus);
	corpus_free(p.corpus);
}

/* Minutes become steps at step 5: before that the plan is open, after it fixed. */
static void test_minutes(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_MELODY | MUSIC_FOUR, 8, 10, false, SPLIT_BY_HASH);

	(void)state;
	/* on the slowest machine there is one step after the fifth */
	for (long at = 1; at <= 6; at++) {
		struct plan timed = plan_of(c, 0), counted;
		const char *stopped;
		struct checkpoint *k;
		struct bytes bytes;
		struct model *m;
		long steps;

		timed.train.minutes = 0.002;
		timed.train.warmup = 100;
		bytes = bytes_of_model(run_to(&timed, false, at, 2, &stopped));
		/* the weights so far are a model, with or without a plan */
		m = model_parse("interrupted", bytes.data, bytes.size);
		if (!m)
			fail_msg("%s", error_message());
		model_free(m);
		free(bytes.data);
		k = checkpoint_open(checkpoint_path);
		assert_non_null(k);
		assert_int_equal(checkpoint_about(k).step, at);
		assert_int_equal(checkpoint_about(k).planned, at >= 5);
		steps = checkpoint_about(k).steps;
		checkpoint_free(k);
		m = run_to(&timed, true, 0, 1, &stopped);
		assert_string_equal(stopped, ALL_DONE);
		if (at >= 5)
			assert_int_equal(m->provenance.steps_planned, steps);
		counted = timed;
		counted.train.minutes = 0;
		counted.train.steps = (int)m->provenance.steps_planned;
		assert_true(counted.train.steps > 5);
		bytes = bytes_of_model(m);
		check_bytes(unbroken(&counted), bytes);
		free(bytes.data);
	}
	corpus_free(c);
}

/* ---- the same figures on the way ------------------------------------------ */

struct rows {
	double train[64], held_out[64], best[64];
	long steps[64], stop_at;
	int n, epochs;
};

static int note_row(void *context, const struct train_progress *p)
{
	struct rows *r = context;

	if (p->evaluated) {
		assert_true(r->n < 64);
		r->train[r->n] = p->train_nats;
		r->held_out[r->n] = p->held_out_nats;
		r->best[r->n] = p->best_nats;
		r->steps[r->n++] = p->step;
	}
	return r->stop_at > 0 && p->step >= r->stop_at;
}

static int note_epoch(void *context, const struct model *m, int epoch)
{
	struct rows *r = context;

	assert_true(m && epoch > 0);
	r->epochs++;
	return 0;
}

static void run_rows(struct rows *r, const struct plan *p, bool resume)
{
	const struct train_hooks hooks = {.progress = note_row, .epoch = note_epoch, .context = r};
	const struct train_keep keep = {checkpoint_path, ""};
	struct checkpoint *c = resume ? checkpoint_open(checkpoint_path) : NULL;
	const struct train_job job = {
		.corpus = p->corpus,
		.generator = &p->generator,
		.train = &p->train,
		.seed = p->seed,
		.hooks = &hooks,
		.keep = &keep,
		.resume = c,
	};
	const char *stopped;
	struct model *m;

	assert_true(c || !resume);
	assert_int_equal(train_model(&m, &stopped, &job), 0);
	model_free(m);
	checkpoint_free(c);
}

static void test_figures(void **state)
{
	struct plan p = plan_of(music_corpus(1, MUSIC_ALL, 12, 10, true, SPLIT_BY_HASH), 110);
	struct rows whole = {0};

	(void)state;
	run_rows(&whole, &p, false);
	assert_true(whole.n >= 3 && whole.epochs == whole.n);
	for (long at = 15; at < p.train.steps; at += 40) {
		struct rows parts = {.stop_at = at};

		run_rows(&parts, &p, false);
		parts.stop_at = 0;
		run_rows(&parts, &p, true);
		assert_int_equal(parts.n, whole.n);
		assert_int_equal(parts.epochs, whole.epochs);
		assert_memory_equal(parts.steps, whole.steps, sizeof whole.steps);
		assert_memory_equal(parts.train, whole.train, sizeof whole.train);
		assert_memory_equal(parts.held_out, whole.held_out, sizeof whole.held_out);
		assert_memory_equal(parts.best, whole.best, sizeof whole.best);
	}
	corpus_free(p.corpus);
}

/* With no room on the disk for more than a few bytes a file. */
static struct model *run_without_room(const struct plan *p, bool resume, const char **stopped)
{
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit before, small;
	struct model *m;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 5000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	m = run_to(p, resume, 0, 1, stopped);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	return m;
}

/*
 * A checkpoint that cannot be written costs a warning, not the training; its
 * own last one stays, another training's does not stand in for it.
 */
static void test_no_room(void **state)
{
	struct plan p = plan_of(music_corpus(1, MUSIC_MELODY, 4, 10, false, SPLIT_BY_HASH), 5);
	struct bytes whole = unbroken(&p), held, after;
	const char *stopped;

	(void)state;
	p.train.checkpoint = 0;
	model_free(run_to(&p, false, 2, 1, &stopped));
	held = bytes_of_file(checkpoint_path);
	check_bytes(bytes_of_model(run_without_room(&p, true, &stopped)), whole);
	after = bytes_of_file(checkpoint_path);
	check_bytes(after, held);
	check_bytes(bytes_of_model(run_without_room(&p, false, &stopped)), whole);
	assert_string_equal(stopped, ALL_DONE);
	assert_false(file_exists(checkpoint_path));
	free(held.data);
	free(whole.data);
	corpus_free(p.corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step),     cmocka_unit_test(test_first_checkpoint),
		cmocka_unit_test(test_kinds_of_music), cmocka_unit_test(test_shapes_of_networks),
		cmocka_unit_test(test_optimisers),     cmocka_unit_test(test_patience),
		cmocka_unit_test(test_minutes),        cmocka_unit_test(test_figures),
		cmocka_unit_test(test_no_room),        cmocka_unit_test(test_base),
	};

	blas_init();
	return cmocka_run_group_tests(tests, resume_setup, resume_teardown);
}
