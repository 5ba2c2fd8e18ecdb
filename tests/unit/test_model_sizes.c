/*
 * At the sizes that models have: a network of the default settings, and one of
 * four layers, says the same of a piece whole, in chunks and event by event,
 * to REAL_TOLERANCE; sums of hundreds of products go to other kernels there
 * than those of the small networks of test_model_chunks.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/step.h"
#include "model_pass.h"
#include "num/blas.h"
#include "num/vec.h"

/* As models/presets/default.ini. */
static const struct generator_config usual = {
	.stream = 128,
	.trunk = 256,
	.layers = 2,
	.memory = 256,
	.heads = 4,
	.window = 512,
	.slots = 4,
	.hidden = 192,
};
static const struct generator_config deep = {
	.stream = 48,
	.trunk = 96,
	.layers = 4,
	.memory = 64,
	.heads = 8,
	.window = 33,
	.slots = 8,
	.hidden = 80,
};

static void check_row(struct pass *whole, enum head head, int row, const real *p, const char *how)
{
	const double apart = reals_apart(p, pass_row(whole, head, row), (size_t)head_classes(whole->g, head));

	if (!(apart < REAL_TOLERANCE))
		fail_msg("%s: head %s of row %d: %g apart", how, head_names[head], row, apart);
}

static void check_logits(struct pass *whole, enum head head, int row, real *logits)
{
	vec_softmax(logits, (size_t)head_classes(whole->g, head));
	check_row(whole, head, row, logits, "event by event");
}

static void check_steps(struct pass *whole, const real *w, const struct piece *piece)
{
	struct step *s = step_new(whole->g, w);

	assert_non_null(s);
	step_begin(s, &piece->start, 0, 3000);
	for (int row = 0; row < (int)piece->n; row++) {
		const struct event *e = &piece->events[row];

		check_logits(whole, HEAD_SHIFT, row, step_shift(s));
		check_logits(whole, HEAD_PART, row, step_part(s, e->shift));
		if (e->kind == EVENT_END)
			break;
		step_arrive(s, e->shift, e->kind == EVENT_NOTE ? ROW_NOTE : ROW_METRE, e->part);
		check_logits(whole, HEAD_METRE, row + 1, step_metre(s));
		if (e->kind == EVENT_NOTE) {
			check_logits(whole, HEAD_PITCH, row + 1, step_pitch(s));
			check_logits(whole, HEAD_DURATION, row + 1, step_duration(s, e->pitch));
			check_logits(whole, HEAD_VELOCITY, row + 1, step_velocity(s));
		}
		step_take(s, e);
	}
	step_free(s);
}

/* The piece again, `chunk` rows at a time, states carried on. */
static void check_chunks(struct pass *whole, const real *w, const struct piece *piece, int chunk)
{
	struct pass p;
	struct tape t;

	pass_init(&p, whole->g, chunk, 1, false);
	tape_start(&t, whole->g, piece, 0, 3000);
	for (int at = 0; at < (int)piece->n; at += chunk) {
		const int left = (int)piece->n - at, n = left < chunk ? left : chunk;

		batch_begin(&p.batch, n);
		for (int r = 0; r < n; r++)
			assert_true(tape_row(&t, &p.batch, r));
		batch_end(&p.batch, p.g);
		pass_ask_all(&p);
		pass_forward(&p, w);
		pass_probabilities(&p);
		for (int r = 0; r < n; r++)
			for (int h = 0; h < HEADS; h++)
				check_row(whole, (enum head)h, at + r, pass_row(&p, (enum head)h, r), "in chunks");
	}
	pass_done(&p);
}

static void check_network(const struct generator_config *config, unsigned kinds)
{
	struct corpus *corpus = music_corpus(41, kinds, 3, 70, true, SPLIT_BY_HASH);
	struct vocab *vocab = vocab_new(corpus);
	struct generator g;
	struct pass whole;
	real *w;

	assert_non_null(vocab);
	assert_int_equal(generator_init(&g, config, vocab), 0);
	w = params_plane(&g.params);
	assert_non_null(w);
	params_init(&g.params, w, 42);
	for (size_t i = 0; i < corpus->n; i++) {
		const struct piece *piece = corpus->pieces[i].piece;

		pass_init(&whole, &g, (int)piece->n, 1, false);
		pass_piece(&whole, piece, 0, 3000);
		pass_ask_all(&whole);
		pass_forward(&whole, w);
		pass_probabilities(&whole);
		check_steps(&whole, w, piece);
		check_chunks(&whole, w, piece, 96);
		check_chunks(&whole, w, piece, 13);
		pass_done(&whole);
	}
	free(w);
	generator_done(&g);
	vocab_free(vocab);
	corpus_free(corpus);
}

static void test_usual(void **state)
{
	(void)state;
	check_network(&usual, MUSIC_FOUR | MUSIC_METRES);
}

static void test_deep(void **state)
{
	(void)state;
	check_network(&deep, MUSIC_SIXTEEN | MUSIC_METRES | MUSIC_CHORDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_deep),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
