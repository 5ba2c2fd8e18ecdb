/*
 * A corpus from its files: walk, load, drop duplicates, name the styles,
 * split, sum up. Every step but loading runs in the caller's thread and in
 * walking order.
 */
#include "corpus/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/cache_place.h"
#include "corpus/load.h"
#include "corpus/notes.h"
#include "corpus/split.h"
#include "corpus/walk.h"

void corpus_free(struct corpus *corpus)
{
	if (!corpus)
		return;
	for (size_t i = 0; i < corpus->n; i++) {
		free(corpus->pieces[i].path);
		piece_free(corpus->pieces[i].piece);
	}
	free(corpus->pieces);
	for (size_t i = 0; i < corpus->n_styles; i++)
		free(corpus->styles[i]);
	free(corpus->styles);
	for (size_t i = 0; i < corpus->n_skips; i++) {
		free(corpus->skips[i].path);
		free(corpus->skips[i].reason);
	}
	free(corpus->skips);
	if (corpus->store)
		store_close(corpus->store);
	free(corpus->store);
	free(corpus->twins_path);
	free(corpus);
}

/*
 * Order in which copies of the same notes come: by fingerprint, then the one
 * to keep first. A held-out copy goes before one for training: dropped from
 * the held-out side, it would be a test the model has seen.
 */
static int compare_copies(const void *a, const void *b)
{
	const struct candidate *x = *(const struct candidate *const *)a;
	const struct candidate *y = *(const struct candidate *const *)b;

	if (x->fingerprint != y->fingerprint)
		return x->fingerprint < y->fingerprint ? -1 : 1;
	if (x->file->split != y->file->split)
		return x->file->split > y->file->split ? -1 : 1;
	return x < y ? -1 : x > y; /* of one array, in walking order */
}

static int refuse_copy(struct candidate *c, const struct candidate *of)
{
	char *reason = text_format("the same notes as %s", of->file->path);
	int result = reason ? candidate_refuse(c, reason) : -1;

	c->duplicate = true;
	free(reason);
	return result;
}

/* Candidates compared by their notes, wherever those are. */
struct comparing {
	const struct corpus *corpus;
	struct corpus_reader readers[2];
};

/* 1 the same notes, 0 not, -1 on error. */
static int same_notes(struct comparing *c, const struct candidate *x, const struct candidate *y)
{
	const struct candidate *pair[2] = {x, y};
	const struct piece *pieces[2];

	/* the same record of the same cache, or the very same piece */
	if (!x->piece->events && x->place.at == y->place.at)
		return 1;
	for (int i = 0; i < 2; i++) {
		const struct corpus_piece cp = {
			.path = pair[i]->file->path, .piece = pair[i]->piece, .place = pair[i]->place};

		pieces[i] = corpus_read(&c->readers[i], c->corpus, &cp);
		if (!pieces[i])
			return -1;
	}
	return notes_equal(pieces[0], pieces[1]);
}

/* list[0 .. n-1] have one fingerprint: refuse those that repeat the notes of one before. */
static int drop_copies(struct comparing *c, struct candidate **list, size_t n, size_t *dropped)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++) {
		size_t k = 0;
		int same = 0;

		/* Kept ones differ in pitch, so there are at most 128. */
		while (k < kept && (same = same_notes(c, list[k], list[i])) == 0)
			k++;
		if (same < 0)
			return -1;
		if (k == kept) {
			list[kept++] = list[i];
			continue;
		}
		if (refuse_copy(list[i], list[k]) < 0)
			return -1;
		++*dropped;
	}
	return 0;
}

static int drop_duplicates(struct candidates *all, const struct corpus *corpus, size_t *dropped)
{
	struct candidate **list = mem_new(all->n, sizeof *list);
	struct comparing c = {.corpus = corpus};
	size_t n = 0, from = 0;
	int result = 0;

	if (!list)
		return -1;
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].piece)
			list[n++] = &all->list[i];
	if (n > 0)
		qsort(list, n, sizeof(struct candidate *), compare_copies);
	while (from < n && result == 0) {
		uint64_t fingerprint = list[from]->fingerprint;
		size_t to = from + 1;

		while (to < n && list[to]->fingerprint == fingerprint)
			to++;
		result = drop_copies(&c, list + from, to - from, dropped);
		from = to;
	}
	corpus_reader_done(&c.readers[0]);
	corpus_reader_done(&c.readers[1]);
	free(list);
	return result;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Distinct names of n sorted ones, copied. 0 or -1. */
