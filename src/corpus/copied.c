/*
 * Copied runs by a suffix array: all tokens of all lines in one text, its
 * suffixes sorted by prefix doubling (Manber and Myers, 1993) with a radix sort
 * a round, what neighbours have in common by Kasai et al. (2001). The longest
 * run that begins at a place is what its suffix has in common with the nearest
 * suffix, up or down, of a piece that it may be copied from.
 */
#include "corpus/copied.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "corpus/lines.h"
#include "corpus/notes.h"

#define TOKENS_MOST ((size_t)INT32_MAX / 2)

/* ---- the text ------------------------------------------------------------ */

static int greatest_divisor(int a, int b)
{
	while (b) {
		const int rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static int add_token(struct copied *c, uint64_t token)
{
	if (c->n_tokens >= TOKENS_MOST)
		return error("more notes than can be searched for copies");
	if (MEM_GROW(c->tokens, c->tokens_capacity, c->n_tokens + 1) < 0 ||
	    MEM_GROW(c->owners, c->owners_capacity, c->n_tokens + 1) < 0)
		return -1;
	c->owners[c->n_tokens] = (uint32_t)(c->n - 1);
	c->tokens[c->n_tokens++] = token;
	return 0;
}

/* Three notes of a line; onsets of a line are never the same. */
static uint64_t make_token(const struct line_note *a)
{
	const int first = a[1].onset - a[0].onset, second = a[2].onset - a[1].onset;
	const int divisor = greatest_divisor(first, second);
	uint64_t token = notes_hash(0, (uint64_t)(a[1].pitch - a[0].pitch + 128) << 8 |
	                                       (uint64_t)(a[2].pitch - a[1].pitch + 128));

	/* the lowest bit tells it from the end of a line */
	return notes_hash(token, (uint64_t)(first / divisor) << 32 | (uint64_t)(second / divisor)) | 1;
}

int copied_add(struct copied *c, const struct piece *piece, int self, bool model)
{
	struct lines lines;
	int result = lines_make(&lines, piece);

	if (result == 0)
		result = MEM_GROW(c->pieces, c->capacity, c->n + 1);
	if (result == 0)
		c->pieces[c->n++] = (struct copied_piece){.self = self, .model = model};
	for (int k = 0; k < lines.parts && result == 0; k++) {
		for (size_t i = lines.first[k]; i + 2 < lines.first[k + 1] && result == 0; i++)
			result = add_token(c, make_token(&lines.notes[i]));
		if (result == 0)
			result = add_token(c, (uint64_t)c->n_lines++ << 1);
	}
	lines_done(&lines);
	return result;
}

/* ---- the suffix array ---------------------------------------------------- */

struct array {
	size_t n;
	uint32_t *order; /* suffixes, sorted */
	uint32_t *rank;  /* of each suffix; equal while they are not told apart */
	uint32_t *spare, *counts;
	uint32_t *common; /* tokens that order[i] has in common with order[i - 1] */
};

/* Tokens become their ranks. `sorted` has room for all. */
static int compare_tokens(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void rank_tokens(struct array *a, const uint64_t *tokens, uint64_t *sorted)
{
	size_t different = 0;

	memcpy(sorted, tokens, a->n * sizeof *sorted);
	qsort(sorted, a->n, sizeof *sorted, compare_tokens);
	for (size_t i = 0; i < a->n; i++)
		if (i == 0 || sorted[i] != sorted[different - 1])
			sorted[different++] = sorted[i];
	for (size_t i = 0; i < a->n; i++) {
		const uint64_t *at = bsearch(&tokens[i], sorted, different, sizeof *sorted, compare_tokens);

		a->rank[i] = (uint32_t)(at - sorted);
	}
}

/* Sort spare's suffixes by rank into order; stable. */
static void sort_by_rank(struct array *a)
{
	memset(a->counts, 0, (a->n + 1) * sizeof *a->counts);
	for (size_t i = 0; i < a->n; i++)
		a->counts[a->rank[i] + 1]++;
	for (size_t i = 0; i < a->n; i++)
		a->counts[i + 1] += a->counts[i];
	for (size_t i = 0; i < a->n; i++)
		a->order[a->counts[a->rank[a->spare[i]]]++] = a->spare[i];
}

static uint32_t rank_from(const struct array *a, size_t at)
{
	return at < a->n ? a->rank[at] + 1 : 0;
}

/* Suffixes in the order of their first 2 * width tokens; are all different now? */
static bool double_prefix(struct array *a, size_t width)
{
	size_t n = 0;
	uint32_t last = 0;

	/* by their second halves: those that have none first */
	for (size_t i = a->n - width; i < a->n; i++)
		a->spare[n++] = (uint32_t)i;
	for (size_t i = 0; i < a->n; i++)
		if (a->order[i] >= width)
			a->spare[n++] = a->order[i] - (uint32_t)width;
	sort_by_rank(a);
	for (size_t i = 0; i < a->n; i++) {
		const size_t x = a->order[i], y = i > 0 ? a->order[i - 1] : 0;

		last += i > 0 && (a->rank[x] != a->rank[y] || rank_from(a, x + width) != rank_from(a, y + width));
		a->spare[x] = last;
	}
	memcpy(a->rank, a->spare, a->n * sizeof *a->rank);
	return last + 1 == a->n;
}

static void find_common(struct array *a)
{
	size_t same = 0;

	for (size_t i = 0; i < a->n; i++)
		a->rank[a->order[i]] = (uint32_t)i;
	for (size_t i = 0; i < a->n; i++) {
		size_t j;

		if (a->rank[i] == 0) {
			same = 0;
			continue;
		}
		j = a->order[a->rank[i] - 1];
		while (i + same < a->n && j + same < a->n && a->counts[i + same] == a->counts[j + same])
			same++;
		a->common[a->rank[i]] = (uint32_t)same;
		same -= same > 0;
	}
}

static int make_array(struct array *a, const struct copied *c)
{
	uint64_t *sorted = mem_new(c->n_tokens, sizeof *sorted);
	uint32_t *text = mem_new(c->n_tokens + 1, sizeof *text);
	bool done = false;

	a->n = c->n_tokens;
	a->order = mem_new(a->n, sizeof *a->order);
	a->rank = mem_new(a->n, sizeof *a->rank);
	a->spare = mem_new(a->n, sizeof *a->spare);
	a->counts = mem_new(a->n + 1, sizeof *a->counts);
	a->common = mem_new(a->n, sizeof *a->common);
	if (!sorted || !text || !a->order || !a->rank || !a->spare || !a->counts || !a->common) {
		free(sorted);
		free(text);
		return -1;
	}
	rank_tokens(a, c->tokens, sorted);
	free(sorted);
	memcpy(text, a->rank, a->n * sizeof *text);
	for (size_t i = 0; i < a->n; i++)
		a->spare[i] = (uint32_t)i;
	sort_by_rank(a);
	for (size_t width = 1; width < a->n && !done; width *= 2)
		done = double_prefix(a, width);
	/* the sorting is over: its counts' place is the text's */
	free(a->counts);
	a->counts = text;
	find_common(a);
	return 0;
}

static void array_done(struct array *a)
{
	free(a->order);
	free(a->rank);
	free(a->spare);
	free(a->counts);
	free(a->common);
}

/* ---- runs ---------------------------------------------------------------- */

/*
 * The models passed by last, and what the present suffix has in common with
 * them: the nearest, and the nearest of another number, for pieces that must
 * not be compared with the first.
 */
struct near {
	uint32_t common[2];
	int self[2];
};

static void pass_by(struct near *near, uint32_t common)
{
	for (int i = 0; i < 2; i++)
		if (near->common[i] > common)
			near->common[i] = common;
}

static void take_model(struct near *near, int self)
{
	if (near->self[0] != self || self < 0) {
		near->common[1] = near->common[0];
		near->self[1] = near->self[0];
	}
	near->common[0] = UINT32_MAX;
	near->self[0] = self;
}

static void take_suffix(struct copied *c, struct near *near, uint32_t suffix)
{
	struct copied_piece *piece = &c->pieces[c->owners[suffix]];
	uint32_t common;

	if (piece->model) {
		take_model(near, piece->self);
		return;
	}
	common = piece->self >= 0 && near->self[0] == piece->self ? near->common[1] : near->common[0];
	if (common > 0 && (int)common + COPIED_LEAST - 1 > piece->run)
		piece->run = (int)common + COPIED_LEAST - 1;
}

/* The array from its start and from its end: both neighbours. */
static void find_runs(struct copied *c, const struct array *a)
{
	struct near near = {.self = {-1, -1}};

	for (size_t i = 0; i < a->n; i++) {
		pass_by(&near, a->common[i]);
		take_suffix(c, &near, a->order[i]);
	}
	near = (struct near){.self = {-1, -1}};
	for (size_t i = a->n; i-- > 0;) {
		take_suffix(c, &near, a->order[i]);
		pass_by(&near, a->common[i]);
	}
}

int copied_find(struct copied *c)
{
	struct array a = {.n = 0};
	int result = 0;

	for (size_t i = 0; i < c->n; i++)
		c->pieces[i].run = 0;
	if (c->n_tokens > 0)
		result = make_array(&a, c);
	if (c->n_tokens > 0 && result == 0)
		find_runs(c, &a);
	array_done(&a);
	return result;
}

void copied_done(struct copied *c)
{
	free(c->pieces);
	free(c->tokens);
	free(c->owners);
	*c = (struct copied){.n = 0};
}
