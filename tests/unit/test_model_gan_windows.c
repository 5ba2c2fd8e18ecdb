/* Windows for a discriminator: real ones are the corpus's, made ones are what the network says, with the noise that it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "doubles.h"
#include "model/gan_windows.h"
#include "model_music.h"
#include "model_toy.h"
#include "num/blas.h"

enum { STEPS = 7, LANES = 3 };

struct room {
	struct corpus *corpus;
	struct model *m;
	uint32_t *order;
	size_t n;
	struct gan_windows windows;
	struct frame frame;
	struct arena arena;
};

static void begin(struct room *r, unsigned kinds, bool dynamics, enum split_rule rule, enum split split, bool training)
{
	const struct feed_options feed = {.seed = 5,
	                                  .training = training,
	                                  .split = split,
	                                  .unknown = 0.5,
	                                  .transpose = training ? 3 : 0,
	                                  .lanes_in_all = LANES};

	memset(r, 0, sizeof *r);
	r->corpus = music_corpus(3, kinds, 8, 20, dynamics, rule);
	r->m = toy_random(r->corpus, &small_config, 0.6, 4);
	r->order = feed_pieces(r->corpus, r->m->vocab, split, &r->n);
	assert_non_null(r->order);
	assert_int_equal(
		gan_windows_init(&r->windows, &r->m->generator, r->corpus, &feed, r->order, r->n, 0, LANES, STEPS), 0);
	frame_layout(&r->frame, &r->arena, &r->m->generator, STEPS, LANES, false);
	assert_int_equal(arena_reserve(&r->arena), 0);
	frame_layout(&r->frame, &r->arena, &r->m->generator, STEPS, LANES, false);
}

static void end(struct room *r)
{
	gan_windows_done(&r->windows);
	arena_done(&r->arena);
	free(r->order);
	model_free(r->m);
	corpus_free(r->corpus);
}

/* Every class that was drawn is the most of logits and noise, as the whole network has them from where the windows begin. */
static long check_drawn(struct room *r)
{
	const struct gan_windows *s = &r->windows;
	const struct batch *b = &s->made_batch;
	real noise[256];
	long checked = 0;

	network_logits(&r->m->generator, r->m->w, &r->frame, b, &r->windows.before, NULL, (struct random){0, 0});
	for (int h = 0; h < HEADS; h++) {
		const int n = head_classes(&r->m->generator, (enum head)h);

		assert_true(n <= 256);
		for (int row = 0; row < b->rows && n > 0; row++) {
			const int k = b->targets[h].symbol[row], lane = row % LANES, t = row / LANES;
			const real *logits = r->frame.logits[h] + (size_t)row * (size_t)n;

			assert_true(t < s->made_length[lane] || k == -1);
			/* a rare value may be drawn for the escape that has a symbol; metres without one are not drawn */
			if (k < 0 || h == HEAD_METRE)
				continue;
			gan_windows_noise(noise, s->random, lane, t, (enum head)h, n);
			for (int i = 0; i < n; i++)
				assert_true(logits[i] + noise[i] <= logits[k] + noise[k] + (real)1e-3);
			checked++;
		}
	}
	return checked;
}

static void test_drawn(void **state)
{
	static struct room r;
	long checked = 0;

	(void)state;
	begin(&r, MUSIC_FOUR | MUSIC_CHORDS | MUSIC_METRES, true, SPLIT_BY_HASH, SPLIT_TRAIN, true);
	for (uint64_t i = 0; i < 12; i++) {
		assert_int_equal(gan_windows_next(&r.windows, r.m->w, random_stream(9, i, 0, 0)), 1);
		checked += check_drawn(&r);
	}
	assert_true(checked > 300);
	end(&r);
}

/* Real windows, one after the other, are the pieces, each from its beginning to END, and then what comes next. */
static void test_real(void **state)
{
	static struct room r;
	long events = 0, ends = 0, expected = 0;

	(void)state;
	begin(&r, MUSIC_MELODY | MUSIC_FOUR, false, SPLIT_BY_HASH, SPLIT_VALID, false);
	for (size_t i = 0; i < r.n; i++)
		expected += (long)r.corpus->pieces[r.order[i]].piece->n;
	for (uint64_t i = 0; gan_windows_next(&r.windows, r.m->w, random_stream(9, i, 0, 0)) == 1; i++) {
		const struct batch *b = &r.windows.real_batch;

		for (int lane = 0; lane < LANES; lane++) {
			const int n = r.windows.real_length[lane];

			events += n;
			for (int t = 0; t < STEPS; t++) {
				const int part = b->targets[HEAD_PART].symbol[t * LANES + lane];

				assert_true((part >= 0) == (t < n));
				/* a piece begins only where a window does, and ends only where one does */
				assert_true(t == 0 || t >= n || !b->reset[t * LANES + lane]);
				if (part == class_end(&r.m->generator)) {
					assert_int_equal(t, n - 1);
					ends++;
				}
			}
			assert_true(n > 0 || r.windows.made_length[lane] == 0);
		}
	}
	assert_int_equal(events, expected);
	assert_int_equal(ends, (long)r.n);
	end(&r);
}

/* Where tails are held out, no window has anything of the other side. */
static void test_tails(void **state)
{
	static struct room r;
	long events = 0, expected = 0;

	(void)state;
	begin(&r, MUSIC_FOUR, false, SPLIT_BY_TAIL, SPLIT_TRAIN, false);
	/* and END, which is learned all the same, stands behind what is not */
	for (size_t i = 0; i < r.n; i++)
		expected += (long)r.corpus->pieces[r.order[i]].train_events;
	for (uint64_t i = 0; gan_windows_next(&r.windows, r.m->w, random_stream(9, i, 0, 0)) == 1; i++)
		for (int lane = 0; lane < LANES; lane++) {
			const int n = r.windows.real_length[lane];

			events += n;
			/* cut short, the made one is too */
			if (n > 0 && n < STEPS &&
			    r.windows.real_batch.targets[HEAD_PART].symbol[(n - 1) * LANES + lane] !=
			            class_end(&r.m->generator))
				assert_true(r.windows.made_length[lane] <= n);
		}
	assert_true(events <= expected + (long)r.n);
	assert_true(events >= expected - (long)r.n);
	end(&r);
}

/* Noise is Gumbel's: its mean is Euler's constant, and another lane, row, head or key has another. */
static void test_noise(void **state)
{
	enum { N = 20000 };
	static real a[N], b[N];
	double sum = 0;

	(void)state;
	gan_windows_noise(a, random_stream(1, 0, 0, 0), 2, 3, HEAD_PITCH, N);
	for (int i = 0; i < N; i++)
		sum += (double)a[i];
	check_near(sum / N, 0.5772, 0.03);
	gan_windows_noise(b, random_stream(1, 0, 0, 0), 2, 3, HEAD_PITCH, N);
	assert_memory_equal(a, b, sizeof a);
	for (int i = 0; i < 4; i++) {
		gan_windows_noise(b, random_stream(i == 0 ? 2 : 1, 0, 0, 0), i == 1 ? 1 : 2, i == 2 ? 4 : 3,
		                  i == 3 ? HEAD_PART : HEAD_PITCH, N);
		assert_true(a[0] != b[0] && a[1] != b[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drawn),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_noise),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
