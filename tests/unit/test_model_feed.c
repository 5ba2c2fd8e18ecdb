/*
 * Feeds: shuffles that are permutations, every piece once an epoch and once in
 * scoring, transpositions within each part's range, rows that are the events,
 * unknown fields as often as asked for, and the weights of the tail rule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/shard.h"
#include "model_pass.h"

static void test_shuffled(void **state)
{
	static const uint32_t sizes[] = {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 4096, 5003, 70000};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (uint64_t key = 0; key < 3; key++) {
			uint32_t n = sizes[i], still = 0;
			bool *seen = calloc(n, sizeof *seen);

			assert_non_null(seen);
			for (uint32_t at = 0; at < n; at++) {
				uint32_t to = shuffled(random_mix(key), at, n);

				assert_true(to < n && !seen[to]);
				seen[to] = true;
				still += to == at;
			}
			/* One element in all stays where it is, on average. */
			assert_true(n < 60 || still < 10);
			free(seen);
		}
	assert_true(shuffled(1, UINT32_MAX - 1, UINT32_MAX) < UINT32_MAX);
}

/* Epochs differ, and what comes first is anything. */
static void test_shuffles_differ(void **state)
{
	int first[8] = {0};

	(void)state;
	for (uint64_t key = 0; key < 800; key++)
		first[shuffled(random_mix(key), 0, 8)]++;
	for (int i = 0; i < 8; i++)
		assert_true(first[i] > 60 && first[i] < 140);
}

/* ---- lanes ------------------------------------------------------------------- */

struct ground {
	struct corpus *corpus;
	struct vocab *vocab;
	struct generator g;
	uint32_t *order;
	size_t n;
	struct pass p;
};

static void ground_init(struct ground *k, struct corpus *corpus, enum split split, int steps, int lanes)
{
	k->corpus = corpus;
	k->vocab = vocab_new(corpus);
	assert_non_null(k->vocab);
	assert_int_equal(generator_init(&k->g, &small_config, k->vocab), 0);
	k->order = feed_pieces(corpus, k->vocab, split, &k->n);
	assert_non_null(k->order);
	pass_init(&k->p, &k->g, steps, lanes, false);
}

static void ground_done(struct ground *k)
{
	pass_done(&k->p);
	free(k->order);
	generator_done(&k->g);
	vocab_free(k->vocab);
	corpus_free(k->corpus);
}

/*
 * Pieces with a pitch of their own at the start, 30 + i for piece i, so that
 * the rows tell which piece a lane begins.
 */
static struct corpus *numbered(int n, int length)
{
	struct corpus *c = music_corpus_new(SPLIT_BY_HASH);

	for (int i = 0; i < n; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start.parts = 1;
		p->start.style = i % 2;
		for (int e = 0; e < length + i % 3; e++)
			music_add(p, music_note(e ? 24 : 0, 0, e < 1 ? 30 + i : 60, 24));
		music_add(p, music_end(24));
		music_corpus_add(c, p, i % 5 == 4 ? SPLIT_VALID : SPLIT_TRAIN);
	}
	return c;
}

/* Which piece begins at a row, or -1: the row after a reset has its number. */
static int begun(const struct pass *p, int row)
{
	const struct batch *b = &p->batch;

	if (row < b->lanes || !b->reset[row - b->lanes] || b->targets[HEAD_PITCH].symbol[row] < 0)
		return -1;
	return b->targets[HEAD_PITCH].symbol[row] - 30;
}

/* Over shards and lanes, the visits of an epoch are a permutation of the training pieces. */
static void test_every_piece_once_an_epoch(void **state)
{
	enum { PIECES = 40, SHARDS = 2, LANES = 3, EPOCHS = 6 };
	struct ground k;
	int *visits = calloc(PIECES * EPOCHS, sizeof *visits);
	int places[2][PIECES] = {{0}};

	(void)state;
	assert_non_null(visits);
	ground_init(&k, numbered(PIECES, 9), SPLIT_TRAIN, 2000, LANES);
	assert_int_equal(k.n, 32);
	for (int shard = 0; shard < SHARDS; shard++) {
		const struct feed_options options = {.seed = 3,
		                                     .training = true,
		                                     .split = SPLIT_TRAIN,
		                                     .unknown = 0.5,
		                                     .lanes_in_all = SHARDS * LANES};
		int number[LANES] = {0};
		struct feed f;

		assert_int_equal(feed_init(&f, &k.g, k.corpus, &options, k.order, k.n, shard * LANES, LANES), 0);
		assert_true(feed_chunk(&f, &k.p.batch, 2000));
		for (int row = 0; row < k.p.batch.rows; row++) {
			int lane = row % LANES, piece = begun(&k.p, row);
			size_t visit = (size_t)(shard * LANES + lane + number[lane] * SHARDS * LANES);

			if (piece < 0)
				continue;
			number[lane]++;
			if (visit / k.n >= EPOCHS)
				continue;
			assert_true(piece < PIECES && piece % 5 != 4);
			visits[visit / k.n * PIECES + (size_t)piece]++;
			if (visit / k.n < 2)
				places[visit / k.n][visit % k.n] = piece;
		}
		feed_done(&f);
	}
	for (int i = 0; i < PIECES * EPOCHS; i++)
		assert_int_equal(visits[i], i % PIECES % 5 != 4);
	assert_memory_not_equal(places[0], places[1], sizeof places[0]);
	free(visits);
	ground_done(&k);
}

