/* Features between parts. See features.h. */
#include "corpus/features.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- crossing, range ----------------------------------------------------- */

/* Where a note of a line ends, or makes way for the next one. */
static int line_end(const struct lines *lines, int part, size_t i)
{
	const struct line_note *note = &lines->notes[i];
	const int end = note->onset + note->duration;

	return i + 1 < lines->first[part + 1] && note[1].onset < end ? note[1].onset : end;
}

/* Ticks in which both lines sound, and those of them in which the lower part is above. */
static void add_crossing(double *both, double *crossed, const struct lines *lines, int upper, int lower)
{
	size_t i = lines->first[upper], j = lines->first[lower];

	while (i < lines->first[upper + 1] && j < lines->first[lower + 1]) {
		const struct line_note *a = &lines->notes[i], *b = &lines->notes[j];
		const int a_end = line_end(lines, upper, i), b_end = line_end(lines, lower, j);
		const int from = a->onset > b->onset ? a->onset : b->onset, to = a_end < b_end ? a_end : b_end;

		if (to > from) {
			*both += to - from;
			*crossed += a->pitch < b->pitch ? to - from : 0;
		}
		if (a_end <= b_end)
			i++;
		if (b_end <= a_end)
			j++;
	}
}

static void take_crossing(double values[FEATURE_VALUES], const struct lines *lines)
{
	double both = 0, crossed = 0;

	for (int k = 0; k + 1 < lines->parts; k++)
		add_crossing(&both, &crossed, lines, k, k + 1);
	feature_set(values, FEATURE_CROSSING, both > 0 ? crossed / both : NAN);
}

static void take_ranges(double values[FEATURE_VALUES], const struct piece *piece)
{
	int low[SONG_PARTS_MAX], high[SONG_PARTS_MAX];
	double parts = 0, sum = 0;

	for (int k = 0; k < SONG_PARTS_MAX; k++)
		high[k] = -1;
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];

		if (event->kind != EVENT_NOTE)
			continue;
		if (high[event->part] < 0)
			low[event->part] = high[event->part] = event->pitch;
		if (event->pitch < low[event->part])
			low[event->part] = event->pitch;
		if (event->pitch > high[event->part])
			high[event->part] = event->pitch;
	}
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		if (high[k] < 0)
			continue;
		parts++;
		sum += high[k] - low[k];
	}
	feature_set(values, FEATURE_PART_RANGE, parts > 0 ? sum / parts : NAN);
}

/* ---- parallels ----------------------------------------------------------- */

/* The lines at one moment. */
struct chord {
	int pitch[SONG_PARTS_MAX]; /* -1: silent */
	int end[SONG_PARTS_MAX];
};

/* Are two lines the same interval apart (of one octave) before and after they move the same way? */
static bool is_parallel(const struct chord *a, const struct chord *b, int upper, int lower, int interval)
{
	const int up = b->pitch[upper] - a->pitch[upper], low = b->pitch[lower] - a->pitch[lower];

	return up != 0 && low != 0 && (up > 0) == (low > 0) &&
	       abs(a->pitch[upper] - a->pitch[lower]) % 12 == interval &&
	       abs(b->pitch[upper] - b->pitch[lower]) % 12 == interval;
}

struct parallels {
	double chords, fifths, octaves;
};

static int count_sounding(const struct chord *c, int parts)
{
	int n = 0;

	for (int k = 0; k < parts; k++)
		n += c->pitch[k] >= 0;
	return n;
}

static void add_chord(struct parallels *p, const struct chord *a, const struct chord *b, int parts)
{
	if (count_sounding(b, parts) < 2)
		return;
	p->chords++;
	for (int upper = 0; upper < parts; upper++) {
		if (a->pitch[upper] < 0 || b->pitch[upper] < 0)
			continue;
		for (int lower = upper + 1; lower < parts; lower++) {
			if (a->pitch[lower] < 0 || b->pitch[lower] < 0)
				continue;
			p->fifths += is_parallel(a, b, upper, lower, 7);
			p->octaves += is_parallel(a, b, upper, lower, 0);
		}
	}
}

/* A chord is whenever a note of a line begins while two lines or more sound. */
static void take_parallels(double values[FEATURE_VALUES], const struct lines *lines)
{
	struct parallels p = {.chords = 0};
	struct chord before, here;
	size_t at[SONG_PARTS_MAX];

	memcpy(at, lines->first, sizeof at);
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		before.pitch[k] = -1, before.end[k] = 0;
	for (;;) {
		int now = -1;

		for (int k = 0; k < lines->parts; k++)
			if (at[k] < lines->first[k + 1] && (now < 0 || lines->notes[at[k]].onset < now))
				now = lines->notes[at[k]].onset;
		if (now < 0)
			break;
		here = before;
		for (int k = 0; k < lines->parts; k++) {
			if (here.end[k] <= now)
				here.pitch[k] = -1;
			if (at[k] == lines->first[k + 1] || lines->notes[at[k]].onset != now)
				continue;
			here.pitch[k] = lines->notes[at[k]].pitch;
			here.end[k] = line_end(lines, k, at[k]);
			at[k]++;
		}
		add_chord(&p, &before, &here, lines->parts);
		before = here;
	}
	feature_set(values, FEATURE_FIFTHS, p.chords > 0 ? 100 * p.fifths / p.chords : NAN);
	feature_set(values, FEATURE_OCTAVES, p.chords > 0 ? 100 * p.octaves / p.chords : NAN);
}

