/*
 * Chords: sets of pitches that are struck together, whatever their parts. A
 * vocabulary of the frequent ones, and a universal code for all others, so
 * that every chord has positive probability.
 */
#ifndef MODEL_CHORDS_H
#define MODEL_CHORDS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/random.h"

#define CHORDS_MAX 2000 /* with a symbol */

struct chord {
	uint64_t bits[2]; /* pitch p: bit p % 64 of bits[p / 64] */
};

struct chords { /* ascending: by their higher pitches, then by the lower ones */
	int n;
	struct chord *list;
	double left; /* probability that the universal code gives to chords without a symbol */
};

struct corpus;

static inline void chord_add(struct chord *c, int pitch)
{
	c->bits[pitch / 64] |= UINT64_C(1) << (pitch % 64);
}

static inline bool chord_has(const struct chord *c, int pitch)
{
	return c->bits[pitch / 64] >> (pitch % 64) & 1;
}

int chord_order(const struct chord *a, const struct chord *b); /* < 0, 0, > 0 */

/*
 * Those of the training events that come twice at least: the CHORDS_MAX most
 * frequent. 0 or -1; chords_done() in either case.
 */
int chords_collect(struct chords *out, const struct corpus *corpus);
/* Takes an ascending list over; works out what is left. */
void chords_of_list(struct chords *out, struct chord *list, int n);
void chords_done(struct chords *c);

/* Index of a chord's symbol; c->n (the escape) when it has none. */
int chords_find(const struct chords *c, const struct chord *chord);

/*
 * -log p of a chord without a symbol, given that it has none: the number of
 * its pitches by Elias's gamma code, then which of the 128, all alike; what
 * has a symbol is left out and the rest scaled up.
 */
double chord_escape_cost(const struct chords *c, const struct chord *chord);

#endif
