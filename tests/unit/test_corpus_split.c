/* The split itself, on pieces made up for it: shares, twins, and when the tails are held out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus/notes.h"
#include "corpus/split.h"
#include "corpus/walk.h"
#include "tunes.h"

#define MOST 2000

/* A corpus of pieces by hand, and what folders say of them. */
struct made {
	struct corpus corpus;
	struct corpus_piece pieces[MOST];
	int stated[MOST];
};

static struct made made;

static int reset(void **state)
{
	(void)state;
	memset(&made, 0, sizeof made);
	made.corpus.pieces = made.pieces;
	return 0;
}

static int clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < made.corpus.n; i++)
		piece_free(made.pieces[i].piece);
	return 0;
}

static void add_piece(uint64_t number, int notes, int transposed, int stated)
{
	struct corpus_piece *p = &made.pieces[made.corpus.n];

	p->piece = tune_piece(number, notes, transposed);
	p->notes = notes_count(p->piece);
	p->fingerprint = notes_fingerprint(p->piece);
	made.stated[made.corpus.n++] = stated;
}

static bool chosen(const struct corpus_piece *p)
{
	return random_mix(p->fingerprint) % 10 == 0;
}

/* The next tune, from *number on, that the hash holds out (or does not). */
static void add_chosen(uint64_t *number, int notes, bool valid)
{
	for (;;) {
		add_piece((*number)++, notes, 0, SPLIT_UNSTATED);
		if (chosen(&made.pieces[made.corpus.n - 1]) == valid)
			return;
		piece_free(made.pieces[--made.corpus.n].piece);
	}
}

static size_t count(enum split split)
{
	size_t n = 0;

	for (size_t i = 0; i < made.corpus.n; i++)
		n += made.pieces[i].split == split;
	return n;
}

static void test_one_in_ten(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < MOST; i++)
		add_piece(i, 20, 0, SPLIT_UNSTATED);
	assert_int_equal(split_pieces(&made.corpus, made.stated), 0);
	assert_int_equal(made.corpus.rule, SPLIT_BY_HASH);
	assert_in_range(count(SPLIT_VALID), 140, 260);
	assert_int_equal(count(SPLIT_VALID) + count(SPLIT_TRAIN), MOST);
	assert_int_equal(made.corpus.twins_moved, 0);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(made.pieces[i].split == SPLIT_VALID, chosen(&made.pieces[i]));
		assert_int_equal(made.pieces[i].train_events, 21);
	}
	assert_int_equal(made.corpus.events[SPLIT_VALID], 21 * count(SPLIT_VALID));
	assert_int_equal(made.corpus.events[SPLIT_TRAIN], 21 * count(SPLIT_TRAIN));
}

/* Three held-out pieces are enough, if they are a twentieth of the notes and not more than the rest. */
static void test_enough(void **state)
{
	static const struct {
		int valid, valid_notes, train, train_notes;
		enum split_rule rule;
	} cases[] = {
		{3, 100, 20, 100, SPLIT_BY_HASH}, {2, 100, 15, 100, SPLIT_BY_TAIL}, {3, 20, 20, 100, SPLIT_BY_TAIL},
		{3, 36, 20, 100, SPLIT_BY_HASH},  {4, 100, 3, 100, SPLIT_BY_TAIL},  {3, 100, 3, 100, SPLIT_BY_HASH},
		{3, 100, 0, 0, SPLIT_BY_TAIL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t number = 0;

		reset(state);
		for (int k = 0; k < cases[i].valid; k++)
			add_chosen(&number, cases[i].valid_notes, true);
		for (int k = 0; k < cases[i].train; k++)
			add_chosen(&number, cases[i].train_notes, false);
		assert_int_equal(split_pieces(&made.corpus, made.stated), 0);
		assert_int_equal(made.corpus.rule, cases[i].rule);
		if (cases[i].rule == SPLIT_BY_HASH)
			assert_int_equal(count(SPLIT_VALID), cases[i].valid);
		else
			assert_int_equal(count(SPLIT_TRAIN), made.corpus.n);
		clear(state);
	}
	reset(state);
}

/* Twins of other durations: other fingerprints, one side. */
static void test_twins_move(void **state)
{
	size_t moved = 0;

	(void)state;
	for (uint64_t i = 0; i < 400; i++) {
		struct corpus_piece *p;

		add_piece(i, 40, 0, SPLIT_UNSTATED);
		add_piece(i, 40, 0, SPLIT_UNSTATED);
		p = &made.pieces[made.corpus.n - 1];
		p->piece->events[20].duration += 3;
		p->fingerprint = notes_fingerprint(p->piece);
	}
	assert_int_equal(split_pieces(&made.corpus, made.stated), 0);
	for (size_t i = 0; i < 800; i += 2) {
		const struct corpus_piece *a = &made.pieces[i], *b = a + 1;
		bool first = a->fingerprint < b->fingerprint;

		assert_int_equal(a->split, b->split);
		assert_int_equal(a->split == SPLIT_VALID, chosen(first ? a : b));
		moved += chosen(a) != chosen(b);
	}
	assert_true(moved > 10);
	assert_int_equal(made.corpus.twins_moved, moved);
}

/* A crowd of twins that is more than a tenth of everything is for training, whatever its hash. */
static void test_crowd_of_twins(void **state)
{
	uint64_t number = 1000;
	uint64_t smallest = UINT64_MAX;
	int tries = 0;

	do { /* until the hash of the whole crowd says valid */
		clear(state);
		reset(state);
		smallest = UINT64_MAX;
		for (int i = 0; i < 30; i++) {
			struct corpus_piece *p = &made.pieces[i];

			add_piece((uint64_t)tries, 40, 0, SPLIT_UNSTATED);
			p->piece->events[20].duration += i;
			p->fingerprint = notes_fingerprint(p->piece);
			smallest = p->fingerprint < smallest ? p->fingerprint : smallest;
		}
	} while (random_mix(smallest) % 10 != 0 && ++tries);
	for (int i = 0; i < 20; i++)
		add_chosen(&number, 60, true);
	for (int i = 0; i < 80; i++)
		add_chosen(&number, 60, false);
	assert_int_equal(split_pieces(&made.corpus, made.stated), 0);
	assert_int_equal(made.corpus.rule, SPLIT_BY_HASH);
	for (int i = 0; i < 30; i++)
		assert_int_equal(made.pieces[i].split, SPLIT_TRAIN);
	assert_int_equal(count(SPLIT_VALID), 20);
}

static void test_rule_names(void **state)
{
	(void)state;
	assert_non_null(strstr(split_rule_name(SPLIT_BY_FOLDER), "folders"));
	assert_non_null(strstr(split_rule_name(SPLIT_BY_HASH), "hash"));
	assert_non_null(strstr(split_rule_name(SPLIT_BY_TAIL), "eighth"));
}

int main(void)
{
#define SPLIT_TEST_CASE(f) cmocka_unit_test_setup_teardown(f, reset, clear)
	const struct CMUnitTest tests[] = {
		SPLIT_TEST_CASE(test_one_in_ten), SPLIT_TEST_CASE(test_enough),
		SPLIT_TEST_CASE(test_twins_move), SPLIT_TEST_CASE(test_crowd_of_twins),
		SPLIT_TEST_CASE(test_rule_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
