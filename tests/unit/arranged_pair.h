/*
 * An arranger that is asked for something beside one that is not, of one model
 * of random weights. cmocka.h comes before this; include it in one file of a
 * program.
 */
#ifndef TESTS_UNIT_ARRANGED_PAIR_H
#define TESTS_UNIT_ARRANGED_PAIR_H

#include "live_arranged.h"
#include "model_toy.h"

#define TICK (QUARTER / GRID)

static inline struct model *noise(unsigned kinds, const struct generator_config *config, bool dynamics)
{
	struct corpus *c = music_corpus(9, kinds, 8, 10, dynamics, SPLIT_BY_HASH);
	struct model *m = toy_random(c, config, 0.3, 6);

	corpus_free(c);
	return m;
}

/* Music in one metre whose pieces go on: something to be in the midst of. */
static inline struct model *long_noise(void)
{
	struct model *m = noise(MUSIC_FOUR, &small_config, false);

	m->w[m->generator.part.b + (size_t)class_end(&m->generator)] -= 100;
	m->w[m->generator.part.b + (size_t)class_metre(&m->generator)] -= 100;
	/* pitches that every key has room for */
	for (size_t p = 0; p < 128; p++)
		m->w[m->generator.pitch.b + p] -= p < 30 || p > 90 ? 1000 : 0;
	return m;
}

static inline struct arranger_options live_options(const struct model *m, uint64_t seed)
{
	struct arranger_options o = {.model = m};

	compose_defaults(&o.compose);
	o.compose.seed = seed;
	o.compose.endless = o.compose.live = true;
	o.compose.bars_max = 300;
	return o;
}

/* Two of one music, so far that four bars are not heard yet; what is asked for is asked of `a`. */
struct pair {
	struct model *model;
	struct score *score;
	struct arranged a, b;
	double values[CONTROLS];
};

static inline struct pair pair_of(struct model *m, enum playing playing, uint64_t seed, int bars)
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

static inline void pair_done(struct pair *p)
{
	arranged_done(&p->a);
	arranged_done(&p->b);
	score_free(p->score);
	model_free(p->model);
}

/* So many bars more of both. The line from which on they may differ: the first that can be met. */
static inline uint64_t go_on(struct pair *p, int bars)
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

static inline void ask(struct pair *p, enum control c, double value)
{
	p->values[c] = value;
	arranger_set(p->a.arranger, p->values);
}

/* The bars of the score are the items', wherever both are. */
static inline void expect_score(struct pair *p)
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

/* The notes of a bar, told by where they are in it. */
static inline size_t bar_notes(const struct score_bar *bar, struct score_note notes[SCORE_NOTES])
{
	for (int i = 0; i < bar->n; i++) {
		notes[i] = bar->notes[i];
		notes[i].on -= bar->at;
		notes[i].off -= bar->at;
	}
	return (size_t)bar->n;
}

static inline bool same_bar(const struct score_bar *a, const struct score_bar *b)
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

static inline size_t bars_from(const struct score_bar *bars, size_t n, uint64_t line)
{
	size_t i = 0;

	while (i < n && bars[i].at < line)
		i++;
	return i;
}

#endif
