/* Fingerprints of notes, and near twins: against comparing every part with every other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "corpus/notes.h"
#include "corpus/twins.h"
#include "music/grid.h"
#include "random_song.h"
#include "tunes.h"

static void test_fingerprint(void **state)
{
	struct song *s = tune_song(1, 30, 0), *late = tune_song(1, 30, 0), *other;
	struct piece *a = piece_from_song(s), *b = tune_piece(1, 30, 7), *c, *d;

	(void)state;
	/* Transposed: the same fingerprint, not the same notes. */
	assert_true(notes_fingerprint(a) == notes_fingerprint(b));
	assert_false(notes_equal(a, b));
	/* Silence before and after, a metre, dynamics: the same notes. */
	for (size_t i = 0; i < late->parts[0].n; i++) {
		late->parts[0].notes[i].onset += 1000;
		late->parts[0].notes[i].velocity = 3;
	}
	song_add_metre(late, 0, 3, 2);
	song_add_metre(late, 1000 + 72, 2, 2);
	late->end = 5000;
	song_order(late);
	c = piece_from_song(late);
	assert_true(notes_fingerprint(a) == notes_fingerprint(c));
	assert_true(notes_equal(a, c));
	assert_true(notes_hash_piece(0, a) != notes_hash_piece(0, c));
	assert_int_equal(notes_count(c), 30);
	/* A duration, a time, an interval, a part: another fingerprint. */
	for (int what = 0; what < 4; what++) {
		other = song_copy(s);
		if (what == 0)
			other->parts[0].notes[29].duration++;
		if (what == 1)
			other->parts[0].notes[29].onset++;
		if (what == 2)
			other->parts[0].notes[29].pitch++;
		if (what == 3) {
			song_add_part(other, NULL, 1, -1);
			song_add_note(other, 1, other->parts[0].notes[--other->parts[0].n]);
		}
		song_order(other);
		d = piece_from_song(other);
		assert_true(notes_fingerprint(a) != notes_fingerprint(d));
		assert_false(notes_equal(a, d));
		piece_free(d);
		song_free(other);
	}
	song_free(s);
	song_free(late);
	piece_free(a);
	piece_free(b);
	piece_free(c);
}

struct set {
	struct corpus_piece *pieces;
	size_t n, capacity;
};

static void add(struct set *set, struct piece *piece)
{
	assert_int_equal(MEM_GROW(set->pieces, set->capacity, set->n + 1), 0);
	set->pieces[set->n++] = (struct corpus_piece){.piece = piece, .fingerprint = notes_fingerprint(piece)};
}

static int find_groups(size_t *group, struct corpus_piece *pieces, size_t n)
{
	const struct corpus corpus = {.pieces = pieces, .n = n};

	return twins_group(group, &corpus);
}

static void set_done(struct set *set)
{
	for (size_t i = 0; i < set->n; i++)
		piece_free(set->pieces[i].piece);
	free(set->pieces);
	*set = (struct set){0};
}

static bool together(const size_t *group, size_t a, size_t b)
{
	return group[a] == group[b];
}

static void test_simple(void **state)
{
	struct set set = {0};
	struct song *s = tune_song(1, 40, 0);
	size_t group[8];

	(void)state;
	add(&set, tune_piece(1, 40, 0));
	add(&set, tune_piece(2, 40, 0));
	add(&set, tune_piece(1, 40, -5)); /* transposed */
	for (size_t i = 34; i < 40; i++)  /* another ending */
		s->parts[0].notes[i].pitch = (uint8_t)(100 - i % 3 * i);
	add(&set, piece_from_song(s));
	for (size_t i = 10; i < 34; i++) /* little is left */
		s->parts[0].notes[i].pitch = (uint8_t)(40 + i * i % 41);
	add(&set, piece_from_song(s));
	add(&set, tune_piece(3, 8, 0)); /* seven intervals: too short to tell */
	add(&set, tune_piece(3, 8, 2)); /* but for equal notes */
	add(&set, tune_piece(3, 9, 0));
	assert_int_equal(find_groups(group, set.pieces, set.n), 0);
	assert_true(together(group, 0, 2));
	assert_true(together(group, 0, 3));
	assert_int_equal(group[1], 1);
	assert_false(together(group, 0, 4));
	assert_true(together(group, 5, 6));
	assert_int_equal(group[7], 7);
	/* The one that stands for the group has its smallest fingerprint. */
	for (size_t i = 0; i < set.n; i++) {
		assert_true(set.pieces[group[i]].fingerprint <= set.pieces[i].fingerprint);
		assert_int_equal(group[group[i]], group[i]);
	}
	song_free(s);
	set_done(&set);
	assert_int_equal(find_groups(group, NULL, 0), 0);
}

