/*
 * Knobs: what is measured of music, and the codes that phrases are told. Turned
 * in the middle of a piece they change what comes, and nothing that was. Files
 * of models that have some.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "doubles.h"
#include "knob_ground.h"
#include "model/compose_live.h"
#include "model/model_json.h"
#include "model/shard.h"
#include "model_lies.h"
#include "model_saved.h"
#include "num/blas.h"

/* ---- what is measured ----------------------------------------------------------- */

/* Two parts; chords in the lower one. */
static struct piece *known_piece(void)
{
	static const int pitches[] = {60, 64, 72, 71, 60, 60};
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start = (struct start){.numerator = 4, .denominator_log2 = 2, .parts = 3};
	for (int i = 0; i < 6; i++) {
		music_add(p, music_note(i ? 12 : 0, 0, pitches[i], 12));
		if (i == 0 || i == 4) {
			music_add(p, music_note(0, 1, i ? 50 : 48, 24));
			music_add(p, music_note(0, 1, i ? 41 : 40, 24));
		}
	}
	music_add(p, music_end(12));
	return p;
}

static void test_measures(void **state)
{
	static const struct knob_scale s = {.pitch = {62, 45}};
	struct piece *p = known_piece();
	double x[KNOBS];

	(void)state;
	knobs_of_piece(x, p, &s);
	/* six onsets in three quarters; +4 +8 -1 -11 0 and, of the chords' highest notes, +2 */
	assert_true(fabs(x[KNOB_DENSITY] - 2) < 1e-12);
	assert_true(fabs(x[KNOB_REGISTER] - (387.0 - 6 * 62 + 179 - 4 * 45) / 10) < 1e-12);
	assert_true(fabs(x[KNOB_LEAPS] - 2 / 6.0) < 1e-12);
	piece_free(p);
}

static void test_codes(void **state)
{
	static const struct knob_scale s = {.middle = {2, 0, 0.5}, .spread = {0.5, 4, 0}};
	const double values[][KNOBS] = {{2, 0, 0.5}, {2.5, -4, 1}, {9, -90, 0}, {NAN, NAN, NAN}};
	const double codes[][KNOBS] = {{0, 0, NAN}, {0.5, -0.5, NAN}, {1, -1, NAN}, {NAN, NAN, NAN}};

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		double c[KNOBS];

		knob_codes(c, values[i], &s);
		for (int k = 0; k < KNOBS; k++)
			assert_true(isnan(codes[i][k]) ? isnan(c[k]) : fabs(c[k] - codes[i][k]) < 1e-12);
	}
}

/* Of a corpus's phrases the codes have mean 0, but for what is cut off at 1; moved up, register alone is another. */
static void test_phrases(void **state)
{
	struct ground k;
	double sum[KNOBS] = {0}, n[KNOBS] = {0};
	size_t moved = 0;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_BARS, 120);
	for (size_t i = 0; i < k.corpus->n; i++) {
		const struct piece *p = k.corpus->pieces[i].piece;
		struct phrases f = {.n = 0};
		double *c, *up;

		assert_int_equal(phrases_cut(&f, p, p->n, k.m->vocab), 0);
		c = malloc(f.n * KNOBS * sizeof *c);
		up = malloc(f.n * KNOBS * sizeof *up);
		assert_true(c && up);
		knobs_of_phrases(c, &f, p, 0, &k.m->knob_scale);
		knobs_of_phrases(up, &f, p, 2, &k.m->knob_scale);
		for (size_t j = 0; j < f.n * KNOBS; j++) {
			if (isnan(c[j]))
				continue;
			assert_true(c[j] >= -1 && c[j] <= 1);
			if (j % KNOBS != KNOB_REGISTER)
				assert_true(c[j] == up[j]);
			else if (c[j] < 1 && up[j] < 1 && c[j] > -1)
				assert_true(fabs(up[j] - c[j] - 1 / k.m->knob_scale.spread[KNOB_REGISTER]) < 1e-9 &&
				            ++moved);
			sum[j % KNOBS] += k.corpus->pieces[i].split == SPLIT_TRAIN ? c[j] : 0;
			n[j % KNOBS] += k.corpus->pieces[i].split == SPLIT_TRAIN;
		}
		free(c);
		free(up);
		phrases_done(&f);
	}
	assert_true(moved > 10);
	for (int j = 0; j < KNOBS; j++)
		assert_true(n[j] > 10 && fabs(sum[j] / n[j]) < 0.1);
	ground_done(&k);
}

