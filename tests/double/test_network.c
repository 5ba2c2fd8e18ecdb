/*
 * Gradients of the whole generator against central differences: every tensor
 * of it, over a second chunk with carried states and memory, pieces that
 * begin within it, several parts, metres and escapes among what is predicted;
 * without dropout and with the same masks every time. The kinks of the
 * relus are kept out of reach: weights are drawn until no hidden unit is
 * near 0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include "../unit/model_pass.h"
#include "gradcheck.h"
#include "kinks.h"
#include "num/blas.h"

#define STEP      1e-4
#define NEAR_KINK 2e-3
#define SCALE     0.25 /* of the gradients, as training scales them */

struct whole {
	struct corpus *corpus;
	struct vocab *vocab;
	struct generator g;
	struct pass p;
	double *w, *dw;
	void *carried; /* what the first chunk left */
	const struct dropout_rates *rates;
	struct random random;
};

static double forward(struct whole *k)
{
	const struct batch *b = &k->p.batch;
	double sum = 0;

	memcpy(k->p.carried.memory, k->carried, k->p.carried.size);
	network_forward(&k->g, k->w, &k->p.frame, b, &k->p.carry, k->rates, k->random, SCALE);
	for (int h = 0; h < HEADS; h++)
		for (int r = 0; r < b->rows; r++) {
			sum += head_weights(&k->g, b, (enum head)h)[r] * k->p.frame.loss[h][r];
		}
	return SCALE * sum;
}

static double loss(void *context)
{
	return forward(context);
}

static double nearest_kink(struct whole *k)
{
	forward(k);
	return kinks_nearest(&k->g, k->w, &k->p.frame, k->p.batch.rows);
}

static int piece_end(const struct piece *p)
{
	int end = 0;

	for (size_t i = 0; i < p->n; i++)
		end += p->events[i].shift;
	return end;
}

/* Rows of endless tapes, so that pieces begin in mid-chunk; everything of the start is known on the first lane. */
static void fill(struct whole *k, struct tape *tapes, size_t *next, int steps)
{
	struct batch *b = &k->p.batch;

	batch_begin(b, steps);
	for (int r = 0; r < steps * b->lanes; r++) {
		int lane = r % b->lanes;

		if (!tapes[lane].piece || tapes[lane].row == tapes[lane].piece->n) {
			const struct piece *piece = k->corpus->pieces[(*next)++ % k->corpus->n].piece;

			tape_start(&tapes[lane], &k->g, piece, lane == 0 ? 0 : UNKNOWN_BARS_LEFT | UNKNOWN_STYLE,
			           piece_end(piece));
		}
		assert_true(tape_row(&tapes[lane], b, r));
		b->weight[r] = r % 7 == 3 ? 0 : 0.5 + r % 3;
		b->next_weight[r] = r % 5 == 2 ? 0 : 1 + r % 2;
	}
	batch_end(b, &k->g);
}

/* Rows with weight that have an item of a field. */
static int weighty_items(const struct batch *b, const struct batch_bag *bag, const real *weight, int field)
{
	int n = 0;

	for (int r = 0; r < b->rows; r++)
		for (uint32_t i = bag->first[r]; weight[r] > 0 && i < bag->first[r + 1]; i++)
			n += bag->items[i].field == field;
	return n;
}

/* Is everything in the chunk that the check is to mean something for, and with weight? */
static bool varied(const struct whole *k)
{
	const struct batch *b = &k->p.batch;
	int resets = 0, escapes = 0, carried = 0, metres = 0, ends = 0;

	for (int r = 0; r < b->rows; r++) {
		bool weighty = b->weight[r] > 0;

		resets += b->reset[r] && r >= b->lanes;
		escapes += weighty && b->targets[HEAD_DURATION].symbol[r] == k->vocab->durations.n;
		carried += weighty && b->before[r] <= -2;
		metres += weighty && b->targets[HEAD_METRE].symbol[r] >= 0;
		ends += b->next_weight[r] > 0 && b->targets[HEAD_PART].symbol[r] == class_end(&k->g);
	}
	/* The longest lookback, with what came after, and the key. */
	if (k->g.config.form &&
	    weighty_items(b, &b->given, b->next_weight, k->g.given_back + GIVEN_BACK_FIELDS * LOOKBACKS - 1) < 6)
		return false;
	/* The end in sight, and reached. */
	if (k->g.config.form && (weighty_items(b, &b->query, b->weight, k->g.query_left) < 3 ||
	                         weighty_items(b, &b->next, b->next_weight, NEXT_END) < 3))
		return false;
	if (k->g.config.harmony && weighty_items(b, &b->query, b->weight, k->g.query_harmony + HARMONY_LAST_DEGREE) < 3)
		return false;
	return resets > 0 && escapes > 0 && carried > 0 && metres > 0 && ends > 0;
}

