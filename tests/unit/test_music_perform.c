/*
 * Performances of random songs of every kind: the notes are the same, lengths
 * and velocities within their bounds, all of it comes off again, from memory
 * and from a file, and live it is what it is in the whole song.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "midi/smf.h"
#include "music/grid.h"
#include "music/perform.h"
#include "random_song.h"

enum { ROUNDS = 600, GAP_US = 20000 };

static uint64_t seed;

static void drop_marks(struct song *s)
{
	for (size_t i = 0; i < s->n_texts; i++)
		free(s->texts[i].text);
	s->n_texts = 0;
}

/* As a composed piece would be: on the grid, one tempo. learned: velocities as the song has them, else one. */
static struct song *plain_song(struct random *r, int grid, bool learned)
{
	struct song *raw = random_song(r, (enum song_kind)below(r, SONG_KINDS)), *s;
	int velocity = 30 + below(r, 98);

	song_order(raw);
	song_find_pickup(raw);
	s = grid_snap(raw, grid, NULL);
	assert_non_null(s);
	song_free(raw);
	s->n_tempos = 0;
	assert_int_equal(song_add_tempo(s, 0, 60000000 / (30 + below(r, 400))), 0);
	for (size_t k = 0; k < s->n_parts && !learned; k++)
		for (size_t i = 0; i < s->parts[k].n; i++)
			s->parts[k].notes[i].velocity = (uint8_t)velocity;
	song_order(s);
	return s;
}

static int last_onset(const struct song *s)
{
	int last = 0;

	for (size_t k = 0; k < s->n_parts; k++)
		if (s->parts[k].notes[s->parts[k].n - 1].onset > last)
			last = s->parts[k].notes[s->parts[k].n - 1].onset;
	return last;
}

/* The next onset of its pitch in the part after note i's own; -1. */
static int next_onset(const struct part *p, size_t i)
{
	for (size_t j = i + 1; j < p->n; j++)
		if (p->notes[j].pitch == p->notes[i].pitch && p->notes[j].onset > p->notes[i].onset)
			return p->notes[j].onset;
	return -1;
}

/* Does the note overlap another of its pitch and part? Those cannot be told from a file. */
static bool overlaps(const struct part *p, size_t i)
{
	const struct note *n = &p->notes[i];

	for (size_t j = 0; j < p->n; j++)
		if (j != i && p->notes[j].pitch == n->pitch && p->notes[j].onset < n->onset + n->duration &&
		    n->onset < p->notes[j].onset + p->notes[j].duration)
			return true;
	return false;
}

static double ms_between(const struct song *s, int from, int to)
{
	return 1000 * (song_seconds(s, to) - song_seconds(s, from));
}

static void check_note(const struct song *plain, const struct song *performed, size_t k, size_t i, int last)
{
	const struct part *p = &performed->parts[k];
	const struct note *a = &plain->parts[k].notes[i], *b = &p->notes[i];
	int fine = performed->ppq / plain->ppq, next = next_onset(&plain->parts[k], i) * fine;
	int whole = a->duration * fine;
	bool again = next > 0 && next < b->onset + whole;

	assert_int_equal(b->onset, a->onset * fine);
	assert_int_equal(b->pitch, a->pitch);
	assert_in_range(b->velocity, 1, 127);
	assert_true(b->duration >= 1);
	if (a->onset + a->duration > last && !again) {
		/* held: to the bar line */
		assert_true(b->duration >= whole);
		assert_int_equal(b->onset + b->duration, song_bar_line(plain, song_last_note_end(plain)) * fine);
	} else {
		int most = again ? next - b->onset : whole;

		assert_true(b->duration <= (most * 92 + 99) / 100 || most - b->duration >= performed->ppq / 2);
		assert_true(2 * b->duration >= most);
	}
	if (next > 0) {
		int gap = next - (b->onset + b->duration), room = next - b->onset;

		assert_true(gap > 0 || room == 1);
		assert_true(ms_between(performed, next - gap, next) * 1000 > GAP_US - 1 || 2 * gap >= room - 3);
	}
}