/* Scoring: every held-out piece once, whatever the lanes and the chunks, then nothing more. */
static void test_scoring_once(void **state)
{
	enum { PIECES = 60 };

	(void)state;
	for (int lanes = 1; lanes < 20; lanes += 6)
		for (int steps = 1; steps < 40; steps += 9) {
			const struct feed_options options = {.split = SPLIT_VALID, .lanes_in_all = lanes};
			int seen[PIECES] = {0}, rows = 0, expected = 0, pitches = 0;
			struct ground k;
			struct feed f;

			ground_init(&k, numbered(PIECES, 7), SPLIT_VALID, steps, lanes);
			assert_int_equal(k.n, PIECES / 5);
			assert_int_equal(feed_init(&f, &k.g, k.corpus, &options, k.order, k.n, 0, lanes), 0);
			while (feed_chunk(&f, &k.p.batch, steps)) {
				for (int row = 0; row < k.p.batch.rows; row++) {
					rows += k.p.batch.next_weight[row] > 0;
					pitches += k.p.batch.targets[HEAD_PITCH].symbol[row] >= 0;
					if (begun(&k.p, row) >= 0)
						seen[begun(&k.p, row)]++;
				}
			}
			assert_false(feed_chunk(&f, &k.p.batch, steps));
			for (int i = 0; i < PIECES; i++) {
				/* The first note of a chunk cannot be told from others by one row. */
				assert_true(seen[i] <= (i % 5 == 4));
				if (i % 5 == 4)
					expected += (int)k.corpus->pieces[i].piece->n;
			}
			assert_int_equal(rows, expected);
			assert_int_equal(pitches, expected - PIECES / 5);
			feed_done(&f);
			ground_done(&k);
		}
}

/* ---- what rows say -------------------------------------------------------------- */

/* Every row's targets are its event, transposed within each part's range. */
static void test_transposition(void **state)
{
	static const struct feed_options options = {
		.seed = 1, .training = true, .split = SPLIT_TRAIN, .transpose = 12, .lanes_in_all = 1};
	struct corpus *c = music_corpus(2, MUSIC_FOUR | MUSIC_CHORDS, 12, 20, false, SPLIT_BY_HASH);
	struct ground k;
	int used[25] = {0}, kinds = 0;

	(void)state;
	for (size_t i = 0; i < c->n; i++)
		for (size_t e = 0; e < c->pieces[i].piece->n; e++)
			c->pieces[i].piece->events[e].pitch =
				(uint8_t)(c->pieces[i].piece->events[e].pitch + 3 * (i % 5));
	ground_init(&k, c, SPLIT_TRAIN, 1, 1);
	/* A held-out piece may be outside the range; a training one is not. */
	for (int visit = 0; visit < 4; visit++) {
		struct feed_options other = options;
		const struct piece *piece = NULL;
		struct feed f;
		size_t at = 0;
		int moved = 0;

		other.seed = (uint64_t)visit;
		assert_int_equal(feed_init(&f, &k.g, k.corpus, &other, k.order, k.n, 0, 1), 0);
		for (int row = 0; row < 4000; row++) {
			assert_true(feed_chunk(&f, &k.p.batch, 1));
			if (k.p.batch.reset[0]) {
				if (piece)
					assert_int_equal(at, piece->n - 1);
				piece = f.lanes[0].piece->piece;
				moved = f.lanes[0].transpose;
				used[moved + 12]++;
				at = 0;
				continue;
			}
			if (piece->events[at].kind == EVENT_NOTE) {
				const struct event *e = &piece->events[at];
				int pitch = k.p.batch.targets[HEAD_PITCH].symbol[0];

				assert_int_equal(pitch, e->pitch + moved);
				assert_true(pitch >= k.vocab->low[e->part] && pitch <= k.vocab->high[e->part]);
				assert_int_equal(k.p.batch.part[0], e->part);
			}
			at++;
		}
		feed_done(&f);
	}
	for (int i = 0; i < 25; i++)
		kinds += used[i] > 0;
	assert_true(kinds > 8);
	ground_done(&k);
}

