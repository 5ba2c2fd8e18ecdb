/* A fresh classifier of styles. See style_probe.h. */
#include "model/style_probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/encoder.h"
#include "model/feed.h"
#include "nn/loss.h"
#include "num/optim.h"
#include "num/vec.h"

enum { PHRASES_MAX = 3000, HIDDEN = 32, STEPS = 400 };

/* Phrases of a split: z, drawn from the posterior, and style. */
struct sample {
	real *z;    /* (n,width) */
	int *style; /* (n) */
	int n, width;
};

struct encoding {
	struct arena arena;
	struct phrase_batch batch;
	struct encoder_frame frame;
};

static void layout_encoding(struct encoding *e, const struct encoder *encoder)
{
	phrase_batch_layout(&e->batch, &e->arena, 1, PHRASE_EVENTS_MAX);
	encoder_frame_layout(&e->frame, &e->arena, encoder, 1, PHRASE_EVENTS_MAX, false);
}

/* The piece's phrases, where its style is known. */
static void add_phrases(struct sample *s, struct encoding *e, const struct model *m, const struct phrases *phrases,
                        int style, struct random *random)
{
	const size_t n = (size_t)s->width;

	for (size_t i = 0; i < phrases->n && s->n < PHRASES_MAX && style >= 0; i++) {
		phrase_batch_begin(&e->batch);
		phrase_batch_add(&e->batch, phrases, i, style);
		encoder_forward(&m->generator.encoder, m->w, &e->frame, &e->batch);
		for (size_t j = 0; j < n; j++)
			s->z[(size_t)s->n * n + j] = e->frame.mu[j] + (real)(exp((double)e->frame.log_sigma2[j] / 2) *
			                                                     random_normal(random));
		s->style[s->n++] = style;
	}
}

static int style_of(const struct model *m, const struct corpus *corpus, const struct piece *p)
{
	const int style = p->start.style;

	return style >= 0 && (size_t)style < corpus->n_styles ? vocab_style(m->vocab, corpus->styles[style]) : -1;
}

/* Pieces are taken spread over the split, so that none of its folders is left out. */
static int collect(struct sample *s, struct encoding *e, const struct model *m, const struct corpus *corpus,
                   enum split split, uint64_t seed)
{
	struct corpus_reader reader = {.bytes = NULL};
	struct random random = random_stream(seed, (uint64_t)split, 0, 0);
	struct phrases phrases = {.n = 0};
	uint32_t *order;
	size_t n;
	int result = 0;

	s->width = m->generator.config.latent;
	s->z = mem_new((size_t)PHRASES_MAX * (size_t)s->width, sizeof *s->z);
	s->style = mem_new(PHRASES_MAX, sizeof *s->style);
	order = feed_pieces(corpus, m->vocab, split, &n);
	if (!s->z || !s->style || !order)
		result = -1;
	for (size_t i = 0; result == 0 && i < n && s->n < PHRASES_MAX; i++) {
		const struct corpus_piece *cp = &corpus->pieces[order[shuffled(1, (uint32_t)i, (uint32_t)n)]];
		const struct piece *p = corpus_read(&reader, corpus, cp);

		result = p ? phrases_cut(&phrases, p, p->n, m->vocab) : -1;
		if (result == 0)
			add_phrases(s, e, m, &phrases, style_of(m, corpus, p), &random);
	}
	phrases_done(&phrases);
	corpus_reader_done(&reader);
	free(order);
	return result;
}

static void sample_done(struct sample *s)
{
	free(s->z);
	free(s->style);
}

/* ---- the classifier ------------------------------------------------------------ */

struct probe {
	struct params params;
	struct linear hidden, out;
	real *w, *dw, *moments[OPTIM_PLANES_MAX];
	struct arena arena;
	real *h, *logits, *dh;
	double *loss;
};

static void layout_probe(struct probe *p, int styles)
{
	ARENA_TAKE(&p->arena, p->h, (size_t)PHRASES_MAX * HIDDEN);
	ARENA_TAKE(&p->arena, p->dh, (size_t)PHRASES_MAX * HIDDEN);
	ARENA_TAKE(&p->arena, p->logits, (size_t)PHRASES_MAX * (size_t)styles);
	ARENA_TAKE(&p->arena, p->loss, PHRASES_MAX);
}