/* Graces, metres, pickup and so on are as they were; nothing of the plain song has changed. */
static void test_same_notes(void **state)
{
	struct random r = random_stream(seed, 1, 0, 0);
	long notes = 0;
	double sum = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static const int grids[] = {24, 24, 12, 48, 32, 7, 480};
		int grid = grids[below(&r, 7)], last, fine = perform_fine(grid);
		bool learned = below(&r, 2);
		struct song *plain = plain_song(&r, grid, learned), *before = song_copy(plain);
		struct song *performed = song_perform(plain, learned, false),
			    *again = song_perform(plain, learned, false);

		assert_non_null(performed);
		check_same_music(plain, before);
		check_same_music(performed, again);
		assert_int_equal(performed->n_tempos, again->n_tempos);
		assert_true(performed->ppq >= 480 && performed->ppq == grid * fine);
		assert_int_equal(performed->n_parts, plain->n_parts);
		assert_int_equal(performed->pickup, plain->pickup * fine);
		assert_true(performed->end >= plain->end * fine);
		assert_int_equal(performed->n_metres, plain->n_metres);
		for (size_t i = 0; i < plain->n_metres; i++)
			assert_int_equal(performed->metres[i].tick, plain->metres[i].tick * fine);
		assert_int_equal(performed->n_markers, plain->n_markers);
		last = last_onset(plain);
		for (size_t k = 0; k < plain->n_parts; k++) {
			assert_int_equal(performed->parts[k].n, plain->parts[k].n);
			/* chords of one pitch twice may change places: their lengths decide */
			for (size_t i = 0; i < plain->parts[k].n; i++) {
				const struct part *p = &plain->parts[k];
				bool twice = (i > 0 && p->notes[i - 1].onset == p->notes[i].onset &&
				              p->notes[i - 1].pitch == p->notes[i].pitch) ||
				             (i + 1 < p->n && p->notes[i + 1].onset == p->notes[i].onset &&
				              p->notes[i + 1].pitch == p->notes[i].pitch);

				notes++;
				sum += performed->parts[k].notes[i].velocity;
				if (!twice)
					check_note(plain, performed, k, i, last);
			}
		}
		song_free(plain);
		song_free(before);
		song_free(performed);
		song_free(again);
	}
	assert_true(notes > 10 * ROUNDS);
	assert_in_range((int)(sum / (double)notes), 50, 90);
}

/* Read again on the grid: the same onsets and pitches; of doubles one may be dropped. */
static void check_onsets(const struct song *plain, const struct song *snapped)
{
	for (size_t k = 0; k < plain->n_parts; k++) {
		size_t j = 0;

		for (size_t i = 0; i < plain->parts[k].n; i++) {
			const struct note *n = &plain->parts[k].notes[i];
			const struct note *m = &snapped->parts[k].notes[j];
			bool same = j < snapped->parts[k].n && m->onset == n->onset && m->pitch == n->pitch;

			if (!same) {
				assert_true(i > 0 && n[-1].onset == n->onset && n[-1].pitch == n->pitch);
				continue;
			}
			j++;
		}
		assert_int_equal(j, snapped->parts[k].n);
	}
}

/* Without its mark, a performed song has the onsets and pitches, at least. */
static void test_onsets_snap(void **state)
{
	struct random r = random_stream(seed, 2, 0, 0);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct song *plain = plain_song(&r, 24, false), *performed = song_perform(plain, false, false),
			    *snapped;
		struct grid_report report;

		drop_marks(performed);
		snapped = grid_snap(performed, 24, &report);
		assert_int_equal(report.onsets_moved, 0);
		assert_int_equal(report.chords_gathered, 0);
		check_onsets(plain, snapped);
		song_free(plain);
		song_free(performed);
		song_free(snapped);
	}
}

/* A loop does not slow down, holds nothing, keeps its length, and comes off whole. */
static void test_round(void **state)
{
	struct random r = random_stream(seed, 9, 0, 0);

	(void)state;
	for (int round = 0; round < ROUNDS / 4; round++) {
		struct song *plain = plain_song(&r, 24, false), *performed = song_perform(plain, false, true), *snapped;
		struct grid_report report;
		int fine = perform_fine(24);

		assert_int_equal(performed->n_tempos, plain->n_tempos);
		assert_int_equal(performed->end, plain->end * fine);
		for (size_t k = 0; k < plain->n_parts; k++)
			for (size_t i = 0; i < plain->parts[k].n; i++)
				assert_true(performed->parts[k].notes[i].duration <=
				            plain->parts[k].notes[i].duration * fine);
		snapped = grid_snap(performed, 24, &report);
		check_onsets(plain, snapped);
		song_free(plain);
		song_free(performed);
		song_free(snapped);
	}
}

static int flat(int velocity)
{
	return velocity < 48 ? 48 : velocity > 96 ? 96 : velocity;
}

/* b: a performed and read again. Counts the notes whose durations are compared. */
static long check_undone(const struct song *a, const struct song *b, bool learned)
{
	int last = last_onset(a);
	long compared = 0;

	assert_int_equal(a->n_parts, b->n_parts);
	assert_int_equal(a->n_metres, b->n_metres);
	assert_int_equal(a->pickup, b->pickup);
	assert_int_equal(b->n_texts, 0);
	for (size_t k = 0; k < a->n_parts; k++) {
		assert_int_equal(a->parts[k].n, b->parts[k].n);
		for (size_t i = 0; i < a->parts[k].n; i++) {
			const struct note *x = &a->parts[k].notes[i], *y = &b->parts[k].notes[i];

			assert_int_equal(x->onset, y->onset);
			assert_int_equal(x->pitch, y->pitch);
			if (overlaps(&a->parts[k], i))
				continue;
			compared++;
			if (x->onset + x->duration <= last) {
				assert_int_equal(x->duration, y->duration);
				assert_int_equal(x->grace, y->grace);
			} else {
				assert_true(x->duration <= y->duration);
			}
			if (!learned)
				assert_int_equal(flat(x->velocity), y->velocity);
			else if (x->velocity > 9 && x->velocity < 119)
				assert_int_equal(x->velocity, y->velocity);
		}
	}
	return compared;
}

