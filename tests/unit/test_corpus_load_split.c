/* Whole corpora: on which side of the split each piece goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus_folder.h"

static void test_folders(void **state)
{
	struct corpus *c;

	(void)state;
	write_tunes("jsb/train", 0, 20);
	write_tunes("jsb/valid", 100, 2);
	write_tunes("jsb/test", 200, 4);
	tunes_write(folder, "jsb/train/twin.mid", 100, 60, 2); /* stays, and is counted */
	tunes_write(folder, "jsb/train/copy.mid", 201, 60, 0); /* the one for training is dropped */
	tunes_write(folder, "loose/twin.mid", 200, 60, -1);    /* goes where its twin is */
	tunes_write(folder, "loose/other.mid", 5, 60, 3);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_FOLDER);
	assert_int_equal(c->n_styles, 2);
	assert_int_equal(find(c, "jsb/train/twin.mid")->split, SPLIT_TRAIN);
	assert_null(find(c, "jsb/train/copy.mid"));
	assert_int_equal(find(c, "jsb/test/201.mid")->split, SPLIT_TEST);
	assert_int_equal(find(c, "loose/twin.mid")->split, SPLIT_TEST);
	assert_int_equal(find(c, "loose/other.mid")->split, SPLIT_TRAIN);
	assert_int_equal(c->twins_across, 1);
	assert_int_equal(count_split(c, SPLIT_VALID), 2);
	assert_int_equal(count_split(c, SPLIT_TEST), 5);
	assert_int_equal(c->events[SPLIT_VALID], 2 * 61);
	assert_int_equal(c->events[SPLIT_TEST], 5 * 61);
	assert_int_equal(c->events[SPLIT_TRAIN], 22 * 61);
	corpus_free(c);
}

/* Without a valid folder the test folder is not tuned on: a part of train is held out. */
static void test_no_valid_folder(void **state)
{
	struct corpus *c;

	(void)state;
	write_tunes("train", 0, 100);
	write_tunes("test", 200, 5);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_FOLDER);
	assert_int_equal(count_split(c, SPLIT_TEST), 5);
	assert_in_range(count_split(c, SPLIT_VALID), 3, 25);
	corpus_free(c);
}

static void test_no_valid_folder_and_few(void **state)
{
	struct corpus *c;

	(void)state;
	write_tunes("train", 0, 6);
	write_tunes("test", 200, 2);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_TAIL);
	assert_int_equal(count_split(c, SPLIT_TEST), 2);
	assert_int_equal(find(c, "test/200.mid")->train_events, 61);
	assert_int_equal(find(c, "train/000.mid")->train_events, 61 - 8);
	assert_int_equal(c->events[SPLIT_VALID], 6 * 8);
	corpus_free(c);
}

/* A test folder alone, or a train folder alone, is a folder like any other. */
static void test_lone_folders(void **state)
{
	struct corpus *c;

	(void)state;
	write_tunes("bach/train", 0, 120);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_HASH);
	assert_string_equal(c->styles[0], "bach");
	corpus_free(c);
	tunes_write(folder, "folk/test/1.mid", 500, 60, 0);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_FOLDER);
	corpus_free(c);
}

static void test_hash(void **state)
{
	struct corpus *before, *after;

	(void)state;
	write_tunes("tunes", 0, 120);
	for (int i = 0; i < 60; i++) {
		char name[32];

		snprintf(name, sizeof name, "moved/%03d.mid", i);
		tunes_write(folder, name, (uint64_t)i, 60, 4);
	}
	before = load();
	assert_int_equal(before->rule, SPLIT_BY_HASH);
	assert_int_equal(before->twins_across, 0);
	assert_in_range(count_split(before, SPLIT_VALID), 6, 40);
	assert_int_equal(count_split(before, SPLIT_TEST), 0);
	/* Twins are on one side. */
	for (int i = 0; i < 60; i++) {
		char a[32], b[32];

		snprintf(a, sizeof a, "tunes/%03d.mid", i);
		snprintf(b, sizeof b, "moved/%03d.mid", i);
		assert_int_equal(find(before, a)->split, find(before, b)->split);
	}
	/* More files, before and after in the order: no other piece moves. */
	write_tunes("more", 300, 40);
	write_tunes("tunes", 400, 40);
	after = load();
	for (size_t i = 0; i < before->n; i++)
		assert_int_equal(before->pieces[i].split, find(after, name_of(before->pieces[i].path))->split);
	assert_true(before->fingerprint != after->fingerprint);
	corpus_free(before);
	corpus_free(after);
}

static void test_tail(void **state)
{
	struct corpus *c;

	(void)state;
	write_tunes("six", 0, 5);
	tunes_write(folder, "six/short.mid", 99, 1, 0);
	c = load();
	assert_int_equal(c->rule, SPLIT_BY_TAIL);
	assert_int_equal(count_split(c, SPLIT_TRAIN), 6);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(c->pieces[i].piece->n, 61);
		assert_int_equal(c->pieces[i].train_events, 53);
	}
	/* A note and its END: one for each side. */
	assert_int_equal(c->pieces[5].piece->n, 2);
	assert_int_equal(c->pieces[5].train_events, 1);
	assert_int_equal(c->events[SPLIT_TRAIN], 5 * 53 + 1);
	assert_int_equal(c->events[SPLIT_VALID], 5 * 8 + 1);
	assert_int_equal(c->events[SPLIT_TEST], 0);
	corpus_free(c);
}

int main(void)
{
#define LOAD_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		LOAD_TEST(test_folders),
		LOAD_TEST(test_no_valid_folder),
		LOAD_TEST(test_no_valid_folder_and_few),
		LOAD_TEST(test_lone_folders),
		LOAD_TEST(test_hash),
		LOAD_TEST(test_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
