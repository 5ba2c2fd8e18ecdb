/*
 * Models in files: what is saved is loaded, to the bit, and saved again to the
 * byte; and whatever is cut, flipped, claimed or made up is refused with a
 * reason, before memory is taken for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include "count_allocations.h"
#include "base/file.h"
#include "model/compose.h"
#include "model/model_json.h"
#include "model_pass.h"
#include "model_toy.h"
#include "num/blas.h"
#include "num/tensorfile.h"

static char path[] = "/tmp/musegen-test-XXXXXX";

struct bytes {
	unsigned char *data;
	size_t size;
};

static struct bytes read_back(void)
{
	struct bytes b;

	assert_int_equal(file_read(path, 1u << 24, &b.data, &b.size), 0);
	return b;
}

static struct model *some_model(unsigned kinds, bool dynamics)
{
	struct corpus *c = music_corpus(8, kinds, 12, 6, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 5);

	m->sampling = (struct sampling){0.9, 1.1, 0.95};
	m->figures = (struct figures){.nats_per_note = 3.25, .heads = {1, 0.5, NAN, 0.25}, .notes = 77, .pieces = 3};
	m->provenance.corpus_fingerprint = UINT64_MAX - 1;
	m->provenance.steps = 123;
	strcpy(m->provenance.split, "hash of the notes");
	corpus_free(c);
	return m;
}

/* ---- there and back --------------------------------------------------------------- */

static void check_same_vocab(const struct vocab *a, const struct vocab *b)
{
	assert_int_equal(a->grid, b->grid);
	assert_int_equal(a->parts, b->parts);
	assert_int_equal(a->dynamics, b->dynamics);
	assert_int_equal(a->velocity, b->velocity);
	assert_memory_equal(&a->durations, &b->durations, sizeof a->durations);
	assert_memory_equal(&a->shifts, &b->shifts, sizeof a->shifts);
	assert_int_equal(a->n_metres, b->n_metres);
	assert_memory_equal(a->metres, b->metres, (size_t)a->n_metres * sizeof *a->metres);
	assert_int_equal(a->n_styles, b->n_styles);
	for (int i = 0; i < a->n_styles; i++)
		assert_string_equal(a->styles[i], b->styles[i]);
	assert_int_equal(a->n_starts, b->n_starts);
	for (int i = 0; i < a->n_starts; i++) {
		const struct vocab_start *s = &a->starts[i], *t = &b->starts[i];

		assert_true(s->start.style == t->start.style && s->start.mode == t->start.mode &&
			    s->start.numerator == t->start.numerator && s->start.tempo == t->start.tempo &&
			    s->start.denominator_log2 == t->start.denominator_log2 &&
			    s->start.pickup == t->start.pickup && s->start.parts == t->start.parts &&
			    s->count == t->count && s->us_per_quarter == t->us_per_quarter);
	}
	assert_memory_equal(a->low, b->low, (size_t)a->parts);
	assert_memory_equal(a->high, b->high, (size_t)a->parts);
	assert_memory_equal(a->programs, b->programs, (size_t)a->parts);
}

/* The same logits: a piece step by step in both. */
static void check_same_logits(const struct model *a, const struct model *b)
{
	struct corpus *c = music_corpus(8, MUSIC_MELODY | MUSIC_METRES, 2, 20, true, SPLIT_BY_HASH);
	const struct piece *piece = c->pieces[a->vocab->parts >= 4].piece;
	struct pass p, q;

	pass_init(&p, &a->generator, 200, 1, false);
	pass_init(&q, &b->generator, 200, 1, false);
	assert_true(piece->n <= 200);
	pass_piece(&p, piece, 0, 3000);
	pass_piece(&q, piece, 0, 3000);
	pass_forward(&p, a->w);
	pass_forward(&q, b->w);
	for (int h = 0; h < HEADS; h++)
		assert_memory_equal(p.frame.logits[h], q.frame.logits[h],
				    (size_t)(p.batch.rows * head_classes(&a->generator, (enum head)h)) * sizeof(real));
	pass_done(&p);
	pass_done(&q);
	corpus_free(c);
}

static void check_there_and_back(unsigned kinds, bool dynamics)
{
	struct model *m = some_model(kinds, dynamics), *other;
	struct bytes first, again;

	assert_int_equal(model_save(m, path), 0);
	first = read_back();
	other = model_load(path);
	if (!other)
		fail_msg("%s", error_message());
	assert_non_null(strstr(path, other->name));
	assert_memory_equal(&m->generator.config, &other->generator.config, sizeof m->generator.config);
	assert_int_equal(m->generator.params.size, other->generator.params.size);
	assert_memory_equal(m->w, other->w, m->generator.params.size * sizeof(real));
	check_same_vocab(m->vocab, other->vocab);
	assert_memory_equal(&m->sampling, &other->sampling, sizeof m->sampling);
	assert_true(other->provenance.corpus_fingerprint == UINT64_MAX - 1 && other->provenance.steps == 123);
	assert_string_equal(other->provenance.corpus, "toys");
	assert_string_equal(other->provenance.split, "hash of the notes");
	assert_true(other->figures.notes == 77 && other->figures.pieces == 3);
	assert_true(other->figures.nats_per_note >= 3.25 && other->figures.nats_per_note <= 3.25);
	assert_true(isnan(other->figures.heads[HEAD_VELOCITY]));
	check_same_logits(m, other);
	assert_int_equal(model_save(other, path), 0);
	again = read_back();
	assert_int_equal(first.size, again.size);
	assert_memory_equal(first.data, again.data, first.size);
	free(first.data);
	free(again.data);
	model_free(m);
	model_free(other);
}

