/*
 * The order of a song's lists: parts by mean pitch, notes by onset, pitch
 * and duration, maps by tick with nothing said twice. Everything above the
 * midi floor counts on it.
 */
#include "music/song.h"

#include <stdlib.h>
#include <string.h>

/*
 * A stable merge sort in place: halves are sorted, then merged by rotation
 * (SymMerge: Kim and Kutzner, ESA 2004). song_order() cannot fail, so it may
 * not allocate, and qsort is not stable: of two entries of a map at one tick
 * the later in the file must win. O(n log^2 n), and O(n) on what is in order
 * already, as most lists are.
 */
struct sorting {
	unsigned char *base;
	size_t size;
	int (*compare)(const void *a, const void *b);
};

static unsigned char *item(const struct sorting *s, size_t i)
{
	return s->base + i * s->size;
}

static void reverse(const struct sorting *s, size_t from, size_t to)
{
	while (from + 1 < to) {
		unsigned char *a = item(s, from++), *b = item(s, --to);

		for (size_t i = 0; i < s->size; i++) {
			unsigned char byte = a[i];

			a[i] = b[i];
			b[i] = byte;
		}
	}
}

static void rotate(const struct sorting *s, size_t from, size_t middle, size_t to)
{
	reverse(s, from, middle);
	reverse(s, middle, to);
	reverse(s, from, to);
}

/* Merge [from, middle) and [middle, to), each in order; equals of the first come first. */
static void merge(const struct sorting *s, size_t from, size_t middle, size_t to)
{
	size_t half, sum, low, high;

	if (from >= middle || middle >= to || s->compare(item(s, middle - 1), item(s, middle)) <= 0)
		return;
	if (middle - from == 1) {
		size_t i = middle;

		while (i < to && s->compare(item(s, from), item(s, i)) > 0)
			i++;
		rotate(s, from, middle, i);
		return;
	}
	if (to - middle == 1) {
		size_t i = middle;

		while (i > from && s->compare(item(s, i - 1), item(s, middle)) > 0)
			i--;
		rotate(s, i, middle, to);
		return;
	}
	/*
	 * Find the stretch [low, sum - low) round the middle whose two halves
	 * trade places, so that each side of `half` can be merged on its own.
	 */
	half = from + (to - from) / 2;
	sum = half + middle;
	low = middle > half ? sum - to : from;
	high = middle > half ? half : middle;
	while (low < high) {
		size_t c = low + (high - low) / 2;

		if (s->compare(item(s, c), item(s, sum - 1 - c)) <= 0)
			low = c + 1;
		else
			high = c;
	}
	if (low < middle && middle < sum - low)
		rotate(s, low, middle, sum - low);
	merge(s, from, low, half);
	merge(s, half, sum - low, to);
}

static void sort_range(const struct sorting *s, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2;

	if (to - from < 2)
		return;
	sort_range(s, from, middle);
	sort_range(s, middle, to);
	merge(s, from, middle, to);
}

static void sort_stable(void *base, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	struct sorting s = {base, size, compare};

	if (n > 1)
		sort_range(&s, 0, n);
}

/* Of a map entry or a marker: the tick is the first field. */
static int compare_ticks(const void *a, const void *b)
{
	int x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static int compare_notes(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->onset != y->onset)
		return x->onset < y->onset ? -1 : 1;
	if (x->pitch != y->pitch)
		return x->pitch > y->pitch ? -1 : 1;
	if (x->duration != y->duration)
		return x->duration < y->duration ? -1 : 1;
	return y->velocity - x->velocity;
}

void song_order_notes(struct part *part)
{
	for (size_t i = 1; i < part->n; i++)
		if (compare_notes(&part->notes[i - 1], &part->notes[i]) > 0) {
			qsort(part->notes, part->n, sizeof *part->notes, compare_notes);
			return;
		}
}

/* Highest mean pitch first: sum(x)/n(x) against sum(y)/n(y), exactly. */
static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	uint64_t sum_x = 0, sum_y = 0;

	for (size_t i = 0; i < x->n; i++)
		sum_x += x->notes[i].pitch;
	for (size_t i = 0; i < y->n; i++)
		sum_y += y->notes[i].pitch;
	sum_x *= y->n;
	sum_y *= x->n;
	return (sum_x < sum_y) - (sum_x > sum_y);
}

static void order_parts(struct song *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_parts; i++) {
		if (s->parts[i].n == 0) {
			free(s->parts[i].name);
			free(s->parts[i].notes);
			continue;
		}
		song_order_notes(&s->parts[i]);
		s->parts[kept++] = s->parts[i];
	}
	s->n_parts = kept;
	sort_stable(s->parts, s->n_parts, sizeof *s->parts, compare_parts);
}

static bool same_tempo(const void *a, const void *b)
{
	return ((const struct tempo *)a)->us_per_quarter == ((const struct tempo *)b)->us_per_quarter;
}

static bool same_metre(const void *a, const void *b)
{
	const struct metre *x = a, *y = b;

	return x->numerator == y->numerator && x->denominator_log2 == y->denominator_log2;
}

static bool same_key(const void *a, const void *b)
{
	const struct keysig *x = a, *y = b;

	return x->fifths == y->fifths && x->minor == y->minor;
}

/* Sort a map, keep the last entry of each tick, drop what repeats what holds. Returns its new length. */
static size_t order_map(void *map, size_t n, size_t size, bool (*same)(const void *a, const void *b))
{
	unsigned char *m = map;
	size_t kept = 0;

	sort_stable(map, n, size, compare_ticks);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n && compare_ticks(m + i * size, m + (i + 1) * size) == 0)
			continue;
		if (kept > 0 && same(m + (kept - 1) * size, m + i * size))
			continue;
		memmove(m + kept++ * size, m + i * size, size);
	}
	return kept;
}

void song_order(struct song *s)
{
	order_parts(s);
	s->n_tempos = order_map(s->tempos, s->n_tempos, sizeof *s->tempos, same_tempo);
	s->n_metres = order_map(s->metres, s->n_metres, sizeof *s->metres, same_metre);
	s->n_keys = order_map(s->keys, s->n_keys, sizeof *s->keys, same_key);
	sort_stable(s->markers, s->n_markers, sizeof *s->markers, compare_ticks);
	sort_stable(s->texts, s->n_texts, sizeof *s->texts, compare_ticks);
	for (size_t i = 0; i < s->n_parts; i++)
		for (size_t j = 0; j < s->parts[i].n; j++) {
			const struct note *note = &s->parts[i].notes[j];

			if (note->onset + note->duration > s->end)
				s->end = note->onset + note->duration;
		}
}
