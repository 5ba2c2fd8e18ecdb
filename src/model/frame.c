/* Memory of a pass: what lanes carry, and the frame between forward and backward. */
#include "model/network.h"

#include <string.h>
#include "model/net_tokens.h"

int head_classes(const struct generator *g, enum head head)
{
	if (generator_reads_tokens(g))
		return token_classes(g, head);
	switch (head) {
	case HEAD_PITCH:
		return RELATIVE_PITCHES;
	case HEAD_DURATION:
		return g->vocab->durations.n + 1;
	case HEAD_VELOCITY:
		return g->vocab->dynamics ? VELOCITY_BINS : 0;
	case HEAD_METRE:
		return g->vocab->n_metres + 1;
	case HEAD_SHIFT:
		return g->vocab->shifts.n + 1;
	case HEAD_PART:
		return g->vocab->parts + 2;
	default:
		return 0;
	}
}

bool head_looks_ahead(const struct generator *g, enum head head)
{
	if (generator_reads_tokens(g))
		return true;
	return head == HEAD_SHIFT || head == HEAD_PART;
}

const real *head_weights(const struct generator *g, const struct batch *b, enum head head)
{
	return head_looks_ahead(g, head) ? b->next_weight : b->weight;
}

/* Which LSTMs run over all rows. */
static void list_states(struct carry *c, const struct generator *g)
{
	if (generator_reads_tokens(g)) {
		c->states = net_tokens_states(g, c->width);
		return;
	}
	c->states = g->config.layers;
	for (int l = 0; l < c->states; l++)
		c->width[l] = g->config.trunk;
	c->streams = (size_t)g->vocab->parts * (size_t)g->config.stream;
}

void carry_layout(struct carry *c, struct arena *a, const struct generator *g, int lanes, int room)
{
	size_t n = (size_t)lanes;

	c->lanes = lanes;
	list_states(c, g);
	for (int l = 0; l < c->states; l++) {
		ARENA_TAKE(a, c->h[l], n * (size_t)c->width[l]);
		ARENA_TAKE(a, c->c[l], n * (size_t)c->width[l]);
	}
	ARENA_TAKE(a, c->stream_h, n * c->streams);
	ARENA_TAKE(a, c->stream_c, n * c->streams);
	if (g->config.memory > 0)
		memory_carry_layout(&c->memory, a, &g->memory, lanes, room);
}

void carry_clear(struct carry *c, const struct generator *g)
{
	size_t n = (size_t)c->lanes;

	for (int l = 0; l < c->states; l++) {
		memset(c->h[l], 0, n * (size_t)c->width[l] * sizeof(real));
		memset(c->c[l], 0, n * (size_t)c->width[l] * sizeof(real));
	}
	memset(c->stream_h, 0, n * c->streams * sizeof(real));
	memset(c->stream_c, 0, n * c->streams * sizeof(real));
	if (g->config.memory > 0)
		memory_carry_clear(&c->memory);
}

void carry_copy(struct carry *to, const struct carry *from, const struct generator *g)
{
	const size_t n = (size_t)from->lanes;

	for (int l = 0; l < from->states; l++) {
		memcpy(to->h[l], from->h[l], n * (size_t)from->width[l] * sizeof(real));
		memcpy(to->c[l], from->c[l], n * (size_t)from->width[l] * sizeof(real));
	}
	memcpy(to->stream_h, from->stream_h, n * from->streams * sizeof(real));
	memcpy(to->stream_c, from->stream_c, n * from->streams * sizeof(real));
	if (g->config.memory > 0)
		memory_carry_copy(&to->memory, &from->memory, &g->memory);
}

