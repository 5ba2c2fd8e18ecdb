/*
 * Model files that somebody made up: other tensors than the description says,
 * descriptions that lie, texts for the terminal, claims of gigabytes. All are
 * refused with a reason, before memory is taken for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include "count_allocations.h"
#include "model/model_json.h"
#include "model_saved.h"
#include "num/blas.h"
#include "num/tensorfile.h"

/* Writes m with a description and tensors as they are given, and reads it; NULL: the message is checked. */
static void check_tensors(const struct model *m, const char *json, const struct tensorfile_output *outputs, size_t n,
                          const char *reason)
{
	const char *key = "musegen";
	struct model *other;

	assert_int_equal(tensorfile_write(path, outputs, n, &key, &json, json ? 1 : 0), 0);
	other = model_load(path);
	if (!reason) {
		if (!other)
			fail_msg("refused: %s", error_message());
		assert_int_equal(other->generator.params.size, m->generator.params.size);
		model_free(other);
		return;
	}
	if (other)
		fail_msg("taken; it should have been \"%s\"", reason);
	if (!strstr(error_message(), reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, error_message());
}

struct tensors {
	struct tensorfile_output *outputs;
	size_t n;
	float *w;
};

static struct tensors tensors_of(const struct model *m)
{
	const struct params *p = &m->generator.params;
	struct tensors t = {calloc(p->n + 1, sizeof *t.outputs), p->n, calloc(p->size, sizeof *t.w)};

	assert_true(t.outputs && t.w);
	for (size_t i = 0; i < p->size; i++)
		t.w[i] = (float)m->w[i];
	for (size_t i = 0; i < p->n; i++) {
		const struct tensor *x = &p->tensors[i];

		t.outputs[i] = (struct tensorfile_output){
			.name = x->name,
			.type = TENSOR_F32,
			.dims = x->rows == 1 ? 1 : 2,
			.shape = {x->rows == 1 ? x->cols : x->rows, x->cols},
			.bytes = t.w + x->offset,
		};
	}
	return t;
}

static void tensors_done(struct tensors *t)
{
	free(t->outputs);
	free(t->w);
}

static void test_tensors(void **state)
{
	struct model *m = some_model(MUSIC_FOUR, false);
	struct tensors t = tensors_of(m);
	char *json = model_to_json(m);
	const char *empty = "";
	struct tensorfile_output kept = t.outputs[3];
	float was;

	(void)state;
	assert_non_null(json);
	check_tensors(m, json, t.outputs, t.n, NULL);
	check_tensors(m, NULL, t.outputs, t.n, "not a musegen model");
	check_tensors(m, empty, t.outputs, t.n, "its description is not JSON");
	check_tensors(m, json, t.outputs, t.n - 1, "tensors, its configuration says");
	t.outputs[t.n] =
		(struct tensorfile_output){.name = "more", .type = TENSOR_F32, .dims = 1, .shape = {1}, .bytes = t.w};
	check_tensors(m, json, t.outputs, t.n + 1, "tensors, its configuration says");
	t.outputs[3].name = "other";
	check_tensors(m, json, t.outputs, t.n, "is missing");
	t.outputs[3] = kept;
	t.outputs[3].shape[0] = kept.shape[1];
	t.outputs[3].shape[1] = kept.shape[0];
	assert_true(kept.dims == 2 && kept.shape[0] != kept.shape[1]);
	check_tensors(m, json, t.outputs, t.n, "another shape");
	t.outputs[3].dims = 1;
	t.outputs[3].shape[0] = kept.shape[0] * kept.shape[1];
	check_tensors(m, json, t.outputs, t.n, "another shape");
	t.outputs[3] = kept;
	t.outputs[3].shape[0]--;
	check_tensors(m, json, t.outputs, t.n, "another shape");
	t.outputs[3] = kept;
	t.outputs[3].type = TENSOR_U8;
	check_tensors(m, json, t.outputs, t.n, "not numbers");
	t.outputs[3] = kept;
	was = t.w[m->generator.params.tensors[3].offset + 2];
	for (int i = 0; i < 4; i++) {
		static const float bad[] = {NAN, INFINITY, -INFINITY, 70000};

		t.w[m->generator.params.tensors[3].offset + 2] = bad[i];
		check_tensors(m, json, t.outputs, t.n, i < 3 ? "not a number" : "too large");
	}
	t.w[m->generator.params.tensors[3].offset + 2] = was;
	check_tensors(m, json, t.outputs, t.n, NULL);
	free(json);
	tensors_done(&t);
	model_free(m);
}

/* A copy of text with its first `from` replaced. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *copy;

	if (!at)
		fail_msg("no %s in the description", from);
	copy = malloc(strlen(text) + strlen(to) + 1);
	assert_non_null(copy);
	sprintf(copy, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return copy;
}

/* What the description says, and what it is to be refused for; NULL: taken. */
static const struct {
	const char *from, *to, *reason;
} lies[] = {
	{"\"format\":1", "\"format\":6", "format 6 is newer than this program knows (5)"},
	{"\"format\":1", "\"format\":999999999", "newer"},
	{"\"format\":1", "\"format\":0", "no format number"},
	{"\"format\":1", "\"format\":1.5", "no format number"},
	{"\"format\":1", "\"format\":\"1\"", "no format number"},
	{"\"trunk\":12", "\"trunk\":4096", "\"trunk\""},
	{"\"trunk\":12", "\"trunk\":-12", "\"trunk\""},
	{"\"trunk\":12", "\"trunk\":1e300", "\"trunk\""},
	{"\"trunk\":12", "\"trunk\":null", "\"trunk\""},
	{"\"trunk\":12", "\"trunc\":12", "\"trunk\""},
	{"\"trunk\":12", "\"trunk\":13", "another shape"},
	{"\"trunk\":12", "\"trunk\":2048", "weights"},
	{"\"heads\":2", "\"heads\":3", "multiple"},
	{"\"heads\":2", "\"heads\":0", "\"heads\""},
	{"\"layers\":2", "\"layers\":4", "tensors"},
	{"\"layers\":2", "\"layers\":5", "\"layers\""},
	{"\"window\":5", "\"window\":0", "\"window\""},
	{"\"grid\":24", "\"grid\":0", "\"grid\""},
	{"\"grid\":24", "\"grid\":961", "\"grid\""},
	{"\"take\":\"all\"", "\"take\":\"best\"", "\"take\""},
	{"\"take\":\"all\"", "\"take\":1", "\"take\""},
	{"\"frame\":0", "\"frame\":-1", "\"frame\""},
	{"\"frame\":0", "\"frame\":1921", "\"frame\""},
	{"\"parts\":4", "\"parts\":65", "\"parts\""},
	{"\"parts\":4", "\"parts\":0", "\"parts\""},
	{"\"parts\":4", "\"parts\":3", ""},
	{"\"velocity\":80", "\"velocity\":0", "\"velocity\""},
	{"\"parts\":\"15\"", "\"parts\":\"16\"", "parts the model has not"},
	{"\"parts\":\"15\"", "\"parts\":\"0\"", "parts the model has not"},
	{"\"parts\":\"15\"", "\"parts\":\"18446744073709551615\"", "parts the model has not"},
	{"\"parts\":\"15\"", "\"parts\":\"18446744073709551616\"", "64 bits"},
	{"\"parts\":\"15\"", "\"parts\":\"99999999999999999999\"", "64 bits"},
	{"\"parts\":\"15\"", "\"parts\":\"-1\"", "64 bits"},
	{"\"parts\":\"15\"", "\"parts\":\"\"", "number in a string"},
	{"\"parts\":\"15\"", "\"parts\":15", "number in a string"},
	{"\"pickup\":0", "\"pickup\":1073741824", "\"pickup\""},
	{"\"style\":0", "\"style\":2", "\"style\""},
	{"\"style\":0", "\"style\":-2", "\"style\""},
	{"\"mode\":", "\"mode\":7,\"x\":", "\"mode\""},
	{"\"tempo\":", "\"tempo\":9,\"x\":", "\"tempo\""},
	{"\"numerator\":", "\"numerator\":0,\"x\":", "\"numerator\""},
	{"\"denominator_log2\":2", "\"denominator_log2\":8", "\"denominator_log2\""},
	{"\"shifts\":[0,", "\"shifts\":[", ""},
	{"\"shifts\":[0,", "\"shifts\":[0,0,", "\"shifts\" does not ascend"},
	{"\"shifts\":[0,", "\"shifts\":[-1,", "\"shifts\""},
	{"\"durations\":[", "\"durations\":[0,", "\"durations\""},
	{"\"durations\":[", "\"durations\":[4096,", "\"durations\""},
	{"\"durations\":[", "\"durations\":[],\"x\":[", "\"durations\""},
	{"\"durations\":[", "\"durations\":7,\"x\":[", "\"durations\""},
	{"\"metres\":[[", "\"metres\":[[0,2],[", "\"metres\""},
	{"\"metres\":[[", "\"metres\":[[4,8],[", "\"metres\""},
	{"\"metres\":[[", "\"metres\":[[4],[", "\"metres\""},
	{"\"metres\":[[", "\"metres\":[4,[", "\"metres\""},
	{"\"styles\":[", "\"styles\":[3,", "\"styles\""},
	{"\"starts\":[", "\"starts\":[],\"x\":[", "\"starts\""},
	{"\"lengths\":[", "\"lengths\":[0,", "\"lengths\""},
	{"\"lengths\":[", "\"lengths\":[],\"x\":[", "\"lengths\""},
	{"\"lengths\":[", "\"lengths\":[1.5,", "\"lengths\""},
	{"\"lengths\":[", "\"length\":[", "\"lengths\""},
	{"\"lengths\":[", "\"lengths\":[1073741824,", NULL},
	{"\"low\":[", "\"low\":[0,", "\"low\""},
	{"\"high\":[", "\"high\":[200,1,1,1],\"x\":[", "\"high\""},
	{"\"programs\":[", "\"programs\":[-2,1,1,1],\"x\":[", "\"programs\""},
	{"\"pitch_temperature\":0.9", "\"pitch_temperature\":0", "\"pitch_temperature\""},
	{"\"pitch_top_p\":0.95", "\"pitch_top_p\":1.5", "\"pitch_top_p\""},
	{"\"duration_top_p\":0.85", "\"duration_top_p\":\"x\"", "\"duration_top_p\""},
	{"\"seed\":\"5\"", "\"seed\":\"5x\"", "\"seed\""},
	{"\"steps\":123", "\"steps\":1e99", "\"steps\""},
	{"\"vocabulary\":{", "\"vocabulary\":[],\"x\":{", "\"grid\""},
	{"\"generator\":{", "\"generator\":7,\"x\":{", ""},
	{"{", "[{", "JSON"},
	/* What is missing or odd among the figures and names does no harm. */
	{"\"nats_per_note\":3.25", "\"nats_per_note\":null", NULL},
	{"\"figures\":{", "\"x\":{", NULL},
	{"\"licence\":\"\"", "\"licence\":\"a\\n\\u001b[31mb\"", NULL},
	{"\"styles\":[\"chorales\"", "\"styles\":[\"\\u001b[2J\\t\"", NULL},
};

static void test_lies(void **state)
{
	struct model *m = some_model(MUSIC_FOUR, false);
	struct tensors t = tensors_of(m);
	char *json = model_to_json(m);

	(void)state;
	assert_non_null(json);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		char *lie = replaced(json, lies[i].from, lies[i].to);

		check_tensors(m, lie, t.outputs, t.n, lies[i].reason);
		free(lie);
	}
	free(json);
	tensors_done(&t);
	model_free(m);
}