static void test_there_and_back(void **state)
{
	(void)state;
	check_there_and_back(MUSIC_ALL, true);
	check_there_and_back(MUSIC_MELODY, false);
}

static void test_round(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false);
	size_t last = m->generator.params.size - 1;

	(void)state;
	m->w[0] = (real)0.1;
	m->w[1] = 65504;
	m->w[2] = (real)1e-9;
	assert_int_equal(model_round(m), 0);
	assert_true(m->w[0] > (real)0.0999 && m->w[0] < (real)0.1);
	assert_true(m->w[1] >= 65504 && m->w[2] <= 0);
	m->w[last] = 65520;
	assert_int_equal(model_round(m), -1);
	m->w[last] = NAN;
	assert_int_equal(model_round(m), -1);
	assert_non_null(strstr(error_message(), "too large"));
	model_free(m);
}

static void test_paths(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false), *other;

	(void)state;
	assert_int_equal(model_save(m, "/tmp/no-such-folder-of-musegen/x.safetensors"), -1);
	assert_true(*error_message());
	assert_null(model_load("/tmp/no-such-folder-of-musegen/x.safetensors"));
	assert_non_null(strstr(error_message(), "/tmp/no-such-folder-of-musegen/x.safetensors"));
	assert_null(model_load("/tmp"));
	assert_int_equal(model_save(m, path), 0);
	{
		struct bytes b = read_back();

		other = model_parse("models/bach.safetensors", b.data, b.size);
		assert_non_null(other);
		assert_string_equal(other->name, "bach");
		model_free(other);
		other = model_parse("tune", b.data, b.size);
		assert_non_null(other);
		assert_string_equal(other->name, "tune");
		model_free(other);
		free(b.data);
	}
	model_free(m);
}

/* ---- damage ---------------------------------------------------------------------- */

static void check_refused(const unsigned char *data, size_t size, const char *why)
{
	struct model *m = model_parse("m", data, size);

	if (m)
		fail_msg("taken, though %s", why);
	if (!*error_message() || strchr(error_message(), '\n'))
		fail_msg("no reason of one line: \"%s\"", error_message());
}

static void test_cut(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false);
	struct bytes b;

	(void)state;
	assert_int_equal(model_save(m, path), 0);
	b = read_back();
	for (size_t n = 0; n < b.size; n += 97)
		check_refused(b.data, n, "it is cut");
	check_refused(b.data, b.size - 1, "its last byte is missing");
	free(b.data);
	model_free(m);
}

/* One bit of the header: refused with a reason, or a model all the same, of which music can be made. */
static void test_bit_flips(void **state)
{
	struct model *m = some_model(MUSIC_FOUR | MUSIC_METRES, true), *other;
	struct compose_options o;
	struct event event;
	struct bytes b;
	uint64_t length;
	int taken = 0, refused = 0;

	(void)state;
	compose_defaults(&o);
	assert_int_equal(model_save(m, path), 0);
	b = read_back();
	memcpy(&length, b.data, sizeof length);
	for (size_t at = 0; at < 8 + length; at += at < 8 ? 1 : 5) {
		unsigned char bit = (unsigned char)(1u << (at * 7 % 8));
		struct composer *composer;

		b.data[at] ^= bit;
		other = model_parse("m", b.data, b.size);
		b.data[at] ^= bit;
		if (!other) {
			assert_true(*error_message() && !strchr(error_message(), '\n'));
			refused++;
			continue;
		}
		taken++;
		composer = composer_new(other, &o);
		assert_non_null(composer);
		for (int i = 0; i < 3 && composer_next(composer, &event) == 1; i++)
			assert_true(event.shift >= 0);
		composer_free(composer);
		model_free(other);
	}
	print_message("%d flips refused, %d taken\n", refused, taken);
	assert_true(refused > 500);
	free(b.data);
	model_free(m);
}

/* ---- made-up files ------------------------------------------------------------------ */

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
			.name = x->name, .type = TENSOR_F32, .dims = x->rows == 1 ? 1 : 2,
			.shape = {x->rows == 1 ? x->cols : x->rows, x->cols}, .bytes = t.w + x->offset,
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
	t.outputs[t.n] = (struct tensorfile_output){.name = "more", .type = TENSOR_F32, .dims = 1, .shape = {1}, .bytes = t.w};
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
	{"\"format\":1", "\"format\":2", "format 2 is newer than this program knows (1)"},
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
	{"\"low\":[", "\"low\":[0,", "\"low\""},
	{"\"high\":[", "\"high\":[200,1,1,1],\"x\":[", "\"high\""},
	{"\"programs\":[", "\"programs\":[-2,1,1,1],\"x\":[", "\"programs\""},
	{"\"pitch_temperature\":0.9", "\"pitch_temperature\":0", "\"pitch_temperature\""},
	{"\"top_p\":0.95", "\"top_p\":1.5", "\"top_p\""},
	{"\"top_p\":0.95", "\"top_p\":\"x\"", "\"top_p\""},
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
		{"\"trunk\":12", "\"trunk\":2048"}, {"\"stream\":8", "\"stream\":1024"}, {"\"memory\":8", "\"memory\":1024"},
		{"\"hidden\":8", "\"hidden\":1024"}, {"\"window\":5", "\"window\":4096"}, {"\"grid\":24", "\"grid\":960"},
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
	print_message("%zu bytes of file, %ld allocated: %s\n", b.size, atomic_load(&allocated) - before, error_message());
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

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bit_flips),
		cmocka_unit_test(test_tensors),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_names_are_clean),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_oversized),
	};

	blas_init();
	return cmocka_run_group_tests(tests, setup, teardown);
}
