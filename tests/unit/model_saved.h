/*
 * A model of random weights in a file of its own, and its bytes: what the tests of
 * model files share. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_MODEL_SAVED_H
#define TESTS_UNIT_MODEL_SAVED_H

#include <math.h>
#include <unistd.h>
#include "base/file.h"
#include "model_toy.h"

static char path[] = "/tmp/musegen-test-XXXXXX";

struct bytes {
	unsigned char *data;
	size_t size;
};

static inline struct bytes read_back(void)
{
	struct bytes b;

	assert_int_equal(file_read(path, 1u << 24, &b.data, &b.size), 0);
	return b;
}

static inline struct model *some_model(unsigned kinds, bool dynamics)
{
	struct corpus *c = music_corpus(8, kinds, 12, 6, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 5);

	m->sampling = (struct sampling){0.9, 1.1, 0.95, 0.85};
	m->figures = (struct figures){.nats_per_note = 3.25, .heads = {1, 0.5, NAN, 0.25}, .notes = 77, .pieces = 3};
	m->provenance.corpus_fingerprint = UINT64_MAX - 1;
	m->provenance.steps = 123;
	strcpy(m->provenance.split, "hash of the notes");
	corpus_free(c);
	return m;
}

static inline int saved_setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static inline int saved_teardown(void **state)
{
	(void)state;
	return unlink(path);
}

#endif
