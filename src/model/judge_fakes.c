/* Real music spoiled. See judge_fakes.h. */
#include "model/judge_fakes.h"

#include <string.h>

#define SHIFT_MOST 7 /* 16ths */
#define SHIFT_ONE  3 /* of a single part, which the bar lines alone tell */

/* The song as a piece of the other's style, its parts by mean pitch as files have them; frees it. */
static struct piece *take_song(struct song *song, const struct piece *like)
{
	struct piece *piece;

	if (!song)
		return NULL;
	song_order(song);
	piece = piece_from_song(song);
	song_free(song);
	if (!piece)
		return NULL;
	for (size_t i = 0; i < piece->n; i++)
		piece->events[i].fermata = false;
	piece->start.style = like->start.style;
	return piece;
}

static int sixteenth(const struct song *song)
{
	return song->ppq >= 4 ? song->ppq / 4 : 1;
}

/* ---- parts moved in time --------------------------------------------------- */

/* What would begin before the start or after the end is dropped, unless that is all. */
static void move_part(struct part *part, int ticks, int end)
{
	size_t kept = 0;

	for (size_t i = 0; i < part->n; i++) {
		struct note note = part->notes[i];

		note.onset += ticks;
		if (note.onset < 0 || note.onset >= end)
			continue;
		if (note.duration > end - note.onset)
			note.duration = end - note.onset;
		part->notes[kept++] = note;
	}
	if (kept > 0)
		part->n = kept;
}

struct piece *fake_shifted(const struct piece *piece, struct random *random)
{
	struct song *song = piece_to_song(piece);
	uint32_t n, moved, still;

	if (!song)
		return NULL;
	n = (uint32_t)song->n_parts;
	/* one that is moved for certain and, where there are two, one that is not */
	moved = random_below(random, n);
	still = n > 1 ? (moved + 1 + random_below(random, n - 1)) % n : n;
	for (uint32_t k = 0; k < n; k++) {
		const bool moves = random_below(random, 3) == 0;
		const int ticks = sixteenth(song) * (1 + (int)random_below(random, n > 1 ? SHIFT_MOST : SHIFT_ONE));
		const bool sooner = random_below(random, 2) == 0;

		if (k == moved || (moves && k != still))
			move_part(&song->parts[k], sooner ? -ticks : ticks, song->end);
	}
	return take_song(song, piece);
}

/* ---- wrong notes ----------------------------------------------------------- */

struct range {
	int low, high;
};

static struct range range_of(const struct part *part)
{
	struct range r = {127, 0};

	for (size_t i = 0; i < part->n; i++) {
		r.low = part->notes[i].pitch < r.low ? part->notes[i].pitch : r.low;
		r.high = part->notes[i].pitch > r.high ? part->notes[i].pitch : r.high;
	}
	return r;
}

/* Another pitch of the range; a range of one pitch is widened. */
static uint8_t another_pitch(uint8_t pitch, struct range r, struct random *random)
{
	int drawn;

	if (r.high - r.low < 6) {
		r.low = r.low > 3 ? r.low - 3 : 0;
		r.high = r.high < 124 ? r.high + 3 : 127;
	}
	drawn = r.low + (int)random_below(random, (uint32_t)(r.high - r.low));
	return (uint8_t)(drawn + (drawn >= pitch));
}

struct piece *fake_wrong_notes(const struct piece *piece, const struct bars *bars, uint8_t *spoiled,
                               struct random *random)
{
	struct song *song = piece_to_song(piece);
	const size_t half = (bars->n + 1) / 2, from = random_below(random, (uint32_t)(bars->n - half + 1));
	const double rate = 0.15 + 0.45 * random_unit(random);

	if (!song)
		return NULL;
	memset(spoiled, 0, bars->n);
	for (size_t k = 0; k < song->n_parts; k++) {
		const struct range r = range_of(&song->parts[k]);

		for (size_t i = 0; i < song->parts[k].n; i++) {
			struct note *note = &song->parts[k].notes[i];
			const size_t bar = bars_at(bars, note->onset);

			if (bar < from || bar >= from + half || random_unit(random) >= rate)
				continue;
			note->pitch = another_pitch(note->pitch, r, random);
			spoiled[bar] = 1;
		}
	}
	return take_song(song, piece);
}

/* ---- noise ----------------------------------------------------------------- */

struct piece *fake_noise(const struct piece *piece, struct random *random)
{
	struct song *song = piece_to_song(piece);

	if (!song)
		return NULL;
	for (size_t k = 0; k < song->n_parts; k++) {
		const struct range r = range_of(&song->parts[k]);
		const int unit = sixteenth(song), places = song->end / unit > 0 ? song->end / unit : 1;

		for (size_t i = 0; i < song->parts[k].n; i++) {
			struct note *note = &song->parts[k].notes[i];
			const int duration = unit * (1 + (int)random_below(random, 8));

			note->onset = unit * (int)random_below(random, (uint32_t)places);
			note->duration = duration < song->end - note->onset ? duration : song->end - note->onset;
			note->duration = note->duration > 0 ? note->duration : 1;
			note->pitch = another_pitch(note->pitch, r, random);
		}
	}
	return take_song(song, piece);
}
