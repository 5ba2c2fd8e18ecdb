/*
 * Gradients of the judge against central differences: every tensor, over
 * windows of several lengths of music of one part and of many, with labels of
 * both kinds and bars that say nothing; without dropout and with the same
 * masks every time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "../unit/model_music.h"
#include "../unit/reals.h"
#include "gradcheck.h"
#include "model/judge_net.h"
#include "num/blas.h"

enum { WINDOWS = 5, BARS = 4 };

struct whole {
	struct judge_net net;
	struct judge_frame frame;
	struct judge_window windows[WINDOWS];
	double window_labels[WINDOWS], bar_labels[WINDOWS * BARS];
	double *w, *dw, rate;
};

static double loss(void *context)
{
	struct whole *k = context;

	judge_forward(&k->net, k->w, &k->frame, k->windows, WINDOWS, k->rate, random_stream(3, 4, 0, 0));
	return judge_loss(&k->frame, k->window_labels, k->bar_labels, 0.7, 0.25);
}

static void check(double rate)
{
	const struct judge_shape shape = {.hidden = 5, .dense = 4, .bars = BARS};
	struct corpus *corpus = music_corpus(5, MUSIC_ALL & ~(unsigned)MUSIC_SILENCE, 15, 30, false, SPLIT_BY_HASH);
	struct vocab *vocab = vocab_new(corpus);
	struct judge_rows rows[WINDOWS];
	struct whole k = {.rate = rate};
	const struct gradcheck c = {.loss = loss, .context = &k, .step = 1e-3, .samples = 40, .quiet = 1};
	double worst;

	assert_non_null(vocab);
	assert_int_equal(judge_net_init(&k.net, &shape, vocab), 0);
	for (int i = 0; i < WINDOWS; i++) {
		const uint32_t bars = i == 2 ? 1 : BARS - (uint32_t)i % 2;

		corpus->pieces[i].piece->key = (struct key){5 * i % 12, i % 2 ? MODE_MINOR : MODE_MAJOR};
		assert_int_equal(judge_rows_make(&rows[i], vocab, corpus->pieces[i].piece), 0);
		assert_true(rows[i].bars > bars);
		k.windows[i] = (struct judge_window){&rows[i], i == 1, bars};
		k.window_labels[i] = i % 2;
	}
	for (int i = 0; i < WINDOWS * BARS; i++)
		k.bar_labels[i] = i % 4 == 3 ? -1 : i % 2;
	assert_int_equal(judge_frame_fit(&k.frame, &k.net, k.windows, WINDOWS, true), 0);
	k.w = reals_plane(&k.net.params, 0.5, 3);
	k.dw = params_plane(&k.net.params);
	assert_non_null(k.dw);
	loss(&k);
	judge_backward(&k.net, k.w, k.dw, &k.frame, rate);
	worst = gradcheck_params(&c, &k.net.params, k.w, k.dw);
	print_message("%zu tensors, dropout %g: at most %.1e apart\n", k.net.params.n, rate, worst);
	for (int i = 0; i < WINDOWS; i++)
		judge_rows_done(&rows[i]);
	judge_frame_done(&k.frame);
	judge_net_done(&k.net);
	free(k.w);
	free(k.dw);
	vocab_free(vocab);
	corpus_free(corpus);
}

static void test_plain(void **state)
{
	(void)state;
	check(0);
}

static void test_dropout(void **state)
{
	(void)state;
	check(0.3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_dropout),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
