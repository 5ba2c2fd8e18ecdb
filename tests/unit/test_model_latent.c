/*
 * The latent of phrases: the network says the same whole, in chunks and event
 * by event when its phrases have a z, looks no further ahead than without, and
 * without z is the network that has no latent, bit by bit. Travel between
 * phrases. Files of models that have one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/latent_score.h"
#include "model/like.h"
#include "model/model_json.h"
#include "model/step.h"
#include "model_pass.h"
#include "model_lies.h"
#include "model_saved.h"
#include "num/blas.h"
#include "num/vec.h"
#include "latent_ground.h"

/* ---- the network -------------------------------------------------------------- */

static const struct feed_options scoring = {.split = SPLIT_TRAIN, .whole = true, .phrases = true, .lanes_in_all = 1};

/* Losses (rows,HEADS) of one piece in chunks of so many rows, with mu of its phrases; returns how many phrases there were. */
static double run_chunks(double *losses, const struct ground *k, uint32_t piece, enum posterior_z which, int steps)
{
	struct posterior z;
	struct shard s;
	double shares = 0;
	int row = 0, fed;

	assert_int_equal(shard_init(&s, &k->m->generator, k->corpus, &scoring, &piece, 1, 0, 1, steps, false), 0);
	assert_int_equal(posterior_init(&z, &k->m->generator, steps, 1, false), 0);
	while ((fed = feed_chunk(&s.feed, &s.batch, steps)) > 0) {
		posterior_forward(&z, &k->m->generator, k->m->w, &s.frame, &s.batch, which, random_stream(1, 2, 3, 4));
		network_forward(&k->m->generator, k->m->w, &s.frame, &s.batch, &s.carry, NULL, (struct random){0, 0},
		                1);
		for (int i = 0; i < s.batch.phrases.n; i++)
			shares += s.batch.phrases.share[i];
		for (int r = 0; r < s.batch.rows; r++, row++)
			for (int h = 0; h < HEADS && row < (int)k->corpus->pieces[piece].piece->n; h++)
				losses[row * HEADS + h] = s.frame.loss[h][r] - s.batch.targets[h].escape[r];
	}
	assert_int_equal(fed, 0);
	posterior_done(&z);
	shard_done(&s);
	return shares;
}

static double *room(size_t rows)
{
	double *x = calloc(rows * HEADS, sizeof *x);

	assert_non_null(x);
	return x;
}

static double apart(const double *a, const double *b, size_t rows)
{
	double most = 0;

	for (size_t i = 0; i < rows * HEADS; i++)
		most = fmax(most, fabs(a[i] - b[i]));
	return most;
}

static double cost(const real *logits, int n, int target)
{
	double most = -INFINITY, sum = 0;

	for (int i = 0; i < n; i++)
		most = fmax(most, (double)logits[i]);
	for (int i = 0; i < n; i++)
		sum += exp((double)logits[i] - most);
	return most + log(sum) - (double)logits[target];
}

/* The same event by event, by a plan of the piece's own z. */
static void run_steps(double *losses, const struct ground *k, const struct piece *p)
{
	const struct generator *g = &k->m->generator;
	const struct vocab *v = k->m->vocab;
	struct step *s = step_new(g, k->m->w);
	struct latent_plan plan;
	struct like like;
	int end = 0;

	for (size_t i = 0; i < p->n; i++)
		end += p->events[i].shift;
	assert_non_null(s);
	assert_int_equal(like_encode(&like, k->m, p), 0);
	assert_int_equal(like_vary(&plan, &like, 0, 9), 0);
	assert_int_equal(plan.end, end);
	s->plan = &plan;
	step_begin(s, &p->start, UNKNOWN_BARS_LEFT | UNKNOWN_KEY, end);
	for (size_t r = 0; r < p->n; r++) {
		const struct event *next = &p->events[r];
		double *out = losses + r * HEADS;

		if (r > 0) {
			struct event e = p->events[r - 1];

			e.fermata = false;
			step_arrive(s, e.shift, e.kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e.part);
			if (e.kind == EVENT_NOTE) {
				out[HEAD_PITCH] = cost(step_pitch(s), RELATIVE_PITCHES, e.pitch);
				out[HEAD_DURATION] = cost(step_duration(s, e.pitch), v->durations.n + 1,
				                          symbols_find(&v->durations, e.duration));
				out[HEAD_VELOCITY] = cost(step_velocity(s), VELOCITY_BINS, e.velocity / 8);
			} else {
				out[HEAD_METRE] = cost(step_metre(s), v->n_metres + 1,
				                       vocab_metre(v, e.numerator, e.denominator_log2));
			}
			step_take(s, &e);
		}
		out[HEAD_SHIFT] = cost(step_shift(s), v->shifts.n + 1, symbols_find(&v->shifts, next->shift));
		out[HEAD_PART] = cost(step_part(s, next->shift), g->part.out,
		                      next->kind == EVENT_NOTE    ? next->part
		                      : next->kind == EVENT_METRE ? class_metre(g)
		                                                  : class_end(g));
	}
	latent_plan_done(&plan);
	like_done(&like);
	step_free(s);
}