static void check(const struct generator_config *config, unsigned kinds, int onsets, bool dynamics,
                  const struct dropout_rates *rates)
{
	struct whole k = {.rates = rates, .random = random_stream(8, 9, 0, 0)};
	struct gradcheck c = {.loss = loss, .context = &k, .step = STEP, .samples = 24, .quiet = 1};
	struct tape tapes[2] = {{0}};
	size_t next = 0;
	uint64_t seed = 1;
	double worst = 0;

	k.corpus = music_corpus(5, kinds, 12, onsets, dynamics, SPLIT_BY_HASH);
	k.vocab = vocab_new(k.corpus);
	assert_non_null(k.vocab);
	assert_int_equal(k.vocab->dynamics, dynamics);
	assert_int_equal(generator_init(&k.g, config, k.vocab), 0);
	pass_init(&k.p, &k.g, 24, 2, true);
	k.dw = params_plane(&k.g.params);
	k.carried = calloc(1, k.p.carried.size);
	assert_true(k.dw && k.carried);

	/* Chunks before it leave states and memory; from then on they are as constant as the music. */
	k.w = reals_plane(&k.g.params, 0.5, seed);
	fill(&k, tapes, &next, 24);
	do {
		pass_forward(&k.p, k.w);
		memcpy(k.carried, k.p.carried.memory, k.p.carried.size);
		fill(&k, tapes, &next, 22);
		assert_true(next < 200);
	} while (!varied(&k));
	while (nearest_kink(&k) < NEAR_KINK) {
		free(k.w);
		k.w = reals_plane(&k.g.params, 0.5, ++seed);
		assert_true(seed < 500);
	}

	forward(&k);
	network_backward(&k.g, k.w, k.dw, &k.p.frame, &k.p.batch, &k.p.carry, rates);
	for (size_t i = 0; i < k.g.params.n; i++) {
		const struct tensor *t = &k.g.params.tensors[i];
		double e;

		/* Without dynamics the fields of velocities have no items. */
		c.may_vanish = !dynamics && strstr(t->name, "velocity");
		e = gradcheck_array(&c, t->name, k.w + t->offset, k.dw + t->offset, (size_t)t->rows * (size_t)t->cols);
		worst = e > worst ? e : worst;
	}
	print_message("%zu tensors, worst error %.2e\n", k.g.params.n, worst);

	free(k.carried);
	free(k.w);
	free(k.dw);
	pass_done(&k.p);
	generator_done(&k.g);
	vocab_free(k.vocab);
	corpus_free(k.corpus);
}

static void test_everything(void **state)
{
	(void)state;
	check(&small_config, MUSIC_FOUR | MUSIC_BARS | MUSIC_METRES, 14, true, NULL);
}

static void test_dropout(void **state)
{
	static const struct dropout_rates rates = {.trunk = 0.3, .memory = 0.25, .stream = 0.2, .fields = 0.2};

	(void)state;
	check(&small_config, MUSIC_FOUR | MUSIC_BARS | MUSIC_METRES, 14, true, &rates);
}

/* One trunk layer, no memory, no dynamics. */
static void test_least(void **state)
{
	static const struct generator_config config = {
		.stream = 8,
		.trunk = 10,
		.layers = 1,
		.heads = 1,
		.window = 1,
		.slots = 1,
		.hidden = 8,
		.nearby = 1,
		.harmony = 1,
		.form = 1,
	};

	(void)state;
	check(&config, MUSIC_CHORDS | MUSIC_BARS | MUSIC_METRES, 14, false, NULL);
}

/* A window longer than the chunk, sixteen parts of which four have slots, three trunk layers. */
static void test_long_window(void **state)
{
	static const struct generator_config config = {
		.stream = 8,
		.trunk = 9,
		.layers = 3,
		.memory = 12,
		.heads = 3,
		.window = 40,
		.slots = 4,
		.hidden = 10,
	};

	(void)state;
	check(&config, MUSIC_SIXTEEN | MUSIC_METRES, 3, true, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_dropout),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_long_window),
	};

	blas_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
