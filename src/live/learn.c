/* Which knob is being moved. See learn.h. */
#include "live/learn.h"

enum { PARAMETER_FIRST = 98, PARAMETER_LAST = 101 };

void learn_start(struct learn *l)
{
	*l = (struct learn){.moved = 0};
}

void learn_ask(struct learn *l, uint64_t now)
{
	l->asked = now;
	l->moved = 0;
	for (int c = 0; c < 16; c++)
		for (int i = 0; i <= CC_MAX; i++) {
			struct learn_knob *k = &l->knobs[c][i];

			k->n = 0;
			k->busy = k->last > 0 && now - k->last < LEARN_QUIET;
		}
}

/* A first message of a knob that was never heard of says nothing of where it was, unless it is a button. */
static uint8_t before_first(const struct learn_knob *k, int value)
{
	if (k->last > 0)
		return k->value;
	return (uint8_t)(value == 127 ? 0 : value);
}

/* How far it was moved. A single value that comes over and over, of a knob never heard of, is no button. */
static int way(const struct learn_knob *k)
{
	return k->busy || k->n == 0 ? 0 : k->high - k->low;
}

static void move(struct learn_knob *k, uint8_t value)
{
	if (k->n == 0)
		k->low = k->high = before_first(k, value);
	else if (k->n == 1 && k->low == 0 && k->high == 127 && value == 127 && k->value == 127)
		k->low = 127;
	k->low = value < k->low ? value : k->low;
	k->high = value > k->high ? value : k->high;
	if (k->n < UINT16_MAX)
		k->n++;
}

void learn_message(struct learn *l, const uint8_t *message, size_t size, uint64_t now)
{
	struct learn_knob *k;
	int number, channel;

	if (size != 3 || message[0] >> 4 != 0xb || message[1] > CC_MAX || message[2] > 127)
		return;
	if (message[1] >= PARAMETER_FIRST && message[1] <= PARAMETER_LAST)
		return;
	k = &l->knobs[message[0] & 15][message[1]];
	if (now - l->asked < LEARN_QUIET)
		k->busy = true;
	else if (k->busy && now - k->last >= LEARN_WINDOW)
		k->busy = false;
	if (!k->busy)
		move(k, message[2]);
	/* what seemed to be moved was not: it begins anew */
	if (l->moved > 0 && now - l->moved >= LEARN_WINDOW && !learn_answer(l, now, &number, &channel))
		l->moved = 0;
	k->value = message[2];
	k->last = now > 0 ? now : 1;
	if (l->moved == 0 && way(k) >= LEARN_LEAST)
		l->moved = k->last;
}

bool learn_answer(const struct learn *l, uint64_t now, int *number, int *channel)
{
	int farthest = LEARN_LEAST - 1;

	if (l->moved == 0 || now - l->moved < LEARN_WINDOW)
		return false;
	for (int c = 0; c < 16; c++)
		for (int i = 0; i <= CC_MAX; i++)
			if (way(&l->knobs[c][i]) > farthest) {
				farthest = way(&l->knobs[c][i]);
				*number = i;
				*channel = c;
			}
	if (farthest < LEARN_LEAST)
		return false;
	if (*number >= 32 && *number < 64 && l->knobs[*channel][*number - 32].n > 0)
		*number -= 32;
	return true;
}
