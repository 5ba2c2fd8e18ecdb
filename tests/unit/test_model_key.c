/*
 * Keys: a model that knows major and minor tunes is asked for each of the 24
 * keys, within ranges, with scales; and the guard, against a model that has
 * learned one bar and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model_check.h"
#include "model_toy.h"
#include "num/blas.h"

/* A tune of sixteen bars in C major or A minor that ends on its tonic. */
static struct piece *tune(struct random *r, enum mode mode)
{
	static const int major[] = {60, 62, 64, 65, 67, 69, 71, 72}, minor[] = {57, 59, 60, 62, 64, 65, 68, 69};
	const int *scale = mode == MODE_MAJOR ? major : minor;
	struct piece *p = piece_new(GRID);
	int at = 0;

	assert_non_null(p);
	p->start.parts = 1;
	p->start.mode = mode;
	p->start.tonic = (uint8_t)(1 + scale[0] % 12);
	for (int bar = 0; bar < 16; bar++)
		for (int quarter = 0; quarter < 4; quarter++) {
			static const int chords[4][3] = {{0, 2, 4}, {3, 5, 7}, {4, 6, 1}, {0, 4, 2}};

			at = quarter == 0 ? chords[bar % 4][0] : chords[bar % 4][music_below(r, 3)];
			music_add(p, music_note(bar + quarter ? 24 : 0, 0, scale[at], 24));
		}
	music_add(p, music_note(24, 0, scale[0], WHOLE));
	music_add(p, music_end(WHOLE));
	return p;
}

static struct model *trained(void)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);
	struct random r = random_stream(1, 0, 0, 0);
	struct train_config tc = toy_config(200);
	struct model *m;

	for (int i = 0; i < 16; i++)
		music_corpus_add(c, tune(&r, i % 2 ? MODE_MAJOR : MODE_MINOR), i % 8 < 2 ? SPLIT_VALID : SPLIT_TRAIN);
	tc.transpose = 0;
	tc.chunk = 32;
	m = toy_train(c, &tc, 1);
	corpus_free(c);
	return m;
}

static struct piece *compose(const struct model *m, const struct compose_options *o)
{
	struct piece *p = compose_piece(m, o);

	if (!p)
		fail_msg("%s", error_message());
	return p;
}

static bool in_key(const struct piece *p, struct key asked)
{
	struct song *song = piece_to_song(p);
	struct key found;

	assert_non_null(song);
	found = key_find(song);
	song_free(song);
	return found.tonic == asked.tonic && (asked.mode == MODE_UNKNOWN || found.mode == asked.mode);
}

static int model_setup(void **state)
{
	blas_init();
	*state = trained();
	return 0;
}

static int model_teardown(void **state)
{
	model_free(*state);
	return 0;
}

static void test_keys(void **state)
{
	const struct model *m = *state;
	struct compose_options o;
	int met = 0, asked = 0;

	compose_defaults(&o);
	o.bars = 16;
	for (int mode = MODE_UNKNOWN; mode < MODES; mode++)
		for (int tonic = 0; tonic < 12; tonic++)
			for (uint64_t seed = 0; seed < 3; seed++) {
				struct check k;
				struct piece *p;

				o.key = (struct key){tonic, (enum mode)mode};
				o.seed = seed + (uint64_t)tonic * 10;
				p = compose(m, &o);
				check_piece(&k, m, &o, p);
				assert_int_equal(k.position.bar, 16);
				assert_int_equal(p->key.tonic, tonic);
				met += in_key(p, o.key);
				asked++;
				piece_free(p);
			}
	print_message("%d of %d keys met\n", met, asked);
	assert_true(met >= asked * 95 / 100);
}

/* A tenor's octave, and a key that the tunes are not in. */
static void test_keys_in_range(void **state)
{
	const struct model *m = *state;
	struct compose_options o;
	int met = 0, asked = 0;

	compose_defaults(&o);
	o.bars = 16;
	o.low = 48;
	o.high = 64;
	for (int tonic = 0; tonic < 12; tonic++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct check k;
			struct piece *p;

			o.key = (struct key){tonic, MODE_MAJOR};
			o.seed = seed;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			met += in_key(p, o.key);
			asked++;
			piece_free(p);
		}
	print_message("%d of %d keys met within 17 semitones\n", met, asked);
	assert_true(met >= asked * 95 / 100);
}

