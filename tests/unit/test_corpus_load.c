/* Whole corpora: what is read, skipped and dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus/walk.h"
#include "corpus_folder.h"
#include "random_song.h"

static void test_pieces_and_skips(void **state)
{
	struct corpus *c;
	struct song *wide = tune_song(50, 20, 0);
	struct corpus_options two_parts = {.reading = {.grid = 24}, .parts_max = 2};

	(void)state;
	for (int k = 1; k < 3; k++) {
		song_add_part(wide, NULL, k, -1);
		song_add_note(wide, k, (struct note){0, 24, 40, 80, false});
	}
	write_tunes("reels", 1, 3);
	write_tunes("airs", 4, 2);
	tunes_write_text(folder, "airs/bad.mid", "this is no music");
	tunes_write_text(folder, "airs/empty.mid", "");
	tunes_write_text(folder, "airs/text.txt", "nor this");
	tunes_write_song(folder, "reels/wide.mid", wide);
	tunes_write(folder, "reels/zcopy.mid", 4, 60, 0); /* of airs/004 */
	tunes_write(folder, "reels/zhigh.mid", 4, 60, 1); /* another piece */
	c = load_with(&two_parts, NULL);
	assert_non_null(c);
	assert_int_equal(c->files, 10);
	assert_int_equal(c->n, 6);
	assert_int_equal(c->n_styles, 2);
	assert_string_equal(c->styles[0], "airs");
	assert_string_equal(c->styles[1], "reels");
	assert_string_equal(name_of(c->pieces[0].path), "airs/004.mid");
	assert_int_equal(c->pieces[0].piece->start.style, 0);
	assert_string_equal(name_of(c->pieces[2].path), "reels/001.mid");
	assert_int_equal(c->pieces[2].piece->start.style, 1);
	assert_int_equal(c->pieces[2].grid.notes, 60);
	assert_int_equal(c->pieces[2].grid.onsets_moved, 0);
	assert_int_equal(c->n_skips, 4);
	assert_string_equal(name_of(c->skips[0].path), "airs/bad.mid");
	assert_string_equal(name_of(c->skips[1].path), "airs/empty.mid");
	/* The reason does not say the path over again. */
	assert_null(strstr(c->skips[0].reason, folder));
	assert_string_equal(name_of(c->skips[2].path), "reels/wide.mid");
	assert_string_equal(c->skips[2].reason, "3 parts, more than 2");
	assert_string_equal(name_of(c->skips[3].path), "reels/zcopy.mid");
	assert_non_null(strstr(c->skips[3].reason, "the same notes as"));
	assert_non_null(strstr(c->skips[3].reason, "airs/004.mid"));
	assert_int_equal(c->duplicates, 1);
	corpus_free(c);
	two_parts.keep_duplicates = true;
	c = load_with(&two_parts, NULL);
	assert_int_equal(c->n, 7);
	assert_int_equal(c->duplicates, 0);
	corpus_free(c);
	corpus_free(NULL);
	song_free(wide);
}

static void test_nothing_usable(void **state)
{
	const char *missing[2] = {folder, "/nonexistent/music"};

	(void)state;
	assert_null(load_with(&plain, NULL));
	assert_non_null(strstr(error_message(), "no MIDI files"));
	tunes_write_text(folder, "bach/\x1b[31mbad.mid", "this is no music");
	tunes_write_text(folder, "bach/worse.mid", "nor this");
	assert_null(load_with(&plain, NULL));
	assert_non_null(strstr(error_message(), "none of 2 files"));
	assert_non_null(strstr(error_message(), "worse.mid: "));
	assert_null(strchr(error_message(), '\x1b'));
	assert_null(strchr(error_message(), '\n'));
	assert_null(corpus_load(NULL, 0, &plain, NULL));
	assert_null(corpus_load(missing, 2, &plain, NULL));
	assert_non_null(strstr(error_message(), "/nonexistent/music: No such file"));
}

struct progress {
	size_t calls, total;
	bool ordered;
};

static void count_progress(void *context, size_t done, size_t total)
{
	struct progress *p = context;

	p->ordered = p->ordered && done == ++p->calls;
	p->total = total;
}

