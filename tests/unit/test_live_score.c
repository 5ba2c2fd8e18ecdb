/*
 * The score of live music: what was added is there, cut bars are not, the
 * oldest make room for the newest, opinions find their bar; and whoever reads
 * while another thread writes gets whole bars.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "live/score.h"

#define BAR (4 * QUARTER)

/* The bar of a number, which says it in everything it has; `take` tells bars of one number apart. */
static void make_bar(struct score_bar *bar, int number, int take)
{
	*bar = (struct score_bar){
		.at = (uint64_t)(number - 1) * BAR,
		.length = BAR,
		.number = number,
		.piece = take,
		.numerator = 4,
		.denominator_log2 = 2,
		.us_per_quarter = 500000 + number,
		.tonic = (int8_t)(number % 12),
		.judged = NAN,
		.n = (number * 7 + take) % (SCORE_NOTES + 1),
	};
	for (int i = 0; i < bar->n; i++)
		bar->notes[i] = (struct score_note){
			.on = bar->at + (uint64_t)i,
			.off = bar->at + (uint64_t)(i + take),
			.pitch = (uint8_t)(number % 128),
			.velocity = (uint8_t)(take % 128),
		};
}

static int same(const struct score_bar *got, int number, int take)
{
	struct score_bar wanted;

	make_bar(&wanted, number, take);
	if (got->at != wanted.at || got->length != wanted.length || got->number != number || got->piece != take ||
	    got->us_per_quarter != wanted.us_per_quarter || got->tonic != wanted.tonic || got->n != wanted.n)
		return 0;
	for (int i = 0; i < got->n; i++)
		if (got->notes[i].on != wanted.notes[i].on || got->notes[i].off != wanted.notes[i].off ||
		    got->notes[i].pitch != wanted.notes[i].pitch || got->notes[i].velocity != wanted.notes[i].velocity)
			return 0;
	return 1;
}

struct house {
	struct score *score;
	struct score_bar *bars; /* (SCORE_BARS + 1) */
};

static int set_up(void **state)
{
	struct house *h = calloc(1, sizeof *h);

	assert_non_null(h);
	h->score = score_new();
	h->bars = calloc(SCORE_BARS + 1, sizeof *h->bars);
	assert_non_null(h->score);
	assert_non_null(h->bars);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct house *h = *state;

	score_free(h->score);
	free(h->bars);
	free(h);
	return 0;
}

static void add(struct score *s, int number, int take)
{
	struct score_bar bar;

	make_bar(&bar, number, take);
	score_add(s, &bar);
}

static void test_empty(void **state)
{
	struct house *h = *state;

	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 0);
	score_cut(h->score, 0);
	score_judge(h->score, 0, 0.5f);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 0);
	score_free(NULL);
}

static void test_copy(void **state)
{
	struct house *h = *state;

	for (int i = 1; i <= 5; i++)
		add(h->score, i, 1);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 5);
	for (int i = 0; i < 5; i++)
		assert_true(same(&h->bars[i], i + 1, 1));
	/* a bar is over where the next begins, and not before */
	assert_int_equal(score_copy(h->score, 2 * BAR - 1, h->bars, 1), 1);
	assert_true(same(&h->bars[0], 2, 1));
	assert_int_equal(score_copy(h->score, 2 * BAR, h->bars, 1), 1);
	assert_true(same(&h->bars[0], 3, 1));
	assert_int_equal(score_copy(h->score, 2 * BAR, h->bars, SCORE_BARS), 3);
	assert_int_equal(score_copy(h->score, 5 * BAR - 1, h->bars, SCORE_BARS), 1);
	assert_int_equal(score_copy(h->score, 5 * BAR, h->bars, SCORE_BARS), 0);
	assert_int_equal(score_copy(h->score, 0, h->bars, 0), 0);
}

