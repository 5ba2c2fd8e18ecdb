/* Pieces spelled as tokens. See tokens.h. */
#include "model/tokens.h"

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"

int seed_pitches(const struct vocab *v)
{
	return v->high[0] >= v->low[0] ? v->high[0] - v->low[0] + 1 : 0;
}

int token_classes(const struct generator *g, enum head head)
{
	const struct vocab *v = g->vocab;
	const bool seed = g->config.kind == KIND_SEED, plus = g->config.kind == KIND_COMPOSER_PLUS;

	switch (head) {
	case HEAD_PITCH:
		return seed ? seed_pitches(v) + SEED_SYMBOLS : v->chords.n + 2;
	case HEAD_DURATION:
		return seed || plus ? v->durations.n + 1 : 0;
	case HEAD_VELOCITY:
		return plus && v->dynamics ? VELOCITY_BINS + 1 : 0;
	case HEAD_SHIFT:
		return plus ? v->shifts.n + 1 : 0;
	default:
		return 0;
	}
}

struct token token_blank(void)
{
	struct token t = {.event = 0};

	for (int h = 0; h < HEADS; h++)
		t.symbol[h] = -1;
	return t;
}

void tokens_done(struct tokens *t)
{
	free(t->list);
	*t = (struct tokens){0};
}

static int add(struct tokens *out, const struct token *t)
{
	if (MEM_GROW(out->list, out->capacity, out->n + 1) < 0)
		return -1;
	out->list[out->n++] = *t;
	return 0;
}

/* A symbol or, of its escape, the value. */
static void say(struct token *t, enum head head, const struct symbols *s, int low, int bar, int value)
{
	const int symbol = symbols_find(s, value);

	t->symbol[head] = (int16_t)symbol;
	t->escape[head] = symbol == s->n ? escape_cost(s, low, bar, value) : 0;
}

static int bar_of(const struct piece *p)
{
	const struct metre m = {0, p->start.numerator, p->start.denominator_log2};

	return metre_bar(&m, p->grid);
}

/* ---- the seed's ------------------------------------------------------------ */

struct melody {
	struct tokens *out;
	const struct vocab *v;
	int bar, now, end; /* tick of the last event, and where the token before ends */
};

static int add_seed(struct melody *m, size_t event, int symbol, int duration, double escape, int notes)
{
	struct token t = token_blank();

	t.event = (uint32_t)event;
	t.notes = notes;
	t.symbol[HEAD_PITCH] = (int16_t)symbol;
	t.escape[HEAD_PITCH] = escape;
	if (duration > 0)
		say(&t, HEAD_DURATION, &m->v->durations, 1, m->bar, duration);
	return add(m->out, &t);
}

/* From where the token before ends to `now`. */
static int add_gap(struct melody *m, size_t event)
{
	if (m->now > m->end)
		return add_seed(m, event, seed_class(m->v, SEED_REST), m->now - m->end, 0, 0);
	if (m->now < m->end)
		return add_seed(m, event, seed_class(m->v, SEED_OVERLAP), m->end - m->now, 0, 0);
	return 0;
}

static int add_melody_note(struct melody *m, size_t event, int pitch, int duration)
{
	const int n = seed_pitches(m->v);
	const bool other = pitch < m->v->low[0] || pitch > m->v->high[0];

	if (add_gap(m, event) < 0)
		return -1;
	m->end = m->now + duration;
	return add_seed(m, event, other ? seed_class(m->v, SEED_OTHER) : pitch - m->v->low[0], duration,
	                other ? log(128.0 - n) : 0, 1);
}

static int spell_melody(struct tokens *out, const struct vocab *v, const struct piece *p, int transpose)
{
	struct melody m = {out, v, bar_of(p), 0, 0};
	int status = 0;

	for (size_t i = 0; i < p->n && status == 0; i++) {
		const struct event *e = &p->events[i];

		m.now += e->shift;
		if (e->kind == EVENT_NOTE)
			status = add_melody_note(&m, i, e->pitch + transpose, e->duration);
		else if (e->kind == EVENT_END && (status = add_gap(&m, i)) == 0)
			status = add_seed(&m, i, seed_class(v, SEED_END), 0, 0, 0);
	}
	return status;
}

/* ---- the composers' -------------------------------------------------------- */