/* ---- tonal distance ------------------------------------------------------ */

/* What sounds: no two of one part and pitch. */
struct sounding {
	int part, pitch, end;
};

struct tonal {
	struct sounding *notes;
	size_t n, capacity;
	double chroma[SONG_PARTS_MAX][12]; /* ticks in the present quarter; all 0 between quarters */
	double pairs, sum;
};

/* The six numbers of Harte, Sandler and Gasser's tonal centroid: fifths, minor thirds, major thirds as circles. */
static void find_centroid(double centroid[6], const double chroma[12], double weight)
{
	static const double angle[3] = {7.0 / 6, 3.0 / 2, 2.0 / 3}, radius[3] = {1, 1, 0.5};

	memset(centroid, 0, 6 * sizeof *centroid);
	for (int c = 0; c < 12; c++)
		for (int i = 0; i < 3 && chroma[c] > 0; i++) {
			centroid[2 * i] += radius[i] * sin(c * angle[i] * M_PI) * chroma[c] / weight;
			centroid[2 * i + 1] += radius[i] * cos(c * angle[i] * M_PI) * chroma[c] / weight;
		}
}

static int sound(struct tonal *t, const struct event *event, int now)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->notes[i].part == event->part && t->notes[i].pitch == event->pitch) {
			if (t->notes[i].end < now + event->duration)
				t->notes[i].end = now + event->duration;
			return 0;
		}
	if (MEM_GROW(t->notes, t->capacity, t->n + 1) < 0)
		return -1;
	t->notes[t->n++] = (struct sounding){event->part, event->pitch, now + event->duration};
	return 0;
}

/* What sounds from `from` to `to`, within one quarter, adds to the chroma of its part; what ends goes. */
static void pass(struct tonal *t, int from, int to)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct sounding *s = &t->notes[i];

		t->chroma[s->part][s->pitch % 12] += (s->end < to ? s->end : to) - from;
		if (s->end > to)
			t->notes[kept++] = *s;
	}
	t->n = kept;
}

static void end_quarter(struct tonal *t)
{
	double centroids[SONG_PARTS_MAX][6];
	int n = 0;

	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		double weight = 0;

		for (int c = 0; c < 12; c++)
			weight += t->chroma[k][c];
		if (weight > 0)
			find_centroid(centroids[n++], t->chroma[k], weight);
	}
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++) {
			double square = 0;

			for (int d = 0; d < 6; d++)
				square += (centroids[i][d] - centroids[j][d]) * (centroids[i][d] - centroids[j][d]);
			t->pairs++;
			t->sum += sqrt(square);
		}
	memset(t->chroma, 0, sizeof t->chroma);
}

/* From `now` to `to`, quarter by quarter; through silence at once. */
static void go_on(struct tonal *t, int *now, int to, int grid)
{
	while (*now < to) {
		const int quarter = *now - *now % grid + grid, until = quarter < to ? quarter : to;

		if (t->n == 0) {
			/* silence; what sounded before it in this quarter counts once the quarter is over */
			if (until == quarter)
				end_quarter(t);
			*now = to;
			continue;
		}
		pass(t, *now, until);
		*now = until;
		if (until == quarter)
			end_quarter(t);
	}
}

static int take_tonal_distance(double values[FEATURE_VALUES], const struct piece *piece)
{
	struct tonal *t = mem_new(1, sizeof *t);
	int now = 0, tick = 0, result = t ? 0 : -1;

	for (size_t i = 0; i < piece->n && result == 0; i++) {
		tick += piece->events[i].shift;
		go_on(t, &now, tick, piece->grid);
		if (piece->events[i].kind == EVENT_NOTE)
			result = sound(t, &piece->events[i], tick);
	}
	if (result == 0) {
		end_quarter(t);
		feature_set(values, FEATURE_TONAL_DISTANCE, t->pairs > 0 ? t->sum / t->pairs : NAN);
	}
	if (t)
		free(t->notes);
	free(t);
	return result;
}

int features_parts(double values[FEATURE_VALUES], const struct piece *piece, const struct lines *lines)
{
	take_crossing(values, lines);
	take_ranges(values, piece);
	take_parallels(values, lines);
	return take_tonal_distance(values, piece);
}