static void check_same_corpus(const struct corpus *a, const struct corpus *b)
{
	assert_true(a->fingerprint == b->fingerprint);
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->n_skips, b->n_skips);
	assert_int_equal(a->rule, b->rule);
	for (size_t i = 0; i < a->n; i++) {
		assert_string_equal(a->pieces[i].path, b->pieces[i].path);
		assert_int_equal(a->pieces[i].split, b->pieces[i].split);
		assert_int_equal(a->pieces[i].train_events, b->pieces[i].train_events);
		assert_true(a->pieces[i].fingerprint == b->pieces[i].fingerprint);
	}
	for (size_t i = 0; i < a->n_skips; i++) {
		assert_string_equal(a->skips[i].path, b->skips[i].path);
		assert_string_equal(a->skips[i].reason, b->skips[i].reason);
	}
}

static void test_threads(void **state)
{
	struct progress progress = {.ordered = true};
	struct corpus_options options = plain;
	struct corpus *one, *other;

	(void)state;
	write_tunes("reels", 0, 90);
	write_tunes("again", 40, 10);
	for (int i = 0; i < 10; i++) {
		char name[32];

		snprintf(name, sizeof name, "reels/%03dbad.mid", i * 7);
		tunes_write_text(folder, name, i % 2 ? "MThd" : "RIFFxxxx");
	}
	options.progress = count_progress;
	options.progress_context = &progress;
	one = load_with(&options, NULL);
	assert_non_null(one);
	assert_int_equal(one->n, 90);
	assert_int_equal(one->n_skips, 20);
	for (int threads = 1; threads <= 5; threads += 2) {
		struct pool *pool = pool_new(threads);

		progress = (struct progress){.ordered = true};
		other = load_with(&options, pool);
		assert_non_null(other);
		check_same_corpus(one, other);
		assert_true(progress.ordered);
		assert_int_equal(progress.calls, 110);
		assert_int_equal(progress.total, 110);
		corpus_free(other);
		pool_free(pool);
	}
	corpus_free(one);
}

static void test_fingerprint(void **state)
{
	struct corpus *a, *b;
	char *from, *to;

	(void)state;
	write_tunes("one", 0, 5);
	a = load();
	b = load();
	assert_true(a->fingerprint == b->fingerprint);
	corpus_free(b);
	/* Another file name in the same order is the same corpus; another style is not. */
	from = file_join(folder, "one/004.mid");
	to = file_join(folder, "one/005.mid");
	assert_int_equal(rename(from, to), 0);
	b = load();
	assert_true(a->fingerprint == b->fingerprint);
	corpus_free(b);
	free(from);
	free(to);
	from = file_join(folder, "one");
	to = file_join(folder, "two");
	assert_int_equal(rename(from, to), 0);
	b = load();
	assert_true(a->fingerprint != b->fingerprint);
	corpus_free(a);
	corpus_free(b);
	free(from);
	free(to);
}

/* A pickup comes through a file, in whichever way it was written. */
static void test_pickup(void **state)
{
	struct song *s = song_new(24);
	struct smf_write_options as_bar = {.pickup_bar = true};
	struct corpus_options keep = plain;
	struct corpus *c;
	char *path;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	song_add_metre(s, 0, 3, 2);
	for (int i = 0; i < 31; i++)
		song_add_note(s, 0, (struct note){i * 24, 24, (uint8_t)(60 + i % 7), 80, false});
	s->pickup = 24;
	song_order(s);
	tunes_write_song(folder, "padded.mid", s);
	path = file_join(folder, "short.mid");
	assert_int_equal(smf_write(path, s, &as_bar), 0);
	keep.keep_duplicates = true;
	c = load_with(&keep, NULL);
	assert_int_equal(c->n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(c->pieces[i].piece->start.pickup, 24);
		assert_int_equal(c->pieces[i].piece->start.numerator, 3);
		assert_int_equal(c->pieces[i].piece->events[0].shift, 0);
	}
	assert_true(c->pieces[0].fingerprint == c->pieces[1].fingerprint);
	corpus_free(c);
	song_free(s);
	free(path);
}