/* Names from a file never carry control characters to a terminal. */
static void test_names_are_clean(void **state)
{
	struct model *m = some_model(MUSIC_FOUR, false), *other;
	char *json = model_to_json(m), *lie = replaced(json, "\"chorales\"", "\"\\u001b]0;x\\u0007\"");
	struct tensors t = tensors_of(m);
	const char *key = "musegen";

	(void)state;
	assert_int_equal(tensorfile_write(path, t.outputs, t.n, &key, (const char *const *)&lie, 1), 0);
	other = model_load(path);
	assert_non_null(other);
	for (const char *s = other->vocab->styles[0]; *s; s++)
		assert_true((unsigned char)*s >= 0x20 && *s != 0x7f);
	free(lie);
	free(json);
	tensors_done(&t);
	model_free(m);
	model_free(other);
}

/* A text that is too long is cut between characters, so that it can be written again. */
static void test_long_texts(void **state)
{
	struct model *m = some_model(MUSIC_FOUR, false), *other;
	char *json = model_to_json(m);
	struct tensors t = tensors_of(m);
	const char *key = "musegen";

	(void)state;
	for (int odd = 0; odd < 2; odd++) {
		char text[400] = "\"licence\":\"", *lie;

		strcat(text, odd ? "x" : "");
		for (int i = 0; i < 100; i++)
			strcat(text, "\xc3\xbc");
		lie = replaced(json, "\"licence\":\"", text);
		assert_int_equal(tensorfile_write(path, t.outputs, t.n, &key, (const char *const *)&lie, 1), 0);
		other = model_load(path);
		assert_non_null(other);
		assert_int_equal(strlen(other->provenance.licence), odd ? 127 : 126);
		if (model_save(other, path) < 0)
			fail_msg("%s", error_message());
		model_free(other);
		other = model_load(path);
		assert_non_null(other);
		model_free(other);
		free(lie);
	}
	free(json);
	tensors_done(&t);
	model_free(m);
}

