/* Statistics of corpora made by hand, whose counts are known, and of random ones against a slow reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/error.h"
#include "corpus/stats.h"
#include "music/position.h"
#include "random_song.h"
#include "tunes.h"

#define PIECES_MOST 8

/* A corpus that owns its pieces; everything else in it is the test's. */
static struct corpus_piece pieces[PIECES_MOST];
static struct corpus corpus;
static char *style_names[] = {"airs", "reels"};
static struct corpus_stats stats;

static int begin(void **state)
{
	(void)state;
	memset(pieces, 0, sizeof pieces);
	corpus = (struct corpus){.pieces = pieces, .styles = style_names, .n_styles = 2};
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < corpus.n; i++)
		piece_free(pieces[i].piece);
	corpus_stats_done(&stats);
	return 0;
}

/* Take a song over as the next piece. */
static struct corpus_piece *add(struct song *song, int style)
{
	struct corpus_piece *cp = &pieces[corpus.n++];

	assert_true(corpus.n <= PIECES_MOST);
	song_order(song);
	cp->piece = piece_from_song(song);
	assert_non_null(cp->piece);
	cp->piece->start.style = style;
	corpus.files++;
	song_free(song);
	return cp;
}

static void count(void)
{
	assert_int_equal(corpus_stats_make(&stats, &corpus), 0);
}

static struct song *song_of(int parts, int numerator, int denominator_log2)
{
	struct song *s = song_new(24);

	assert_non_null(s);
	for (int k = 0; k < parts; k++)
		assert_int_equal(song_add_part(s, NULL, k, -1), k);
	assert_int_equal(song_add_metre(s, 0, numerator, denominator_log2), 0);
	return s;
}

/* n notes of one length, one after the other, from tick on; the tick after them. */
static int put_row(struct song *s, int part, int tick, int n, int duration)
{
	for (int i = 0; i < n; i++, tick += duration)
		put_note(s, part, tick, duration, 60 + i % 3, 80);
	return tick;
}

/* "value:count value:count ..." */
static void check_tally(const struct tally *t, const char *wanted)
{
	char got[512] = "";
	size_t size = 0;

	for (size_t i = 0; i < t->n; i++) {
		size += (size_t)snprintf(got + size, sizeof got - size, "%s%d:%zu", i ? " " : "", t->items[i].value,
		                         t->items[i].count);
		assert_true(size < sizeof got);
	}
	assert_string_equal(got, wanted);
}

static void test_notes(void **state)
{
	struct song *s = song_of(2, 4, 2);

	(void)state;
	/* a chord, two notes, a chord: 67 72 71 62 on top */
	put_note(s, 0, 0, 24, 64, 80);
	put_note(s, 0, 0, 24, 67, 80);
	put_note(s, 0, 0, 24, 60, 80);
	put_note(s, 0, 24, 12, 72, 80);
	put_note(s, 0, 36, 12, 71, 80);
	put_note(s, 0, 72, 48, 59, 80); /* after a rest */
	put_note(s, 0, 72, 48, 62, 80);
	/* a part of its own, no interval from the other */
	put_note(s, 1, 0, 96, 48, 80);
	put_note(s, 1, 96, 8, 36, 80);
	add(s, 0);
	/* another piece, no interval from the first */
	s = song_of(1, 4, 2);
	put_note(s, 0, 0, 24, 127, 80);
	put_note(s, 0, 24, 24, 0, 80);
	add(s, 1);
	count();
	assert_int_equal(stats.notes, 11);
	assert_int_equal(stats.grid, 24);
	check_tally(&stats.pitches, "0:1 36:1 48:1 59:1 60:1 62:1 64:1 67:1 71:1 72:1 127:1");
	check_tally(&stats.classes, "0:5 2:1 4:1 7:2 11:2");
	check_tally(&stats.durations, "8:1 12:2 24:5 48:2 96:1");
	check_tally(&stats.intervals, "-127:1 -12:1 -9:1 -1:1 5:1");
	check_tally(&stats.parts, "1:1 2:1");
	assert_int_equal(stats.n_styles, 2);
	assert_string_equal(stats.styles[0].name, "airs");
	assert_int_equal(stats.styles[0].pieces, 1);
	assert_int_equal(stats.styles[0].notes, 9);
	assert_int_equal(stats.styles[1].pieces, 1);
	assert_int_equal(stats.styles[1].notes, 2);
}

