/*
 * Channels for parts. A program belongs to a channel, so parts of different
 * programs share one only when there are more than 15 programs.
 */
#include "midi/smf_channels.h"
#include <limits.h>
#include "base/error.h"

#define CHANNELS   16
#define PERCUSSION 9

struct channel {
	int parts;
	int program;   /* of its parts */
	int low, high; /* range of its notes */
};

static void range(const struct part *p, int *low, int *high)
{
	*low = 127;
	*high = 0;
	for (size_t i = 0; i < p->n; i++) {
		if (p->notes[i].pitch < *low)
			*low = p->notes[i].pitch;
		if (p->notes[i].pitch > *high)
			*high = p->notes[i].pitch;
	}
}

static void take(struct channel *c, const struct part *p)
{
	int low, high;

	range(p, &low, &high);
	if (!c->parts++) {
		*c = (struct channel){1, p->program, low, high};
		return;
	}
	if (low < c->low)
		c->low = low;
	if (high > c->high)
		c->high = high;
}

/* The part's own channel when it is free, else the lowest that is; -1: none. */
static int free_channel(const struct channel *channels, const struct part *p)
{
	if (p->channel >= 0 && p->channel < CHANNELS && p->channel != PERCUSSION && !channels[p->channel].parts)
		return p->channel;
	for (int i = 0; i < CHANNELS; i++)
		if (i != PERCUSSION && !channels[i].parts)
			return i;
	return -1;
}

static int count_free(const struct channel *channels)
{
	int n = 0;

	for (int i = 0; i < CHANNELS; i++)
		n += i != PERCUSSION && !channels[i].parts;
	return n;
}

/* Programs of the parts from `first` that neither a channel nor an earlier one of them has, nor `except`. */
static int programs_to_come(const struct song *s, size_t first, const struct channel *channels, int except)
{
	int n = 0;

	for (size_t i = first; i < s->n_parts; i++) {
		bool seen = s->parts[i].program == except;

		for (int c = 0; c < CHANNELS && !seen; c++)
			seen = channels[c].parts && channels[c].program == s->parts[i].program;
		for (size_t j = first; j < i && !seen; j++)
			seen = s->parts[j].program == s->parts[i].program;
		n += !seen;
	}
	return n;
}

/* The channel to share: that of least overlap, of these that of fewest parts. -1: none is of the part's program. */
static int shared_channel(const struct channel *channels, const struct part *p, bool any_program)
{
	int best = -1, best_cost = INT_MAX, low, high;

	range(p, &low, &high);
	for (int i = 0; i < CHANNELS; i++) {
		const struct channel *c = &channels[i];
		int top = high < c->high ? high : c->high, bottom = low > c->low ? low : c->low;
		int cost = (top >= bottom ? top - bottom + 1 : 0) * SONG_PARTS_MAX + c->parts;

		if (!c->parts || (!any_program && c->program != p->program) || cost >= best_cost)
			continue;
		best = i;
		best_cost = cost;
	}
	return best;
}

/* As many channels as parts: those that can keep their own come first. */
static void one_each(uint8_t *out, const struct song *s, struct channel *channels)
{
	bool done[SONG_PARTS_MAX] = {false};

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < s->n_parts; i++) {
			int c = free_channel(channels, &s->parts[i]);

			if (done[i] || (pass == 0 && c != s->parts[i].channel))
				continue;
			take(&channels[c], &s->parts[i]);
			out[i] = (uint8_t)c;
			done[i] = true;
		}
}

/* A free channel goes to a part as long as enough are left for the programs to come. */
static void share(uint8_t *out, const struct song *s, struct channel *channels)
{
	for (size_t i = 0; i < s->n_parts; i++) {
		const struct part *p = &s->parts[i];
		int c = free_channel(channels, p);

		if (c < 0 || count_free(channels) <= programs_to_come(s, i + 1, channels, p->program)) {
			int shared = shared_channel(channels, p, c < 0 && shared_channel(channels, p, false) < 0);

			c = shared >= 0 ? shared : c;
		}
		take(&channels[c], p);
		out[i] = (uint8_t)c;
	}
}

void smf_channels(uint8_t channels[SONG_PARTS_MAX], const struct song *song)
{
	struct channel taken[CHANNELS] = {{0}};

	if (song->n_parts > SONG_PARTS_MAX)
		BUG("%zu parts", song->n_parts);
	if (song->n_parts < CHANNELS)
		one_each(channels, song, taken);
	else
		share(channels, song, taken);
}