/*
 * The widest network there may be, claimed by a file with as many tensors but
 * of one element each: what is allocated is what the file has, not what it claims.
 */
static void test_claims(void **state)
{
	static const char *const wide[][2] = {
		{"\"trunk\":12", "\"trunk\":2048"},  {"\"stream\":8", "\"stream\":1024"},
		{"\"memory\":8", "\"memory\":1024"}, {"\"hidden\":8", "\"hidden\":1024"},
		{"\"window\":5", "\"window\":4096"}, {"\"grid\":24", "\"grid\":960"},
	};
	struct model *m = some_model(MUSIC_FOUR, false), *other;
	char *json = model_to_json(m);
	struct tensors t = tensors_of(m);
	const char *key = "musegen";
	struct bytes b;
	long before;

	(void)state;
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		char *lie = replaced(json, wide[i][0], wide[i][1]);

		free(json);
		json = lie;
	}
	for (size_t i = 0; i < t.n; i++) {
		t.outputs[i].dims = 1;
		t.outputs[i].shape[0] = 1;
	}
	assert_int_equal(tensorfile_write(path, t.outputs, t.n, &key, (const char *const *)&json, 1), 0);
	b = read_back();
	before = atomic_load(&allocated);
	other = model_parse("m", b.data, b.size);
	assert_null(other);
	assert_non_null(strstr(error_message(), "weights, it has"));
	assert_true(atomic_load(&allocated) - before < 40 * (long)b.size + 100000);
	print_message("%zu bytes of file, %ld allocated: %s\n", b.size, atomic_load(&allocated) - before,
	              error_message());
	free(b.data);
	free(json);
	tensors_done(&t);
	model_free(m);
}

/* A file larger than any model is not read. */
static void test_oversized(void **state)
{
	long before;

	(void)state;
	assert_int_equal(truncate(path, (long)MODEL_FILE_MAX + 1), 0);
	before = atomic_load(&allocated);
	assert_null(model_load(path));
	assert_true(atomic_load(&allocated) - before < 100000);
	assert_true(*error_message());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tensors),         cmocka_unit_test(test_lies),
		cmocka_unit_test(test_names_are_clean), cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_claims),          cmocka_unit_test(test_oversized),
	};

	blas_init();
	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