/* Which rows of a feed are told what: the codes of their phrases, as often as asked for, and never those of the mask. */
static void test_feed(void **state)
{
	enum { STEPS = 16, CHUNKS = 200 };
	struct ground k;
	struct feed_options options = {.seed = 4,
	                               .training = true,
	                               .split = SPLIT_TRAIN,
	                               .untold = 1u << KNOB_REGISTER,
	                               .untold_share = 0.4,
	                               .lanes_in_all = 1};
	long told[KNOBS] = {0}, rows = 0;
	struct shard s;
	uint32_t *order;
	size_t n;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_BARS, 120);
	options.knobs = &k.m->knob_scale;
	order = feed_pieces(k.corpus, k.m->vocab, SPLIT_TRAIN, &n);
	assert_non_null(order);
	assert_int_equal(shard_init(&s, &k.m->generator, k.corpus, &options, order, n, 0, 1, STEPS, false), 0);
	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		assert_int_equal(feed_chunk(&s.feed, &s.batch, STEPS), 1);
		for (int r = 0; r < STEPS; r++, rows++)
			for (int j = 0; j < KNOBS; j++)
				told[j] += !isnan(s.batch.knobs[r * KNOBS + j]);
	}
	assert_int_equal(told[KNOB_REGISTER], 0);
	assert_true((double)told[KNOB_DENSITY] / (double)rows > 0.5 && (double)told[KNOB_DENSITY] / (double)rows < 0.7);
	assert_true((double)told[KNOB_LEAPS] / (double)rows > 0.4 && (double)told[KNOB_LEAPS] / (double)rows < 0.7);
	shard_done(&s);
	free(order);
	ground_done(&k);
}

/* ---- making music ---------------------------------------------------------------- */

static bool same_event(const struct event *a, const struct event *b)
{
	return a->shift == b->shift && a->kind == b->kind && a->part == b->part && a->pitch == b->pitch &&
	       a->duration == b->duration;
}

static void test_turned(void **state)
{
	static const struct composer_changes changes = {
		.temperature = 1, .key = {-1, MODE_UNKNOWN}, .style = -1, .knobs = {1, -1, NAN}};
	enum { BEFORE = 40, AFTER = 40 };
	struct ground k;
	struct compose_options o;
	struct composer *a, *b;
	int others = 0;

	(void)state;
	ground_init(&k, MUSIC_FOUR, 60);
	compose_defaults(&o);
	for (int i = 0; i < KNOBS; i++)
		assert_true(isnan(o.knobs[i]));
	o.seed = 3;
	o.endless = true;
	a = composer_new(k.m, &o);
	b = composer_new(k.m, &o);
	assert_true(a && b);
	for (int i = 0; i < BEFORE + AFTER; i++) {
		struct event x, y;

		if (i == BEFORE)
			composer_change(b, &changes);
		assert_int_equal(composer_next(a, &x), 1);
		assert_int_equal(composer_next(b, &y), 1);
		if (i < BEFORE)
			assert_true(same_event(&x, &y));
		others += !same_event(&x, &y);
	}
	assert_true(others > AFTER / 4);
	composer_free(a);
	composer_free(b);
	ground_done(&k);
}

