/*
 * Weights from another model: rows land where their meaning stands, whatever
 * the two vocabularies' order, and what was learned shows in the figures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include "model_toy.h"
#include "model/transfer.h"

static const struct generator_config four_slots = {.stream = 8,
                                                   .trunk = 16,
                                                   .layers = 2,
                                                   .memory = 16,
                                                   .heads = 2,
                                                   .window = 32,
                                                   .slots = 4,
                                                   .hidden = 16,
                                                   .nearby = 1,
                                                   .harmony = 1,
                                                   .form = 1};

static bool is_bias(const char *name)
{
	return strstr(name, ".bias") != NULL;
}

static const real *row_of(const struct model *m, const real *w, const char *name, int row)
{
	const struct tensor *t = params_find(&m->generator.params, name);

	assert_non_null(t);
	assert_in_range(row, 0, (is_bias(name) ? t->cols : t->rows) - 1);
	return w + t->offset + (size_t)row * (size_t)(is_bias(name) ? 1 : t->cols);
}

static void check_row(const struct model *to, const char *name, int row, const struct model *base, int from)
{
	const struct tensor *t = params_find(&to->generator.params, name);

	assert_memory_equal(row_of(to, to->w, name, row), row_of(base, base->w, name, from),
	                    (is_bias(name) ? 1 : (size_t)t->cols) * sizeof(real));
}

static void transfer(struct model *to, const struct model *base)
{
	params_init(&to->generator.params, to->w, 99);
	if (transfer_weights(to->w, &to->generator, base) < 0)
		fail_msg("%s", error_message());
}

static void test_same_corpus(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_ALL, 12, 10, true, SPLIT_BY_HASH);
	struct model *base = toy_random(c, &four_slots, 0.3, 5), *to = model_new(c, &four_slots);

	(void)state;
	transfer(to, base);
	for (size_t i = 0; i < to->generator.params.n; i++) {
		const struct tensor *t = &to->generator.params.tensors[i];

		assert_memory_equal(to->w + t->offset, base->w + t->offset,
		                    (size_t)t->rows * (size_t)t->cols * sizeof(real));
	}
	model_free(to);
	model_free(base);
	corpus_free(c);
}

/* A corpus of one part, in one style, whose pieces have just these durations and this metre. */
static struct corpus *plain_corpus(const char *style, const int *durations, int n, int numerator)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (size_t i = 0; i < c->n_styles; i++)
		free(c->styles[i]);
	c->styles[0] = mem_string(style);
	c->n_styles = 1;
	for (int p = 0; p < 4; p++) {
		struct piece *piece = piece_new(GRID);
		int shift = 0;

		piece->start =
			(struct start){.style = 0, .numerator = (uint8_t)numerator, .denominator_log2 = 2, .parts = 1};
		for (int i = 0; i < 16; i++) {
			music_add(piece, music_note(shift, 0, 60 + i % 5, durations[i % n]));
			shift = durations[i % n];
		}
		music_add(piece, music_end(shift));
		music_corpus_add(c, piece, p == 0 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

static void test_rows_by_meaning(void **state)
{
	static const int known[] = {12, 24, 36, 48}, mixed[] = {24, 30, 48};
	struct corpus *a = plain_corpus("reels", known, 4, 4), *b = plain_corpus("waltzes", mixed, 3, 3);
	struct corpus *c = plain_corpus("reels", mixed, 3, 4);
	struct model *base = toy_random(a, &four_slots, 0.3, 5), *to = model_new(b, &four_slots);
	struct model *same_style = model_new(c, &four_slots);
	const struct vocab *v = to->vocab, *u = base->vocab;
	const char *durations[] = {
		"query.before_duration", "query.last_duration",  "chosen.duration", "given.last_duration",
		"given.back1_duration",  "given.back8_duration", "duration.weight", "duration.bias",
	};
	const char *shifts[] = {"query.shift",       "next.shift",   "given.back1_shift",
	                        "given.back8_shift", "shift.weight", "shift.bias"};
	const char *metres[] = {"query.metre", "given.metre", "metre.weight", "metre.bias"};

	(void)state;
	transfer(to, base);
	transfer(same_style, base);
	/* 24 and 48 stand elsewhere in each; 30 is new and starts as the escape */
	assert_int_not_equal(symbols_find(&v->durations, 24), symbols_find(&u->durations, 24));
	assert_int_equal(symbols_find(&u->durations, 30), u->durations.n);
	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
		for (size_t k = 0; k < 3; k++)
			check_row(to, durations[i], symbols_find(&v->durations, mixed[k]), base,
			          symbols_find(&u->durations, mixed[k]));
		check_row(to, durations[i], v->durations.n, base, u->durations.n);
	}
	for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++)
		for (int k = 0; k <= v->shifts.n; k++)
			check_row(to, shifts[i], k, base,
			          k < v->shifts.n ? symbols_find(&u->shifts, v->shifts.values[k]) : u->shifts.n);
	/* three quarters are new to the base: its row for metres without a symbol */
	for (size_t i = 0; i < sizeof metres / sizeof *metres; i++)
		check_row(to, metres[i], vocab_metre(v, 3, 2), base, u->n_metres);
	check_row(same_style, "metre.weight", vocab_metre(same_style->vocab, 4, 2), base, vocab_metre(u, 4, 2));
	check_row(same_style, "query.style", 0, base, 0);
	/* of one style the mean is that style */
	check_row(to, "query.style", 0, base, 0);
	model_free(same_style);
	model_free(to);
	model_free(base);
	corpus_free(a);
	corpus_free(b);
	corpus_free(c);
}

