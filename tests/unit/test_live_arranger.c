/*
 * The arranger without requests: a composer's events, one by one. With a judge;
 * with networks that cannot go back; and in a flood of requests. Models of
 * random weights.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "arranged_pair.h"
#include "conv_small.h"
#include "model_kinds.h"
#include "num/blas.h"
#include "some_judge.h"

/* ---- without requests ------------------------------------------------------------- */

/* The events of a composer of its own as notes, in the arranger's moments. */
struct reference {
	struct composer *composer;
	struct performer performer;
	enum playing playing;
	int64_t tick;
};

static struct reference reference(const struct arranger_options *o)
{
	struct reference r = {.composer = composer_new(o->model, &o->compose), .playing = o->playing};
	const struct start *start;
	int bar;

	assert_non_null(r.composer);
	start = composer_start(r.composer);
	bar = metre_bar(&(struct metre){0, start->numerator, start->denominator_log2}, GRID);
	/* a pickup is the end of a bar */
	r.tick = start->pickup ? bar - start->pickup % bar : 0;
	performer_start(&r.performer, GRID, start, composer_us_per_quarter(r.composer), o->playing == PLAY_LEARNED);
	return r;
}

/* The next note; false: it is over. */
static bool next_note(struct reference *r, struct play_item *note)
{
	struct event e;
	struct performed performed;

	for (;;) {
		if (composer_next(r->composer, &e) != 1)
			return false;
		r->tick += e.shift;
		r->performer.us_per_quarter = composer_us_per_quarter(r->composer);
		performed = performer_event(&r->performer, &e);
		if (e.kind == EVENT_NOTE)
			break;
	}
	*note = (struct play_item){.at = (uint64_t)r->tick * TICK, .kind = ITEM_NOTE};
	note->note = (struct play_note){.off = note->at + (uint64_t)e.duration * TICK,
	                                .part = e.part,
	                                .pitch = e.pitch,
	                                .velocity = e.velocity};
	if (r->playing == PLAY_PLAIN)
		return true;
	note->note.off = note->at + (uint64_t)performed.length * TICK / (uint64_t)r->performer.fine;
	note->note.velocity = performed.velocity;
	return true;
}

/* So many bars, whose lines follow one upon the other and are numbered; all notes are the composer's, and within their bars. */
static void expect_composed(const struct arranger_options *o, int bars)
{
	struct arranged a = arranged_start(o);
	struct reference r = reference(o);
	const struct source_item *bar = NULL;
	size_t notes = 0;

	arranged_bars(&a, bars);
	for (size_t i = 0; i < a.n; i++) {
		const struct source_item *item = &a.items[i];
		struct play_item note;

		assert_int_equal(item->epoch, 0);
		if (item->play.kind == ITEM_BAR) {
			if (bar)
				assert_int_equal(item->bar, bar->bar + 1);
			else
				assert_in_range(item->bar, 0, 1);
			if (bar && o->compose.endless)
				assert_int_equal(item->play.at, bar->play.at + bar->length);
			bar = item;
		}
		if (item->play.kind != ITEM_NOTE)
			continue;
		assert_non_null(bar);
		if (o->compose.endless)
			assert_true(item->play.at < bar->play.at + bar->length);
		assert_true(next_note(&r, &note));
		assert_int_equal(item->play.at, note.at);
		assert_int_equal(item->play.note.off, note.note.off);
		assert_int_equal(item->play.note.part, note.note.part);
		assert_int_equal(item->play.note.pitch, note.note.pitch);
		assert_int_equal(item->play.note.velocity, note.note.velocity);
		assert_int_equal(item->play.note.program, 255);
		notes++;
	}
	assert_true(notes > 8);
	composer_free(r.composer);
	arranged_done(&a);
}

