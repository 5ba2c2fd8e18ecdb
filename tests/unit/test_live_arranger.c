/*
 * The arranger: without requests a composer's events, one by one; and each
 * request changes what it says, from the next line on that can be met, and
 * nothing before it. Models of random weights.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "live_arranged.h"
#include "model_kinds.h"
#include "model_toy.h"
#include "some_judge.h"
#include "num/blas.h"

#define TICK (QUARTER / GRID)

static struct model *noise(unsigned kinds, const struct generator_config *config, bool dynamics)
{
	struct corpus *c = music_corpus(9, kinds, 8, 10, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, config, 0.3, 6);

	corpus_free(c);
	return m;
}

/* Music in one metre whose pieces go on: something to be in the midst of. */
static struct model *long_noise(void)
{
	struct model *m = noise(MUSIC_FOUR, &small_config, false);

	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] -= 100;
	m->w[m->generator.part.b + (size_t)class_metre(&m->generator)] -= 100;
	/* pitches that every key has room for */
	for (size_t p = 0; p < 128; p++)
		m->w[m->generator.pitch.b + p] -= p < 30 || p > 90 ? 1000 : 0;
	return m;
}

static struct arranger_options live_options(const struct model *m, uint64_t seed)
{
	struct arranger_options o = {.model = m};

	compose_defaults(&o.compose);
	o.compose.seed = seed;
	o.compose.endless = o.compose.live = true;
	o.compose.bars_max = 300;
	return o;
}

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

/* ---- requests ------------------------------------------------------------------------ */

/* Two of one music, so far that four bars are not heard yet; what is asked for is asked of `a`. */
struct pair {
	struct model *model;
	struct score *score;
	struct arranged a, b;
	double values[CONTROLS];
};

static struct pair pair_of(struct model *m, enum playing playing, uint64_t seed, int bars)
{
	struct pair p = {.model = m, .score = score_new()};
	struct arranger_options o = live_options(m, seed);

	assert_non_null(p.score);
	o.playing = playing;
	/* ends that are chosen are looked for long where a piece has none */
	o.compose.open_end = true;
	p.b = arranged_start(&o);
	o.score = p.score;
	p.a = arranged_start(&o);
	arranged_bars(&p.a, bars);
	arranged_hear(&p.a, 4);
	arranger_values(p.a.arranger, p.values);
	return p;
}

static void pair_done(struct pair *p)
{
	arranged_done(&p->a);
	arranged_done(&p->b);
	score_free(p->score);
	model_free(p->model);
}

/* So many bars more of both. The line from which on they may differ: the first that can be met. */
static uint64_t go_on(struct pair *p, int bars)
{
	const uint64_t heard = atomic_load(&p->a.source->heard);
	const uint32_t epoch = p->a.epoch;
	uint64_t end, line;

	arranged_bars(&p->a, bars);
	end = arranged_line(&p->a, 0) + 4 * QUARTER;
	arranged_until(&p->a, end);
	arranged_until(&p->b, end);
	/* 80 ms at 120 are 4/25 of a quarter */
	for (size_t k = 0;; k++) {
		line = arranged_item(&p->a, ITEM_BAR, k)->play.at;
		if (line > heard + QUARTER * 4 / 25)
			break;
	}
	assert_int_equal(p->a.epoch, epoch + 1);
	assert_int_equal(p->a.cut, line);
	assert_true(expect_same_notes(&p->a, &p->b, 0, line) > 0);
	return line;
}

static void ask(struct pair *p, enum control c, double value)
{
	p->values[c] = value;
	arranger_set(p->a.arranger, p->values);
}

