/*
 * Finding near twins without comparing every piece with every other: the
 * shingles of all parts go into one sorted list, where those shared stand
 * side by side. For each part the shingles it shares with every other part
 * are counted along the list. A shingle that very many parts have is followed
 * to the first few only, and a count that this leaves in doubt is settled by
 * comparing the two parts whole, the likeliest first and so many at most: the
 * work is bounded by the length of the list. Pieces are taken by fingerprint, so that the order of the files
 * decides nothing.
 */
#include "corpus/twins.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"

#define FOLLOWED     64 /* parts a shingle is followed to */
#define COMPARED     64 /* parts that one is at most compared with whole */
#define FEWEST_MOVES 3  /* a shingle of fewer intervals that are not 0 is a repeated note, and tells nothing */

/* A posting says that a part has a shingle: 40 bits of the shingle's hash, then 24 of the part. */
#define PART_BITS     24
#define PARTS_MOST    ((size_t)1 << PART_BITS)
#define POSTINGS_MOST ((size_t)UINT32_MAX)

struct twins {
	const struct corpus *corpus;
	struct corpus_reader reader;
	size_t n_pieces;
	size_t *order;  /* pieces by fingerprint; a rank is a place in it */
	size_t *parent; /* by rank: union-find, the smallest rank is the root */

	uint64_t *postings;
	size_t n, capacity;

	struct line *parts; /* those long enough, by rank */
	size_t n_parts, parts_capacity;

	/* Shingles that two parts or more have, called runs after their postings. */
	uint32_t *run_first; /* n_runs + 1: into postings */
	size_t n_runs;
	uint32_t *part_runs; /* the runs of each part, ascending */
};

/* A part's top line. */
struct line {
	size_t rank;         /* of its piece; parts of one piece stand together */
	uint32_t shingles;   /* how many different ones it has */
	uint32_t first, end; /* its place in part_runs */
};

static size_t find_root(struct twins *t, size_t rank)
{
	while (t->parent[rank] != rank) {
		t->parent[rank] = t->parent[t->parent[rank]];
		rank = t->parent[rank];
	}
	return rank;
}

static void unite(struct twins *t, size_t a, size_t b)
{
	a = find_root(t, a);
	b = find_root(t, b);
	if (a < b)
		t->parent[b] = a;
	else
		t->parent[a] = b;
}

struct ranked {
	uint64_t fingerprint;
	size_t piece;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->fingerprint != y->fingerprint)
		return x->fingerprint < y->fingerprint ? -1 : 1;
	return x->piece < y->piece ? -1 : x->piece > y->piece;
}

static int rank_pieces(struct twins *t)
{
	struct ranked *list = mem_new(t->n_pieces, sizeof *list);

	t->order = mem_new(t->n_pieces, sizeof *t->order);
	t->parent = mem_new(t->n_pieces, sizeof *t->parent);
	if (!list || !t->order || !t->parent) {
		free(list);
		return -1;
	}
	for (size_t i = 0; i < t->n_pieces; i++)
		list[i] = (struct ranked){t->corpus->pieces[i].fingerprint, i};
	qsort(list, t->n_pieces, sizeof *list, compare_ranked);
	for (size_t r = 0; r < t->n_pieces; r++) {
		t->order[r] = list[r].piece;
		t->parent[r] = r;
		if (r > 0 && list[r].fingerprint == list[r - 1].fingerprint)
			unite(t, r - 1, r);
	}
	free(list);
	return 0;
}

/* A part's top line while its piece goes by. */
struct following {
	int tick; /* of its last note, -1 before any */
	int pitch;
	size_t intervals;
	uint64_t window; /* the last seven, a byte each */
	uint64_t before; /* the first shingle, until there is a second */
	size_t part;     /* number among t->parts */
};

static int add_posting(struct twins *t, uint64_t window, size_t part)
{
	int moves = 0;

	for (int i = 0; i < SHINGLE; i++)
		moves += (window >> 8 * i & 0xff) != 0;
	if (moves < FEWEST_MOVES)
		return 0;
	if (t->n >= POSTINGS_MOST)
		return error("more notes than can be searched for twins");
	if (MEM_GROW(t->postings, t->capacity, t->n + 1) < 0)
		return -1;
	t->postings[t->n++] = random_mix(window) >> PART_BITS << PART_BITS | part;
	return 0;
}