/* More parts, fewer parts: the trunk reads the streams where they stand, whatever the slots. */
static void test_parts_and_slots(void **state)
{
	struct corpus *one = music_corpus(1, MUSIC_MELODY, 8, 10, false, SPLIT_BY_HASH);
	struct corpus *four = music_corpus(2, MUSIC_FOUR, 8, 10, true, SPLIT_BY_HASH);
	struct model *narrow = toy_random(one, &four_slots, 0.3, 5), *wide = toy_random(four, &four_slots, 0.3, 6);
	struct model *up = model_new(four, &four_slots), *down = model_new(one, &four_slots);
	const struct generator *g = &up->generator, *n = &narrow->generator;
	const size_t stream = (size_t)g->config.stream;
	const size_t columns = (size_t)g->query.width + stream, narrow_columns = (size_t)n->query.width + stream;

	(void)state;
	assert_int_equal(n->config.slots, 1);
	assert_int_equal(g->config.slots, 4);
	transfer(up, narrow);
	transfer(down, wide);
	for (size_t r = 0; r < 4 * (size_t)g->config.trunk; r++) {
		const real *mine = up->w + g->trunk[0].wx + r * columns;
		const real *old = narrow->w + n->trunk[0].wx + r * narrow_columns;

		assert_memory_equal(mine, old, (size_t)n->query.width * sizeof(real));
		assert_memory_equal(mine + g->query.width, old + n->query.width, stream * sizeof(real));
	}
	/* the heads: what is given with the pitch ends with the slots, and before what was chosen */
	for (int r = 0; r < g->config.hidden; r++) {
		const size_t wide_in = (size_t)g->next_hidden.in, narrow_in = (size_t)n->next_hidden.in;
		const size_t given = (size_t)(n->features + n->given.width), chosen = (size_t)g->chosen.width;
		const real *mine = up->w + g->next_hidden.w + (size_t)r * wide_in;
		const real *old = narrow->w + n->next_hidden.w + (size_t)r * narrow_in;

		assert_true(wide_in > narrow_in);
		assert_memory_equal(mine, old, given * sizeof(real));
		assert_memory_equal(mine + wide_in - chosen, old + narrow_in - chosen, chosen * sizeof(real));
		assert_memory_equal(up->w + g->duration_hidden.w + (size_t)r * (size_t)g->duration_hidden.in,
		                    narrow->w + n->duration_hidden.w + (size_t)r * (size_t)n->duration_hidden.in,
		                    given * sizeof(real));
	}
	for (int k = 0; k < 4; k++)
		check_row(up, "part.weight", k, narrow, 0);
	for (int k = 0; k < 4; k++)
		check_row(up, "given.back4_part", k, narrow, 0);
	check_row(up, "part.weight", class_metre(g), narrow, class_metre(n));
	check_row(up, "part.weight", class_end(g), narrow, class_end(n));
	check_row(down, "part.weight", 0, wide, 0);
	check_row(down, "part.bias", class_end(&down->generator), wide, class_end(&wide->generator));
	/* the base has no velocities: that head keeps its first weights, which are not all zero */
	assert_null(params_find(&n->params, "velocity.weight"));
	assert_true(*row_of(up, up->w, "velocity.weight", 0) != 0);
	model_free(up);
	model_free(down);
	model_free(narrow);
	model_free(wide);
	corpus_free(one);
	corpus_free(four);
}

static void test_refused(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_MELODY, 8, 10, false, SPLIT_BY_HASH);
	struct generator_config wider = four_slots;
	struct model *base = toy_random(c, &four_slots, 0.3, 5), *to;

	(void)state;
	wider.trunk = 24;
	assert_false(transfer_fits(&four_slots, &wider));
	to = model_new(c, &wider);
	assert_int_equal(transfer_weights(to->w, &to->generator, base), -1);
	assert_non_null(strstr(error_message(), "another shape"));
	model_free(to);
	to = model_new(c, &four_slots);
	base->vocab->grid = 48;
	assert_int_equal(transfer_weights(to->w, &to->generator, base), -1);
	assert_non_null(strstr(error_message(), "48 ticks a quarter, not 24"));
	base->vocab->grid = GRID;
	model_free(to);
	model_free(base);
	corpus_free(c);
}

/* What a base knows helps with few steps; and the model says what it began with. */
static void test_training(void **state)
{
	static const int durations[] = {24, 12, 12, 48};
	struct corpus *c = plain_corpus("reels", durations, 4, 4);
	struct train_config long_run = toy_config(120), short_run = toy_config(6);
	struct model *base = toy_train(c, &long_run, 3), *scratch, *begun;
	struct train_job job = {.corpus = c, .generator = &small_config, .train = &short_run, .seed = 4};
	const char *stopped;

	(void)state;
	base->name = mem_string("reels");
	assert_int_equal(train_model(&scratch, &stopped, &job), 0);
	job.base = base;
	assert_int_equal(train_model(&begun, &stopped, &job), 0);
	assert_true(begun->figures.nats_per_note < scratch->figures.nats_per_note - 0.5);
	assert_null(scratch->provenance.base);
	assert_non_null(begun->provenance.base);
	assert_non_null(strstr(begun->provenance.base, "reels (corpus "));
	assert_non_null(strstr(begun->provenance.base, ", seed 3, step "));
	model_free(base);
	model_free(scratch);
	model_free(begun);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_corpus),     cmocka_unit_test(test_rows_by_meaning),
		cmocka_unit_test(test_parts_and_slots), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_training),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
