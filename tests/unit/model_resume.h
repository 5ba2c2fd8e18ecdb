/*
 * Trainings that are broken off and gone on with, in a file of their own: what
 * the tests of checkpoints share. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_MODEL_RESUME_H
#define TESTS_UNIT_MODEL_RESUME_H

#include <stdio.h>
#include <unistd.h>
#include "base/file.h"
#include "model_toy.h"

struct bytes {
	unsigned char *data;
	size_t size;
};

/* What is trained, and how. Presets where a test says nothing. */
struct plan {
	struct corpus *corpus;
	const struct model *base;           /* or NULL */
	const struct latent_config *latent; /* or NULL */
	const struct gan_config *gan;       /* or NULL */
	struct generator_config generator;
	struct train_config train;
	uint64_t seed;
};

static char checkpoint_path[64], model_path[64];

static inline int resume_setup(void **state)
{
	/* hundreds of files are written and synced: in memory, where there is such a folder, that takes no time */
	const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	(void)state;
	snprintf(checkpoint_path, sizeof checkpoint_path, "%s/musegen-test-%ld.checkpoint", folder, (long)getpid());
	snprintf(model_path, sizeof model_path, "%s/musegen-test-%ld.safetensors", folder, (long)getpid());
	return 0;
}

static inline int resume_teardown(void **state)
{
	(void)state;
	unlink(checkpoint_path);
	unlink(model_path);
	return 0;
}

static inline struct bytes bytes_of_file(const char *path)
{
	struct bytes b;

	assert_int_equal(file_read(path, 1u << 26, &b.data, &b.size), 0);
	return b;
}

/* Of the model's file. Takes the model over. */
static inline struct bytes bytes_of_model(struct model *m)
{
	struct bytes b;

	assert_int_equal(model_save(m, model_path), 0);
	model_free(m);
	b = bytes_of_file(model_path);
	return b;
}

static inline void check_bytes(struct bytes b, struct bytes expected)
{
	assert_int_equal(b.size, expected.size);
	assert_memory_equal(b.data, expected.data, b.size);
	free(b.data);
}

/* Stops at step `at` (0: never). */
struct stop {
	long at, step;
	long evaluations;
};

static inline int stop_now(void *context, const struct train_progress *p)
{
	struct stop *s = context;

	assert_true(p->step <= p->steps);
	s->step = p->step;
	s->evaluations += p->evaluated;
	return s->at > 0 && p->step >= s->at;
}

/*
 * A training, from c on where it is given, to step `at` (0: the end). A
 * checkpoint is left where it stopped. NULL when it is refused.
 */
static inline struct model *run_from(const struct plan *plan, const struct checkpoint *c, struct stop *stop,
                                     int threads, const char **stopped)
{
	struct pool *pool = threads > 0 ? pool_new(threads) : NULL;
	const struct train_hooks hooks = {.progress = stop_now, .context = stop};
	const struct train_keep keep = {checkpoint_path, "a note"};
	const struct train_job job = {
		.corpus = plan->corpus,
		.generator = &plan->generator,
		.train = &plan->train,
		.latent = plan->latent,
		.gan = plan->gan,
		.seed = plan->seed,
		.pool = pool,
		.hooks = &hooks,
		.keep = &keep,
		.base = c ? NULL : plan->base,
		.resume = c,
	};
	struct model *m = NULL;

	assert_true(pool || threads == 0);
	if (train_model(&m, stopped, &job) < 0)
		assert_null(m);
	pool_free(pool);
	return m;
}

/* The same, with the file of the last one where `resume` says so. */
static inline struct model *run_to(const struct plan *plan, bool resume, long at, int threads, const char **stopped)
{
	struct checkpoint *c = resume ? checkpoint_open(checkpoint_path) : NULL;
	struct stop stop = {.at = at};
	struct model *m;

	if (resume && !c)
		fail_msg("%s", error_message());
	m = run_from(plan, c, &stop, threads, stopped);
	if (!m)
		fail_msg("%s", error_message());
	checkpoint_free(c);
	return m;
}

static inline struct bytes unbroken(const struct plan *plan)
{
	struct stop stop = {0};
	const char *stopped;
	struct model *m = run_from(plan, NULL, &stop, 2, &stopped);

	if (!m)
		fail_msg("%s", error_message());
	return bytes_of_model(m);
}

#endif
