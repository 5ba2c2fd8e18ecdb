/* The generator one event at a time. See step.h, and network.c for the same in bulk. */
#include "model/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "model/net_tokens.h"
#include "nn/activation.h"

enum { ROOM = 64, ITEMS = CONTEXT_QUERY_MAX + CHOSEN_FIELDS + CONTEXT_GIVEN_MAX };

/* What random numbers of a plan are for. */
enum { FOR_TOKENS = 701 };

static const int one = 1;
static const struct packing one_row = {1, &one};

static void layout(struct step *s)
{
	const struct generator *g = s->g;
	struct arena *a = &s->arena;
	size_t hidden = (size_t)g->config.hidden;

	/* of which nothing is asked but where the music is */
	if (generator_is_conv(g))
		return;
	carry_layout(&s->carry, a, g, 1, ROOM);
	if (generator_reads_tokens(g)) {
		batch_layout(&s->batch, a, g, 1, 1);
		frame_layout(&s->frame, a, g, 1, 1, false);
		for (int h = 0; h < HEADS; h++)
			s->logits[h] = s->frame.logits[h];
		return;
	}
	lstm_frame_layout(&s->stream, a, &g->stream, 1, 1, false);
	for (int l = 0; l < g->config.layers; l++)
		lstm_frame_layout(&s->trunk[l], a, &g->trunk[l], 1, 1, false);
	ARENA_TAKE(a, s->x, (size_t)(g->query.width + g->config.stream));
	ARENA_TAKE(a, s->z, (size_t)(g->features + g->given.width + g->chosen.width));
	ARENA_TAKE(a, s->key, (size_t)(g->config.trunk + g->chosen.width));
	ARENA_TAKE(a, s->relative, (size_t)g->kinds * RELATIVE_WIDTH);
	ARENA_TAKE(a, s->scratch, (size_t)(s->carry.memory.capacity + 1 + g->config.memory));
	ARENA_TAKE(a, s->hidden, hidden);
	ARENA_TAKE(a, s->next_hidden, hidden + (size_t)g->next.width);
	ARENA_TAKE(a, s->part_hidden, hidden / 2);
	for (int h = 0; h < HEADS; h++)
		ARENA_TAKE(a, s->logits[h], (size_t)head_classes(g, (enum head)h));
	ARENA_TAKE(a, s->items, ITEMS);
	ARENA_TAKE(a, s->references, CONTEXT_REFERENCES_MAX);
	ARENA_TAKE(a, s->classes, (size_t)g->vocab->parts + 2);
	if (g->config.latent > 0)
		latent_frame_layout(&s->latent, a, &g->latent, 1, false);
	if (g->config.knobs > 0)
		knob_frame_layout(&s->knob_frame, a, &g->knobs, 1, false);
}

struct step *step_new(const struct generator *g, const real *w)
{
	struct step *s = mem_new(1, sizeof *s);

	if (!s)
		return NULL;
	s->g = g;
	s->w = w;
	layout(s);
	if (arena_reserve(&s->arena) < 0) {
		free(s);
		return NULL;
	}
	layout(s);
	if (g->config.kind == KIND_EVENTS)
		s->chosen = s->z + g->features + g->given.width;
	return s;
}

void step_free(struct step *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}

size_t step_state_size(const struct step *s)
{
	return sizeof s->context + s->arena.size;
}

void step_save(void *state, const struct step *s)
{
	unsigned char *to = state;

	memcpy(to, &s->context, sizeof s->context);
	memcpy(to + sizeof s->context, s->arena.memory, s->arena.size);
}

void step_restore(struct step *s, const void *state)
{
	const unsigned char *from = state;

	memcpy(&s->context, from, sizeof s->context);
	memcpy(s->arena.memory, from + sizeof s->context, s->arena.size);
}

static void embed(const struct step *s, const struct bag *bag, real *y, int n)
{
	const uint32_t first[2] = {0, (uint32_t)n};
	const struct bag_input input = {first, s->items};

	bag_forward(bag, s->w, y, bag->width, &input, 1);
}

/* The part of a row that the memory is told; as batch_row() says it. */
static int memory_part(const struct context *c)
{
	return c->kind == ROW_NOTE ? c->part : c->kind == ROW_METRE ? PART_METRE : PART_START;
}