/* Drones and repeated notes are no melody; the top of chords and any part is. */
static void test_what_counts(void **state)
{
	struct set set = {0};
	struct song *tune = tune_song(1, 40, 0), *s;
	size_t group[4];

	(void)state;
	for (int k = 0; k < 2; k++) { /* two tunes over the same drone */
		s = tune_song((uint64_t)(10 + k), 40, 0);
		song_add_part(s, NULL, 1, -1);
		for (int i = 0; i < 50; i++)
			song_add_note(s, 1, (struct note){i * 24, 24, i % 9 ? 36 : 43, 80, false});
		song_order(s);
		add(&set, piece_from_song(s));
		song_free(s);
	}
	add(&set, piece_from_song(tune));
	s = tune_song(20, 60, 20); /* the tune below another, with notes under its own */
	song_add_part(s, NULL, 1, -1);
	for (size_t i = 0; i < 40; i++) {
		struct note note = tune->parts[0].notes[i];

		note.pitch = (uint8_t)(note.pitch - 12);
		song_add_note(s, 1, note);
		note.pitch = (uint8_t)(note.pitch - 3 - i % 4);
		song_add_note(s, 1, note);
	}
	song_order(s);
	add(&set, piece_from_song(s));
	assert_int_equal(find_groups(group, set.pieces, set.n), 0);
	assert_false(together(group, 0, 1));
	assert_true(together(group, 2, 3));
	song_free(s);
	song_free(tune);
	set_done(&set);
}

/* ---- the slow way ---------------------------------------------------------- */

struct part_set {
	uint64_t shingles[512];
	size_t n, intervals;
};

static void part_shingles(struct part_set *set, const struct piece *piece, int part)
{
	int line[600], now = 0, last = -1;
	size_t n = 0;

	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];

		now += e->shift;
		if (e->kind != EVENT_NOTE || e->part != part || now == last)
			continue;
		last = now;
		line[n++] = e->pitch;
		assert_true(n < 600);
	}
	set->n = 0;
	set->intervals = n > 0 ? n - 1 : 0;
	for (size_t i = 0; i + 7 < n; i++) {
		uint64_t shingle = 0;
		int moves = 0;
		size_t k = 0;

		for (size_t j = i; j < i + 7; j++) {
			shingle = shingle * 300 + (uint64_t)(line[j + 1] - line[j] + 128);
			moves += line[j + 1] != line[j];
		}
		while (k < set->n && set->shingles[k] != shingle)
			k++;
		if (moves >= 3 && k == set->n)
			set->shingles[set->n++] = shingle;
	}
}

static bool share_half(const struct part_set *a, const struct part_set *b)
{
	size_t shared = 0;

	if (a->intervals < 8 || b->intervals < 8 || a->n == 0)
		return false;
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++)
			shared += a->shingles[i] == b->shingles[j];
	return 2 * shared >= a->n;
}

static bool slow_twins(const struct piece *a, const struct piece *b)
{
	struct part_set *x = malloc(2 * sizeof *x), *y = x + 1;
	bool twins = notes_fingerprint(a) == notes_fingerprint(b);

	assert_non_null(x);
	for (int i = 0; i < 3 && !twins; i++)
		for (int j = 0; j < 3 && !twins; j++) {
			part_shingles(x, a, i);
			part_shingles(y, b, j);
			twins = share_half(x, y) || share_half(y, x);
		}
	free(x);
	return twins;
}

/* Tunes cut, joined and changed out of a few, so that some share about half. */
static struct piece *related_piece(struct random *r)
{
	struct song *s = song_new(24);
	int parts = 1 + below(r, 3);
	struct piece *p;

	for (int k = 0; k < parts; k++) {
		int at = 0, pieces = 1 + below(r, 3);

		song_add_part(s, NULL, k, -1);
		for (int i = 0; i < pieces; i++) {
			struct song *source = tune_song((uint64_t)below(r, 12), 30, 0);
			int from = below(r, 25), to = from + 1 + below(r, 30 - from);

			for (int j = from; j < to; j++, at += 12)
				put_note(s, k, at, 12, source->parts[0].notes[j].pitch - 10 * k + (below(r, 15) == 0),
				         80);
			song_free(source);
		}
	}
	song_order(s);
	p = piece_from_song(s);
	song_free(s);
	return p;
}

static void test_against_slow(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 8, 0, 0);

	for (int round = 0; round < 60; round++) {
		struct set set = {0};
		size_t group[40], label[40];
		bool changed = true;

		for (int i = 0; i < 40; i++)
			add(&set, related_piece(&r));
		assert_int_equal(find_groups(group, set.pieces, set.n), 0);
		for (size_t i = 0; i < set.n; i++)
			label[i] = i;
		while (changed) {
			changed = false;
			for (size_t i = 0; i < set.n; i++)
				for (size_t j = 0; j < i; j++)
					if (label[i] != label[j] &&
					    slow_twins(set.pieces[i].piece, set.pieces[j].piece)) {
						label[i] = label[j] = label[i] < label[j] ? label[i] : label[j];
						changed = true;
					}
		}
		for (size_t i = 0; i < set.n; i++)
			for (size_t j = 0; j < i; j++)
				assert_int_equal(together(group, i, j), label[i] == label[j]);
		set_done(&set);
	}
}

