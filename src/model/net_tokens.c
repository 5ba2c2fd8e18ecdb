/* Networks that read tokens. See net_tokens.h. */
#include "model/net_tokens.h"

#include "base/error.h"

/* The heads that a network has, in order. Returns how many. */
static int list_heads(enum head heads[HEADS], const struct generator *g)
{
	int n = 0;

	for (int h = 0; h < HEADS; h++)
		if (token_classes(g, (enum head)h) > 0)
			heads[n++] = (enum head)h;
	return n;
}

static void lay_composer(struct generator *g)
{
	const struct generator_config *c = &g->config;
	enum head heads[HEADS];
	const char *names[HEADS];
	int classes[HEADS];
	const int n = list_heads(heads, g);

	for (int i = 0; i < n; i++) {
		names[i] = i == 0 ? "chord" : head_names[heads[i]];
		classes[i] = token_classes(g, heads[i]);
	}
	g->composer = net_composer_layers(&g->params, names, classes, n, c->trunk, c->layers, c->hidden);
}

int net_tokens_lay(struct generator *g)
{
	if (g->config.kind == KIND_SEED && g->vocab->parts != 1)
		return error("the seed learns melodies, music of one part; this has up to %d (corpus.take = top takes "
		             "the highest)",
		             g->vocab->parts);
	/* what they have none of is in no count */
	g->config.memory = 0;
	if (g->config.kind == KIND_SEED)
		g->seed = net_seed_layers(&g->params, token_classes(g, HEAD_PITCH), token_classes(g, HEAD_DURATION),
		                          g->config.trunk);
	else
		lay_composer(g);
	return 0;
}

bool net_tokens_resets(const struct generator *g, size_t row)
{
	return row == 0 || (g->config.kind != KIND_SEED && row % (size_t)g->config.window == 0);
}

int net_tokens_states(const struct generator *g, int *widths)
{
	if (g->config.kind == KIND_SEED) {
		net_seed_states(&g->seed, widths);
		return SEED_STATES;
	}
	for (int l = 0; l < g->config.layers; l++)
		widths[l] = g->config.trunk;
	return g->config.layers;
}

void net_tokens_frame(struct frame *f, struct arena *a, const struct generator *g)
{
	if (g->config.kind == KIND_SEED)
		seed_frame_layout(&f->seed, a, &g->seed, f->steps, f->lanes, f->backward);
	else
		composer_frame_layout(&f->composer, a, &g->composer, f->steps, f->lanes, f->backward);
}

/* What a pass takes, head by head. */
struct heads {
	real *logits[HEADS];
	const int *read[HEADS];
};

static struct heads gather(const struct generator *g, const struct frame *f, const struct batch *b)
{
	enum head heads[HEADS];
	const int n = list_heads(heads, g);
	struct heads all = {{0}, {0}};

	for (int i = 0; i < n; i++) {
		all.logits[i] = f->logits[heads[i]];
		all.read[i] = b->read[heads[i]];
	}
	return all;
}

void net_tokens_forward(const struct generator *g, const real *w, struct frame *f, const struct batch *b,
                        struct carry *carry, const struct dropout_rates *rates, struct random random)
{
	const struct heads all = gather(g, f, b);
	const double rate = rates ? rates->trunk : 0;

	if (g->config.kind == KIND_SEED)
		seed_forward(&g->seed, w, &f->seed, all.logits, all.read, carry->h, carry->c, b->reset, rate, random,
		             b->steps, b->lanes);
	else
		composer_forward(&g->composer, w, &f->composer, all.logits, all.read, carry->h, carry->c, b->reset,
		                 rate, random, b->steps, b->lanes);
}

void net_tokens_backward(const struct generator *g, const real *w, real *dw, struct frame *f, const struct batch *b,
                         const struct dropout_rates *rates)
{
	const struct heads all = gather(g, f, b);
	const real *dlogits[HEADS];
	const double rate = rates ? rates->trunk : 0;

	for (int h = 0; h < HEADS; h++)
		dlogits[h] = all.logits[h];
	if (g->config.kind == KIND_SEED)
		seed_backward(&g->seed, w, dw, &f->seed, dlogits, b->next_weight, b->reset, rate, b->steps, b->lanes);
	else
		composer_backward(&g->composer, w, dw, &f->composer, dlogits, b->reset, rate, b->steps, b->lanes);
}

double net_tokens_work(const struct generator *g)
{
	return g->config.kind == KIND_SEED ? seed_work(&g->seed) : composer_work(&g->composer);
}