static int fields_in(const struct batch *b, int row, int field)
{
	int n = 0;

	for (uint32_t i = b->query.first[row]; i < b->query.first[row + 1]; i++)
		n += b->query.items[i].field == field;
	return n;
}

/* The share of pieces with a field unknown; in scoring, the end and the mode always, the others never. */
static void test_unknown(void **state)
{
	enum { LANES = 2, STEPS = 100, CHUNKS = 60 };
	static const struct {
		int field;
		double share;
	} fields[] = {
		{QUERY_BARS_LEFT, 0.6}, {QUERY_PHRASE, 0.6}, {QUERY_STYLE, 0.2}, {QUERY_MODE, 0.4}, {QUERY_TEMPO, 0.2}};
	const struct feed_options options = {.seed = 1,
	                                     .training = true,
	                                     .split = SPLIT_TRAIN,
	                                     .unknown = 0.6,
	                                     .unknown_key = 0.4,
	                                     .lanes_in_all = LANES};
	const struct feed_options score = {.split = SPLIT_TRAIN, .lanes_in_all = LANES};
	struct ground k;
	struct feed f;
	int resets = 0, known[5] = {0};

	(void)state;
	ground_init(&k, numbered(10, 3), SPLIT_TRAIN, STEPS, LANES);
	assert_int_equal(feed_init(&f, &k.g, k.corpus, &options, k.order, k.n, 0, LANES), 0);
	for (int chunk = 0; chunk < CHUNKS; chunk++) {
		assert_true(feed_chunk(&f, &k.p.batch, STEPS));
		for (int row = 0; row < k.p.batch.rows; row++) {
			resets += k.p.batch.reset[row];
			for (int i = 0; i < 5; i++)
				known[i] += k.p.batch.reset[row] && fields_in(&k.p.batch, row, fields[i].field);
		}
	}
	for (int i = 0; i < 5; i++) {
		double share = 1 - (double)known[i] / resets;

		if (fabs(share - fields[i].share) > 0.06)
			fail_msg("field %d unknown in %g of %d", fields[i].field, share, resets);
	}
	feed_done(&f);

	assert_int_equal(feed_init(&f, &k.g, k.corpus, &score, k.order, k.n, 0, LANES), 0);
	assert_true(feed_chunk(&f, &k.p.batch, 20));
	for (int row = 0; row < k.p.batch.rows; row++) {
		if (k.p.batch.next_weight[row] <= 0) /* no more music */
			continue;
		assert_int_equal(fields_in(&k.p.batch, row, QUERY_BARS_LEFT) + fields_in(&k.p.batch, row, QUERY_MODE),
		                 0);
		assert_int_equal(fields_in(&k.p.batch, row, QUERY_PHRASE), 1);
		assert_int_equal(fields_in(&k.p.batch, row, QUERY_STYLE), 1);
	}
	feed_done(&f);
	ground_done(&k);
}

/* Another corpus than the model's: a style is what it is called, and unknown where the model has none of that name. */
static void test_styles_by_name(void **state)
{
	static const char *const names[] = {"airs", "chorales", "tunes"};
	static const int wanted[] = {-1, 0, 1};
	const struct feed_options options = {.split = SPLIT_TRAIN, .lanes_in_all = 1};
	struct corpus *other = music_corpus_new(SPLIT_BY_HASH);
	const uint32_t order[] = {0, 1, 2, 3};
	struct ground k;
	struct feed f;

	(void)state;
	for (size_t i = 0; i < other->n_styles; i++)
		free(other->styles[i]);
	free(other->styles);
	other->styles = mem_new(3, sizeof *other->styles);
	assert_non_null(other->styles);
	for (other->n_styles = 0; other->n_styles < 3; other->n_styles++)
		other->styles[other->n_styles] = mem_string(names[other->n_styles]);
	for (int i = 0; i < 4; i++) {
		struct piece *p = piece_new(GRID);

		assert_non_null(p);
		p->start.parts = 1;
		p->start.style = i < 3 ? i : -1;
		music_add(p, music_note(0, 0, 60, 24));
		music_add(p, music_end(24));
		music_corpus_add(other, p, SPLIT_TRAIN);
	}
	/* of chorales and tunes, in this order */
	ground_init(&k, numbered(10, 3), SPLIT_TRAIN, 2, 1);
	assert_int_equal(feed_init(&f, &k.g, other, &options, order, 4, 0, 1), 0);
	for (int i = 0; i < 4; i++) {
		const struct batch *b = &k.p.batch;

		assert_true(feed_chunk(&f, &k.p.batch, 2));
		assert_true(b->reset[0] && !b->reset[1]);
		for (int row = 0; row < 2; row++) {
			int style = -1;

			for (uint32_t at = b->query.first[row]; at < b->query.first[row + 1]; at++)
				if (b->query.items[at].field == QUERY_STYLE)
					style = b->query.items[at].row;
			assert_int_equal(style, i < 3 ? wanted[i] : -1);
		}
	}
	feed_done(&f);
	ground_done(&k);
	corpus_free(other);
}

