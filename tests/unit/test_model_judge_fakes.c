/* Music that is spoiled for a judge to learn from: parts moved in time, wrong notes, noise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus/notes.h"
#include "corpus/reread.h"
#include "model/judge_fakes.h"
#include "model_music.h"

static const struct reading reading = {.grid = GRID};

/* Four parts as a file has them. */
static struct piece *four(uint64_t seed)
{
	struct random r = random_stream(seed, 0, 0, 0);
	struct piece *p = music_piece(&r, MUSIC_FOUR, 30, 0, false), *q = piece_reread(p, &reading);

	assert_non_null(q);
	piece_free(p);
	return q;
}

/* How many onsets of parts are those of a part of the other piece, part for part by their onsets. */
static int parts_kept(const struct piece *a, const struct piece *b)
{
	int kept = 0;

	for (int k = 0; k < 4; k++)
		for (int l = 0; l < 4; l++) {
			size_t i = 0, j = 0;
			int now[2] = {0, 0};
			bool same = true;

			while (same && (i < a->n || j < b->n)) {
				while (i < a->n && (a->events[i].kind != EVENT_NOTE || a->events[i].part != k))
					now[0] += a->events[i++].shift;
				while (j < b->n && (b->events[j].kind != EVENT_NOTE || b->events[j].part != l))
					now[1] += b->events[j++].shift;
				if (i == a->n || j == b->n) {
					same = i == a->n && j == b->n;
					break;
				}
				now[0] += a->events[i].shift;
				now[1] += b->events[j].shift;
				same = now[0] == now[1] && a->events[i].pitch == b->events[j].pitch;
				i++;
				j++;
			}
			kept += same;
		}
	return kept;
}

static void shifted_music(void **state)
{
	int moved_parts[5] = {0};

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct random one = random_stream(seed, 1, 0, 0), two = one;
		struct piece *p = four(seed), *a = fake_shifted(p, &one), *b = fake_shifted(p, &two);
		int kept;

		assert_true(a && b);
		assert_true(notes_equal(a, b));
		kept = parts_kept(p, a);
		assert_in_range(kept, 1, 3);
		moved_parts[4 - kept]++;
		piece_free(p);
		piece_free(a);
		piece_free(b);
	}
	/* now one, now two, now three of them */
	assert_true(moved_parts[1] > 0 && moved_parts[2] > 0 && moved_parts[3] > 0);
}

/* Only bars that are said to be spoiled differ, and each of them does. */
static void wrong_notes(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct random random = random_stream(seed, 2, 0, 0);
		struct piece *p = four(seed), *made;
		bool differs[200] = {false};
		uint8_t spoiled[200];
		struct bars bars;
		int now = 0, count = 0;

		assert_int_equal(bars_make(&bars, p), 0);
		assert_true(bars.n < 200);
		made = fake_wrong_notes(p, &bars, spoiled, &random);
		assert_non_null(made);
		assert_int_equal(made->n, p->n);
		/* parts may have changed places and with them the order at a tick: pitches are counted by bar */
		for (size_t b = 0; b < bars.n; b++) {
			int pitches[2][128] = {{0}};
			const struct piece *both[2] = {p, made};

			for (int s = 0; s < 2; s++) {
				now = 0;
				for (size_t i = 0; i < both[s]->n; i++) {
					now += both[s]->events[i].shift;
					if (both[s]->events[i].kind == EVENT_NOTE && bars_at(&bars, now) == b)
						pitches[s][both[s]->events[i].pitch]++;
				}
			}
			differs[b] = memcmp(pitches[0], pitches[1], sizeof pitches[0]) != 0;
			assert_true(!differs[b] || spoiled[b]);
			count += spoiled[b];
		}
		assert_in_range(count, 1, (bars.n + 1) / 2);
		bars_done(&bars);
		piece_free(p);
		piece_free(made);
	}
}

static void noise(void **state)
{
	struct random random = random_stream(3, 3, 0, 0);
	struct piece *p = four(3), *made = fake_noise(p, &random);

	(void)state;
	assert_non_null(made);
	assert_int_equal(notes_count(made), notes_count(p));
	assert_int_equal(parts_kept(p, made), 0);
	piece_free(p);
	piece_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shifted_music),
		cmocka_unit_test(wrong_notes),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