/* The z of the row that has just arrived, at its place in the phrase. */
static void latent_of(struct step *s)
{
	static const uint32_t first[2] = {0, PLACE_FIELDS};
	const struct context *c = &s->context;
	const int parts = s->g->vocab->parts;
	struct bag_item items[PLACE_FIELDS];
	const struct bag_input place = {first, items};
	const int bar = latent_plan_at(s->plan, s->latent.z, &c->position);

	latent_place(items, c->position.bar - bar, position_in_bar(&c->position), s->g->vocab->grid,
	             c->kind == ROW_NOTE    ? c->part
	             : c->kind == ROW_METRE ? parts
	                                    : parts + 1);
	latent_bind(&s->g->latent, s->w, &s->latent, &place, 1);
}

/* Everything up to z's features for the row that has just arrived. */
static void features(struct step *s)
{
	const struct generator *g = s->g;
	const struct context *c = &s->context;
	size_t stream = (size_t)g->config.stream, trunk = (size_t)g->config.trunk;
	real *from = s->x + g->query.width, *h = s->x;
	int ldx = g->query.width + g->config.stream;
	const bool latent = s->plan && g->config.latent > 0;
	const bool knobs = s->knobs && g->config.knobs > 0 && knobs_told(s->knobs);

	embed(s, &g->query, s->x, context_query(c, s->items));
	if (latent) {
		latent_of(s);
		latent_to_input(&g->latent, s->w, s->x, ldx, &s->latent, 1);
	}
	if (knobs) {
		knob_forward(&g->knobs, s->w, &s->knob_frame, s->knobs, 1);
		knob_to_input(&g->knobs, s->w, s->x, ldx, &s->knob_frame, 1);
	}
	if (c->kind == ROW_NOTE)
		memcpy(from, s->carry.stream_h + (size_t)c->part * stream, stream * sizeof(real));
	else
		memset(from, 0, stream * sizeof(real));
	for (int l = 0; l < g->config.layers; l++) {
		lstm_forward(&g->trunk[l], s->w, &s->trunk[l], h, ldx, &one_row, s->carry.h[l], s->carry.c[l], NULL);
		memcpy(s->carry.h[l], s->trunk[l].h, trunk * sizeof(real));
		memcpy(s->carry.c[l], s->trunk[l].c, trunk * sizeof(real));
		h = s->trunk[l].h;
		ldx = g->config.trunk;
	}
	memcpy(s->z, h, trunk * sizeof(real));
	memcpy(s->key, h, trunk * sizeof(real));
	if (g->config.memory > 0)
		memory_query(&g->memory, s->w, &s->carry.memory, s->z + trunk, s->scratch, h, c->position.now,
		             memory_part(c));
	memcpy(s->z + trunk + g->config.memory, from, stream * sizeof(real));
	if (latent)
		latent_to_features(&g->latent, s->w, s->z, g->features, &s->latent, 1);
	if (knobs)
		knob_to_features(&g->knobs, s->w, s->z, g->features, &s->knob_frame, 1);
	/* A row without a pitch has nothing given. */
	memset(s->z + g->features, 0, (size_t)g->given.width * sizeof(real));
}

void step_begin(struct step *s, const struct start *start, unsigned unknown, int end)
{
	static const struct event nothing;

	if (!generator_is_conv(s->g))
		carry_clear(&s->carry, s->g);
	context_start(&s->context, s->g, start, unknown, end);
	step_arrive(s, 0, ROW_START, 0);
	step_take(s, &nothing);
	s->token = 0;
	if (generator_reads_tokens(s->g))
		step_token(s, NULL);
}

void step_arrive(struct step *s, int shift, enum row_kind kind, int part)
{
	context_arrive(&s->context, shift, kind, part);
	if (s->g->config.kind == KIND_EVENTS)
		features(s);
}

void step_token(struct step *s, const struct token *token)
{
	const struct token nothing = token_blank();
	const struct random random =
		s->plan ? random_stream(s->plan->seed, FOR_TOKENS, s->token, 0) : (struct random){0, 0};

	s->frame.seed.drawn = s->plan != NULL;
	batch_begin(&s->batch, 1);
	batch_token(&s->batch, 0, token, &nothing, net_tokens_resets(s->g, s->token++), 0);
	net_tokens_forward(s->g, s->w, &s->frame, &s->batch, &s->carry, NULL, random);
}

