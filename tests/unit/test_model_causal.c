/*
 * Nothing looks ahead. Every field of every event is changed in turn, the
 * first event's too, and the probabilities of all heads in all rows compared,
 * bit by bit. Row r knows events 0 .. r-2 whole; it is the row of event r-1
 * and predicts, in turn,
 *
 *	pitch (or metre) of event r-1	from its shift and part
 *	duration, velocity		from its pitch too
 *	shift of event r		from all of event r-1
 *	part of event r			from that and the shift of event r
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "model/feed.h"
#include "model_pass.h"
#include "num/blas.h"

enum { EVENTS_MAX = 160, END = 5000 };

struct ground {
	struct corpus *corpus;
	struct vocab *vocab;
	struct generator g;
	struct pass before, after;
	real *w;
};

static void ground_init(struct ground *k, unsigned kinds, const struct generator_config *config, bool dynamics)
{
	k->corpus = music_corpus(3, kinds, 2, 11, dynamics, SPLIT_BY_HASH);
	k->vocab = vocab_new(k->corpus);
	assert_non_null(k->vocab);
	assert_int_equal(generator_init(&k->g, config, k->vocab), 0);
	pass_init(&k->before, &k->g, EVENTS_MAX, 1, false);
	pass_init(&k->after, &k->g, EVENTS_MAX, 1, false);
	k->w = reals_plane(&k->g.params, 0.5, 4);
}

static void ground_done(struct ground *k)
{
	pass_done(&k->before);
	pass_done(&k->after);
	free(k->w);
	generator_done(&k->g);
	vocab_free(k->vocab);
	corpus_free(k->corpus);
}

static void run(struct pass *p, const real *w, const struct piece *piece)
{
	pass_piece(p, piece, 0, END);
	pass_ask_all(p);
	pass_forward(p, w);
	pass_probabilities(p);
}

static bool same(const struct ground *k, enum head head, int row)
{
	size_t n = (size_t)head_classes(&k->g, head);

	return memcmp(pass_row(&k->before, head, row), pass_row(&k->after, head, row), n * sizeof(real)) == 0;
}

/* Heads, as bits. */
enum {
	PITCH = 1 << HEAD_PITCH,
	DURATION = 1 << HEAD_DURATION,
	VELOCITY = 1 << HEAD_VELOCITY,
	METRE = 1 << HEAD_METRE,
	SHIFT = 1 << HEAD_SHIFT,
	PART = 1 << HEAD_PART,
	ALL = 63
};

/*
 * After a change of event t: rows before t, all the same; row t, whose next
 * event it is, the same but for `next`; row t + 1, its own, the same but for
 * `own`. What may change must, in some row, and so must something later.
 */
static void compare(const struct ground *k, int t, unsigned next, unsigned own, unsigned *changed, bool *later)
{
	int rows = k->before.batch.rows;

	for (int h = 0; h < HEADS; h++) {
		for (int r = 0; r <= t; r++) {
			bool equal = same(k, (enum head)h, r);

			if (!equal && (r < t || !(next >> h & 1)))
				fail_msg("event %d changed, and with it head %s of row %d", t, head_names[h], r);
		}
		if (t + 1 >= rows)
			continue;
		if (!same(k, (enum head)h, t + 1)) {
			if (!(own >> h & 1))
				fail_msg("event %d changed, and with it head %s of its own row", t, head_names[h]);
			*changed |= 1u << h;
		}
		for (int r = t + 2; r < rows; r++)
			*later = *later || !same(k, (enum head)h, r);
	}
}

enum field { FIELD_PITCH, FIELD_DURATION, FIELD_VELOCITY, FIELD_PART, FIELD_SHIFT, FIELD_FERMATA, FIELD_METRE, FIELDS };

