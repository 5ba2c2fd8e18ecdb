/*
 * Music without end: MUSEGEN_EVENTS events (200,000 unless set) of a network
 * of random weights, in constant memory and without an allocation, every one
 * of them in order, pieces following one another at bar lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include "count_allocations.h"
#include "model/maker.h"
#include "model_check.h"
#include "model_toy.h"
#include "num/blas.h"

static const struct generator_config tiny = {
	.stream = 8,
	.trunk = 8,
	.layers = 1,
	.memory = 8,
	.heads = 1,
	.window = 16,
	.slots = 1,
	.hidden = 8,
	.nearby = 1,
	.harmony = 1,
	.form = 1,
};

static long events_wanted(void)
{
	const char *s = getenv("MUSEGEN_EVENTS");
	long n = s ? atol(s) : 0;

	return n > 0 ? n : 200000;
}

/* Two ways to begin, in metres of their own, so that where they meet there is a METRE; none within a piece. */
static struct model *noise(bool dynamics)
{
	struct corpus *c = music_corpus(9, MUSIC_MELODY | MUSIC_FOUR | MUSIC_CHORDS, 12, 10, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &tiny, 0.3, 6);
	real *part = m->w + m->generator.part.b;

	corpus_free(c);
	part[class_metre(&m->generator)] = -100;
	part[class_end(&m->generator)] -= 3;
	return m;
}

static void check_stream(const struct model *m, bool open_end, long n)
{
	struct compose_options o;
	struct composer *c;
	struct check k;
	struct event e;
	long before, longest = 0;
	size_t in_use;

	compose_defaults(&o);
	o.endless = true;
	o.open_end = open_end;
	c = composer_new(m, &o);
	assert_non_null(c);
	check_begin(&k, m, &o, composer_start(c));
	assert_int_equal(composer_next(c, &e), 1);
	check_event(&k, &e, composer_start(c));
	before = atomic_load(&allocations);
	in_use = mallinfo2().uordblks;
	while (k.events < n) {
		const struct start *start;

		assert_int_equal(composer_next(c, &e), 1);
		start = composer_start(c);
		/* All is silent, and a bar full, where a metre begins; it is that of the piece. */
		if (e.kind == EVENT_METRE) {
			assert_int_equal(position_in_bar(&k.position) + e.shift,
			                 k.position.bar_length *
			                         ((position_in_bar(&k.position) + e.shift) / k.position.bar_length));
			assert_true(k.position.now + e.shift >= k.silent_from);
			assert_int_equal(e.numerator, start->numerator);
		}
		check_event(&k, &e, start);
		assert_int_equal(k.position.numerator, start->numerator);
		longest = e.shift > longest ? e.shift : longest;
	}
	assert_int_equal(atomic_load(&allocations), before);
	if (ALLOCATIONS_COUNTED)
		assert_int_equal(mallinfo2().uordblks, in_use);
	assert_true(k.metres > n / 5000 && k.notes > n / 2);
	/* A last note, the rest of its bar, a bar of rest, a bar with a pickup at its end, and a late beginning. */
	assert_true(longest <= 8 * WHOLE);
	print_message("%ld events, %ld pieces that change the metre, %d bars\n", k.events, k.metres, k.position.bar);
	composer_free(c);
}

/* Last bars that are chosen take ten times as long, so a tenth of the events is with them. */
static void test_constant_memory(void **state)
{
	struct model *m = noise(true);

	(void)state;
	check_stream(m, true, events_wanted());
	check_stream(m, false, events_wanted() / 10);
	model_free(m);
}

/*
 * Where two pieces meet in one metre: the first full bar of the next falls on
 * a bar line, behind the last bar, a bar of rest and a pickup. Onsets are a quarter apart,
 * the first one too, so that what is longer is between pieces.
 */
static void check_bar_lines(int pickup)
{
	struct model *m = noise(false);
	struct compose_options o;
	struct composer *c;
	struct event e;
	int now = 0, line = pickup, pieces = 0;
	real *shift = m->w + m->generator.shift.b;

	for (int s = 0; s < m->vocab->n_starts; s++) {
		m->vocab->starts[s].start.pickup = pickup;
		m->vocab->starts[s].start.numerator = 4;
	}
	for (int s = 0; s <= m->vocab->shifts.n; s++)
		shift[s] = s < m->vocab->shifts.n && m->vocab->shifts.values[s] == 24 ? 100 : -100;
	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] = -1000;
	compose_defaults(&o);
	o.endless = true;
	o.bars_max = 4;
	c = composer_new(m, &o);
	assert_non_null(c);
	for (int n = 0; n < 400; n++) {
		int next;

		assert_int_equal(composer_next(c, &e), 1);
		assert_int_equal(e.kind, EVENT_NOTE);
		now += e.shift;
		if (e.shift == 24)
			continue;
		pieces++;
		next = now - 24 + pickup;
		assert_int_equal((next - line) % WHOLE, 0);
		assert_int_equal((next - line) / WHOLE, 4 + 1 + (pickup + WHOLE - 1) / WHOLE);
		line = next;
	}
	assert_true(pieces > 10);
	composer_free(c);
	model_free(m);
}

