/*
 * What a cache says is looked through before it is believed: events one by one,
 * and which pieces are twins of each other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "corpus_cache.h"

/* ---- events --------------------------------------------------------------- */

static struct event note(int shift, int part, int pitch, int duration)
{
	return (struct event){
		.shift = shift, .duration = duration, .part = (uint8_t)part, .pitch = (uint8_t)pitch, .velocity = 80};
}

/* Pack, and read again as a piece of two parts; the events must come back when it is taken. */
static bool taken(const struct event *events, size_t n)
{
	struct bytes b = {0};
	struct event again[16];
	bool ok;

	packed_events(&b, events, n);
	assert_false(b.failed);
	ok = packed_read(again, n, b.data, b.size, 2) == 0;
	for (size_t i = 0; ok && i < n; i++)
		assert_true(again[i].shift == events[i].shift && again[i].duration == events[i].duration &&
		            again[i].kind == events[i].kind && again[i].part == events[i].part &&
		            again[i].pitch == events[i].pitch && again[i].velocity == events[i].velocity &&
		            again[i].numerator == events[i].numerator && again[i].fermata == events[i].fermata);
	/* nor is it taken with a byte more, or less */
	bytes_byte(&b, 0);
	assert_true(packed_read(again, n, b.data, b.size, 2) < 0);
	assert_true(b.size < 2 || packed_read(again, n, b.data, b.size - 2, 2) < 0);
	free(b.data);
	return ok;
}

static void test_events_are_checked(void **state)
{
	const struct event metre = {.shift = 96, .kind = EVENT_METRE, .numerator = 255, .denominator_log2 = 7};
	const struct event good[] = {note(0, 0, 127, 200),
	                             note(0, 1, 0, 1),
	                             metre,
	                             note(0, 0, 60, 1),
	                             note(0, 0, 60, 2),
	                             note(0, 0, 59, 1),
	                             {.shift = 104, .kind = EVENT_END}};
	enum { N = sizeof good / sizeof *good };
	struct {
		size_t at;
		struct event event;
	} const bad[] = {
		{0, note(0, 0, 128, 200)},
		{0, note(0, 0, 127, 0)},
		{0, note(0, 0, 127, SONG_TICK_MAX)},
		{0, note(SONG_TICK_MAX, 0, 127, 1)},
		{1, note(0, 2, 0, 1)},
		{1, note(0, 0, 0, 1)}, /* part 1 has no note */
		{2, {.shift = 96, .kind = EVENT_METRE, .numerator = 0, .denominator_log2 = 2}},
		{2, {.shift = 96, .kind = EVENT_METRE, .numerator = 4, .denominator_log2 = 8}},
		{2, {.shift = 0, .kind = EVENT_METRE, .numerator = 4, .denominator_log2 = 2}},
		{3, metre},
		{3, {.shift = 0, .kind = EVENT_END}},
		{4, note(0, 0, 61, 2)},
		{5, note(0, 0, 60, 1)},
		{6, {.shift = 103, .kind = EVENT_END}}, /* before the first note ends */
		{6, note(1, 0, 60, 1)},
	};
	struct event events[N];
	struct event quiet = note(0, 0, 127, 200), loud = quiet;

	(void)state;
	assert_true(taken(good, N));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memcpy(events, good, sizeof good);
		events[bad[i].at] = bad[i].event;
		/* the second metre of one tick is not as long a shift after the first */
		if (bad[i].at == 3 && bad[i].event.kind == EVENT_METRE)
			events[3].shift = 0;
		if (taken(events, N))
			print_error("bad event %zu is taken\n", i);
		assert_false(taken(events, N));
	}
	quiet.velocity = 0;
	loud.velocity = 128;
	memcpy(events, good, sizeof good);
	events[0] = quiet;
	assert_false(taken(events, N));
	events[0] = loud;
	assert_false(taken(events, N));
}

/* ---- twins ---------------------------------------------------------------- */

enum { MANY = 1200 };

static void recall(size_t *group, const struct corpus *c)
{
	memset(group, 0xff, MANY * sizeof *group);
	assert_int_equal(twins_recall(group, c), 0);
}

/* Every piece alone: wrong, but groups. That they come back says that the file is read. */
static void write_believable(const struct corpus *c, const unsigned char *data, size_t size, const size_t *group)
{
	struct bytes b = {0};

	assert_true(group[0] == group[1]);
	bytes_put(&b, data, 20);
	for (size_t i = 0; i < c->n; i++)
		words_put(&b, i, 4);
	words_put(&b, words_check(b.data, b.size), 8);
	assert_int_equal(b.size, size);
	write_file(c->twins_path, b.data, b.size);
	free(b.data);
}

static void test_twins_are_remembered(void **state)
{
	struct corpus c = {.n = MANY};
	size_t *group = calloc(MANY, sizeof *group), *again = calloc(MANY, sizeof *again);
	unsigned char *data;
	size_t size, apart = 0;

	(void)state;
	c.pieces = calloc(MANY, sizeof *c.pieces);
	assert_true(group && again && c.pieces);
	c.twins_path = file_join(caches, "x" TWINS_SUFFIX);
	for (size_t i = 0; i < MANY; i++) {
		struct corpus_piece *p = &c.pieces[i];

		p->piece = tune_piece(i / 2, i % 2 ? 30 : 31, 0);
		p->fingerprint = notes_fingerprint(p->piece);
		p->hash = notes_hash_piece(0, p->piece);
	}
	recall(group, &c);
	for (size_t i = 0; i < MANY; i += 2)
		apart += group[i] != group[i + 1];
	assert_true(apart < 10);
	data = read_cache(c.twins_path, &size);
	/* groups that are none are not believed, though the check be right */
	for (size_t i = 0; i < 3; i++) {
		const uint32_t wrong[] = {MANY, UINT32_MAX, (uint32_t)(group[0] == 0 ? 1 : 0)};
		struct bytes b = {0};

		bytes_put(&b, data, size - 8);
		memcpy(b.data + 20 + 4 * group[0], &wrong[i], 4);
		words_put(&b, words_check(b.data, b.size), 8);
		write_file(c.twins_path, b.data, b.size);
		recall(again, &c);
		assert_memory_equal(group, again, MANY * sizeof *group);
		free(b.data);
	}
	for (size_t bit = 0; bit < 8 * size; bit += 97) {
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		write_file(c.twins_path, data, bit % 2 ? size : size - bit % size);
		data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (bit > 97 * 40)
			break;
		recall(again, &c);
		assert_memory_equal(group, again, MANY * sizeof *group);
	}
	write_believable(&c, data, size, group);
	recall(again, &c);
	assert_int_equal(again[group[0]], group[0]);
	assert_true(again[1] == 1 && again[0] == 0);
	/* but not of other pieces */
	c.pieces[5].hash++;
	recall(again, &c);
	assert_memory_equal(group, again, MANY * sizeof *group);
	for (size_t i = 0; i < MANY; i++)
		piece_free(c.pieces[i].piece);
	free(c.pieces);
	free(c.twins_path);
	free(data);
	free(group);
	free(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_events_are_checked, make_folders, remove_folders),
		cmocka_unit_test_setup_teardown(test_twins_are_remembered, make_folders, remove_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
