/*
 * A model's own temperatures and top-p: what of a model's own music at a known
 * setting is chosen, when nothing is, and what settings do in a piece.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "base/pool.h"
#include "corpus/notes.h"
#include "corpus/reread.h"
#include "midi/smf.h"
#include "model/choose.h"
#include "model/compose.h"
#include "model_toy.h"
#include "num/blas.h"

#define PIECES 48

static const struct sampling as_learned = {1, 1, 1, 1};
static const struct reading reading = {.grid = GRID};

/* Trained for a second, on pieces long enough to be judged. */
static struct model *toy(unsigned kinds)
{
	struct corpus *c = music_corpus(3, kinds, 24, 30, false, SPLIT_BY_HASH);
	const struct train_config config = toy_config(120);
	struct model *m = toy_train(c, &config, 17);

	m->name = mem_string("toy");
	assert_non_null(m->name);
	corpus_free(c);
	return m;
}

static struct piece *compose_at(const struct model *m, struct sampling sampling, uint64_t seed)
{
	struct model view = *m;
	struct compose_options o;
	struct piece *piece;

	view.sampling = sampling;
	compose_defaults(&o);
	o.seed = seed;
	o.open_end = true; /* as pieces to choose by are made */
	piece = compose_piece(&view, &o);
	assert_non_null(piece);
	return piece;
}

/* "Real" music: the model's own at this setting, of seeds that are nobody else's; every piece held out. */
static struct corpus *music_at(const struct model *m, struct sampling sampling, size_t n, enum split_rule rule)
{
	struct corpus *c = music_corpus_new(rule);

	for (uint64_t seed = 100000; c->n < n; seed++) {
		struct piece *piece = compose_at(m, sampling, seed);

		if (notes_count(piece) > 0)
			music_corpus_add(c, piece_reread(piece, &reading),
			                 rule == SPLIT_BY_TAIL ? SPLIT_TRAIN : SPLIT_VALID);
		piece_free(piece);
	}
	return c;
}

static struct choice choose_for(const struct model *m, const struct corpus *c, int pieces, struct pool *pool)
{
	const struct choose_options options = {.pieces = pieces};
	struct choice choice;

	if (choose_sampling(&choice, m, c, &options, pool) < 0)
		fail_msg("%s", error_message());
	return choice;
}

static void check_as_learned(const struct choice *choice)
{
	assert_memory_equal(&choice->sampling, &as_learned, sizeof as_learned);
}

/* ---- what is chosen --------------------------------------------------------- */

static struct choice choose_by_music_at(const struct model *m, struct sampling sampling, enum split_rule rule)
{
	struct corpus *c = music_at(m, sampling, PIECES, rule);
	struct choice choice = choose_for(m, c, PIECES, NULL);

	assert_true(choice.held_out == PIECES && choice.pieces == PIECES && choice.made == PIECES);
	assert_int_equal(choice.everything, rule == SPLIT_BY_TAIL);
	corpus_free(c);
	return choice;
}

/* To music that was drawn at 0.5 the logits are too flat, of pitches or of durations. */
static void test_flat(void **state)
{
	struct model *m = toy(MUSIC_FOUR);
	struct choice choice = choose_by_music_at(m, (struct sampling){0.5, 1, 1, 1}, SPLIT_BY_HASH);

	(void)state;
	assert_true(choice.sampling.pitch_temperature < 0.95);
	assert_true(choice.sampling.duration_temperature > 0.95 && choice.sampling.duration_top_p > 0.97);
	choice = choose_by_music_at(m, (struct sampling){1, 0.5, 1, 1}, SPLIT_BY_TAIL);
	assert_true(choice.sampling.duration_temperature < 0.95);
	assert_true(choice.sampling.pitch_temperature > 0.95 && choice.sampling.pitch_top_p > 0.97);
	model_free(m);
}

/* To its own music as learned there is nothing to change. */
static void test_right(void **state)
{
	struct model *m = toy(MUSIC_FOUR);
	struct choice choice;

	(void)state;
	/* what it had before does not count, and stays */
	m->sampling = (struct sampling){0.5, 0.5, 0.5, 0.5};
	choice = choose_by_music_at(m, as_learned, SPLIT_BY_HASH);
	check_as_learned(&choice);
	assert_true(m->sampling.pitch_temperature < 0.6);
	model_free(m);
}

static int differences(const struct sampling *a, const struct sampling *b)
{
	return (fabs(a->pitch_temperature - b->pitch_temperature) > 0) +
	       (fabs(a->duration_temperature - b->duration_temperature) > 0) +
	       (fabs(a->pitch_top_p - b->pitch_top_p) > 0) + (fabs(a->duration_top_p - b->duration_top_p) > 0);
}