/* A scale on the tonic, up and down to it again. */
static struct song *scale(int tonic, int numerator, int us_per_quarter)
{
	static const int steps[] = {0, 2, 4, 5, 7, 9, 11, 12, 7, 4, 0};
	struct song *s = song_of(1, numerator, 2);

	for (int i = 0; i < 11; i++)
		put_note(s, 0, 24 * i, 24, 60 + tonic + steps[i], 80);
	if (us_per_quarter > 0)
		song_add_tempo(s, 0, us_per_quarter);
	return s;
}

static void test_pieces(void **state)
{
	struct corpus_piece *cp;
	struct song *s;
	struct key key;
	int numerator, denominator;

	(void)state;
	cp = add(scale(0, 3, 500000), 0); /* C major, 120 */
	cp->stated_key = (struct key){0, MODE_MAJOR};
	cp->seconds = 5.5;
	cp->percussion_notes = 7;
	cp = add(scale(0, 3, 600000), 0); /* 100; another key stated */
	cp->stated_key = (struct key){9, MODE_MINOR};
	cp->seconds = 6.5;
	cp = add(scale(2, 4, 597000), 0); /* D major, 100.5: rounded up; no key stated */
	cp->percussion_notes = 3;
	s = scale(7, 2, 0); /* no tempo */
	song_add_metre(s, 96, 3, 2);
	song_add_metre(s, 96 + 72, 2, 2);
	add(s, 1)->stated_key = (struct key){7, MODE_MAJOR};
	/* no key to be found, none stated */
	s = song_of(1, 2, 2);
	for (int i = 0; i < 12; i++)
		put_note(s, 0, 24 * i, 24, 60 + i, 80);
	add(s, 1);
	pieces[4].piece->key = (struct key){-1, MODE_UNKNOWN};
	corpus.duplicates = 4;
	corpus.files += 4;
	count();
	assert_int_equal(stats.pieces, 5);
	assert_int_equal(stats.files, 9);
	assert_int_equal(stats.duplicates, 4);
	assert_int_equal(stats.skipped, 0);
	assert_int_equal(stats.percussion_notes, 10);
	assert_true(fabs(stats.seconds - 12) < 1e-12);
	check_tally(&stats.tempos, "0:2 100:1 101:1 120:1");
	assert_int_equal(tally_count(&stats.tempo_classes, 0), 2);
	assert_int_equal(tally_count(&stats.tempo_classes, tempo_class(597000)), 2);
	assert_int_equal(tally_count(&stats.tempo_classes, tempo_class(500000)), 1);
	assert_int_equal(tally_total(&stats.tempo_classes), 5);
	assert_int_equal(stats.metre_changes, 1);
	assert_int_equal(stats.metres.n, 3);
	for (size_t i = 0; i < 3; i++) {
		stats_metre(&numerator, &denominator, stats.metres.items[i].value);
		assert_int_equal(numerator, 2 + i);
		assert_int_equal(denominator, 4);
		assert_int_equal(stats.metres.items[i].count, i < 2 ? 2 : 1);
	}
	/* found: none, C twice, D, G */
	assert_int_equal(stats.keys_found.n, 4);
	assert_int_equal(tally_count(&stats.keys_found, STATS_KEY_NONE), 1);
	assert_int_equal(stats_key(STATS_KEY_NONE).tonic, -1);
	key = stats_key(stats.keys_found.items[1].value);
	assert_string_equal(key_name(key), "C major");
	assert_int_equal(stats.keys_found.items[1].count, 2);
	assert_string_equal(key_name(stats_key(stats.keys_found.items[2].value)), "D major");
	assert_string_equal(key_name(stats_key(stats.keys_found.items[3].value)), "G major");
	/* stated: none twice, C, G, A minor */
	assert_int_equal(tally_count(&stats.keys_stated, STATS_KEY_NONE), 2);
	assert_int_equal(stats.keys_stated.n, 4);
	assert_string_equal(key_name(stats_key(stats.keys_stated.items[3].value)), "A minor");
	/* C and G, not the two that know none */
	assert_int_equal(stats.keys_agree, 2);
}

