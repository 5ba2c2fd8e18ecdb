/*
 * Probabilities of all continuations sum to one: every event that can come
 * next is scored as a piece of its own, escapes up to a bound one by one, and
 * what lies beyond the bound is what their code leaves for it. A vocabulary
 * of a few symbols on a grid of one tick a quarter keeps that to some
 * ten thousand pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include "doubles.h"
#include "model_pass.h"
#include "num/blas.h"

enum {
	BAR = 4,
	TAIL = 2,
	VALUES = ((1 << TAIL) - 1) * BAR
}; /* values below three bars, a quarter of the code beyond */
enum { LANES = 256 };

struct ground {
	struct vocab vocab;
	struct generator g;
	struct pass p;
	real *w;
	struct start start;
	const struct event *past; /* events before the one that is summed over */
	int n_past;
	/* pieces waiting for their lanes to be full */
	struct event last[LANES];
	double share[LANES]; /* of a piece's probability, that is added */
	int waiting;
	double sum;
};

static void ground_init(struct ground *k, int parts, bool dynamics)
{
	*k = (struct ground){.vocab = small_vocab(1, parts)};
	k->vocab.dynamics = dynamics;
	k->vocab.n_metres = 2;
	k->vocab.metres[1][0] = 3;
	k->vocab.metres[1][1] = 3;
	k->start =
		(struct start){.style = -1, .numerator = 4, .denominator_log2 = 2, .parts = (UINT64_C(1) << parts) - 1};
	assert_int_equal(generator_init(&k->g, &small_config, &k->vocab), 0);
	k->w = reals_plane(&k->g.params, 0.4, 6);
}

/* Room for pieces of this past and one event more. */
static void ground_past(struct ground *k, const struct event *past, int n)
{
	if (k->p.g)
		pass_done(&k->p);
	k->past = past;
	k->n_past = n;
	k->sum = 0;
	pass_init(&k->p, &k->g, n + 2, LANES, false);
}

static void ground_done(struct ground *k)
{
	pass_done(&k->p);
	free(k->w);
	generator_done(&k->g);
}

/* p(the last event | the past): the shift and part that the row before predicts, then what its own row does. */
static void flush(struct ground *k)
{
	static const struct event nothing;
	static struct tape tapes[LANES];
	struct batch *b = &k->p.batch;

	for (int lane = 0; lane < LANES; lane++)
		context_start(&tapes[lane].context, &k->g, &k->start, UNKNOWN_ALL, -1);
	batch_begin(b, k->n_past + 2);
	for (int row = 0; row < b->rows; row++) {
		struct context *c = &tapes[row % LANES].context;
		int at = row / LANES;
		const struct event *last = &k->last[row % LANES < k->waiting ? row % LANES : 0];
		const struct event end = {.shift = 2, .kind = EVENT_END};
		const struct event *event = at == 0 ? &nothing : at - 1 < k->n_past ? &k->past[at - 1] : last;
		const struct event *next = at < k->n_past ? &k->past[at] : at == k->n_past ? last : &end;

		/* The end has no row of its own. */
		if (at == k->n_past + 1 && last->kind == EVENT_END) {
			batch_idle_row(b, row);
			continue;
		}
		context_arrive(c, event->shift,
		               at == 0                     ? ROW_START
		               : event->kind == EVENT_NOTE ? ROW_NOTE
		                                           : ROW_METRE,
		               event->part);
		batch_row(b, row, c, event, next, 1, 1);
	}
	batch_end(b, &k->g);
	carry_clear(&k->p.carry, &k->g);
	pass_forward(&k->p, k->w);
	for (int lane = 0; lane < k->waiting; lane++) {
		size_t before = (size_t)k->n_past * LANES + (size_t)lane, own = before + LANES;
		double nats = k->p.frame.loss[HEAD_SHIFT][before] + k->p.frame.loss[HEAD_PART][before];

		if (k->last[lane].kind != EVENT_END)
			nats += k->p.frame.loss[HEAD_PITCH][own] + k->p.frame.loss[HEAD_DURATION][own] +
			        k->p.frame.loss[HEAD_VELOCITY][own] + k->p.frame.loss[HEAD_METRE][own];
		k->sum += k->share[lane] * exp(-nats);
	}
	k->waiting = 0;
}

static void add(struct ground *k, struct event e, double share)
{
	k->last[k->waiting] = e;
	k->share[k->waiting++] = share;
	if (k->waiting == LANES)
		flush(k);
}

