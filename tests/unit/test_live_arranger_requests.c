/*
 * What is asked of an arranger changes what it says, from the next line on that
 * can be met, and nothing before it. Models of random weights.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "arranged_pair.h"
#include "num/blas.h"

/* Temperature, style: other music from the line on. */
static void test_change(void **state)
{
	(void)state;
	for (int k = 0; k < 3; k++) {
		struct pair p = pair_of(long_noise(), k == 2 ? PLAY_PERFORMED : PLAY_PLAIN, 3, 12);
		uint64_t line;

		ask(&p, k == 1 ? CONTROL_STYLE : CONTROL_TEMPERATURE,
		    k != 1 ? 2.5 : 1 - arranger_start(p.a.arranger)->style);
		line = go_on(&p, 10);
		assert_true(count_other_notes(&p.a, &p.b, line, UINT64_MAX) > 10);
		expect_score(&p);
		pair_done(&p);
	}
}

/* What is asked for and taken back before it could be heard: as if nothing had been. A tempo is the stream's. */
static void test_taken_back(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		struct pair p = pair_of(long_noise(), k % 2 ? PLAY_PERFORMED : PLAY_PLAIN, 5, 12);
		static const enum control controls[] = {CONTROL_TEMPERATURE, CONTROL_SCALE, CONTROL_STYLE,
		                                        CONTROL_SWING};
		static const double values[] = {3, 2, 1, 1};
		const double before = p.values[controls[k]];
		uint64_t end;

		for (int times = 0; times < 5; times++) {
			ask(&p, controls[k], values[k]);
			arranged_bars(&p.a, times);
			ask(&p, controls[k], before);
			arranged_bars(&p.a, 1);
		}
		ask(&p, CONTROL_TEMPO, 90);
		arranged_bars(&p.a, 8);
		assert_true(p.a.epoch >= 8);
		end = arranged_line(&p.a, 0);
		arranged_until(&p.b, end);
		assert_true(expect_same_notes(&p.a, &p.b, 0, end) > 20);
		expect_score(&p);
		pair_done(&p);
	}
}

/* Nothing but a scale's notes from the line on. */
static void test_scale(void **state)
{
	struct pair p = pair_of(long_noise(), PLAY_PLAIN, 7, 12);
	const unsigned scale = control_scale(9, 0);
	uint64_t line;
	int notes = 0, before = 0;

	(void)state;
	ask(&p, CONTROL_SCALE, 9);
	line = go_on(&p, 20);
	for (size_t i = 0; i < p.a.n; i++) {
		const bool in = scale >> p.a.items[i].play.note.pitch % 12 & 1;

		if (p.a.items[i].play.kind != ITEM_NOTE)
			continue;
		before += p.a.items[i].play.at < line && !in;
		notes += p.a.items[i].play.at >= line;
		assert_true(in || p.a.items[i].play.at < line);
	}
	assert_true(notes > 20 && before > 5);
	pair_done(&p);
}

/* The same notes, all moved by one distance, and the score says the key. */
static void test_key(void **state)
{
	(void)state;
	for (int key = 0; key < 12; key += 5) {
		struct pair p = pair_of(long_noise(), PLAY_PLAIN, 9, 12);
		static struct score_bar bars[SCORE_BARS];
		uint64_t line;
		size_t i = 0, n;
		int by = 0, notes = 0, alike = 0;

		ask(&p, CONTROL_KEY, key);
		line = go_on(&p, 6);
		for (size_t k = 0; k < p.a.n; k++) {
			const struct play_item *note = &p.a.items[k].play;

			if (note->kind != ITEM_NOTE || note->at < line)
				continue;
			while (i < p.b.n && (p.b.items[i].play.kind != ITEM_NOTE || p.b.items[i].play.at < line))
				i++;
			assert_true(i < p.b.n);
			by = notes ? by : note->note.pitch - p.b.items[i].play.note.pitch;
			/* the mode is told to the network, which may come to think otherwise */
			alike += note->note.pitch - p.b.items[i++].play.note.pitch == by;
			notes++;
		}
		assert_true(alike >= 1 && by >= -6 && by <= 6);
		n = score_copy(p.score, line, bars, SCORE_BARS);
		assert_true(n > 3);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(bars[k].tonic, key % 12);
		pair_done(&p);
	}
}

