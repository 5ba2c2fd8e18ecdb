/*
 * Pickups. Files write the same upbeat in two ways, as a bar with a short
 * metre of its own or as a full bar that begins with a beat or more of rests;
 * here both become one: the music begins at tick 0 and `pickup` says how long
 * the first bar is. The networks then see the same events for the same music.
 */
#include "music/song.h"

#include <string.h>

static int first_onset(const struct song *s)
{
	int first = -1;

	for (size_t i = 0; i < s->n_parts; i++)
		if (s->parts[i].n > 0 && (first < 0 || s->parts[i].notes[0].onset < first))
			first = s->parts[i].notes[0].onset;
	return first;
}

static int earlier(int tick, int by)
{
	return tick > by ? tick - by : 0;
}

/* Cut `by` silent ticks from the start. What maps said within them holds from tick 0. */
static void cut_start(struct song *s, int by)
{
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++)
			s->parts[i].notes[j].onset -= by;
	for (size_t i = 0; i < s->n_tempos; i++)
		s->tempos[i].tick = earlier(s->tempos[i].tick, by);
	for (size_t i = 0; i < s->n_metres; i++)
		s->metres[i].tick = earlier(s->metres[i].tick, by);
	for (size_t i = 0; i < s->n_keys; i++)
		s->keys[i].tick = earlier(s->keys[i].tick, by);
	for (size_t i = 0; i < s->n_markers; i++)
		s->markers[i].tick = earlier(s->markers[i].tick, by);
	for (size_t i = 0; i < s->n_texts; i++)
		s->texts[i].tick = earlier(s->texts[i].tick, by);
	s->end = earlier(s->end, by);
	s->silence += by;
	song_order(s);
}

static int bar_of(const struct song *s, size_t i)
{
	return metre_bar(&s->metres[i], s->ppq);
}

/* Does the second metre begin within or right after the first bar, and ask for a longer one? */
static bool short_first_metre(const struct song *s)
{
	return s->n_metres > 1 && s->metres[1].tick <= bar_of(s, 0) && s->metres[1].tick < bar_of(s, 1);
}

static void drop_first_metre(struct song *s)
{
	memmove(s->metres, s->metres + 1, --s->n_metres * sizeof *s->metres);
	s->metres[0].tick = 0;
}

/*
 * Only whole 24ths of a quarter are cut (of those that are whole ticks): a
 * player who came in early or late moves no other note against the beat.
 */
static int silence_to_cut(const struct song *s, int first)
{
	int a = s->ppq, b = 24;

	while (b) {
		int rest = a % b;

		a = b;
		b = rest;
	}
	return first - first % (s->ppq / a);
}

void song_find_pickup(struct song *s)
{
	int first = first_onset(s), first_bar, cut;

	if (first < 0)
		return;
	/* Before the first metre 4/4 holds unsaid: say it, so that the first is the one at tick 0. */
	if (s->n_metres == 0 || s->metres[0].tick > 0) {
		if (song_add_metre(s, 0, 4, 2) < 0)
			return;
		song_order(s);
	}
	if (s->pickup == 0 && short_first_metre(s)) {
		s->pickup = s->metres[1].tick;
		drop_first_metre(s);
	}
	first_bar = s->pickup;
	if (first_bar == 0) {
		first_bar = bar_of(s, 0);
		if (s->n_metres > 1 && s->metres[1].tick < first_bar)
			first_bar = s->metres[1].tick;
	}
	/* At the start of a full bar, silence of less than a beat is a rest before the first note, not before an upbeat. */
	cut = silence_to_cut(s, first);
	if (cut > 0 && first < first_bar && (s->pickup > 0 || first >= metre_beat(&s->metres[0], s->ppq))) {
		cut_start(s, cut);
		s->pickup = first_bar - cut;
	}
	/* A full metre that only ever had the pickup is not the metre of anything. */
	if (s->pickup > 0 && s->n_metres > 1 && s->metres[1].tick == s->pickup && s->pickup < bar_of(s, 1))
		drop_first_metre(s);
}
