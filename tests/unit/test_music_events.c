/* Note events: their order, what they hold, and that songs come back from them note for note. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "music/events.h"
#include "music/grid.h"
#include "random_song.h"

static void check_event(const struct event *e, enum event_kind kind, int shift, int part, int pitch, int duration)
{
	assert_int_equal(e->kind, kind);
	assert_int_equal(e->shift, shift);
	assert_int_equal(e->part, part);
	assert_int_equal(e->pitch, pitch);
	assert_int_equal(e->duration, duration);
}

static void test_order(void **state)
{
	struct song *s = song_new(24), *back;
	struct piece *p;

	(void)state;
	song_add_part(s, NULL, 0, 73);
	song_add_part(s, NULL, 1, -1);
	put_note(s, 0, 96, 24, 60, 80);
	put_note(s, 0, 96, 24, 64, 81);
	put_note(s, 0, 96, 12, 64, 82);
	put_note(s, 1, 0, 192, 48, 83);
	put_note(s, 1, 96, 24, 64, 84);
	song_add_metre(s, 0, 4, 2);
	song_add_metre(s, 96, 3, 2);
	song_add_metre(s, 168, 2, 1);
	song_add_metre(s, 300, 4, 2); /* at the end: for nothing */
	song_add_tempo(s, 0, 833333);
	song_add_marker(s, 0, "verse");
	song_add_marker(s, 96, "A");
	song_add_marker(s, 96, "Fermata");
	s->end = 300;
	song_order(s);
	p = piece_from_song(s);
	assert_non_null(p);
	assert_int_equal(p->n, 8);
	check_event(&p->events[0], EVENT_NOTE, 0, 1, 48, 192);
	check_event(&p->events[1], EVENT_METRE, 96, 0, 0, 0);
	assert_int_equal(p->events[1].numerator, 3);
	check_event(&p->events[2], EVENT_NOTE, 0, 0, 64, 12);
	check_event(&p->events[3], EVENT_NOTE, 0, 0, 64, 24);
	check_event(&p->events[4], EVENT_NOTE, 0, 0, 60, 24);
	check_event(&p->events[5], EVENT_NOTE, 0, 1, 64, 24);
	check_event(&p->events[6], EVENT_METRE, 72, 0, 0, 0);
	check_event(&p->events[7], EVENT_END, 132, 0, 0, 0);
	assert_false(p->events[0].fermata);
	assert_true(p->events[2].fermata && p->events[5].fermata);
	assert_int_equal(p->events[2].velocity, 82);
	assert_int_equal(p->grid, 24);
	assert_int_equal(p->start.style, -1);
	assert_int_equal(p->start.numerator, 4);
	assert_int_equal(p->start.denominator_log2, 2);
	assert_int_equal(p->start.pickup, 0);
	assert_true(p->start.parts == 3);
	assert_int_equal(p->us_per_quarter, 833333);
	assert_int_equal(p->start.tempo, 3); /* 72 */
	assert_int_equal(p->programs[0], 73);
	assert_int_equal(p->programs[1], -1);
	assert_int_equal(p->programs[2], -1);
	/* Back: one fermata, however many notes it stands on. */
	back = piece_to_song(p);
	assert_int_equal(back->n_markers, 1);
	assert_int_equal(back->markers[0].tick, 96);
	assert_string_equal(back->markers[0].text, "fermata");
	song_free(back);
	piece_free(p);
	song_free(s);
}

static void test_refusals(void **state)
{
	struct song *s = song_new(24);

	(void)state;
	assert_null(piece_from_song(s));
	assert_non_null(strstr(error_message(), "no notes"));
	for (int k = 0; k < 65; k++) {
		song_add_part(s, NULL, k % 16, -1);
		put_note(s, k, 0, 1, 60, 80);
	}
	assert_null(piece_from_song(s));
	assert_non_null(strstr(error_message(), "65 parts"));
	s->n_parts = 64; /* the last one is freed by hand */
	free(s->parts[64].notes);
	{
		struct piece *p = piece_from_song(s);

		assert_non_null(p);
		assert_true(p->start.parts == UINT64_MAX);
		piece_free(p);
	}
	song_free(s);
}

static void test_tempo_classes(void **state)
{
	static const struct {
		int bpm, class;
	} cases[] = {{20, 1}, {50, 1},  {52, 2},  {63, 2},  {66, 3},  {72, 3},  {76, 4},  {84, 4},
	             {88, 5}, {100, 5}, {104, 6}, {116, 6}, {120, 7}, {140, 7}, {144, 8}, {300, 8}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int error = -1; error <= 1; error++) /* of rounding to whole microseconds */
			assert_int_equal(tempo_class(60000000 / cases[i].bpm + error), cases[i].class);
	assert_int_equal(tempo_of_class(0), 500000);
	for (int class = 1; class < TEMPO_CLASSES; class ++)
		assert_int_equal(tempo_class(tempo_of_class(class)), class);
	assert_int_equal(tempo_class(1), TEMPO_CLASSES - 1);
	assert_int_equal(tempo_class(0xffffff), 1);
}

static void test_tempo_unknown(void **state)
{
	struct song *s = song_new(24), *back;
	struct piece *p;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	put_note(s, 0, 24, 24, 60, 80);
	song_add_tempo(s, 25, 400000); /* too late to be the tempo at the start */
	song_order(s);
	p = piece_from_song(s);
	assert_int_equal(p->us_per_quarter, 0);
	assert_int_equal(p->start.tempo, 0);
	back = piece_to_song(p);
	assert_int_equal(back->tempos[0].us_per_quarter, 500000);
	song_free(back);
	piece_free(p);
	song_free(s);
}