/* Off-beat eighths come a sixth of a quarter later, all else in proportion; which notes there are is as it was. */
static void test_swing(void **state)
{
	struct pair p = pair_of(long_noise(), PLAY_PLAIN, 11, 12);
	uint64_t line;
	size_t i = 0, late = 0;

	(void)state;
	ask(&p, CONTROL_SWING, 1);
	line = go_on(&p, 12);
	for (size_t k = 0; k < p.b.n && i < p.a.n; k++) {
		const struct source_item *straight = &p.b.items[k], *swung;
		const uint64_t in = straight->play.at % QUARTER;
		uint64_t at = straight->play.at;

		if (straight->play.kind != ITEM_NOTE)
			continue;
		while (i < p.a.n && p.a.items[i].play.kind != ITEM_NOTE)
			i++;
		if (i == p.a.n)
			break;
		swung = &p.a.items[i++];
		assert_int_equal(swung->play.note.pitch, straight->play.note.pitch);
		assert_int_equal(swung->play.note.part, straight->play.note.part);
		if (at >= line && in <= QUARTER / 2)
			at += in / 3;
		else if (at >= line)
			at += (QUARTER - in) / 3;
		/* to a unit */
		assert_true(swung->play.at + 2 >= at && swung->play.at <= at + 2);
		assert_true(swung->play.note.off >= swung->play.at);
		late += swung->play.at > straight->play.at;
	}
	assert_true(late > 10);
	pair_done(&p);
}

/* ---- themes ---------------------------------------------------------------------------- */

/* A new piece at the line, and then another; back is the one before again, from its beginning, and back once more the first. */
static void test_themes(void **state)
{
	struct pair p = pair_of(long_noise(), PLAY_PLAIN, 13, 12);
	static struct score_bar bars[SCORE_BARS];
	static const enum action actions[] = {ACTION_NEW_THEME, ACTION_NEW_THEME, ACTION_BACK,
	                                      ACTION_BACK,      ACTION_BACK,      ACTION_NEW_THEME};
	static const int pieces[] = {2, 3, 2, 1, 1, 4};
	size_t first[7] = {0}, n;

	(void)state;
	for (size_t k = 0; k < 6; k++) {
		uint64_t line;

		arranger_act(p.a.arranger, actions[k], 0);
		arranged_bars(&p.a, 1);
		line = p.a.cut;
		arranged_until(&p.a, line + 28 * QUARTER);
		if (k == 0)
			arranged_until(&p.b, line);
		n = score_copy(p.score, 0, bars, SCORE_BARS);
		first[k + 1] = n;
		for (size_t i = n; i-- > 0 && bars[i].at >= line;)
			first[k + 1] = i;
		assert_true(first[k + 1] < n);
		assert_int_equal(bars[first[k + 1]].at, line);
		for (size_t i = first[k + 1]; i < n; i++)
			if (bars[i].n > 0)
				assert_int_equal(bars[i].piece, pieces[k]);
		if (k == 0)
			assert_true(expect_same_notes(&p.a, &p.b, 0, line) > 0);
		arranged_hear(&p.a, 2);
		/* at the beginning there is nothing to go back to */
		if (k == 4)
			assert_int_equal(bars[first[k + 1]].piece, 1);
	}
	/* theme 2 once more, theme 1 once more: their first bars are as they were */
	assert_true(same_bar(&bars[first[3]], &bars[first[1]]));
	assert_true(same_bar(&bars[first[3] + 1], &bars[first[1] + 1]));
	assert_true(same_bar(&bars[first[4]], &bars[0]));
	assert_true(same_bar(&bars[first[4] + 1], &bars[1]));
	assert_false(same_bar(&bars[first[6]], &bars[first[4]]) && same_bar(&bars[first[6] + 1], &bars[first[4] + 1]));
	expect_score(&p);
	pair_done(&p);
}

