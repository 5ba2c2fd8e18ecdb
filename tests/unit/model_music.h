/*
 * Music and networks for the tests of the model floor: random pieces of many
 * kinds, in the order that events have, corpora of them in memory, and
 * generators so small that a test takes no time. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_MODEL_MUSIC_H
#define TESTS_UNIT_MODEL_MUSIC_H

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "corpus/corpus.h"
#include "model/generator.h"

#define GRID  24
#define WHOLE 96 /* ticks of a bar of 4/4 */

enum music {
	MUSIC_MELODY = 1,
	MUSIC_FOUR = 2,     /* four parts, now together, now apart */
	MUSIC_CHORDS = 4,   /* chords within a part, unisons in them */
	MUSIC_SIXTEEN = 8,  /* sixteen parts */
	MUSIC_METRES = 16,  /* the metre changes, to rare ones too */
	MUSIC_SILENCE = 32, /* a hundred bars of it in the middle */
	MUSIC_ALL = 63,
	MUSIC_BARS = 64 /* two parts, in bars of a quarter, something in every bar: much to look back on */
};

static inline int music_below(struct random *r, int n)
{
	return (int)random_below(r, (uint32_t)n);
}

static inline void music_add(struct piece *p, struct event e)
{
	assert_int_equal(piece_add(p, e), 0);
}

static inline struct event music_note(int shift, int part, int pitch, int duration)
{
	return (struct event){.shift = shift,
	                      .kind = EVENT_NOTE,
	                      .part = (uint8_t)part,
	                      .pitch = (uint8_t)pitch,
	                      .duration = duration,
	                      .velocity = 80};
}

static inline struct event music_metre(int shift, int numerator, int denominator_log2)
{
	return (struct event){.shift = shift,
	                      .kind = EVENT_METRE,
	                      .numerator = (uint8_t)numerator,
	                      .denominator_log2 = (uint8_t)denominator_log2};
}

static inline struct event music_end(int shift)
{
	return (struct event){.shift = shift, .kind = EVENT_END};
}

static inline int music_parts(enum music kind)
{
	return kind == MUSIC_MELODY || kind == MUSIC_SILENCE ? 1
	       : kind == MUSIC_SIXTEEN                       ? 16
	       : kind == MUSIC_CHORDS || kind == MUSIC_BARS  ? 2
	                                                     : 4;
}

/* Mostly a few values, now and then one that gets no symbol. */
static inline int music_duration(struct random *r)
{
	static const int usual[] = {6, 12, 12, 24, 24, 24, 48, 96};

	return music_below(r, 16) == 0 ? 1 + music_below(r, 400) : usual[music_below(r, 8)];
}

static inline int music_step(struct random *r, enum music kind)
{
	static const int usual[] = {6, 12, 24, 24, 24, 48};

	if (kind == MUSIC_BARS)
		return GRID;
	if (kind == MUSIC_SILENCE && music_below(r, 5) == 0)
		return 100 * WHOLE + music_below(r, 50);
	return music_below(r, 16) == 0 ? 1 + music_below(r, 300) : usual[music_below(r, 6)];
}

/* The notes of one part at one tick, highest first; of one pitch, the shorter first. Returns how far the longest goes. */
static inline int music_chord(struct piece *p, struct random *r, enum music kind, int *shift, int part, bool dynamics)
{
	int notes = kind == MUSIC_CHORDS ? 1 + music_below(r, 4) : 1, longest = 0, before = 0;
	int pitch = 84 - 3 * part + music_below(r, 13) - 6;

	for (int i = 0; i < notes; i++) {
		struct event e = music_note(*shift, part, pitch, music_duration(r));

		if (i > 0 && p->events[p->n - 1].pitch == pitch)
			e.duration += before;
		before = e.duration;
		if (dynamics)
			e.velocity = (uint8_t)(1 + music_below(r, 127));
		e.fermata = music_below(r, 10) == 0;
		music_add(p, e);
		*shift = 0;
		longest = e.duration > longest ? e.duration : longest;
		pitch -= music_below(r, 6);
	}
	return longest;
}