struct chorale {
	struct tokens *out;
	const struct generator *g;
	int bar, now, before; /* ticks: of the last event, of the last token */
};

static void say_shift(struct token *t, const struct chorale *k)
{
	if (k->g->config.kind == KIND_COMPOSER_PLUS)
		say(t, HEAD_SHIFT, &k->g->vocab->shifts, 0, k->bar, k->now - k->before);
}

/* One symbol where the notes have one value that has one; else an escape, and each by itself: a symbol, all alike, or its own escape. */
static void say_durations(struct token *t, const struct chorale *k, const struct event *notes, size_t n)
{
	const struct symbols *s = &k->g->vocab->durations;
	bool alike = true;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		alike = alike && notes[i].duration == notes[0].duration;
		sum += log(s->n + 1.0);
		if (symbols_find(s, notes[i].duration) == s->n)
			sum += escape_cost(s, 1, k->bar, notes[i].duration);
	}
	t->symbol[HEAD_DURATION] = (int16_t)(alike ? symbols_find(s, notes[0].duration) : s->n);
	t->escape[HEAD_DURATION] = t->symbol[HEAD_DURATION] == s->n ? sum : 0;
}

/* As events have it: the bin, and which of the values in it. */
static void say_velocities(struct token *t, const struct event *notes, size_t n)
{
	const int first = notes[0].velocity / 8;
	bool alike = true;
	double within = 0;

	for (size_t i = 0; i < n; i++) {
		alike = alike && notes[i].velocity / 8 == first;
		within += log(notes[i].velocity / 8 == 0 ? 7.0 : 8.0);
	}
	t->symbol[HEAD_VELOCITY] = (int16_t)(alike ? first : VELOCITIES_MIXED);
	t->escape[HEAD_VELOCITY] = within + (alike ? 0 : (double)n * log(VELOCITY_BINS));
}

/* The n notes from event `first` on, which begin together. */
static int add_chord(struct chorale *k, const struct piece *p, size_t first, size_t n, int transpose)
{
	const struct chords *chords = &k->g->vocab->chords;
	struct token t = token_blank();
	struct chord chord = {{0, 0}};
	int symbol;

	for (size_t i = first; i < first + n; i++)
		chord_add(&chord, p->events[i].pitch + transpose);
	symbol = chords_find(chords, &chord);
	t.event = (uint32_t)first;
	t.notes = (int)n;
	t.symbol[HEAD_PITCH] = (int16_t)(symbol < chords->n ? symbol : composer_other(k->g->vocab));
	t.escape[HEAD_PITCH] = symbol < chords->n ? 0 : chord_escape_cost(chords, &chord);
	say_shift(&t, k);
	if (k->g->config.kind == KIND_COMPOSER_PLUS) {
		say_durations(&t, k, p->events + first, n);
		if (k->g->vocab->dynamics)
			say_velocities(&t, p->events + first, n);
	}
	k->before = k->now;
	return add(k->out, &t);
}

/* How many notes from event i on begin together with it. */
static size_t struck(const struct piece *p, size_t i)
{
	size_t n = 1;

	while (i + n < p->n && p->events[i + n].kind == EVENT_NOTE && p->events[i + n].shift == 0)
		n++;
	return n;
}

static int add_end(struct chorale *k, size_t event)
{
	struct token t = token_blank();

	t.event = (uint32_t)event;
	t.symbol[HEAD_PITCH] = (int16_t)composer_end(k->g->vocab);
	say_shift(&t, k);
	return add(k->out, &t);
}

static int spell_chords(struct tokens *out, const struct generator *g, const struct piece *p, int transpose)
{
	struct chorale k = {out, g, bar_of(p), 0, 0};
	int status = 0;

	for (size_t i = 0, n; i < p->n && status == 0; i += n) {
		n = 1;
		k.now += p->events[i].shift;
		if (p->events[i].kind == EVENT_NOTE) {
			n = struck(p, i);
			status = add_chord(&k, p, i, n, transpose);
		} else if (p->events[i].kind == EVENT_END) {
			status = add_end(&k, i);
		}
	}
	return status;
}

int tokens_spell(struct tokens *out, const struct generator *g, const struct piece *p, int transpose)
{
	out->n = 0;
	if (g->config.kind == KIND_SEED)
		return spell_melody(out, g->vocab, p, transpose);
	return spell_chords(out, g, p, transpose);
}