/* ---- the loop --------------------------------------------------------------------------- */

/* Locked, the last four bars that sounded come again and again; unlocked, the music goes on where it was left. */
static void test_lock(void **state)
{
	struct pair p = pair_of(long_noise(), PLAY_PLAIN, 15, 12);
	static struct score_bar bars[SCORE_BARS], others[SCORE_BARS];
	uint64_t line, on;
	size_t n, i;

	(void)state;
	ask(&p, CONTROL_LOCK, 1);
	line = go_on(&p, 20);
	n = score_copy(p.score, 0, bars, SCORE_BARS);
	i = bars_from(bars, n, line);
	assert_true(i >= LOOP_BARS && i + 16 < n);
	for (size_t k = 0; k < 16; k++) {
		assert_true(same_bar(&bars[i + k], &bars[i + k % LOOP_BARS - LOOP_BARS]));
		assert_true(bars[i + k].locked);
		assert_int_equal(bars[i + k].number, bars[i].number + (int)k);
	}
	assert_false(same_bar(&bars[i], &bars[i + 1]));
	expect_score(&p);
	/* on from there: what would have come, so much later */
	arranged_hear(&p.a, 4);
	ask(&p, CONTROL_LOCK, 0);
	arranged_bars(&p.a, 10);
	on = p.a.cut;
	n = score_copy(p.score, on, bars, SCORE_BARS);
	assert_true(n > 6);
	for (size_t k = 0, at = 0; at < 6; k++) {
		/* of `b` as a score: its items from the line on */
		struct score_bar *bar = &others[0];
		const uint64_t from = line + k * bars[at].length;

		*bar = (struct score_bar){.at = from, .length = bars[at].length};
		for (size_t j = 0; j < p.b.n; j++) {
			const struct play_item *note = &p.b.items[j].play;

			if (note->kind == ITEM_NOTE && note->at >= from && note->at < from + bar->length)
				bar->notes[bar->n++] =
					(struct score_note){note->at,         note->note.off,      note->note.part,
				                            note->note.pitch, note->note.velocity, note->note.program};
		}
		assert_false(bars[at].locked);
		assert_true(same_bar(&bars[at++], bar));
	}
	pair_done(&p);
}

/* Half locked: about half of the bars are the loop's, and the others take their places in it. */
static void test_half_locked(void **state)
{
	struct pair p = pair_of(long_noise(), PLAY_PLAIN, 17, 12);
	static struct score_bar bars[SCORE_BARS];
	int locked = 0, all = 0, anew = 0;

	(void)state;
	ask(&p, CONTROL_LOCK, 0.5);
	go_on(&p, 10);
	for (int round = 0; round < 8; round++) {
		size_t n;

		arranged_hear(&p.a, 3);
		arranged_bars(&p.a, 40);
		n = score_copy(p.score, 0, bars, SCORE_BARS);
		for (size_t i = n - 40; i < n; i++) {
			all++;
			locked += bars[i].locked;
			/* the loop's bar is the one four bars ago */
			if (bars[i].locked)
				assert_true(same_bar(&bars[i], &bars[i - LOOP_BARS]));
			else
				anew += !same_bar(&bars[i], &bars[i - LOOP_BARS]);
		}
	}
	/* 320 bars: four standard deviations are 36 */
	assert_in_range(locked, all / 2 - 36, all / 2 + 36);
	/* but for bars that are empty */
	assert_true(anew > (all - locked) / 2);
	expect_score(&p);
	pair_done(&p);
}

/* ---- a part anew -------------------------------------------------------------------------- */

