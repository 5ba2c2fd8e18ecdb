/* Features by bars and phrases, and how a piece ends. See features.h. */
#include "corpus/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpus/notes.h"
#include "music/key.h"
#include "music/position.h"

/* ---- what sounds in a bar of a part -------------------------------------- */

/* A note of `part` and `class` sounds from bar `from` to bar `to`. done: first bar not yet marked, by part and class. */
static void mark(uint16_t *classes, size_t *done, size_t from, size_t to, int class)
{
	for (size_t b = from > *done ? from : *done; b <= to; b++)
		classes[b] = (uint16_t)(classes[b] | 1u << class);
	if (to + 1 > *done)
		*done = to + 1;
}

/* Of one part: a bar's pitch classes as 12 bits. */
static void mark_part(uint16_t *classes, const struct piece *piece, const struct bars *bars, int part)
{
	size_t done[12] = {0};
	int now = 0;

	memset(classes, 0, bars->n * sizeof *classes);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];
		size_t from, to;

		now += event->shift;
		if (event->kind != EVENT_NOTE || event->part != part)
			continue;
		from = bars_at(bars, now);
		to = bars_at(bars, now + event->duration - 1);
		if (from < bars->n)
			mark(classes, &done[event->pitch % 12], from, to < bars->n ? to : bars->n - 1,
			     event->pitch % 12);
	}
}

static int take_classes(double values[FEATURE_VALUES], const struct piece *piece, const struct bars *bars)
{
	uint16_t *classes = mem_new(bars->n, sizeof *classes);
	double cells = 0, empty = 0, used = 0;
	uint64_t playing = 0;

	if (!classes)
		return -1;
	for (size_t i = 0; i < piece->n; i++)
		if (piece->events[i].kind == EVENT_NOTE)
			playing |= UINT64_C(1) << piece->events[i].part;
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		if (!((playing | piece->start.parts) >> k & 1))
			continue;
		mark_part(classes, piece, bars, k);
		/* a pickup is no bar */
		for (size_t b = bars->pickups; b < bars->n; b++) {
			cells++;
			empty += classes[b] == 0;
			for (int c = 0; c < 12; c++)
				used += classes[b] >> c & 1;
		}
	}
	free(classes);
	feature_set(values, FEATURE_EMPTY_BARS, cells > 0 ? empty / cells : NAN);
	feature_set(values, FEATURE_BAR_CLASSES, cells > empty ? used / (cells - empty) : NAN);
	return 0;
}

/* ---- bars repeated ------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Of the notes that begin in a bar, each by its place in it; 0: none begins. */
static void hash_bars(uint64_t *hashes, const struct piece *piece, const struct bars *bars)
{
	size_t at = 0;
	int now = 0;

	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];
		uint64_t hash;

		now += event->shift;
		if (event->kind != EVENT_NOTE)
			continue;
		while (at < bars->n && bars->list[at].end <= now)
			at++;
		if (at == bars->n)
			break;
		hash = notes_hash(hashes[at], (uint64_t)(now - bars->list[at].start));
		hash = notes_hash(hash, (uint64_t)event->part << 40 | (uint64_t)event->pitch << 32 |
		                                (uint32_t)event->duration);
		hashes[at] = hash ? hash : 1;
	}
}

static int take_repeats(double values[FEATURE_VALUES], const struct piece *piece, const struct bars *bars)
{
	uint64_t *all = mem_new(bars->n, sizeof *all), *hashes;
	size_t n, filled = 0, different = 0, run = 0, longest = 0;

	if (!all)
		return -1;
	hash_bars(all, piece, bars);
	hashes = all + bars->pickups;
	n = bars->n - bars->pickups;
	for (size_t i = 0; i < n; i++) {
		run = hashes[i] == 0 ? 0 : i > 0 && hashes[i] == hashes[i - 1] ? run + 1 : 1;
		longest = run > longest ? run : longest;
	}
	if (n > 0)
		qsort(hashes, n, sizeof *hashes, compare_hashes);
	for (size_t i = 0; i < n; i++) {
		filled += hashes[i] != 0;
		different += hashes[i] != 0 && (i == 0 || hashes[i] != hashes[i - 1]);
	}
	free(all);
	feature_set(values, FEATURE_REPEATED, filled > 0 ? (double)(filled - different) / (double)filled : NAN);
	feature_set(values, FEATURE_REPEAT_RUN, filled > 0 ? (double)longest : NAN);
	return 0;
}

