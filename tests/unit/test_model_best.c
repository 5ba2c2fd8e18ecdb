/* The best of several pieces, by a judge: the same every time, one of them, and what it likes no less; also without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/best.h"
#include "model/compose.h"
#include "model_toy.h"
#include "num/blas.h"
#include "some_judge.h"

static void same_events(const struct piece *a, const struct piece *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->events[i].kind, b->events[i].kind);
		assert_int_equal(a->events[i].shift, b->events[i].shift);
		assert_int_equal(a->events[i].pitch, b->events[i].pitch);
		assert_int_equal(a->events[i].duration, b->events[i].duration);
		assert_int_equal(a->events[i].part, b->events[i].part);
	}
}

static struct piece *compose(const struct model *m, const struct judge *j, int best_of, uint64_t seed, int tonic)
{
	struct compose_options o;
	struct piece *p;

	compose_defaults(&o);
	o.seed = seed;
	o.bars = 4;
	o.best_of = best_of;
	o.judge = j;
	o.key.tonic = tonic;
	p = compose_piece(m, &o);
	assert_non_null(p);
	return p;
}

static void the_best_of_several(void **state)
{
	struct corpus *c = music_corpus(8, MUSIC_FOUR, 12, 20, false, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 5);
	struct judge *judge = some_judge(m);
	int better = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		for (int tonic = -1; tonic <= 7; tonic += 8) {
			struct piece *plain = compose(m, NULL, 0, seed, tonic),
				     *one = compose(m, judge, 1, seed, tonic),
				     *best = compose(m, judge, 5, seed, tonic),
				     *again = compose(m, judge, 5, seed, tonic);
			double before, after;

			same_events(plain, one);
			same_events(best, again);
			assert_int_equal(best->start.numerator, plain->start.numerator);
			assert_int_equal(best->start.style, plain->start.style);
			assert_int_equal(best_logit(&before, judge, plain), 0);
			assert_int_equal(best_logit(&after, judge, best), 0);
			assert_true(after >= before);
			better += after > before;
			piece_free(plain);
			piece_free(one);
			piece_free(best);
			piece_free(again);
		}
	/* four times in five it is another than the first */
	assert_in_range(better, 6, 12);
	judge_free(judge);
	model_free(m);
	corpus_free(c);
}

/* Without end: the first piece is the one that a bounded stream gives, and what follows is the same every time. */
static void without_end(void **state)
{
	struct corpus *c = music_corpus(8, MUSIC_FOUR, 12, 20, false, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 5);
	struct judge *judge = some_judge(m);
	struct piece *first = compose(m, judge, 4, 3, -1), *streams[2] = {piece_new(GRID), piece_new(GRID)};
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	o.seed = 3;
	o.bars = 4;
	o.endless = true;
	o.judge = judge;
	o.best_of = 4;
	for (int i = 0; i < 2; i++) {
		struct composer *composer;
		struct event e;

		composer = composer_new(m, &o);
		assert_non_null(composer);
		for (size_t n = 0; n < 3 * first->n; n++) {
			assert_int_equal(composer_next(composer, &e), 1);
			assert_int_not_equal(e.kind, EVENT_END);
			music_add(streams[i], e);
		}
		composer_free(composer);
	}
	for (size_t i = 0; i + 1 < first->n; i++)
		assert_int_equal(streams[1]->events[i].pitch, first->events[i].pitch);
	same_events(streams[0], streams[1]);
	piece_free(first);
	piece_free(streams[0]);
	piece_free(streams[1]);
	judge_free(judge);
	model_free(m);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_best_of_several),
		cmocka_unit_test(without_end),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