/* Notes of the part, or of all others, that differ between two stretches. */
static int other_notes(const struct arranged *a, const struct arranged *b, uint64_t from, uint64_t to, int part,
                       bool of_it)
{
	struct arranged x = *a, y = *b;
	int n;

	x.items = mem_new(a->n + 1, sizeof *x.items);
	y.items = mem_new(b->n + 1, sizeof *y.items);
	assert_true(x.items && y.items);
	x.n = y.n = 0;
	for (size_t i = 0; i < a->n; i++)
		if ((a->items[i].play.note.part == part) == of_it)
			x.items[x.n++] = a->items[i];
	for (size_t i = 0; i < b->n; i++)
		if ((b->items[i].play.note.part == part) == of_it)
			y.items[y.n++] = b->items[i];
	n = count_other_notes(&x, &y, from, to) + count_other_notes(&y, &x, from, to);
	free(x.items);
	free(y.items);
	return n;
}

/* The line so many bars after one. */
static uint64_t line_after(const struct arranged *a, uint64_t line, size_t bars)
{
	for (size_t k = 0;; k++)
		if (arranged_item(a, ITEM_BAR, k)->play.at == line)
			return arranged_item(a, ITEM_BAR, k + bars)->play.at;
}

/* The next bars as they would have been but for one part. */
static void test_rewrite(void **state)
{
	int other = 0;

	(void)state;
	for (int part = 0; part < 4; part++) {
		struct pair p = pair_of(long_noise(), PLAY_PLAIN, 19, 12);
		uint64_t line, end;

		arranger_act(p.a.arranger, ACTION_REWRITE, part);
		line = go_on(&p, 12);
		end = line_after(&p.a, line, PHRASE_TAKE);
		if (other_notes(&p.a, &p.b, line, end, part, false) > 0) {
			print_notes("rewritten", &p.a, line, end);
			print_notes("not", &p.b, line, end);
			fail_msg("others than part %d were written anew", part);
		}
		other += other_notes(&p.a, &p.b, line, end, part, true);
		expect_score(&p);
		/* parts that are none */
		arranger_act(p.a.arranger, ACTION_REWRITE, 63);
		arranger_act(p.a.arranger, ACTION_REWRITE, -1);
		arranged_bars(&p.a, 2);
		pair_done(&p);
	}
	assert_true(other > 10);
}

/* Of a locked loop it is the loop's bars that have the part anew, for as long as it is locked. */
static void test_rewrite_loop(void **state)
{
	(void)state;
	for (int part = 0; part < 4; part += 3) {
		struct pair p = pair_of(long_noise(), PLAY_PLAIN, 21, 12);
		static struct score_bar bars[SCORE_BARS];
		uint64_t line;
		size_t n, i;
		int mine = 0;

		ask(&p, CONTROL_LOCK, 1);
		go_on(&p, 12);
		arranged_hear(&p.a, 3);
		arranger_act(p.a.arranger, ACTION_REWRITE, part);
		arranged_bars(&p.a, 12);
		line = p.a.cut;
		n = score_copy(p.score, 0, bars, SCORE_BARS);
		i = bars_from(bars, n, line);
		assert_true(i >= LOOP_BARS && i + 2 * LOOP_BARS < n);
		for (size_t k = 0; k < LOOP_BARS; k++) {
			struct score_bar *now = &bars[i + k], *before = &bars[i + k - LOOP_BARS];

			assert_true(now->locked);
			assert_true(same_bar(now, &bars[i + k + LOOP_BARS]));
			/* without the part they are the same */
			for (int half = 0; half < 2; half++) {
				struct score_bar *bar = half ? before : now;
				int kept = 0;

				for (int j = 0; j < bar->n; j++) {
					mine += half ? 0 : bar->notes[j].part == part;
					if (bar->notes[j].part != part)
						bar->notes[kept++] = bar->notes[j];
				}
				bar->n = kept;
			}
			assert_true(same_bar(now, before));
		}
		assert_true(mine > 0);
		pair_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),       cmocka_unit_test(test_taken_back),  cmocka_unit_test(test_scale),
		cmocka_unit_test(test_key),          cmocka_unit_test(test_swing),       cmocka_unit_test(test_themes),
		cmocka_unit_test(test_lock),         cmocka_unit_test(test_half_locked), cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_rewrite_loop),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