/* Chords by noise, in a range of few pitches, in a key: nothing twice, in order, in range. */
static void test_keys_in_no_room(void **state)
{
	struct corpus *c = music_corpus(9, MUSIC_CHORDS, 8, 10, false, SPLIT_BY_HASH);
	struct model *m = toy_random(c, &small_config, 0.3, 6);
	struct compose_options o;

	(void)state;
	compose_defaults(&o);
	o.bars = 8;
	for (int width = 1; width < 14; width += 3)
		for (uint64_t seed = 0; seed < 24; seed++) {
			static const int lows[] = {55, 0, 128};
			struct check k;
			struct piece *p;

			o.low = lows[seed % 3] == 128 ? 128 - width : lows[seed % 3];
			o.high = o.low + width - 1;
			o.key = (struct key){(int)(seed * 5 % 12), MODE_UNKNOWN};
			o.seed = seed;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			piece_free(p);
		}
	model_free(m);
	corpus_free(c);
}

/* A scale says its own tones; the key is then what it is. */
static void test_scale_and_key(void **state)
{
	const struct model *m = *state;
	struct compose_options o;
	struct check k;
	struct piece *p;

	compose_defaults(&o);
	o.bars = 8;
	o.scale = scale_parse("D dorian");
	o.key = (struct key){2, MODE_MINOR};
	p = compose(m, &o);
	check_piece(&k, m, &o, p);
	piece_free(p);
}

/* Asked for a mode, the model is told it, and begins as such pieces do. */
static void test_modes(void **state)
{
	const struct model *m = *state;
	struct compose_options o;

	compose_defaults(&o);
	o.bars = 4;
	for (uint64_t seed = 0; seed < 8; seed++) {
		struct composer *c;

		o.seed = seed;
		o.key = (struct key){4, seed % 2 ? MODE_MAJOR : MODE_MINOR};
		c = composer_new(m, &o);
		assert_non_null(c);
		assert_int_equal(composer_start(c)->mode, o.key.mode);
		composer_free(c);
	}
}

/* Without end, piece after piece in the key. */
static void test_endless_key(void **state)
{
	const struct model *m = *state;
	struct compose_options o;
	struct composer *c;
	struct check k;

	compose_defaults(&o);
	o.endless = true;
	o.bars = 8;
	o.key = (struct key){1, MODE_MAJOR};
	c = composer_new(m, &o);
	assert_non_null(c);
	check_begin(&k, m, &o, composer_start(c));
	for (int i = 0; i < 3000; i++) {
		struct event e;

		assert_int_equal(composer_next(c, &e), 1);
		check_event(&k, &e, composer_start(c));
	}
	assert_true(k.position.bar > 50);
	composer_free(c);
}

/* The relation of two keys: 0 none, 1 and 2 the fifths, 3 relative, 4 parallel. */
static int relation(struct key from, struct key to)
{
	int up = (to.tonic - from.tonic + 12) % 12;

	if (from.mode == to.mode)
		return up == 7 ? 1 : up == 5 ? 2 : 0;
	return up == (from.mode == MODE_MAJOR ? 9 : 3) ? 3 : up == 0 ? 4 : 0;
}

/* Without end, every piece is in a key related to the last one's; `pieces` of them, of eight bars and one of rest. */
static void check_related(const struct model *m, int low, int high, uint64_t seed, int pieces, int relations[5])
{
	struct compose_options o;
	struct composer *c;
	struct check k;
	struct key_count count;
	struct key before = {-1, MODE_UNKNOWN};
	int piece = 0;

	compose_defaults(&o);
	o.endless = true;
	o.bars = 8;
	o.seed = seed;
	o.low = low;
	o.high = high;
	c = composer_new(m, &o);
	assert_non_null(c);
	check_begin(&k, m, &o, composer_start(c));
	key_count_start(&count);
	while (piece < pieces) {
		struct event e;

		assert_int_equal(composer_next(c, &e), 1);
		check_event(&k, &e, composer_start(c));
		assert_int_equal(e.kind, EVENT_NOTE);
		assert_true(k.position.bar % 9 < 8);
		if (k.position.bar / 9 > piece) {
			struct key key = key_count_find(&count);

			if (piece++ > 0)
				relations[relation(before, key)]++;
			before = key;
			key_count_start(&count);
		}
		key_count_note(&count, k.position.now, e.pitch, e.duration);
	}
	composer_free(c);
}

