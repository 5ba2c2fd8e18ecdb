/*
 * The networks that read tokens, through all that networks go through: chunks
 * of any length and token by token, training on any number of threads, broken
 * off and gone on with, files, scoring, and making music within limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include "model/evaluate.h"
#include "model/feed.h"
#include "model/net_tokens.h"
#include "model/step.h"
#include "model/transfer.h"
#include "model_check.h"
#include "model_kinds.h"
#include "model_pass.h"
#include "model_resume.h"
#include "num/blas.h"

static struct corpus *corpus_of(const struct kind_of_network *k, enum split_rule rule)
{
	return music_corpus(21, k->music, 12, 14, k->dynamics, rule);
}

/* ---- chunks, and token by token -------------------------------------------- */

/* The losses of every row of a piece on one lane, head after head: losses (rows,HEADS). */
static void score_in_chunks(double *losses, const struct model *m, const struct tokens *t, int chunk)
{
	struct pass p;

	pass_init(&p, &m->generator, chunk, 1, false);
	for (size_t row = 0; row < t->n; row += (size_t)p.batch.rows) {
		batch_begin(&p.batch, t->n - row < (size_t)chunk ? (int)(t->n - row) : chunk);
		for (int r = 0; r < p.batch.rows; r++) {
			const size_t at = row + (size_t)r;

			batch_token(&p.batch, r, at > 0 ? &t->list[at - 1] : NULL, &t->list[at],
			            net_tokens_resets(&m->generator, at), 1);
		}
		batch_end(&p.batch, &m->generator);
		pass_forward(&p, m->w);
		for (int r = 0; r < p.batch.rows; r++)
			for (int h = 0; h < HEADS; h++)
				losses[(row + (size_t)r) * HEADS + (size_t)h] = p.frame.loss[h][r];
	}
	pass_done(&p);
}

static double step_cost(const struct step *s, enum head head, const struct token *t)
{
	const int n = head_classes(s->g, head);
	double most = -INFINITY, sum = 0;

	if (n == 0 || t->symbol[head] < 0)
		return 0;
	for (int i = 0; i < n; i++)
		most = fmax(most, (double)s->logits[head][i]);
	for (int i = 0; i < n; i++)
		sum += exp((double)s->logits[head][i] - most);
	return most + log(sum) - (double)s->logits[head][t->symbol[head]] + t->escape[head];
}

static void check_chunks(const struct kind_of_network *network)
{
	static const int chunks[] = {1, 3, 64};
	struct corpus *c = corpus_of(network, SPLIT_BY_HASH);
	struct model *m = toy_random(c, network->config, 0.5, 2);
	struct step *s = step_new(&m->generator, m->w);
	struct tokens t = {NULL, 0, 0};
	long windows = 0;

	assert_non_null(s);
	for (size_t i = 0; i < c->n; i++) {
		const struct piece *piece = c->pieces[i].piece;
		double *whole, *parts;

		assert_int_equal(tokens_spell(&t, &m->generator, piece, 0), 0);
		whole = calloc(t.n * HEADS, sizeof *whole);
		parts = calloc(t.n * HEADS, sizeof *parts);
		assert_true(whole && parts);
		score_in_chunks(whole, m, &t, (int)t.n);
		for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
			score_in_chunks(parts, m, &t, chunks[k]);
			for (size_t j = 0; j < t.n * HEADS; j++)
				assert_true(fabs(whole[j] - parts[j]) < 20 * REAL_TOLERANCE);
		}
		step_begin(s, &piece->start, UNKNOWN_ALL, -1);
		for (size_t row = 0; row < t.n; row++) {
			for (int h = 0; h < HEADS; h++)
				assert_true(fabs(step_cost(s, (enum head)h, &t.list[row]) -
				                 whole[row * HEADS + (size_t)h]) < 20 * REAL_TOLERANCE);
			step_token(s, &t.list[row]);
			windows += row > 0 && net_tokens_resets(&m->generator, row);
		}
		free(whole);
		free(parts);
	}
	assert_true((windows > 0) == (network->config->kind != KIND_SEED));
	tokens_done(&t);
	step_free(s);
	model_free(m);
	corpus_free(c);
}

static void test_chunks(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++)
		check_chunks(&networks[i]);
}

/* ---- scoring ---------------------------------------------------------------- */

