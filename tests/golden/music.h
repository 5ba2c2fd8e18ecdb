/*
 * The music that golden models have their vocabularies, beginnings and losses
 * from. Unlike the random music of the other tests it is the same whatever the
 * compiler: every number is drawn in a statement of its own. cmocka.h comes
 * before this.
 */
#ifndef TESTS_GOLDEN_MUSIC_H
#define TESTS_GOLDEN_MUSIC_H

#include "../unit/model_music.h"

struct manner {
	int parts;
	int chord;     /* most notes of a part at once */
	bool metres;   /* change now and then */
	bool silence;  /* a hundred bars of it, now and then */
	bool dynamics; /* else all velocities are 80 */
};

static inline int manner_shift(struct random *r, const struct manner *m)
{
	static const int usual[] = {6, 12, 24, 24, 24, 48};
	const int kind = music_below(r, 16), rare = 1 + music_below(r, 300), which = music_below(r, 6);

	if (m->silence && kind < 3)
		return 100 * WHOLE + rare;
	return kind == 15 ? rare : usual[which];
}

static inline void manner_chord(struct piece *p, struct random *r, const struct manner *m, int *shift, int part,
                                int *longest)
{
	static const int usual[] = {6, 12, 12, 24, 24, 24, 48, 96};
	const int notes = 1 + music_below(r, m->chord);
	int pitch = 84 - 3 * part + music_below(r, 13) - 6;

	for (int i = 0; i < notes; i++) {
		const int odd = music_below(r, 16), rare = 1 + music_below(r, 400), which = music_below(r, 8);
		struct event e = music_note(*shift, part, pitch, odd == 0 ? rare : usual[which]);

		if (m->dynamics)
			e.velocity = (uint8_t)(1 + music_below(r, 127));
		e.fermata = music_below(r, 10) == 0;
		music_add(p, e);
		*shift = 0;
		*longest = e.duration > *longest ? e.duration : *longest;
		pitch -= 1 + music_below(r, 5);
	}
}

static inline struct piece *manner_piece(struct random *r, const struct manner *m, int onsets, int style)
{
	struct piece *p = piece_new(GRID);
	int now = 0, end = 0, shift = 0;

	assert_non_null(p);
	p->start.style = style;
	p->start.mode = (enum mode)music_below(r, MODES);
	p->start.denominator_log2 = 2;
	p->start.numerator = (uint8_t)(3 + music_below(r, 2));
	p->start.tempo = 1 + music_below(r, TEMPO_CLASSES - 1);
	p->start.pickup = music_below(r, 3) == 0 ? 24 : 0;
	p->start.parts = (UINT64_C(1) << m->parts) - 1;
	p->us_per_quarter = tempo_of_class(p->start.tempo);
	for (int i = 0; i < onsets; i++) {
		const int resting = music_below(r, m->parts + 1), metre = music_below(r, 5);
		int longest = 0;

		shift = i > 0 ? manner_shift(r, m) : 0;
		now += shift;
		if (m->metres && i > 0 && metre < 2) {
			music_add(p, music_metre(shift, metre ? 3 : 4, 2));
			shift = 0;
		}
		for (int k = 0; k < m->parts; k++)
			if (k != resting || m->parts == 1)
				manner_chord(p, r, m, &shift, k, &longest);
		end = now + longest > end ? now + longest : end;
	}
	music_add(p, music_end(end - now));
	return p;
}

/* Pieces in two styles, every fourth held out. Free it with corpus_free(). */
static inline struct corpus *manner_corpus(uint64_t seed, const struct manner *m, int pieces, int onsets)
{
	struct random r = random_stream(seed, 0, 0, 0);
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < pieces; i++)
		music_corpus_add(c, manner_piece(&r, m, onsets, i % 2), i % 4 == 3 ? SPLIT_VALID : SPLIT_TRAIN);
	return c;
}

#endif