static void test_related_keys(void **state)
{
	const struct model *m = *state;
	int relations[5] = {0}, ranged[5] = {0};

	for (uint64_t seed = 0; seed < 4; seed++) {
		check_related(m, 0, 127, seed, 40, relations);
		check_related(m, 55, 79, seed, 20, ranged);
	}
	print_message("none %d, fifths %d and %d, relative %d, parallel %d; within two octaves none %d of %d\n",
	              relations[0], relations[1], relations[2], relations[3], relations[4], ranged[0], 4 * 19);
	assert_int_equal(relations[0], 0);
	for (int i = 1; i <= 4; i++)
		assert_true(relations[i] > 5);
	/* the range comes first */
	assert_true(ranged[0] < 4 * 19 / 3);
}

/* Who asks for a scale has it: no piece is moved out of it. */
static void test_endless_scale(void **state)
{
	const struct model *m = *state;
	struct compose_options o;
	struct composer *c;
	struct check k;

	compose_defaults(&o);
	o.endless = true;
	o.bars = 4;
	o.scale = scale_parse("D dorian");
	c = composer_new(m, &o);
	assert_non_null(c);
	check_begin(&k, m, &o, composer_start(c));
	for (int i = 0; i < 1000; i++) {
		struct event e;

		assert_int_equal(composer_next(c, &e), 1);
		check_event(&k, &e, composer_start(c));
	}
	composer_free(c);
}

/* ---- the guard ---------------------------------------------------------------------- */

/* The longest run of one group of `period` bars, in times. Bars are compared by what begins in them. */
static int longest_run(const struct piece *p, int period)
{
	enum { BARS = 96, TICKS = WHOLE };
	static int bars[BARS][TICKS];
	int now = 0, last = 0, longest = 1;

	memset(bars, 0, sizeof bars);
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		now += e->shift;
		if (e->kind != EVENT_NOTE || now >= BARS * TICKS)
			continue;
		last = now / TICKS;
		bars[last][now % TICKS] = bars[last][now % TICKS] * 131 + e->pitch * 1000 + e->duration;
	}
	for (int from = 0; from + period <= last; from++) {
		int run = 1;

		while ((from + (run + 1) * period <= last + 1) &&
		       memcmp(bars[from], bars[from + run * period], sizeof bars[0] * (size_t)period) == 0)
			run++;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* One bar, or `period` of them, again and again. */
static struct model *stuck(int period)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_TAIL);
	struct train_config tc = toy_config(250);
	struct model *m;

	for (int i = 0; i < 3; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start.parts = 1;
		for (int note = 0; note < 256; note++)
			music_add(p, music_note(note ? 24 : 0, 0, 60 + 2 * (note % 4) + 5 * (note / 4 % period), 24));
		music_add(p, music_end(24));
		music_corpus_add(c, p, SPLIT_TRAIN);
	}
	tc.transpose = 0;
	tc.chunk = 32;
	m = toy_train(c, &tc, 1);
	corpus_free(c);
	return m;
}

static void check_guard(int period)
{
	struct model *m = stuck(period);
	struct compose_options o;
	int worst = 0;

	compose_defaults(&o);
	o.bars = 64;
	for (int greedy = 0; greedy < 2; greedy++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct piece *p;
			struct check k;

			o.seed = seed;
			o.temperature = greedy ? 1 : 0.05;
			o.top_k = greedy ? 1 : 0;
			o.guard = false;
			p = compose(m, &o);
			worst = longest_run(p, period) > worst ? longest_run(p, period) : worst;
			piece_free(p);
			o.guard = true;
			p = compose(m, &o);
			check_piece(&k, m, &o, p);
			/* Three times, and the fourth is another. */
			for (int group = 1; group <= 8; group *= 2)
				if (longest_run(p, group) > 4)
					fail_msg("%d bars came %d times running", group, longest_run(p, group));
			piece_free(p);
		}
	print_message("without the guard %d times running\n", worst);
	assert_true(worst * period > 20);
	model_free(m);
}

static void test_guard(void **state)
{
	(void)state;
	check_guard(1);
	check_guard(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_in_range),
		cmocka_unit_test(test_keys_in_no_room),
		cmocka_unit_test(test_scale_and_key),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_endless_key),
		cmocka_unit_test(test_related_keys),
		cmocka_unit_test(test_endless_scale),
		cmocka_unit_test(test_guard),
	};

	return cmocka_run_group_tests(tests, model_setup, model_teardown);
}