/* Every event's cost, summed over a piece, is what its tokens cost; notes and heads are those of the kind. */
static void check_scores(const struct kind_of_network *network, enum split_rule rule)
{
	const struct evaluate_options options = {.all = rule != SPLIT_BY_TAIL, .split = SPLIT_VALID, .events = true};
	struct corpus *c = corpus_of(network, rule);
	struct model *m = toy_random(c, network->config, 0.4, 3);
	const struct model *models[1] = {m};
	struct evaluate_choice choice;
	struct evaluation e;
	struct tokens t = {NULL, 0, 0};
	struct pool *pool = pool_new(3);

	assert_non_null(pool);
	assert_int_equal(evaluate_choose(&choice, c, models, 1, &options), 0);
	assert_int_equal(choice.n, c->n);
	assert_int_equal(evaluate(&e, m, c, &choice, &options, pool), 0);
	for (size_t i = 0; i < e.n; i++) {
		const struct piece_score *p = &e.pieces[i];
		const struct corpus_piece *cp = &c->pieces[p->piece];
		double *losses, sums[HEADS] = {0};
		long notes = 0;

		assert_int_equal(tokens_spell(&t, &m->generator, cp->piece, 0), 0);
		losses = calloc(t.n * HEADS, sizeof *losses);
		assert_non_null(losses);
		score_in_chunks(losses, m, &t, 256);
		for (size_t row = 0; row < t.n; row++) {
			const size_t event = t.list[row].event;

			/* of tails END is not charged, as it was learned */
			if (!options.all && (event < cp->train_events || event + 1 == cp->piece->n))
				continue;
			for (int h = 0; h < HEADS; h++)
				sums[h] += losses[row * HEADS + (size_t)h];
		}
		for (size_t j = 0; j < cp->piece->n; j++)
			notes += cp->piece->events[j].kind == EVENT_NOTE && !isnan(p->costs[j][HEAD_PITCH]);
		assert_int_equal(p->notes, notes);
		for (int h = 0; h < HEADS; h++) {
			assert_true(fabs(p->heads[h] - sums[h]) < 1e-3 * (1 + sums[h]));
			assert_true((p->heads[h] > 0) == (head_classes(&m->generator, (enum head)h) > 0));
		}
		free(losses);
	}
	evaluation_done(&e);
	evaluate_choice_done(&choice);
	tokens_done(&t);
	pool_free(pool);
	model_free(m);
	corpus_free(c);
}

static void test_scores(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		check_scores(&networks[i], SPLIT_BY_HASH);
		check_scores(&networks[i], SPLIT_BY_TAIL);
	}
}

/* ---- training ---------------------------------------------------------------- */

static struct plan plan_of(const struct kind_of_network *k, int steps)
{
	struct plan p = {
		.corpus = corpus_of(k, SPLIT_BY_HASH), .generator = *k->config, .train = toy_config(steps), .seed = 7};

	p.train.dropout = 0.2;
	p.train.checkpoint = 1e6;
	return p;
}

/* Broken off after steps 1, 6 and 12 with other numbers of threads, the file is the unbroken run's. */
static void test_resumed(void **state)
{
	static const int breaks[] = {1, 6, 12}, threads[] = {1, 3, 0};

	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		struct plan p = plan_of(&networks[i], 12);
		struct bytes whole = unbroken(&p);
		const char *stopped;

		print_message("%s\n", networks[i].name);
		for (int k = 0; k < 3; k++)
			model_free(run_to(&p, k > 0, breaks[k], threads[k], &stopped));
		check_bytes(bytes_of_model(run_to(&p, true, 0, 2, &stopped)), whole);
		free(whole.data);
		corpus_free(p.corpus);
	}
}

/* A scale is learned: far below what it costs at first, and by heart enough to be played. */
static void test_learned(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS - 1; i++) {
		struct corpus *c = scales(8, SPLIT_BY_HASH);
		struct train_config train = toy_config(250);
		const struct train_job job = {.corpus = c, .generator = networks[i].config, .train = &train, .seed = 1};
		struct figures before;
		struct model *m = toy_random(c, networks[i].config, 0.1, 1);
		const char *stopped;

		train.transpose = 0;
		assert_int_equal(evaluate_model(&before, m, c, SPLIT_VALID, NULL), 0);
		model_free(m);
		if (train_model(&m, &stopped, &job) < 0)
			fail_msg("%s", error_message());
		print_message("%s: %.3f nats a note, then %.3f\n", networks[i].name, before.nats_per_note,
		              m->figures.nats_per_note);
		assert_true(before.nats_per_note > 1.5);
		assert_true(m->figures.nats_per_note < before.nats_per_note / 2);
		model_free(m);
		corpus_free(c);
	}
}

/* ---- files -------------------------------------------------------------------- */

static void test_files(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		struct corpus *c = corpus_of(&networks[i], SPLIT_BY_HASH);
		struct model *m = toy_random(c, networks[i].config, 0.3, 5), *again;
		struct bytes first;

		assert_int_equal(model_format(m), 2);
		assert_int_equal(model_save(m, model_path), 0);
		again = model_load(model_path);
		if (!again)
			fail_msg("%s", error_message());
		assert_int_equal(again->generator.config.kind, networks[i].config->kind);
		assert_int_equal(again->vocab->chords.n, m->vocab->chords.n);
		assert_true((m->vocab->chords.n > 0) == (networks[i].config->kind != KIND_SEED));
		assert_memory_equal(again->w, m->w, m->generator.params.size * sizeof(real));
		first = bytes_of_file(model_path);
		check_bytes(bytes_of_model(again), first);
		free(first.data);
		/* no network's weights are another's */
		assert_int_equal(transfer_weights(m->w, &m->generator, m), -1);
		model_free(m);
		corpus_free(c);
	}
}