static void test_composed(void **state)
{
	static const unsigned kinds[] = {MUSIC_MELODY, MUSIC_FOUR, MUSIC_CHORDS, MUSIC_FOUR | MUSIC_METRES};

	(void)state;
	for (size_t k = 0; k < 4; k++)
		for (int way = 0; way < 4; way++) {
			struct model *m = noise(kinds[k], &small_config, way % 2);
			struct arranger_options o = live_options(m, k);

			/* several pieces, of all metres and pickups that there are */
			o.compose.bars_max = 7;
			o.compose.live = way < 3;
			o.playing = way == 0 ? PLAY_PLAIN : way == 2 ? PLAY_PERFORMED : PLAY_LEARNED;
			expect_composed(&o, 40);
			model_free(m);
		}
}

/* A piece that ends: every note of it, and then the end; with a clock, a stop where the piece ends. */
static void test_bounded(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_METRES, &small_config, false);

	(void)state;
	for (uint64_t seed = 0; seed < 12; seed++) {
		struct arranger_options o = {.model = m, .clock = seed % 2};
		struct arranged a;
		struct reference r;
		struct play_item note;
		size_t notes = 0;
		uint64_t last = 0;

		compose_defaults(&o.compose);
		o.compose.seed = seed;
		o.compose.bars_max = 9;
		a = arranged_start(&o);
		r = reference(&o);
		arranged_bars(&a, 1000);
		assert_true(a.over);
		assert_false(arranged_step(&a));
		for (; next_note(&r, &note); notes++) {
			const struct source_item *item = arranged_item(&a, ITEM_NOTE, notes);

			assert_non_null(item);
			assert_int_equal(item->play.at, note.at);
			assert_int_equal(item->play.note.off, note.note.off);
			assert_int_equal(item->play.note.pitch, note.note.pitch);
			last = note.note.off > last ? note.note.off : last;
		}
		assert_int_equal(arranged_count(&a, ITEM_NOTE), notes);
		assert_int_equal(arranged_count(&a, ITEM_START), o.clock);
		assert_int_equal(arranged_count(&a, ITEM_STOP), o.clock);
		if (o.clock) {
			assert_int_equal(a.items[0].play.kind, ITEM_START);
			assert_int_equal(a.items[0].play.at, 0);
			assert_int_equal(a.items[a.n - 1].play.kind, ITEM_STOP);
			assert_int_equal(a.items[a.n - 1].play.at, (uint64_t)r.tick * TICK);
			assert_true(a.items[a.n - 1].play.at >= last);
		}
		composer_free(r.composer);
		arranged_done(&a);
	}
	model_free(m);
}

/* ---- others ---------------------------------------------------------------------------------- */

/* The judge chooses: the same every time, other phrases now and then than without it, and it says what it thinks of every bar. */
static void test_best_of(void **state)
{
	struct model *m = long_noise();
	struct judge *judge = some_judge(m);
	struct arranger_options o = live_options(m, 25);
	struct arranged a[3];
	struct score *score = score_new();
	static struct score_bar bars[SCORE_BARS];
	size_t n;

	(void)state;
	assert_non_null(score);
	o.judge = judge;
	o.compose.open_end = true;
	for (int k = 0; k < 3; k++) {
		double values[CONTROLS];

		o.score = k == 1 ? score : NULL;
		a[k] = arranged_start(&o);
		arranged_bars(&a[k], 9);
		arranged_hear(&a[k], 4);
		arranger_values(a[k].arranger, values);
		values[CONTROL_BEST_OF] = k < 2 ? 5 : 1;
		arranger_set(a[k].arranger, values);
		arranged_bars(&a[k], 24);
	}
	assert_int_equal(a[0].cut, a[1].cut);
	assert_int_equal(a[2].epoch, 0);
	assert_true(expect_same_notes(&a[0], &a[1], 0, arranged_line(&a[0], 0)) > 20);
	expect_same_notes(&a[0], &a[2], 0, a[0].cut);
	assert_true(count_other_notes(&a[0], &a[2], a[0].cut, UINT64_MAX) > 5);
	n = score_copy(score, 0, bars, SCORE_BARS);
	assert_true(n > 20);
	/* a pickup is not judged, the newest not yet */
	for (size_t i = 0; i + 1 < n; i++)
		assert_true(bars[i].number == 0 || (bars[i].judged >= 0 && bars[i].judged <= 1));
	for (int k = 0; k < 3; k++)
		arranged_done(&a[k]);
	score_free(score);
	judge_free(judge);
	model_free(m);
}

