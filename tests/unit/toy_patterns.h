/*
 * The toy world of adversarial training: eight patterns of four notes, in
 * known proportions, are all the music there is, and a generator so small
 * that it is trained in a second. cmocka.h comes before this.
 */
#ifndef TESTS_UNIT_TOY_PATTERNS_H
#define TESTS_UNIT_TOY_PATTERNS_H

#include <math.h>
#include "base/error.h"
#include "model/adversarial.h"
#include "model/gan_windows.h"
#include "model_music.h"
#include "model_toy.h"

enum { PATTERNS = 8, PATTERN_NOTES = 4, PATTERN_WINDOW = 6 };

static const int patterns[PATTERNS][PATTERN_NOTES] = {
	{60, 62, 64, 65}, {67, 65, 64, 62}, {60, 64, 67, 72}, {72, 67, 64, 60},
	{60, 60, 67, 67}, {65, 69, 65, 60}, {62, 69, 62, 69}, {71, 72, 71, 72},
};
/* Of a hundred. */
static const int pattern_share[PATTERNS] = {20, 20, 15, 15, 10, 10, 5, 5};

static inline struct piece *pattern_piece(int k)
{
	struct piece *p = piece_new(GRID);

	assert_non_null(p);
	p->start = (struct start){.parts = 1, .numerator = 4, .denominator_log2 = 2};
	for (int i = 0; i < PATTERN_NOTES; i++)
		music_add(p, music_note(i ? 24 : 0, 0, patterns[k][i], 24));
	music_add(p, music_end(24));
	return p;
}

/* Sixty pieces, a third held out, in these proportions on both sides. */
static inline struct corpus *pattern_corpus(void)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int k = 0; k < PATTERNS; k++)
		for (int i = 0; i < pattern_share[k] * 60 / 100; i++)
			music_corpus_add(c, pattern_piece(k), i % 3 == 2 ? SPLIT_VALID : SPLIT_TRAIN);
	return c;
}

static const struct generator_config pattern_generator = {
	.stream = 8,
	.trunk = 24,
	.layers = 1,
	.memory = 0,
	.heads = 1,
	.window = 8,
	.slots = 1,
	.hidden = 16,
	.nearby = 0,
	.harmony = 0,
	.form = 0,
};

static inline struct train_config pattern_train(int steps)
{
	struct train_config t = toy_config(steps);

	t.lanes = 16;
	t.shards = 2;
	t.chunk = 10;
	t.transpose = 0;
	t.unknown = 1;
	t.unknown_key = 1;
	t.optim.weight_decay = 0;
	return t;
}

struct coverage {
	int n, counts[PATTERNS], others;
};

/* What of hundreds of pieces that a model makes are which pattern, note for note, END too. */
static inline struct coverage pattern_coverage(const struct model *m, const struct corpus *corpus, uint64_t seed)
{
	enum { LANES = 50, TIMES = 10 };
	const struct feed_options feed = {
		.split = SPLIT_TRAIN, .training = true, .unknown = 1, .unknown_key = 1, .lanes_in_all = LANES};
	struct gan_windows windows;
	struct coverage c = {0};
	size_t n;
	uint32_t *order = feed_pieces(corpus, m->vocab, SPLIT_TRAIN, &n);

	assert_non_null(order);
	assert_int_equal(gan_windows_init(&windows, &m->generator, corpus, &feed, order, n, 0, LANES, PATTERN_WINDOW),
	                 0);
	for (uint64_t time = 0; time < TIMES; time++) {
		assert_int_equal(gan_windows_next(&windows, m->w, random_stream(seed, time, 0, 0)), 1);
		for (int i = 0; i < LANES; i++, c.n++) {
			const struct made_row *row = windows.rows + i * PATTERN_WINDOW;
			int which = -1;

			for (int k = 0; k < PATTERNS && windows.made_length[i] == PATTERN_NOTES + 1; k++) {
				bool same = row[PATTERN_NOTES].next.kind == EVENT_END;

				for (int t = 1; t <= PATTERN_NOTES; t++)
					same = same && row[t].event.kind == EVENT_NOTE &&
					       row[t].event.pitch == patterns[k][t - 1] &&
					       row[t].event.duration == 24 && row[t].event.shift == (t > 1 ? 24 : 0);
				which = same ? k : which;
			}
			if (which >= 0)
				c.counts[which]++;
			else
				c.others++;
		}
	}
	gan_windows_done(&windows);
	free(order);
	return c;
}

/* How many patterns have a quarter of their share at least. */
static inline int patterns_covered(const struct coverage *c)
{
	int covered = 0;

	for (int k = 0; k < PATTERNS; k++)
		covered += 400 * c->counts[k] >= pattern_share[k] * c->n;
	return covered;
}

#endif