/* A part counts from its eighth interval, its second shingle, on: one shared by chance is not half of it. */
static int add_shingle(struct twins *t, struct following *f, size_t rank)
{
	if (f->intervals == SHINGLE) {
		f->before = f->window;
		return 0;
	}
	if (f->intervals == SHINGLE + 1) {
		if (t->n_parts >= PARTS_MOST)
			return error("more parts than can be searched for twins");
		if (MEM_GROW(t->parts, t->parts_capacity, t->n_parts + 1) < 0)
			return -1;
		f->part = t->n_parts++;
		t->parts[f->part] = (struct line){.rank = rank};
		if (add_posting(t, f->before, f->part) < 0)
			return -1;
	}
	return add_posting(t, f->window, f->part);
}

static int add_piece(struct twins *t, size_t rank)
{
	const struct piece *piece = corpus_read(&t->reader, t->corpus, &t->corpus->pieces[t->order[rank]]);
	struct following lines[SONG_PARTS_MAX];
	int now = 0;

	if (!piece)
		return -1;
	for (int k = 0; k < SONG_PARTS_MAX; k++)
		lines[k] = (struct following){.tick = -1};
	for (size_t i = 0; i < piece->n; i++) {
		const struct event *event = &piece->events[i];
		struct following *f = &lines[event->part];

		now += event->shift;
		/* Of notes struck together the first is the highest. */
		if (event->kind != EVENT_NOTE || f->tick == now)
			continue;
		if (f->tick >= 0) {
			uint64_t interval = (uint8_t)(event->pitch - f->pitch);

			f->window = (f->window << 8 | interval) & (UINT64_MAX >> 8);
			f->intervals++;
			if (f->intervals >= SHINGLE && add_shingle(t, f, rank) < 0)
				return -1;
		}
		f->tick = now;
		f->pitch = event->pitch;
	}
	return 0;
}