/* ---- phrases ------------------------------------------------------------- */

static size_t count_phrases(const struct piece *piece)
{
	struct position p;
	size_t phrases = 0;
	int last = 0;

	position_start(&p, piece->grid, &piece->start);
	for (size_t i = 0; i < piece->n; i++) {
		struct event event = piece->events[i];

		/* nothing that is made has fermatas: they would tell it by its file */
		event.fermata = false;
		position_shift(&p, event.shift);
		position_event(&p, &event);
		if (event.kind != EVENT_NOTE)
			continue;
		phrases += phrases == 0 || p.phrase_start != last;
		last = p.phrase_start;
	}
	return phrases;
}

int features_bars(double values[FEATURE_VALUES], const struct piece *piece, const struct bars *bars)
{
	const double n = (double)bars_count(bars), notes = (double)notes_count(piece);
	const size_t phrases = count_phrases(piece);

	feature_set(values, FEATURE_BAR_NOTES, notes / n);
	feature_set(values, FEATURE_PHRASE, phrases > 0 ? n / (double)phrases : NAN);
	return take_classes(values, piece, bars) < 0 ? -1 : take_repeats(values, piece, bars);
}

/* ---- endings ------------------------------------------------------------- */

/* What there is to know of the end after all notes have gone by. */
struct ending {
	double weights[12];
	int last;       /* the last onset */
	int last_end;   /* where the note that sounds longest ends */
	int in_bar;     /* ticks from the bar line before that to it */
	int bar_length; /* of that bar */
	int part;       /* the lowest of which a note sounds at the last onset */
	int pitches[SONG_PARTS_MAX]
		   [2]; /* of each part the lowest note struck last, and the one before of another class; -1 */
	int onsets[SONG_PARTS_MAX], ends[SONG_PARTS_MAX];
};

static void take_last(struct ending *e, const struct event *event, int now)
{
	int *pitches = e->pitches[event->part];

	if (e->onsets[event->part] == now) {
		/* struck together: the first is the highest, the last the lowest */
		pitches[0] = event->pitch;
	} else {
		if (pitches[0] >= 0 && pitches[0] % 12 != event->pitch % 12)
			pitches[1] = pitches[0];
		pitches[0] = event->pitch;
	}
	e->onsets[event->part] = now;
	e->ends[event->part] = now + event->duration;
}

static void walk_to_end(struct ending *e, const struct piece *piece)
{
	struct position p;
	int now = 0;

	*e = (struct ending){.part = -1};
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		e->pitches[k][0] = e->pitches[k][1] = e->onsets[k] = -1;
	position_start(&p, piece->grid, &piece->start);
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		now += event->shift;
		position_shift(&p, event->shift);
		position_event(&p, event);
		if (event->kind != EVENT_NOTE)
			continue;
		e->weights[event->pitch % 12] += event->duration;
		e->last = now;
		take_last(e, event, now);
		if (now + event->duration > e->last_end) {
			e->last_end = now + event->duration;
			e->bar_length = p.bar_length;
			e->in_bar = (e->last_end - p.bar_start) % p.bar_length;
		}
	}
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		if (e->pitches[k][0] >= 0 && e->ends[k] > e->last)
			e->part = k;
}

void features_end(double values[FEATURE_VALUES], const struct piece *piece)
{
	struct ending e;
	struct key key;
	int class, before;
	bool tonic, line;

	walk_to_end(&e, piece);
	for (int f = FEATURE_END_TONIC; f <= FEATURE_END_CADENCE; f++)
		feature_set(values, (enum feature)f, NAN);
	if (e.part < 0)
		return;
	/* by the notes alone: the last bass would decide for itself */
	key = key_find_weights(e.weights, -1);
	class = e.pitches[e.part][0] % 12;
	before = e.pitches[e.part][1] < 0 ? -1 : (e.pitches[e.part][1] - key.tonic + 12) % 12;
	tonic = key.tonic == class;
	line = e.in_bar == 0 || (e.in_bar + piece->start.pickup) % e.bar_length == 0;
	feature_set(values, FEATURE_END_TONIC, tonic);
	feature_set(values, FEATURE_END_LINE, line);
	/* the second degree is a tone above in both modes; the seventh is raised where it leads */
	feature_set(values, FEATURE_END_CADENCE, tonic && (before == 7 || before == 2 || before == 11));
}