static void test_cut(void **state)
{
	struct house *h = *state;

	for (int i = 1; i <= 6; i++)
		add(h->score, i, 1);
	/* a bar that has begun by then stays */
	score_cut(h->score, 3 * BAR + 1);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 4);
	score_cut(h->score, 3 * BAR);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 3);
	for (int i = 4; i <= 8; i++)
		add(h->score, i, 2);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 8);
	for (int i = 0; i < 8; i++)
		assert_true(same(&h->bars[i], i + 1, i < 3 ? 1 : 2));
	score_cut(h->score, 0);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), 0);
}

static void test_wrap(void **state)
{
	struct house *h = *state;

	/* cuts at every place of the ring */
	for (int number = 1, take = 1; number <= 5 * SCORE_BARS; number++, take++) {
		int first = number > SCORE_BARS ? number - SCORE_BARS + 1 : 1;

		add(h->score, number, 1);
		if (take % 11 == 0) {
			score_cut(h->score, (uint64_t)(number - 1) * BAR);
			add(h->score, number, 2);
		}
		assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS + 1), number - first + 1);
		assert_true(same(&h->bars[0], first, first % 11 == 0 ? 2 : 1));
		assert_true(same(&h->bars[number - first], number, take % 11 == 0 ? 2 : 1));
	}
}

static void test_judge(void **state)
{
	struct house *h = *state;

	for (int i = 1; i <= SCORE_BARS + 3; i++)
		add(h->score, i, 1);
	score_judge(h->score, 5 * BAR, 0.25f);
	score_judge(h->score, (SCORE_BARS + 2) * BAR, 0.75f);
	/* gone, in the midst of a bar, not there yet */
	score_judge(h->score, 2 * BAR, 1);
	score_judge(h->score, 6 * BAR + 1, 1);
	score_judge(h->score, (SCORE_BARS + 3) * BAR, 1);
	assert_int_equal(score_copy(h->score, 0, h->bars, SCORE_BARS), SCORE_BARS);
	for (int i = 0; i < SCORE_BARS; i++) {
		const struct score_bar *bar = &h->bars[i];

		if (bar->number == 6)
			assert_true(bar->judged == 0.25f);
		else if (bar->number == SCORE_BARS + 3)
			assert_true(bar->judged == 0.75f);
		else
			assert_true(isnan(bar->judged));
	}
}

/* ---- two threads --------------------------------------------------------- */

#define ROUNDS 1200
#define TURN   20 /* bars, after which the writer waits for a copy to be made */

struct writer {
	struct score *score;
	atomic_int copies;
	atomic_bool done;
};

/* Bars, every few of which are composed once more. The take grows with each, so that a mixed bar shows. */
static void *write_bars(void *argument)
{
	struct writer *w = argument;

	for (int number = 1, take = 1; take <= ROUNDS; take++) {
		add(w->score, number, take);
		score_judge(w->score, (uint64_t)(number - 1) * BAR, 0.5f);
		for (int before = w->copies; take % TURN == 0 && w->copies == before;)
			sched_yield();
		if (take % 9 == 0 && number > 4) {
			number -= 3;
			score_cut(w->score, (uint64_t)(number - 1) * BAR);
		} else {
			number++;
		}
	}
	w->done = true;
	return NULL;
}

static void test_two_threads(void **state)
{
	struct house *h = *state;
	struct writer w = {.score = h->score};
	pthread_t writer;
	int bad = 0, last = 0;

	assert_int_equal(pthread_create(&writer, NULL, write_bars, &w), 0);
	for (bool over = false; !over;) {
		size_t n;

		over = w.done; /* once more after the end */
		n = score_copy(h->score, 0, h->bars, SCORE_BARS);
		for (size_t i = 0; i < n; i++) {
			bad += !same(&h->bars[i], h->bars[i].number, h->bars[i].piece);
			bad += i > 0 && h->bars[i].number != h->bars[i - 1].number + 1;
			bad += i > 0 && h->bars[i].piece <= h->bars[i - 1].piece;
		}
		bad += n > 0 && h->bars[n - 1].piece < last - 9;
		last = n > 0 ? h->bars[n - 1].piece : last;
		w.copies++;
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(bad, 0);
	assert_true(w.copies >= ROUNDS / TURN);
	assert_int_equal(last, ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_copy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_judge, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_threads, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