static void backward_layout(struct frame *f, struct arena *a, const struct generator *g, size_t rows)
{
	size_t trunk = (size_t)g->config.trunk, chosen = (size_t)g->chosen.width;
	size_t hidden = (size_t)g->config.hidden, stream = (size_t)g->config.stream;
	size_t memory = (size_t)g->config.memory;

	ARENA_TAKE(a, f->dz, rows * (size_t)f->width);
	ARENA_TAKE(a, f->dx, rows * ((size_t)g->query.width + stream));
	ARENA_TAKE(a, f->dkey, rows * (trunk + chosen));
	ARENA_TAKE(a, f->dh, 2 * rows * trunk);
	ARENA_TAKE(a, f->dchosen, rows * chosen);
	ARENA_TAKE(a, f->dm, rows * memory);
	ARENA_TAKE(a, f->ds, rows * stream);
	ARENA_TAKE(a, f->dpacked, rows * stream);
	ARENA_TAKE(a, f->dpacked_in, rows * chosen);
	ARENA_TAKE(a, f->drelative, rows * (size_t)g->kinds * RELATIVE_WIDTH);
	ARENA_TAKE(a, f->dduration_hidden, rows * hidden);
	ARENA_TAKE(a, f->dvelocity_hidden, rows * hidden / 2);
	ARENA_TAKE(a, f->dnext_hidden, rows * (hidden + (size_t)g->next.width));
	ARENA_TAKE(a, f->dpart_hidden, rows * hidden / 2);
}

void frame_layout(struct frame *f, struct arena *a, const struct generator *g, int steps, int lanes, int backward)
{
	size_t rows = (size_t)steps * (size_t)lanes;
	size_t trunk = (size_t)g->config.trunk, chosen = (size_t)g->chosen.width;
	size_t hidden = (size_t)g->config.hidden, stream = (size_t)g->config.stream;
	size_t memory = (size_t)g->config.memory, widest = trunk;

	f->steps = steps;
	f->lanes = lanes;
	f->backward = backward;
	for (int h = 0; h < HEADS; h++) {
		ARENA_TAKE(a, f->logits[h], rows * (size_t)head_classes(g, (enum head)h));
		ARENA_TAKE(a, f->loss[h], rows);
	}
	if (generator_reads_tokens(g)) {
		net_tokens_frame(f, a, g);
		return;
	}
	f->width = g->features + g->given.width + g->chosen.width;
	ARENA_TAKE(a, f->z, rows * (size_t)f->width);
	ARENA_TAKE(a, f->chosen, rows * chosen);
	ARENA_TAKE(a, f->packed_in, rows * chosen);
	lstm_frame_layout(&f->stream, a, &g->stream, (int)rows, (int)rows, backward);
	ARENA_TAKE(a, f->start_h, rows * stream);
	ARENA_TAKE(a, f->start_c, rows * stream);
	ARENA_TAKE(a, f->equal, (size_t)steps);
	ARENA_TAKE(a, f->x, rows * ((size_t)g->query.width + stream));
	for (int l = 0; l < g->config.layers; l++) {
		lstm_frame_layout(&f->trunk[l], a, &g->trunk[l], (int)rows, lanes, backward);
		ARENA_TAKE(a, f->h[l], rows * trunk);
		ARENA_TAKE(a, f->trunk_mask[l], rows * trunk);
	}
	ARENA_TAKE(a, f->key, rows * (trunk + chosen));
	if (memory > 0)
		memory_frame_layout(&f->memory, a, &g->memory, steps, lanes, backward);
	ARENA_TAKE(a, f->memory_mask, rows * memory);
	ARENA_TAKE(a, f->stream_mask, rows * stream);
	widest = memory > widest ? memory : widest;
	widest = stream > widest ? stream : widest;
	ARENA_TAKE(a, f->random, rows * widest);
	ARENA_TAKE(a, f->relative, rows * (size_t)g->kinds * RELATIVE_WIDTH);
	ARENA_TAKE(a, f->duration_hidden, rows * hidden);
	ARENA_TAKE(a, f->velocity_hidden, rows * hidden / 2);
	ARENA_TAKE(a, f->next_hidden, rows * (hidden + (size_t)g->next.width));
	ARENA_TAKE(a, f->part_hidden, rows * hidden / 2);
	if (g->config.latent > 0)
		latent_frame_layout(&f->latent, a, &g->latent, (int)rows, backward);
	if (g->config.knobs > 0)
		knob_frame_layout(&f->knobs, a, &g->knobs, (int)rows, backward);
	ARENA_TAKE(a, f->kept.first, rows + 1);
	ARENA_TAKE(a, f->kept.items, rows * CONTEXT_QUERY_MAX);
	ARENA_TAKE(a, f->kept_given.first, rows + 1);
	ARENA_TAKE(a, f->kept_given.items, rows * CONTEXT_GIVEN_MAX);
	if (backward)
		backward_layout(f, a, g, rows);
}
