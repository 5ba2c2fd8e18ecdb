/* How pieces are cut into phrases, and what an encoder is told of them, which transposition does not change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "latent_ground.h"
#include "num/blas.h"

static void check_phrase(const struct phrases *f, size_t i, size_t first, size_t n, size_t rows, int tick)
{
	assert_true(i < f->n);
	assert_int_equal(f->list[i].first, first);
	assert_int_equal(f->list[i].n, n);
	assert_int_equal(f->list[i].rows, rows);
	assert_int_equal(f->list[i].tick, tick);
	assert_true(f->list[i].bars == tick / (double)WHOLE);
}

static void test_cut(void **state)
{
	const struct vocab v = small_vocab(GRID, 2);
	struct piece *p = piece_new(GRID);
	struct phrases f;

	(void)state;
	p->start.parts = 1;
	p->start.numerator = 4;
	p->start.denominator_log2 = 2;
	/* five bars of quarters, but the sixth is one long note, whose end ends a phrase, and of it the lower part has a share */
	for (int i = 0; i < 20; i++)
		music_add(p, music_note(i ? 24 : 0, 0, 60 + i % 7, 24));
	music_add(p, music_note(24, 0, 72, 96));
	music_add(p, music_note(0, 1, 48, 24));
	music_add(p, music_note(96, 0, 60, 24));
	music_add(p, music_end(24));
	f = cut(p, &v);
	assert_int_equal(f.n, 3);
	check_phrase(&f, 0, 0, 16, 17, 0);
	check_phrase(&f, 1, 16, 6, 6, 4 * WHOLE);
	/* the end is of the last one, and has no row */
	check_phrase(&f, 2, 22, 2, 1, 6 * WHOLE);
	assert_int_equal(f.of[23], 2);
	/* only a part of the piece */
	assert_int_equal(phrases_cut(&f, p, 17, &v), 0);
	assert_int_equal(f.n, 2);
	check_phrase(&f, 1, 16, 1, 1, 4 * WHOLE);
	phrases_done(&f);
	piece_free(p);
}

/* All ticks of a piece are in a phrase, each in one; phrases are bounded; rows are the piece's. */
static void test_any_music(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, MUSIC_ALL | MUSIC_BARS, 300);
	for (size_t i = 0; i < k.corpus->n; i++) {
		const struct piece *p = k.corpus->pieces[i].piece;
		struct phrases f = cut(p, k.m->vocab);
		size_t at = 0, rows = 0;
		int tick = 0;

		for (size_t j = 0; j < f.n; j++) {
			assert_int_equal(f.list[j].first, at);
			assert_true(f.list[j].n > 0 && f.list[j].n <= PHRASE_EVENTS_MAX);
			at += f.list[j].n;
			rows += f.list[j].rows;
		}
		assert_int_equal(at, p->n);
		assert_int_equal(rows, p->n);
		for (size_t e = 0; e < p->n; e++) {
			tick += p->events[e].shift;
			if (e > 0 && p->events[e].shift == 0)
				assert_int_equal(f.of[e], f.of[e - 1]);
			if (e == f.list[f.of[e]].first && e > 0)
				assert_int_equal(f.list[f.of[e]].tick, tick);
		}
		phrases_done(&f);
	}
	ground_done(&k);
}

/* Transposed music, fermatas or none, another style and key: the encoder is told the same. */
static void test_transposed(void **state)
{
	struct ground k;

	(void)state;
	ground_init(&k, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, 40);
	for (size_t i = 0; i < k.corpus->n; i++) {
		struct piece *p = k.corpus->pieces[i].piece;
		struct phrases before = cut(p, k.m->vocab), after;

		for (size_t e = 0; e < p->n; e++) {
			p->events[e].pitch = (uint8_t)(p->events[e].pitch + 5);
			p->events[e].fermata = !p->events[e].fermata;
		}
		p->start.style = -1;
		p->start.tonic = 7;
		after = cut(p, k.m->vocab);
		assert_int_equal(before.n, after.n);
		for (size_t e = 0; e < p->n; e++) {
			assert_int_equal(before.read[e].n, after.read[e].n);
			assert_memory_equal(before.read[e].items, after.read[e].items,
			                    before.read[e].n * sizeof *before.read[e].items);
		}
		/* it is told of pitches at all */
		p->events[1].pitch = (uint8_t)(p->events[1].pitch + 9);
		phrases_done(&before);
		before = cut(p, k.m->vocab);
		assert_true(p->events[1].kind != EVENT_NOTE ||
		            memcmp(before.read[1].items, after.read[1].items,
		                   before.read[1].n * sizeof *before.read[1].items) != 0);
		phrases_done(&before);
		phrases_done(&after);
	}
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_any_music),
		cmocka_unit_test(test_transposed),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