/* Another value, a symbol or an escape; false where the event has no such field. */
static bool change(struct event *e, enum field field, int parts, int how)
{
	bool note = e->kind == EVENT_NOTE;

	switch (field) {
	case FIELD_PITCH:
		e->pitch = (uint8_t)(how ? e->pitch / 2 : e->pitch ^ 5);
		return note;
	case FIELD_DURATION:
		e->duration = how ? 1237 : e->duration == 12 ? 24 : 12;
		return note;
	case FIELD_VELOCITY:
		e->velocity = (uint8_t)(e->velocity ^ (how ? 64 : 24));
		return note && e->velocity > 0;
	case FIELD_PART:
		e->part = (uint8_t)((e->part + 1) % parts);
		return note && parts > 1;
	case FIELD_SHIFT:
		e->shift = how ? e->shift + 1111 : e->shift == 24 ? 0 : 24;
		return true;
	case FIELD_FERMATA:
		e->fermata = !e->fermata;
		return note;
	default:
		e->numerator = (uint8_t)(e->numerator == 5 ? 3 : 5);
		return e->kind == EVENT_METRE;
	}
}

/* Which heads of the row before, and of its own row, may know a field of an event. */
static const struct {
	unsigned next, own;
} may[FIELDS] = {
	[FIELD_PITCH] = {0, DURATION | VELOCITY | SHIFT | PART},
	[FIELD_DURATION] = {0, SHIFT | PART},
	[FIELD_VELOCITY] = {0, SHIFT | PART},
	[FIELD_PART] = {0, ALL},
	[FIELD_SHIFT] = {PART, ALL},
	[FIELD_FERMATA] = {0, 0},
	[FIELD_METRE] = {0, 0},
};

static void check_kinds(unsigned kinds, const struct generator_config *config, bool dynamics)
{
	struct ground k;
	unsigned changed[FIELDS] = {0};
	bool later[FIELDS] = {false};

	ground_init(&k, kinds, config, dynamics);
	for (size_t i = 0; i < k.corpus->n; i++) {
		struct piece *piece = k.corpus->pieces[i].piece;
		int parts = music_parts((enum music)kinds);

		assert_true(piece->n <= EVENTS_MAX);
		run(&k.before, k.w, piece);
		for (size_t t = 0; t + 1 < piece->n; t++)
			for (int field = 0; field < FIELDS; field++)
				for (int how = 0; how < 2; how++) {
					struct event kept = piece->events[t];

					if (change(&piece->events[t], (enum field)field, parts, how)) {
						run(&k.after, k.w, piece);
						compare(&k, (int)t, may[field].next, may[field].own, &changed[field],
						        &later[field]);
					}
					piece->events[t] = kept;
				}
	}
	/* A head that nothing ever reaches would be as causal as can be. */
	for (int field = 0; field <= FIELD_SHIFT; field++) {
		unsigned must = may[field].own & ~(field == FIELD_PART || field == FIELD_SHIFT ? METRE : 0u);

		if (!dynamics)
			must &= ~(unsigned)VELOCITY;
		if ((field == FIELD_VELOCITY && !dynamics) ||
		    (field == FIELD_PART && music_parts((enum music)kinds) == 1))
			continue;
		if ((changed[field] & must) != must || !later[field])
			fail_msg("field %d changed heads %x of its own row, not all of %x", field, changed[field],
			         must);
	}
	if (kinds == MUSIC_METRES)
		assert_true(later[FIELD_METRE]);
	assert_true(later[FIELD_FERMATA]);
	ground_done(&k);
}

static void test_melody(void **state)
{
	(void)state;
	check_kinds(MUSIC_MELODY, &small_config, true);
}

static void test_four_parts(void **state)
{
	(void)state;
	check_kinds(MUSIC_FOUR, &small_config, false);
}

static void test_chords(void **state)
{
	(void)state;
	check_kinds(MUSIC_CHORDS, &small_config, true);
}

static void test_metres(void **state)
{
	(void)state;
	check_kinds(MUSIC_METRES, &small_config, true);
}

/* Music to look back on: an event must not see itself as what was played bars ago. */
static void test_bars(void **state)
{
	(void)state;
	check_kinds(MUSIC_BARS, &small_config, true);
}

static void test_no_memory(void **state)
{
	static const struct generator_config config = {
		.stream = 8,
		.trunk = 12,
		.layers = 1,
		.heads = 1,
		.window = 1,
		.slots = 4,
		.hidden = 8,
		.nearby = 1,
		.harmony = 1,
		.form = 1,
	};

	(void)state;
	check_kinds(MUSIC_CHORDS, &config, false);
}

/* A phrase begins after each fermata. */
static void turn_fermatas(struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i++)
		piece->events[i].fermata = !piece->events[i].fermata;
}