static void test_chunks_and_steps(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES | MUSIC_BARS | MUSIC_SILENCE, 60);
	for (uint32_t i = 0; i < 6; i++) {
		struct piece *p = k.corpus->pieces[i].piece;
		struct phrases f = cut(p, k.m->vocab);
		double *whole = room(p->n), *chunks = room(p->n), *steps = room(p->n), *none = room(p->n);
		double shares;

		shares = run_chunks(whole, &k, i, Z_MEAN, (int)p->n);
		assert_true(fabs(shares - (double)f.n) < 1e-9);
		shares = run_chunks(chunks, &k, i, Z_MEAN, 7);
		assert_true(fabs(shares - (double)f.n) < 1e-9);
		run_chunks(none, &k, i, Z_NONE, 7);
		run_steps(steps, &k, p);
		assert_true(apart(whole, chunks, p->n) < 20 * REAL_TOLERANCE);
		assert_true(apart(whole, steps, p->n) < 20 * REAL_TOLERANCE);
		/* z does something */
		assert_true(apart(whole, none, p->n) > 0.1);
		free(whole);
		free(chunks);
		free(steps);
		free(none);
		phrases_done(&f);
	}
	ground_done(&k);
}

/* The same weights without a latent: bit by bit what z = 0 says. */
static void test_zero(void **state)
{
	struct ground k, plain;
	size_t rows;
	double *a, *b;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_METRES, 40);
	plain.corpus = k.corpus;
	plain.m = toy_random(k.corpus, &small_config, 0.4, 3);
	for (size_t i = 0; i < plain.m->generator.params.n; i++) {
		const struct tensor *t = &plain.m->generator.params.tensors[i];
		const struct tensor *from = params_find(&k.m->generator.params, t->name);

		assert_non_null(from);
		assert_int_equal(from->offset, t->offset);
		memcpy(plain.m->w + t->offset, k.m->w + from->offset, (size_t)(t->rows * t->cols) * sizeof(real));
	}
	rows = k.corpus->pieces[0].piece->n;
	a = room(rows);
	b = room(rows);
	run_chunks(a, &k, 0, Z_NONE, 16);
	{
		const struct feed_options options = {.split = SPLIT_TRAIN, .whole = true, .lanes_in_all = 1};
		const uint32_t piece = 0;
		struct shard s;
		int row = 0;

		assert_int_equal(
			shard_init(&s, &plain.m->generator, plain.corpus, &options, &piece, 1, 0, 1, 16, false), 0);
		while (feed_chunk(&s.feed, &s.batch, 16) > 0) {
			network_forward(&plain.m->generator, plain.m->w, &s.frame, &s.batch, &s.carry, NULL,
			                (struct random){0, 0}, 1);
			for (int r = 0; r < 16; r++, row++)
				for (int h = 0; h < HEADS && row < (int)rows; h++)
					b[row * HEADS + h] = s.frame.loss[h][r] - s.batch.targets[h].escape[r];
		}
		shard_done(&s);
	}
	assert_memory_equal(a, b, rows * HEADS * sizeof *a);
	free(a);
	free(b);
	model_free(plain.m);
	ground_done(&k);
}

/* Places of their own for all rows. */
static void place_rows(struct batch *b)
{
	for (int r = 0; r < b->rows; r++) {
		latent_place(b->place.items + (size_t)r * PLACE_FIELDS, r / 16, r % 4 * GRID, GRID, 0);
		b->place.first[r + 1] = (uint32_t)(r + 1) * PLACE_FIELDS;
	}
}

/* z given, no event changes what was said before it. */
static void test_causal(void **state)
{
	enum { EVENTS = 200 };
	struct ground k;
	struct piece *p;
	struct pass before, after;
	real z[EVENTS * LATENT];
	int later = 0;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_METRES, 14);
	p = k.corpus->pieces[0].piece;
	assert_true(p->n > 20 && p->n < EVENTS);
	for (size_t i = 0; i < sizeof z / sizeof *z; i++)
		z[i] = (real)((double)(i * 7 % 11) / 5 - 1);
	pass_init(&before, &k.m->generator, EVENTS, 1, false);
	pass_init(&after, &k.m->generator, EVENTS, 1, false);
	for (size_t t = 0; t < p->n; t++) {
		const uint8_t was = p->events[t].pitch;

		if (p->events[t].kind != EVENT_NOTE)
			continue;
		for (int turn = 0; turn < 2; turn++) {
			struct pass *pass = turn ? &after : &before;

			p->events[t].pitch = (uint8_t)(was ^ (turn ? 5 : 0));
			pass_piece(pass, p, 0, 5000);
			for (int r = 0; r < pass->batch.rows; r++)
				pass->batch.phrase[r] = r / 8;
			place_rows(&pass->batch);
			pass->frame.phrase_z = z;
			pass_ask_all(pass);
			pass_forward(pass, k.m->w);
		}
		p->events[t].pitch = was;
		later += pass_later(&before, &after, p->n, t);
	}
	assert_true(later > 100);
	pass_done(&before);
	pass_done(&after);
	ground_done(&k);
}