static void refuses(const struct model *m, enum knob k, double turn, const char *reason)
{
	struct compose_options o;

	compose_defaults(&o);
	o.knobs[k] = turn;
	assert_int_equal(compose_check(m, &o), -1);
	if (!strstr(error_message(), reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, error_message());
}

static void test_refused(void **state)
{
	struct ground k;
	struct model *plain;

	(void)state;
	ground_init(&k, MUSIC_FOUR, 6);
	plain = toy_random(k.corpus, &small_config, 0.4, 3);
	refuses(plain, KNOB_DENSITY, 0.5, "has no knobs");
	refuses(k.m, KNOB_DENSITY, 1.5, "-1 to 1");
	refuses(k.m, KNOB_DENSITY, INFINITY, "-1 to 1");
	k.m->knob_scale.spread[KNOB_LEAPS] = 0;
	refuses(k.m, KNOB_LEAPS, 0.5, "no knob leaps");
	model_free(plain);
	ground_done(&k);
}

/* ---- files ------------------------------------------------------------------------ */

static void test_file(void **state)
{
	struct ground k;
	struct model *other;

	(void)state;
	ground_init(&k, MUSIC_FOUR, 6);
	k.m->knobs = (struct knob_figures){
		.nats = 2.5, .nats_alone = {3, NAN, 2}, .pieces = 7, .untold = {1, 2, NAN}, .turned = {{{0.5, NAN}}}};
	k.m->knobs.half[KNOBS - 1][KNOB_TURNS - 1][KNOBS - 1] = 0.25;
	assert_int_equal(model_format(k.m), 5);
	assert_int_equal(model_save(k.m, path), 0);
	other = model_load(path);
	assert_non_null(other);
	assert_int_equal(other->generator.config.knobs, WIDTH);
	assert_memory_equal(&other->knob_scale.spread, &k.m->knob_scale.spread, sizeof other->knob_scale.spread);
	assert_memory_equal(&other->knob_scale.middle, &k.m->knob_scale.middle, sizeof other->knob_scale.middle);
	for (int i = 0; i < other->vocab->parts; i++)
		assert_true(other->knob_scale.pitch[i] == k.m->knob_scale.pitch[i]);
	assert_true(other->knobs.nats == 2.5 && isnan(other->knobs.nats_alone[1]) && other->knobs.pieces == 7);
	assert_true(other->knobs.untold[1] == 2 && isnan(other->knobs.turned[0][0][1]));
	assert_true(other->knobs.half[KNOBS - 1][KNOB_TURNS - 1][KNOBS - 1] == 0.25);
	assert_memory_equal(other->w, k.m->w, k.m->generator.params.size * sizeof(real));
	model_free(other);
	ground_done(&k);
}

static void test_lies(void **state)
{
	struct ground k;
	char *json;

	(void)state;
	ground_init(&k, MUSIC_FOUR, 6);
	json = model_to_json(k.m);
	assert_non_null(json);
	refused(json, "\"knobs\":{\"width\":6", "\"knobs\":{\"width\":0", "\"width\"");
	refused(json, "\"knobs\":{\"width\":6", "\"knobs\":{\"width\":1e9", "\"width\"");
	refused(json, "\"knobs\":{", "\"knobs\":7,\"x\":{", "\"width\"");
	refused(json, "\"middle\":[", "\"middle\":[0,", "\"middle\"");
	refused(json, "\"middle\":[", "\"middle\":[\"a\",0,0],\"x\":[", "\"middle\"");
	refused(json, "\"spread\":[", "\"spread\":[-1,1,1],\"x\":[", "\"spread\"");
	refused(json, "\"spread\":[", "\"spread\":[1e300,1,1],\"x\":[", "\"spread\"");
	refused(json, "\"pitch\":[", "\"pitch\":[],\"x\":[", "\"pitch\"");
	refused(json, "\"kind\":\"events\"", "\"kind\":\"composer\"", "knobs");
	free(json);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measures), cmocka_unit_test(test_codes),  cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_feed),     cmocka_unit_test(test_turned), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_file),     cmocka_unit_test(test_lies),
	};

	blas_init();
	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