/* A value of the code that stands for all from `bound` on: how many times its own probability those have. */
static double tail_share(const struct symbols *s, int low, int bar, int value)
{
	/* 2^-TAIL of the code, and the code's scale cancels against that of the value itself. */
	double scaled = exp(-escape_cost(s, low, bar, value));
	double whole = ldexp(1, -TAIL) * scaled * bar * ldexp(1, 2 * TAIL + 1);

	return whole / scaled;
}

/* All notes at a shift and part; velocities of one in so many of a bin's values. */
static void add_notes(struct ground *k, int shift, int part, double share, int highest)
{
	const struct symbols *durations = &k->vocab.durations;

	for (int pitch = 0; pitch <= highest; pitch++)
		for (int duration = 1; duration <= 1 + VALUES; duration++) {
			struct event e = music_note(shift, part, pitch, duration);
			double all = share;

			if (duration == 1 + VALUES)
				all *= tail_share(durations, 1, BAR, duration);
			add(k, e, all);
		}
}

static void add_metres(struct ground *k, int shift, double share)
{
	for (int numerator = 1; numerator < 256; numerator++)
		for (int denominator = 0; denominator < 8; denominator++)
			add(k, music_metre(shift, numerator, denominator), share);
}

/* Everything that can come after the past; at the same tick only what the order of events leaves. */
static double sum_all(struct ground *k)
{
	const struct event *last = k->n_past > 0 ? &k->past[k->n_past - 1] : NULL;
	bool after_note = last && last->kind == EVENT_NOTE;

	for (int shift = 0; shift <= VALUES; shift++) {
		double share = shift == VALUES ? tail_share(&k->vocab.shifts, 0, BAR, shift) : 1;

		for (int part = 0; part < k->vocab.parts; part++) {
			bool chord = shift == 0 && after_note && last->part == part;

			if (shift == 0 && after_note && part < last->part)
				continue;
			add_notes(k, shift, part, share, chord ? last->pitch : 127);
		}
		if (shift > 0 || !last)
			add_metres(k, shift, share);
		if (last)
			add(k, music_end(shift), share);
	}
	if (k->waiting > 0)
		flush(k);
	return k->sum;
}

/* The tail of the shifts is tried with one value: the metre and the place in the bar are the same for all of them. */
static void check_sum(struct ground *k, const struct event *past, int n)
{
	double sum;

	ground_past(k, past, n);
	sum = sum_all(k);
	print_message("after %d events: %.9f\n", n, sum);
	check_near(sum, 1, 1e-5);
}

static void test_first_event(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, 2, false);
	check_sum(&k, NULL, 0);
	ground_done(&k);
}

/* After each of these; with the sums before, that of two events is one as well. */
static void test_second_event(void **state)
{
	const struct event pasts[] = {
		music_note(0, 0, 60, 1),
		music_note(2, 1, 5, 7),
		music_note(0, 0, 0, 3),
		music_metre(8, 4, 2),
	};
	struct ground k;

	(void)state;
	ground_init(&k, 2, false);
	for (size_t i = 0; i < sizeof pasts / sizeof *pasts; i++)
		check_sum(&k, &pasts[i], 1);
	ground_done(&k);
}

static void test_third_event(void **state)
{
	const struct event past[] = {music_note(0, 0, 3, 9), music_note(0, 0, 2, 3)};
	struct ground k;

	(void)state;
	ground_init(&k, 1, false);
	check_sum(&k, past, 2);
	ground_done(&k);
}

/* 127 velocities: the values of a bin are all alike. */
static void test_velocities(void **state)
{
	struct ground k;
	double sum = 0, all = 0;

	(void)state;
	ground_init(&k, 1, true);
	ground_past(&k, NULL, 0);
	for (int velocity = 1; velocity < 128; velocity++) {
		struct event e = music_note(0, 0, 60, 1);

		e.velocity = (uint8_t)velocity;
		add(&k, e, 1);
	}
	flush(&k);
	sum = k.sum;
	/* The same without a velocity. */
	k.sum = 0;
	for (int i = 0; i < 2; i++) {
		add(&k, music_note(0, 0, 60, 1), 1);
		flush(&k);
		all += exp(-(k.p.frame.loss[HEAD_SHIFT][0] + k.p.frame.loss[HEAD_PART][0] +
		             k.p.frame.loss[HEAD_PITCH][LANES] + k.p.frame.loss[HEAD_DURATION][LANES])) /
		       2;
	}
	check_near(sum / all, 1, 1e-5);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_event),
		cmocka_unit_test(test_second_event),
		cmocka_unit_test(test_third_event),
		cmocka_unit_test(test_velocities),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
