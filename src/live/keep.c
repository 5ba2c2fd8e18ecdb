/*
 * Bars of the score as a song, see keep.h. Bars are put one after the other by
 * their lengths, whatever their moments: between two of them music may have
 * been cut out.
 */
#include "live/keep.h"

#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "midi/smf.h"
#include "music/key.h"

#define PPQ       480
#define TICK      (QUARTER / PPQ)
#define NAMES_MAX 1000

/* To the nearest, halves up; of at most 64 bars. */
static int ticks_of(uint64_t units)
{
	uint64_t ticks = (units + TICK / 2) / TICK;

	return ticks < SONG_TICK_MAX / (SCORE_BARS + 1) ? (int)ticks : SONG_TICK_MAX / (SCORE_BARS + 1);
}

/* ---- parts ----------------------------------------------------------------- */

struct kept_part {
	uint8_t part, program;
};

struct kept {
	struct song *song;
	uint64_t muted;
	struct kept_part parts[SONG_PARTS_MAX]; /* of the song's, from where they are */
	uint64_t length;                        /* of the bars so far */
	struct metre metre;                     /* the last that was said */
	int us_per_quarter;
	int8_t tonic, mode;
};

/* The song's part for a note; its index, or -1. */
static int part_for(struct kept *k, const struct score_note *n)
{
	size_t parts = k->song->n_parts;
	int same = -1;
	char name[32];

	for (size_t i = 0; i < parts; i++) {
		if (k->parts[i].part != n->part)
			continue;
		if (k->parts[i].program == n->program)
			return (int)i;
		same = (int)i;
	}
	/* with no room left its first program has to do */
	if (parts == SONG_PARTS_MAX)
		return same >= 0 ? same : 0;
	k->parts[parts] = (struct kept_part){n->part, n->program};
	snprintf(name, sizeof name, "Part %d", n->part + 1);
	return song_add_part(k->song, name, (int)(parts % 16), n->program < 128 ? n->program : -1);
}

static int add_note(struct kept *k, const struct score_bar *bar, const struct score_note *n)
{
	uint64_t on = k->length + (n->on > bar->at ? n->on - bar->at : 0);
	uint64_t off = k->length + (n->off > bar->at ? n->off - bar->at : 0);
	struct note note = {.onset = ticks_of(on), .pitch = n->pitch & 127, .velocity = n->velocity & 127};
	int part = part_for(k, n), duration = ticks_of(off) - note.onset;

	note.duration = duration > 0 ? duration : 1;
	note.velocity = note.velocity ? note.velocity : 1;
	return part < 0 ? -1 : song_add_note(k->song, part, note);
}

/* ---- what holds ------------------------------------------------------------ */

/* The metre of this very bar. A first one that is short is a pickup in the full metre. */
static int add_metre(struct kept *k, const struct score_bar *bar, int tick, int length)
{
	struct metre m = {tick, bar->numerator, bar->denominator_log2};
	int full;

	if (!m.numerator || m.denominator_log2 > 7)
		return error("bar %d of the score has no metre", bar->number);
	full = metre_bar(&m, PPQ);
	if (tick == 0 && length < full)
		k->song->pickup = length;
	else if (length != full)
		m = metre_of_length(&m, length, PPQ);
	if (m.numerator == k->metre.numerator && m.denominator_log2 == k->metre.denominator_log2)
		return 0;
	k->metre = m;
	return song_add_metre(k->song, tick, m.numerator, m.denominator_log2);
}

static int add_tempo(struct kept *k, const struct score_bar *bar, int tick)
{
	if (bar->us_per_quarter == k->us_per_quarter || bar->us_per_quarter < 1 || bar->us_per_quarter > 0xFFFFFF)
		return 0;
	k->us_per_quarter = bar->us_per_quarter;
	return song_add_tempo(k->song, tick, bar->us_per_quarter);
}

