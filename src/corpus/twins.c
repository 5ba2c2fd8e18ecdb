/*
 * Finding near twins without comparing every piece with every other: the
 * shingles of all parts are sorted, a slice of their hashes at a time since
 * they are as many as notes, and those shared then stand side by side in one
 * list. For each part the shingles it shares with every other part
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

#define FOLLOWED     64                /* parts a shingle is followed to */
#define COMPARED     64                /* parts that one is at most compared with whole */
#define SLICE        ((size_t)4 << 20) /* shingles that are sorted at a time, about */
#define FEWEST_MOVES 3 /* a shingle of fewer intervals that are not 0 is a repeated note, and tells nothing */

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

	uint64_t *postings; /* of the present slice */
	size_t n, capacity;
	size_t slice, slices;

	struct line *parts; /* those long enough, by rank */
	size_t n_parts, parts_capacity;
	size_t next_part; /* of those that come by in this slice */

	/* Shingles that two parts or more have, called runs: of the parts that have them, a posting each. */
	uint32_t *shared;
	size_t n_shared, shared_capacity;
	uint32_t *run_first; /* n_runs + 1: into shared */
	size_t n_runs, runs_capacity;
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
	const uint64_t hash = random_mix(window);
	int moves = 0;

	if (t->slices > 1 && (hash >> 32) * t->slices >> 32 != t->slice)
		return 0;
	for (int i = 0; i < SHINGLE; i++)
		moves += (window >> 8 * i & 0xff) != 0;
	if (moves < FEWEST_MOVES)
		return 0;
	if (MEM_GROW(t->postings, t->capacity, t->n + 1) < 0)
		return -1;
	t->postings[t->n++] = hash >> PART_BITS << PART_BITS | part;
	return 0;
}

static int add_part(struct twins *t, size_t rank)
{
	if (t->n_parts >= PARTS_MOST)
		return error("more parts than can be searched for twins");
	if (MEM_GROW(t->parts, t->parts_capacity, t->n_parts + 1) < 0)
		return -1;
	t->parts[t->n_parts++] = (struct line){.rank = rank};
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
		f->part = t->next_part++;
		if (f->part == t->n_parts && add_part(t, rank) < 0)
			return -1;
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

/* One shingle's postings from .. to-1, in order, of different parts: a run, if they are several. */
static int add_run(struct twins *t, const uint64_t *postings, size_t n)
{
	if (n < 2)
		return 0;
	if (t->n_shared + n > POSTINGS_MOST)
		return error("more notes than can be searched for twins");
	if (MEM_GROW(t->shared, t->shared_capacity, t->n_shared + n) < 0 ||
	    MEM_GROW(t->run_first, t->runs_capacity, t->n_runs + 2) < 0)
		return -1;
	t->run_first[t->n_runs++] = (uint32_t)t->n_shared;
	for (size_t i = 0; i < n; i++)
		t->shared[t->n_shared++] = (uint32_t)part_of(postings[i]);
	t->run_first[t->n_runs] = (uint32_t)t->n_shared;
	return 0;
}

/* Count each part's shingles of this slice, once each, and keep those that more than one part has. */
static int keep_shared(struct twins *t)
{
	size_t at = 0;

	while (at < t->n) {
		const uint64_t shingle = t->postings[at] >> PART_BITS;
		const size_t first = at;
		size_t end = at;

		for (; at < t->n && t->postings[at] >> PART_BITS == shingle; at++) {
			if (end > first && t->postings[end - 1] == t->postings[at])
				continue;
			t->parts[part_of(t->postings[at])].shingles++;
			t->postings[end++] = t->postings[at];
		}
		if (add_run(t, t->postings + first, end - first) < 0)
			return -1;
	}
	return 0;
}

/* List for each part the runs it is in. */
static int index_runs(struct twins *t)
{
	uint32_t at = 0;

	t->part_runs = mem_new(t->n_shared, sizeof *t->part_runs);
	if (!t->part_runs)
		return -1;
	for (size_t i = 0; i < t->n_shared; i++)
		t->parts[t->shared[i]].end++;
	for (size_t p = 0; p < t->n_parts; p++) {
		uint32_t length = t->parts[p].end;

		t->parts[p].first = t->parts[p].end = at;
		at += length;
	}
	for (size_t run = 0; run < t->n_runs; run++)
		for (uint32_t i = t->run_first[run]; i < t->run_first[run + 1]; i++)
			t->part_runs[t->parts[t->shared[i]].end++] = (uint32_t)run;
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
			size_t other = t->shared[at];

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

/* No piece has more shingles than events. */
static size_t count_slices(const struct twins *t)
{
	size_t events = 0;

	for (size_t i = 0; i < t->n_pieces; i++)
		events += t->corpus->pieces[i].piece->n;
	return events / SLICE + 1;
}

static int sort_slice(struct twins *t)
{
	t->n = 0;
	t->next_part = 0;
	for (size_t r = 0; r < t->n_pieces; r++)
		if (add_piece(t, r) < 0)
			return -1;
	if (t->n > 0 && sort_postings(t) < 0)
		return -1;
	return keep_shared(t);
}

static int find_groups(struct twins *t, size_t *group)
{
	if (rank_pieces(t) < 0)
		return -1;
	t->slices = count_slices(t);
	for (t->slice = 0; t->slice < t->slices; t->slice++)
		if (sort_slice(t) < 0)
			return -1;
	free(t->postings);
	t->postings = NULL;
	if (t->n_shared > 0 && (index_runs(t) < 0 || unite_twins(t) < 0))
		return -1;
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
	free(t.shared);
	free(t.run_first);
	free(t.part_runs);
	return result;
}