static void test_bar_lines(void **state)
{
	(void)state;
	check_bar_lines(0);
	check_bar_lines(24);
	check_bar_lines(72);
	check_bar_lines(95);
	check_bar_lines(WHOLE);
	check_bar_lines(WHOLE + 4);
}

/* Pieces of one stream are different ones, and the stream is the same again. */
static void test_pieces_differ(void **state)
{
	enum { EVENTS = 600 };
	static struct event first[EVENTS];
	struct model *m = noise(true);
	struct compose_options o;
	unsigned bars[40] = {0}, sums[40] = {0}, equal = 0;

	(void)state;
	m->vocab->n_starts = 1;
	m->vocab->starts[0].start.pickup = 0;
	compose_defaults(&o);
	o.endless = true;
	o.bars = 4;
	for (int again = 0; again < 2; again++) {
		struct composer *c = composer_new(m, &o);
		struct position p;

		assert_non_null(c);
		position_start(&p, GRID, composer_start(c));
		for (int i = 0; i < EVENTS; i++) {
			struct event e;

			assert_int_equal(composer_next(c, &e), 1);
			position_shift(&p, e.shift);
			if (again) {
				assert_true(same_event(&e, &first[i]));
			} else if (p.bar / 4 < 40) {
				bars[p.bar / 4]++;
				sums[p.bar / 4] = sums[p.bar / 4] * 31 + e.pitch + (unsigned)e.duration;
			}
			first[i] = e;
		}
		composer_free(c);
	}
	for (int i = 1; i < 40 && bars[i] > 0; i++)
		equal += bars[i] == bars[i - 1] && sums[i] == sums[i - 1];
	assert_true(bars[9] > 0);
	assert_int_equal(equal, 0);
	model_free(m);
}

/* What was before a piece plays no part in it. */
static void test_pieces_stand_alone(void **state)
{
	enum { EVENTS = 3000 };
	static struct event first[EVENTS];
	struct model *m = noise(false);
	struct compose_options o;
	struct maker k;
	int guarded = 0;

	(void)state;
	/* It knows one note, and never an end. */
	memset(m->w, 0, m->generator.params.size * sizeof(real));
	m->w[m->generator.pitch.b + 60] = 3;
	m->w[m->generator.shift.b + (size_t)symbols_find(&m->vocab->shifts, 24)] = 3;
	m->w[m->generator.duration.b + (size_t)symbols_find(&m->vocab->durations, 24)] = 3;
	m->w[m->generator.part.b] = 3;
	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] = -1000;
	compose_defaults(&o);
	o.top_k = 2;
	o.temperature = 0.1;
	assert_int_equal(maker_init(&k, m, &o), 0);
	for (uint64_t round = 0; round < 5; round++) {
		/* The same piece every other time. */
		maker_begin(&k, &m->vocab->starts[0].start, random_stream(round % 2 ? round : 0, 0, 0, 0), 0);
		for (int i = 0; i < EVENTS && !k.ended; i++) {
			struct event e;

			maker_next(&k, &e);
			if (round % 2 == 0 && round > 0)
				assert_true(same_event(&e, &first[i]));
			if (round == 0)
				first[i] = e;
		}
		guarded = k.guard.stepped_in;
	}
	assert_true(guarded > 0);
	maker_done(&k);
	model_free(m);
}

/* Time starts anew with each piece, so that no tick ever runs out of an int. */
static void test_time_starts_anew(void **state)
{
	struct model *m = noise(false);
	struct compose_options o;
	struct maker k;

	(void)state;
	compose_defaults(&o);
	assert_int_equal(maker_init(&k, m, &o), 0);
	for (uint64_t piece = 0; piece < 20; piece++) {
		struct event e;
		int end = 0;

		maker_begin(&k, &m->vocab->starts[0].start, random_stream(piece, 0, 0, 0), 0);
		assert_int_equal(maker_now(&k), 0);
		do {
			maker_next(&k, &e);
			end += e.shift;
		} while (e.kind != EVENT_END);
		assert_true(k.ended && end <= 70 * 4 * WHOLE);
		assert_true(maker_bar_line(&k, end) >= end);
	}
	maker_done(&k);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constant_memory),  cmocka_unit_test(test_bar_lines),
		cmocka_unit_test(test_pieces_differ),    cmocka_unit_test(test_pieces_stand_alone),
		cmocka_unit_test(test_time_starts_anew),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
