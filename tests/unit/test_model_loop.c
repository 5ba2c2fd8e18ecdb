/* Loops: exactly as long as asked, nothing over the end, the seam that the model finds the most natural. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pool.h"
#include "model/loop.h"
#include "model_toy.h"

static int last_tick(const struct piece *p)
{
	int now = 0;

	for (size_t i = 0; i < p->n; i++)
		now += p->events[i].shift;
	return now;
}

static void check_inside(const struct piece *p, int end)
{
	int now = 0;

	assert_int_equal(p->events[p->n - 1].kind, EVENT_END);
	assert_int_equal(last_tick(p), end);
	for (size_t i = 0; i + 1 < p->n; i++) {
		now += p->events[i].shift;
		assert_true(p->events[i].kind == EVENT_NOTE || p->events[i].kind == EVENT_METRE);
		assert_true(now < end);
		if (p->events[i].kind == EVENT_NOTE)
			assert_in_range(p->events[i].duration, 1, end - now);
	}
}

static void test_cut(void **state)
{
	struct piece *p = piece_new(GRID);

	(void)state;
	p->start = (struct start){.style = -1, .numerator = 4, .denominator_log2 = 2, .parts = 1};
	music_add(p, music_note(0, 0, 60, 24));
	music_add(p, music_note(90, 0, 62, 24));
	music_add(p, music_note(6, 0, 64, 24));
	music_add(p, music_end(24));
	loop_cut(p, WHOLE);
	check_inside(p, WHOLE);
	assert_int_equal(p->n, 3);
	assert_int_equal(p->events[1].duration, 6);
	assert_int_equal(p->events[2].shift, 6);
	/* a piece that is too short is filled with silence */
	loop_cut(p, 3 * WHOLE);
	check_inside(p, 3 * WHOLE);
	piece_free(p);
}

static void test_lengths(void **state)
{
	struct corpus *c = music_corpus(3, MUSIC_ALL, 12, 12, false, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 5);
	struct pool *pool = pool_new(3);

	(void)state;
	for (int bars = 1; bars <= 8; bars *= 2) {
		struct compose_options o;
		double one, other;
		struct piece *a, *b;

		compose_defaults(&o);
		o.bars = bars;
		o.seed = (uint64_t)bars;
		a = compose_loop(m, &o, NULL, &one);
		b = compose_loop(m, &o, pool, &other);
		if (!a || !b)
			fail_msg("%s", error_message());
		assert_int_equal(a->start.pickup, 0);
		check_inside(a, last_tick(a));
		/* the same whatever the pool */
		assert_true(one == other);
		assert_int_equal(a->n, b->n);
		assert_memory_equal(a->events, b->events, a->n * sizeof *a->events);
		/* without a change of metre the length is known */
		bool change = false;
		for (size_t i = 0; i < a->n; i++)
			change = change || a->events[i].kind == EVENT_METRE;
		if (!change)
			assert_int_equal(last_tick(a),
			                 bars * 4 * GRID * a->start.numerator >> a->start.denominator_log2);
		piece_free(a);
		piece_free(b);
	}
	pool_free(pool);
	model_free(m);
	corpus_free(c);
}

/*
 * The seed's own piece is one of the candidates, so the seam is never worse
 * than its; and over some seeds it is better at least once.
 */
static void test_best_seam(void **state)
{
	struct corpus *c = music_corpus(4, MUSIC_MELODY, 8, 24, false, SPLIT_BY_HASH);
	struct train_config tc = toy_config(60);
	struct model *m = toy_train(c, &tc, 2);
	int other = 0;

	(void)state;
	m->name = mem_string("toy");
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct compose_options o;
		struct piece *plain, *loop;

		compose_defaults(&o);
		o.bars = 2;
		o.seed = seed;
		plain = compose_piece(m, &o);
		loop = compose_loop(m, &o, NULL, NULL);
		assert_non_null(plain);
		assert_non_null(loop);
		loop_cut(plain, last_tick(loop));
		other += plain->n != loop->n ||
		         memcmp(plain->events, loop->events, plain->n * sizeof *plain->events) != 0;
		piece_free(plain);
		piece_free(loop);
	}
	assert_in_range(other, 1, 6);
	model_free(m);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_best_seam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