/* ---- travel -------------------------------------------------------------------- */

static void test_travel(void **state)
{
	struct ground k;
	struct like a, b;
	struct latent_plan plan;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_BARS, 60);
	assert_int_equal(like_encode(&a, k.m, k.corpus->pieces[0].piece), 0);
	assert_int_equal(like_encode(&b, k.m, k.corpus->pieces[1].piece), 0);
	assert_true(a.n != b.n && a.n > 1 && b.n > 1);
	for (int end = 0; end < 2; end++) {
		const struct like *own = end ? &b : &a;

		assert_int_equal(like_travel(&plan, &a, &b, end), 0);
		assert_int_equal(plan.n, own->n);
		assert_int_equal(plan.start.numerator, own->start.numerator);
		assert_int_equal(plan.end, lround(own->length * own->bar));
		for (size_t i = 0; i < plan.n; i++)
			assert_int_equal(plan.ticks[i], lround(own->bars[i] * own->bar));
		assert_true(reals_apart(plan.z, own->mu, plan.n * LATENT) < REAL_TOLERANCE);
		latent_plan_done(&plan);
	}
	assert_int_equal(like_travel(&plan, &a, &b, 0.3), 0);
	assert_int_equal(plan.n, lround((double)a.n + 0.3 * ((double)b.n - (double)a.n)));
	for (size_t i = 1; i < plan.n; i++)
		assert_true(plan.ticks[i] >= plan.ticks[i - 1]);
	latent_plan_done(&plan);
	like_done(&a);
	like_done(&b);
	ground_done(&k);
}

/* amount 0: as it was; 1: nothing of it is left; the same seed draws the same. */
static void test_amount(void **state)
{
	const struct position begin = {.now = 0};
	struct ground k;
	struct like a, b;
	real x[LATENT], y[LATENT];

	(void)state;
	ground_init(&k, MUSIC_FOUR, 60);
	assert_int_equal(like_encode(&a, k.m, k.corpus->pieces[0].piece), 0);
	assert_int_equal(like_encode(&b, k.m, k.corpus->pieces[1].piece), 0);
	for (int turn = 0; turn < 3; turn++) {
		struct latent_plan p, q;

		assert_int_equal(like_vary(&p, &a, turn / 2.0, 5), 0);
		assert_int_equal(like_vary(&q, &b, turn / 2.0, 5), 0);
		latent_plan_at(&p, x, &begin);
		latent_plan_at(&q, y, &begin);
		if (turn == 0)
			assert_memory_equal(x, a.mu, sizeof x);
		if (turn < 2)
			assert_true(reals_apart(x, y, LATENT) > 1e-3);
		else
			assert_true(reals_apart(x, y, LATENT) < 1e-6);
		latent_plan_done(&p);
		latent_plan_done(&q);
	}
	like_done(&a);
	like_done(&b);
	ground_done(&k);
}

/* ---- files --------------------------------------------------------------------- */

static void test_file(void **state)
{
	struct ground k;
	struct model *other;

	(void)state;
	ground_init(&k, MUSIC_FOUR, 6);
	k.m->latent = (struct latent_figures){.without = 3, .mean = 2.5, .other = NAN, .active = 4, .pitches = 0.5};
	assert_int_equal(model_format(k.m), 4);
	assert_int_equal(model_save(k.m, path), 0);
	other = model_load(path);
	assert_non_null(other);
	assert_int_equal(other->generator.config.latent, LATENT);
	assert_int_equal(other->generator.config.encoder, ENCODER);
	assert_true(other->latent.mean == 2.5 && isnan(other->latent.other) && other->latent.active == 4 &&
	            other->latent.pitches == 0.5);
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
	refused(json, "\"width\":5", "\"width\":0", "\"width\"");
	refused(json, "\"width\":5", "\"width\":1e9", "\"width\"");
	refused(json, "\"width\":5", "\"width\":null", "\"width\"");
	refused(json, "\"encoder\":6", "\"encoder\":-1", "\"encoder\"");
	refused(json, "\"encoder\":6", "\"encoder\":513", "\"encoder\"");
	refused(json, "\"latent\":{", "\"latent\":7,\"x\":{", "\"width\"");
	refused(json, "\"kind\":\"events\"", "\"kind\":\"composer\"", "latent");
	free(json);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks_and_steps),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_causal),
		cmocka_unit_test(test_travel),
		cmocka_unit_test(test_amount),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_lies),
	};

	blas_init();
	return cmocka_run_group_tests(tests, saved_setup, saved_teardown);
}