static int add_key(struct kept *k, const struct score_bar *bar, int tick)
{
	struct key key = {bar->tonic, (enum mode)bar->mode};

	if (bar->tonic < 0 || bar->tonic > 11 || (key.mode != MODE_MAJOR && key.mode != MODE_MINOR) ||
	    (bar->tonic == k->tonic && bar->mode == k->mode))
		return 0;
	k->tonic = bar->tonic;
	k->mode = bar->mode;
	return song_add_key(k->song, tick, key_fifths(key), key.mode == MODE_MINOR);
}

static int add_bar(struct kept *k, const struct score_bar *bar)
{
	int tick = ticks_of(k->length), length = ticks_of(k->length + bar->length) - tick;

	if (length < 1)
		return 0;
	if (add_metre(k, bar, tick, length) < 0 || add_tempo(k, bar, tick) < 0 || add_key(k, bar, tick) < 0)
		return -1;
	for (int i = 0; i < bar->n; i++)
		if (!(k->muted >> bar->notes[i].part % SONG_PARTS_MAX & 1) && add_note(k, bar, &bar->notes[i]) < 0)
			return -1;
	k->length += bar->length;
	return 0;
}

static void cut_notes(struct song *song, int end)
{
	for (size_t i = 0; i < song->n_parts; i++)
		for (size_t j = 0; j < song->parts[i].n; j++) {
			struct note *n = &song->parts[i].notes[j];

			/* one that begins there by rounding is heard all the same */
			n->onset = n->onset < end ? n->onset : end - 1;
			n->duration = n->duration < end - n->onset ? n->duration : end - n->onset;
		}
}

struct song *keep_song(const struct score_bar *bars, size_t n, uint64_t muted)
{
	struct kept k = {.song = song_new(PPQ), .muted = muted, .tonic = -1};

	if (!k.song)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (add_bar(&k, &bars[i]) < 0) {
			song_free(k.song);
			return NULL;
		}
	k.song->end = ticks_of(k.length);
	if (k.song->end > 0)
		cut_notes(k.song, k.song->end);
	song_order(k.song);
	return k.song;
}

/* ---- the file -------------------------------------------------------------- */

/* A name that no file has yet; the caller frees. */
static char *free_name(void)
{
	time_t now = time(NULL);
	struct tm wall;
	char when[32];

	if (!localtime_r(&now, &wall) || strftime(when, sizeof when, "%Y%m%d-%H%M%S", &wall) == 0) {
		error("the time of day is not known");
		return NULL;
	}
	for (int i = 1; i < NAMES_MAX; i++) {
		char *name = i == 1 ? text_format("keep-%s.mid", when) : text_format("keep-%s-%d.mid", when, i);

		if (!name || !file_exists(name))
			return name;
		free(name);
	}
	error("keep-%s.mid and %d more are there already", when, NAMES_MAX - 2);
	return NULL;
}

static char *write_song(const struct song *song, const char *comment)
{
	const struct smf_write_options options = {.comment = comment, .silent_end = true};
	char *name = free_name();

	if (name && smf_write(name, song, &options) < 0) {
		free(name);
		return NULL;
	}
	return name;
}

char *keep_bars(const struct score *score, uint64_t now, uint64_t muted, const char *comment)
{
	struct score_bar *bars = mem_new(SCORE_BARS, sizeof *bars);
	struct song *song = NULL;
	char *name = NULL;
	size_t n = 0, over = 0, all;

	if (!bars)
		return NULL;
	all = score_copy(score, 0, bars, SCORE_BARS);
	while (over < all && bars[over].at + bars[over].length <= now)
		over++;
	n = over < KEEP_BARS ? over : KEEP_BARS;
	if (n == 0)
		error("no bar is over yet that could be kept");
	else
		song = keep_song(&bars[over - n], n, muted);
	if (song && song_notes(song) == 0)
		error("the last bars were silent: nothing is kept");
	else if (song)
		name = write_song(song, comment);
	song_free(song);
	free(bars);
	return name;
}
