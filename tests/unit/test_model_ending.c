/*
 * Endings: a step's state saved and gone back to; endings that close more
 * often than those that come by themselves, and cost less by their own
 * measure; a piece that is to go on is left alone; the same bytes every time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/ending.h"
#include "model/step.h"
#include "model_check.h"
#include "model_toy.h"
#include "num/blas.h"

enum { BARS = 12, TUNES = 24, SEEDS = 60 };

/*
 * Tunes in C that wander over the scale in quarters, of eight bars or twelve,
 * and end with a whole C after a D or a B. In a third of them there is a
 * whole note in mid-tune, too, on another tone.
 */
static struct piece *tune(struct random *r)
{
	static const int scale[] = {60, 62, 64, 65, 67, 69, 71, 72};
	struct piece *p = piece_new(GRID);
	int bars = 8 + 4 * music_below(r, 2), rest = music_below(r, 3) == 0 ? music_below(r, bars - 2) : -1, shift = 0;

	assert_non_null(p);
	p->start.parts = 1;
	p->start.mode = MODE_MAJOR;
	p->start.tonic = 1;
	for (int bar = 0; bar + 1 < bars; bar++) {
		int notes = bar == rest ? 1 : 4;

		for (int i = 0; i < notes; i++) {
			int tone = 1 + music_below(r, 6);

			if (bar + 2 == bars && i == 3)
				tone = music_below(r, 2) ? 1 : 6;
			music_add(p, music_note(shift, 0, scale[tone], WHOLE / notes));
			shift = WHOLE / notes;
		}
	}
	music_add(p, music_note(shift, 0, 60, WHOLE));
	music_add(p, music_end(WHOLE));
	return p;
}

static int setup(void **state)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct random r = random_stream(3, 0, 0, 0);
	struct train_config tc = toy_config(150);

	blas_init();
	for (int i = 0; i < TUNES; i++)
		music_corpus_add(c, tune(&r), i % 6 == 0 ? SPLIT_VALID : SPLIT_TRAIN);
	tc.transpose = 0;
	tc.chunk = 32;
	*state = toy_train(c, &tc, 1);
	corpus_free(c);
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static struct piece *compose(const struct model *m, uint64_t seed, int bars, bool open_end)
{
	struct compose_options o;
	struct piece *p;

	compose_defaults(&o);
	o.seed = seed;
	o.bars = bars;
	o.open_end = open_end;
	p = compose_piece(m, &o);
	if (!p)
		fail_msg("%s", error_message());
	return p;
}

static struct event before_end(const struct piece *p)
{
	assert_true(p->n >= 2);
	return p->events[p->n - 2];
}

static void same_events(const struct piece *a, const struct piece *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_true(same_event(&a->events[i], &b->events[i]));
}

/* ---- going back ---------------------------------------------------------------- */

/* What comes after so many notes, as shift logits, when these notes are played. */
static void play_on(real *logits, struct step *s, const struct event *events, int n)
{
	for (int i = 0; i < n; i++) {
		step_shift(s);
		step_part(s, events[i].shift);
		step_arrive(s, events[i].shift, ROW_NOTE, events[i].part);
		step_pitch(s);
		step_duration(s, events[i].pitch);
		step_take(s, &events[i]);
	}
	memcpy(logits, step_shift(s), (size_t)s->g->shift.out * sizeof *logits);
}

static void test_state(void **state)
{
	const struct model *m = *state;
	struct event one[8], other[8];
	const struct start start = {.style = -1, .numerator = 4, .denominator_log2 = 2, .parts = 1};
	struct step *s = step_new(&m->generator, m->w);
	size_t size = step_state_size(s), n = (size_t)m->generator.shift.out;
	unsigned char *saved = mem_new(1, size), *again = mem_new(1, size);
	real *first = mem_new(n, sizeof *first), *second = mem_new(n, sizeof *second),
	     *apart = mem_new(n, sizeof *apart);

	assert_true(s && saved && again && first && second && apart);
	for (int i = 0; i < 8; i++) {
		one[i] = music_note(24, 0, 60 + i, 24);
		other[i] = music_note(12, 0, 72 - i, 12);
	}
	step_begin(s, &start, UNKNOWN_BARS_LEFT, -1);
	play_on(first, s, one, 8);
	step_save(saved, s);
	play_on(first, s, one, 8);
	step_restore(s, saved);
	step_save(again, s);
	assert_memory_equal(saved, again, size);
	play_on(apart, s, other, 8);
	step_restore(s, saved);
	play_on(second, s, one, 8);
	assert_memory_equal(first, second, n * sizeof *first);
	assert_memory_not_equal(first, apart, n * sizeof *first);
	free(saved);
	free(again);
	free(first);
	free(second);
	free(apart);
	step_free(s);
}

/* ---- what is chosen -------------------------------------------------------------- */

