/* Chords: counted, found, coded. See chords.h. */
#include "model/chords.h"

#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "corpus/corpus.h"

#define COUNT_MIN 2

int chord_order(const struct chord *a, const struct chord *b)
{
	for (int i = 1; i >= 0; i--)
		if (a->bits[i] != b->bits[i])
			return a->bits[i] < b->bits[i] ? -1 : 1;
	return 0;
}

static int by_pitches(const void *a, const void *b)
{
	return chord_order(a, b);
}

static int pitches_of(const struct chord *c)
{
	int n = 0;

	for (int i = 0; i < 2; i++)
		for (uint64_t bits = c->bits[i]; bits; bits &= bits - 1)
			n++;
	return n;
}

/* Of the universal code, before any chord is left out. */
static double code_probability(const struct chord *c)
{
	const int n = pitches_of(c);
	int log2 = 0;

	while (n >> (log2 + 1))
		log2++;
	return exp(lgamma(n + 1.0) + lgamma(129.0 - n) - lgamma(129.0)) * ldexp(1.0, -(2 * log2 + 1));
}

void chords_of_list(struct chords *out, struct chord *list, int n)
{
	*out = (struct chords){n, list, 1};
	for (int i = 0; i < n; i++)
		out->left -= code_probability(&list[i]);
}

void chords_done(struct chords *c)
{
	free(c->list);
	*c = (struct chords){0};
}

int chords_find(const struct chords *c, const struct chord *chord)
{
	int low = 0, high = c->n - 1;

	while (low <= high) {
		const int middle = (low + high) / 2, order = chord_order(&c->list[middle], chord);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return c->n;
}

double chord_escape_cost(const struct chords *c, const struct chord *chord)
{
	return -log(code_probability(chord) / c->left);
}

/* ---- counting -------------------------------------------------------------- */

struct collection {
	struct chord *list;
	size_t n, capacity;
};

/* The chords of a piece's first `events` events. 0 or -1. */
static int collect(struct collection *k, const struct piece *p, size_t events)
{
	struct chord chord = {{0, 0}};

	for (size_t i = 0; i < events && i < p->n; i++) {
		const struct event *e = &p->events[i];

		if (e->shift > 0 && pitches_of(&chord) > 0) {
			if (MEM_GROW(k->list, k->capacity, k->n + 1) < 0)
				return -1;
			k->list[k->n++] = chord;
			chord = (struct chord){{0, 0}};
		}
		if (e->kind == EVENT_NOTE)
			chord_add(&chord, e->pitch);
	}
	return 0;
}

struct counted {
	struct chord chord;
	size_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return chord_order(&x->chord, &y->chord);
}

/* The collection in order, equal ones together -> how often each. Returns how many there are. */
static size_t count(struct counted *out, const struct collection *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (n > 0 && chord_order(&out[n - 1].chord, &k->list[i]) == 0)
			out[n - 1].count++;
		else
			out[n++] = (struct counted){k->list[i], 1};
	}
	return n;
}

static int choose(struct chords *out, struct collection *k)
{
	struct counted *counted = mem_new(k->n, sizeof *counted);
	size_t n, kept = 0;

	if (!counted)
		return -1;
	if (k->n > 0)
		qsort(k->list, k->n, sizeof *k->list, by_pitches);
	n = count(counted, k);
	if (n > 0)
		qsort(counted, n, sizeof *counted, by_count);
	while (kept < n && kept < CHORDS_MAX && counted[kept].count >= COUNT_MIN) {
		k->list[kept] = counted[kept].chord;
		kept++;
	}
	free(counted);
	if (kept > 0)
		qsort(k->list, kept, sizeof *k->list, by_pitches);
	chords_of_list(out, k->list, (int)kept);
	k->list = NULL;
	return 0;
}

int chords_collect(struct chords *out, const struct corpus *corpus)
{
	struct collection k = {NULL, 0, 0};
	struct corpus_reader reader = {.bytes = NULL};
	int status = 0;

	*out = (struct chords){0};
	for (size_t i = 0; i < corpus->n && status == 0; i++) {
		const struct corpus_piece *cp = &corpus->pieces[i];
		const struct piece *p;

		if (cp->split != SPLIT_TRAIN)
			continue;
		p = corpus_read(&reader, corpus, cp);
		status = p ? collect(&k, p, cp->train_events) : -1;
	}
	if (status == 0)
		status = choose(out, &k);
	corpus_reader_done(&reader);
	free(k.list);
	return status;
}