/* ---- phrases ------------------------------------------------------------- */

/* Half bars a phrase of one song. */
static void check_phrases(struct song *s, const char *wanted)
{
	begin(NULL);
	add(s, 0);
	count();
	check_tally(&stats.phrases, wanted);
	end(NULL);
}

static void test_phrases(void **state)
{
	struct song *s;

	(void)state;
	/* eight bars of quarters: four and four */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 32, 24);
	check_phrases(s, "8:2");
	/* ten: what is left at the end counts */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 40, 24);
	check_phrases(s, "4:1 8:2");
	/* a long note ends the second bar of 3/4, one is at the end */
	s = song_of(1, 3, 2);
	put_row(s, 0, put_row(s, 0, put_row(s, 0, 0, 4, 24), 1, 48), 3, 24);
	put_row(s, 0, 9 * 24, 1, 72);
	check_phrases(s, "4:2");
	/* a fermata on the sixth quarter, then three bars less two quarters; 1 1/2 and 2 1/2 */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 16, 24);
	song_add_marker(s, 5 * 24, "fermata");
	check_phrases(s, "3:1 5:1");
	/* with a pickup of a quarter: four bars and that, to the nearest half; the bar line ends it */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 17 + 8, 24);
	s->pickup = 24;
	check_phrases(s, "4:1 9:1");
	/* a bar, then silence of a hundred bars: the phrase ends at its first line, and silence is none */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 4, 24);
	put_row(s, 0, 101 * 96, 8, 24);
	check_phrases(s, "4:2");
	/* not while another part plays on */
	s = song_of(2, 4, 2);
	put_row(s, 0, 0, 4, 24);
	put_row(s, 0, 5 * 96, 4, 24);
	for (int i = 0; i < 6 * 4; i++)
		put_note(s, 1, 24 * i, 24, 40, 80);
	check_phrases(s, "2:1 4:1 6:1");
	/* thirds of a bar: 1 1/3 and 2/3 are nearer to 1 1/2 and 1/2 */
	s = song_of(1, 3, 2);
	put_row(s, 0, 0, 6, 24);
	song_add_marker(s, 3 * 24, "fermata");
	check_phrases(s, "1:1 3:1");
	/* no shorter than half a bar */
	s = song_of(1, 4, 2);
	put_row(s, 0, 0, 1, 3);
	s->end = 3;
	check_phrases(s, "1:1");
	/* a metre that changes in a phrase: two bars of 2/4, two of 4/4 */
	s = song_of(1, 2, 2);
	put_row(s, 0, put_row(s, 0, 0, 8, 12), 8, 24);
	song_add_metre(s, 96, 4, 2);
	check_phrases(s, "8:1");
}

/* Tick by tick: where the position says that a phrase began, the one before ended. */
struct slow {
	struct position at;
	size_t halves[64];
	double bars;
	bool sounds;
};

static void slow_end(struct slow *w)
{
	long halves = lround(2 * w->bars + 1e-6);

	assert_in_range(halves, 0, 63);
	if (w->sounds)
		w->halves[halves > 0 ? halves : 1]++;
	w->sounds = false;
	w->bars = 0;
}

static void slow_piece(struct slow *w, const struct piece *piece)
{
	position_start(&w->at, piece->grid, &piece->start);
	w->bars = 0;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];
		int start;

		for (int k = 0; k < event->shift; k++) {
			start = w->at.phrase_start;
			w->bars += 1.0 / w->at.bar_length;
			position_shift(&w->at, 1);
			if (w->at.phrase_start != start) {
				assert_int_equal(w->at.phrase_start, w->at.now);
				slow_end(w);
			}
		}
		start = w->at.phrase_start;
		position_event(&w->at, event);
		if (w->at.phrase_start != start)
			slow_end(w);
		w->sounds = w->sounds || event->kind == EVENT_NOTE;
	}
	slow_end(w);
}