static int probe_init(struct probe *p, int width, int styles, uint64_t seed)
{
	*p = (struct probe){.w = NULL};
	p->hidden = linear_layer(&p->params, "hidden", width, HIDDEN);
	p->out = linear_layer(&p->params, "out", HIDDEN, styles);
	layout_probe(p, styles);
	if (p->params.failed || arena_reserve(&p->arena) < 0)
		return -1;
	layout_probe(p, styles);
	p->w = params_plane(&p->params);
	p->dw = params_plane(&p->params);
	for (int i = 0; i < 2; i++)
		p->moments[i] = params_plane(&p->params);
	if (!p->w || !p->dw || !p->moments[0] || !p->moments[1])
		return -1;
	params_init(&p->params, p->w, seed);
	return 0;
}

static void probe_done(struct probe *p)
{
	arena_done(&p->arena);
	free(p->w);
	free(p->dw);
	for (int i = 0; i < 2; i++)
		free(p->moments[i]);
	params_done(&p->params);
}

static void probe_forward(struct probe *p, const struct sample *s)
{
	linear_forward(&p->hidden, p->w, p->h, HIDDEN, s->z, s->width, s->n);
	vec_tanh(p->h, p->h, (size_t)s->n * HIDDEN);
	linear_forward(&p->out, p->w, p->logits, p->out.out, p->h, HIDDEN, s->n);
}

/* Weights are held small: there are few phrases. */
static void probe_learn(struct probe *p, const struct sample *s)
{
	const struct optim_options adam = {
		.kind = OPTIM_ADAMW, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .weight_decay = 0.1};
	const size_t n = (size_t)s->n * HIDDEN;

	for (uint64_t step = 1; step <= STEPS; step++) {
		probe_forward(p, s);
		softmax_loss(p->logits, p->out.out, p->loss, s->style, NULL, s->n, p->out.out);
		vec_scale(p->logits, (real)1 / (real)s->n, (size_t)s->n * (size_t)p->out.out);
		memset(p->dw, 0, p->params.size * sizeof(real));
		memset(p->dh, 0, n * sizeof(real));
		linear_backward(&p->out, p->w, p->dw, p->dh, HIDDEN, p->logits, p->out.out, p->h, HIDDEN, s->n);
		for (size_t i = 0; i < n; i++)
			p->dh[i] *= 1 - p->h[i] * p->h[i];
		linear_backward(&p->hidden, p->w, p->dw, NULL, 0, p->dh, HIDDEN, s->z, s->width, s->n);
		optim_step(&adam, &p->params, p->w, p->moments, p->dw, 0.01, step, 0, p->params.size);
	}
}

static double accuracy_of(struct probe *p, const struct sample *s)
{
	int right = 0;

	probe_forward(p, s);
	for (int r = 0; r < s->n; r++) {
		const real *logits = p->logits + (size_t)r * (size_t)p->out.out;
		int best = 0;

		for (int i = 1; i < p->out.out; i++)
			best = logits[i] > logits[best] ? i : best;
		right += best == s->style[r];
	}
	return (double)right / s->n;
}

/* Share of the commonest style; 1 where there are not two. */
static double commonest(const struct sample *s)
{
	int count[VOCAB_STYLES_MAX] = {0}, most = 0;

	for (int r = 0; r < s->n; r++) {
		count[s->style[r]]++;
		most = count[s->style[r]] > most ? count[s->style[r]] : most;
	}
	return s->n > 0 ? (double)most / s->n : 1;
}

int style_probe(double *accuracy, double *chance, const struct model *m, const struct corpus *corpus, uint64_t seed)
{
	struct sample learn = {.n = 0}, test = {.n = 0};
	struct encoding e = {.batch = {.n = 0}};
	struct probe probe = {.w = NULL};
	int result = -1;

	*accuracy = *chance = NAN;
	layout_encoding(&e, &m->generator.encoder);
	if (arena_reserve(&e.arena) == 0) {
		layout_encoding(&e, &m->generator.encoder);
		result = collect(&learn, &e, m, corpus, SPLIT_TRAIN, seed);
		if (result == 0)
			result = collect(&test, &e, m, corpus, SPLIT_VALID, seed);
	}
	if (result == 0 && commonest(&learn) < 1 && commonest(&test) < 1) {
		result = probe_init(&probe, learn.width, m->vocab->n_styles, seed);
		if (result == 0) {
			probe_learn(&probe, &learn);
			*accuracy = accuracy_of(&probe, &test);
			*chance = commonest(&test);
		}
		probe_done(&probe);
	}
	sample_done(&learn);
	sample_done(&test);
	arena_done(&e.arena);
	return result;
}