static bool has_overlaps(const struct song *s)
{
	for (size_t k = 0; k < s->n_parts; k++)
		for (size_t i = 0; i < s->parts[k].n; i++)
			if (overlaps(&s->parts[k], i))
				return true;
	return false;
}

/* The performance comes off: durations and velocities are those of the plain song, in memory and out of a file. */
static void test_comes_off(void **state)
{
	struct random r = random_stream(seed, 3, 0, 0);
	long compared = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static const int grids[] = {24, 24, 12, 48, 32};
		int grid = grids[below(&r, 5)];
		bool learned = below(&r, 2);
		struct song *plain = plain_song(&r, grid, learned), *performed, *undone, *read_plain;
		struct songs a, b;
		unsigned char *bytes;
		size_t size;

		/* what a note overlaps in its own part and pitch says where the phrase ends, and is cut short */
		if (has_overlaps(plain)) {
			song_free(plain);
			continue;
		}
		drop_marks(plain);
		performed = song_perform(plain, learned, false);
		undone = grid_snap(performed, grid, NULL);
		compared += check_undone(plain, undone, learned);
		song_free(undone);

		assert_int_equal(smf_write_memory(&bytes, &size, plain, NULL), 0);
		assert_int_equal(smf_read_memory(&a, "plain", bytes, size), 0);
		free(bytes);
		assert_int_equal(smf_write_memory(&bytes, &size, performed, NULL), 0);
		assert_int_equal(smf_read_memory(&b, "performed", bytes, size), 0);
		free(bytes);
		read_plain = grid_snap(a.songs[0], grid, NULL);
		undone = grid_snap(b.songs[0], grid, NULL);
		/* a short bar at the start is read as a pickup, and its metre is gone */
		if (read_plain->n_metres == plain->n_metres)
			compared += check_undone(read_plain, undone, learned);
		song_free(read_plain);
		song_free(undone);
		songs_done(&a);
		songs_done(&b);
		song_free(plain);
		song_free(performed);
	}
	assert_true(compared > 10 * ROUNDS);
}

/* Someone moved a note: nothing breaks, and what is not performed keeps its length. */
static void test_edited(void **state)
{
	struct random r = random_stream(seed, 4, 0, 0);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct song *plain = plain_song(&r, 24, false), *performed = song_perform(plain, false, false);
		size_t n = song_notes(performed);

		for (int edits = below(&r, 5); edits >= 0; edits--) {
			struct part *p = &performed->parts[below(&r, (int)performed->n_parts)];
			struct note *note = &p->notes[below(&r, (int)p->n)];

			if (below(&r, 2))
				note->duration = 1 + below(&r, 4000);
			else
				note->onset += below(&r, 100);
		}
		if (below(&r, 4) == 0) {
			free(performed->texts[0].text);
			performed->texts[0].text = strdup(
				below(&r, 2) ? "performed by musegen, grid 0, pickup 0, from 0"
					     : "performed by musegen, grid 24, pickup 999999999, from 999999999");
		}
		song_order(performed);
		assert_int_equal(song_unperform(performed), 0);
		assert_int_equal(song_notes(performed), n);
		for (size_t k = 0; k < performed->n_parts; k++)
			for (size_t i = 0; i < performed->parts[k].n; i++)
				assert_true(performed->parts[k].notes[i].duration >= 1 &&
				            performed->parts[k].notes[i].velocity >= 1);
		song_free(plain);
		song_free(performed);
	}
}

/* Live, event by event, a note is what it is in the whole song, but for the end. */
static void test_live_is_whole(void **state)
{
	struct random r = random_stream(seed, 5, 0, 0);
	long same = 0;

	(void)state;
	for (int round = 0; round < ROUNDS / 4; round++) {
		struct song *plain = plain_song(&r, 24, true), *s;
		struct piece *piece = piece_from_song(plain);
		size_t next[SONG_PARTS_MAX] = {0};
		struct performer p;
		int now = 0, last = last_onset(plain);

		s = song_perform(plain, true, false);
		performer_start(&p, 24, &piece->start, song_tempo_at(plain, 0), true);
		for (size_t i = 0; i < piece->n; i++) {
			const struct event *e = &piece->events[i];
			struct performed performed = performer_event(&p, e);
			const struct note *n;
			size_t at;

			now += e->shift;
			if (e->kind != EVENT_NOTE)
				continue;
			at = next[e->part]++;
			n = &s->parts[e->part].notes[at];
			/* what is held may end a phrase later */
			if (now + e->duration > last)
				break;
			if (overlaps(&plain->parts[e->part], at))
				continue;
			assert_int_equal(performed.length, n->duration);
			assert_int_equal(performed.velocity, n->velocity);
			same++;
		}
		song_free(plain);
		song_free(s);
		piece_free(piece);
	}
	assert_true(same > ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_notes), cmocka_unit_test(test_onsets_snap),
		cmocka_unit_test(test_round),      cmocka_unit_test(test_comes_off),
		cmocka_unit_test(test_edited),     cmocka_unit_test(test_live_is_whole),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
