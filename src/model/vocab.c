/*
 * Vocabularies counted from the training pieces, and the universal code for
 * what is not in them.
 */
#include "model/vocab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/mem.h"

/* A value earns a symbol when it makes up this share of its kind, or is one of few. */
#define SYMBOL_SHARE     0.0005
#define SYMBOL_COUNT_MIN 3
#define COUNTED_TICKS    4096 /* longer values never get a symbol */

struct counted {
	int value, count;
};

static int by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static int by_int(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void symbols_choose(struct symbols *s, const int *counts, int always)
{
	struct counted list[COUNTED_TICKS];
	int n = 0;
	double total = 0;

	for (int v = 0; v < COUNTED_TICKS; v++) {
		total += counts[v];
		if (counts[v] > 0 && v != always)
			list[n++] = (struct counted){v, counts[v]};
	}
	qsort(list, (size_t)n, sizeof *list, by_count);
	s->n = 0;
	if (always >= 0)
		s->values[s->n++] = always;
	for (int i = 0; i < n && s->n < VOCAB_SYMBOLS_MAX; i++)
		if (list[i].count >= SYMBOL_COUNT_MIN && list[i].count >= SYMBOL_SHARE * total)
			s->values[s->n++] = list[i].value;
	if (s->n == 0) /* a corpus of three notes still has a most frequent one */
		s->values[s->n++] = n > 0 ? list[0].value : 1;
	qsort(s->values, (size_t)s->n, sizeof *s->values, by_int);
}

struct reading vocab_reading(const struct vocab *v)
{
	return (struct reading){v->grid, v->take, v->frame, v->strike, v->frame_parts};
}

int symbols_find(const struct symbols *s, int value)
{
	int low = 0, high = s->n - 1;

	while (low <= high) {
		int middle = (low + high) / 2;

		if (s->values[middle] == value)
			return middle;
		if (s->values[middle] < value)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return s->n;
}

int vocab_metre(const struct vocab *v, int numerator, int denominator_log2)
{
	for (int i = 0; i < v->n_metres; i++)
		if (v->metres[i][0] == numerator && v->metres[i][1] == denominator_log2)
			return i;
	return v->n_metres;
}

bool vocab_knows_keys(const struct vocab *v)
{
	for (int mode = 0; mode < MODES; mode++)
		for (int k = 0; k < 12; k++)
			if (v->tonics[mode][k] > 0)
				return true;
	return false;
}

int vocab_style(const struct vocab *v, const char *name)
{
	for (int i = 0; i < v->n_styles; i++)
		if (strcmp(v->styles[i], name) == 0)
			return i;
	return -1;
}

/* -log2 of Elias's gamma code for k >= 0 bars. */
static int gamma_bits(int k)
{
	int log = 0;

	while ((k + 1) >> (log + 1))
		log++;
	return 2 * log + 1;
}

static double code_probability(int low, int bar, int value)
{
	int v = value - low;

	return ldexp(1.0, -gamma_bits(v / bar)) / bar;
}

static double code_left_over(const struct symbols *s, int low, int bar)
{
	double taken = 0;

	for (int i = 0; i < s->n; i++)
		if (s->values[i] >= low)
			taken += code_probability(low, bar, s->values[i]);
	return 1 - taken;
}

double escape_cost(const struct symbols *s, int low, int bar, int value)
{
	if (value < low || bar < 1)
		BUG("escape_cost: value %d below %d, bar %d", value, low, bar);
	return -log(code_probability(low, bar, value) / code_left_over(s, low, bar));
}

int escape_draw(const struct symbols *s, int low, int bar, int limit, struct random *random)
{
	/* By rejection; a vocabulary that leaves almost nothing over is cut short. */
	for (int attempt = 0; attempt < 1000; attempt++) {
		int log = 0, k, value;

		while (log < 20 && random_unit(random) < 0.5)
			log++;
		k = (1 << log) - 1 + (int)random_below(random, 1u << log);
		if (k > limit / bar)
			continue;
		value = low + k * bar + (int)random_below(random, (uint32_t)bar);
		if (value <= limit && symbols_find(s, value) == s->n)
			return value;
	}
	for (int i = s->n - 1; i >= 0; i--)
		if (s->values[i] >= low && s->values[i] <= limit)
			return s->values[i];
	return limit;
}

double escape_metre_cost(const struct vocab *v)
{
	return log(255.0 * 8.0 - v->n_metres);
}

/* p: the piece with its events, of which the first n are for training. */
static void count_piece(const struct piece *p, size_t n, int *durations, int *shifts, int metres[256][8],
                        int velocities[128], struct vocab *v)
{
	metres[p->start.numerator][p->start.denominator_log2]++;
	for (size_t i = 0; i < n && i < p->n; i++) {
		const struct event *e = &p->events[i];

		if (e->shift < COUNTED_TICKS)
			shifts[e->shift]++;
		if (e->kind == EVENT_METRE)
			metres[e->numerator][e->denominator_log2]++;
		if (e->kind != EVENT_NOTE)
			continue;
		if (e->duration < COUNTED_TICKS)
			durations[e->duration]++;
		velocities[e->velocity]++;
		if (e->pitch < v->low[e->part])
			v->low[e->part] = e->pitch;
		if (e->pitch > v->high[e->part])
			v->high[e->part] = e->pitch;
	}
}

/* Over held-out pieces too: they are to be scored. */
static void count_parts(struct vocab *v, const struct piece *p)
{
	while (v->parts < SONG_PARTS_MAX && p->start.parts >> v->parts != 0)
		v->parts++;
}

static void choose_metres(struct vocab *v, int metres[256][8])
{
	int n = 0;
	struct counted best[VOCAB_METRES_MAX];

	/* 2040 possible metres: pick the most frequent one after the other. */
	while (n < VOCAB_METRES_MAX) {
		struct counted top = {-1, 0};

		for (int a = 1; a < 256; a++)
			for (int b = 0; b < 8; b++)
				if (metres[a][b] > top.count)
					top = (struct counted){a * 8 + b, metres[a][b]};
		if (top.value < 0)
			break;
		metres[top.value / 8][top.value % 8] = 0;
		best[n++] = top;
	}
	v->n_metres = n;
	for (int i = 0; i < n; i++) {
		v->metres[i][0] = (uint8_t)(best[i].value / 8);
		v->metres[i][1] = (uint8_t)(best[i].value % 8);
	}
}

static bool same_start(const struct start *a, const struct start *b)
{
	return a->style == b->style && a->mode == b->mode && a->numerator == b->numerator &&
	       a->denominator_log2 == b->denominator_log2 && a->tempo == b->tempo && a->pickup == b->pickup &&
	       a->parts == b->parts;
}

static int by_start_count(const void *a, const void *b)
{
	const struct vocab_start *x = a, *y = b;
	const struct start *s = &x->start, *t = &y->start;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	/* A total order, so that the file's bytes do not depend on qsort. */
	if (s->style != t->style)
		return s->style < t->style ? -1 : 1;
	if (s->mode != t->mode)
		return s->mode < t->mode ? -1 : 1;
	if (s->numerator != t->numerator)
		return s->numerator < t->numerator ? -1 : 1;
	if (s->denominator_log2 != t->denominator_log2)
		return s->denominator_log2 < t->denominator_log2 ? -1 : 1;
	if (s->tempo != t->tempo)
		return s->tempo < t->tempo ? -1 : 1;
	if (s->pickup != t->pickup)
		return s->pickup < t->pickup ? -1 : 1;
	return (s->parts > t->parts) - (s->parts < t->parts);
}

static int collect_starts(struct vocab *v, const struct corpus *corpus)
{
	size_t capacity = 0;

	for (size_t i = 0; i < corpus->n; i++) {
		const struct piece *p = corpus->pieces[i].piece;
		struct start start = p->start;
		int j;

		if (corpus->pieces[i].split != SPLIT_TRAIN)
			continue;
		if (start.style >= v->n_styles) /* one of more than there is room for: unknown */
			start.style = -1;
		if (start.tonic > 0)
			v->tonics[start.mode][start.tonic - 1]++;
		start.tonic = 0; /* any piece may begin like this in any key */
		for (j = 0; j < v->n_starts; j++)
			if (same_start(&v->starts[j].start, &start))
				break;
		if (j == v->n_starts) {
			if (j == 8 * VOCAB_STARTS_MAX)
				continue;
			if (MEM_GROW(v->starts, capacity, (size_t)j + 1) < 0)
				return -1;
			v->starts[v->n_starts++] = (struct vocab_start){start, 0, p->us_per_quarter};
		}
		v->starts[j].count++;
	}
	qsort(v->starts, (size_t)v->n_starts, sizeof *v->starts, by_start_count);
	if (v->n_starts > VOCAB_STARTS_MAX)
		v->n_starts = VOCAB_STARTS_MAX;
	return 0;
}

/* Full bars of a piece, as long as its first metre's. */
static int piece_bars(const struct piece *p)
{
	struct metre metre = {0, p->start.numerator, p->start.denominator_log2};
	long ticks = -p->start.pickup, bar = metre_bar(&metre, p->grid);

	for (size_t i = 0; i < p->n; i++)
		ticks += p->events[i].shift;
	return ticks > bar ? (int)((ticks + bar - 1) / bar) : 1;
}

/* bars: of the n training pieces; they are put in order. */
static void collect_lengths(struct vocab *v, int *bars, size_t n)
{
	qsort(bars, n, sizeof *bars, by_int);
	v->n_lengths = n < VOCAB_LENGTHS_MAX ? (int)n : VOCAB_LENGTHS_MAX;
	for (int i = 0; i < v->n_lengths; i++)
		v->lengths[i] = bars[(2 * (size_t)i + 1) * n / (2 * (size_t)v->n_lengths)];
}

static void choose_programs(struct vocab *v, const struct corpus *corpus)
{
	for (int k = 0; k < SONG_PARTS_MAX; k++) {
		int counts[128] = {0}, best = -1;

		for (size_t i = 0; i < corpus->n; i++) {
			const struct piece *p = corpus->pieces[i].piece;

			if (corpus->pieces[i].split == SPLIT_TRAIN && (p->start.parts >> k & 1) && p->programs[k] >= 0)
				counts[p->programs[k]]++;
		}
		for (int g = 0; g < 128; g++)
			if (counts[g] > 0 && (best < 0 || counts[g] > counts[best]))
				best = g;
		v->programs[k] = (int8_t)best;
	}
}

/* Scores without dynamics carry one velocity; a few stray ones do not make dynamics. */
static void judge_dynamics(struct vocab *v, const int velocities[128])
{
	long total = 0;
	int usual = 80;

	for (int i = 1; i < 128; i++) {
		total += velocities[i];
		if (velocities[i] > velocities[usual])
			usual = i;
	}
	v->velocity = usual;
	v->dynamics = total > 0 && velocities[usual] < 0.9 * (double)total;
}

struct vocab *vocab_new(const struct corpus *corpus)
{
	struct vocab *v = mem_new(1, sizeof *v);
	int *durations = mem_new(COUNTED_TICKS, sizeof *durations);
	int *shifts = mem_new(COUNTED_TICKS, sizeof *shifts);
	int velocities[128] = {0};
	int(*metres)[8] = mem_new(256, sizeof *metres);
	int *bars = mem_new(corpus->n, sizeof *bars);
	bool ok = v && durations && shifts && metres && bars;
	struct corpus_reader reader = {.bytes = NULL};
	size_t n = 0;

	if (ok) {
		memset(v->low, 127, sizeof v->low);
		v->take = corpus->reading.take;
		v->frame = corpus->reading.frame;
		v->strike = corpus->reading.strike;
		v->frame_parts = corpus->reading.frame_parts;
		for (size_t i = 0; i < corpus->n; i++) {
			const struct corpus_piece *cp = &corpus->pieces[i];
			const struct piece *p;

			count_parts(v, cp->piece);
			if (cp->split != SPLIT_TRAIN)
				continue;
			v->grid = cp->piece->grid;
			p = corpus_read(&reader, corpus, cp);
			ok = p != NULL;
			if (!p)
				break;
			count_piece(p, cp->train_events, durations, shifts, metres, velocities, v);
			bars[n++] = piece_bars(p);
		}
		if (ok && v->grid == 0) {
			error("the corpus has no music to train on");
			ok = false;
		}
	}
	if (ok) {
		durations[0] = 0;
		symbols_choose(&v->durations, durations, -1);
		symbols_choose(&v->shifts, shifts, 0);
		choose_metres(v, metres);
		judge_dynamics(v, velocities);
		choose_programs(v, corpus);
		for (size_t i = 0; ok && i < corpus->n_styles && i < VOCAB_STYLES_MAX; i++) {
			v->styles[i] = mem_string(corpus->styles[i]);
			ok = v->styles[i] != NULL;
			v->n_styles = (int)i + 1;
		}
		collect_lengths(v, bars, n);
		ok = ok && collect_starts(v, corpus) == 0;
	}
	corpus_reader_done(&reader);
	free(bars);
	free(durations);
	free(shifts);
	free(metres);
	if (!ok) {
		vocab_free(v);
		return NULL;
	}
	return v;
}

void vocab_free(struct vocab *v)
{
	if (!v)
		return;
	for (int i = 0; i < v->n_styles; i++)
		free(v->styles[i]);
	free(v->starts);
	chords_done(&v->chords);
	free(v);
}