/* Radix sort, a byte a pass from the lowest. */
static int sort_postings(struct twins *t)
{
	uint64_t *from = t->postings, *to = mem_new(t->n, sizeof *to);

	if (!to)
		return -1;
	for (int shift = 0; shift < 64; shift += 8) {
		size_t first[257] = {0};
		uint64_t *swap = from;

		for (size_t i = 0; i < t->n; i++)
			first[(from[i] >> shift & 0xff) + 1]++;
		for (int d = 0; d < 256; d++)
			first[d + 1] += first[d];
		for (size_t i = 0; i < t->n; i++)
			to[first[from[i] >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	/* After eight passes everything is back in the array it came from. */
	free(to);
	return 0;
}

static size_t part_of(uint64_t posting)
{
	return posting & (PARTS_MOST - 1);
}

/*
 * Count each part's shingles, once each, and keep the postings of those that
 * more than one part has.
 */
static void keep_shared(struct twins *t)
{
	size_t kept = 0, at = 0;

	while (at < t->n) {
		uint64_t shingle = t->postings[at] >> PART_BITS;
		size_t first = kept;

		for (; at < t->n && t->postings[at] >> PART_BITS == shingle; at++) {
			if (kept > first && t->postings[kept - 1] == t->postings[at])
				continue;
			t->parts[part_of(t->postings[at])].shingles++;
			t->postings[kept++] = t->postings[at];
		}
		if (kept == first + 1)
			kept = first;
		else
			t->n_runs++;
	}
	t->n = kept;
}

/* Number the runs, and list for each part those it is in. */
static int index_runs(struct twins *t)
{
	uint32_t at = 0;
	size_t run = 0;

	t->run_first = mem_new(t->n_runs + 1, sizeof *t->run_first);
	t->part_runs = mem_new(t->n, sizeof *t->part_runs);
	if (!t->run_first || !t->part_runs)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		t->parts[part_of(t->postings[i])].end++;
	for (size_t p = 0; p < t->n_parts; p++) {
		uint32_t length = t->parts[p].end;

		t->parts[p].first = t->parts[p].end = at;
		at += length;
	}
	for (size_t i = 0; i < t->n; i++) {
		if (i > 0 && t->postings[i] >> PART_BITS != t->postings[i - 1] >> PART_BITS)
			t->run_first[++run] = (uint32_t)i;
		t->part_runs[t->parts[part_of(t->postings[i])].end++] = (uint32_t)run;
	}
	t->run_first[t->n_runs] = (uint32_t)t->n;
	return 0;
}

static size_t shared_shingles(const struct twins *t, const struct line *a, const struct line *b)
{
	uint32_t i = a->first, j = b->first;
	size_t shared = 0;

	while (i < a->end && j < b->end) {
		uint32_t x = t->part_runs[i], y = t->part_runs[j];

		shared += x == y;
		i += x <= y;
		j += y <= x;
	}
	return shared;
}

/* A part whose count leaves it open whether it is a twin. */
struct doubt {
	uint32_t count, part;
};

/* Counting of what a part shares with all others. */
struct tally {
	uint32_t *counts;  /* by part; all 0 between parts */
	uint32_t *touched; /* parts with a count */
	size_t n;
	struct doubt *doubts;
	size_t n_doubts;
};

/* Returns how many of the part's shingles were not followed to the end. */
static size_t count_shared(const struct twins *t, struct tally *tally, size_t part)
{
	const struct line *own = &t->parts[part];
	size_t from_own = part, to_own = part + 1, cut = 0;

	while (from_own > 0 && t->parts[from_own - 1].rank == own->rank)
		from_own--;
	while (to_own < t->n_parts && t->parts[to_own].rank == own->rank)
		to_own++;
	tally->n = 0;
	for (uint32_t i = own->first; i < own->end; i++) {
		uint32_t run = t->part_runs[i];
		size_t from = t->run_first[run], to = t->run_first[run + 1];

		if (to - from > FOLLOWED) {
			to = from + FOLLOWED;
			cut++;
		}
		for (size_t at = from; at < to; at++) {
			size_t other = part_of(t->postings[at]);

			if (other >= from_own && other < to_own)
				continue;
			if (tally->counts[other]++ == 0)
				tally->touched[tally->n++] = (uint32_t)other;
		}
	}
	return cut;
}

/* Most shared first, then by part. */
static int compare_doubts(const void *a, const void *b)
{
	const struct doubt *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

static void unite_twins_of(struct twins *t, struct tally *tally, size_t part)
{
	const struct line *own = &t->parts[part];
	size_t cut = count_shared(t, tally, part);

	tally->n_doubts = 0;
	for (size_t i = 0; i < tally->n; i++) {
		uint32_t other = tally->touched[i], count = tally->counts[other];

		tally->counts[other] = 0;
		if (2 * (size_t)count >= own->shingles)
			unite(t, own->rank, t->parts[other].rank);
		else if (2 * (count + cut) >= own->shingles)
			tally->doubts[tally->n_doubts++] = (struct doubt){count, other};
	}
	if (tally->n_doubts > COMPARED)
		qsort(tally->doubts, tally->n_doubts, sizeof *tally->doubts, compare_doubts);
	for (size_t i = 0; i < tally->n_doubts && i < COMPARED; i++) {
		const struct line *other = &t->parts[tally->doubts[i].part];

		if (find_root(t, own->rank) != find_root(t, other->rank) &&
		    2 * shared_shingles(t, own, other) >= own->shingles)
			unite(t, own->rank, other->rank);
	}
}

static int unite_twins(struct twins *t)
{
	struct tally tally = {0};
	int result = -1;

	tally.counts = mem_new(t->n_parts, sizeof *tally.counts);
	tally.touched = mem_new(t->n_parts, sizeof *tally.touched);
	tally.doubts = mem_new(t->n_parts, sizeof *tally.doubts);
	if (tally.counts && tally.touched && tally.doubts) {
		for (size_t p = 0; p < t->n_parts; p++)
			unite_twins_of(t, &tally, p);
		result = 0;
	}
	free(tally.counts);
	free(tally.touched);
	free(tally.doubts);
	return result;
}

static int find_groups(struct twins *t, size_t *group)
{
	if (rank_pieces(t) < 0)
		return -1;
	for (size_t r = 0; r < t->n_pieces; r++)
		if (add_piece(t, r) < 0)
			return -1;
	if (t->n > 0) {
		if (sort_postings(t) < 0)
			return -1;
		keep_shared(t);
		if (index_runs(t) < 0 || unite_twins(t) < 0)
			return -1;
	}
	for (size_t r = 0; r < t->n_pieces; r++)
		group[t->order[r]] = t->order[find_root(t, r)];
	return 0;
}

int twins_group(size_t *group, const struct corpus *corpus)
{
	struct twins t = {.corpus = corpus, .n_pieces = corpus->n};
	int result = find_groups(&t, group);

	corpus_reader_done(&t.reader);
	free(t.order);
	free(t.parent);
	free(t.postings);
	free(t.parts);
	free(t.run_first);
	free(t.part_runs);
	return result;
}