/* A piece's events, some made odd: long notes, fermatas. */
static void make_odd(struct piece *piece, struct random *r)
{
	for (size_t i = 0; i < piece->n; i++) {
		if (below(r, 10) == 0)
			piece->events[i].duration = 1 + below(r, 300);
		piece->events[i].fermata = below(r, 20) == 0;
	}
}

static void test_phrases_slowly(void **state)
{
	struct random r = random_stream(*(uint64_t *)*state, 41, 0, 0);

	for (int round = 0; round < 300; round++) {
		struct song *raw = random_song(&r, (enum song_kind)(round % SONG_KINDS));
		struct song *snapped = grid_snap(raw, 24, NULL);
		struct slow slow = {.bars = 0};
		size_t notes = 0;

		begin(NULL);
		song_find_pickup(snapped);
		add(snapped, 0);
		if (round % 2)
			make_odd(pieces[0].piece, &r);
		slow_piece(&slow, pieces[0].piece);
		count();
		for (int h = 0; h < 64; h++)
			assert_int_equal(tally_count(&stats.phrases, h), slow.halves[h]);
		for (size_t i = 0; i < pieces[0].piece->n; i++)
			notes += pieces[0].piece->events[i].kind == EVENT_NOTE;
		assert_int_equal(stats.notes, notes);
		assert_int_equal(tally_total(&stats.pitches), notes);
		assert_int_equal(tally_total(&stats.classes), notes);
		assert_int_equal(tally_total(&stats.durations), notes);
		assert_true(tally_total(&stats.intervals) < notes);
		assert_true(tally_total(&stats.phrases) <= notes);
		song_free(raw);
		end(NULL);
	}
}

/* ---- tallies, skips, whole corpora --------------------------------------- */

/* More distinct values than a tally gathers before it puts them in order, each twice. */
static void test_many_values(void **state)
{
	struct song *s = song_of(1, 4, 2);

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++)
			put_note(s, 0, round + 2 * i, 1 + (i * 7919) % 10000, 60, 80);
	add(s, 0);
	count();
	assert_int_equal(stats.durations.n, 10000);
	for (int i = 0; i < 10000; i++) {
		assert_int_equal(stats.durations.items[i].value, i + 1);
		assert_int_equal(stats.durations.items[i].count, 2);
	}
	assert_int_equal(tally_median(&stats.durations), 5000);
	assert_int_equal(tally_count(&stats.durations, 0), 0);
	assert_int_equal(tally_count(&stats.durations, 10001), 0);
}

static void test_median(void **state)
{
	struct tally_item items[] = {{-3, 2}, {0, 1}, {5, 2}};
	struct tally t = {.items = items, .n = 3};

	(void)state;
	assert_int_equal(tally_total(&t), 5);
	assert_int_equal(tally_median(&t), 0);
	items[2].count = 3;
	assert_int_equal(tally_median(&t), 0); /* the lower of 0 and 5 */
	items[2].count = 4;
	assert_int_equal(tally_median(&t), 5);
	t.n = 1;
	assert_int_equal(tally_median(&t), -3);
}

