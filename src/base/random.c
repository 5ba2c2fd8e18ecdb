/*
 * Random numbers from a key and a counter: number i of a stream is
 * mix(key + (i + 1) * GAMMA), SplitMix64's sequence entered anywhere. Nothing here
 * depends on earlier draws, so a state is two words and a loop over
 * counters has no chain from one number to the next.
 */
#include "base/random.h"

#include <math.h>

#include "base/error.h"

#define GAMMA  0x9e3779b97f4a7c15u /* 2^64 / golden ratio, odd */
#define TWO_PI 6.283185307179586476925286766559

uint64_t random_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/*
 * Each word is mixed in before the next comes, so that (1, 0) and (0, 1) part.
 */
struct random random_stream(uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t key = random_mix(seed + GAMMA);

	key = random_mix((key ^ a) + GAMMA);
	key = random_mix((key ^ b) + GAMMA);
	key = random_mix((key ^ c) + GAMMA);
	return (struct random){.key = key, .counter = 0};
}

uint64_t random_bits(struct random *r)
{
	return random_mix(r->key + ++r->counter * GAMMA);
}

double random_unit(struct random *r)
{
	return (double)(random_bits(r) >> 11) * 0x1p-53;
}

/*
 * The high word of 32 random bits times n; the few products that would make
 * some results likelier are drawn again (Lemire: Fast random integer
 * generation in an interval, ACM TOMACS 2019).
 */
uint32_t random_below(struct random *r, uint32_t n)
{
	uint64_t product;
	uint32_t reject;

	if (n == 0)
		BUG("random_below(0)");
	reject = -n % n; /* 2^32 mod n */
	do {
		product = (random_bits(r) >> 32) * n;
	} while ((uint32_t)product < reject);
	return (uint32_t)(product >> 32);
}

/* Box and Muller, 1958; the second number is let go, a state has no place for it. */
double random_normal(struct random *r)
{
	double u = 1.0 - random_unit(r); /* (0, 1]: the logarithm is finite */
	double v = random_unit(r);

	return sqrt(-2.0 * log(u)) * cos(TWO_PI * v);
}

/* The same as (uint32_t)(random_bits() >> 32), n times, but as a loop without a carry. */
void random_fill(struct random *r, uint32_t *out, size_t n)
{
	uint64_t base = r->key + (r->counter + 1) * GAMMA;

	for (size_t i = 0; i < n; i++)
		out[i] = (uint32_t)(random_mix(base + i * GAMMA) >> 32);
	r->counter += n;
}

void random_shuffle(struct random *r, uint32_t *items, size_t n)
{
	if (n > UINT32_MAX)
		BUG("random_shuffle: %zu items", n);
	for (size_t i = n; i > 1; i--) {
		size_t j = random_below(r, (uint32_t)i);
		uint32_t t = items[i - 1];

		items[i - 1] = items[j];
		items[j] = t;
	}
}