/* Networks that cannot go back take every request: it is heard later, and nothing that was given out is cut off. */
static void test_cannot_go_back(void **state)
{
	(void)state;
	for (size_t k = 0; k <= NETWORKS; k++) {
		struct model *m = k < NETWORKS ? noise(networks[k].music & (MUSIC_FOUR | MUSIC_CHORDS | MUSIC_MELODY),
		                                       networks[k].config, networks[k].dynamics)
		                               : noise(MUSIC_FOUR, &small_conv, false);
		struct arranger_options o = live_options(m, 1);
		struct arranged a;
		double values[CONTROLS];

		o.compose.bars_max = 20;
		a = arranged_start(&o);
		arranger_values(a.arranger, values);
		arranged_bars(&a, 8);
		for (int round = 0; round < 3; round++) {
			arranged_hear(&a, 4);
			values[CONTROL_TEMPERATURE] = 1.5 + round;
			values[CONTROL_SCALE] = round;
			values[CONTROL_KEY] = 5 * round;
			values[CONTROL_SWING] = 0.5;
			values[CONTROL_LOCK] = round == 1 ? 0.7 : 0;
			arranger_set(a.arranger, values);
			arranged_bars(&a, 5);
			arranger_act(a.arranger, ACTION_NEW_THEME, 0);
			arranger_act(a.arranger, ACTION_REWRITE, 0);
			arranged_bars(&a, 5);
			arranger_act(a.arranger, ACTION_BACK, 0);
			arranged_bars(&a, 5);
		}
		assert_int_equal(a.epoch, 0);
		assert_int_equal(a.taken, a.n);
		arranged_done(&a);
		model_free(m);
	}
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("MUSEGEN_SEED");

	return text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
}

/* More requests than may wait, of every kind, at every bar: it goes on. */
static void test_flood(void **state)
{
	struct model *m = noise(MUSIC_FOUR | MUSIC_METRES | MUSIC_CHORDS, &small_config, true);
	const uint64_t seed = seed_of_run();
	struct arranger_options o = live_options(m, seed);
	struct random r = random_stream(seed, 0, 0, 0);
	struct score *score = score_new();
	struct arranged a;
	double values[CONTROLS];

	(void)state;
	print_message("MUSEGEN_SEED=%llu\n", (unsigned long long)seed);
	o.compose.bars_max = 6;
	o.score = score;
	o.playing = PLAY_LEARNED;
	a = arranged_start(&o);
	arranger_values(a.arranger, values);
	for (int round = 0; round < 120; round++) {
		for (uint32_t k = random_below(&r, 3) ? 1 : 40; k > 0; k--) {
			const enum control c = (enum control)random_below(&r, CONTROLS);
			const struct control_info *info = control_info(c);

			values[c] = control_clamp(c, info->least + (info->most - info->least) * random_unit(&r));
			if (c == CONTROL_STYLE)
				values[c] = (double)random_below(&r, 3) - 1;
			/* the judge is not here, and locks are over soon */
			values[CONTROL_LOCK] = random_below(&r, 4) ? 0 : values[CONTROL_LOCK];
			arranger_set(a.arranger, values);
			arranger_act(a.arranger, (enum action)random_below(&r, ACTIONS), (int)random_below(&r, 5));
		}
		for (uint32_t steps = random_below(&r, 60); steps > 0; steps--)
			arranged_step(&a);
		if (arranged_count(&a, ITEM_BAR) > 4)
			arranged_hear(&a, random_below(&r, 4));
	}
	assert_true(a.epoch > 20);
	assert_true(arranged_count(&a, ITEM_NOTE) > 100);
	arranged_done(&a);
	score_free(score);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_composed),       cmocka_unit_test(test_bounded), cmocka_unit_test(test_best_of),
		cmocka_unit_test(test_cannot_go_back), cmocka_unit_test(test_flood),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