static bool closes(const struct piece *p)
{
	struct event last = before_end(p);

	return last.kind == EVENT_NOTE && last.pitch % 12 == 0 && last.duration == WHOLE;
}

static void test_closes(void **state)
{
	int chosen = 0, by_itself = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct piece *p = compose(*state, seed, BARS, false), *q = compose(*state, seed, BARS, true);

		chosen += closes(p);
		by_itself += closes(q);
		piece_free(p);
		piece_free(q);
	}
	print_message("%d of %d close; by themselves %d\n", chosen, SEEDS, by_itself);
	assert_true(chosen > by_itself);
	assert_true(chosen >= SEEDS * 3 / 4);
}

/* Up to the last bars both are one piece, which ends where it was asked to, both times the same. */
static void test_only_the_end(void **state)
{
	int differ = 0;

	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct piece *p = compose(*state, seed, BARS, false), *again = compose(*state, seed, BARS, false);
		struct piece *q = compose(*state, seed, BARS, true);
		int now = 0, end = 0;
		size_t i = 0;

		assert_int_equal(p->n, again->n);
		assert_memory_equal(p->events, again->events, p->n * sizeof *p->events);
		for (size_t at = 0; at < p->n; at++)
			end += p->events[at].shift;
		assert_int_equal(end, BARS * WHOLE);
		while (i < p->n && i < q->n && memcmp(&p->events[i], &q->events[i], sizeof *p->events) == 0)
			now += p->events[i++].shift;
		if (i < p->n) {
			differ++;
			assert_true(now + p->events[i].shift >= (BARS - ENDING_BARS) * WHOLE);
		}
		piece_free(p);
		piece_free(q);
		piece_free(again);
	}
	assert_true(differ > 3);
}

/* The key of the whole is the one that the network was told, C, more often than without. */
static void test_key(void **state)
{
	int chosen = 0, by_itself = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct piece *p = compose(*state, seed, BARS, false), *q = compose(*state, seed, BARS, true);

		assert_int_equal(p->start.tonic, 1);
		chosen += p->key.tonic == 0 && p->key.mode == MODE_MAJOR;
		by_itself += q->key.tonic == 0 && q->key.mode == MODE_MAJOR;
		piece_free(p);
		piece_free(q);
	}
	print_message("%d of %d in the key that was told; by themselves %d\n", chosen, SEEDS, by_itself);
	assert_true(chosen > by_itself);
}

/* Pieces that end when they will: told a length, but not held to it. */
static void test_unasked(void **state)
{
	int closed = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct piece *p = compose(*state, seed, 0, false);

		assert_int_equal(p->events[p->n - 1].kind, EVENT_END);
		closed += closes(p);
		piece_free(p);
	}
	print_message("unasked: %d of %d close\n", closed, SEEDS);
	assert_true(closed >= SEEDS * 3 / 4);
}

/* Shorter than an ending, and without room for one. */
static void test_short(void **state)
{
	for (int bars = 1; bars <= ENDING_BARS + 1; bars++) {
		struct piece *p = compose(*state, 5, bars, false);
		int end = 0;

		for (size_t at = 0; at < p->n; at++)
			end += p->events[at].shift;
		assert_int_equal(end, bars * WHOLE);
		piece_free(p);
	}
}

/* While somebody waits a piece ends as it comes; when nobody does any more what is left is looked for. */
static void test_hurry(void **state)
{
	const struct model *m = *state;
	int later = 0;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct piece *open = compose(m, seed, BARS, true), *closed = compose(m, seed, BARS, false), *p;
		_Atomic bool hurry = true;
		struct compose_options o;
		struct composer *c;
		struct event e;
		bool differs = false;

		compose_defaults(&o);
		o.seed = seed;
		o.bars = BARS;
		o.hurry = &hurry;
		p = compose_piece(m, &o);
		assert_non_null(p);
		same_events(p, open);
		piece_free(p);
		hurry = false;
		p = compose_piece(m, &o);
		assert_non_null(p);
		same_events(p, closed);
		piece_free(p);
		/* in a hurry until two bars before the end */
		hurry = true;
		c = composer_new(m, &o);
		assert_non_null(c);
		for (size_t i = 0, now = 0; composer_next(c, &e) == 1; i++) {
			now += (size_t)e.shift;
			if (now < (BARS - 2) * WHOLE)
				assert_true(same_event(&e, &open->events[i]));
			else
				hurry = false;
			differs = differs || i >= open->n || !same_event(&e, &open->events[i]);
		}
		composer_free(c);
		later += differs;
		piece_free(open);
		piece_free(closed);
	}
	assert_true(later >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),   cmocka_unit_test(test_closes), cmocka_unit_test(test_only_the_end),
		cmocka_unit_test(test_unasked), cmocka_unit_test(test_key),    cmocka_unit_test(test_short),
		cmocka_unit_test(test_hurry),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
