/* The chord held. See held.h. */
#include "live/held.h"

#include <string.h>

void held_start(struct held *h)
{
	*h = (struct held){.bass = -1};
}

static int count(const uint64_t keys[2])
{
	return __builtin_popcountll(keys[0]) + __builtin_popcountll(keys[1]);
}

static void keys_down(uint64_t keys[2], const struct held *h)
{
	keys[0] = keys[1] = 0;
	for (int p = 0; p < 128; p++)
		if (h->down[p])
			keys[p / 64] |= UINT64_C(1) << p % 64;
}

void held_key(struct held *h, int channel, int pitch, bool down, uint64_t now)
{
	const uint16_t bit = (uint16_t)(1u << channel);
	uint64_t keys[2];

	if (!down) {
		h->down[pitch] &= (uint16_t)~bit;
		return;
	}
	h->down[pitch] |= bit;
	keys_down(keys, h);
	if (!h->waits || now - h->last >= HELD_SETTLED || count(keys) >= count(h->most))
		memcpy(h->most, keys, sizeof keys);
	h->last = now;
	h->waits = true;
}

void held_release(struct held *h, int channel)
{
	for (int p = 0; p < 128; p++)
		h->down[p] &= (uint16_t)(channel < 0 ? 0 : ~(1u << channel));
}

int held_keys(const struct held *h)
{
	uint64_t keys[2];

	keys_down(keys, h);
	return count(keys);
}

static unsigned classes_of(const uint64_t keys[2], int *bass)
{
	unsigned classes = 0;

	*bass = -1;
	for (int p = 0; p < 128; p++)
		if (keys[p / 64] >> p % 64 & 1) {
			classes |= 1u << p % 12;
			if (*bass < 0)
				*bass = p % 12;
		}
	return classes;
}

static bool is_chord(unsigned classes)
{
	return (classes & (classes - 1)) != 0;
}

bool held_changed(struct held *h, uint64_t now)
{
	uint64_t keys[2];
	unsigned classes;
	int bass;

	if (!h->waits || now < h->last || now - h->last < HELD_SETTLED)
		return false;
	h->waits = false;
	keys_down(keys, h);
	classes = classes_of(keys, &bass);
	if (!is_chord(classes) && count(h->most) >= 3)
		classes = classes_of(h->most, &bass);
	if (!is_chord(classes) || (classes == h->classes && bass == h->bass))
		return false;
	h->classes = classes;
	h->bass = bass;
	return true;
}
