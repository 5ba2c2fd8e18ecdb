/*
 * Checkpoints that are not what they should be: of another corpus, seed,
 * configuration, version or format they are refused with a message that says
 * so; cut or damaged they are refused or harmless, never more than that.
 * MUSEGEN_LONG=1 goes through every byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/training.h"
#include "model_resume.h"
#include "num/blas.h"

enum { STEPS = 8, BROKEN_AT = 5 };

static struct plan plan;
static struct bytes good; /* its checkpoint */

static bool is_long(void)
{
	return getenv("MUSEGEN_LONG") != NULL;
}

static int setup(void **state)
{
	const char *stopped;

	resume_setup(state);
	plan = (struct plan){
		.corpus = music_corpus(5, MUSIC_FOUR | MUSIC_MELODY, 3, 5, true, SPLIT_BY_TAIL),
		.generator = {.stream = 8,
	                      .trunk = 8,
	                      .layers = 1,
	                      .memory = 4,
	                      .heads = 1,
	                      .window = 5,
	                      .slots = 1,
	                      .hidden = 8},
		.train = toy_config(STEPS),
		.seed = UINT64_MAX - 3,
	};
	plan.corpus->fingerprint = UINT64_MAX - 1;
	plan.train.lanes = 2;
	plan.train.shards = 2;
	plan.train.chunk = 8;
	plan.train.checkpoint = 1e6;
	model_free(run_to(&plan, false, BROKEN_AT, 0, &stopped));
	good = bytes_of_file(checkpoint_path);
	return 0;
}

static int teardown(void **state)
{
	corpus_free(plan.corpus);
	free(good.data);
	return resume_teardown(state);
}

static struct bytes copy_of(struct bytes b)
{
	struct bytes copy = {mem_new(b.size, 1), b.size};

	assert_non_null(copy.data);
	memcpy(copy.data, b.data, b.size);
	return copy;
}

static void check_message(const char *part)
{
	if (!strstr(error_message(), part) || strchr(error_message(), '\n'))
		fail_msg("\"%s\" is not in \"%s\", or it is not one line", part, error_message());
}

/* Goes on from the bytes for some steps. 0, or -1: refused, with one line. */
static int go_on(const struct plan *p, const unsigned char *data, size_t size)
{
	struct checkpoint *c;
	int result = -1;

	error_clear();
	c = checkpoint_parse("the file", data, size);
	if (c) {
		const struct train_job job = {.corpus = p->corpus, .train = &p->train, .seed = p->seed, .resume = c};
		struct training t;

		result = training_begin(&t, &job);
		/* every lane goes through a piece's end */
		for (int i = 0; i < 3 && result == 0; i++)
			result = training_step(&t);
		training_done(&t);
		model_free(t.model);
	}
	checkpoint_free(c);
	if (result < 0) {
		assert_true(error_message()[0]);
		assert_null(strchr(error_message(), '\n'));
	}
	return result;
}

static void refused(const struct plan *p, struct bytes b, const char *part)
{
	if (go_on(p, b.data, b.size) == 0)
		fail_msg("taken, not refused: \"%s\"", part);
	check_message("the file: ");
	check_message(part);
}

/* ---- of something else ------------------------------------------------------- */

static void test_taken_as_it_is(void **state)
{
	(void)state;
	assert_int_equal(go_on(&plan, good.data, good.size), 0);
}

static void test_another_corpus(void **state)
{
	struct plan other = plan;

	(void)state;
	plan.corpus->fingerprint--;
	refused(&plan, good, "the corpus is not what it was (3 pieces then, 3 now)");
	plan.corpus->fingerprint++;
	other.corpus = music_corpus(6, MUSIC_FOUR, 5, 5, true, SPLIT_BY_TAIL);
	refused(&other, good, "the corpus is not what it was (3 pieces then, 5 now)");
	corpus_free(other.corpus);
}

static void test_another_seed(void **state)
{
	struct plan other = plan;

	(void)state;
	other.seed--;
	refused(&other, good, "its settings are others");
}