static int copy_styles(struct corpus *corpus, char *const *names, size_t n)
{
	corpus->styles = mem_new(n, sizeof *corpus->styles);
	if (!corpus->styles)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
			continue;
		corpus->styles[corpus->n_styles] = mem_string(names[i]);
		if (!corpus->styles[corpus->n_styles])
			return -1;
		corpus->n_styles++;
	}
	return 0;
}

/* The styles of the pieces that are left, sorted. */
static int name_styles(struct corpus *corpus, const struct candidates *all)
{
	char **names = mem_new(all->n, sizeof *names);
	size_t n = 0;
	int result;

	if (!names)
		return -1;
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].piece)
			names[n++] = all->list[i].file->style;
	if (n > 0)
		qsort(names, n, sizeof *names, compare_strings);
	result = copy_styles(corpus, names, n);
	free(names);
	return result;
}

static int style_index(const struct corpus *corpus, const char *name)
{
	char **found = bsearch(&name, corpus->styles, corpus->n_styles, sizeof *corpus->styles, compare_strings);

	if (!found)
		BUG("style '%s'", name);
	return (int)(found - corpus->styles);
}

/* The path of a candidate, for good: the walk's own, but when there are more of its file. */
static char *take_path(struct candidates *all, size_t i)
{
	struct walk_file *file = all->list[i].file;
	char *path = file->path;

	if (i + 1 < all->n && all->list[i + 1].file == file)
		return mem_string(path);
	file->path = NULL;
	return path;
}

/* Room for all at once: lists that grow are half empty. */
static int make_room(struct corpus *corpus, const struct candidates *all)
{
	size_t pieces = 0;

	for (size_t i = 0; i < all->n; i++)
		pieces += all->list[i].piece != NULL;
	if (MEM_GROW(corpus->skips, corpus->skips_capacity, all->n - pieces) < 0)
		return -1;
	return MEM_GROW(corpus->pieces, corpus->capacity, pieces);
}

/* Pieces and skips out of the candidates, both in walking order. What they own moves. */
static int sort_out(struct corpus *corpus, struct candidates *all)
{
	if (make_room(corpus, all) < 0)
		return -1;
	for (size_t i = 0; i < all->n; i++) {
		struct candidate *c = &all->list[i];
		char *path = take_path(all, i);

		if (!path)
			return -1;

		if (!c->piece) {
			corpus->skips[corpus->n_skips++] = (struct corpus_skip){path, c->reason, c->duplicate};
			c->reason = NULL;
			continue;
		}
		c->piece->start.style = style_index(corpus, c->file->style);
		corpus->pieces[corpus->n++] = (struct corpus_piece){
			.path = path,
			.song = c->song,
			.piece = c->piece,
			.place = c->place,
			.notes = c->notes,
			.fingerprint = c->fingerprint,
			.hash = c->hash,
			.grid = c->grid,
			.percussion_notes = c->percussion_notes,
			.seconds = c->seconds,
			.stated_key = c->stated_key,
		};
		c->piece = NULL;
	}
	return 0;
}

/* The stated splits of the pieces, beside corpus->pieces. */
static int *stated_splits(const struct candidates *all)
{
	int *stated = mem_new(all->n, sizeof *stated);
	size_t n = 0;

	for (size_t i = 0; stated && i < all->n; i++)
		if (all->list[i].piece)
			stated[n++] = all->list[i].file->split;
	return stated;
}

static uint64_t hash_string(uint64_t hash, const char *s)
{
	for (; *s; s++)
		hash = notes_hash(hash, (unsigned char)*s);
	return notes_hash(hash, 0);
}

/* Paths are left out: a corpus that moved is the same corpus. */
static uint64_t corpus_hash(const struct corpus *corpus)
{
	uint64_t hash = corpus->n;

	for (size_t i = 0; i < corpus->n; i++) {
		const struct corpus_piece *p = &corpus->pieces[i];

		hash = notes_hash(hash, p->hash);
		hash = notes_hash(hash, (uint64_t)p->split << 32 ^ (uint64_t)p->train_events);
		hash = hash_string(hash, corpus->styles[p->piece->start.style]);
	}
	return hash;
}