/* The order of the pieces decides nothing; more copies than a shingle is followed to still find each other. */
static void test_order_and_crowds(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 9, 0, 0);
	struct set set = {0};
	uint32_t order[400];
	struct corpus_piece shuffled[400];
	size_t group[400], group_shuffled[400];

	for (int i = 0; i < 400; i++) {
		/* 300 versions of one tune, each with some notes changed; 100 others that begin like it. */
		struct song *s = tune_song(5, 80, 0), *other = tune_song((uint64_t)(100 + i), 80, 0);

		if (i < 300)
			s->parts[0].notes[20 + below(&r, 60)].pitch = (uint8_t)(30 + below(&r, 60));
		else
			for (int k = 25; k < 80; k++)
				s->parts[0].notes[k].pitch = other->parts[0].notes[k].pitch;
		s->parts[0].notes[79].duration = 10 + i; /* no two the same */
		add(&set, piece_from_song(s));
		song_free(s);
		song_free(other);
		order[i] = (uint32_t)i;
	}
	assert_int_equal(find_groups(group, set.pieces, set.n), 0);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(together(group, 0, i), i < 300);
	random_shuffle(&r, order, 400);
	for (size_t i = 0; i < 400; i++)
		shuffled[i] = set.pieces[order[i]];
	assert_int_equal(find_groups(group_shuffled, shuffled, 400), 0);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(order[group_shuffled[i]], group[order[i]]);
	set_done(&set);
}

/* Notes from .. to-1 of tune `number` at the end of a song's only part. */
static void append(struct song *s, uint64_t number, int from, int to)
{
	struct song *tune = tune_song(number, to, 0);

	for (int i = from; i < to; i++)
		put_note(s, 0, (int)s->parts[0].n * 12, 12, tune->parts[0].notes[i].pitch, 80);
	song_free(tune);
}

/* The same with a last note so long that the fingerprint is among the largest: behind the crowd. */
static struct piece *behind(struct song *s)
{
	for (;;) {
		struct piece *p = piece_from_song(s);

		if (notes_fingerprint(p) >> 56 >= 0xfa)
			return p;
		piece_free(p);
		s->parts[0].notes[s->parts[0].n - 1].duration++;
	}
}

/*
 * Two twins whose common notes, but for a few, are quoted by so many others
 * that counting breaks off: comparing them whole finds them, and finds that
 * a third, which shares less than half, is no twin.
 */
static void test_quoted_by_many(void **state)
{
	static const struct {
		int from, to;
		uint64_t filler;
	} made[3] = {{0, 80, 0}, {0, 80, 0}, {0, 40, 9000}};
	struct set set = {0};
	size_t *group;

	(void)state;
	for (int from = 0; from + 12 <= 80; from += 4)
		for (int i = 0; i < 100; i++) {
			struct song *s = song_new(24);

			song_add_part(s, NULL, 0, -1);
			append(s, 1, from, from + 12);
			append(s, (uint64_t)(1000 + from * 100 + i), 0, 30);
			add(&set, piece_from_song(s));
			song_free(s);
		}
	for (int i = 0; i < 3; i++) {
		struct song *s = song_new(24);

		song_add_part(s, NULL, 0, -1);
		append(s, 1, made[i].from, made[i].to);
		append(s, 2, 0, 14); /* a few notes that nobody quotes */
		if (made[i].filler)
			append(s, made[i].filler, 0, 70);
		else
			append(s, (uint64_t)(8000 + i), 0, 20);
		add(&set, behind(s));
		song_free(s);
	}
	group = malloc(set.n * sizeof *group);
	assert_non_null(group);
	assert_int_equal(find_groups(group, set.pieces, set.n), 0);
	assert_true(together(group, set.n - 3, set.n - 2));
	assert_false(together(group, set.n - 1, set.n - 2));
	free(group);
	set_done(&set);
}

/* 20,000 tunes, a half of them in pairs. Bounded work: seconds even on a slow machine under a sanitizer. */
static void test_many(void **state)
{
	struct set set = {0};
	size_t *group;
	uint64_t start;
	double seconds;

	(void)state;
	for (int i = 0; i < 20000; i++)
		add(&set, tune_piece((uint64_t)(i < 10000 ? i / 2 : i), 60, i % 2));
	group = malloc(set.n * sizeof *group);
	assert_non_null(group);
	start = clock_now();
	assert_int_equal(find_groups(group, set.pieces, set.n), 0);
	seconds = (double)(clock_now() - start) * 1e-9;
	print_message("20000 tunes: %.3f s\n", seconds);
	assert_true(seconds < 20);
	for (size_t i = 0; i < set.n; i++)
		assert_true(i < 10000 ? together(group, i, i ^ 1) : group[i] == i);
	free(group);
	set_done(&set);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_what_counts),
		cmocka_unit_test_prestate(test_against_slow, &seed),
		cmocka_unit_test_prestate(test_order_and_crowds, &seed),
		cmocka_unit_test(test_quoted_by_many),
		cmocka_unit_test(test_many),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