/* Every setting but how often checkpoints are written. */
static void test_another_setting(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_train_items; i++) {
		const struct conf_item *item = &train_items[i];
		struct plan other = plan;
		char *field = (char *)&other.train + item->offset;

		if (item->type == CONF_INT || item->type == CONF_CHOICE) {
			int value;

			memcpy(&value, field, sizeof value);
			value = value > item->low ? value - 1 : value + 1;
			memcpy(field, &value, sizeof value);
		} else if (item->type == CONF_TEXT) {
			strcat(field, "x");
		} else {
			double value;

			assert_int_equal(item->type, CONF_REAL);
			memcpy(&value, field, sizeof value);
			/* the next number there is counts */
			value = nextafter(value, value > item->low ? item->low : item->high);
			memcpy(field, &value, sizeof value);
		}
		if (strcmp(item->key, "checkpoint") == 0)
			assert_int_equal(go_on(&other, good.data, good.size), 0);
		else if (strcmp(item->key, "lanes") == 0 || strcmp(item->key, "shards") == 0)
			assert_int_equal(go_on(&other, good.data, good.size), -1);
		else
			refused(&other, good, "its settings are others");
	}
}

/* Another text of the same length in the header, where it stands once. */
static struct bytes with_text(const char *before, const char *after)
{
	struct bytes b = copy_of(good);
	unsigned char *at = memmem(b.data, b.size, before, strlen(before));

	if (!at)
		fail_msg("%s is not in the file", before);
	assert_int_equal(strlen(before), strlen(after));
	memcpy(at, after, strlen(after));
	return b;
}

