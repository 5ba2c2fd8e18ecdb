/*
 * Models in files: what is saved is loaded, to the bit, and saved again to the
 * byte; and a file that is cut or damaged is refused with a reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "model/compose.h"
#include "model/model_json.h"
#include "model_pass.h"
#include "model_saved.h"
#include "num/blas.h"

/* ---- there and back --------------------------------------------------------------- */

static void check_same_vocab(const struct vocab *a, const struct vocab *b)
{
	assert_int_equal(a->grid, b->grid);
	assert_int_equal(a->take, b->take);
	assert_int_equal(a->frame, b->frame);
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
	assert_int_equal(a->n_lengths, b->n_lengths);
	assert_memory_equal(a->lengths, b->lengths, (size_t)a->n_lengths * sizeof *a->lengths);
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

/* How music is read is part of a model; a description that does not say it is of a model of whole music. */
static void test_reading(void **state)
{
	static const char said[] = "\"take\":\"top\",\"frame\":12,";
	struct model *m = some_model(MUSIC_MELODY, false), *other;
	char *json, *at;

	(void)state;
	m->vocab->take = TAKE_TOP;
	m->vocab->frame = 12;
	json = model_to_json(m);
	assert_non_null(json);
	other = model_described(json);
	assert_non_null(other);
	check_same_vocab(m->vocab, other->vocab);
	model_free(other);
	at = strstr(json, said);
	assert_non_null(at);
	memset(at, ' ', strlen(said));
	other = model_described(json);
	assert_non_null(other);
	assert_int_equal(other->vocab->grid, m->vocab->grid);
	assert_int_equal(other->vocab->take, TAKE_ALL);
	assert_int_equal(other->vocab->frame, 0);
	model_free(other);
	free(json);
	model_free(m);
}

/* The first files have one top-p for pitches and durations. */
static void test_one_top_p(void **state)
{
	struct model *m = some_model(MUSIC_MELODY, false), *other;
	static const char now[] = "\"pitch_top_p\":0.95,\"duration_top_p\":0.85";
	char *json = model_to_json(m), *at = strstr(json, now), *once;

	(void)state;
	assert_non_null(at);
	once = text_format("%.*s\"top_p\":0.9%s", (int)(at - json), json, at + strlen(now));
	assert_non_null(once);
	other = model_described(once);
	if (!other)
		fail_msg("%s", error_message());
	assert_true(fabs(other->sampling.pitch_top_p - 0.9) < 1e-12);
	assert_true(fabs(other->sampling.duration_top_p - 0.9) < 1e-12);
	free(json);
	free(once);
	model_free(other);
	model_free(m);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_reading), cmocka_unit_test(test_one_top_p),
		cmocka_unit_test(test_round),          cmocka_unit_test(test_paths),   cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bit_flips),
	};

	blas_init();
	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
