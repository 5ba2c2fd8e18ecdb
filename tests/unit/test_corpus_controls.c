/* Controls: what they keep of the music they are made from, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "corpus/bars.h"
#include "corpus/controls.h"
#include "corpus/lines.h"
#include "corpus/notes.h"
#include "hand_music.h"
#include "random_song.h"

/* ---- bars shuffled ------------------------------------------------------- */

#define BARS_SEEN 64

static int length_of(const struct piece *piece)
{
	int ticks = 0;

	for (size_t i = 0; i < piece->n; i++)
		ticks += piece->events[i].shift;
	return ticks;
}

/* What is in each bar: its length (up to the end, where a short bar has come last), metre and the notes that begin in it. Sorted, pickups apart at the front. */
static size_t hash_bars(uint64_t hashes[BARS_SEEN], const struct piece *piece, bool sorted)
{
	const int length = length_of(piece);
	struct bars bars;
	size_t n;
	int now = 0;

	assert_int_equal(bars_make(&bars, piece), 0);
	assert_true(bars.n <= BARS_SEEN);
	for (size_t i = 0; i < bars.n; i++)
		hashes[i] =
			notes_hash(0, (uint64_t)(bars.list[i].end < length ? bars.list[i].end - bars.list[i].start
		                                                           : length - bars.list[i].start)
		                                      << 16 |
		                              (uint64_t)bars.list[i].numerator << 8 | bars.list[i].denominator_log2);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *e = &piece->events[i];
		size_t at;

		now += e->shift;
		if (e->kind != EVENT_NOTE)
			continue;
		at = bars_at(&bars, now);
		hashes[at] =
			notes_hash(hashes[at], (uint64_t)(now - bars.list[at].start) << 32 | (uint32_t)e->duration);
		hashes[at] = notes_hash(hashes[at], (uint64_t)e->part << 16 | (uint64_t)e->velocity << 8 | e->pitch);
	}
	for (size_t i = bars.pickups; sorted && i < bars.n; i++)
		for (size_t j = i; j > bars.pickups && hashes[j] < hashes[j - 1]; j--) {
			const uint64_t h = hashes[j];

			hashes[j] = hashes[j - 1];
			hashes[j - 1] = h;
		}
	n = bars.n;
	bars_done(&bars);
	return n;
}

/* The same bars; returns whether in the same order. */
static bool check_shuffled(const struct piece *piece, const struct piece *other)
{
	uint64_t a[BARS_SEEN], b[BARS_SEEN];
	const size_t n = hash_bars(a, piece, true);

	assert_int_equal(hash_bars(b, other, true), n);
	assert_memory_equal(a, b, n * sizeof *a);
	assert_int_equal(piece->start.pickup, other->start.pickup);
	assert_int_equal(start_part_count(&piece->start), start_part_count(&other->start));
	hash_bars(a, piece, false);
	hash_bars(b, other, false);
	return memcmp(a, b, n * sizeof *a) == 0;
}

static struct piece *with_metres(void)
{
	struct song *s = hand_song(
		4,
		"67/24 60/24 62/24 64/24 65/24 67/48 69/72 71/72 72/72 60/24 62/24 64/24 65/24 67/96 69/12 71/84 60/96",
		"40/24 41/96 43/48 r/72 45/72 r/24 47/48 48/96 50/96 52/96 r/48 40/24", NULL, NULL);

	s->pickup = 24;
	song_add_metre(s, 24 + 96 + 48, 3, 2); /* cuts a bar short */
	song_add_metre(s, 24 + 96 + 48 + 216, 4, 2);
	return hand_piece_of(s);
}

static void test_shuffled(void **state)
{
	struct piece *piece = with_metres();
	int moved = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct random r = random_stream(seed, 0, 0, 0), again = r;
		struct piece *a = control_shuffled(piece, &r), *b = control_shuffled(piece, &again);

		assert_non_null(a);
		assert_non_null(b);
		moved += !check_shuffled(piece, a);
		assert_int_equal(notes_hash_piece(0, a), notes_hash_piece(0, b));
		piece_free(a);
		piece_free(b);
	}
	assert_true(moved > 45);
	piece_free(piece);
}

static void test_shuffled_random(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 41, 0, 0);

	for (int round = 0; round < 30; round++) {
		struct song *s = song_new(24);
		struct piece *piece, *other;

		for (int k = 0; k < 3; k++)
			song_add_part(s, NULL, k, -1);
		for (int n = 0; n < 120; n++)
			put_note(s, (int)random_below(&r, 3), (int)random_below(&r, 24 * 60),
			         1 + (int)random_below(&r, 200), 40 + (int)random_below(&r, 40),
			         1 + (int)random_below(&r, 127));
		song_add_metre(s, 0, 2 + (int)random_below(&r, 4), 2);
		piece = hand_piece_of(s);
		other = control_shuffled(piece, &r);
		assert_non_null(other);
		assert_int_equal(notes_count(other), notes_count(piece));
		/* notes are tied over bar lines, and the last bar is filled up */
		assert_true(length_of(other) >= length_of(piece) && length_of(other) < length_of(piece) + 5 * 24);
		piece_free(other);
		piece_free(piece);
	}
}

/* ---- the Markov chain ---------------------------------------------------- */

/* Is (interval, duration, step) of a note and the next anywhere in the line? */
static bool has_step(const struct lines *l, int part, const struct line_note *a)
{
	for (size_t i = l->first[part]; i + 1 < l->first[part + 1]; i++)
		if (l->notes[i + 1].pitch - l->notes[i].pitch == a[1].pitch - a[0].pitch)
			return true;
	return false;
}