/* From all at 1 on, two values of each coordinate beside the best before; figures are of the draws. */
static void test_grid(void **state)
{
	struct model *m = toy(MUSIC_FOUR);
	struct corpus *c = music_at(m, (struct sampling){0.6, 1, 1, 1}, 20, SPLIT_BY_HASH);
	struct choice choice = choose_for(m, c, 12, NULL), twice;

	(void)state;
	assert_true(choice.pieces == 12 && choice.made == 12);
	assert_int_equal(choice.held_out, 20);
	assert_int_equal(choice.n_tries, CHOOSE_TRIES);
	assert_memory_equal(&choice.tries[0].sampling, &as_learned, sizeof as_learned);
	for (size_t i = 1; i < CHOOSE_TRIES; i += 2) {
		const struct choose_try *a = &choice.tries[i], *b = &choice.tries[i + 1];
		bool beside = false;

		assert_int_equal(differences(&a->sampling, &b->sampling), 1);
		for (size_t j = 0; j < i; j++)
			beside = beside || (differences(&choice.tries[j].sampling, &a->sampling) == 1 &&
			                    differences(&choice.tries[j].sampling, &b->sampling) == 1);
		assert_true(beside);
	}
	for (size_t i = 0; i < CHOOSE_TRIES; i++) {
		const struct choose_try *t = &choice.tries[i];
		double sum = 0;

		for (size_t d = 0; d < COMPARE_DRAWS; d++) {
			assert_true(t->draws[d] > 0 && t->draws[d] <= 1);
			sum += t->draws[d];
		}
		assert_true(fabs(sum / COMPARE_DRAWS - t->nearness) < 1e-12);
		assert_true(fabs(t->nearness - choice.tries[0].nearness - t->gain) < 1e-12);
		assert_true(i == 0 ? t->error <= 0 : t->error > 0);
	}
	/* where there are fewer real pieces, some batches of as many */
	for (size_t i = 0; i < 8; i++)
		c->pieces[i].split = SPLIT_TRAIN;
	choice = choose_for(m, c, 12, NULL);
	twice = choose_for(m, c, 20, NULL);
	assert_true(choice.pieces == 12 && choice.made == 12 && twice.pieces == 12 && twice.made == 24);
	assert_true(twice.tries[1].error < choice.tries[1].error);
	corpus_free(c);
	model_free(m);
}

static void test_threads(void **state)
{
	struct model *m = toy(MUSIC_FOUR);
	struct corpus *c = music_at(m, (struct sampling){0.6, 0.6, 1, 1}, 16, SPLIT_BY_HASH);
	struct choice alone = choose_for(m, c, 16, NULL);

	(void)state;
	for (int threads = 2; threads <= 3; threads++) {
		struct pool *pool = pool_new(threads);
		struct choice other;

		assert_non_null(pool);
		other = choose_for(m, c, 16, pool);
		assert_memory_equal(&alone.sampling, &other.sampling, sizeof alone.sampling);
		for (size_t i = 0; i < CHOOSE_TRIES; i++)
			assert_memory_equal(alone.tries[i].draws, other.tries[i].draws, sizeof alone.tries[i].draws);
		pool_free(pool);
	}
	corpus_free(c);
	model_free(m);
}

/* ---- when nothing is -------------------------------------------------------- */

static void test_few(void **state)
{
	struct model *m = toy(MUSIC_MELODY);
	struct corpus *c = music_at(m, (struct sampling){0.6, 1, 1, 1}, CHOOSE_LEAST, SPLIT_BY_HASH);
	struct choice choice = choose_for(m, c, 0, NULL);

	(void)state;
	assert_int_equal(choice.n_tries, 0);
	check_as_learned(&choice);
	choice = choose_for(m, c, CHOOSE_LEAST, NULL);
	assert_int_equal(choice.n_tries, CHOOSE_TRIES);
	c->pieces[0].split = SPLIT_TRAIN;
	choice = choose_for(m, c, CHOOSE_LEAST, NULL);
	assert_int_equal(choice.n_tries, 0);
	assert_int_equal(choice.held_out, CHOOSE_LEAST - 1);
	check_as_learned(&choice);
	/* test music is nothing to choose by */
	for (size_t i = 0; i < c->n; i++)
		c->pieces[i].split = SPLIT_TEST;
	choice = choose_for(m, c, CHOOSE_LEAST, NULL);
	assert_int_equal(choice.held_out, 0);
	corpus_free(c);
	model_free(m);
}

struct stopping {
	size_t calls, last, total, stop_at;
};

static int count(void *context, size_t done, size_t total)
{
	struct stopping *s = context;

	s->calls++;
	assert_true(done > s->last && done <= total);
	s->last = done;
	s->total = total;
	return s->calls == s->stop_at;
}