static inline struct piece *music_piece(struct random *r, enum music kind, int onsets, int style, bool dynamics)
{
	struct piece *p = piece_new(GRID);
	int parts = music_parts(kind), now = 0, end = 0, shift = 0;

	assert_non_null(p);
	p->start = (struct start){
		.style = style,
		.mode = (enum mode)music_below(r, MODES),
		.denominator_log2 = 2,
		.numerator = (uint8_t)(3 + music_below(r, 2)),
		.tempo = music_below(r, TEMPO_CLASSES),
		.pickup = music_below(r, 3) == 0 ? 24 : 0,
		.parts = (UINT64_C(1) << parts) - 1,
	};
	p->start.tonic = (uint8_t)((p->start.tempo * 5 + style) % 13);
	if (kind == MUSIC_BARS)
		p->start.numerator = 1;
	p->us_per_quarter = p->start.tempo ? tempo_of_class(p->start.tempo) : 0;
	for (int i = 0; i < onsets; i++) {
		bool any = false;

		if (i > 0) {
			shift = music_step(r, kind);
			now += shift;
		}
		if (kind == MUSIC_METRES && i > 0 && music_below(r, 5) == 0) {
			music_add(p, music_metre(shift, music_below(r, 4) ? 3 : 1 + music_below(r, 255),
			                         1 + music_below(r, 2)));
			shift = 0;
		}
		for (int k = 0; k < parts; k++) {
			int longest;

			if (kind != MUSIC_BARS && music_below(r, 3) == 0 && (any || k + 1 < parts))
				continue;
			longest = music_chord(p, r, kind, &shift, k, dynamics);
			end = now + longest > end ? now + longest : end;
			any = true;
		}
	}
	music_add(p, music_end(end - now));
	return p;
}

static inline struct corpus *music_corpus_new(enum split_rule rule)
{
	struct corpus *c = mem_new(1, sizeof *c);

	assert_non_null(c);
	c->rule = rule;
	c->n_styles = 2;
	c->styles = mem_new(2, sizeof *c->styles);
	assert_non_null(c->styles);
	c->styles[0] = mem_string("chorales");
	c->styles[1] = mem_string("tunes");
	return c;
}

/* The corpus owns the piece. */
static inline void music_corpus_add(struct corpus *c, struct piece *p, enum split split)
{
	assert_int_equal(MEM_GROW(c->pieces, c->capacity, c->n + 1), 0);
	c->pieces[c->n++] = (struct corpus_piece){
		.path = mem_string("piece.mid"),
		.piece = p,
		.split = split,
		.train_events = c->rule == SPLIT_BY_TAIL ? p->n * 7 / 8 : p->n,
	};
}

/* Pieces of the kinds (a set of enum music) in turn; by hash, every fourth is held out. Free it with corpus_free(). */
static inline struct corpus *music_corpus(uint64_t seed, unsigned kinds, int pieces, int onsets, bool dynamics,
                                          enum split_rule rule)
{
	struct random r = random_stream(seed, 0, 0, 0);
	struct corpus *c = music_corpus_new(rule);
	unsigned kind = 1;

	for (int i = 0; i < pieces; i++) {
		while (!(kinds & kind))
			kind = kind >= MUSIC_BARS ? 1 : kind << 1;
		music_corpus_add(c, music_piece(&r, (enum music)kind, onsets, i % 2, dynamics),
		                 rule != SPLIT_BY_TAIL && i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
		kind = kind >= MUSIC_BARS ? 1 : kind << 1;
	}
	return c;
}

static const struct generator_config small_config = {
	.stream = 8,
	.trunk = 12,
	.layers = 2,
	.memory = 8,
	.heads = 2,
	.window = 5,
	.slots = 2,
	.hidden = 8,
	.nearby = 1,
	.harmony = 1,
	.form = 1,
};

/* A vocabulary by hand: one part, metre 4/4, few symbols. */
static inline struct vocab small_vocab(int grid, int parts)
{
	struct vocab v = {
		.grid = grid,
		.parts = parts,
		.velocity = 80,
		.durations = {2, {1, 3}},
		.shifts = {2, {0, 2}},
		.n_metres = 1,
		.metres = {{4, 2}},
	};

	memset(v.high, 127, sizeof v.high);
	return v;
}

#endif