/* Pieces that a network made, cut short or odd. */
static void test_to_song(void **state)
{
	struct piece *p = piece_new(24);
	struct song *s;

	(void)state;
	p->start.parts = 7;
	p->start.pickup = 24;
	p->programs[2] = 19;
	p->key = (struct key){7, MODE_MINOR};
	piece_add(p, (struct event){
			     .kind = EVENT_NOTE, .shift = 0, .duration = 24, .part = 2, .pitch = 50, .velocity = 9});
	piece_add(p, (struct event){
			     .kind = EVENT_NOTE, .shift = 0, .duration = 240, .part = 0, .pitch = 60, .velocity = 9});
	piece_add(p, (struct event){.kind = EVENT_NOTE,
	                            .shift = 0,
	                            .duration = 1,
	                            .part = 0,
	                            .pitch = 72,
	                            .velocity = 9,
	                            .fermata = true});
	s = piece_to_song(p);
	assert_non_null(s);
	assert_int_equal(s->n_parts, 3);
	assert_string_equal(s->parts[0].name, "Part 1");
	assert_int_equal(s->parts[1].n, 0);
	assert_int_equal(s->parts[2].program, 19);
	assert_int_equal(s->parts[0].notes[0].pitch, 72);
	assert_true(s->parts[0].notes[0].grace);
	assert_int_equal(s->end, 240); /* no END: where the last note ends */
	assert_int_equal(s->pickup, 24);
	assert_int_equal(s->keys[0].fifths, -2);
	assert_true(s->keys[0].minor);
	assert_int_equal(s->n_markers, 1);
	song_free(s);
	/* An END before a note's end, and nothing after it counts. */
	piece_add(p, (struct event){.kind = EVENT_END, .shift = 5});
	piece_add(p, (struct event){
			     .kind = EVENT_NOTE, .shift = 500, .duration = 1, .part = 1, .pitch = 60, .velocity = 9});
	s = piece_to_song(p);
	assert_int_equal(s->end, 240);
	assert_int_equal(song_notes(s), 3);
	song_free(s);
	p->events[0].shift = -1;
	assert_null(piece_to_song(p));
	p->events[0].shift = SONG_TICK_MAX;
	assert_null(piece_to_song(p));
	p->events[0].shift = 0;
	p->events[0].duration = 0;
	assert_null(piece_to_song(p));
	p->events[0].duration = 1;
	p->events[0].part = 64;
	assert_null(piece_to_song(p));
	piece_free(p);
	piece_free(NULL);
}

static int rank(const struct event *e)
{
	return e->kind == EVENT_METRE ? 0 : e->kind == EVENT_NOTE ? 1 : 2;
}

/* Every event comes after the one before in the order that events.h states. */
static void check_total_order(const struct piece *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i], *before = e - 1;

		assert_true(e->shift >= 0);
		assert_int_equal(e->kind == EVENT_END, i == p->n - 1);
		if (i == 0 || e->shift > 0)
			continue;
		assert_true(rank(before) <= rank(e));
		if (rank(before) != 1 || rank(e) != 1)
			continue;
		assert_true(before->part <= e->part);
		if (before->part != e->part)
			continue;
		assert_true(before->pitch >= e->pitch);
		/* Within a part, no two notes are the same. */
		if (before->pitch == e->pitch)
			assert_true(before->duration < e->duration);
	}
}

static void check_same_events(const struct piece *a, const struct piece *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct event *x = &a->events[i], *y = &b->events[i];

		check_event(x, (enum event_kind)y->kind, y->shift, y->part, y->pitch, y->duration);
		assert_int_equal(x->velocity, y->velocity);
		assert_int_equal(x->numerator, y->numerator);
		assert_int_equal(x->denominator_log2, y->denominator_log2);
		assert_int_equal(x->fermata, y->fermata);
	}
	assert_int_equal(a->start.pickup, b->start.pickup);
	assert_int_equal(a->start.numerator, b->start.numerator);
	assert_int_equal(a->start.denominator_log2, b->start.denominator_log2);
	assert_int_equal(a->start.mode, b->start.mode);
	assert_true(a->start.parts == b->start.parts);
	assert_int_equal(a->key.tonic, b->key.tonic);
}

static void test_round_trip(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 4, 0, 0);

	for (int round = 0; round < 2000; round++) {
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS));
		struct song *snapped = grid_snap(raw, below(&r, 4) ? 24 : 1 + below(&r, 60), NULL), *back;
		struct piece *piece, *again;

		if (below(&r, 4))
			song_find_pickup(snapped);
		piece = piece_from_song(snapped);
		assert_non_null(piece);
		check_total_order(piece);
		back = piece_to_song(piece);
		assert_non_null(back);
		check_same_music(snapped, back);
		again = piece_from_song(back);
		check_same_events(piece, again);
		/* And the song that came back is in the order that files are read in. */
		song_order(back);
		check_same_music(snapped, back);
		song_free(raw);
		song_free(snapped);
		song_free(back);
		piece_free(piece);
		piece_free(again);
	}
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),         cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tempo_classes), cmocka_unit_test(test_tempo_unknown),
		cmocka_unit_test(test_to_song),       cmocka_unit_test_prestate(test_round_trip, &seed),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