/*
 * What is known from the start reaches every row by design: the end (as bars
 * left), style, mode, tempo, pickup. What is unknown reaches none: the rows of
 * a piece scored with everything unknown are those of another that differs only there.
 */
static void test_start(void **state)
{
	struct ground k;
	struct piece *piece;
	unsigned unknown[] = {UNKNOWN_STYLE, UNKNOWN_KEY, UNKNOWN_TEMPO, UNKNOWN_BARS_LEFT, UNKNOWN_PHRASE};

	(void)state;
	ground_init(&k, MUSIC_CHORDS, &small_config, true);
	piece = k.corpus->pieces[0].piece;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		for (int hidden = 0; hidden < 2; hidden++) {
			struct start start = piece->start;
			int end = END, differ = 0;

			pass_piece(&k.before, piece, hidden ? unknown[i] : 0, end);
			switch (unknown[i]) {
			case UNKNOWN_STYLE:
				piece->start.style = 1 - piece->start.style;
				break;
			case UNKNOWN_KEY:
				piece->start.mode = (enum mode)((piece->start.mode + 1) % MODES);
				piece->start.tonic = (uint8_t)(piece->start.tonic % 12 + 1);
				break;
			case UNKNOWN_TEMPO:
				piece->start.tempo = (piece->start.tempo + 1) % TEMPO_CLASSES;
				break;
			case UNKNOWN_BARS_LEFT:
				end = 2 * WHOLE;
				break;
			default:
				turn_fermatas(piece);
			}
			pass_piece(&k.after, piece, hidden ? unknown[i] : 0, end);
			for (int pass = 0; pass < 2; pass++) {
				struct pass *p = pass ? &k.after : &k.before;

				pass_ask_all(p);
				pass_forward(p, k.w);
				pass_probabilities(p);
			}
			for (int r = 0; r < k.before.batch.rows; r++)
				for (int h = 0; h < HEADS; h++)
					differ += !same(&k, (enum head)h, r);
			if (hidden)
				assert_int_equal(differ, 0);
			else
				assert_true(differ > 0);
			piece->start = start;
			if (unknown[i] == UNKNOWN_PHRASE)
				turn_fermatas(piece);
		}
	ground_done(&k);
}

/* Scoring does without what only the whole piece tells (its end, its key's mode) and without fermatas. */
static void test_scoring_knows_no_end(void **state)
{
	struct ground k;
	struct piece *piece;
	real *first;
	size_t classes;

	(void)state;
	ground_init(&k, MUSIC_FOUR, &small_config, true);
	piece = k.corpus->pieces[0].piece;
	classes = (size_t)head_classes(&k.g, HEAD_PITCH) * piece->n;
	first = calloc(classes, sizeof *first);
	assert_non_null(first);
	for (int again = 0; again < 2; again++) {
		const struct feed_options options = {.split = SPLIT_TRAIN, .lanes_in_all = 1};
		const uint32_t order[] = {0};
		struct feed feed;
		int rows = (int)piece->n;

		assert_int_equal(feed_init(&feed, &k.g, k.corpus, &options, order, 1, 0, 1), 0);
		assert_true(feed_chunk(&feed, &k.before.batch, rows));
		carry_clear(&k.before.carry, &k.g);
		pass_forward(&k.before, k.w);
		pass_probabilities(&k.before);
		if (again)
			assert_memory_equal(first, pass_row(&k.before, HEAD_PITCH, 0), classes * sizeof *first);
		memcpy(first, pass_row(&k.before, HEAD_PITCH, 0), classes * sizeof *first);
		feed_done(&feed);
		piece->start.mode = (enum mode)((piece->start.mode + 1) % MODES);
		piece->events[piece->n - 1].shift += 20 * WHOLE;
		turn_fermatas(piece);
	}
	free(first);
	ground_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_melody), cmocka_unit_test(test_four_parts),
		cmocka_unit_test(test_chords), cmocka_unit_test(test_metres),
		cmocka_unit_test(test_bars),   cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_start),  cmocka_unit_test(test_scoring_knows_no_end),
	};

	blas_init();
	/* Its sums do not depend on how many rows there are, so that equal is equal bit by bit. */
	blas_use_plain(true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
