/*
 * Pieces of a convolutional network: windows made from noise, each by itself,
 * one after the other. The temperature scales the noise: below 1 the windows
 * come nearer to the network's middle. Notes out of the range move by octaves
 * to where they are allowed; those that are allowed in none are left out.
 */
#include "model/maker.h"

#include <stdlib.h>
#include "base/mem.h"

/* A window without a note that is allowed is made again so many times: then it is silence. */
enum { ATTEMPTS = 16 };

struct maker_conv {
	struct arena arena;
	struct conv_chain_frame frame;
	real *z;
	struct piece *window;    /* as the network made it */
	struct roll_note *notes; /* of it, what is heard, in order, in ticks of the piece */
	size_t n, at, capacity;  /* how many, and given out */
	int start, next;         /* ticks where it begins, and the next one */
};

static const struct conv_generator *network(const struct maker *k)
{
	return &k->m->generator.conv;
}

static void layout(struct maker_conv *c, const struct conv_generator *g)
{
	conv_chain_frame_layout(&c->frame, &c->arena, &g->chain, 1, false);
	ARENA_TAKE(&c->arena, c->z, (size_t)g->noise);
}

int maker_conv_init(struct maker *k)
{
	if (!generator_is_conv(&k->m->generator))
		return 0;
	k->conv = mem_new(1, sizeof *k->conv);
	if (!k->conv)
		return -1;
	layout(k->conv, network(k));
	if (arena_reserve(&k->conv->arena) < 0)
		return -1;
	layout(k->conv, network(k));
	k->conv->window = piece_new(k->m->vocab->grid);
	return k->conv->window ? 0 : -1;
}

void maker_conv_done(struct maker *k)
{
	if (!k->conv)
		return;
	arena_done(&k->conv->arena);
	piece_free(k->conv->window);
	free(k->conv->notes);
	free(k->conv);
	k->conv = NULL;
}

void maker_conv_start(struct start *start, const struct model *m, const struct compose_options *o)
{
	const int parts = o->parts > 0 ? o->parts : m->vocab->parts;

	start->numerator = 4;
	start->denominator_log2 = 2;
	start->pickup = 0;
	start->parts = ((uint64_t)1 << parts) - 1;
}

void maker_conv_begin(struct maker *k)
{
	struct maker_conv *c = k->conv;
	int windows, bar;

	if (!c)
		return;
	c->n = c->at = 0;
	c->next = 0;
	if (k->end >= 0)
		return;
	/* a length that pieces have, in whole windows */
	bar = k->step->context.position.bar_length;
	windows = (k->planned + network(k)->shape.bars / 2) / network(k)->shape.bars;
	if (windows > k->o->bars_max / network(k)->shape.bars)
		windows = k->o->bars_max / network(k)->shape.bars;
	k->end = (windows > 0 ? windows : 1) * network(k)->shape.bars * bar;
	k->step->context.end = k->end;
}

/* The octave of a pitch that is allowed, the nearest first; -1: none is. */
static int allowed(const struct maker *k, int pitch)
{
	for (int octaves = 0; octaves <= 10; octaves++) {
		if (pitch - 12 * octaves >= 0 && maker_allows(k, pitch - 12 * octaves))
			return pitch - 12 * octaves;
		if (pitch + 12 * octaves < 128 && maker_allows(k, pitch + 12 * octaves))
			return pitch + 12 * octaves;
	}
	return -1;
}

/* In the order of events. */
static int in_order(const void *a, const void *b)
{
	const struct roll_note *x = a, *y = b;

	return x->onset != y->onset ? x->onset - y->onset
	       : x->part != y->part ? x->part - y->part
	                            : y->pitch - x->pitch;
}

/* What of the window's events is to be heard, each note once, at c->notes. */
static int listen(struct maker *k)
{
	struct maker_conv *c = k->conv;
	int tick = c->start;
	size_t n = 0;

	if (MEM_GROW(c->notes, c->capacity, c->window->n) < 0)
		return -1;
	for (size_t i = 0; i < c->window->n; i++) {
		const struct event *e = &c->window->events[i];
		const int pitch = e->kind == EVENT_NOTE ? allowed(k, e->pitch) : -1;

		tick += e->shift;
		if (pitch >= 0 && (k->step->context.start.parts >> e->part & 1))
			c->notes[n++] = (struct roll_note){tick, e->duration, e->part, (uint8_t)pitch};
	}
	qsort(c->notes, n, sizeof *c->notes, in_order);
	c->n = 0;
	for (size_t i = 0; i < n; i++)
		if (c->n == 0 || in_order(&c->notes[c->n - 1], &c->notes[i]) != 0)
			c->notes[c->n++] = c->notes[i];
	return 0;
}

/* Another window. -1: there is no memory for its notes. */
static int make_window(struct maker *k)
{
	const struct conv_generator *g = network(k);
	struct maker_conv *c = k->conv;

	c->start = c->next;
	c->next += g->shape.frames * g->shape.frame;
	c->at = c->n = 0;
	for (int i = 0; i < ATTEMPTS && c->n == 0; i++) {
		const struct random noise = {.key = random_bits(&k->random)};
		const real *y;

		conv_generator_noise(g, c->z, 1, k->o->temperature, noise);
		y = conv_chain_forward(&g->chain, k->m->w, &c->frame, c->z, 1, false, noise);
		c->window->n = 0;
		if (roll_to_events(c->window, y, &g->shape, k->m->vocab->velocity) < 0 || listen(k) < 0)
			return -1;
	}
	return 0;
}

/* The next note; NULL: the piece is over (or, for want of memory, cut short). */
static const struct roll_note *next_note(struct maker *k)
{
	struct maker_conv *c = k->conv;

	while (c->at == c->n)
		if (c->next >= k->end || make_window(k) < 0)
			return NULL;
	return c->notes[c->at].onset < k->end ? &c->notes[c->at++] : NULL;
}

void maker_conv_next(struct maker *k, struct event *event)
{
	const struct roll_note *note = next_note(k);
	const int now = maker_now(k);

	*event = (struct event){.kind = EVENT_END, .shift = k->end - now};
	if (!note)
		return;
	event->kind = EVENT_NOTE;
	event->shift = note->onset - now;
	event->part = note->part;
	event->pitch = note->pitch;
	event->velocity = (uint8_t)k->m->vocab->velocity;
	event->duration = note->onset + note->duration > k->end ? k->end - note->onset : note->duration;
	maker_arrive(k, event->shift, ROW_NOTE, event->part);
}