/* The bars of the score are the items', wherever both are. */
static void expect_score(struct pair *p)
{
	static struct score_bar bars[SCORE_BARS];
	const size_t n = score_copy(p->score, 0, bars, SCORE_BARS);
	size_t at = 0;

	assert_true(n > 4);
	for (size_t i = 0; i < n; i++) {
		while (at < p->a.n && (p->a.items[at].play.kind != ITEM_BAR || p->a.items[at].play.at < bars[i].at))
			at++;
		/* the newest is not given out yet, all of it */
		if (i + 1 >= n)
			break;
		assert_true(at < p->a.n);
		/* a first bar does not wait for its first note */
		if (i > 0 || bars[i].at > 0)
			assert_int_equal(p->a.items[at].play.at, bars[i].at);
		assert_int_equal(p->a.items[at].play.at + p->a.items[at].length, bars[i].at + bars[i].length);
		assert_int_equal(p->a.items[at].bar, bars[i].number);
		assert_int_equal(bars[i + 1].at, bars[i].at + bars[i].length);
		at++;
		for (int k = 0; k < bars[i].n; k++, at++) {
			const struct score_note *note = &bars[i].notes[k];

			while (p->a.items[at].play.kind == ITEM_TEMPO)
				at++;
			assert_int_equal(p->a.items[at].play.kind, ITEM_NOTE);
			assert_int_equal(p->a.items[at].play.at, note->on);
			assert_int_equal(p->a.items[at].play.note.off, note->off);
			assert_int_equal(p->a.items[at].play.note.part, note->part);
			assert_int_equal(p->a.items[at].play.note.pitch, note->pitch);
			assert_int_equal(p->a.items[at].play.note.velocity, note->velocity);
		}
		assert_true(at == p->a.n || p->a.items[at].play.kind != ITEM_NOTE);
	}
}

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

/* The notes of a bar, told by where they are in it. */
static size_t bar_notes(const struct score_bar *bar, struct score_note notes[SCORE_NOTES])
{
	for (int i = 0; i < bar->n; i++) {
		notes[i] = bar->notes[i];
		notes[i].on -= bar->at;
		notes[i].off -= bar->at;
	}
	return (size_t)bar->n;
}

static bool same_bar(const struct score_bar *a, const struct score_bar *b)
{
	static struct score_note x[SCORE_NOTES], y[SCORE_NOTES];
	const size_t n = bar_notes(a, x);

	if (bar_notes(b, y) != n || a->length != b->length)
		return false;
	for (size_t i = 0; i < n; i++)
		if (x[i].on != y[i].on || x[i].off != y[i].off || x[i].part != y[i].part || x[i].pitch != y[i].pitch ||
		    x[i].velocity != y[i].velocity)
			return false;
	return true;
}

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

static size_t bars_from(const struct score_bar *bars, size_t n, uint64_t line)
{
	size_t i = 0;

	while (i < n && bars[i].at < line)
		i++;
	return i;
}

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

static const struct generator_config conv_config = {
	.kind = KIND_CONV,
	.stream = 8,
	.trunk = 8,
	.layers = 1,
	.heads = 1,
	.window = 8,
	.slots = 1,
	.hidden = 8,
	.conv = {.bars = 2,
                 .levels = 2,
                 .channels = 4,
                 .noise = 8,
                 .activation = ACTIVATION_CRELU,
                 .norm = CONV_NORM_BATCH,
                 .critic_activation = ACTIVATION_LEAKY,
                 .critic_norm = CONV_NORM_LAYER,
                 .score = 0.5,
                 .pack = 2},
};

/* Networks that cannot go back take every request: it is heard later, and nothing that was given out is cut off. */
static void test_cannot_go_back(void **state)
{
	(void)state;
	for (size_t k = 0; k <= NETWORKS; k++) {
		struct model *m = k < NETWORKS ? noise(networks[k].music & (MUSIC_FOUR | MUSIC_CHORDS | MUSIC_MELODY),
		                                       networks[k].config, networks[k].dynamics)
		                               : noise(MUSIC_FOUR, &conv_config, false);
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
		cmocka_unit_test(test_composed), cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_change),   cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_scale),    cmocka_unit_test(test_key),
		cmocka_unit_test(test_swing),    cmocka_unit_test(test_themes),
		cmocka_unit_test(test_lock),     cmocka_unit_test(test_half_locked),
		cmocka_unit_test(test_rewrite),  cmocka_unit_test(test_rewrite_loop),
		cmocka_unit_test(test_best_of),  cmocka_unit_test(test_cannot_go_back),
		cmocka_unit_test(test_flood),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