/* An upbeat played a little early is still the upbeat it is. */
static void test_early_pickup(void **state)
{
	struct song *s = song_new(480);
	struct corpus *c;

	(void)state;
	song_add_part(s, NULL, 0, -1);
	song_add_note(s, 0, (struct note){1435, 480, 67, 80, false});
	for (int i = 0; i < 30; i++)
		song_add_note(s, 0, (struct note){1920 + i * 480, 480, (uint8_t)(60 + i % 7), 80, false});
	song_order(s);
	tunes_write_song(folder, "early.mid", s);
	c = load();
	assert_int_equal(c->pieces[0].piece->start.pickup, 24);
	assert_int_equal(c->pieces[0].piece->events[0].shift, 0);
	assert_int_equal(c->pieces[0].piece->events[1].shift, 24);
	corpus_free(c);
	song_free(s);
}

/* Real music, where it is at hand. */
static void test_shared(void **state)
{
	const char *shared = getenv("MUSEGEN_SHARED");
	char *path = file_join(shared ? shared : "../shared", "corpora/jsb-chorales"), *again;
	const char *paths[1] = {path};
	struct corpus *c;

	(void)state;
	if (!file_is_folder(path)) {
		print_message("skipped: no %s (MUSEGEN_SHARED says where it is)\n", path);
		free(path);
		skip();
	}
	c = corpus_load(paths, 1, &plain, NULL);
	assert_non_null(c);
	/* The standard split: 229, 76, 77 chorales of four parts, all of them usable and different. */
	assert_int_equal(c->rule, SPLIT_BY_FOLDER);
	assert_int_equal(count_split(c, SPLIT_TRAIN), 229);
	assert_int_equal(count_split(c, SPLIT_VALID), 76);
	assert_int_equal(count_split(c, SPLIT_TEST), 77);
	assert_int_equal(c->n_styles, 1);
	assert_string_equal(c->styles[0], "jsb-chorales");
	for (size_t i = 0; i < c->n; i++) {
		assert_int_equal(c->pieces[i].grid.onsets_moved, 0);
		assert_true(c->pieces[i].piece->start.parts == 15);
	}
	corpus_free(c);
	/* The train folder alone is split by hash. */
	again = file_join(path, "train");
	paths[0] = again;
	c = corpus_load(paths, 1, &plain, NULL);
	assert_non_null(c);
	assert_int_equal(c->n, 229);
	assert_int_equal(c->rule, SPLIT_BY_HASH);
	assert_string_equal(c->styles[0], "jsb-chorales");
	corpus_free(c);
	free(again);
	free(path);
}

/* Every file of two corpora comes back from its events as it stood on the grid. */
static void test_shared_round_trip(void **state)
{
	const char *shared = getenv("MUSEGEN_SHARED");
	char *bach = file_join(shared ? shared : "../shared", "corpora/bach-chorales");
	char *piano = file_join(shared ? shared : "../shared", "corpora/piano");
	const char *paths[2] = {bach, piano};
	struct walk walk;

	(void)state;
	if (!file_is_folder(bach) || !file_is_folder(piano)) {
		print_message("skipped: no %s or %s\n", bach, piano);
		free(bach);
		free(piano);
		skip();
	}
	assert_int_equal(walk_paths(&walk, paths, 2), 0);
	assert_int_equal(walk.n, 224 + 201);
	for (size_t i = 0; i < walk.n; i++) {
		struct songs songs;
		struct song *snapped, *back;
		struct piece *piece;

		assert_int_equal(smf_read(&songs, walk.files[i].path), 0);
		snapped = grid_snap(songs.songs[0], 24, NULL);
		assert_non_null(snapped);
		song_find_pickup(snapped);
		piece = piece_from_song(snapped);
		assert_non_null(piece);
		back = piece_to_song(piece);
		assert_non_null(back);
		check_same_music(snapped, back);
		song_free(snapped);
		song_free(back);
		piece_free(piece);
		songs_done(&songs);
	}
	walk_done(&walk);
	free(bach);
	free(piano);
}

int main(void)
{
#define LOAD_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		LOAD_TEST(test_pieces_and_skips), LOAD_TEST(test_nothing_usable),
		LOAD_TEST(test_threads),          LOAD_TEST(test_fingerprint),
		LOAD_TEST(test_pickup),           LOAD_TEST(test_early_pickup),
		cmocka_unit_test(test_shared),    cmocka_unit_test(test_shared_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