real *step_pitch(struct step *s)
{
	const struct generator *g = s->g;
	real *logits = s->logits[HEAD_PITCH];
	uint32_t first[2] = {0, 0};
	const struct references references = {first, s->references};
	int width = g->kinds * RELATIVE_WIDTH;

	if (generator_reads_tokens(g))
		return logits;
	first[1] = (uint32_t)context_references(&s->context, s->references);
	linear_forward(&g->pitch, s->w, logits, RELATIVE_PITCHES, s->z, g->features, 1);
	linear_forward(&g->relative, s->w, s->relative, width, s->z, g->features, 1);
	relative_forward(logits, RELATIVE_PITCHES, s->relative, width, &references, 1);
	for (int p = context_highest(&s->context) + 1; p < RELATIVE_PITCHES; p++)
		logits[p] = -INFINITY;
	return logits;
}

/* linear, relu, linear: y from the first columns of z. */
static real *two_layers(struct step *s, const struct linear *first, const struct linear *second, real *hidden, real *y)
{
	linear_forward(first, s->w, hidden, first->out, s->z, first->in, 1);
	relu_forward(hidden, (size_t)first->out);
	linear_forward(second, s->w, y, second->out, hidden, second->in, 1);
	return y;
}

real *step_duration(struct step *s, int pitch)
{
	const struct generator *g = s->g;

	if (generator_reads_tokens(g))
		return s->logits[HEAD_DURATION];
	embed(s, &g->given, s->z + g->features, context_given(&s->context, pitch, s->items));
	return two_layers(s, &g->duration_hidden, &g->duration, s->hidden, s->logits[HEAD_DURATION]);
}

real *step_velocity(struct step *s)
{
	if (generator_reads_tokens(s->g))
		return s->logits[HEAD_VELOCITY];
	return two_layers(s, &s->g->velocity_hidden, &s->g->velocity, s->hidden, s->logits[HEAD_VELOCITY]);
}

real *step_metre(struct step *s)
{
	linear_forward(&s->g->metre, s->w, s->logits[HEAD_METRE], s->g->metre.out, s->z, s->g->features, 1);
	return s->logits[HEAD_METRE];
}

void step_take(struct step *s, const struct event *event)
{
	const struct generator *g = s->g;
	struct context *c = &s->context;
	size_t trunk = (size_t)g->config.trunk, stream = (size_t)g->config.stream;

	if (g->config.kind != KIND_EVENTS) {
		context_take(c, event);
		return;
	}
	if (c->kind == ROW_NOTE)
		embed(s, &g->given, s->z + g->features, context_given(c, event->pitch, s->items));
	embed(s, &g->chosen, s->chosen, context_chosen(c, event, s->items));
	if (g->config.memory > 0) {
		/* the states are there since the row has come */
		memcpy(s->key + trunk, s->chosen, (size_t)g->chosen.width * sizeof(real));
		memory_append(&g->memory, s->w, &s->carry.memory, s->key, c->position.now, memory_part(c));
	}
	if (c->kind == ROW_NOTE) {
		real *h = s->carry.stream_h + (size_t)c->part * stream;
		real *state = s->carry.stream_c + (size_t)c->part * stream;

		lstm_forward(&g->stream, s->w, &s->stream, s->chosen, g->chosen.width, &one_row, h, state, NULL);
		memcpy(h, s->stream.h, stream * sizeof(real));
		memcpy(state, s->stream.c, stream * sizeof(real));
	}
	context_take(c, event);
}

real *step_shift(struct step *s)
{
	const struct generator *g = s->g;

	if (generator_reads_tokens(g))
		return s->logits[HEAD_SHIFT];
	return two_layers(s, &g->next_hidden, &g->shift, s->next_hidden, s->logits[HEAD_SHIFT]);
}

real *step_part(struct step *s, int shift)
{
	const struct generator *g = s->g;
	real *logits = s->logits[HEAD_PART];

	embed(s, &g->next, s->next_hidden + g->config.hidden, context_next(&s->context, shift, s->items));
	linear_forward(&g->part_hidden, s->w, s->part_hidden, g->part_hidden.out, s->next_hidden, g->part_hidden.in, 1);
	relu_forward(s->part_hidden, (size_t)g->part_hidden.out);
	linear_forward(&g->part, s->w, logits, g->part.out, s->part_hidden, g->part.in, 1);
	context_classes(&s->context, shift, s->classes);
	for (int i = 0; i < g->part.out; i++)
		if (!s->classes[i])
			logits[i] = -INFINITY;
	return logits;
}