/* Where tails are held out, `whole` charges all of a piece all the same. */
static void test_whole(void **state)
{
	const struct feed_options options = {.split = SPLIT_VALID, .whole = true, .lanes_in_all = 1};
	struct ground k;
	struct feed f;
	int n;

	(void)state;
	ground_init(&k, music_corpus(4, MUSIC_FOUR, 1, 20, false, SPLIT_BY_TAIL), SPLIT_VALID, 300, 1);
	assert_int_equal(feed_init(&f, &k.g, k.corpus, &options, k.order, 1, 0, 1), 0);
	n = (int)k.corpus->pieces[0].piece->n;
	assert_true(feed_chunk(&f, &k.p.batch, n));
	for (int row = 0; row < n; row++) {
		assert_true(k.p.batch.next_weight[row] == 1);
		assert_true(row == 0 || k.p.batch.weight[row] == 1);
	}
	feed_done(&f);
	ground_done(&k);
}

/* Seven eighths of each piece train and the rest is scored; END trains, and is nobody's to score. */
static void test_tail_rule(void **state)
{
	enum split splits[] = {SPLIT_TRAIN, SPLIT_VALID};
	struct ground k;

	(void)state;
	for (int s = 0; s < 2; s++) {
		const struct feed_options options = {.split = splits[s], .lanes_in_all = 1};
		const struct piece *piece;
		struct feed f;

		ground_init(&k, music_corpus(4, MUSIC_FOUR | MUSIC_METRES, 3, 20, false, SPLIT_BY_TAIL), splits[s], 300,
		            1);
		assert_int_equal(k.n, 3);
		assert_int_equal(feed_init(&f, &k.g, k.corpus, &options, k.order, 1, 0, 1), 0);
		assert_true(feed_chunk(&f, &k.p.batch, 300));
		piece = k.corpus->pieces[k.order[0]].piece;
		for (size_t i = 0; i < piece->n; i++) {
			bool last = i + 1 == piece->n, tail = i >= k.corpus->pieces[k.order[0]].train_events;
			bool weighs = splits[s] == SPLIT_TRAIN ? !tail || last : tail && !last;

			/* Row i predicts that event i comes, row i + 1 what it is. */
			assert_true(k.p.batch.next_weight[i] > 0 ? weighs : !weighs);
			if (!last)
				assert_true(k.p.batch.weight[i + 1] > 0 ? weighs : !weighs);
		}
		assert_true(k.p.batch.weight[0] <= 0);
		feed_done(&f);
		ground_done(&k);
	}
}

/* Pieces of another grid or with more parts than the vocabulary knows are left out. */
static void test_misfits(void **state)
{
	struct corpus *c = numbered(5, 4);
	struct ground k;
	struct piece *other = piece_new(48), *wide = piece_new(GRID);
	size_t n;

	(void)state;
	ground_init(&k, c, SPLIT_TRAIN, 1, 1);
	assert_true(other && wide);
	other->start.parts = 1;
	wide->start.parts = 3;
	music_add(other, music_end(1));
	music_add(wide, music_end(1));
	music_corpus_add(c, other, SPLIT_TRAIN);
	music_corpus_add(c, wide, SPLIT_TRAIN);
	free(k.order);
	k.order = feed_pieces(c, k.vocab, SPLIT_TRAIN, &n);
	assert_int_equal(n, 4);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_shuffles_differ),
		cmocka_unit_test(test_every_piece_once_an_epoch),
		cmocka_unit_test(test_scoring_once),
		cmocka_unit_test(test_transposition),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_styles_by_name),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_tail_rule),
		cmocka_unit_test(test_misfits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