/* "bach: none of 12 files can be used; a.mid: no notes; ..." */
static int nothing_usable(const struct corpus *corpus, const char *const *paths, size_t n_paths)
{
	char list[ERROR_MAX / 2] = "";
	size_t used = 0;

	for (size_t i = 0; i < corpus->n_skips && i < 3 && used < sizeof list; i++) {
		const char *path = corpus->skips[i].path;
		char *clean = text_clean(path, strlen(path));

		if (!clean)
			return -1;
		used += (size_t)snprintf(list + used, sizeof list - used, "; %s: %s", clean, corpus->skips[i].reason);
		free(clean);
	}
	if (corpus->files == 0)
		return error("%s%s: no MIDI files (.mid, .midi, .kar, .rmi)%s", paths[0],
		             n_paths > 1 ? " and the others" : "", list);
	return error("%s%s: none of %zu files can be used%s", paths[0], n_paths > 1 ? " and the others" : "",
	             corpus->files, list);
}

/* Everything once the files are read. */
static int assemble(struct corpus *corpus, struct candidates *all, bool keep_duplicates)
{
	int *stated, result;

	if (!keep_duplicates && drop_duplicates(all, corpus, &corpus->duplicates) < 0)
		return -1;
	stated = stated_splits(all);
	if (!stated)
		return -1;
	result = name_styles(corpus, all);
	if (result == 0)
		result = sort_out(corpus, all);
	if (result == 0 && corpus->n > 0)
		result = split_pieces(corpus, stated);
	free(stated);
	if (result == 0)
		corpus->fingerprint = corpus_hash(corpus);
	return result;
}

/*
 * Through the cache, where there can be one. Two that begin at once both make
 * it, and whoever ends last leaves his: the same.
 */
static int load_from_cache(struct corpus *corpus, struct candidates *all, struct walk *walk, const char *const *paths,
                           size_t n_paths, const struct corpus_options *options, struct pool *pool)
{
	char *path = NULL;
	int result;

	corpus->store = mem_new(1, sizeof *corpus->store);
	if (!corpus->store)
		return -1;
	*corpus->store = STORE_NONE;
	if (options->cache && file_make_folders(options->cache) == 0) {
		path = cache_path(options->cache, paths, n_paths, &options->reading, options->parts_max);
		if (!path)
			return -1;
		corpus->twins_path = text_format("%s" TWINS_SUFFIX, path);
	}
	result = load_packed(all, corpus->store, walk, path, options, pool);
	if (path && result == 0) {
		cache_touch(path);
		cache_sweep(options->cache, path);
	}
	free(path);
	return result;
}

static int load(struct corpus *corpus, const char *const *paths, size_t n_paths, const struct corpus_options *options,
                struct pool *pool)
{
	struct walk walk;
	struct candidates all = {0};
	int result = walk_paths(&walk, paths, n_paths);

	corpus->reading = options->reading;
	corpus->files = walk.found;
	if (result == 0 && options->packed)
		result = load_from_cache(corpus, &all, &walk, paths, n_paths, options, pool);
	else if (result == 0)
		result = load_files(&all, &walk, options, pool);
	if (result == 0)
		result = assemble(corpus, &all, options->keep_duplicates);
	candidates_done(&all);
	walk_done(&walk);
	if (result == 0 && corpus->n == 0)
		result = nothing_usable(corpus, paths, n_paths);
	return result;
}

struct corpus *corpus_load(const char *const *paths, size_t n_paths, const struct corpus_options *options,
                           struct pool *pool)
{
	struct corpus *corpus;

	if (n_paths == 0) {
		error("no files or folders to learn from");
		return NULL;
	}
	if (reading_check(&options->reading) < 0)
		return NULL;
	corpus = mem_new(1, sizeof *corpus);
	if (corpus && load(corpus, paths, n_paths, options, pool) < 0) {
		corpus_free(corpus);
		return NULL;
	}
	return corpus;
}