/* ---- music --------------------------------------------------------------------- */

static struct piece *composed(const struct model *m, const struct compose_options *o)
{
	struct piece *p = compose_piece(m, o);

	if (!p)
		fail_msg("%s", error_message());
	return p;
}

/* What is composed is in the order of events, in the range, and ends where it was asked to; and the same again. */
static void check_music(const struct model *m, const struct compose_options *o)
{
	struct piece *p = composed(m, o), *again = composed(m, o);
	const bool plain = m->generator.config.kind == KIND_COMPOSER;
	int now = 0, sounding = 0;
	long notes = 0;

	assert_int_equal(p->n, again->n);
	for (size_t i = 0; i < p->n; i++) {
		const struct event *e = &p->events[i];

		assert_true(same_event(e, &again->events[i]));
		now += e->shift;
		if (e->kind == EVENT_END) {
			assert_int_equal(i + 1, p->n);
			assert_true(now >= sounding);
			break;
		}
		assert_int_equal(e->kind, EVENT_NOTE);
		assert_int_equal(e->part, 0);
		assert_in_range(e->pitch, o->low, o->high);
		assert_true(e->shift > 0 || i == 0 || e->pitch < p->events[i - 1].pitch);
		assert_true(e->duration > 0);
		if (plain && (o->bars == 0 || now + GRID / 2 <= o->bars * WHOLE))
			assert_int_equal(e->duration, GRID / 2);
		if (m->generator.config.kind == KIND_SEED)
			assert_true(now >= sounding);
		if (now + e->duration > sounding)
			sounding = now + e->duration;
		notes++;
	}
	assert_true(notes > 0);
	if (o->bars > 0)
		assert_true(now >= o->bars * p->start.numerator * GRID);
	piece_free(p);
	piece_free(again);
}

static void test_music(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		struct corpus *c = corpus_of(&networks[i], SPLIT_BY_HASH);
		struct model *m = toy_random(c, networks[i].config, 0.4, 4);

		for (uint64_t seed = 1; seed <= 12; seed++) {
			struct compose_options o;

			compose_defaults(&o);
			o.seed = seed;
			o.bars = seed % 3 == 0 ? 4 : 0;
			o.bars_max = 12;
			if (seed % 4 == 1) {
				o.low = 60;
				o.high = 66;
			}
			/* no pitch of the vocabulary */
			if (seed == 2)
				o.low = 120;
			if (seed == 10)
				o.key = (struct key){7, MODE_UNKNOWN};
			if (seed == 11)
				o.scale = 0xAB5;
			if (o.scale == 0)
				check_music(m, &o);
			else
				piece_free(composed(m, &o));
		}
		model_free(m);
		corpus_free(c);
	}
}

/* A primer is given out as it is, and read; a stream without end goes on. */
static void test_primer(void **state)
{
	(void)state;
	for (int i = 0; i < NETWORKS; i++) {
		struct corpus *c = corpus_of(&networks[i], SPLIT_BY_HASH);
		struct model *m = toy_random(c, networks[i].config, 0.8, 4);
		const struct piece *primer = c->pieces[0].piece;
		struct compose_options o;
		struct composer *composer;
		struct event e;
		size_t made = 0;

		compose_defaults(&o);
		o.seed = 3;
		o.primer = primer;
		o.endless = true;
		composer = composer_new(m, &o);
		assert_non_null(composer);
		for (; made < primer->n + 200; made++) {
			assert_int_equal(composer_next(composer, &e), 1);
			if (made + 1 < primer->n)
				assert_true(same_event(&e, &primer->events[made]));
			assert_true(e.kind != EVENT_END && e.shift >= 0);
		}
		composer_free(composer);
		model_free(m);
		corpus_free(c);
	}
}

/* ---- refusals ------------------------------------------------------------------- */

static void test_refused(void **state)
{
	struct corpus *c = music_corpus(1, MUSIC_FOUR, 6, 8, false, SPLIT_BY_HASH);
	struct compose_options o;
	struct model *m;

	(void)state;
	assert_null(model_new(c, &seed_config));
	assert_non_null(strstr(error_message(), "one part"));
	m = toy_random(c, &composer_config, 0.3, 1);
	compose_defaults(&o);
	o.parts = 2;
	assert_null(composer_new(m, &o));
	assert_non_null(strstr(error_message(), "one part"));
	model_free(m);
	corpus_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),  cmocka_unit_test(test_scores),  cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_learned), cmocka_unit_test(test_files),   cmocka_unit_test(test_music),
		cmocka_unit_test(test_primer),  cmocka_unit_test(test_refused),
	};

	blas_init();
	return cmocka_run_group_tests(tests, resume_setup, resume_teardown);
}