static void test_reasons(void **state)
{
	struct corpus_skip skips[] = {
		{"a.mid", "track 1: cut at byte 40 of 100", false},
		{"b.mid", "no notes", false},
		{"c.mid", "the same notes as x.mid", true},
		{"d.mid", "track 12: cut at byte 7 of 100", false},
		{"e.mid", "no notes", false},
		{"f.mid", "No notes", false},
		{"g.mid", "track 1: cut at byte 40 of 100", false},
		{"h.mid", "track 1: cut at byte 40 of 99", false},
		{"i.mid", "no notes but 31 of percussion (channel 10)", false},
		{"j.mid", "no notes but 3 of percussion (channel 10)", false},
		{"k.mid", "the same notes as y.mid", true},
		{"l.mid", "track N: cut at byte 4 of 100", false},
		{"m.mid", "7", false},
		{"n.mid", "", false},
	};
	static const struct {
		size_t count;
		const char *text, *example;
	} wanted[] = {
		{4, "track N: cut at byte N of N", "a.mid"},
		{2, "no notes", "b.mid"},
		{2, "no notes but N of percussion (channel 10)", "i.mid"},
		{1, "", "n.mid"},
		{1, "7", "m.mid"},
		{1, "No notes", "f.mid"},
		{1, "track N: cut at byte 4 of 100", "l.mid"},
	};

	(void)state;
	add(scale(0, 4, 0), 0);
	corpus.skips = skips;
	corpus.n_skips = sizeof skips / sizeof *skips;
	corpus.duplicates = 2;
	count();
	assert_int_equal(stats.duplicates, 2);
	assert_int_equal(stats.skipped, 12);
	assert_int_equal(stats.n_reasons, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < stats.n_reasons; i++) {
		assert_string_equal(stats.reasons[i].text, wanted[i].text);
		assert_string_equal(stats.reasons[i].example, wanted[i].example);
		assert_int_equal(stats.reasons[i].count, wanted[i].count);
	}
}

/* Files: what a piece knows of its file, and what is no piece. */
static void test_files(void **state)
{
	static const struct corpus_options options = {.reading = {.grid = 24}, .parts_max = 64};
	char *folder = tunes_folder();
	const char *paths[1] = {folder};
	struct song *s = scale(0, 4, 500000);
	struct corpus *loaded;

	(void)state;
	/* three bars, as files end with one: 4 quarters at 120, then 8 at 60 */
	song_add_tempo(s, 96, 1000000);
	song_add_key(s, 0, -3, true);
	song_add_key(s, 96, 0, false);
	tunes_write_song(folder, "airs/a.mid", s);
	tunes_write_song(folder, "reels/copy.mid", s);
	song_free(s);
	s = scale(7, 4, 1000000); /* 12 quarters at 60 */
	tunes_write_song(folder, "reels/b.mid", s);
	song_free(s);
	tunes_write_text(folder, "reels/bad.mid", "this is no music");
	tunes_write_text(folder, "airs/bad.mid", "nor this");
	tunes_write_text(folder, "airs/empty.mid", "");
	loaded = corpus_load(paths, 1, &options, NULL);
	if (!loaded)
		print_error("%s\n", error_message());
	assert_non_null(loaded);
	assert_int_equal(corpus_stats_make(&stats, loaded), 0);
	assert_int_equal(stats.files, 6);
	assert_int_equal(stats.pieces, 2);
	assert_int_equal(stats.duplicates, 1);
	assert_int_equal(stats.skipped, 3);
	assert_int_equal(stats.n_reasons, 2);
	assert_int_equal(stats.reasons[0].count, 2);
	assert_non_null(strstr(stats.reasons[0].text, "not a MIDI file"));
	assert_non_null(strstr(stats.reasons[0].example, "airs/bad.mid"));
	assert_int_equal(stats.reasons[1].count, 1);
	assert_int_equal(stats.n_styles, 2);
	assert_int_equal(stats.styles[0].pieces, 1);
	assert_true(fabs(stats.seconds - 22) < 1e-6);
	assert_int_equal(stats.keys_stated.n, 2);
	assert_int_equal(tally_count(&stats.keys_stated, STATS_KEY_NONE), 1);
	assert_string_equal(key_name(stats_key(stats.keys_stated.items[1].value)), "C minor");
	assert_int_equal(stats.keys_agree, 0);
	corpus_free(loaded);
	tunes_remove(folder);
}

int main(void)
{
	static uint64_t seed;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_notes, begin, end),
		cmocka_unit_test_setup_teardown(test_pieces, begin, end),
		cmocka_unit_test(test_phrases),
		cmocka_unit_test_prestate(test_phrases_slowly, &seed),
		cmocka_unit_test_setup_teardown(test_many_values, begin, end),
		cmocka_unit_test(test_median),
		cmocka_unit_test_setup_teardown(test_reasons, begin, end),
		cmocka_unit_test_setup_teardown(test_files, begin, end),
	};

	seed = test_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