static struct markov *learn(const struct piece *const *pieces, size_t n)
{
	struct markov *m = markov_new();

	assert_non_null(m);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(markov_add(m, pieces[i], pieces[i]->n), 0);
	assert_int_equal(markov_ready(m), 0);
	return m;
}

/* A line that goes round can only go round: every three tokens have one that follows. */
static void test_round(void **state)
{
	char text[4096] = "";
	const char *const turn = "60/24 62/12 64/12 60/24 67/12 r/12 65/48 62/6 61/6 59/36 ";
	struct piece *piece, *out, *like;
	struct random r = random_stream(1, 2, 3, 4);
	struct lines lines;
	struct markov *m;

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(text, turn);
	piece = hand_piece(4, text, NULL, NULL, NULL);
	m = learn((const struct piece *const[]){piece}, 1);
	like = hand_piece(4, "60/24 r/960 60/24", NULL, NULL, NULL);
	out = control_markov(m, like, &r);
	assert_non_null(out);
	assert_int_equal(lines_make(&lines, out), 0);
	/* as the line it learned from, note for note */
	for (size_t i = 0; i < out->n && out->events[i].kind == EVENT_NOTE; i++) {
		assert_int_equal(out->events[i].shift, piece->events[i].shift);
		assert_int_equal(out->events[i].pitch, piece->events[i].pitch);
	}
	assert_true(lines_length(&lines, 0) > 40);
	lines_done(&lines);
	piece_free(out);
	piece_free(like);
	piece_free(piece);
	markov_free(m);
}

/* Random lines in two parts of different ranges; what comes has their intervals, ranges, starts and length. */
static void test_chain(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 42, 0, 0);
	const struct piece *pieces[8];
	struct markov *m;
	struct lines like, lines, learned[8];
	size_t different = 0, steps = 0, known = 0;
	uint64_t last = 0;

	for (int i = 0; i < 8; i++) {
		struct song *s = song_new(24);

		for (int k = 0; k < 2; k++) {
			int pitch = k ? 45 : 70, tick = 0;

			song_add_part(s, NULL, k, -1);
			for (int n = 0; n < 60; n++) {
				const int length = 6 << random_below(&r, 3);

				pitch += (int)random_below(&r, 5) - 2;
				pitch = k ? (pitch < 40   ? 45
				             : pitch > 50 ? 45
				                          : pitch)
				          : (pitch < 65   ? 70
				             : pitch > 75 ? 70
				                          : pitch);
				put_note(s, k, tick, length, pitch, 80);
				tick += length;
			}
		}
		pieces[i] = hand_piece_of(s);
		assert_int_equal(lines_make(&learned[i], pieces[i]), 0);
	}
	m = learn(pieces, 8);
	assert_int_equal(lines_make(&like, pieces[0]), 0);
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct random stream = random_stream(seed, 0, 0, 0);
		struct piece *out = control_markov(m, pieces[0], &stream);

		assert_non_null(out);
		assert_int_equal(length_of(out), length_of(pieces[0]));
		assert_int_equal(start_part_count(&out->start), 2);
		assert_int_equal(lines_make(&lines, out), 0);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(lines.notes[lines.first[k]].pitch, like.notes[like.first[k]].pitch);
			for (size_t i = lines.first[k]; i < lines.first[k + 1]; i++) {
				assert_in_range(lines.notes[i].pitch, k ? 40 : 65, k ? 50 : 75);
				if (i + 1 == lines.first[k + 1])
					continue;
				{
					bool found = false;

					for (int j = 0; j < 8 && !found; j++)
						found = has_step(&learned[j], k, &lines.notes[i]);
					steps++;
					known += found;
				}
			}
		}
		different += notes_fingerprint(out) != last;
		last = notes_fingerprint(out);
		lines_done(&lines);
		piece_free(out);
	}
	assert_int_equal(different, 20);
	/* where the range ends the chain turns back by an interval of its own */
	assert_true(known * 20 > steps * 19);
	lines_done(&like);
	for (int i = 0; i < 8; i++) {
		struct piece *piece = (struct piece *)(uintptr_t)pieces[i];

		lines_done(&learned[i]);
		piece_free(piece);
	}
	markov_free(m);
}

static void test_nothing_learned(void **state)
{
	struct markov *m = markov_new();

	(void)state;
	assert_non_null(m);
	assert_int_equal(markov_ready(m), -1);
	markov_free(m);
}

/* A part that training music has not is made like the nearest that it has; no note is learned of what is held out. */
static void test_other_parts(void **state)
{
	struct piece *piece = hand_piece(4, "60/24 62/24 64/24 65/24 67/24 100/24", NULL, NULL, NULL);
	struct piece *like = hand_piece(4, "70/96 70/96 70/96", "50/96", "40/24 r/24 40/24", NULL), *out;
	struct markov *m = markov_new();
	struct random r = random_stream(9, 0, 0, 0);

	(void)state;
	assert_non_null(m);
	assert_int_equal(markov_add(m, piece, 5), 0);
	assert_int_equal(markov_ready(m), 0);
	out = control_markov(m, like, &r);
	assert_non_null(out);
	assert_int_equal(start_part_count(&out->start), 3);
	for (size_t i = 0; i < out->n; i++)
		if (out->events[i].kind == EVENT_NOTE)
			assert_in_range(out->events[i].pitch, 40, 70);
	piece_free(out);
	piece_free(like);
	piece_free(piece);
	markov_free(m);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shuffled),        cmocka_unit_test_prestate(test_shuffled_random, &seed),
		cmocka_unit_test(test_round),           cmocka_unit_test_prestate(test_chain, &seed),
		cmocka_unit_test(test_nothing_learned), cmocka_unit_test(test_other_parts),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
