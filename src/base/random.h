/*
 * Counter-based random numbers: a number is a hash of a key and a counter,
 * never of a thread or of how many were drawn elsewhere. The key mixes what
 * the number is for (seed, training step, item, layer), so that results do
 * not depend on the order of work. The mixing function is the finaliser of
 * SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, OOPSLA 2014).
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t key; /* a state is these two: save and restore at will */
	uint64_t counter;
};

uint64_t random_mix(uint64_t x);

/* A stream of its own for every combination of seed, a, b, c. */
struct random random_stream(uint64_t seed, uint64_t a, uint64_t b, uint64_t c);

uint64_t random_bits(struct random *r);              /* 64 bits */
double random_unit(struct random *r);                /* [0, 1), 53 bits */
uint32_t random_below(struct random *r, uint32_t n); /* 0 .. n-1, unbiased, n > 0 */
double random_normal(struct random *r);              /* mean 0, variance 1 */

/* out[i] = 32 bits of counter + i: vectorises; advances the counter by n. */
void random_fill(struct random *r, uint32_t *out, size_t n);

/* Fisher-Yates, in place. */
void random_shuffle(struct random *r, uint32_t *items, size_t n);

#endif