static void test_another_text(void **state)
{
	static const struct {
		const char *before, *after, *message;
	} cases[] = {
		{"\\\"format\\\":1,\\\"version\\\"", "\\\"format\\\":2,\\\"version\\\"", "a checkpoint of format 2"},
		{"\\\"format\\\":1,\\\"version\\\"", "\\\"format\\\":0,\\\"version\\\"", "a checkpoint of format 0"},
		{"\\\"format\\\":1,\\\"version\\\"", "\\\"formal\\\":1,\\\"version\\\"", "not a checkpoint"},
		{"\\\"version\\\":\\\"" MUSEGEN_VERSION, "\\\"version\\\":\\\"x\\\\n0",
	         "written by musegen x?0, this is"},
		{"\\\"likelihood\\\"", "\\\"likelyhood\\\"", "a stage that this program does not know"},
		{"\\\"seed\\\":\\\"1844", "\\\"seed\\\":\\\"-844", "its \"seed\" is no number"},
		{"\\\"corpus\\\":\\\"1844", "\\\"corpus\\\":\\\"x844", "its \"corpus\" is no number"},
		{"musegen-checkpoint", "musegen-checkpoinT", "not a checkpoint of musegen"},
		{"carry.trunk", "carry.trunl", "tensor carry.trunk is missing"},
		{"\"moment1\"", "\"momemt1\"", "tensor moment1 is missing"},
		{"\"best\"", "\"bust\"", "tensor best is missing"},
		{"\"weights\"", "\"heights\"", "its weights are not those of its model"},
		{"\\\"stream\\\":8", "\\\"stream\\\":9", "its weights are not those of its model"},
		{"\\\"grid\\\":24", "\\\"grid\\\":12", "its weights are not those of its model"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes b = with_text(cases[i].before, cases[i].after);

		refused(&plan, b, cases[i].message);
		free(b.data);
	}
}

/* ---- wrong numbers ------------------------------------------------------------- */

/* Sets number `index` of a tensor of whole numbers. */
static struct bytes with_number(const char *tensor, size_t index, int64_t value)
{
	struct bytes b = copy_of(good);
	struct tensorfile *t = tensorfile_parse("the file", good.data, good.size);
	const struct tensorfile_entry *e;

	assert_non_null(t);
	e = tensorfile_find(t, tensor);
	assert_non_null(e);
	assert_true(e->type == TENSOR_I64 && index < tensorfile_count(e));
	memcpy(b.data + (good.size - t->data_size) + e->offset + 8 * index, &value, 8);
	tensorfile_free(t);
	return b;
}

static void test_wrong_numbers(void **state)
{
	static const struct {
		const char *tensor;
		size_t index;
		int64_t value;
		const char *message;
	} cases[] = {
		{"state", 0, -1, "out of range"},
		{"state", 0, INT64_MAX, "out of range"},
		{"state", 0, STEPS + 1, "do not agree"},
		{"state", 1, BROKEN_AT - 1, "do not agree"},
		{"state", 3, BROKEN_AT + 1, "do not agree"},
		{"state", 6, INT64_MIN, "out of range"},
		{"lane.place", 0, -1, "no place of the music"},
		{"lane.place", 0, INT64_MAX, "no place of the music"},
		{"lane.place", 0, 0, "in no piece"},
		{"lane.place", 1, 0, "a piece that has not as many"},
		{"lane.place", 1, 1000000, "a piece that has not as many"},
		{"lane.place", 1, INT64_MAX, "a piece that has not as many"},
		{"lane.place", 2, -1, "no place of the music"},
		{"lane.place", 2, INT64_MAX, "no place of the music"},
		{"lane.place", 2, 0, "memory"},
		{"lane.place", 3, INT64_MIN, "its piece begins"},
		{"lane.place", 3, 1000, "its piece begins"},
		{"lane.place", 7, INT64_MAX, "its piece begins"},
		{"carry.times", 0, -1, "back in time"},
		{"carry.times", 0, (int64_t)1 << 31, "back in time"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes b = with_number(cases[i].tensor, cases[i].index, cases[i].value);

		refused(&plan, b, cases[i].message);
		free(b.data);
	}
}

/* ---- cut and damaged ------------------------------------------------------------- */

static void test_cut(void **state)
{
	struct tensorfile *t = tensorfile_parse("the file", good.data, good.size);
	size_t header, step;

	(void)state;
	assert_non_null(t);
	header = good.size - t->data_size;
	tensorfile_free(t);
	/* a header that is not whole is not looked at: its first bytes and its end are where things happen */
	for (size_t n = 0; n < good.size; n += step) {
		step = is_long() || n < 64 || (n > header - 64 && n < header + 64) || n > good.size - 64 ? 1 : 997;
		assert_null(checkpoint_parse("the file", good.data, n));
		check_message("the file: ");
	}
}

/* One bit of every `stride`th byte in a range. Returns how many were taken all the same. */
static long flip(struct bytes b, size_t from, size_t to, size_t stride, struct random *r)
{
	long taken = 0;

	for (size_t at = from; at < to; at += is_long() ? 1 : stride) {
		const unsigned char was = b.data[at];

		b.data[at] ^= (unsigned char)(1u << random_below(r, 8));
		taken += go_on(&plan, b.data, b.size) == 0;
		b.data[at] = was;
	}
	return taken;
}

static void test_flipped(void **state)
{
	struct tensorfile *t = tensorfile_parse("the file", good.data, good.size);
	struct random r = random_stream(3, 0, 0, 0);
	struct bytes b = copy_of(good);
	long header, data = 0;
	size_t start;

	(void)state;
	assert_non_null(t);
	start = good.size - t->data_size;
	header = flip(b, 0, start, 1, &r);
	/* there, hardly anything can be another byte: the note, the name of the BLAS */
	assert_true(header < (long)start / 10);
	for (size_t i = 0; i < t->n; i++) {
		const struct tensorfile_entry *e = &t->entries[i];

		data += flip(b, start + e->offset, start + e->offset + e->size, e->size / 100 + 1, &r);
	}
	print_message("%ld flips taken in the header's %zu bytes, %ld in the data\n", header, start, data);
	/* one weight is as good as another */
	assert_true(data > 0);
	assert_memory_equal(b.data, good.data, b.size);
	tensorfile_free(t);
	free(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_as_it_is),
		cmocka_unit_test(test_another_corpus),
		cmocka_unit_test(test_another_seed),
		cmocka_unit_test(test_another_setting),
		cmocka_unit_test(test_another_text),
		cmocka_unit_test(test_wrong_numbers),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flipped),
	};

	blas_init();
	return cmocka_run_group_tests(tests, setup, teardown);
}