static void test_stop(void **state)
{
	struct model *m = toy(MUSIC_MELODY);
	struct corpus *c = music_at(m, (struct sampling){0.6, 1, 1, 1}, 10, SPLIT_BY_HASH);
	struct stopping s = {0};
	const struct choose_options options = {.pieces = 10, .progress = count, .progress_context = &s};
	struct choice choice;

	(void)state;
	assert_int_equal(choose_sampling(&choice, m, c, &options, NULL), 0);
	assert_true(!choice.stopped && s.calls == s.total && s.total == 10 * CHOOSE_TRIES);
	s = (struct stopping){.stop_at = 75};
	assert_int_equal(choose_sampling(&choice, m, c, &options, NULL), 0);
	assert_true(choice.stopped && s.calls == 75);
	check_as_learned(&choice);
	corpus_free(c);
	model_free(m);
}

/* ---- what settings do ------------------------------------------------------- */

static struct piece *melody(const struct model *m, struct sampling sampling, double temperature, double top_p)
{
	struct model view = *m;
	struct compose_options o;
	struct piece *piece;

	view.sampling = sampling;
	compose_defaults(&o);
	o.seed = 4;
	o.bars = 12; /* and one part: pitches, durations and shifts alone are drawn */
	o.temperature = temperature;
	o.top_p = top_p;
	piece = compose_piece(&view, &o);
	assert_non_null(piece);
	assert_true(notes_count(piece) > 8);
	return piece;
}

static void check_alike(struct piece *a, struct piece *b, bool alike)
{
	assert_int_equal(notes_hash_piece(0, a) == notes_hash_piece(0, b), alike);
	piece_free(a);
	piece_free(b);
}

static void test_options(void **state)
{
	struct model *m = toy(MUSIC_MELODY);
	const struct sampling half = {0.5, 0.5, 1, 1}, narrow = {1, 1, 0.4, 0.6};

	(void)state;
	/* an option scales both temperatures, and stands in place of both top-p's */
	check_alike(melody(m, half, 2, 0), melody(m, as_learned, 1, 0), true);
	check_alike(melody(m, half, 1, 0), melody(m, as_learned, 1, 0), false);
	check_alike(melody(m, half, 1, 0), melody(m, as_learned, 0.5, 0), true);
	check_alike(melody(m, narrow, 1, 1), melody(m, as_learned, 1, 0), true);
	check_alike(melody(m, narrow, 1, 0), melody(m, as_learned, 1, 0), false);
	/* each of its own */
	check_alike(melody(m, (struct sampling){1, 1, 0.4, 0.4}, 1, 0), melody(m, as_learned, 1, 0.4), true);
	check_alike(melody(m, (struct sampling){1, 1, 0.4, 1}, 1, 0), melody(m, as_learned, 1, 0.4), false);
	check_alike(melody(m, (struct sampling){1, 1, 1, 0.4}, 1, 0), melody(m, as_learned, 1, 0.4), false);
	check_alike(melody(m, (struct sampling){0.5, 1, 1, 1}, 1, 0), melody(m, half, 1, 0), false);
	model_free(m);
}

/* ---- pieces in memory and in files ------------------------------------------ */

static void test_reread(void **state)
{
	static const enum music kinds[] = {MUSIC_MELODY, MUSIC_FOUR, MUSIC_CHORDS, MUSIC_METRES};
	char path[] = "/tmp/musegen-test-XXXXXX.mid";
	const char *const paths[] = {path};
	const struct corpus_options options = {.reading = {.grid = GRID}, .parts_max = SONG_PARTS_MAX};
	const struct smf_write_options plain = {.pickup_bar = false};
	int fd = mkstemps(path, 4), moved = 0;

	(void)state;
	assert_true(fd >= 0 && close(fd) == 0);
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct model *m = toy(kinds[k]);

		for (uint64_t seed = 0; seed < 20; seed++) {
			struct piece *piece = compose_at(m, as_learned, seed), *reread;
			struct song *song = piece_to_song(piece);
			struct corpus *c;

			assert_non_null(song);
			assert_true(song_notes(song) > 0);
			assert_int_equal(smf_write(path, song, &plain), 0);
			c = corpus_load(paths, 1, &options, NULL);
			reread = piece_reread(piece, &reading);
			assert_non_null(c);
			assert_non_null(reread);
			assert_int_equal(c->n, 1);
			assert_true(notes_hash_piece(0, c->pieces[0].piece) == notes_hash_piece(0, reread));
			moved += notes_hash_piece(0, piece) != notes_hash_piece(0, reread);
			piece_free(piece);
			piece_free(reread);
			song_free(song);
			corpus_free(c);
		}
		model_free(m);
	}
	/* else there would be nothing to it */
	assert_true(moved > 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flat),    cmocka_unit_test(test_right),  cmocka_unit_test(test_grid),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_few),    cmocka_unit_test(test_stop),
		cmocka_unit_test(test_options), cmocka_unit_test(test_reread),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
